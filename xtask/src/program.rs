//! Whether a program that a verb would use is there.

use crate::error::{Error, Result};

/// Whether a program of this name can be started.
pub(crate) fn is_in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).exists())
}

/// An error that names the `fix`, if there is no such program.
pub(crate) fn needed(program: &str, fix: &str) -> Result<()> {
    if is_in_path(program) {
        return Ok(());
    }
    Err(Error::new(format!("this needs {program}, which is not installed; try `{fix}`")))
}
