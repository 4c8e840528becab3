//! Many delayed jobs at once: what each costs in memory, and how late they start.

use std::time::{Duration, Instant};

use super::{Workload, peers};
use crate::measure::{Measured, Params, percentiles_us, rss_bytes};

pub const WORKLOAD: Workload = Workload {
    name: "delayed",
    about: "100,000 jobs become due within 100 ms: how late they start (p50, p99); bytes of each that waits",
    n: 100_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio)],
};

/// As in `sleep`, so that both can be compared.
fn delay(i: u64) -> Duration {
    Duration::from_millis(1 + i % 100)
}

fn late(due: Instant) -> Duration {
    Instant::now().checked_duration_since(due).expect("nobody starts too early")
}

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let each = waiting_bytes(&pool, params.n);
    let futures: Vec<_> = (0..params.n)
        .map(|i| {
            let due = Instant::now() + delay(i);
            pool.submit_at(due, move || late(due)).expect("nothing is refused")
        })
        .collect();
    let late = futures.into_iter().map(|future| future.result().expect("none fails")).collect();
    let mut figures = percentiles_us(late);
    figures.push(("rss_bytes_per_job", each));
    Measured::figures(figures)
}

/// What each takes while it waits, its future included.
fn waiting_bytes(pool: &executor::ExecutorHandle, n: u64) -> f64 {
    let hour = Duration::from_secs(3600);
    let mut futures = Vec::with_capacity(n as usize);
    let before = rss_bytes();
    futures.extend((0..n).map(|i| pool.submit_after(hour, move || i).expect("nothing is refused")));
    let each = rss_bytes().saturating_sub(before) as f64 / n as f64;
    assert_eq!(pool.num_delayed() as u64, n);
    for future in futures {
        assert!(future.cancel(), "none is due");
    }
    each
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let handles: Vec<_> = (0..params.n)
        .map(|i| {
            let due = Instant::now() + delay(i);
            runtime.spawn(async move {
                tokio::time::sleep_until(due.into()).await;
                late(due)
            })
        })
        .collect();
    let late = handles.into_iter().map(|handle| runtime.block_on(handle).expect("none fails"));
    Measured::figures(percentiles_us(late.collect()))
}
