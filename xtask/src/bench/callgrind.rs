//! How many instructions an operation takes, and how many of them are atomic, counted by valgrind's callgrind.
//!
//! A workload runs on one carrier at two sizes. The difference is what the further operations have taken, so
//! the start of the process is not in it. The calibration of the clock is left out: it goes on for a time, and not
//! for a number of instructions. How fast the machine is, and what else it does, hardly shows. How long a thread
//! looks before it sleeps depends on time too. Such looks only add, so the least of a few counts is taken.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::peers::{Peer, Peers};
use crate::error::{Context, Error, Result};
use crate::program;
use crate::watch;
use crate::workspace;

/// The two sizes. Powers of ten, since some workloads are trees with ten children a node.
const SIZES: (u64, u64) = (10_000, 100_000);

/// The function that calibrates the clock, as callgrind calls it.
const CALIBRATION: &str = "*calibrate";

/// No run takes that long.
const LIMIT: Duration = Duration::from_secs(300);

/// An error that says how to get valgrind, where it is missing.
pub(crate) fn needed() -> Result<()> {
    program::needed("valgrind", "apt-get install valgrind")
}

/// What an operation takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Counts {
    /// Instructions of the user's side.
    pub(crate) instructions: f64,
    /// How many of them are atomic read-modify-writes or fences: each costs as much as twenty others.
    pub(crate) atomics: f64,
}

impl Counts {
    /// What an operation takes: the least of `times` counts.
    pub(crate) fn least(peers: &Peers, workload: &str, peer: Peer, times: usize) -> Result<Counts> {
        let mut least = Counts::of(peers, workload, peer)?;
        for _ in 1..times {
            let other = Counts::of(peers, workload, peer)?;
            least.instructions = least.instructions.min(other.instructions);
            least.atomics = least.atomics.min(other.atomics);
        }
        Ok(least)
    }

    fn of(peers: &Peers, workload: &str, peer: Peer) -> Result<Counts> {
        let (small, large) = SIZES;
        let (less, more) =
            (whole(peers, workload, peer, small)?, whole(peers, workload, peer, large)?);
        let operations = (large - small) as f64;
        Ok(Counts {
            instructions: (more.instructions - less.instructions) / operations,
            atomics: (more.atomics - less.atomics) / operations,
        })
    }
}

/// The counts of a whole run.
fn whole(peers: &Peers, workload: &str, peer: Peer, n: u64) -> Result<Counts> {
    let counted = counted_file()?;
    let mut command = Command::new("valgrind");
    command.args(["-q", "--tool=callgrind", "--collect-bus=yes"]);
    command.arg(format!("--toggle-collect={CALIBRATION}")).arg("--collect-atstart=yes");
    command.arg(format!("--callgrind-out-file={}", counted.display()));
    command.arg(peers.rust()).args([workload, peer.name()]);
    command.args(["--n", &n.to_string(), "--carriers", "1", "--counted"]);
    let run = watch::watch(&mut command, "callgrind", LIMIT)?;
    if !run.success() {
        let (peer, ending, output) = (peer.name(), run.ending(), run.output());
        return Err(Error::new(format!(
            "{workload} on {peer} under callgrind {ending}:\n{output}"
        )));
    }
    let text = fs::read_to_string(&counted).context(|| format!("cannot read {counted:?}"))?;
    totals(&text).ok_or_else(|| Error::new(format!("{} has no totals", counted.display())))
}

fn counted_file() -> Result<PathBuf> {
    let directory = workspace::scratch().join("bench");
    fs::create_dir_all(&directory).context(|| format!("cannot make {}", directory.display()))?;
    Ok(directory.join("callgrind.out"))
}

/// The sums that callgrind writes at the end of its file.
fn totals(text: &str) -> Option<Counts> {
    let line = text.lines().rev().find_map(|line| line.strip_prefix("totals: "))?;
    let mut numbers = line.split_whitespace().map(str::parse);
    // Without an atomic operation there is no second number.
    let (instructions, atomics) = (numbers.next()?.ok()?, numbers.next().unwrap_or(Ok(0.0)).ok()?);
    Some(Counts { instructions, atomics })
}

#[cfg(test)]
mod tests {
    use super::{Counts, totals};

    #[test]
    fn the_totals_are_in_the_last_lines() {
        let text = "events: Ir Ge\nfn=(1) main\n3 4\n\ntotals: 1234 5\n";
        assert_eq!(totals(text), Some(Counts { instructions: 1234.0, atomics: 5.0 }));
        assert_eq!(totals("totals: 7\n"), Some(Counts { instructions: 7.0, atomics: 0.0 }));
        assert_eq!(totals("events: Ir Ge\n"), None);
    }
}
