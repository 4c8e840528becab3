//! Arbitrary histories: whatever is submitted, cancelled, refused, resized and shut down, in whatever
//! order, every accepted job ends exactly once, the counters add up, and nothing stays alive.
//!
//! The test prints its seed; `GREEN_SEED` runs it again with the same cases, `PROPTEST_CASES` sets
//! their number.

mod history;
mod ledger;

use executor::{GreenThreadPoolExecutor, Shutdown, reject_when_reached};
use proptest::collection::vec;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use self::history::{Driver, Setup, Step};
use self::ledger::Ledger;
use super::support::process::threads_named;
use super::support::{Random, by_build, eventually, stack_for_frames, watched};

/// The executors' name, as the kernel cuts it.
const NAME: &str = "arbitrary";

fn config(name: &str) -> Config {
    let mut config =
        Config { failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    config.rng_seed = RngSeed::Fixed(Random::for_test(name).any());
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = by_build(300, 3000);
    }
    config
}

#[test]
fn in_an_arbitrary_history_every_accepted_job_ends_exactly_once() {
    const THIS: &str = "in_an_arbitrary_history_every_accepted_job_ends_exactly_once";
    let mut runner = TestRunner::new(config(THIS));
    let histories = (history::setup(), vec(history::step(), 0..60));
    let outcome = runner.run(&histories, |(setup, steps)| {
        live_through(&setup, steps);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

fn live_through(setup: &Setup, steps: Vec<Step>) {
    let builder = GreenThreadPoolExecutor::builder()
        .name(NAME)
        .carriers(setup.carriers)
        .max_workers(setup.max_workers)
        .stack_size(stack_for_frames(greenctx::DEFAULT_STACK_BYTES));
    let builder = match setup.backlog {
        Some(backlog) => builder.check_and_reject(reject_when_reached(backlog)),
        None => builder,
    };
    let (executor, watch) = watched(builder).into_parts();
    let handle = executor.handle();
    let ledger = Ledger::new();
    let mut driver = Driver::new(handle.clone(), ledger.clone());
    steps.into_iter().for_each(|step| driver.take(step));
    if setup.is_dropped {
        drop(executor);
        drop(driver);
    } else {
        handle.shutdown(Shutdown::wait()).expect("a plain thread may wait");
        drop(driver);
        drop(executor);
    }
    ledger.audit(&handle.statistics());
    drop(handle);
    eventually(|| threads_named(NAME).is_empty());
    drop(watch);
}
