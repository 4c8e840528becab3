//! `cargo xtask bench --plot NAME`: the charts of `docs/benchmarks.md`, from a kept run.
//!
//! One shows ours against the peers, the other how costs grow with the size; the latter is drawn from a kept run of
//! `scale`. A chart is one SVG file, without a script. It has its own colours for a dark page.

pub(crate) mod axis;
mod peers;
mod size;
pub(crate) mod svg;

use super::saved::{self, Run};
use crate::error::Result;
use crate::workspace;

/// Where the documents look for them.
pub(crate) const DIRECTORY: &str = "docs/plots";

/// Draws what this run has: the peers, or the sizes.
pub(crate) fn write(run: &Run) -> Result<String> {
    let (name, chart) = match size::chart(run) {
        Some(chart) => ("size.svg", chart),
        None => ("peers.svg", peers::chart(run)),
    };
    let file = format!("{DIRECTORY}/{name}");
    saved::write(&workspace::root().join(&file), &chart)?;
    Ok(format!("the chart is {file}"))
}

/// What it was measured on, for the foot of a chart.
fn foot(run: &Run) -> String {
    format!(
        "{}; {}; commit {}; medians of {} rounds",
        run.date, run.machine, run.commit, run.rounds
    )
}
