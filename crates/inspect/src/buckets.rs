//! The buckets into which times are sorted for those outside: always the same, so that what is read at two moments can be
//! subtracted.

use std::time::Duration;

use stats::Timings;

/// The longest time that a bucket takes.
pub(crate) struct Bound {
    ns: u64,
    /// In seconds, as the format OpenMetrics wants to have it.
    pub(crate) text: &'static str,
}

impl Bound {
    #[cfg(feature = "serve")]
    pub(crate) fn seconds(&self) -> f64 {
        Duration::from_nanos(self.ns).as_secs_f64()
    }
}

/// 1 and 3 of each power of ten, from 1 µs to 100 s. What is longer has a bucket without a bound.
pub(crate) const BOUNDS: &[Bound] = &[
    Bound { ns: 1_000, text: "1e-06" },
    Bound { ns: 3_000, text: "3e-06" },
    Bound { ns: 10_000, text: "1e-05" },
    Bound { ns: 30_000, text: "3e-05" },
    Bound { ns: 100_000, text: "0.0001" },
    Bound { ns: 300_000, text: "0.0003" },
    Bound { ns: 1_000_000, text: "0.001" },
    Bound { ns: 3_000_000, text: "0.003" },
    Bound { ns: 10_000_000, text: "0.01" },
    Bound { ns: 30_000_000, text: "0.03" },
    Bound { ns: 100_000_000, text: "0.1" },
    Bound { ns: 300_000_000, text: "0.3" },
    Bound { ns: 1_000_000_000, text: "1.0" },
    Bound { ns: 3_000_000_000, text: "3.0" },
    Bound { ns: 10_000_000_000, text: "10.0" },
    Bound { ns: 30_000_000_000, text: "30.0" },
    Bound { ns: 100_000_000_000, text: "100.0" },
];

/// How many times are no longer than each bound.
pub(crate) fn below(timings: &Timings) -> impl Iterator<Item = (&'static Bound, u64)> {
    let mut ranges = timings.buckets().peekable();
    let mut below = 0;
    BOUNDS.iter().map(move |bound| {
        let bound_at = Duration::from_nanos(bound.ns);
        while let Some(range) = ranges.next_if(|range| range.to <= bound_at) {
            below += range.count;
        }
        (bound, below)
    })
}

#[cfg(test)]
mod tests {
    use super::BOUNDS;

    #[test]
    fn a_bound_reads_as_what_it_is() {
        assert!(BOUNDS.is_sorted_by_key(|bound| bound.ns));
        for bound in BOUNDS {
            let read = bound.text.parse::<f64>().map(|seconds| (seconds * 1e9).round() as u64);
            assert_eq!(read, Ok(bound.ns));
        }
    }
}
