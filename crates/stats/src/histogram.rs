//! The recording side of a histogram.

use std::fmt;

use greenstd::sync::atomic::AtomicU64;
use greenstd::sync::atomic::Ordering::Relaxed;

use crate::layout::{self, BUCKETS};
use crate::timings::{self, Timings};

/// A histogram of nanoseconds that one thread writes while others read.
///
/// Values from 0 ns to 73 minutes fall into buckets that are at most 1/64 (1.6 %) wide. Larger ones fall into the
/// last bucket. Sum, minimum and maximum are exact, whatever the size. [`new`](Self::new) allocates all memory
/// (19 KB).
///
/// # One writer
/// [`record`](Self::record) loads and stores. It never does a read-modify-write, which would cost more than
/// everything else it does. So one thread alone may record at a time. If two do, counts are lost; nothing worse
/// happens. A thread that hands the writing over to another must synchronise with it, as any hand-over of work
/// does.
///
/// # Why not `hdrhistogram` itself
/// Its plain histogram cannot be read while it is written. Its `SyncHistogram` asks each recorder to swap its
/// buffer. A refresh then waits until every recorder has recorded once more, and an idle worker never does. Here
/// the reader copies relaxed atomics and waits for no thread. What it gets, [`Timings`], is an `hdrhistogram`
/// inside, which does the rest.
///
/// ```
/// use stats::Histogram;
/// use std::time::Duration;
///
/// let histogram = Histogram::new();
/// for ns in [100, 200, 3_000_000] {
///     histogram.record(ns);
/// }
/// let timings = histogram.snapshot();
/// assert_eq!(timings.count(), 3);
/// assert_eq!(timings.max(), Some(Duration::from_millis(3)));
/// ```
///
/// For several writers, give each a histogram of its own and [merge](Timings::merge) the snapshots:
///
/// ```
/// use stats::Histogram;
/// use std::thread;
///
/// let histograms = [Histogram::new(), Histogram::new()];
/// thread::scope(|scope| {
///     for histogram in &histograms {
///         scope.spawn(|| (0..1000).for_each(|ns| histogram.record(ns)));
///     }
/// });
/// let [first, second] = &histograms;
/// assert_eq!(first.snapshot().merge(&second.snapshot()).count(), 2000);
/// ```
#[doc(alias = "HdrHistogram")]
#[doc(alias = "SyncHistogram")]
#[doc(alias = "latency")]
pub struct Histogram {
    buckets: Box<[AtomicU64; BUCKETS]>,
    sum_ns: AtomicU64,
    // `u64::MAX` while nothing is recorded: then recording needs no case for the first value.
    min_ns: AtomicU64,
    max_ns: AtomicU64,
}

impl Histogram {
    /// An empty histogram.
    ///
    /// ```
    /// assert!(stats::Histogram::new().snapshot().is_empty());
    /// ```
    pub fn new() -> Self {
        let buckets: Vec<AtomicU64> = (0..BUCKETS).map(|_| AtomicU64::new(0)).collect();
        Histogram {
            buckets: buckets.try_into().expect("as many were made as the layout has"),
            sum_ns: AtomicU64::new(0),
            min_ns: AtomicU64::new(u64::MAX),
            max_ns: AtomicU64::new(0),
        }
    }

    /// Counts one value, in nanoseconds. One thread alone may call it at a time: see [One writer](Self#one-writer).
    ///
    /// The sum saturates at `u64::MAX` nanoseconds (584 years).
    ///
    /// # Blocking
    /// Neither parks the green thread nor blocks the OS thread.
    ///
    /// ```
    /// use stats::Histogram;
    /// use std::time::{Duration, Instant};
    ///
    /// let histogram = Histogram::new();
    /// let begin = Instant::now();
    /// std::hint::black_box((0..1000).sum::<u64>()); // what is timed
    /// histogram.record(u64::try_from(begin.elapsed().as_nanos())?);
    /// assert_eq!(histogram.snapshot().count(), 1);
    /// # Ok::<(), std::num::TryFromIntError>(())
    /// ```
    #[doc(alias = "observe")]
    #[doc(alias = "add")]
    #[inline(always)]
    pub fn record(&self, ns: u64) {
        // One writer: what was loaded is still true at the store.
        let bucket = &self.buckets[layout::index_of(ns)];
        bucket.store(bucket.load(Relaxed) + 1, Relaxed);
        self.sum_ns.store(self.sum_ns.load(Relaxed).saturating_add(ns), Relaxed);
        // Branches that are almost never taken are cheaper than stores.
        if ns < self.min_ns.load(Relaxed) {
            self.min_ns.store(ns, Relaxed);
        }
        if ns > self.max_ns.load(Relaxed) {
            self.max_ns.store(ns, Relaxed);
        }
    }

    /// A copy of everything recorded so far. Any thread may take it, also while the writer records.
    ///
    /// Of a value that is recorded during the call, all or a part (such as the sum) may be missing. A value that was
    /// recorded before is there, if the caller has synchronised with the writer since.
    ///
    /// # Blocking
    /// Neither parks the green thread nor blocks the OS thread. It allocates.
    ///
    /// ```
    /// use stats::Histogram;
    ///
    /// let histogram = Histogram::new();
    /// histogram.record(50);
    /// let before = histogram.snapshot();
    /// histogram.record(60);
    /// assert_eq!((before.count(), histogram.snapshot().count()), (1, 2)); // the copy stays as it is
    /// ```
    pub fn snapshot(&self) -> Timings {
        let mut counts = timings::no_counts();
        for (index, bucket) in self.buckets.iter().enumerate() {
            let count = bucket.load(Relaxed);
            if count > 0 {
                timings::add_count(&mut counts, index, count);
            }
        }
        Timings::from_parts(
            counts,
            self.sum_ns.load(Relaxed),
            self.min_ns.load(Relaxed),
            self.max_ns.load(Relaxed),
        )
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Histogram").field(&self.snapshot()).finish()
    }
}
