//! Offers an executor several times what it can do, for a while, and checks that it bears it: every
//! job that was offered is accounted for, and memory does not grow.
//!
//! ```text
//! cargo xtask soak --minutes 10
//! ```
//!
//! Or it compares what rejections do when twice as much comes as can be done; see `overload`.
#![forbid(unsafe_code)]

mod jobs;
mod load;
mod overload;
mod process;
mod report;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use executor::{GreenThreadPoolExecutor, Shutdown, reject_when_reached};

use jobs::Jobs;
use report::Report;

/// As many jobs may run at once, most of them parked.
const MAX_WORKERS: usize = 1000;
/// As many jobs may wait behind them.
const MAX_BACKLOG: usize = 10_000;

/// Offers an executor several times what it can do, and checks that it bears it
#[derive(Parser)]
#[command(name = "soak", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    what: Option<What>,

    /// For how long jobs are offered
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    minutes: f64,

    /// How many times what the executor can do
    #[arg(long, value_name = "N", default_value_t = 4.0)]
    times: f64,
}

#[derive(clap::Subcommand)]
enum What {
    Overload(overload::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.what {
        Some(What::Overload(arguments)) => overload::run(arguments),
        None => soak(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn soak(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let time = time_of(arguments.minutes)?;
    if !(arguments.times.is_finite() && arguments.times > 0.0) {
        return Err(format!("--times {}: give a number above 0", arguments.times).into());
    }
    let threads_before = process::threads()?;
    let executor = GreenThreadPoolExecutor::builder()
        .name("soak")
        .max_workers(MAX_WORKERS)
        .check_and_reject(reject_when_reached(MAX_BACKLOG))
        .build()?;
    let jobs = Jobs::new(executor.handle());

    let capacity = load::capacity(&jobs)?;
    let offered_rate = capacity * arguments.times;
    println!(
        "{} carriers, {MAX_WORKERS} workers, a backlog of {MAX_BACKLOG}\n\
         it can do {capacity:.0} jobs a second; it is offered {offered_rate:.0} for {time:.0?}\n",
        executor.num_carriers()
    );
    let mut report = Report::new(executor.statistics(), &jobs)?;
    load::open_loop(&jobs, offered_rate, time, &mut report)?;

    executor.shutdown(Shutdown::wait())?;
    report.end(&executor.statistics(), &jobs, threads_before)
}

fn time_of(minutes: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(minutes * 60.0)
        .map_err(|error| format!("--minutes {minutes}: {error}"))
}
