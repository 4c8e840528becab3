//! What the locks cost: uncontended, beside std's and parking_lot's, and from hand to hand.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use greenctx::{Carrier, spawn, yield_now};
use greensync::{Event, Mutex, RwLock, Semaphore};

/// The threads of a contended lock, over all carriers.
const THREADS: u64 = 100;

fn uncontended(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("uncontended");
    let mutex = Mutex::new(0u64);
    group.bench_function("mutex", |bencher| {
        bencher.iter(|| *black_box(&mutex).lock().expect("nobody cancels us") += 1);
    });
    let mutex = std::sync::Mutex::new(0u64);
    group.bench_function("mutex of std", |bencher| {
        bencher.iter(|| *black_box(&mutex).lock().expect("nobody panics") += 1);
    });
    let mutex = parking_lot::Mutex::new(0u64);
    group.bench_function("mutex of parking_lot", |bencher| {
        bencher.iter(|| *black_box(&mutex).lock() += 1);
    });
    let lock = RwLock::new(0u64);
    group.bench_function("reader-writer lock, read", |bencher| {
        bencher.iter(|| *black_box(&lock).read().expect("nobody cancels us"));
    });
    let lock = std::sync::RwLock::new(0u64);
    group.bench_function("reader-writer lock of std, read", |bencher| {
        bencher.iter(|| *black_box(&lock).read().expect("nobody panics"));
    });
    let semaphore = Semaphore::new(1);
    group.bench_function("semaphore", |bencher| {
        bencher.iter(|| drop(black_box(&semaphore).acquire().expect("nobody closes it")));
    });
    group.finish();
}

/// Runs `run` on so many carriers at once; the time from the first start to the last end.
fn on_carriers(carriers: u64, run: impl Fn(u64) + Clone + Send + 'static) -> Duration {
    let start = Instant::now();
    let threads: Vec<_> = (0..carriers)
        .map(|carrier| {
            let run = run.clone();
            std::thread::spawn(move || {
                let on_it = move || run(carrier);
                Carrier::new().expect("a carrier starts").run(on_it).expect("there is a stack");
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
    start.elapsed()
}

/// A hundred threads want one lock; an operation is a lock and an unlock. Every so manieth yields while it
/// holds the lock.
fn contended(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("contended mutex");
    for (carriers, yield_every) in [(1, 64), (2, 64), (1, 1), (2, 1)] {
        let name = format!("{carriers} carriers, a yield inside every {yield_every}");
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|operations| {
                let mutex = Arc::new(Mutex::new(0u64));
                let each = operations / THREADS + 1;
                let took = on_carriers(carriers, move |_| {
                    let start = |_| {
                        let mutex = mutex.clone();
                        spawn(move || {
                            for round in 0..each {
                                let mut count = mutex.lock().expect("nobody cancels us");
                                *count += 1;
                                if round % yield_every == 0 {
                                    yield_now();
                                }
                            }
                        })
                    };
                    let threads: Vec<_> = (0..THREADS / carriers).map(start).collect();
                    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
                });
                took.mul_f64(operations as f64 / (each * THREADS) as f64)
            });
        });
    }
    group.finish();
}

/// Two threads take turns by two events; an operation is one turn.
fn turns(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("turns by events");
    for carriers in [1, 2] {
        group.bench_function(format!("{carriers} carriers"), |bencher| {
            bencher.iter_custom(|operations| {
                let events = Arc::new([Event::auto_reset(), Event::auto_reset()]);
                events[0].set();
                let rounds = operations / 2 + 1;
                let play = move |player: usize, events: &[Event; 2]| {
                    for _ in 0..rounds {
                        events[player].wait().expect("nobody cancels us");
                        events[1 - player].set();
                    }
                };
                on_carriers(carriers, move |carrier| {
                    let events = events.clone();
                    if carriers == 2 {
                        return play(carrier as usize, &events);
                    }
                    let other = spawn({
                        let events = events.clone();
                        move || play(1, &events)
                    });
                    play(0, &events);
                    other.join().expect("it does not panic");
                })
            });
        });
    }
    group.finish();
}

criterion_group!(locks, uncontended, contended, turns);
criterion_main!(locks);
