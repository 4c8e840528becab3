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
/// Count, sum, minimum and maximum are exact. A percentile is at most 1/64 (1.6 %) above the true one and never
/// below it. Of values beyond 73 minutes, the sum and the maximum alone are known: a percentile among them is the
/// maximum.
///
/// It is serialised as its sum, minimum and maximum in nanoseconds, and its non-empty buckets, each as
/// `[largest value in nanoseconds, count]`. That loses nothing.
///
/// ```
/// use stats::{Histogram, Timings};
/// use std::time::Duration;
///
/// let histogram = Histogram::new();
/// (1..=100).for_each(|us| histogram.record(us * 1_000));
/// let timings: Timings = histogram.snapshot();
/// assert_eq!(timings.mean(), Some(Duration::from_nanos(50_500)));
/// let slow = timings.percentile(99.0).unwrap_or_default();
/// assert!((99_000..=100_600).contains(&slow.as_nanos())); // 99 µs, and at most 1.6 % more
/// ```
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

/// A range of durations, and how many fell into it: one of [`Timings::buckets`].
///
/// ```
/// use stats::{Bucket, Histogram};
/// use std::time::Duration;
///
/// let histogram = Histogram::new();
/// histogram.record(1_001);
/// let (from, to) = (Duration::from_nanos(1_000), Duration::from_nanos(1_007)); // ends included
/// assert_eq!(histogram.snapshot().buckets().next(), Some(Bucket { from, to, count: 1 }));
/// ```
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
    ///
    /// ```
    /// use stats::Histogram;
    ///
    /// let histogram = Histogram::new();
    /// histogram.record(5);
    /// histogram.record(5);
    /// assert_eq!(histogram.snapshot().count(), 2);
    /// ```
    #[doc(alias = "len")]
    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    /// Whether nothing was recorded.
    ///
    /// ```
    /// use stats::{Histogram, Timings};
    ///
    /// assert!(Timings::default().is_empty());
    /// let histogram = Histogram::new();
    /// histogram.record(0); // zero is a duration like any other
    /// assert!(!histogram.snapshot().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// All durations added up. It saturates at `u64::MAX` nanoseconds (584 years).
    ///
    /// ```
    /// use stats::Histogram;
    /// use std::time::Duration;
    ///
    /// let histogram = Histogram::new();
    /// histogram.record(1_500);
    /// histogram.record(500);
    /// assert_eq!(histogram.snapshot().sum(), Duration::from_micros(2)); // exact
    /// ```
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_ns)
    }

    /// The shortest duration, or `None` if there is none. It is exact, except as [`since`](Self::since) says.
    ///
    /// ```
    /// use stats::{Histogram, Timings};
    /// use std::time::Duration;
    ///
    /// let histogram = Histogram::new();
    /// histogram.record(1_234);
    /// histogram.record(999_999);
    /// assert_eq!(histogram.snapshot().min(), Some(Duration::from_nanos(1_234)));
    /// assert_eq!(Timings::default().min(), None);
    /// ```
    pub fn min(&self) -> Option<Duration> {
        self.unless_empty(self.min_ns)
    }

    /// The longest duration, or `None` if there is none. It is exact, except as [`since`](Self::since) says.
    ///
    /// ```
    /// use stats::Histogram;
    /// use std::time::Duration;
    ///
    /// let histogram = Histogram::new();
    /// histogram.record(1_234);
    /// histogram.record(999_999);
    /// assert_eq!(histogram.snapshot().max(), Some(Duration::from_nanos(999_999)));
    /// ```
    pub fn max(&self) -> Option<Duration> {
        self.unless_empty(self.max_ns)
    }

    /// The sum divided by the count, or `None` if nothing was recorded.
    ///
    /// ```
    /// use stats::{Histogram, Timings};
    /// use std::time::Duration;
    ///
    /// let histogram = Histogram::new();
    /// histogram.record(100);
    /// histogram.record(300);
    /// assert_eq!(histogram.snapshot().mean(), Some(Duration::from_nanos(200)));
    /// assert_eq!(Timings::default().mean(), None);
    /// ```
    #[doc(alias = "average")]
    pub fn mean(&self) -> Option<Duration> {
        self.sum_ns.checked_div(self.count()).map(Duration::from_nanos)
    }

    /// The duration that `percent` of all durations do not exceed, rounded up to the end of its bucket.
    ///
    /// `percentile(50.0)` is the median. 0 or less gives the minimum, and 100 or more the maximum. `None` if nothing
    /// was recorded, or if `percent` is not a number.
    ///
    /// ```
    /// use stats::Histogram;
    /// use std::time::Duration;
    ///
    /// let histogram = Histogram::new();
    /// (1..=100).for_each(|ns| histogram.record(ns)); // below 128 ns a bucket is one nanosecond
    /// let timings = histogram.snapshot();
    /// assert_eq!(timings.percentile(50.0), Some(Duration::from_nanos(50)));
    /// assert_eq!(timings.percentile(99.0), Some(Duration::from_nanos(99)));
    /// assert_eq!(timings.percentile(100.0), timings.max());
    /// assert_eq!(timings.percentile(f64::NAN), None);
    /// ```
    #[doc(alias = "quantile")]
    #[doc(alias = "median")]
    #[doc(alias = "p99")]
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

    /// The non-empty buckets, the shortest durations first: for plots and for other formats.
    ///
    /// ```
    /// use stats::Histogram;
    ///
    /// let histogram = Histogram::new();
    /// for ns in [100, 100, 5_000] {
    ///     histogram.record(ns);
    /// }
    /// let counts: Vec<_> = histogram.snapshot().buckets().map(|bucket| bucket.count).collect();
    /// assert_eq!(counts, [2, 1]);
    /// ```
    #[doc(alias = "iter_recorded")]
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        self.recorded().map(|(index, count)| Bucket {
            from: Duration::from_nanos(layout::lowest_ns(index)),
            to: Duration::from_nanos(layout::highest_ns(index)),
            count,
        })
    }

    /// Both sets of durations together: for histograms of several writers.
    ///
    /// ```
    /// use stats::Histogram;
    /// use std::time::Duration;
    ///
    /// let (one, other) = (Histogram::new(), Histogram::new());
    /// one.record(100);
    /// other.record(700);
    /// let both = one.snapshot().merge(&other.snapshot());
    /// assert_eq!((both.count(), both.max()), (2, Some(Duration::from_nanos(700))));
    /// ```
    #[doc(alias = "add")]
    #[doc(alias = "combine")]
    pub fn merge(&self, other: &Timings) -> Timings {
        let mut both = self.clone();
        both.absorb(other);
        both
    }

    /// What was recorded since `earlier`, an earlier snapshot of the same histogram.
    ///
    /// Count, sum and buckets are exact. Minimum and maximum are exact if they are new records. If not, they are known
    /// to the width of their bucket (1.6 %).
    ///
    /// # Errors
    /// [`NotEarlier`] if `earlier` holds something that `self` does not. Then it cannot be an earlier snapshot.
    ///
    /// ```
    /// use stats::Histogram;
    /// use std::time::Duration;
    ///
    /// let histogram = Histogram::new();
    /// histogram.record(100);
    /// let before = histogram.snapshot();
    /// histogram.record(3_333);
    /// let after = histogram.snapshot();
    ///
    /// let lately = after.since(&before)?;
    /// assert_eq!((lately.count(), lately.max()), (1, Some(Duration::from_nanos(3_333))));
    /// assert!(before.since(&after).is_err());
    /// # Ok::<(), stats::NotEarlier>(())
    /// ```
    #[doc(alias = "diff")]
    #[doc(alias = "delta")]
    #[doc(alias = "subtract")]
    pub fn since(&self, earlier: &Timings) -> Result<Timings, NotEarlier> {
        let not_earlier = || NotEarlier::in_quantity("timings");
        let counts = self.counts_since(earlier).ok_or_else(not_earlier)?;
        let sum_ns = self.sum_ns.checked_sub(earlier.sum_ns).ok_or_else(not_earlier)?;
        // If a record of `earlier` still stands, the difference has not broken it. Nothing more is known.
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

    /// Puts a snapshot together.
    ///
    /// Minimum and maximum may have been read a moment before or after the counts, and contradict them. Then the
    /// bounds of the first and the last bucket take their place.
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

    // Built anew. The subtraction of `hdrhistogram` itself may leave a smallest non-zero value behind that is
    // no longer there: it does if zeros were recorded too. Equal histograms would then compare as different.
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
        // The rank is found here. A quotient such as 7 / 100 lies a little above its true value, so
        // `hdrhistogram` would take the eighth of a hundred values for the 7th percentile.
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
