//! What one costs where there are few and where there are many: a panel for each workload of `bench scale`.

use super::axis::Axis;
use super::foot;
use super::svg::{Anchor, Svg};
use crate::bench::peers::Peer;
use crate::bench::record::{Record, short};
use crate::bench::saved::Run;
use crate::bench::scale;

const PANEL: f64 = 250.0;
const GAP: f64 = 55.0;
const TOP: f64 = 58.0;
const BOTTOM: f64 = 210.0;

/// The workloads that were run at several sizes, by peer.
type Line<'a> = (Peer, Vec<&'a Record>);

/// The chart; nothing if the run has one size of each workload.
pub(super) fn chart(run: &Run) -> Option<String> {
    let panels: Vec<(&str, Vec<Line<'_>>)> = panels(&run.records);
    if panels.is_empty() {
        return None;
    }
    let width = panels.len() as f64 * (PANEL + GAP) - GAP + 75.0;
    let mut svg = Svg::new(width, BOTTOM + 66.0, "What one costs, by how many there are");
    let mut peers: Vec<Peer> =
        panels.iter().flat_map(|(_, lines)| lines.iter().map(|(peer, _)| *peer)).collect();
    peers.sort_unstable();
    peers.dedup();
    svg.legend((50.0, 18.0), &peers);
    for (number, (workload, lines)) in panels.iter().enumerate() {
        panel(&mut svg, 50.0 + number as f64 * (PANEL + GAP), workload, lines);
    }
    svg.text("small", (50.0, BOTTOM + 56.0), Anchor::Start, &foot(run));
    Some(svg.finish())
}

fn panel(svg: &mut Svg, left: f64, workload: &str, lines: &[Line<'_>]) {
    let records: Vec<&&Record> = lines.iter().flat_map(|(_, records)| records).collect();
    let spreads = || records.iter().filter_map(|record| Some(record.main_figure()?.0));
    let highest = spreads().map(|spread| spread.median).fold(0.0, f64::max);
    let unit = records.iter().find_map(|record| Some(record.main_figure()?.1)).unwrap_or_default();
    let sizes = records.iter().map(|record| record.n as f64);
    let (least, most) =
        sizes.fold((f64::MAX, 1.0_f64), |(least, most), n| (least.min(n), most.max(n)));
    let across = Axis::logarithmic((least, most), (left, left + PANEL));
    let up = Axis::linear((0.0, highest), (BOTTOM, TOP));
    svg.text("title", (left, TOP - 14.0), Anchor::Start, &format!("{workload}, {unit}"));
    for tick in up.ticks() {
        let y = up.place(tick);
        svg.line("grid", (left, y), (left + PANEL, y));
        svg.text("small", (left - 6.0, y + 4.0), Anchor::End, &plain(tick));
    }
    for tick in across.ticks() {
        svg.text("small", (across.place(tick), BOTTOM + 18.0), Anchor::Middle, &plain(tick));
    }
    for (peer, records) in lines {
        let point = |record: &&Record| {
            let (spread, _) = record.main_figure()?;
            Some((across.place(record.n as f64), up.place(spread.median), spread.median))
        };
        let points: Vec<_> = records.iter().filter_map(point).collect();
        let line: Vec<(f64, f64)> = points.iter().map(|(x, y, _)| (*x, *y)).collect();
        svg.path(*peer, &line);
        for ((x, y, value), record) in points.iter().zip(records) {
            let (name, n) = (peer.name(), short(record.n as f64));
            let what = format!("{workload} of {n}: {name} {} {unit}", short(*value));
            svg.mark(*peer, (*x, *y), &what);
        }
    }
}

/// Those of each workload that differ in the size alone, the smallest first.
fn panels(records: &[Record]) -> Vec<(&str, Vec<Line<'_>>)> {
    let mut panels: Vec<(&str, Vec<Line<'_>>)> = Vec::new();
    for record in records.iter().filter(|record| scale::is_on_usual_carriers(record)) {
        if !panels.iter().any(|(workload, _)| *workload == record.workload) {
            panels.push((&record.workload, Vec::new()));
        }
        let Some((_, lines)) = panels.iter_mut().find(|(it, _)| *it == record.workload) else {
            continue;
        };
        match lines.iter_mut().find(|(peer, _)| *peer == record.peer) {
            Some((_, line)) => line.push(record),
            None => lines.push((record.peer, vec![record])),
        }
    }
    for (_, lines) in &mut panels {
        for (_, line) in lines {
            line.sort_by_key(|record| record.n);
            // A size that two series have in common is shown once.
            line.dedup_by_key(|record| record.n);
        }
    }
    panels.retain(|(_, lines)| lines.iter().any(|(_, line)| line.len() > 1));
    panels
}

/// A number for an axis.
fn plain(value: f64) -> String {
    match value {
        thousands if thousands >= 1e6 => format!("{} M", thousands / 1e6),
        thousands if thousands >= 1e4 => format!("{} k", thousands / 1e3),
        value => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::chart;
    use crate::bench::peers::Peer;
    use crate::bench::record::{Record, Sample};
    use crate::bench::saved::Run;

    fn record(n: u64, carriers: u64) -> Record {
        let line = format!("{{\"n\": {n}, \"ns_per_op\": {n}}}");
        let mut record =
            Record::of("skynet", Peer::Green, &[Sample::parse(&line).expect("it is a line")]);
        record.set_carriers(carriers as usize);
        record
    }

    #[test]
    fn sizes_make_a_line_and_other_numbers_of_carriers_do_not() {
        let run = Run::of_records(vec![
            record(1000, 2),
            record(100, 2),
            record(1000, 8),
            record(1000, 2),
        ]);
        let chart = chart(&run).expect("there are two sizes");
        assert_eq!(chart.matches("<polyline").count(), 1);
        assert_eq!(chart.matches("<title>skynet of").count(), 2);
    }

    #[test]
    fn a_run_with_one_size_has_no_such_chart() {
        assert!(chart(&Run::of_records(vec![record(1000, 2)])).is_none());
    }
}
