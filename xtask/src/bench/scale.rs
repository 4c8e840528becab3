//! How the costs grow with the size: `cargo xtask bench scale`.

use super::peers::{Peer, Peers};
use super::progress;
use super::record::{Spread, short};
use crate::error::{Error, Result};
use crate::table::Table;

/// By how much the cost of one may grow from the smallest size to a larger one.
const ALLOWED: f64 = 1.20;

const ROUNDS: usize = 3;

/// Something that is measured at several sizes.
struct Series {
    workload: &'static str,
    figure: &'static str,
    unit: &'static str,
    /// (operations, carriers)
    sizes: Vec<(u64, usize)>,
    /// The size from which growth is counted: below it the fixed costs of a run outweigh the rest.
    from: u64,
}

/// Measures all series, and says which grow faster than the work.
pub(crate) fn run(peers: &Peers, quick: bool) -> Result<String> {
    let largest = if quick { 5 } else { 7 };
    let jobs = |carriers| (3..=largest).map(move |power| (10u64.pow(power), carriers)).collect();
    let parked = (3..=largest.min(6)).map(|power| (10u64.pow(power), 2)).collect();
    let million = 10u64.pow(largest.min(6));
    let series = [
        Series {
            workload: "spawn_join",
            figure: "ns_per_op",
            unit: "ns a job",
            sizes: jobs(2),
            from: 100_000,
        },
        Series {
            workload: "skynet",
            figure: "ns_per_op",
            unit: "ns a leaf",
            sizes: jobs(2),
            from: 100_000,
        },
        Series {
            workload: "parked",
            figure: "rss_bytes_per_thread",
            unit: "bytes a thread",
            sizes: parked,
            from: 10_000,
        },
        Series {
            workload: "skynet",
            figure: "ns_per_op",
            unit: "ns a leaf",
            sizes: (1..=8).map(|carriers| (million, carriers)).collect(),
            from: 0,
        },
    ];
    let mut table =
        Table::new(&["workload", "n", "carriers", "cost", "range", "against the base", ""]);
    let mut grown = 0;
    for series in &series {
        grown += measure(peers, series, &mut table)?;
    }
    progress("");
    print!("{table}");
    match grown {
        0 => Ok("scale: no cost grows by more than 20 % with the size".into()),
        some => Ok(format!("scale: {some} costs grow by more than 20 % with the size")),
    }
}

/// Adds a series to the table; how many of its costs have grown too much.
fn measure(peers: &Peers, series: &Series, table: &mut Table) -> Result<usize> {
    let mut base = None;
    let mut grown = 0;
    for &(n, carriers) in &series.sizes {
        progress(&format!("scale: {} of {n} on {carriers} carriers", series.workload));
        let mut costs = Vec::new();
        for _ in 0..ROUNDS {
            let sample = peers.run(series.workload, Peer::Green, Some(n), Some(carriers))?;
            let cost = sample.figure(series.figure).ok_or_else(|| {
                Error::new(format!("{} does not print {}", series.workload, series.figure))
            })?;
            costs.push(cost);
        }
        let spread = Spread::of(costs);
        let growth = (n >= series.from).then(|| spread.median / *base.get_or_insert(spread.median));
        let too_much = growth.is_some_and(|growth| growth > ALLOWED);
        grown += usize::from(too_much);
        table.row([
            series.workload.into(),
            short(n as f64),
            carriers.to_string(),
            format!("{} {}", short(spread.median), series.unit),
            format!("{}–{}", short(spread.min), short(spread.max)),
            growth.map(|growth| format!("{growth:.2}")).unwrap_or_default(),
            if too_much { "GROWS".into() } else { String::new() },
        ]);
    }
    Ok(grown)
}
