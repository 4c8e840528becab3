//! The reading side of a histogram: an immutable distribution of durations.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::encoding::EncodedTimings;
use crate::error::NotEarlier;
use crate::layout::{self, HIGHEST_NS, LAST};

/// Counts by bucket, each bucket recorded as the largest value in it.
pub(crate) type Counts = hdrhistogram::Histogram<u64>;

/// How long a set of items took: a snapshot of a [`Histogram`](crate::Histogram).
///
/// Count, sum, minimum and maximum are exact. A percentile is at most 1/64 (1.6 %) above the true
/// one and never below it. Values beyond 73 minutes are told apart from each other only by the sum
/// and the maximum: a percentile among them is the maximum.
///
/// It is serialised as its sum, minimum and maximum in nanoseconds and its non-empty buckets, each
/// as `[largest value in nanoseconds, count]`; that loses nothing.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "EncodedTimings", try_from = "EncodedTimings")]
pub struct Timings {
    // Invariant: `min_ns` lies in the first non-empty bucket and `max_ns` in the last one;
    // all three numbers are 0 if every bucket is empty.
    counts: Counts,
    sum_ns: u64,
    min_ns: u64,
    max_ns: u64,
}

/// A range of durations, and how many fell into it. One of [`Timings::buckets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The shortest duration of the range.
    pub from: Duration,
    /// The longest duration of the range. The last bucket holds all longer ones as well.
    pub to: Duration,
    /// How many durations fell into the range.
    pub count: u64,
}

