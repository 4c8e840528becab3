//! `cargo xtask soak`: an executor that is offered several times what it can do.
//!
//! The load is a program of its own (`soak/main.rs`), built in release with the executor.

use crate::cargo::Cargo;
use crate::error::Result;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// For how long jobs are offered
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    minutes: f64,

    /// How many times what the executor can do
    #[arg(long, value_name = "N", default_value_t = 4.0)]
    times: f64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    Cargo::new("run --release -p xtask --bin soak --features soak --")
        .args(["--minutes".to_owned(), arguments.minutes.to_string()])
        .args(["--times".to_owned(), arguments.times.to_string()])
        .run()?;
    Ok("every offered job was accounted for, within bounded memory".into())
}

/// The same, as short as still says something.
pub(crate) fn briefly() -> Result<String> {
    run(&Arguments { minutes: 0.25, times: 4.0 })
}
