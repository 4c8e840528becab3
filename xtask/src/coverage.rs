//! `cargo xtask coverage`: which lines the tests run, by cargo-llvm-cov.

use crate::cargo::Cargo;
use crate::error::Result;
use crate::program;
use crate::workspace;

/// The peers are not built, and what serves the tests alone is not shown.
const LEFT_OUT: &str =
    "--exclude benches --exclude-from-report testkit --exclude-from-report xtask";

/// Runs the tests with counters built in, and writes a page.
pub(crate) fn run() -> Result<String> {
    program::needed(
        "cargo-llvm-cov",
        "rustup component add llvm-tools && cargo install cargo-llvm-cov",
    )?;
    Cargo::new(&format!("llvm-cov --workspace --html {LEFT_OUT}")).run()?;
    let page = workspace::target().join("llvm-cov/html/index.html");
    Ok(format!("covered lines: {}", page.display()))
}
