//! How the costs grow with the size: `cargo xtask bench scale`.

use super::peers::{Peer, Peers};
use super::progress;
use super::record::{Record, short};
use crate::error::{Error, Result};
use crate::table::Table;

/// By how much the cost of one may grow from the smallest size to a larger one.
const ALLOWED: f64 = 1.20;

/// How often each is run.
pub(crate) const ROUNDS: usize = 3;

/// On so many carriers sizes are compared.
const USUAL_CARRIERS: usize = 2;

/// Something that is measured at several sizes.
struct Series {
    workload: &'static str,
    figure: &'static str,
    unit: &'static str,
    /// Who else is measured. Growth is counted of ours alone.
    peers: &'static [Peer],
    /// (operations, carriers)
    sizes: Vec<(u64, usize)>,
    /// The size from which growth is counted: below it the fixed costs of a run outweigh the rest.
    from: u64,
}

/// Whether a record of such a run belongs to the sizes that are compared.
pub(crate) fn is_on_usual_carriers(record: &Record) -> bool {
    record.carriers() == Some(USUAL_CARRIERS)
}

/// Measures all series, and says which grow faster than the work.
pub(crate) fn run(peers: &Peers, quick: bool) -> Result<(Vec<Record>, String)> {
    let largest = if quick { 5 } else { 7 };
    let jobs = |carriers| (3..=largest).map(move |power| (10u64.pow(power), carriers)).collect();
    let parked = (3..=largest.min(6)).map(|power| (10u64.pow(power), USUAL_CARRIERS)).collect();
    let million = 10u64.pow(largest.min(6));
    let series = [
        Series {
            workload: "spawn_join",
            figure: "ns_per_op",
            unit: "ns a job",
            peers: &[Peer::Tokio],
            sizes: jobs(USUAL_CARRIERS),
            from: 100_000,
        },
        Series {
            workload: "skynet",
            figure: "ns_per_op",
            unit: "ns a leaf",
            peers: &[Peer::Tokio],
            sizes: jobs(USUAL_CARRIERS),
            from: 100_000,
        },
        Series {
            workload: "parked",
            figure: "rss_bytes_per_thread",
            unit: "bytes a thread",
            peers: &[Peer::Tokio],
            sizes: parked,
            from: 10_000,
        },
        Series {
            workload: "skynet",
            figure: "ns_per_op",
            unit: "ns a leaf",
            peers: &[],
            sizes: (1..=8).map(|carriers| (million, carriers)).collect(),
            from: 0,
        },
    ];
    let mut table =
        Table::new(&["workload", "peer", "n", "carriers", "cost", "range", "against the base", ""]);
    let mut grown = 0;
    let mut records = Vec::new();
    for series in &series {
        for peer in [Peer::Green].iter().chain(series.peers) {
            let measured = measure(peers, series, *peer)?;
            grown += show(&measured, series, &mut table);
            records.extend(measured);
        }
    }
    progress("");
    print!("{table}");
    let verdict = match grown {
        0 => "scale: no cost grows by more than 20 % with the size".into(),
        some => format!("scale: {some} costs grow by more than 20 % with the size"),
    };
    Ok((records, verdict))
}

/// Runs a series on one peer: a record for each size.
fn measure(peers: &Peers, series: &Series, peer: Peer) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for &(n, carriers) in &series.sizes {
        let (workload, name) = (series.workload, peer.name());
        progress(&format!("scale: {workload} of {n} on {name}, {carriers} carriers"));
        let run = |_| peers.run(workload, peer, Some(n), Some(carriers));
        let samples = (0..ROUNDS).map(run).collect::<Result<Vec<_>>>()?;
        let mut record = Record::of(workload, peer, &samples);
        record.set_carriers(carriers);
        if !record.figures.contains_key(series.figure) {
            return Err(Error::new(format!("{workload} does not print {}", series.figure)));
        }
        records.push(record);
    }
    Ok(records)
}

/// Adds the records of a series to the table; how many of our costs have grown too much.
fn show(records: &[Record], series: &Series, table: &mut Table) -> usize {
    let mut base = None;
    let mut grown = 0;
    for record in records {
        let spread = record.figures[series.figure];
        let is_counted = record.n >= series.from && record.peer == Peer::Green;
        let growth = is_counted.then(|| spread.median / *base.get_or_insert(spread.median));
        let too_much = growth.is_some_and(|growth| growth > ALLOWED);
        grown += usize::from(too_much);
        table.row([
            series.workload.into(),
            record.peer.name().into(),
            short(record.n as f64),
            record.carriers().map(|carriers| carriers.to_string()).unwrap_or_default(),
            format!("{} {}", short(spread.median), series.unit),
            format!("{}–{}", short(spread.min), short(spread.max)),
            growth.map(|growth| format!("{growth:.2}")).unwrap_or_default(),
            if too_much { "GROWS".into() } else { String::new() },
        ]);
    }
    grown
}
