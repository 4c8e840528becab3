//! `cargo xtask test`: the tests of the README's command.
//!
//! Before each test binary it says what runs now, and how long is left. That is estimated from the
//! last run, whose times stay in the target directory.

mod progress;
mod times;

use greenstd::time;

use crate::cargo::{Cargo, TestBinary};
use crate::error::{Error, Result};
use crate::test_count::TestCount;
use crate::test_output::Said;
use progress::Progress;
use times::Times;

/// A call of cargo that runs tests, and the build whose tests these are.
type Call = (&'static str, &'static str);

/// Everything in debug, with the examples in the documentation; then in release the crates whose
/// behaviour the optimiser could change: those that switch stacks, or have nodes on them.
const CALLS: &[Call] = &[
    ("debug", "test"),
    ("release", "test --release -p greenctx -p greensync -p executor --lib --tests"),
];

/// Runs them all.
pub(crate) fn run() -> Result<String> {
    let mut progress = Progress::new(Times::load());
    let mut count = TestCount::default();
    for (build, words) in CALLS {
        println!("=== {build}: building the tests; {}", progress.left());
        let binaries = Cargo::new(words).build_tests()?;
        count += Cargo::new(words).run_tests_telling(|said| match said {
            Said::Starts(binary) => {
                progress.start(part(build, &name(&binary, &binaries)), time::now());
                progress.times().save();
            }
            Said::Has(tests) => {
                if let Some(line) = progress.has(tests) {
                    println!("=== {line}");
                }
            }
            Said::Ends(_) => {}
        })?;
        progress.end(time::now());
        progress.times().save();
    }
    if count.passed == 0 {
        return Err(Error::new("no test has run; is the workspace complete?"));
    }
    Ok(count.to_string())
}

/// Debug is what is meant where nothing is said.
fn part(build: &str, name: &str) -> String {
    if build == "debug" { name.to_owned() } else { format!("{name}, {build}") }
}

/// What a person calls a binary that cargo names by its file, or the examples of a crate.
fn name(binary: &str, binaries: &[TestBinary]) -> String {
    if let Some(name) = binary.strip_prefix("Doc-tests ") {
        return format!("{name}: examples in docs");
    }
    let is_it = |known: &&TestBinary| known.path.file_name().is_some_and(|file| file == binary);
    binaries.iter().find(is_it).map_or_else(
        || binary.to_owned(),
        |TestBinary { package, target, .. }| {
            let target = if target == package { "lib" } else { target };
            format!("{package}: {target}")
        },
    )
}

#[cfg(test)]
mod tests {
    use super::{TestBinary, name, part};

    #[test]
    fn binaries_are_called_by_their_package_and_target() {
        let binary = |target: &str, path: &str| TestBinary {
            package: "stats".to_owned(),
            target: target.to_owned(),
            path: path.into(),
        };
        let binaries = [binary("stats", "/t/deps/stats-1"), binary("it", "/t/deps/it-2")];
        assert_eq!(name("stats-1", &binaries), "stats: lib");
        assert_eq!(part("release", &name("it-2", &binaries)), "stats: it, release");
        assert_eq!(name("Doc-tests stats", &binaries), "stats: examples in docs");
        assert_eq!(part("debug", &name("other-3", &binaries)), "other-3");
    }
}
