//! `cargo xtask budget`: whether an operation takes more instructions, or more atomics, than it may.
//!
//! Times are noisy, so a slow decay hides in them. Instructions are not: `benches/budget.txt` holds how many each
//! workload takes on one carrier, and how many of them are atomic. A change that needs more is noticed at once. Whoever means it so writes the
//! file anew by `--bless`, and says in the commit why it is worth it.

mod file;

use std::env::consts::ARCH;

use crate::bench::callgrind::Counts;
use crate::bench::{Peers, callgrind};
use crate::error::{Error, Result};
use crate::program;
use crate::table::Table;
use file::{Budget, Standing};

/// The instructions of another processor are others.
const COUNTED_ON: &str = "x86_64";

/// How often each is counted.
const TIMES: usize = 2;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The workloads, separated by commas; all of the budget if none is named
    workloads: Option<String>,
    /// Writes what was counted into the budget
    #[arg(long)]
    bless: bool,
}

/// Counts, and compares with the budget or writes it.
pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    callgrind::needed()?;
    if ARCH != COUNTED_ON {
        return Err(Error::new(format!("the budget is that of {COUNTED_ON}; this is {ARCH}")));
    }
    let mut budget = Budget::load()?;
    let wanted: Option<Vec<&str>> =
        arguments.workloads.as_deref().map(|list| list.split(',').map(str::trim).collect());
    if let Some(name) = wanted.iter().flatten().find(|name| budget.of(name).is_none()) {
        let file = file::NAME;
        return Err(Error::new(format!(
            "{file} has no line for '{name}'; add one, with any number"
        )));
    }
    let peers = Peers::ours()?;
    let mut table =
        Table::new(&["workload", "instructions", "budget", "change", "atomics", "budget", ""]);
    let mut over = Vec::new();
    for name in budget.names() {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&name.as_str())) {
            continue;
        }
        let counted = Counts::least(&peers, &name, Peers::OURS, TIMES)?;
        let standing = budget.standing(&name, counted);
        table.row(standing.row(&name));
        if standing.is_over() {
            over.push(name.clone());
        }
        budget.set(&name, counted);
    }
    print!("{table}");
    if arguments.bless {
        budget.save()?;
        return Ok(format!("{} is written anew", file::NAME));
    }
    verdict(&over)
}

/// The step of `cargo xtask ci`. Without valgrind, or on another processor, there is nothing to compare.
pub(crate) fn check() -> Result<String> {
    if ARCH != COUNTED_ON || !program::is_in_path("valgrind") {
        return Ok(format!("not counted: this needs valgrind on {COUNTED_ON}"));
    }
    run(&Arguments { workloads: None, bless: false })
}

fn verdict(over: &[String]) -> Result<String> {
    if over.is_empty() {
        return Ok(format!("every workload is within {} % of its budget", Standing::PERCENT));
    }
    Err(Error::new(format!(
        "over budget: {}. `cargo xtask profile WORKLOAD --callgrind` shows where the instructions are; if they \
         are worth it, `cargo xtask budget --bless`",
        over.join(", ")
    )))
}
