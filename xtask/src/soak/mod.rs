//! `cargo xtask soak`: an executor that is offered several times what it can do.
//!
//! The load is a program of its own (`soak/main.rs`), built in release with the executor.

mod plot;

use crate::cargo::Cargo;
use crate::error::Result;
use crate::workspace;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
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
    Overload(Overload),
}

/// Compares what rejections do when twice as much comes as can be done, and draws it for the guide
#[derive(clap::Args)]
struct Overload {
    /// For how long the rejection by time is overloaded
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    minutes: f64,

    /// Check the rejection by time alone, compare nothing, and draw nothing
    #[arg(long)]
    alone: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    if let Some(What::Overload(overload)) = &arguments.what {
        return overload.run();
    }
    program()
        .args(["--minutes".to_owned(), arguments.minutes.to_string()])
        .args(["--times".to_owned(), arguments.times.to_string()])
        .run()?;
    Ok("every offered job was accounted for, within bounded memory".into())
}

/// The same, as short as still says something.
pub(crate) fn briefly() -> Result<String> {
    run(&Arguments { what: None, minutes: 0.25, times: 4.0 })
}

fn program() -> Cargo {
    Cargo::new("run --release -p xtask --bin soak --features soak --")
}

impl Overload {
    fn run(&self) -> Result<String> {
        let minutes = ["--minutes".to_owned(), self.minutes.to_string()];
        let call = program().args(["overload"]).args(minutes);
        if self.alone {
            call.args(["--alone"]).run()?;
            return Ok("what could be done was done in time".into());
        }
        let json = workspace::root().join("target/overload.json");
        // What is drawn belongs to this run, whether or not its checks pass.
        let checked = call.args(["--json".to_owned(), json.display().to_string()]).run();
        let drawn = plot::write(&json)?;
        checked?;
        Ok(format!("what could be done was done in time; {drawn}"))
    }
}
