//! A progress bar: on stderr, and only if that is a terminal.
//!
//! Shared by the programs `crawl` and `digest`.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of no length yet, drawn by this template of indicatif; hidden if stderr is no terminal.
///
/// # Panics
/// If the template is malformed.
pub fn bar(template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    ProgressBar::new(0).with_style(style)
}
