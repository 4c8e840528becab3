//! What the steps of a green thread cost: switch, spawn, park, unpark, timers.
//!
//! Everything runs on a carrier of its own; the time is taken inside of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use greenctx::{Carrier, Thread, current, park, park_timeout, spawn, yield_now};

/// A limit that no wait comes near.
const LIMIT: Duration = Duration::from_secs(3600);

fn on_carrier(run: impl FnOnce() -> Duration + Send + 'static) -> Duration {
    Carrier::new().expect("a carrier starts").run(run).expect("there is a stack")
}

/// Two threads that yield to each other; an operation is one switch to the scheduler and back.
fn switch(criterion: &mut Criterion) {
    criterion.bench_function("switch", |bencher| {
        bencher.iter_custom(|switches| {
            on_carrier(move || {
                let yields = switches / 2 + 1;
                let start = Instant::now();
                let threads =
                    [(); 2].map(|()| spawn(move || (0..yields).for_each(|_| yield_now())));
                threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
                start.elapsed()
            })
        });
    });
}

/// A thread that does nothing is spawned on a stack that is warm, and joined.
fn spawn_warm(criterion: &mut Criterion) {
    criterion.bench_function("spawn on a warm stack, join", |bencher| {
        bencher.iter_custom(|threads| {
            on_carrier(move || {
                let start = Instant::now();
                for _ in 0..threads {
                    spawn(|| ()).join().expect("it does not panic");
                }
                start.elapsed()
            })
        });
    });
}

/// Waits `rounds` times, and each time wakes `other` before.
fn exchange(other: &Thread, rounds: u64) {
    for _ in 0..rounds {
        other.unpark();
        park().expect("nobody cancels it");
    }
    other.unpark();
}

/// Two threads of one carrier wake each other; an operation is one wake and one park.
fn park_unpark(criterion: &mut Criterion) {
    criterion.bench_function("park and unpark, same carrier", |bencher| {
        bencher.iter_custom(|operations| {
            on_carrier(move || {
                let (main, rounds) = (current(), operations / 2 + 1);
                let start = Instant::now();
                let other = spawn(move || exchange(&main, rounds));
                exchange(other.thread(), rounds);
                other.join().expect("it does not panic");
                start.elapsed()
            })
        });
    });
}

/// The same between two carriers that both sleep meanwhile: what an OS thread's wake-up costs.
fn park_unpark_remote(criterion: &mut Criterion) {
    criterion.bench_function("park and unpark, two carriers", |bencher| {
        bencher.iter_custom(|operations| {
            let rounds = operations / 2 + 1;
            let (to_other, main_of_one) = std::sync::mpsc::channel();
            let (to_one, main_of_other) = std::sync::mpsc::channel();
            let other = std::thread::spawn(move || {
                on_carrier(move || {
                    to_one.send(current()).expect("the first listens");
                    exchange(&main_of_one.recv().expect("the first sends"), rounds);
                    Duration::ZERO
                })
            });
            let took = on_carrier(move || {
                to_other.send(current()).expect("the other listens");
                let other = main_of_other.recv().expect("the other sends");
                let start = Instant::now();
                exchange(&other, rounds);
                start.elapsed()
            });
            other.join().expect("it does not panic");
            took
        });
    });
}

/// A wait with a time limit that a sibling ends: the timer is armed and cancelled, two switches.
fn timer(criterion: &mut Criterion) {
    criterion.bench_function("timer armed and cancelled", |bencher| {
        bencher.iter_custom(|waits| {
            on_carrier(move || {
                let over = Arc::new(AtomicBool::new(false));
                let waiter = spawn({
                    let over = over.clone();
                    move || {
                        for _ in 0..waits {
                            park_timeout(LIMIT).expect("nobody cancels it");
                        }
                        over.store(true, Ordering::Relaxed);
                    }
                });
                yield_now();
                let start = Instant::now();
                while !over.load(Ordering::Relaxed) {
                    waiter.thread().unpark();
                    yield_now();
                }
                start.elapsed()
            })
        });
    });
}

criterion_group!(steps, switch, spawn_warm, park_unpark, park_unpark_remote, timer);
criterion_main!(steps);
