//! `parked`: many green threads parked at once, with either kind of stack guard.

use crate::error::{Error, Result};
use crate::examples::program::Program;
use crate::watch::Watched;

const THREADS: &str = "20000";
/// More than a kernel can guard by `mprotect`, unless its limits were raised.
const TOO_MANY: &str = "40000";

pub(super) fn check() -> Result<()> {
    // By itself it takes the guard that the kernel of this machine is best at.
    for guard in ["auto", "mprotect"] {
        let ended = Program::new("parked").args([THREADS, "--guard", guard]).run()?;
        let all = ended.output().split_whitespace().any(|word| word == THREADS);
        demand(ended.success() && all, &format!("did not park {THREADS} with {guard}"), &ended)?;
        println!("parked     {THREADS} green threads, guards: {guard}");
    }
    let ended = Program::new("parked").args([TOO_MANY, "--guard", "mprotect"]).run()?;
    let is_clear = ended.stderr.starts_with("parked: ") && ended.stderr.lines().count() == 1;
    let refused = ended.code() == Some(1) && is_clear;
    demand(refused || ended.success(), "did not end with one clear error", &ended)?;
    println!("parked     {TOO_MANY} with mprotect: {}", ended.stderr.trim());
    Ok(())
}

fn demand(holds: bool, otherwise: &str, ended: &Watched) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::new(format!("{otherwise}, but ended with {}:\n{}", ended.ending(), ended.output())))
}
