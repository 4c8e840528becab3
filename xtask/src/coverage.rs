//! `cargo xtask coverage`: which lines the tests run, by cargo-llvm-cov.

use crate::cargo::Cargo;
use crate::error::Result;
use crate::program;
use crate::workspace;

/// Runs the tests with counters built in, and writes a page.
pub(crate) fn run() -> Result<String> {
    program::needed(
        "cargo-llvm-cov",
        "rustup component add llvm-tools && cargo install cargo-llvm-cov",
    )?;
    Cargo::new("llvm-cov --html --exclude-from-report testkit,xtask").run()?;
    let page = workspace::target().join("llvm-cov/html/index.html");
    Ok(format!("covered lines: {}", page.display()))
}
