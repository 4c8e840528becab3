//! Runs one workload on one peer, checks its result, and prints one line of JSON.
//!
//! ```text
//! run WORKLOAD PEER [--n N] [--carriers N]
//! run --list
//! ```
//!
//! `cargo xtask bench` calls it, a process for each round, so that no peer runs in the other's heap.

mod measure;
mod workloads;

use std::process::ExitCode;

use measure::{Measured, Params};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("run: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "--list") {
        for workload in workloads::ALL {
            let peers = workload.peers().join(",");
            println!("{}\t{}\t{peers}\t{}", workload.name, workload.n, workload.about);
        }
        return Ok(());
    }
    let [name, peer, options @ ..] = &words[..] else {
        return Err("usage: run WORKLOAD PEER [--n N] [--carriers N] | run --list".into());
    };
    let workload = workloads::ALL
        .iter()
        .find(|workload| workload.name == name)
        .ok_or_else(|| format!("there is no workload '{name}'; see run --list"))?;
    let runner = workload
        .runners
        .iter()
        .find(|(known, _)| known == peer)
        .ok_or_else(|| format!("workload '{name}' does not run on '{peer}'"))?
        .1;
    let params = params(options, workload.n)?;
    // Once, smaller, so that threads are started, pages touched and code loaded.
    if workload.warm_up {
        runner(&Params { n: (params.n / 10).max(1), ..params });
    }
    let measured = runner(&params);
    println!("{}", measured.to_json(name, peer, &params));
    Ok(())
}

fn params(options: &[String], n: u64) -> Result<Params, String> {
    let mut params = Params { n, carriers: 2 };
    let mut words = options.iter();
    while let Some(word) = words.next() {
        let value = words.next().and_then(|value| value.parse::<u64>().ok());
        let value = value.ok_or_else(|| format!("{word} wants a number"))?;
        match word.as_str() {
            "--n" => params.n = value,
            "--carriers" => params.carriers = value as usize,
            _ => return Err(format!("unknown option '{word}'")),
        }
    }
    Ok(params)
}

/// A workload on one peer.
pub type Runner = fn(&Params) -> Measured;
