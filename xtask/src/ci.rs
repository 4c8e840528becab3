//! `cargo xtask ci`: every check, one after the other, and a table of what came of them.

use std::time::Duration;

use greenstd::time;

use crate::error::{Error, Result};
use crate::table::Table;
use crate::{budget, deny, doc, examples, lint, model, packages, page, sanitize, soak, test, tidy};

type Step = (&'static str, fn() -> Result<String>);

/// Cheap ones first, so that a slip is told early.
const STEPS: &[Step] = &[
    ("packages", packages::install),
    ("format", lint::format),
    ("tidy", tidy::run),
    ("deny", deny::run),
    ("clippy", lint::clippy),
    ("test", test::run),
    ("doc", doc::run),
    ("examples", examples::run_all),
    ("page", page::run),
    ("model: loom", || model::check(model::Checker::Loom)),
    ("model: shuttle", || model::check(model::Checker::Shuttle)),
    ("model: weakened", model::check_weakened),
    ("sanitize", sanitize::run),
    ("budget", budget::check),
    ("soak", soak::briefly),
];

/// Takes all steps, also after one has failed.
pub(crate) fn run() -> Result<String> {
    let start = time::now();
    let mut table = Table::new(&["step", "time", "outcome"]);
    let mut failed = Vec::new();
    for (number, (name, step)) in STEPS.iter().enumerate() {
        println!("\n=== {}/{} {name}", number + 1, STEPS.len());
        let step_start = time::now();
        let outcome = step();
        let took = seconds(time::since(step_start));
        match outcome {
            Ok(summary) => {
                println!("{summary}");
                table.row([(*name).to_owned(), took, last_line(&summary)]);
            }
            Err(error) => {
                println!("FAILED: {error}");
                table.row([(*name).to_owned(), took, "FAILED".to_owned()]);
                failed.push(*name);
            }
        }
    }
    println!("\n{table}");
    if !failed.is_empty() {
        return Err(Error::new(format!("failed: {}; see above for each", failed.join(", "))));
    }
    let took = seconds(time::since(start));
    Ok(format!("all {} steps passed in {took}", STEPS.len()))
}

fn seconds(duration: Duration) -> String {
    format!("{:>3} min {:02} s", duration.as_secs() / 60, duration.as_secs() % 60)
}

fn last_line(summary: &str) -> String {
    summary.lines().last().unwrap_or_default().to_owned()
}
