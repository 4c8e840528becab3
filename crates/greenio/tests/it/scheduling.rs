//! Sockets beside everything else that a carrier does: timers, wake-ups, computation.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use greenctx::{
    Carrier, Notify, Reactor, current, no_park, park, sleep, sleep_until, spawn, yield_now,
};
use greenio::Io;
use greenio::net::UnixStream;
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use greenstd::thread::Blocker;
use greenstd::time::{self, Instant};

use crate::pairs::{join_all, spawn_many, tcp};
use crate::{on, on_another_carrier, on_carrier, on_plain_thread};
use testkit::Watchdog;

/// Makes the carrier sleep in its reactor from now on.
fn wait_for_a_socket() {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    let writing = spawn(move || other.write_all(b"x").unwrap());
    one.read_exact(&mut [0]).unwrap();
    writing.join().unwrap();
}

#[test]
fn sleeps_do_not_end_early_beside_sockets() {
    on_carrier(|| {
        let talking = Arc::new(AtomicBool::new(true));
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let echoing = spawn(move || {
            let mut byte = [0];
            while one.read(&mut byte).unwrap() == 1 {
                one.write_all(&byte).unwrap();
            }
        });
        let asking = spawn({
            let talking = talking.clone();
            move || {
                while talking.load(Ordering::Relaxed) {
                    other.write_all(b"x").unwrap();
                    other.read_exact(&mut [0]).unwrap();
                }
            }
        });
        let sleepers = spawn_many(100, |number| {
            for round in 1..=10 {
                let nanos = (number * 7919 + round * 104_729) as u64 % 3_000_000;
                let deadline = time::now() + Duration::from_nanos(nanos);
                sleep_until(deadline).unwrap();
                assert!(time::now() >= deadline);
            }
        });
        join_all(sleepers);
        talking.store(false, Ordering::Relaxed);
        asking.join().unwrap();
        echoing.join().unwrap();
    });
}

#[test]
fn a_carrier_that_has_met_a_socket_sleeps_and_is_woken_as_before() {
    on_carrier(|| {
        wait_for_a_socket();
        for round in 0..300_u32 {
            let deadline = time::now() + Duration::from_micros(u64::from(round % 5) * 20);
            sleep_until(deadline).unwrap();
            assert!(time::now() >= deadline);
            let (main, woken) = (current(), Arc::new(AtomicBool::new(false)));
            let waker = greenstd::thread::spawn({
                let woken = woken.clone();
                move || {
                    woken.store(true, Ordering::Release);
                    main.unpark();
                }
            });
            while !woken.load(Ordering::Acquire) {
                park().unwrap();
            }
            waker.join().unwrap();
        }
    });
}

#[test]
fn a_descriptor_that_is_always_ready_keeps_nobody_from_running() {
    on_carrier(|| {
        let done = Arc::new(AtomicBool::new(false));
        // `/dev/zero` cannot be polled, and need not be: it is always ready.
        let mut zeroes = Io::new(std::fs::File::open("/dev/zero").unwrap()).unwrap();
        let reading = spawn({
            let done = done.clone();
            move || {
                while !done.load(Ordering::Relaxed) {
                    zeroes.read_exact(&mut [0; 16]).unwrap();
                }
            }
        });
        // Three in a row that wait for one another, by an event, a timer and a wake-up.
        let (mut one, mut other) = tcp();
        let writing = greenstd::thread::spawn(move || {
            let mut byte = [0];
            other.read_exact(&mut byte).unwrap();
            other.write_all(&byte).unwrap();
        });
        one.write_all(b"x").unwrap();
        one.read_exact(&mut [0]).unwrap();
        sleep(Duration::from_micros(100)).unwrap();
        done.store(true, Ordering::Relaxed);
        reading.join().unwrap();
        writing.join().unwrap();
    });
}

/// What never waits need not be a descriptor.
#[test]
fn events_come_through_to_those_that_wait_while_another_never_has_to() {
    on_carrier(|| {
        let (mut one, mut other) = tcp();
        let writing = greenstd::thread::spawn(move || {
            let mut byte = [0];
            other.read_exact(&mut byte).unwrap();
            other.write_all(&byte).unwrap();
        });
        let done = Arc::new(AtomicBool::new(false));
        let reading = spawn({
            let done = done.clone();
            move || {
                one.write_all(b"x").unwrap();
                one.read_exact(&mut [0]).unwrap();
                done.store(true, Ordering::Relaxed);
            }
        });
        while !done.load(Ordering::Relaxed) {
            if greenctx::count_operation() {
                greenctx::give_way().unwrap();
            }
        }
        reading.join().unwrap();
        writing.join().unwrap();
    });
}

