//! How many instructions an operation takes, counted by valgrind's callgrind.
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

/// Instructions an operation: the least of `times` counts.
pub(crate) fn instructions(peers: &Peers, workload: &str, peer: Peer, times: usize) -> Result<f64> {
    let mut least = f64::MAX;
    for _ in 0..times {
        let (small, large) = SIZES;
        let more = count(peers, workload, peer, large)? - count(peers, workload, peer, small)?;
        least = least.min(more / (large - small) as f64);
    }
    Ok(least)
}

/// Instructions of a whole run.
fn count(peers: &Peers, workload: &str, peer: Peer, n: u64) -> Result<f64> {
    let counted = counted_file()?;
    let mut command = Command::new("valgrind");
    command.args(["-q", "--tool=callgrind"]);
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
    total(&text).ok_or_else(|| Error::new(format!("{} has no total", counted.display())))
}

fn counted_file() -> Result<PathBuf> {
    let directory = workspace::scratch().join("bench");
    fs::create_dir_all(&directory).context(|| format!("cannot make {}", directory.display()))?;
    Ok(directory.join("callgrind.out"))
}

/// The sum that callgrind writes at the end of its file.
fn total(text: &str) -> Option<f64> {
    let line = text.lines().rev().find_map(|line| line.strip_prefix("totals: "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_total_is_in_the_last_lines() {
        assert_eq!(total("events: Ir\nfn=(1) main\n3 4\n\ntotals: 1234\n"), Some(1234.0));
        assert_eq!(total("events: Ir\n"), None);
    }
}
