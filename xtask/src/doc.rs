//! `cargo xtask doc`: the documentation of the public items, without a warning.

use crate::cargo::Cargo;
use crate::error::Result;
use crate::workspace;

/// What is documented besides.
const FEATURES: &str = "executor/tracing,executor/cron,remote/nats,remote/postgres,remote/tracing";

/// Builds it, and says where it is.
pub(crate) fn run() -> Result<String> {
    Cargo::new("doc --no-deps --features")
        .args([FEATURES])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    let page = workspace::target().join("doc/executor/index.html");
    Ok(format!("documented: {}", page.display()))
}
