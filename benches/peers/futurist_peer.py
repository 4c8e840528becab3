"""The workloads on futurist's GreenThreadPoolExecutor (eventlet), as far as it can do them.

    python3 futurist_peer.py WORKLOAD
    python3 futurist_peer.py --list

It has one OS thread whatever --carriers says, and prints the same line of JSON as the Rust program.
Wants `pip install futurist eventlet`.
"""

import collections
import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

import eventlet  # noqa: E402
import eventlet.queue  # noqa: E402
import eventlet.semaphore  # noqa: E402
import futurist  # noqa: E402
import futurist.rejection  # noqa: E402


def executor(workers=1000, **options):
    return futurist.GreenThreadPoolExecutor(max_workers=workers, **options)


def spawn_join(n):
    pool, window, total = executor(), collections.deque(), 0
    start = time.perf_counter()
    for i in range(n):
        if len(window) == 1024:
            total += window.popleft().result()
        window.append(pool.submit(lambda i=i: i))
    total += sum(future.result() for future in window)
    return checked(total, n * (n - 1) // 2, start, n)


def burst(n):
    pool = executor()
    start = time.perf_counter()
    futures = [pool.submit(lambda i=i: i) for i in range(n)]
    total = sum(future.result() for future in futures)
    return checked(total, n * (n - 1) // 2, start, n)


def nested(n):
    pool = executor()

    def parent():
        futures = [pool.submit(lambda i=i: i) for i in range(n)]
        return sum(future.result() for future in futures)

    start = time.perf_counter()
    total = pool.submit(parent).result()
    return checked(total, n * (n - 1) // 2, start, n)


def mapped(n):
    pool = executor()
    start = time.perf_counter()
    total = sum(pool.map(lambda i: 2 * i, range(n)))
    return checked(total, n * (n - 1), start, n)


def submit_reject(n):
    pool = executor(1, check_and_reject=futurist.rejection.reject_when_reached(1))
    gate = eventlet.event.Event()
    pool.submit(gate.wait)
    pool.submit(gate.wait)
    refused = 0
    start = time.perf_counter()
    for _ in range(n):
        try:
            pool.submit(gate.wait)
        except futurist.RejectedSubmission:
            refused += 1
    result = checked(refused, n, start, n)
    gate.send(None)
    return result


def yields(n):
    pool, threads = executor(), 1000
    turns = n // threads

    def thread():
        for _ in range(turns):
            eventlet.sleep(0)
        return turns

    start = time.perf_counter()
    futures = [pool.submit(thread) for _ in range(threads)]
    total = sum(future.result() for future in futures)
    return checked(total, turns * threads, start, turns * threads)


def pool_of_sleepers(n):
    pool = executor(1000)
    start = time.perf_counter()
    futures = [pool.submit(eventlet.sleep, 0.001) for _ in range(n)]
    done = sum(future.result() is None for future in futures)
    return checked(done, n, start, n)


def pingpong(n):
    pool = executor()
    pings, pongs = eventlet.queue.LightQueue(1), eventlet.queue.LightQueue(1)

    def answer():
        for _ in range(n):
            pongs.put(pings.get())

    def ask():
        total = 0
        for number in range(n):
            pings.put(number)
            total += pongs.get()
        return total

    start = time.perf_counter()
    pool.submit(answer)
    total = pool.submit(ask).result()
    return checked(total, n * (n - 1) // 2, start, n)


def mutex(n):
    pool, threads, lock, count = executor(), 100, eventlet.semaphore.Semaphore(1), 0
    turns = n // threads

    def thread():
        nonlocal count
        for _ in range(turns):
            with lock:
                count += 1
                if count % 64 == 0:
                    eventlet.sleep(0)

    start = time.perf_counter()
    for future in [pool.submit(thread) for _ in range(threads)]:
        future.result()
    return checked(count, turns * threads, start, turns * threads)


def mpmc(n):
    pool, sides, numbers = executor(), 4, eventlet.queue.LightQueue(1024)
    each = n // sides

    def send(side):
        for number in range(side * each, (side + 1) * each):
            numbers.put(number)

    # An eventlet queue cannot be closed: the receivers count.
    def receive():
        return sum(numbers.get() for _ in range(each))

    start = time.perf_counter()
    for side in range(sides):
        pool.submit(send, side)
    total = sum(future.result() for future in [pool.submit(receive) for _ in range(sides)])
    return checked(total, sides * each * (sides * each - 1) // 2, start, sides * each)


WORKLOADS = {
    "spawn_join": (50_000, spawn_join),
    "burst": (50_000, burst),
    "nested": (50_000, nested),
    "map": (50_000, mapped),
    "submit_reject": (100_000, submit_reject),
    "yield": (100_000, yields),
    "pingpong": (50_000, pingpong),
    "mutex": (100_000, mutex),
    "mpmc": (50_000, mpmc),
    "pool": (50_000, pool_of_sleepers),
}


def checked(got, want, start, operations):
    elapsed = time.perf_counter() - start
    if got != want:
        sys.exit(f"futurist_peer: got {got}, want {want}")
    return {"ns_per_op": elapsed / operations * 1e9}


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name == "--list":
        print("\n".join(WORKLOADS))
        return
    if name not in WORKLOADS:
        sys.exit(f"futurist_peer: workload '{name}' does not run on 'futurist'")
    n, run = WORKLOADS[name]
    # Python is some fifty times slower: a smaller run says the same.
    run(max(n // 10, 1))
    line = run(n)
    line.update(workload=name, peer="futurist", n=n, carriers=1)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
