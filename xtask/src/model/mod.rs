//! `cargo xtask model`: the loom and shuttle models, as they are and with one step taken away.

mod weakened;

use std::fmt;

use clap::ValueEnum;

use crate::cargo::Cargo;
use crate::error::{Error, Result};
use crate::test_count::TestCount;

pub(crate) use weakened::check_all as check_weakened;

/// The crates with models in their `src/models`.
const PACKAGES: &[&str] = &["greenstd", "greenctx", "greensync", "workqueue", "executor"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only this checker's models
    #[arg(long, value_enum)]
    checker: Option<Checker>,

    /// Take away each step in xtask/weakened.txt in turn, and demand that a model fails
    #[arg(long)]
    weakened: bool,

    /// Only models whose path has this in it; with --weakened, only steps whose name has
    filter: Option<String>,
}

/// Who takes the place of the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Checker {
    /// Every interleaving and every weak-memory outcome of a small protocol
    Loom,
    /// Random schedules of the whole executor
    Shuttle,
}

/// Where models are: in the library of a package, or in its integration tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Library,
    Integration,
}

pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    if arguments.weakened {
        return weakened::check(arguments.checker, arguments.filter.as_deref());
    }
    let mut count = TestCount::default();
    for checker in Checker::value_variants() {
        if arguments.checker.is_none_or(|wanted| wanted == *checker) {
            count += run_models(*checker, arguments.filter.as_deref())?;
        }
    }
    summary(count)
}

/// Runs all models of one checker.
pub(crate) fn check(checker: Checker) -> Result<String> {
    summary(run_models(checker, None)?)
}

fn summary(count: TestCount) -> Result<String> {
    if count.passed == 0 {
        return Err(Error::new("no model has run; the filter must be part of a model's path"));
    }
    Ok(format!("{} models passed", count.passed))
}

fn run_models(checker: Checker, filter: Option<&str>) -> Result<TestCount> {
    let library = checker.test(PACKAGES, Place::Library);
    let mut count = library.args(["--", filter.unwrap_or("models")]).run_tests()?;
    if checker == Checker::Shuttle {
        let integration = checker.test(&["executor"], Place::Integration);
        count += integration.args(["--", filter.unwrap_or("shuttle")]).run_tests()?;
    }
    Ok(count)
}

impl Checker {
    /// The call that builds and runs the tests of `packages` under this checker.
    fn test(self, packages: &[&str], place: Place) -> Cargo {
        let cargo = Cargo::new("test --profile model")
            .rustflags(&format!("--cfg green_{self}"), &self.to_string())
            .args(packages.iter().flat_map(|package| ["-p", package]));
        match place {
            Place::Library => cargo.args(["--lib"]),
            Place::Integration => cargo.args(["--test", "it"]),
        }
    }
}

impl fmt::Display for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Checker::Loom => "loom",
            Checker::Shuttle => "shuttle",
        })
    }
}
