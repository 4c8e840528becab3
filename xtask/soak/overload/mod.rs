//! Twice as much work as can be done, for a while: what a rejection makes of it.
//!
//! Clients offer jobs whatever becomes of them, first at 0.7 of the capacity, then at twice it, then at 0.7 again. A
//! client has half a second of patience: an answer after that is worth nothing. The capacity is that of 50 workers
//! whose jobs take 20 ms on average, by chance.
//!
//! The rejection by time is checked. The one by a large number is there to compare.

mod ledger;
mod offer;
mod report;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use executor::{
    CheckAndReject, GreenThreadPoolExecutor, Shutdown, reject_when_reached,
    reject_when_wait_exceeds,
};

use executor::rejection::Codel;

use self::ledger::Ledger;
use self::offer::Clients;
use self::report::{Checked, Outcome};
use crate::{process, time_of};

const WORKERS: usize = 50;
const MEAN_RUN: Duration = Duration::from_millis(20);
/// How long an accepted job may wait for its start.
const TARGET: Duration = Duration::from_millis(50);
/// How long a client waits for its answer.
const PATIENCE: Duration = Duration::from_millis(500);
const LOAD: f64 = 0.7;
const OVERLOAD: f64 = 2.0;
/// The phases around the overload, and the overload of a comparison.
const BEFORE: Duration = Duration::from_secs(10);
const AFTER: Duration = Duration::from_secs(20);
const COMPARED: Duration = Duration::from_secs(20);

/// Compares what rejections do when twice as much comes as can be done
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// For how long twice as much comes as can be done
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    minutes: f64,

    /// Check the rejection by time alone, and compare nothing
    #[arg(long)]
    alone: bool,

    /// Where to write what happened in each second, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// A rejection, under its name.
struct Policy {
    name: &'static str,
    build: fn() -> executor::Builder,
}

fn builder() -> executor::Builder {
    GreenThreadPoolExecutor::builder().name("overload").max_workers(WORKERS)
}

fn rejecting(rejection: impl CheckAndReject) -> executor::Builder {
    builder().check_and_reject(rejection)
}

const BY_TIME: Policy = Policy {
    name: "reject_when_wait_exceeds(50 ms)",
    build: || rejecting(reject_when_wait_exceeds(TARGET)),
};

const OTHERS: &[Policy] = &[
    Policy {
        name: "reject_when_reached(10,000)",
        build: || rejecting(reject_when_reached(10_000)),
    },
    Policy { name: "reject_when_reached(100)", build: || rejecting(reject_when_reached(100)) },
    Policy {
        name: "shed_when_late(5 ms)",
        build: || builder().shed_when_late(Codel::new(Duration::from_millis(5))),
    },
];

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let overload = time_of(arguments.minutes)?;
    let threads_before = process::threads()?;
    println!(
        "{WORKERS} workers, jobs of {MEAN_RUN:?} on average, clients with a patience of {PATIENCE:?}\n\
         {LOAD} of the capacity for {BEFORE:?}, {OVERLOAD} times it for a while, {LOAD} of it for {AFTER:?}\n"
    );
    let mut outcomes = vec![one(&BY_TIME, overload)?];
    if !arguments.alone {
        for policy in OTHERS {
            outcomes.push(one(policy, COMPARED)?);
        }
    }
    report::table(&outcomes);
    if let Some(file) = &arguments.json {
        report::write_json(file, &outcomes)?;
    }
    let Checked { wrong } = outcomes[0].check(threads_before)?;
    if wrong == 0 { Ok(()) } else { Err(format!("{wrong} checks failed").into()) }
}

/// Lets one rejection through the three phases.
fn one(policy: &Policy, overload: Duration) -> Result<Outcome, Box<dyn Error>> {
    println!("{}, overloaded for {overload:.0?}", policy.name);
    let executor = (policy.build)().build()?;
    let ledger = Ledger::new(BEFORE + overload + AFTER);
    let mut clients = Clients::new(executor.handle(), ledger);
    let mut phases = Vec::new();
    // Of the capacity, as it turns out to be: on a busy machine jobs take longer than they are told to.
    let nominal = WORKERS as f64 / MEAN_RUN.as_secs_f64();
    let mut capacity = nominal;
    for (load, time) in [(LOAD, BEFORE), (OVERLOAD, overload), (LOAD, AFTER)] {
        let phase = clients.offer(load * capacity, time)?;
        if phases.is_empty() {
            capacity = phase.capacity(nominal);
        }
        phases.push(phase);
    }
    executor.shutdown(Shutdown::wait())?;
    let statistics = executor.statistics();
    drop(executor);
    Ok(Outcome::new(policy.name, phases, clients.into_ledger(), statistics))
}
