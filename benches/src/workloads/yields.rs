//! Threads that do nothing but yield.

use super::{Workload, peers};
use crate::measure::{Measured, Params};

const THREADS: u64 = 1000;

pub const WORKLOAD: Workload = Workload {
    name: "yield",
    about: "1000 threads that yield 1000 times each; ns a yield",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio), ("may", may)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let turns = params.n / THREADS;
    Measured::time(turns * THREADS, || {
        let futures: Vec<_> = (0..THREADS)
            .map(|_| {
                let thread = move || {
                    for _ in 0..turns {
                        executor::yield_now();
                    }
                    turns
                };
                pool.submit(thread).expect("nothing is refused")
            })
            .collect();
        check(turns, futures.into_iter().map(|future| future.result().expect("none fails")));
    })
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let turns = params.n / THREADS;
    Measured::time(turns * THREADS, || {
        let handles: Vec<_> = (0..THREADS)
            .map(|_| {
                runtime.spawn(async move {
                    for _ in 0..turns {
                        tokio::task::yield_now().await;
                    }
                    turns
                })
            })
            .collect();
        let joined =
            handles.into_iter().map(|handle| runtime.block_on(handle).expect("none fails"));
        check(turns, joined);
    })
}

fn may(params: &Params) -> Measured {
    peers::may(params);
    let turns = params.n / THREADS;
    Measured::time(turns * THREADS, || {
        let handles: Vec<_> = (0..THREADS)
            .map(|_| {
                may::go!(move || {
                    for _ in 0..turns {
                        may::coroutine::yield_now();
                    }
                    turns
                })
            })
            .collect();
        check(turns, handles.into_iter().map(|handle| handle.join().expect("none fails")));
    })
}

fn check(turns: u64, counts: impl Iterator<Item = u64>) {
    assert_eq!(counts.sum::<u64>(), turns * THREADS, "a turn was lost");
}
