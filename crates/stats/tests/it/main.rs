//! What the crate promises, through its public API.

mod display;
mod encoding;
mod gatherer;
mod histogram;
mod properties;
mod statistics;
mod threads;

use std::time::Duration;

use stats::{ExecutorStatistics, Gatherer, Gauges, Histogram, Outcome, Timings};

/// The snapshot of a histogram of these nanoseconds.
fn timings(values: &[u64]) -> Timings {
    let histogram = Histogram::new();
    values.iter().for_each(|ns| histogram.record(*ns));
    histogram.snapshot()
}

/// An executor with two workers that has had one of everything happen, and more of some.
fn busy_gatherer() -> Gatherer {
    let gatherer = Gatherer::new(2, true);
    for (worker, outcome, wait_ns, run_ns) in [
        (0, Outcome::Succeeded, 1_000, 20_000),
        (0, Outcome::Failed, 2_000, 30_000),
        (1, Outcome::Panicked, 3_000, 40_000),
        (1, Outcome::Succeeded, 6_000, 10_000),
    ] {
        gatherer.recorder(worker).started(wait_ns);
        gatherer.recorder(worker).finished(outcome, run_ns);
    }
    gatherer.recorder(1).started(8_000);
    (0..5).for_each(|_| gatherer.rejected());
    (0..4).for_each(|_| gatherer.cancelled());
    (0..3).for_each(|_| gatherer.abandoned());
    gatherer.callback_panicked();
    gatherer
}

fn gauges() -> Gauges {
    Gauges {
        forked: 40,
        stolen: 3,
        submitted: 19,
        queued: 7,
        parked: 1,
        workers: 6,
        parks: 50,
        wakes: 49,
        stack_high_water_bytes: 12_800,
        uptime: Duration::from_secs(2),
    }
}

fn busy_snapshot() -> ExecutorStatistics {
    busy_gatherer().snapshot(gauges())
}
