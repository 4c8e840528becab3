//! Nothing to do: what an executor costs that waits for jobs.

use std::time::Duration;

use super::{Workload, peers};
use crate::measure::{Measured, Params, cpu_time};

pub const WORKLOAD: Workload = Workload {
    name: "idle",
    about: "ten seconds (n, in ms) without a job, after some jobs: CPU time of all threads, in ms",
    n: 10_000,
    warm_up: false,
    runners: &[("green", green), ("tokio", tokio)],
};

/// So many jobs run first, so that all carriers have been awake and have stacks to look after.
const JOBS: u64 = 10_000;

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let futures: Vec<_> =
        (0..JOBS).map(|i| pool.submit(move || i).expect("nothing is refused")).collect();
    let sum: u64 = futures.into_iter().map(|future| future.result().expect("none fails")).sum();
    assert_eq!(sum, (0..JOBS).sum::<u64>());
    idle(params)
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let handles: Vec<_> = (0..JOBS).map(|i| runtime.spawn(async move { i })).collect();
    let results = handles.into_iter().map(|handle| runtime.block_on(handle).expect("none fails"));
    assert_eq!(results.sum::<u64>(), (0..JOBS).sum::<u64>());
    idle(params)
}

/// From the moment on at which the last result is there: the way to sleep counts as well.
fn idle(params: &Params) -> Measured {
    let before = cpu_time();
    std::thread::sleep(Duration::from_millis(params.n));
    let used = cpu_time() - before;
    Measured::figures(vec![("idle_cpu_ms", used.as_nanos() as f64 / 1e6)])
}
