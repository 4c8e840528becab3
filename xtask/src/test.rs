//! `cargo xtask test`: the tests of the README's command.

use crate::cargo::Cargo;
use crate::error::{Error, Result};

/// Everything in debug, with the examples in the documentation; then in release the crates whose
/// behaviour the optimiser could change: those that switch stacks, or have nodes on them.
pub(crate) fn run() -> Result<String> {
    let mut count = Cargo::new("test").run_tests()?;
    count += Cargo::new("test --release -p greenctx -p greensync -p executor --lib --tests")
        .run_tests()?;
    if count.passed == 0 {
        return Err(Error::new("no test has run; is the workspace complete?"));
    }
    Ok(count.to_string())
}
