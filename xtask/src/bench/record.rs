//! What runs have measured.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::callgrind::Counts;
use super::peers::Peer;

/// The figures of one run, by their names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    n: u64,
    figures: BTreeMap<String, f64>,
}

/// The figures of several runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) workload: String,
    pub(crate) peer: Peer,
    pub(crate) n: u64,
    pub(crate) rounds: usize,
    pub(crate) figures: BTreeMap<String, Spread>,
}

/// Where the values of a figure lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

/// The names of what callgrind counts.
const INSTRUCTIONS: &str = "instructions_per_op";
const ATOMICS: &str = "atomics_per_op";

/// Where a run of `scale` notes its carriers.
const CARRIERS: &str = "carriers";

/// Workloads whose time is that of a clock, not of work.
const WAITING: [&str; 1] = ["pool"];

/// What a line says besides its figures.
const NOT_FIGURES: [&str; 4] = ["workload", "peer", "n", "carriers"];

impl Sample {
    /// Reads the line that a peer has printed.
    pub(crate) fn parse(output: &str) -> Result<Sample, String> {
        let line = output.lines().last().unwrap_or_default();
        let value: Value =
            serde_json::from_str(line).map_err(|error| format!("printed '{line}' ({error})"))?;
        let object = value.as_object().ok_or_else(|| format!("printed '{line}'"))?;
        let figures = object
            .iter()
            .filter(|(name, _)| !NOT_FIGURES.contains(&name.as_str()))
            .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
            .collect();
        Ok(Sample { n: value["n"].as_u64().unwrap_or(0), figures })
    }
}

impl Record {
    /// Puts the samples of all rounds together.
    pub(crate) fn of(workload: &str, peer: Peer, samples: &[Sample]) -> Record {
        let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (name, value) in samples.iter().flat_map(|sample| &sample.figures) {
            values.entry(name.clone()).or_default().push(*value);
        }
        Record {
            workload: workload.to_owned(),
            peer,
            n: samples.first().map_or(0, |sample| sample.n),
            rounds: samples.len(),
            figures: values.into_iter().map(|(name, values)| (name, Spread::of(values))).collect(),
        }
    }

    /// The figure by which peers are compared, and what its values are counted in.
    pub(crate) fn main_figure(&self) -> Option<(Spread, &'static str)> {
        const BY_WEIGHT: [(&str, &str); 5] = [
            ("ns_per_op", "ns"),
            ("cpu_us_per_request", "µs CPU"),
            ("p99_us", "µs p99"),
            ("rss_bytes_per_thread", "bytes"),
            ("idle_cpu_ms", "ms CPU"),
        ];
        BY_WEIGHT.iter().find_map(|(name, unit)| Some((*self.figures.get(*name)?, *unit)))
    }

    /// Whether callgrind can count it: it counts operations, in a program of ours that does nothing else.
    pub(crate) fn can_be_counted(&self) -> bool {
        let is_rust = !matches!(self.peer, Peer::Go | Peer::Futurist | Peer::Threads);
        is_rust && self.figures.contains_key("ns_per_op") && !WAITING.contains(&&*self.workload)
    }

    /// What callgrind has counted an operation.
    pub(crate) fn set_counts(&mut self, counts: Counts) {
        self.figures.insert(INSTRUCTIONS.to_owned(), Spread::of(vec![counts.instructions]));
        self.figures.insert(ATOMICS.to_owned(), Spread::of(vec![counts.atomics]));
    }

    /// That, if it was counted.
    pub(crate) fn counts(&self) -> Option<Counts> {
        let median = |name| Some(self.figures.get(name)?.median);
        Some(Counts { instructions: median(INSTRUCTIONS)?, atomics: median(ATOMICS)? })
    }

    /// Notes on how many carriers it ran.
    pub(crate) fn set_carriers(&mut self, carriers: usize) {
        self.figures.insert(CARRIERS.to_owned(), Spread::of(vec![carriers as f64]));
    }

    /// On how many, if that was noted.
    pub(crate) fn carriers(&self) -> Option<usize> {
        Some(self.figures.get(CARRIERS)?.median as usize)
    }

