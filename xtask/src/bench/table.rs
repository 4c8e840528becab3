//! The figures as a table for the terminal.

use super::peers::Peer;
use super::record::{Record, short};
use super::targets::{self, Target};
use crate::table::Table;

/// A row for each workload and peer, with the ratio to the best other peer, and for ours whether the
/// target is held.
pub(crate) fn of(records: &[Record]) -> Table {
    let headings = [
        "workload",
        "peer",
        "n",
        "median",
        "range",
        "of best",
        "target",
        "instructions",
        "atomics",
        "further",
    ];
    let mut table = Table::new(&headings);
    for record in records {
        let Some((spread, unit)) = record.main_figure() else { continue };
        let counts = record.counts();
        let best = targets::best_peer(records, &record.workload);
        let ratio = match (record.peer, best) {
            (Peer::Green, Some((_, best))) => format!("{:.2}", spread.median / best),
            (peer, Some((best, _))) if peer == best => "best".into(),
            _ => String::new(),
        };
        table.row([
            record.workload.clone(),
            record.peer.name().into(),
            short(record.n as f64),
            format!("{} {unit}", short(spread.median)),
            format!("{}–{}", short(spread.min), short(spread.max)),
            ratio,
            target(record, records),
            counts.map(|counts| short(counts.instructions)).unwrap_or_default(),
            counts.map(|counts| short(counts.atomics)).unwrap_or_default(),
            record.further_figures(),
        ]);
    }
    table
}

fn target(record: &Record, records: &[Record]) -> String {
    if record.peer != Peer::Green {
        return String::new();
    }
    let own =
        targets::of(&record.workload).map(|target| mark(&record.workload, target, records, ""));
    let (workload, statistics) = targets::STATISTICS;
    let of_statistics =
        (record.workload == workload).then(|| mark(workload, statistics, records, "statistics "));
    own.into_iter()
        .chain(of_statistics)
        .filter(|mark| !mark.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

fn mark(workload: &str, target: Target, records: &[Record], what: &str) -> String {
    let Some(standing) = targets::standing(workload, target, records) else { return String::new() };
    let verdict = if standing.is_held() { "held" } else { "MISSED" };
    let reached = match target {
        Target::OfOwn(..) => format!("{:.2}", standing.reached),
        Target::OfTokio(_) => format!("{:.2} of tokio", standing.reached),
        _ => String::new(),
    };
    format!("{what}{reached} ≤ {} {verdict}", short(standing.allowed)).trim_start().to_owned()
}
