//! The format OpenMetrics: families, samples, escapes, and the end.

use std::fmt::{Display, Write};

use stats::Timings;

use crate::buckets;

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    #[cfg(feature = "serve")]
    Unknown,
}

/// Writes one family after the other.
#[derive(Default)]
pub(crate) struct Writer {
    text: String,
    /// The name of the family that is being written.
    family: &'static str,
}

impl Writer {
    /// Begins a family. Its name ends with its unit, if it has one.
    pub(super) fn family(&mut self, name: &'static str, kind: Kind, help: &str) {
        self.family = name;
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            #[cfg(feature = "serve")]
            Kind::Unknown => "unknown",
        };
        self.line(format_args!("# TYPE greenpool_{name} {kind}"));
        for unit in ["seconds", "bytes"] {
            if name.strip_suffix(unit).is_some_and(|stem| stem.ends_with('_')) {
                self.line(format_args!("# UNIT greenpool_{name} {unit}"));
            }
        }
        self.line(format_args!("# HELP greenpool_{name} {help}"));
    }

    /// A number of the family, with what stands behind the family's name.
    pub(super) fn sample(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> =
            labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        let (family, labels) = (self.family, labels.join(","));
        self.line(format_args!("greenpool_{family}{suffix}{{{labels}}} {value}"));
    }

    /// Each bucket holds all of the one before it.
    pub(super) fn histogram(&mut self, executor: &str, timings: &Timings) {
        for (bound, below) in buckets::below(timings) {
            self.sample("_bucket", &[("executor", executor), ("le", bound.text)], below);
        }
        let count = timings.count();
        self.sample("_bucket", &[("executor", executor), ("le", "+Inf")], count);
        self.sample("_count", &[("executor", executor)], count);
        self.sample("_sum", &[("executor", executor)], timings.sum().as_secs_f64());
    }

    pub(crate) fn finish(mut self) -> String {
        self.line(format_args!("# EOF"));
        self.text
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{line}").expect("a string takes everything");
    }
}

/// A label's value, as it stands between quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod tests {
    use super::{Kind, Writer};
    use stats::Histogram;

    #[test]
    fn each_bucket_holds_the_ones_before_it_and_the_last_one_all() {
        let histogram = Histogram::new();
        for ns in [500, 2_000, 2_500, 2_000_000_000, 200_000_000_000] {
            histogram.record(ns);
        }
        let mut writer = Writer::default();
        writer.family("run_seconds", Kind::Histogram, "Of a test.");
        writer.histogram("shop", &histogram.snapshot());
        let text = writer.finish();
        let count = |le: &str| {
            let start = format!("greenpool_run_seconds_bucket{{executor=\"shop\",le=\"{le}\"}} ");
            let count = text.lines().find_map(|line| line.strip_prefix(&start));
            count.unwrap_or_else(|| panic!("no {le} in {text}")).to_owned()
        };
        let some = ["1e-06", "3e-06", "1.0", "3.0", "100.0", "+Inf"].map(count);
        assert_eq!(some, ["1", "3", "3", "4", "4", "5"]);
        assert!(text.contains("\ngreenpool_run_seconds_sum{executor=\"shop\"} 202.000005\n"));
    }
}