impl Timings {
    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// All durations added up; saturates at `u64::MAX` nanoseconds (584 years).
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_ns)
    }

    /// The shortest duration, or `None` if there is none.
    pub fn min(&self) -> Option<Duration> {
        self.unless_empty(self.min_ns)
    }

    /// The longest duration, or `None` if there is none.
    pub fn max(&self) -> Option<Duration> {
        self.unless_empty(self.max_ns)
    }

    /// The sum divided by the count, or `None` if nothing was recorded.
    pub fn mean(&self) -> Option<Duration> {
        self.sum_ns.checked_div(self.count()).map(Duration::from_nanos)
    }

    /// The duration that `percent` of all durations do not exceed, rounded up to the end of its
    /// bucket; `percentile(50.0)` is the median.
    ///
    /// 0 gives the minimum and 100 the maximum, and so does whatever lies beyond them. `None` if
    /// nothing was recorded, or if `percent` is not a number.
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        if self.is_empty() || percent.is_nan() {
            return None;
        }
        let ns = if percent <= 0.0 {
            self.min_ns
        } else if percent >= 100.0 {
            self.max_ns
        } else {
            self.within_percent(percent)
        };
        Some(Duration::from_nanos(ns))
    }

    /// The non-empty buckets, shortest durations first: for plots and for other representations.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        self.recorded().map(|(index, count)| Bucket {
            from: Duration::from_nanos(layout::lowest_ns(index)),
            to: Duration::from_nanos(layout::highest_ns(index)),
            count,
        })
    }

    /// Both sets of durations together.
    pub fn merge(&self, other: &Timings) -> Timings {
        let mut both = self.clone();
        both.absorb(other);
        both
    }

    /// What was recorded since `earlier`, an earlier snapshot of the same histogram.
    ///
    /// Count, sum and buckets are exact. Minimum and maximum are if they are new records;
    /// otherwise they are known to the width of their bucket (1.6 %).
    ///
    /// # Errors
    ///
    /// If `earlier` holds something that `self` does not, and so cannot be an earlier snapshot.
    pub fn since(&self, earlier: &Timings) -> Result<Timings, NotEarlier> {
        let not_earlier = || NotEarlier::in_quantity("timings");
        let counts = self.counts_since(earlier).ok_or_else(not_earlier)?;
        let sum_ns = self.sum_ns.checked_sub(earlier.sum_ns).ok_or_else(not_earlier)?;
        // An older record says nothing about the difference but that it was not broken.
        let min_is_new = earlier.is_empty() || self.min_ns < earlier.min_ns;
        let max_is_new = self.max_ns > earlier.max_ns;
        let mut since = Timings::from_parts(
            counts,
            sum_ns,
            if min_is_new { self.min_ns } else { 0 },
            if max_is_new { self.max_ns } else { u64::MAX },
        );
        if !since.is_empty() {
            since.min_ns = since.min_ns.max(self.min_ns);
            since.max_ns = since.max_ns.min(self.max_ns);
        }
        Ok(since)
    }

    /// Puts a snapshot together. Minimum and maximum that contradict the counts (because they were
    /// read a moment before or after) give way to the bounds of the first and the last bucket.
    pub(crate) fn from_parts(counts: Counts, sum_ns: u64, min_ns: u64, max_ns: u64) -> Timings {
        if counts.is_empty() {
            return Timings { counts, sum_ns: 0, min_ns: 0, max_ns: 0 };
        }
        let first = layout::index_of(counts.min());
        let last = layout::index_of(counts.max());
        let min_ns =
            if layout::index_of(min_ns) == first { min_ns } else { layout::lowest_ns(first) };
        let max_ns =
            if layout::index_of(max_ns) == last { max_ns } else { layout::highest_ns(last) };
        Timings { counts, sum_ns, min_ns, max_ns }
    }

    /// Adds `other` to this one.
    pub(crate) fn absorb(&mut self, other: &Timings) {
        if other.is_empty() {
            return;
        }
        self.min_ns = if self.is_empty() { other.min_ns } else { self.min_ns.min(other.min_ns) };
        self.max_ns = self.max_ns.max(other.max_ns);
        self.sum_ns = self.sum_ns.saturating_add(other.sum_ns);
        self.counts.add(&other.counts).expect("every snapshot has the same range");
    }

    /// The non-empty buckets as index and count.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = (usize, u64)> {
        self.counts
            .iter_recorded()
            .map(|step| (layout::index_of(step.value_iterated_to()), step.count_at_value()))
    }

    /// What a non-empty bucket stands for: the largest value that may be in it.
    pub(crate) fn rounded_up_ns(&self, index: usize) -> u64 {
        if index == LAST { self.max_ns } else { layout::highest_ns(index).min(self.max_ns) }
    }

    /// Sum, minimum and maximum.
    pub(crate) fn exact_ns(&self) -> (u64, u64, u64) {
        (self.sum_ns, self.min_ns, self.max_ns)
    }

    // Built anew: `hdrhistogram`'s own subtraction leaves a smallest non-zero value behind that is
    // no longer there if zeros were recorded too, and equal histograms then compare as different.
    fn counts_since(&self, earlier: &Timings) -> Option<Counts> {
        let mut since = no_counts();
        for (index, count) in self.recorded() {
            let before = earlier.counts.count_at(layout::highest_ns(index));
            let left = count.checked_sub(before)?;
            if left > 0 {
                add_count(&mut since, index, left);
            }
        }
        let all_were_there = since.len().checked_add(earlier.count()) == Some(self.count());
        all_were_there.then_some(since)
    }

    fn unless_empty(&self, ns: u64) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_nanos(ns))
    }

    fn within_percent(&self, percent: f64) -> u64 {
        // The rank is found here, because a quotient such as 7 / 100 lies a little above its true
        // value and `hdrhistogram` would take the eighth of a hundred values for the 7th percentile.
        let count = self.count() as f64;
        let rank = (percent * count / 100.0).ceil();
        let ns = self.counts.value_at_quantile((rank - 0.5) / count);
        self.rounded_up_ns(layout::index_of(ns))
    }
}

impl Default for Timings {
    /// No durations.
    fn default() -> Self {
        Timings { counts: no_counts(), sum_ns: 0, min_ns: 0, max_ns: 0 }
    }
}

impl fmt::Debug for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("Timings(none)");
        }
        f.debug_struct("Timings")
            .field("count", &self.count())
            .field("sum", &self.sum())
            .field("min", &Duration::from_nanos(self.min_ns))
            .field("p50", &Duration::from_nanos(self.within_percent(50.0)))
            .field("p99", &Duration::from_nanos(self.within_percent(99.0)))
            .field("max", &Duration::from_nanos(self.max_ns))
            .finish_non_exhaustive()
    }
}

/// All buckets empty.
pub(crate) fn no_counts() -> Counts {
    // Two significant digits make 128 buckets a power of two: each of ours is two of those.
    Counts::new_with_bounds(1, HIGHEST_NS, 2).expect("the bounds are constants that are in order")
}

/// Adds to one bucket.
pub(crate) fn add_count(counts: &mut Counts, index: usize, count: u64) {
    counts
        .record_n(layout::highest_ns(index), count)
        .expect("the largest value of every bucket is in range");
}
