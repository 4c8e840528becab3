//! Fetches pages over https, with the crate `rustls` as it comes.
//!
//! ```text
//! cargo run --release --bin https -- [URL]
//! ```
//!
//! Without an address it serves 500 pages itself, each of them 100 ms in the making, and fetches all of
//! them at once: client and server are jobs of one executor, on two OS threads.

mod arguments;
mod certificate;
mod error;
mod fetch;
mod many;
mod server;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use executor::sync::Event;
use executor::{GreenThreadPoolExecutor, Shutdown, TaskError, TaskHandle};
use programs::interrupt;
use url::Url;

use arguments::Arguments;
use error::Error;
use fetch::Fetcher;
use many::Many;
use programs::http_client::roots;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has had enough.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("https: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Error> {
    let executor = GreenThreadPoolExecutor::builder()
        .name("https")
        .carriers(arguments.carriers)
        .max_workers(2 * arguments.pages as usize + 1) // both ends of each connection, and the job that accepts
        .build()
        .map_err(Error::Build)?;
    let _page = arguments.inspecting.start("https", &executor.handle()).map_err(Error::Inspect)?;
    let interrupted = Arc::new(Event::new());
    let ended = match &arguments.url {
        Some(url) => fetch_one(&executor, url, arguments, &interrupted),
        None => Many::start(&executor, arguments).and_then(|many| {
            cancel_by_ctrl_c(many.jobs(), &interrupted);
            many.finish(arguments.delay)
        }),
    };
    let _ = executor.shutdown(Shutdown::wait().cancel_pending());
    say(format_args!("\n{:#}", executor.statistics()));
    if interrupted.is_set() { Err(Error::Interrupted) } else { ended }
}

fn fetch_one(
    executor: &GreenThreadPoolExecutor,
    url: &Url,
    arguments: &Arguments,
    interrupted: &Arc<Event>,
) -> Result<(), Error> {
    let fetcher = Fetcher::new(roots::trust_the_web(), arguments.timeout);
    let url = url.clone();
    let page = executor.try_submit(move || fetcher.fetch(&url));
    let page = page.expect("a new executor takes a job");
    cancel_by_ctrl_c(vec![page.handle()], interrupted);
    let body = page.result().map_err(|error| match error {
        TaskError::Failed(reason) => Error::Fetch(reason.to_string()),
        other => Error::Fetch(other.to_string()),
    })?;
    io::stdout().write_all(&body).map_err(Error::Output)
}

fn cancel_by_ctrl_c(jobs: Vec<TaskHandle>, interrupted: &Arc<Event>) {
    let interrupted = interrupted.clone();
    interrupt::on_ctrl_c(move || {
        interrupted.set();
        for job in jobs {
            job.cancel();
        }
    });
}

/// Prints a line on stderr. Should nobody read it, nobody misses it.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}
