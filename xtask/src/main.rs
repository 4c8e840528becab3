//! Chores of the workspace: `cargo xtask VERB`. One file, or one directory, for each verb.
#![forbid(unsafe_code)]

mod bench;
mod budget;
mod cargo;
mod ci;
mod coverage;
mod deny;
mod doc;
mod emulate;
mod error;
mod examples;
mod lint;
mod model;
mod packages;
mod page;
mod profile;
mod program;
mod sanitize;
mod semver;
mod soak;
mod table;
mod test;
mod test_count;
mod test_output;
mod tidy;
mod watch;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::Result;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
#[command(about = "Chores of the workspace")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Everything that must hold before a change goes in; .ci/run does the same
    Ci,
    /// Format and clippy
    Lint,
    /// All tests in debug, those of greenctx, greensync and executor in release too, the examples in docs
    Test,
    /// The documentation, without a warning
    Doc,
    /// House rules: see docs and names that have gone stale, unfinished code, the crate graph
    Tidy,
    /// What may be built in: licences, banned crates, sources, as deny.toml says
    Deny,
    /// Runs the examples and the programs, and checks what they print
    Examples(examples::Arguments),
    /// Looks at the live page in a browser; skipped if there is no chromium
    Page,
    /// The loom and shuttle models
    Model(model::Arguments),
    /// The tests under the address and leak sanitizer
    Sanitize,
    /// Measures the executor against its peers
    Bench(bench::Arguments),
    /// Whether an operation takes more instructions than benches/budget.txt allows
    Budget(budget::Arguments),
    /// The tests on Linux for another processor, in an emulated machine; not a part of ci
    Emulate(emulate::Arguments),
    /// Which lines the tests run; needs cargo-llvm-cov
    Coverage,
    /// Whether public items have changed more than the version says; needs cargo-semver-checks
    Semver(semver::Arguments),
    /// Shows where a workload spends its time
    Profile(profile::Arguments),
    /// Offers the executor several times what it can do, and checks that it bears it
    Soak(soak::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().verb {
        Verb::Ci => ci::run(),
        Verb::Lint => lint::run(),
        Verb::Test => test::run(),
        Verb::Doc => doc::run(),
        Verb::Tidy => tidy::run(),
        Verb::Deny => deny::run(),
        Verb::Examples(arguments) => examples::run(&arguments),
        Verb::Page => page::run(),
        Verb::Model(arguments) => model::run(&arguments),
        Verb::Sanitize => sanitize::run(),
        Verb::Bench(arguments) => bench::run(&arguments),
        Verb::Budget(arguments) => budget::run(&arguments),
        Verb::Emulate(arguments) => emulate::run(&arguments),
        Verb::Coverage => coverage::run(),
        Verb::Semver(arguments) => semver::run(&arguments),
        Verb::Profile(arguments) => profile::run(&arguments),
        Verb::Soak(arguments) => soak::run(&arguments),
    };
    finish(done)
}

fn finish(done: Result<String>) -> ExitCode {
    match done {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