    /// What else is worth a look, in words.
    pub(crate) fn further_figures(&self) -> String {
        const BY_NAME: [(&str, &str, &str); 5] = [
            ("cpu_ns_per_op", "CPU ", " ns"),
            ("p50_us", "p50 ", " µs"),
            ("p99_us", "p99 ", " µs"),
            ("requests_per_s", "", "/s"),
            ("rss_bytes_per_job", "", " bytes each"),
        ];
        let is_main = |name: &str| name == "p99_us" && self.main_unit() == Some("µs p99");
        let shown = BY_NAME.iter().filter(|(name, _, _)| !is_main(name)).filter_map(
            |(name, before, behind)| {
                let median = self.figures.get(*name)?.median;
                Some(format!("{before}{}{behind}", short(median)))
            },
        );
        shown.collect::<Vec<_>>().join(", ")
    }

    fn main_unit(&self) -> Option<&'static str> {
        Some(self.main_figure()?.1)
    }

    /// As the JSON file has it: each figure with its spread.
    pub(crate) fn to_json(&self) -> Value {
        let mut object = json!({
            "workload": self.workload,
            "peer": self.peer.name(),
            "n": self.n,
            "rounds": self.rounds,
        });
        for (name, spread) in &self.figures {
            object[name] = spread.to_json();
        }
        object
    }
}

impl Spread {
    pub(crate) fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        let median = (values[last / 2] + values[last.div_ceil(2)]) / 2.0;
        Spread { min: values[0], median, max: values[last] }
    }

    pub(crate) fn to_json(self) -> Value {
        json!({ "min": self.min, "median": self.median, "max": self.max })
    }

    /// Reads what [`to_json`](Self::to_json) has written.
    pub(crate) fn from_json(value: &Value) -> Option<Spread> {
        Some(Spread {
            min: value["min"].as_f64()?,
            median: value["median"].as_f64()?,
            max: value["max"].as_f64()?,
        })
    }

    /// How far the values lie apart, as a part of the median.
    pub(crate) fn noise(&self) -> f64 {
        (self.max - self.min) / self.median
    }
}

/// A number with as many digits as matter.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => {
            let digits = format!("{value:.0}");
            let groups: Vec<&str> = digits
                .as_bytes()
                .rchunks(3)
                .rev()
                .map(|group| std::str::from_utf8(group).unwrap_or_default())
                .collect();
            groups.join(",")
        }
        middle if middle >= 100.0 => format!("{value:.0}"),
        small if small >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, Sample, Spread, short};
    use crate::bench::peers::Peer;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(
            Spread::of(vec![4.0, 1.0, 3.0, 2.0]),
            Spread { min: 1.0, median: 2.5, max: 4.0 }
        );
    }

    #[test]
    fn samples_are_read_from_the_last_line_and_put_together() {
        let line = |ns: f64| format!("noise\n{{\"n\": 7, \"peer\": \"go\", \"ns_per_op\": {ns}}}");
        let samples: Vec<_> =
            [3.0, 1.0, 2.0].map(|ns| Sample::parse(&line(ns)).expect("it is a line")).to_vec();
        let record = Record::of("burst", Peer::Go, &samples);
        assert_eq!((record.n, record.rounds), (7, 3));
        assert_eq!(
            record.main_figure().map(|(spread, unit)| (spread.median, unit)),
            Some((2.0, "ns"))
        );
    }

    #[test]
    fn what_is_not_the_main_figure_is_said_besides() {
        let of = |line: &str| Record::of("http", Peer::Go, &[Sample::parse(line).expect("a line")]);
        let served =
            of("{\"n\": 1, \"cpu_us_per_request\": 2.5, \"p50_us\": 300, \"p99_us\": 1000, \
                         \"requests_per_s\": 150000}");
        assert_eq!(served.main_figure().map(|(_, unit)| unit), Some("µs CPU"));
        assert_eq!(served.further_figures(), "p50 300 µs, p99 1,000 µs, 150,000/s");
        let slept = of("{\"n\": 1, \"p50_us\": 300, \"p99_us\": 1000, \"max_us\": 2000}");
        assert_eq!(slept.further_figures(), "p50 300 µs");
    }

    #[test]
    fn numbers_have_the_digits_that_matter() {
        let shown = [0.456, 12.34, 123.4, 1234.5, 1_234_567.0].map(short);
        assert_eq!(shown, ["0.46", "12.3", "123", "1,234", "1,234,567"]);
    }
}
