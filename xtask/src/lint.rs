//! `cargo xtask lint`: the format, and clippy without a warning.

use crate::cargo::Cargo;
use crate::error::Result;

/// Checks both.
pub(crate) fn run() -> Result<String> {
    format()?;
    clippy()
}

/// Checks the format of every crate.
pub(crate) fn format() -> Result<String> {
    Cargo::new("fmt --all --check").run()?;
    Ok("formatted".into())
}

/// Checks the default members with all their tests and examples, and what is built for one verb alone.
pub(crate) fn clippy() -> Result<String> {
    Cargo::new("clippy --all-targets -- -D warnings").run()?;
    // All targets include tests, for which these have their features; without them, they have not.
    Cargo::new("clippy -p executor -- -D warnings").run()?;
    Cargo::new("clippy -p remote -- -D warnings").run()?;
    Cargo::new("clippy -p xtask --all-targets --all-features -- -D warnings").run()?;
    // The pool alone, as some will use it.
    Cargo::new("clippy -p executor --no-default-features --lib -- -D warnings").run()?;
    Ok("no warnings".into())
}
