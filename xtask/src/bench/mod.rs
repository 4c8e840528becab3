//! `cargo xtask bench`: the executor against its peers, in one run on one machine.
//!
//! Each workload and peer runs in a process of its own; rounds go peer by peer, so that what else the
//! machine does falls on all alike. What is reported is the median, with the range.

pub(crate) mod callgrind;
mod compare;
mod peers;
pub(crate) mod plot;
mod readme;
mod record;
mod report;
pub(crate) mod saved;
mod scale;
mod table;
mod targets;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use crate::error::{Error, Result};

pub(crate) use peers::Peers;
use peers::{Peer, Workload};
use record::{Record, Sample};

/// What `cargo xtask bench` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The workloads, separated by commas; all if none is named. `scale` is a run of its own kind
    workloads: Option<String>,
    /// The peers, separated by commas: tokio, may, rayon, threads, go, futurist; or none
    #[arg(long)]
    peers: Option<String>,
    /// How often each is run
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Smaller runs and two rounds: to see that all is well, not to measure
    #[arg(long)]
    quick: bool,
    /// Gives each thread of the Rust peers and of the load a processor of its own, as far as there are enough
    #[arg(long)]
    pin: bool,
    /// Counts instructions and atomics an operation too, by callgrind on one carrier
    #[arg(long)]
    instructions: bool,
    /// Explains each workload in a line
    #[arg(long)]
    list: bool,
    /// Makes the load of `http` with wrk, which must be installed, instead of our own generator
    #[arg(long)]
    wrk: bool,
    /// Writes the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes a page with plots into this directory
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Keeps the figures under this name
    #[arg(long, value_name = "NAME")]
    save: Option<String>,
    /// Says what has become slower or faster than a kept run
    #[arg(long, value_name = "NAME")]
    compare: Option<String>,
    /// Draws a chart of a kept run for docs/benchmarks.md: of the sizes, if it is one of `scale`; measures nothing
    #[arg(long, value_name = "NAME")]
    plot: Option<String>,
    /// Writes the figures of a kept run into README.md and docs/benchmarks.md; measures nothing
    #[arg(long, value_name = "NAME")]
    readme: Option<String>,
}

/// Measures, and shows what came of it.
pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    if let Some(name) = &arguments.readme {
        return readme::write(&saved::load(name)?, name);
    }
    if arguments.instructions {
        callgrind::needed()?;
    }
    if let Some(name) = &arguments.plot {
        return plot::write(&saved::load(name)?);
    }
    let peers = Peers::prepare(arguments.wrk, arguments.pin)?;
    if arguments.list {
        return Ok(peers.explain());
    }
    if arguments.workloads.as_deref() == Some("scale") {
        let (records, verdict) = scale::run(&peers, arguments.quick)?;
        keep(arguments, &saved::Run::now(scale::ROUNDS, arguments.quick, records)?)?;
        return Ok(verdict);
    }
    let before = arguments.compare.as_deref().map(saved::load).transpose()?;
    let plan = plan(&peers, arguments)?;
    let rounds = if arguments.quick { 2 } else { arguments.rounds.max(1) };
    let mut records = measure(&peers, &plan, rounds, arguments.quick)?;
    if arguments.instructions {
        count_instructions(&peers, &mut records)?;
    }
    print!("{}", table::of(&records));
    let run = saved::Run::now(rounds, arguments.quick, records)?;
    if let Some(before) = &before {
        print!("\n{}", compare::table(before, &run));
    }
    keep(arguments, &run)?;
    Ok(targets::verdict(&run.records))
}

/// One workload on one peer.
struct Step<'a> {
    workload: &'a Workload,
    peer: Peer,
}

fn plan<'a>(peers: &'a Peers, arguments: &Arguments) -> Result<Vec<Step<'a>>> {
    let wanted_workloads = words(arguments.workloads.as_deref());
    let wanted_peers = words(arguments.peers.as_deref());
    for name in &wanted_workloads {
        if !peers.workloads().iter().any(|workload| workload.name == *name) {
            return Err(Error::new(format!(
                "there is no workload '{name}'; cargo xtask bench --list names them"
            )));
        }
    }
    for name in wanted_peers.iter().filter(|name| *name != "none") {
        match Peer::by_name(name) {
            None => return Err(Error::new(format!("there is no peer '{name}'; see --help"))),
            Some(peer) if !peers.has(peer) => println!("{}", peers.why_not(peer)),
            Some(_) => {}
        }
    }
    let mut plan = Vec::new();
    for workload in peers.workloads() {
        if !wanted_workloads.is_empty() && !wanted_workloads.contains(&workload.name) {
            continue;
        }
        for &peer in &workload.peers {
            let named = wanted_peers.is_empty() || wanted_peers.iter().any(|it| it == peer.name());
            if peer == Peer::Green || named {
                plan.push(Step { workload, peer });
            }
        }
    }
    Ok(plan)
}

fn words(list: Option<&str>) -> Vec<String> {
    list.into_iter().flat_map(|list| list.split(',')).map(|word| word.trim().to_owned()).collect()
}

/// Runs the plan, round by round.
fn measure(peers: &Peers, plan: &[Step<'_>], rounds: usize, quick: bool) -> Result<Vec<Record>> {
    let mut samples: Vec<Vec<Sample>> = plan.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        for (step, samples) in plan.iter().zip(&mut samples) {
            let (workload, peer) = (&step.workload.name, step.peer);
            progress(&format!("round {round} of {rounds}: {workload} on {}", peer.name()));
            let size = quick.then_some(step.workload.n / 10);
            samples.push(peers.run(workload, peer, size, None)?);
        }
    }
    progress("");
    let records = plan.iter().zip(samples);
    Ok(records
        .map(|(step, samples)| Record::of(&step.workload.name, step.peer, &samples))
        .collect())
}

/// Adds what an operation takes, where peer and workload can be counted.
fn count_instructions(peers: &Peers, records: &mut [Record]) -> Result<()> {
    for record in records.iter_mut().filter(|record| record.can_be_counted()) {
        let (workload, peer) = (record.workload.clone(), record.peer);
        progress(&format!("instructions: {workload} on {}", peer.name()));
        record.set_counts(callgrind::Counts::least(peers, &workload, peer, 1)?);
    }
    progress("");
    Ok(())
}

/// Shows on a terminal what is going on, on one line.
fn progress(what: &str) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        // Should nobody see it, the measurement goes on.
        let _ = write!(terminal, "\r\x1b[K{what}");
        let _ = terminal.flush();
    }
}

/// Writes what the arguments ask to be written.
fn keep(arguments: &Arguments, run: &saved::Run) -> Result<()> {
    if let Some(file) = &arguments.json {
        saved::write(file, &run.to_json())?;
    }
    if let Some(directory) = &arguments.report {
        let page = directory.join("index.html");
        saved::write(&page, &report::page(run))?;
        println!("the report is {}", page.display());
    }
    if let Some(name) = &arguments.save {
        run.save(name)?;
    }
    Ok(())
}
