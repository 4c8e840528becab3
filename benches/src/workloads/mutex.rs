//! A hundred threads and one lock, whose holder sometimes lets the others run and wait for it.

use std::sync::Arc;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

const THREADS: u64 = 100;
/// At every so many, the holder yields with the lock in its hand.
const YIELD_AT: u64 = 64;

pub const WORKLOAD: Workload = Workload {
    name: "mutex",
    about: "100 threads add to a number under one lock, every 64th yields in it; ns an addition",
    n: 2_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio), ("may", may)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let turns = params.n / THREADS;
    Measured::time(turns * THREADS, || {
        let count = Arc::new(greensync::Mutex::new(0_u64));
        let futures: Vec<_> = (0..THREADS)
            .map(|_| {
                let count = count.clone();
                let thread = move || {
                    for _ in 0..turns {
                        let mut count = count.lock().expect("nobody cancels it");
                        *count += 1;
                        if count.is_multiple_of(YIELD_AT) {
                            executor::yield_now();
                        }
                    }
                };
                pool.submit(thread).expect("nothing is refused")
            })
            .collect();
        for future in futures {
            future.result().expect("none fails");
        }
        let count = *count.lock().expect("nobody cancels us");
        check(turns, count);
    })
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let turns = params.n / THREADS;
    Measured::time(turns * THREADS, || {
        let count = Arc::new(tokio::sync::Mutex::new(0_u64));
        let handles: Vec<_> = (0..THREADS)
            .map(|_| {
                let count = count.clone();
                runtime.spawn(async move {
                    for _ in 0..turns {
                        let mut count = count.lock().await;
                        *count += 1;
                        if count.is_multiple_of(YIELD_AT) {
                            tokio::task::yield_now().await;
                        }
                    }
                })
            })
            .collect();
        for handle in handles {
            runtime.block_on(handle).expect("no task fails");
        }
        let count = *count.try_lock().expect("all have ended");
        check(turns, count);
    })
}

fn may(params: &Params) -> Measured {
    peers::may(params);
    let turns = params.n / THREADS;
    Measured::time(turns * THREADS, || {
        let count = Arc::new(may::sync::Mutex::new(0_u64));
        let handles: Vec<_> = (0..THREADS)
            .map(|_| {
                let count = count.clone();
                may::go!(move || {
                    for _ in 0..turns {
                        let mut count = count.lock().expect("no holder panics");
                        *count += 1;
                        if count.is_multiple_of(YIELD_AT) {
                            may::coroutine::yield_now();
                        }
                    }
                })
            })
            .collect();
        for handle in handles {
            handle.join().expect("none fails");
        }
        let count = *count.lock().expect("no holder panics");
        check(turns, count);
    })
}

fn check(turns: u64, count: u64) {
    assert_eq!(count, turns * THREADS, "an addition was lost: two had the lock at once");
}
