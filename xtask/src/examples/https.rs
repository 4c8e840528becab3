//! `https`: pages over TLS from a server in the same program, all at once.

use crate::error::{Error, Result};
use crate::examples::program::Program;
use crate::watch::Watched;

const RUNS: &[&[&str]] = &[
    &[],
    &["--pages", "1", "--carriers", "1"],
    &["--pages", "100", "--carriers", "4", "--delay", "0"],
];

/// Arguments, the exit code, and a part of the message.
const WRONG: &[(&[&str], i32, &str)] = &[
    (&["https://127.0.0.1:1/"], 1, "https: https://127.0.0.1:1/: cannot connect"),
    (&["ftp://127.0.0.1/"], 2, "cannot fetch by ftp"),
    (&["nothing"], 2, "relative URL without a base"),
    (&["--carriers", "0"], 1, "carriers is 0"),
    (&["--timeout", "0"], 2, "at least 1"),
];

pub(super) fn check() -> Result<()> {
    for arguments in RUNS {
        let call = arguments.join(" ");
        let ended = Program::new("https").args(arguments.iter().copied()).run()?;
        let is_right = ended.success() && ended.stderr.contains("queue wait");
        demand(is_right, &call, &ended)?;
        let stdout = String::from_utf8_lossy(&ended.stdout).into_owned();
        println!("https      {}", stdout.lines().next().unwrap_or_default());
    }
    for (arguments, code, message) in WRONG {
        let ended = Program::new("https").args(arguments.iter().copied()).run()?;
        let is_clear = ended.stderr.contains(message) && ended.stdout.is_empty();
        demand(ended.code() == Some(*code) && is_clear, &arguments.join(" "), &ended)?;
    }
    let help = Program::new("https").args(["--help"]).run()?;
    demand(help.success() && help.output().contains("--pages"), "--help", &help)?;
    println!("https      refuses wrong arguments");
    Ok(())
}

fn demand(holds: bool, call: &str, ended: &Watched) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::new(format!("https {call}: ended with {}:\n{}", ended.ending(), ended.output())))
}
