//! Jobs from a plain thread, 1024 outstanding, every result taken in order.

use std::collections::VecDeque;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

const OUTSTANDING: usize = 1024;

pub const WORKLOAD: Workload = Workload {
    name: "spawn_join",
    about: "jobs from a plain thread, 1024 outstanding, every result taken; ns a job",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio), ("may", may), ("threads", threads)],
};

pub const STATISTICS_OFF: Workload = Workload {
    name: "spawn_join_no_statistics",
    about: "as spawn_join, with our statistics off; ns a job",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green_without_statistics)],
};

fn green(params: &Params) -> Measured {
    green_on(params, true)
}

fn green_without_statistics(params: &Params) -> Measured {
    green_on(params, false)
}

fn green_on(params: &Params, statistics: bool) -> Measured {
    let pool = peers::green_builder(params).statistics(statistics).build().expect("it starts");
    Measured::time(params.n, || {
        windowed(
            params.n,
            |i| pool.submit(move || i).expect("nothing is refused"),
            |future| future.result().expect("no job fails"),
        );
    })
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    // The main thread is no worker: it spawns from outside, and awaits in `block_on`.
    runtime.block_on(async {
        let start = std::time::Instant::now();
        let mut window = VecDeque::with_capacity(OUTSTANDING);
        let mut sum = 0u64;
        for i in 0..params.n {
            if window.len() == OUTSTANDING {
                let oldest: tokio::task::JoinHandle<u64> =
                    window.pop_front().expect("the window is full");
                sum = sum.wrapping_add(oldest.await.expect("no task fails"));
            }
            window.push_back(tokio::spawn(async move { i }));
        }
        for handle in window {
            sum = sum.wrapping_add(handle.await.expect("no task fails"));
        }
        check(params.n, sum);
        Measured { time: Some((start.elapsed(), params.n)), extra: Vec::new() }
    })
}

fn may(params: &Params) -> Measured {
    peers::may(params);
    Measured::time(params.n, || {
        windowed(params.n, |i| may::go!(move || i), |handle| handle.join().expect("none fails"));
    })
}

fn threads(params: &Params) -> Measured {
    let n = params.n / 50;
    Measured::time(n, || {
        windowed(
            n,
            |i| std::thread::spawn(move || i),
            |handle| handle.join().expect("no thread fails"),
        );
    })
}

fn windowed<H>(n: u64, start: impl Fn(u64) -> H, join: impl Fn(H) -> u64) {
    let mut window = VecDeque::with_capacity(OUTSTANDING);
    let mut sum = 0u64;
    for i in 0..n {
        if window.len() == OUTSTANDING {
            let oldest = window.pop_front().expect("the window is full");
            sum = sum.wrapping_add(join(oldest));
        }
        window.push_back(start(i));
    }
    for handle in window {
        sum = sum.wrapping_add(join(handle));
    }
    check(n, sum);
}

fn check(n: u64, sum: u64) {
    assert_eq!(sum, (0..n).sum::<u64>(), "a result was lost or came twice");
}
