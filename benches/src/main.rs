//! Runs one workload on one peer, checks its result, and prints one line of JSON.
//!
//! ```text
//! run WORKLOAD PEER [--n N] [--carriers N] [--counted] [--pin] [--wrk] [--server PROGRAM]
//! run serve PEER [--carriers N] [--pin]
//! run --list
//! ```
//!
//! `--counted` says that callgrind counts the instructions: then no smaller run comes first, and no CPU time is
//! read, which does not work there.
//!
//! `serve` is what the workloads `http` call: a server of that peer, until its input ends. With
//! `--server` they call another program for it, in the same way.
//!
//! `cargo xtask bench` calls it, a process for each round, so that no peer runs in the other's heap.

mod load;
mod measure;
mod pin;
mod servers;
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
        return Err("usage: run WORKLOAD PEER [--n N] [--carriers N] [--counted] [--pin] [--wrk] \
             [--server PROGRAM] | \
                    run serve PEER [--carriers N] | run --list"
            .into());
    };
    if name == "serve" {
        return servers::run(peer, &params(options, 0)?);
    }
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
    if workload.warm_up && !params.counted {
        runner(&Params { n: (params.n / 10).max(1), ..params.clone() });
    }
    let measured = runner(&params);
    println!("{}", measured.to_json(name, peer, &params));
    Ok(())
}

fn params(options: &[String], n: u64) -> Result<Params, String> {
    let mut params =
        Params { n, carriers: 2, counted: false, pin: false, server: None, wrk: false };
    let mut words = options.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--counted" => {
                params.counted = true;
                measure::leave_cpu_time_out();
                continue;
            }
            "--pin" => {
                params.pin = true;
                pin::begin();
                continue;
            }
            "--wrk" => {
                params.wrk = true;
                continue;
            }
            _ => {}
        }
        let value = words.next().ok_or_else(|| format!("{word} wants a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{word} wants a number"));
        match word.as_str() {
            "--n" => params.n = number()?,
            "--carriers" => params.carriers = number()? as usize,
            "--server" => params.server = Some(value.into()),
            _ => return Err(format!("unknown option '{word}'")),
        }
    }
    Ok(params)
}

/// A workload on one peer.
pub type Runner = fn(&Params) -> Measured;
