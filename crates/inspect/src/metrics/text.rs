//! The format OpenMetrics: families, samples, escapes, and the end.

use std::fmt::{Display, Write};
use std::time::Duration;

use stats::Timings;

/// The bounds of the buckets, in nanoseconds, and as the format wants to have them in seconds.
const BOUNDS: &[(u64, &str)] = &[
    (1_000, "1e-06"),
    (3_000, "3e-06"),
    (10_000, "1e-05"),
    (30_000, "3e-05"),
    (100_000, "0.0001"),
    (300_000, "0.0003"),
    (1_000_000, "0.001"),
    (3_000_000, "0.003"),
    (10_000_000, "0.01"),
    (30_000_000, "0.03"),
    (100_000_000, "0.1"),
    (300_000_000, "0.3"),
    (1_000_000_000, "1.0"),
    (3_000_000_000, "3.0"),
    (10_000_000_000, "10.0"),
    (30_000_000_000, "30.0"),
    (100_000_000_000, "100.0"),
];

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Writes one family after the other.
#[derive(Default)]
pub(super) struct Writer {
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
        let mut ranges = timings.buckets().peekable();
        let mut below = 0;
        for (bound_ns, bound) in BOUNDS {
            let bound_at = Duration::from_nanos(*bound_ns);
            while let Some(range) = ranges.next_if(|range| range.to <= bound_at) {
                below += range.count;
            }
            self.sample("_bucket", &[("executor", executor), ("le", bound)], below);
        }
        let count = timings.count();
        self.sample("_bucket", &[("executor", executor), ("le", "+Inf")], count);
        self.sample("_count", &[("executor", executor)], count);
        self.sample("_sum", &[("executor", executor)], timings.sum().as_secs_f64());
    }

    pub(super) fn finish(mut self) -> String {
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
    use super::{BOUNDS, Kind, Writer};
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

    #[test]
    fn a_bound_reads_as_what_it_is() {
        assert!(BOUNDS.is_sorted());
        for (ns, seconds) in BOUNDS {
            let read = seconds.parse::<f64>().map(|seconds| (seconds * 1e9).round() as u64);
            assert_eq!(read, Ok(*ns));
        }
    }
}
