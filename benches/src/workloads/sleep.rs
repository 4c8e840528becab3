//! Many sleepers at once: how late they wake.

use std::time::{Duration, Instant};

use super::{Workload, peers};
use crate::measure::{Measured, Params, percentiles_us};

pub const WORKLOAD: Workload = Workload {
    name: "sleep",
    about: "100,000 threads sleep 1 to 100 ms: how much longer it was (p50, p99)",
    n: 100_000,
    warm_up: true,
    // May cannot hold 100,000 at once: it aborts at about 32,000.
    runners: &[("green", green), ("tokio", tokio)],
};

fn duration(i: u64) -> Duration {
    Duration::from_millis(1 + i % 100)
}

fn overshoot(start: Instant, asked: Duration) -> Duration {
    start.elapsed().checked_sub(asked).expect("nobody wakes too early")
}

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let sleeper = |i| {
        move || {
            let start = Instant::now();
            executor::sleep(duration(i)).expect("nobody cancels it");
            overshoot(start, duration(i))
        }
    };
    let futures: Vec<_> =
        (0..params.n).map(|i| pool.submit(sleeper(i)).expect("nothing is refused")).collect();
    let late = futures.into_iter().map(|future| future.result().expect("none fails")).collect();
    Measured::figures(percentiles_us(late))
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let handles: Vec<_> = (0..params.n)
        .map(|i| {
            runtime.spawn(async move {
                let start = Instant::now();
                tokio::time::sleep(duration(i)).await;
                overshoot(start, duration(i))
            })
        })
        .collect();
    let late = handles.into_iter().map(|handle| runtime.block_on(handle).expect("none fails"));
    Measured::figures(percentiles_us(late.collect()))
}
