//! What inspections say, through the public API.
#![cfg(not(any(green_loom, green_shuttle)))]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod cycles;
mod flight;
mod fork;
mod hangs;
mod kinds;
mod metrics;
mod on_signal;
mod report;
mod serve;
mod stalls;
mod symbols;
mod trace;
mod watchdog;

use std::time::Duration;

use executor::{GreenFuture, GreenThreadPoolExecutor};
use inspect::{Inspect, InspectOptions, Inspection, ThreadView};
use testkit::OnDrop;

fn pool() -> GreenThreadPoolExecutor {
    GreenThreadPoolExecutor::builder().name("shop").carriers(2).build().unwrap()
}

/// Cancels the job when the test is over, also by a failure: else the drop of its executor would wait for it.
#[must_use]
fn ends_with_the_test<T: Send + 'static, E: Send + 'static>(job: &GreenFuture<T, E>) -> OnDrop {
    let job = job.handle();
    OnDrop::new(move || _ = job.cancel())
}

/// For an inspection that is to have all carriers in it. On a busy machine one may get no CPU for a second.
fn patient() -> InspectOptions {
    InspectOptions::new().patience(Duration::from_secs(3600))
}

/// Inspects until the job of that name waits for something. It may be woken in between, and wait again.
fn until_waits(pool: &GreenThreadPoolExecutor, name: &str) -> (Inspection, ThreadView) {
    let waits = |job: &&ThreadView| job.name == name && job.waits_for.is_some();
    let without_stacks = InspectOptions::new().stacks(false);
    loop {
        while !pool.inspect_with(&without_stacks).jobs().any(|job| waits(&job)) {}
        let inspection = pool.inspect();
        let job = inspection.jobs().find(waits).cloned();
        if let Some(job) = job {
            return (inspection, job);
        }
    }
}
