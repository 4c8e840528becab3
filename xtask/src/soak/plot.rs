//! The chart of the guide to overload: what was answered in time, second by second, under each rejection.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::bench::plot::DIRECTORY;
use crate::bench::plot::axis::Axis;
use crate::bench::plot::svg::{Anchor, Svg};
use crate::bench::saved;
use crate::error::{Context, Error, Result};
use crate::workspace;

const LEFT: f64 = 60.0;
const RIGHT: f64 = 660.0;
const TOP: f64 = 78.0;
const BOTTOM: f64 = 300.0;

/// A colour for each rejection, in the order of the run.
const CLASSES: &[&str] = &["green", "futurist", "tokio", "go"];

/// What a run has to say of one rejection.
struct Series {
    name: String,
    /// Answers in time, by the second of their offer.
    in_time: Vec<f64>,
    /// When each phase was over, in seconds.
    ends: Vec<f64>,
    /// How many jobs a second could be done.
    capacity: f64,
}

/// Draws what the run has written to `json`.
pub(super) fn write(json: &Path) -> Result<String> {
    let text = fs::read_to_string(json).context(|| format!("cannot read {}", json.display()))?;
    let all = parse(&text).ok_or_else(|| Error::new("the run has written something else"))?;
    let file = format!("{DIRECTORY}/overload.svg");
    saved::write(&workspace::root().join(&file), &chart(&all))?;
    Ok(format!("the chart is {file}"))
}

fn parse(text: &str) -> Option<Vec<Series>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let numbers =
        |value: &Value| value.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<_>>>();
    let series = |value: &Value| {
        Some(Series {
            name: value["name"].as_str()?.to_owned(),
            in_time: numbers(&value["in_time"])?,
            ends: numbers(&value["ends"])?,
            capacity: value["capacity"].as_f64()?,
        })
    };
    value.as_array()?.iter().map(series).collect()
}

fn chart(all: &[Series]) -> String {
    let mut svg = Svg::new(
        RIGHT + 20.0,
        BOTTOM + 48.0,
        "Answers in time while twice as much comes as can be done",
    );
    // The shortest: a long soak goes on in its middle as it has begun.
    let shown = all.iter().filter_map(|series| series.ends.last()).fold(f64::MAX, |a, b| a.min(*b));
    let across = Axis::linear((0.0, shown), (LEFT, RIGHT));
    let up = Axis::linear((0.0, 125.0), (BOTTOM, TOP));
    svg.text(
        "title",
        (LEFT, 18.0),
        Anchor::Start,
        "answers in time, % of what can be done, by the second",
    );
    for tick in up.ticks() {
        let y = up.place(tick);
        svg.line("grid", (LEFT, y), (RIGHT, y));
        svg.text("small", (LEFT - 6.0, y + 4.0), Anchor::End, &format!("{tick}"));
    }
    for tick in across.ticks() {
        svg.text(
            "small",
            (across.place(tick), BOTTOM + 18.0),
            Anchor::Middle,
            &format!("{tick} s"),
        );
    }
    if let Some(Series { ends, .. }) = all.last() {
        for end in ends.iter().filter(|end| **end < shown - 1.0) {
            svg.line("one", (across.place(*end), TOP), (across.place(*end), BOTTOM));
        }
    }
    for (number, (series, class)) in all.iter().zip(CLASSES).enumerate() {
        let place = (LEFT + 300.0 * (number % 2) as f64, 38.0 + 18.0 * (number / 2) as f64);
        svg.line(
            &format!("{class} line"),
            (place.0, place.1 - 4.0),
            (place.0 + 22.0, place.1 - 4.0),
        );
        svg.text("", (place.0 + 28.0, place.1), Anchor::Start, &series.name);
        svg.curve(class, &points(series, shown, across, up));
    }
    let foot =
        "the load is 0.7 of the capacity, 2.0 times it between the two lines, then 0.7 again";
    svg.text("small", (LEFT, BOTTOM + 38.0), Anchor::Start, foot);
    svg.finish()
}

/// The first part of a long run up to the middle of its overload, and its end from there on.
fn points(series: &Series, shown: f64, across: Axis, up: Axis) -> Vec<(f64, f64)> {
    let seconds = series.ends.last().copied().unwrap_or(shown);
    let left_out = (seconds - shown).round().max(0.0) as usize;
    let cut = (shown / 2.0) as usize;
    let whole = series.in_time.iter().take(seconds as usize).enumerate();
    let kept = whole.filter(|(second, _)| *second < cut || *second >= cut + left_out);
    kept.enumerate()
        .map(|(at, (_, in_time))| {
            let part = 100.0 * in_time / series.capacity.max(1.0);
            (across.place(at as f64 + 0.5), up.place(part.min(125.0)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{chart, parse};

    #[test]
    fn each_rejection_has_a_curve_and_a_long_run_is_cut_in_its_middle() {
        let run = |name: &str, seconds: usize| {
            let in_time = vec!["50"; seconds].join(",");
            let ends = format!("1, {}, {seconds}", seconds - 1);
            format!(
                "{{\"name\": \"{name}\", \"in_time\": [{in_time}], \"ends\": [{ends}], \"capacity\": 50}}"
            )
        };
        let all = parse(&format!("[{},{}]", run("a", 100), run("b", 10))).expect("it is a run");
        let chart = chart(&all);
        let curves: Vec<&str> = chart.lines().filter(|line| line.contains("<polyline")).collect();
        assert_eq!(curves.len(), 2);
        let points = |curve: &str| curve.matches(',').count();
        assert_eq!((points(curves[0]), points(curves[1])), (10, 10));
    }
}