#[test]
fn a_carrier_that_computes_does_not_hold_up_the_others() {
    on_carrier(|| {
        let (one, mut other) = tcp();
        let answered = Arc::new(AtomicU32::new(0));
        let talking = on_another_carrier({
            let answered = answered.clone();
            move || {
                let mut stream = &one;
                for _ in 0..1000 {
                    stream.write_all(b"question").unwrap();
                    stream.read_exact(&mut [0; 6]).unwrap();
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        let answering = on_another_carrier(move || {
            for _ in 0..1000 {
                other.read_exact(&mut [0; 8]).unwrap();
                other.write_all(b"answer").unwrap();
            }
        });
        // Never parks, never yields.
        while answered.load(Ordering::Relaxed) < 1000 {
            std::hint::spin_loop();
        }
        talking.join().unwrap();
        answering.join().unwrap();
    });
}

#[test]
fn one_os_thread_waits_plainly_and_on_carriers_in_turn() {
    on_plain_thread(|| {
        let (mut one, mut other) = tcp();
        for _ in 0..3 {
            other.write_all(b"plain").unwrap();
            one.read_exact(&mut [0; 5]).unwrap();
            one.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            assert_eq!(one.read(&mut [0; 5]).unwrap_err().kind(), ErrorKind::TimedOut);
            one.set_read_timeout(None).unwrap();
            (one, other) = Carrier::new()
                .unwrap()
                .run(move || {
                    let writing = spawn(move || {
                        other.write_all(b"green").unwrap();
                        other
                    });
                    one.read_exact(&mut [0; 5]).unwrap();
                    (one, writing.join().unwrap())
                })
                .unwrap();
        }
    });
}

#[test]
fn a_carrier_with_another_reactor_says_what_to_do() {
    struct Other(Arc<Blocker>);
    impl Reactor for Other {
        fn notifier(&self) -> Arc<dyn Notify> {
            Arc::new(Unpark(self.0.clone()))
        }
        fn wait(&mut self, deadline: Option<Instant>) {
            let _ = self.0.park_deadline(deadline);
        }
    }
    struct Unpark(Arc<Blocker>);
    impl Notify for Unpark {
        fn notify(&self) {
            self.0.unpark();
        }
    }
    let reactor = Other(Arc::new(Blocker::current()));
    on(Carrier::builder().reactor(Box::new(reactor)), || {
        let (mut one, mut other) = tcp();
        let error = one.read(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("reactor"), "{error}");
        other.write_all(b"x").unwrap();
        assert_eq!(one.read(&mut [0; 8]).unwrap(), 1, "what need not wait works");
    });
}

#[test]
fn a_wait_that_is_forbidden_panics_and_leaves_the_socket_good() {
    on_carrier(|| {
        let (mut one, mut other) = tcp();
        other.write_all(b"x").unwrap();
        assert_eq!(no_park(|| one.read(&mut [0; 8])).unwrap(), 1);
        let read = || no_park(|| (&one).read(&mut [0; 8]));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).is_err());
        let reading = spawn(move || one.read(&mut [0; 8]).unwrap());
        yield_now();
        other.write_all(b"yz").unwrap();
        assert_eq!(reading.join().unwrap(), 2);
    });
}

#[test]
fn many_threads_wait_for_one_socket_on_several_carriers_and_none_is_forgotten() {
    const LETTERS: usize = 1000;
    const READERS: usize = 4;
    let _watchdog = Watchdog::start(|| String::from("readers of one socket"));
    let (one, other) = std::os::unix::net::UnixDatagram::pair().unwrap();
    let one = Arc::new(greenio::net::UnixDatagram::from_std(one).unwrap());
    let other = greenio::net::UnixDatagram::from_std(other).unwrap();
    let read = {
        let one = one.clone();
        move || {
            let mut count = 0_usize;
            let mut byte = [0];
            // An empty one says that it is over.
            while one.recv(&mut byte).unwrap() == 1 {
                count += 1;
            }
            count
        }
    };
    let mut readers: Vec<_> = (0..2)
        .map(|_| {
            let read = read.clone();
            on_another_carrier(move || {
                join_all(spawn_many(READERS, move |_| read())).into_iter().sum::<usize>()
            })
        })
        .collect();
    readers.push(greenstd::thread::spawn(read));
    for _ in 0..LETTERS {
        other.send(b"x").unwrap();
    }
    for _ in 0..2 * READERS + 1 {
        other.send(b"").unwrap();
    }
    let read: usize = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
    assert_eq!(read, LETTERS);
}
