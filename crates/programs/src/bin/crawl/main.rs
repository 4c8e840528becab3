//! Follows the links of a site, and says which of them are broken.
//!
//! ```text
//! cargo run --release --bin crawl -- [URL | DIR] [--external] [--trace FILE]
//! ```
//!
//! One address is one job. Without an argument it serves the current directory itself and checks that:
//! every Markdown file in it, and every anchor that these name. The table of broken links goes to
//! stdout, statistics to stderr. The exit code is 1 if a link is broken.

mod arguments;
mod crawler;
mod error;
mod graph;
mod page;
mod progress;
mod report;
mod site;
mod table;
mod verdict;
mod visit;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use executor::{GreenThreadPoolExecutor, Shutdown, reject_when_reached};
use inspect::Tracer;
use programs::interrupt;

use arguments::{Arguments, Start};
use crawler::{Crawler, Event};
use error::Error;
use site::Site;

/// What is wrong is what the user has asked for.
const USAGE: u8 = 2;

/// How much of the work is in a trace.
const TRACED: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever reads our output has had enough.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("crawl: {error}"));
            ExitCode::from(USAGE)
        }
    }
}

/// Does the work; whether all is well.
fn run(arguments: &Arguments) -> Result<bool, Error> {
    let site = match &arguments.start {
        Start::Directory(directory) => Some(Site::serve(directory, arguments.per_host)?),
        Start::Url(_) => None,
    };
    let start = match (&arguments.start, &site) {
        (Start::Url(url), _) => url.clone(),
        (Start::Directory(_), site) => {
            site.as_ref().expect("a directory is served").address().clone()
        }
    };
    let executor = build(arguments)?;
    let _page = arguments.inspecting.start("crawl", &executor.handle()).map_err(Error::Inspect)?;
    let crawler = Crawler::new(arguments, executor.handle(), &start);
    let (handle, events) = (executor.handle(), crawler.events());
    interrupt::on_ctrl_c(move || {
        // Whoever waits for room in the backlog hears of it too.
        let _ = handle.shutdown(Shutdown::no_wait().cancel_pending());
        let _ = events.send(Event::Interrupted);
    });
    let tracing = arguments.trace.as_ref().map(|file| (Tracer::start(&executor), file));
    let found = crawler.run(&start);
    // Before the executor ends: its carriers have the records.
    if let Some((tracer, file)) = tracing {
        let written = tracer.snapshot(TRACED).write_to(file);
        written.map_err(|error| Error::Trace(file.clone(), error))?;
    }
    let ended = executor.shutdown(Shutdown::wait().cancel_pending());
    ended.expect("a plain thread can always wait for an executor's end");
    let is_well = report::print(&found, arguments, &start)?;
    say(format_args!("\n{:#}", executor.statistics()));
    Ok(is_well)
}

fn build(arguments: &Arguments) -> Result<GreenThreadPoolExecutor, Error> {
    let mut builder = GreenThreadPoolExecutor::builder()
        .name("crawl")
        .max_workers(arguments.max_workers)
        .check_and_reject(reject_when_reached(arguments.max_backlog));
    if let Some(carriers) = arguments.carriers {
        builder = builder.carriers(carriers);
    }
    builder.build().map_err(Error::Build)
}

/// Prints a line on stderr. Should nobody read it, nobody misses it.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}
