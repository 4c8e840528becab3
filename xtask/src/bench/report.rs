//! The figures as a page with plots: one file, no script, nothing fetched.

use std::fmt::Write;

use super::peers::Peer;
use super::record::{Record, short};
use super::saved::Run;
use super::targets;

const WIDTH: f64 = 760.0;
const LABEL: f64 = 90.0;
const BAR: f64 = 22.0;

/// The page.
pub(crate) fn page(run: &Run) -> String {
    let mut workloads: Vec<&str> = Vec::new();
    for record in &run.records {
        if !workloads.contains(&record.workload.as_str()) {
            workloads.push(&record.workload);
        }
    }
    let mut body = String::new();
    for workload in workloads {
        let records: Vec<&Record> =
            run.records.iter().filter(|record| record.workload == workload).collect();
        body += &section(workload, &records, run);
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>greenpool: figures</title>\n\
         <style>{STYLE}</style>\n<h1>greenpool and its peers</h1>\n\
         <p>{}; {}; commit {}; medians of {} rounds. Made by <code>{}</code>. Less is better. The thin \
         line over a bar spans all rounds.</p>\n{body}</html>\n",
        escape(&run.machine),
        escape(&run.date),
        escape(&run.commit),
        run.rounds,
        escape(&run.command),
    )
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;\
color:#1b1f24}h2{margin:2rem 0 .2rem}p{margin:.2rem 0 .6rem}svg{display:block;width:100%;height:auto}\
text{font:13px system-ui,sans-serif;fill:#1b1f24}.grid{stroke:#d9dee3}.tick{fill:#6b7480;font-size:11px}\
.peer{fill:#9fb3c8}.ours{fill:#2a9d5c}.span{stroke:#1b1f24;stroke-width:1.2}.miss{color:#b3261e}\
.further{color:#6b7480;font-size:13px}";

fn section(workload: &str, records: &[&Record], run: &Run) -> String {
    let Some(unit) = records.iter().find_map(|record| Some(record.main_figure()?.1)) else {
        return String::new();
    };
    let target = targets::of(workload)
        .and_then(|target| targets::standing(workload, target, &run.records))
        .map(|standing| {
            let (class, verdict) =
                if standing.is_held() { ("", "held") } else { ("miss", "missed") };
            format!(
                " <span class=\"{class}\">Target: {} reached, {} allowed: {verdict}.</span>",
                short(standing.reached),
                short(standing.allowed)
            )
        });
    format!(
        "<h2>{}</h2>\n<p>{}.{}</p>\n{}{}",
        escape(workload),
        escape(unit),
        target.unwrap_or_default(),
        plot(records),
        further(records)
    )
}

/// What else was measured, a line a peer.
fn further(records: &[&Record]) -> String {
    let lines = records.iter().map(|record| (record.peer.name(), record.further_figures()));
    let lines: Vec<String> = lines
        .filter(|(_, figures)| !figures.is_empty())
        .map(|(peer, figures)| format!("{peer}: {}", escape(&figures)))
        .collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!("<p class=\"further\">{}</p>\n", lines.join("<br>")),
    }
}

/// Bars on a scale that is logarithmic where the values lie far apart.
fn plot(records: &[&Record]) -> String {
    let values: Vec<(Peer, super::record::Spread)> =
        records.iter().filter_map(|record| Some((record.peer, record.main_figure()?.0))).collect();
    let largest = values.iter().map(|(_, spread)| spread.max).fold(f64::MIN_POSITIVE, f64::max);
    let smallest = values.iter().map(|(_, spread)| spread.min).fold(f64::MAX, f64::min);
    let scale = Scale::new(smallest, largest);
    let height = values.len() as f64 * BAR + 24.0;
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n");
    for tick in scale.ticks() {
        let x = scale.x(tick);
        let bottom = height - 18.0;
        put(
            &mut svg,
            format_args!(
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{bottom}\"/>"
            ),
        );
        put(
            &mut svg,
            format_args!(
                "<text class=\"tick\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                height - 5.0,
                short(tick)
            ),
        );
    }
    for (index, (peer, spread)) in values.iter().enumerate() {
        let y = index as f64 * BAR + 3.0;
        let middle = y + 8.0;
        let class = if *peer == Peer::Green { "ours" } else { "peer" };
        let end = scale.x(spread.median);
        put(
            &mut svg,
            format_args!("<text x=\"0\" y=\"{:.1}\">{}</text>", middle + 5.0, peer.name()),
        );
        put(
            &mut svg,
            format_args!(
                "<rect class=\"{class}\" x=\"{LABEL}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"16\"/>",
                (end - LABEL).max(1.0)
            ),
        );
        put(
            &mut svg,
            format_args!(
                "<line class=\"span\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>",
                scale.x(spread.min),
                scale.x(spread.max)
            ),
        );
        put(
            &mut svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                scale.x(spread.max) + 6.0,
                middle + 5.0,
                short(spread.median)
            ),
        );
    }
    svg += "</svg>\n";
    svg
}

/// Where a value lies on the plot.
struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
}

impl Scale {
    fn new(smallest: f64, largest: f64) -> Scale {
        if largest / smallest > 20.0 {
            let low = 10f64.powf(smallest.log10().floor());
            Scale { low, high: largest, is_log: true }
        } else {
            Scale { low: 0.0, high: largest, is_log: false }
        }
    }

    fn x(&self, value: f64) -> f64 {
        let part = if self.is_log {
            (value / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        // Room for the number behind the longest bar.
        LABEL + part * (WIDTH - LABEL - 80.0)
    }

    fn ticks(&self) -> Vec<f64> {
        if self.is_log {
            let mut ticks = vec![self.low];
            while ticks.last().is_some_and(|last| last * 10.0 <= self.high) {
                ticks.push(ticks[ticks.len() - 1] * 10.0);
            }
            return ticks;
        }
        let rough = self.high / 4.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|digit| digit * power)
            .into_iter()
            .find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        (0..=(self.high / step) as usize).map(|index| index as f64 * step).collect()
    }
}

fn put(svg: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(svg, "{line}");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn values_far_apart_are_shown_on_a_logarithmic_scale() {
        assert!(Scale::new(1.0, 100.0).is_log);
        assert!(!Scale::new(50.0, 100.0).is_log);
        assert_eq!(Scale::new(3.0, 4000.0).ticks(), [1.0, 10.0, 100.0, 1000.0]);
    }

    #[test]
    fn larger_values_lie_further_to_the_right() {
        for scale in [Scale::new(1.0, 1000.0), Scale::new(50.0, 100.0)] {
            assert!(scale.x(60.0) < scale.x(90.0));
        }
    }
}
