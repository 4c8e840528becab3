// The workloads in Go, with the same names, sizes and checks as in src/workloads.
//
//	go build -o peer-go main.go && ./peer-go WORKLOAD --n N --carriers N
//	./peer-go serve go --carriers N
//	./peer-go --list
//
// `serve` is the server of the workloads http, which the Rust program calls: it says where it listens, and
// ends when its input does.
//
// It prints the same line of JSON as the Rust program.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type result map[string]any

type workload struct {
	n      uint64
	warmUp bool
	run    func(n uint64) result
}

var workloads = map[string]workload{
	"spawn_join":      {1_000_000, true, spawnJoin},
	"burst":           {1_000_000, true, burst},
	"nested":          {1_000_000, true, nested},
	"skynet":          {1_000_000, true, skynet},
	"map":             {1_000_000, true, mapped},
	"submit_reject":   {1_000_000, true, submitReject},
	"yield":           {1_000_000, true, yield},
	"pingpong":        {1_000_000, true, pingpong},
	"pingpong_beside": {1_000_000, true, pingpong},
	"mutex":           {2_000_000, true, mutex},
	"mpmc":            {1_000_000, true, mpmc},
	"timers":          {1_000_000, true, timers},
	"sleep":           {100_000, true, sleep},
	"pool":            {100_000, true, pool},
	"wake":            {2_000, true, wake},
	"parked":          {1_000_000, false, parked},
}

func main() {
	if len(os.Args) < 2 {
		fail("usage: peer-go WORKLOAD [--n N] [--carriers N]")
	}
	name, options := os.Args[1], os.Args[2:]
	if name == "--list" {
		for name := range workloads {
			fmt.Println(name)
		}
		return
	}
	w, known := workloads[name]
	serves := name == "serve" && len(options) > 0
	if serves {
		options = options[1:]
	} else if !known {
		fail("workload '" + name + "' does not run on 'go'")
	}
	n, carriers := w.n, 2
	for i := 0; i+1 < len(options); i += 2 {
		value, err := strconv.Atoi(options[i+1])
		if err != nil {
			fail(options[i] + " wants a number")
		}
		switch options[i] {
		case "--n":
			n = uint64(value)
		case "--carriers":
			carriers = value
		}
	}
	runtime.GOMAXPROCS(carriers)
	if serves {
		serve()
	}
	if w.warmUp {
		w.run(max(n/10, 1))
	}
	line := w.run(n)
	line["workload"], line["peer"], line["n"], line["carriers"] = name, "go", n, carriers
	json.NewEncoder(os.Stdout).Encode(line)
}

// serve answers as net/http does, but for the date: the load wants the same bytes each time.
func serve() {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	http.HandleFunc("/plaintext", func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		header["Date"] = nil
		header["Content-Length"] = []string{"13"}
		header["Content-Type"] = []string{"text/plain"}
		io.WriteString(w, "Hello, World!")
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err.Error())
	}
	fmt.Println(listener.Addr())
	fail(http.Serve(listener, nil).Error())
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "peer-go: "+message)
	os.Exit(1)
}

func timed(operations uint64, run func()) result {
	start := time.Now()
	run()
	return result{"ns_per_op": float64(time.Since(start).Nanoseconds()) / float64(operations)}
}

func check(what string, got, want uint64) {
	if got != want {
		fail(fmt.Sprintf("%s: got %d, want %d", what, got, want))
	}
}

// start runs f as a goroutine; its result comes by a channel of its own, as an errgroup's would.
func start(f func() uint64) chan uint64 {
	done := make(chan uint64, 1)
	go func() { done <- f() }()
	return done
}

func sumTo(n uint64) uint64 { return n * (n - 1) / 2 }

func spawnJoin(n uint64) result {
	const outstanding = 1024
	return timed(n, func() {
		window := make([]chan uint64, outstanding)
		sum := uint64(0)
		for i := uint64(0); i < n; i++ {
			slot := i % outstanding
			if i >= outstanding {
				sum += <-window[slot]
			}
			window[slot] = start(func() uint64 { return i })
		}
		for i := n - min(n, outstanding); i < n; i++ {
			sum += <-window[i%outstanding]
		}
		check("spawn_join", sum, sumTo(n))
	})
}

func burst(n uint64) result {
	return timed(n, func() { check("burst", startAll(n), sumTo(n)) })
}

func startAll(n uint64) uint64 {
	all := make([]chan uint64, n)
	for i := range all {
		all[i] = start(func() uint64 { return uint64(i) })
	}
	sum := uint64(0)
	for _, done := range all {
		sum += <-done
	}
	return sum
}

func nested(n uint64) result {
	return timed(n, func() {
		parent := start(func() uint64 { return startAll(n) })
		check("nested", <-parent, sumTo(n))
	})
}

func skynet(n uint64) result {
	leaves := uint64(1)
	for leaves*10 <= n {
		leaves *= 10
	}
	var node func(first, leaves uint64) uint64
	node = func(first, leaves uint64) uint64 {
		if leaves == 1 {
			return first
		}
		each := leaves / 10
		var children [10]chan uint64
		for i := range children {
			children[i] = start(func() uint64 { return node(first+uint64(i)*each, each) })
		}
		sum := uint64(0)
		for _, child := range children {
			sum += <-child
		}
		return sum
	}
	return timed(leaves, func() {
		check("skynet", <-start(func() uint64 { return node(0, leaves) }), sumTo(leaves))
	})
}

