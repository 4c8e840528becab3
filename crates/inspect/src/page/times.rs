//! How long things took, in few numbers.

use serde::{Deserialize, Serialize};
use stats::Timings;

use crate::buckets;

/// How long some jobs have waited, or run. All times are in seconds; they are 0 if there was no such job.
///
/// ```
/// use inspect::page::Times;
///
/// let times = Times::default();
/// assert_eq!((times.count, times.p99), (0, 0.0));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Times {
    /// How many jobs were measured.
    pub count: u64,
    /// The mean.
    pub mean: f64,
    /// Half of them took no longer.
    pub p50: f64,
    /// 90 of 100 took no longer.
    pub p90: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
    /// The longest.
    pub max: f64,
    /// How many of them are in each bucket. There is one more than there are
    /// [bounds](super::Page::bucket_seconds): for what is longer than all of these.
    pub buckets: Vec<u64>,
}

impl Times {
    pub(super) fn of(timings: &Timings) -> Self {
        let percentile = |percent| timings.percentile(percent).unwrap_or_default().as_secs_f64();
        Times {
            count: timings.count(),
            mean: timings.mean().unwrap_or_default().as_secs_f64(),
            p50: percentile(50.0),
            p90: percentile(90.0),
            p99: percentile(99.0),
            max: timings.max().unwrap_or_default().as_secs_f64(),
            buckets: buckets(timings),
        }
    }
}

fn buckets(timings: &Timings) -> Vec<u64> {
    let below = buckets::below(timings).map(|(_, below)| below);
    let mut before = 0;
    let bounded = below.chain([timings.count()]);
    bounded.map(|below| below - std::mem::replace(&mut before, below)).collect()
}

#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod tests {
    use super::Times;
    use crate::buckets::BOUNDS;
    use stats::Histogram;

    #[test]
    fn each_time_is_in_one_bucket() {
        let histogram = Histogram::new();
        for ns in [500, 2_000, 2_500, 200_000_000_000] {
            histogram.record(ns);
        }
        let times = Times::of(&histogram.snapshot());
        assert_eq!((times.count, times.max), (4, 200.0));
        assert_eq!(times.buckets[..3], [1, 2, 0]);
        assert_eq!(times.buckets.last(), Some(&1));
        assert_eq!(times.buckets.len(), BOUNDS.len() + 1);
    }
}
