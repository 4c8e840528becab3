//! `cargo xtask sanitize`: the tests under the address and leak sanitizer.
//!
//! A sanitizer that sees nothing proves nothing: first it must find faults that are planted in green
//! threads, in the middle of switches (`crates/greenctx/tests/it/sanitizer.rs`).

use std::env::consts::ARCH;

use crate::cargo::Cargo;
use crate::error::{Error, Result};
use crate::test_count::TestCount;

const PACKAGES: &str = "-p greenctx -p greensync -p greenio -p workqueue -p stats -p executor";
/// They tell the sanitizer about every switch of stacks.
const FEATURES: &str = "--features greenctx/sanitizer,executor/sanitizer";

/// The tests with a planted fault begin with this, and there are so many of them.
const PLANTED: (&str, u64) = ("planted_", 3);

/// Tests that are not run here, by a part of their path, and why. (Single ones that cannot pass here say
/// so themselves, and are listed as ignored.)
const SKIPPED: (&str, &str) = ("compile_fail", "nothing of it runs: the compiler is tested");

/// The stack of a green thread must hold its locals: the search for uses after return would move them
/// to the heap, where their addresses say nothing about the depth of the stack.
const OPTIONS: &str = "detect_leaks=1:detect_stack_use_after_return=0";

/// Shows that faults are found, then that the tests have none.
pub(crate) fn run() -> Result<String> {
    let (name, faults) = PLANTED;
    let found = sanitized_tests(&[name])?;
    if found.passed != faults {
        return Err(Error::new(format!(
            "{faults} planted faults were to be found, and {} were",
            found.passed
        )));
    }
    let (name, reason) = SKIPPED;
    println!("not run here: tests named *{name}*: {reason}");
    let count = sanitized_tests(&["--skip", name])?;
    Ok(format!("{count} without a report; {faults} planted faults found"))
}

fn sanitized_tests(arguments: &[&str]) -> Result<TestCount> {
    Cargo::new(&format!("test {PACKAGES} {FEATURES} --lib --tests"))
        // With a target named, what runs at build time is left as it is.
        .args(["--target", &format!("{ARCH}-unknown-linux-gnu")])
        .rustflags("-Zsanitizer=address", "address")
        // The flag is for nightly compilers; the run time that it needs comes with the stable one too.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("ASAN_OPTIONS", OPTIONS)
        // What a report needs, and no more: it is built in half the time.
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        .args(["--"])
        .args(arguments.iter().copied())
        .run_tests()
}
