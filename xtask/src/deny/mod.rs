//! `cargo xtask deny`: what may be built into the workspace, as `deny.toml` says.
//!
//! Licences, banned crates, wildcards and sources are checked here, on what cargo itself says about
//! the packages: that needs no network and no other tool. Where `cargo deny` is installed, it checks
//! the same again, and security advisories too if it has fetched them before.

mod licence;
mod packages;
mod policy;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::cargo::Cargo;
use crate::error::{Context, Error, Result};
use crate::program;
use crate::workspace;
use packages::Packages;
use policy::Policy;

const POLICY: &str = "deny.toml";

/// Checks every package that is built for one of our targets.
pub(crate) fn run() -> Result<String> {
    let file = workspace::root().join(POLICY);
    let text = fs::read_to_string(&file).context(|| format!("cannot read {}", file.display()))?;
    let policy = Policy::of(&text).context(|| POLICY.to_owned())?;
    let packages = Packages::of(&metadata()?)?;
    let wrong = policy.wrong(&packages);
    for finding in &wrong {
        println!("     {finding}");
    }
    if !wrong.is_empty() {
        let count = wrong.len();
        return Err(Error::new(format!("{count} packages are not as {POLICY} allows; see above")));
    }
    let more = cargo_deny()?;
    Ok(format!("{} packages are as {POLICY} allows; {more}", packages.len()))
}

/// What cargo says about all packages for the processor that this runs on, with all features.
fn metadata() -> Result<String> {
    let target = format!("{}-unknown-linux-gnu", env::consts::ARCH);
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--format-version=1", "--locked", "--offline", "--all-features"]);
    command.args(["--filter-platform", &target]).current_dir(workspace::root());
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.context(|| "cannot start cargo metadata".into())?;
    if !output.status.success() {
        return Err(Error::new("cargo metadata failed; `cargo fetch` gets what it misses"));
    }
    String::from_utf8(output.stdout).context(|| "cargo metadata".into())
}

/// Asks the tool, where it is; says what was asked.
fn cargo_deny() -> Result<String> {
    if !program::is_in_path("cargo-deny") {
        return Ok("cargo-deny is not installed, so no advisories were read".into());
    }
    Cargo::new("deny --offline check bans licenses sources").run()?;
    if !advisories().exists() {
        return Ok("cargo-deny agrees; `cargo deny fetch` would get the advisories".into());
    }
    Cargo::new("deny --offline check advisories").run()?;
    Ok("cargo-deny agrees, and knows of no advisory".into())
}

/// Where cargo-deny keeps what it has fetched.
fn advisories() -> PathBuf {
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from).or(home);
    cargo.unwrap_or_default().join("advisory-dbs")
}
