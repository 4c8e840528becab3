//! `thumbs`: the pictures of the documentation, in one process and by workers in others.

use crate::error::{Error, Result};
use crate::examples::program::Program;
use crate::program::is_in_path;

/// A directory without images will do: that all ends well is what counts here. What comes out, its own tests check.
const DIRECTORY: &str = "docs";

pub(super) fn check() -> Result<()> {
    let by_itself: &[&str] = &[DIRECTORY];
    let by_workers: &[&str] = &[DIRECTORY, "--workers", "2"];
    let has_server = is_in_path("nats-server");
    for arguments in [by_itself, by_workers].into_iter().take(1 + usize::from(has_server)) {
        let ended = Program::new("thumbs").args(arguments.iter().copied()).run()?;
        if !ended.success() {
            let (ending, output) = (ended.ending(), ended.output());
            return Err(Error::new(format!("thumbs ended with {ending}:\n{output}")));
        }
        println!("thumbs     {}", ended.stderr.trim());
    }
    Ok(())
}
