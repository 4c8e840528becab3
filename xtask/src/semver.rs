//! `cargo xtask semver`: whether a public item has changed more than the version says, by
//! cargo-semver-checks.

use crate::cargo::Cargo;
use crate::error::Result;
use crate::program;

/// The crates with a public face of their own. `greenstd` may change in any release.
const CRATES: &str =
    "-p executor -p greenctx -p greenio -p greensync -p inspect -p remote -p stats -p workqueue";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to compare with: the tag of the last release, or any commit
    #[arg(value_name = "COMMIT")]
    since: String,
}

/// Compares the public items with those of an earlier commit.
pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    program::needed("cargo-semver-checks", "cargo install cargo-semver-checks")?;
    let since = &arguments.since;
    Cargo::new(&format!("semver-checks {CRATES} --baseline-rev")).args([since]).run()?;
    Ok(format!("since {since}, no public item has changed more than the version says"))
}