func mapped(n uint64) result {
	return timed(n, func() {
		all := make([]chan uint64, n)
		for i := range all {
			all[i] = start(func() uint64 { return 2 * uint64(i) })
		}
		sum := uint64(0)
		for _, done := range all {
			sum += <-done
		}
		check("map", sum, 2*sumTo(n))
	})
}

// A full semaphore, as golang.org/x/sync's TryGo has it: a buffered channel and a default case.
func submitReject(n uint64) result {
	slots := make(chan struct{}, 1)
	slots <- struct{}{}
	return timed(n, func() {
		refused := uint64(0)
		for i := uint64(0); i < n; i++ {
			select {
			case slots <- struct{}{}:
				go func() { <-slots }()
			default:
				refused++
			}
		}
		check("submit_reject", refused, n)
	})
}

func yield(n uint64) result {
	const threads = 1000
	turns := n / threads
	return timed(turns*threads, func() {
		var group sync.WaitGroup
		var total atomic.Uint64
		for range threads {
			group.Go(func() {
				for range turns {
					runtime.Gosched()
				}
				total.Add(turns)
			})
		}
		group.Wait()
		check("yield", total.Load(), turns*threads)
	})
}

func pingpong(n uint64) result {
	return timed(n, func() {
		ping, pong := make(chan uint64), make(chan uint64)
		go func() {
			for number := range ping {
				pong <- number
			}
		}()
		sum := <-start(func() uint64 {
			sum := uint64(0)
			for number := range n {
				ping <- number
				sum += <-pong
			}
			return sum
		})
		close(ping)
		check("pingpong", sum, sumTo(n))
	})
}

func mutex(n uint64) result {
	const threads, yieldAt = 100, 64
	turns := n / threads
	return timed(turns*threads, func() {
		var lock sync.Mutex
		var group sync.WaitGroup
		count := uint64(0)
		for range threads {
			group.Go(func() {
				for range turns {
					lock.Lock()
					count++
					if count%yieldAt == 0 {
						runtime.Gosched()
					}
					lock.Unlock()
				}
			})
		}
		group.Wait()
		check("mutex", count, turns*threads)
	})
}

func mpmc(n uint64) result {
	const sides, capacity = 4, 1024
	each := n / sides
	return timed(each*sides, func() {
		numbers := make(chan uint64, capacity)
		var senders sync.WaitGroup
		for side := range uint64(sides) {
			senders.Go(func() {
				for number := side * each; number < (side+1)*each; number++ {
					numbers <- number
				}
			})
		}
		var receivers [sides]chan uint64
		for i := range receivers {
			receivers[i] = start(func() uint64 {
				sum := uint64(0)
				for number := range numbers {
					sum += number
				}
				return sum
			})
		}
		senders.Wait()
		close(numbers)
		sum := uint64(0)
		for _, receiver := range receivers {
			sum += <-receiver
		}
		check("mpmc", sum, sumTo(each*sides))
	})
}

// A timer that is stopped before it fires, as a context's deadline mostly is.
func timers(n uint64) result {
	return timed(n, func() {
		waits := start(func() uint64 {
			for range n {
				timer := time.NewTimer(10 * time.Second)
				runtime.Gosched()
				timer.Stop()
			}
			return n
		})
		check("timers", <-waits, n)
	})
}

func sleep(n uint64) result {
	late := make([]time.Duration, n)
	var group sync.WaitGroup
	for i := range late {
		group.Go(func() {
			asked := time.Duration(1+i%100) * time.Millisecond
			begin := time.Now()
			time.Sleep(asked)
			late[i] = time.Since(begin) - asked
		})
	}
	group.Wait()
	return percentiles(late)
}

func pool(n uint64) result {
	const atOnce = 1000
	return timed(n, func() {
		slots := make(chan struct{}, atOnce)
		var group sync.WaitGroup
		for range n {
			slots <- struct{}{}
			group.Go(func() {
				time.Sleep(time.Millisecond)
				<-slots
			})
		}
		group.Wait()
	})
}

func wake(n uint64) result {
	ready, gate := make(chan struct{}), make(chan time.Time)
	late := make([]time.Duration, n)
	runtime.LockOSThread()
	go func() {
		for i := range late {
			ready <- struct{}{}
			late[i] = time.Since(<-gate)
		}
		close(ready)
	}()
	for range late {
		<-ready
		time.Sleep(200 * time.Microsecond)
		gate <- time.Now()
	}
	<-ready
	runtime.UnlockOSThread()
	return percentiles(late)
}

func parked(n uint64) result {
	before := rss()
	gate := make(chan struct{})
	var started, ended sync.WaitGroup
	started.Add(int(n))
	for range n {
		ended.Go(func() {
			started.Done()
			<-gate
		})
	}
	started.Wait()
	each := float64(rss()-before) / float64(n)
	close(gate)
	ended.Wait()
	return result{"rss_bytes_per_thread": each}
}

func percentiles(samples []time.Duration) result {
	sort.Slice(samples, func(i, j int) bool { return samples[i] < samples[j] })
	at := func(part float64) float64 {
		index := min(int(float64(len(samples))*part), len(samples)-1)
		return float64(samples[index].Nanoseconds()) / 1000
	}
	return result{"p50_us": at(0.50), "p99_us": at(0.99), "max_us": at(1)}
}

// rss is the memory of this process, page tables included, in bytes.
func rss() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fail(err.Error())
	}
	total := int64(0)
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 1 && (fields[0] == "VmRSS:" || fields[0] == "VmPTE:") {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			total += kib * 1024
		}
	}
	return total
}
