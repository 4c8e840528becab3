//! An HTTP/1.1 server: the files of a directory, a plain text for those who measure, and the executor's
//! statistics.
//!
//! ```text
//! cargo run --release --bin http -- --addr 127.0.0.1:8080 --carriers 2 [DIR]
//! ```
//!
//! `/plaintext` answers `Hello, World!`, `/stats` the statistics as JSON, and every other path the file
//! of that name below DIR. One connection is one job, in plain blocking style. What is too much is
//! refused with 503 by the executor's rejection. Ctrl-c lets the requests under way end and prints the
//! statistics; a second one ends the program at once.

mod arguments;
mod content;
mod date;
mod exchange;
mod files;
mod head;
mod message;
mod path;
mod response;
mod site;
mod status;

use std::process::ExitCode;

use clap::Parser;
use executor::ExecutorStatistics;

use arguments::Arguments;
use programs::server::{Server, say};
use site::Site;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(statistics) => {
            println!("{statistics:#}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(format_args!("http: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExecutorStatistics, Box<dyn std::error::Error>> {
    let files = files::Files::below(&arguments.directory)?;
    let server = Server::listen("http", arguments.address, &arguments.options)?;
    let site = Site::new(files, server.pool());
    Ok(server.run(site)?)
}
