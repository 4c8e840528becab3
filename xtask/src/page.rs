//! `cargo xtask page`: looks at the live page of the crate `inspect` in a real browser.
//!
//! What it looks at and the way it does are a program of its own (`page/main.rs`), built with the executor.

use crate::cargo::Cargo;
use crate::error::Result;
use crate::program::is_in_path;
use crate::workspace;

/// What Debian calls the browser, and the program that drives it.
const PROGRAMS: &[&str] = &["chromium", "chromedriver"];

pub(crate) fn run() -> Result<String> {
    if let Some(missing) = PROGRAMS.iter().find(|program| !is_in_path(program)) {
        return Ok(format!("skipped: there is no {missing}"));
    }
    let pictures = workspace::scratch().join("page");
    Cargo::new("run -p xtask --bin page --features page -- --pictures").args([&pictures]).run()?;
    Ok(format!("the page is as it should be; pictures are in {}", pictures.display()))
}
