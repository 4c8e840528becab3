//! A key-value store in memory that speaks the protocol of Redis, so that `redis-cli` and
//! `redis-benchmark` work with it.
//!
//! ```text
//! cargo run --release --bin redis_like -- --addr 127.0.0.1:6380 --carriers 2
//! ```
//!
//! One connection is one job, in plain blocking style. Values are strings, some of which are numbers.
//! Keys expire when they are looked at too late, and by a job that sweeps. Ctrl-c lets the commands
//! under way end and prints the statistics; a second one ends the program at once.

mod arguments;
mod call;
mod commands;
mod database;
mod failure;
mod glob;
mod request;
mod session;
mod store;

use std::process::ExitCode;

use clap::Parser;
use executor::ExecutorStatistics;

use arguments::Arguments;
use database::Database;
use programs::server::{Server, say};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(statistics) => {
            println!("{statistics:#}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(format_args!("redis_like: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExecutorStatistics, Box<dyn std::error::Error>> {
    let server = Server::listen("redis_like", arguments.address, &arguments.options)?;
    let database = Database::new(server.pool());
    Ok(server.run(database)?)
}
