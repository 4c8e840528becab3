//! `cargo xtask sanitize`: the tests under the address and leak sanitizer.
//!
//! A sanitizer that sees nothing proves nothing: first it must find two faults that are planted in a
//! green thread (`planted/main.rs`), a use after free and a leak.

use std::env::consts::ARCH;
use std::process::Command;
use std::time::Duration;

use crate::cargo::Cargo;
use crate::error::{Error, Result};
use crate::watch::watch;
use crate::workspace;

const PACKAGES: &str = "-p greenctx -p workqueue -p stats -p executor";
/// They tell the sanitizer about every switch of stacks.
const FEATURES: &str = "--features greenctx/sanitizer,executor/sanitizer";

/// Tests that cannot run here, by a part of their path, and why.
const SKIPPED: &[(&str, &str)] = &[
    ("overflow", "the sanitizer reports a stack's overflow itself"),
    ("address_space", "its shadow memory does not fit a limited address space"),
    ("rlimit", "as above"),
    ("compile_fail", "nothing of it runs: the compiler is tested"),
];

/// Each fault and what the report of it says.
const PLANTED: &[(&str, &str)] =
    &[("use-after-free", "heap-use-after-free"), ("leak", "detected memory leaks")];

/// The stack of a green thread must hold its locals: the search for uses after return would move them
/// to the heap, where their addresses say nothing about the depth of the stack.
const OPTIONS: &str = "detect_leaks=1:detect_stack_use_after_return=0";

const PLANTED_LIMIT: Duration = Duration::from_secs(60);

/// Shows that faults are found, then that the tests have none.
pub(crate) fn run() -> Result<String> {
    find_planted()?;
    println!("not run here:");
    for (name, reason) in SKIPPED {
        println!("  tests named *{name}*: {reason}");
    }
    let skip = SKIPPED.iter().flat_map(|(name, _)| ["--skip", name]);
    let words = format!("test {PACKAGES} {FEATURES} --lib --tests");
    let count = sanitized(Cargo::new(&words)).args(["--"]).args(skip).run_tests()?;
    if count.passed == 0 {
        return Err(Error::new("no test has run under the sanitizer"));
    }
    Ok(format!("{count} without a report; {} planted faults found", PLANTED.len()))
}

fn find_planted() -> Result<()> {
    sanitized(Cargo::new("build -p xtask --bin planted --features planted")).run()?;
    let program = workspace::target().join("address").join(triple()).join("debug/planted");
    for (fault, report) in PLANTED {
        let mut command = Command::new(&program);
        command.arg(fault).env("ASAN_OPTIONS", OPTIONS);
        let watched = watch(&mut command, &format!("planted-{fault}"), PLANTED_LIMIT)?;
        let output = watched.output();
        if watched.success() || !output.contains(report) {
            return Err(Error::new(format!(
                "the sanitizer did not find the planted {fault} ({}); is the feature \
                 greenctx/sanitizer on?\n{output}",
                watched.ending()
            )));
        }
        println!("planted {fault}: found");
    }
    Ok(())
}

fn sanitized(cargo: Cargo) -> Cargo {
    cargo
        .args(["--target", &triple()])
        .rustflags("-Zsanitizer=address", "address")
        // The flag is for nightly compilers; the run time that it needs comes with the stable one too.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("ASAN_OPTIONS", OPTIONS)
}

/// With a target named, what runs at build time is left as it is.
fn triple() -> String {
    format!("{ARCH}-unknown-linux-gnu")
}
