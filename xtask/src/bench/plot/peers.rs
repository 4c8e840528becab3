//! Ours against the peers: a row for each workload, on which each peer lies as many times to the right as it takes
//! longer than ours.

use super::axis::Axis;
use super::foot;
use super::svg::{Anchor, Svg};
use crate::bench::peers::Peer;
use crate::bench::record::{Record, Spread, short};
use crate::bench::saved::Run;

const WIDTH: f64 = 860.0;
const MARGIN: f64 = 6.0;
const LABEL: f64 = 200.0;
const VALUE: f64 = 100.0;
const TOP: f64 = 62.0;
const ROW: f64 = 24.0;

/// A workload that ours and at least one peer have run.
struct Row<'a> {
    workload: &'a str,
    ours: Spread,
    unit: &'static str,
    peers: Vec<(Peer, Spread)>,
}

/// The chart.
pub(super) fn chart(run: &Run) -> String {
    let rows = rows(&run.records);
    let bottom = TOP + ROW * rows.len() as f64;
    let shows = "How long each peer takes, in multiples of greenpool's time";
    let mut svg = Svg::new(WIDTH, bottom + 56.0, shows);
    let axis = Axis::logarithmic(range(&rows), (LABEL, WIDTH - VALUE));
    svg.legend((LABEL, 18.0), &known_peers(&rows));
    svg.text(
        "small",
        (LABEL, 38.0),
        Anchor::Start,
        "left of the bold line: less than greenpool; right: more",
    );
    svg.text("small", (WIDTH - MARGIN, 38.0), Anchor::End, "greenpool");
    for tick in axis.ticks() {
        let (x, class) = (axis.place(tick), if tick == 1.0 { "one" } else { "grid" });
        svg.line(class, (x, TOP - 14.0), (x, bottom));
        svg.text("small", (x, bottom + 16.0), Anchor::Middle, &format!("{tick} ×"));
    }
    for (number, row) in rows.iter().enumerate() {
        draw(&mut svg, &axis, row, TOP + ROW * number as f64);
    }
    svg.text("small", (MARGIN, bottom + 44.0), Anchor::Start, &foot(run));
    svg.finish()
}

fn draw(svg: &mut Svg, axis: &Axis, row: &Row<'_>, y: f64) {
    let Row { workload, ours, unit, peers } = row;
    svg.text("", (MARGIN, y + 4.0), Anchor::Start, workload);
    svg.text(
        "small",
        (WIDTH - MARGIN, y + 4.0),
        Anchor::End,
        &format!("{} {unit}", short(ours.median)),
    );
    for (peer, spread) in peers {
        let times = spread.median / ours.median;
        let (name, value) = (peer.name(), short(spread.median));
        let what = format!("{workload}: {name} {value} {unit}, {} times ours", short(times));
        svg.mark(*peer, (axis.place(times), y), &what);
    }
}

fn rows(records: &[Record]) -> Vec<Row<'_>> {
    let ours = records.iter().filter(|record| record.peer == Peer::Green);
    ours.filter_map(|record| row(record, records)).collect()
}

/// The row of a workload that is `record`'s; nothing without a peer.
fn row<'a>(record: &'a Record, records: &[Record]) -> Option<Row<'a>> {
    let (ours, unit) = record.main_figure()?;
    let is_peer = |it: &&Record| it.workload == record.workload && it.peer != Peer::Green;
    let others = records.iter().filter(is_peer);
    let peers: Vec<_> =
        others.filter_map(|other| Some((other.peer, other.main_figure()?.0))).collect();
    (!peers.is_empty()).then_some(Row { workload: &record.workload, ours, unit, peers })
}

fn known_peers(rows: &[Row<'_>]) -> Vec<Peer> {
    let mut peers: Vec<Peer> =
        rows.iter().flat_map(|row| row.peers.iter().map(|(peer, _)| *peer)).collect();
    peers.sort_unstable();
    peers.dedup();
    peers
}

/// The least and the greatest multiple, with ours among them.
fn range(rows: &[Row<'_>]) -> (f64, f64) {
    let times = rows
        .iter()
        .flat_map(|row| row.peers.iter().map(|(_, spread)| spread.median / row.ours.median));
    times.fold((1.0, 1.0), |(low, high), times| (low.min(times), high.max(times)))
}

#[cfg(test)]
mod tests {
    use super::chart;
    use crate::bench::peers::Peer;
    use crate::bench::record::{Record, Sample};
    use crate::bench::saved::Run;

    fn record(workload: &str, peer: Peer, ns: f64) -> Record {
        let line = format!("{{\"n\": 1, \"ns_per_op\": {ns}}}");
        Record::of(workload, peer, &[Sample::parse(&line).expect("it is a line")])
    }

    #[test]
    fn a_peer_has_a_mark_that_says_how_many_times_longer_it_takes() {
        let chart = chart(&Run::of_records(vec![
            record("burst", Peer::Green, 200.0),
            record("burst", Peer::Tokio, 600.0),
            record("alone", Peer::Green, 1.0),
        ]));
        assert!(chart.contains("<title>burst: tokio 600 ns, 3.00 times ours</title>"), "{chart}");
        assert!(!chart.contains("alone"), "nothing to compare it with");
        assert!(chart.starts_with("<svg") && chart.ends_with("</svg>\n"));
    }
}
