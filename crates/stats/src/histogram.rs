//! The recording side of a histogram.

use std::fmt;

use greenstd::sync::atomic::AtomicU64;
use greenstd::sync::atomic::Ordering::Relaxed;

use crate::layout::{self, BUCKETS};
use crate::timings::{self, Timings};

/// A histogram of nanoseconds that one thread writes while others read.
///
/// Values from 0 ns to 73 minutes fall into buckets at most 1/64 (1.6 %) wide; larger ones fall
/// into the last bucket. Sum, minimum and maximum are kept exactly, whatever the size. All memory
/// (19 KB) is allocated by [`new`](Self::new).
///
/// # One writer
///
/// [`record`](Self::record) loads and stores; it never does a read-modify-write, which would cost
/// more than everything else it does. So only one thread at a time may record. If two do, counts
/// get lost; nothing worse happens. Who hands the writing over to another thread must
/// synchronise with it, as any hand-over of work does.
///
/// # Why not `hdrhistogram` itself
///
/// Its plain histogram cannot be read while it is written, and its `SyncHistogram` collects from
/// recorders by asking each to swap its buffer: a refresh then waits for every recorder to record
/// once more, and an idle worker does not. Here the reader copies relaxed atomics and waits for
/// nobody; what it gets, [`Timings`], is an `hdrhistogram` inside, which does the rest.
///
/// ```
/// use std::time::Duration;
///
/// let histogram = stats::Histogram::new();
/// for ns in [100, 200, 3_000_000] {
///     histogram.record(ns);
/// }
/// let timings = histogram.snapshot();
/// assert_eq!(timings.count(), 3);
/// assert_eq!(timings.max(), Some(Duration::from_millis(3)));
/// ```
pub struct Histogram {
    buckets: Box<[AtomicU64; BUCKETS]>,
    sum_ns: AtomicU64,
    // `u64::MAX` while nothing is recorded, so that recording needs no case for the first value.
    min_ns: AtomicU64,
    max_ns: AtomicU64,
}

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Self {
        let buckets: Vec<AtomicU64> = (0..BUCKETS).map(|_| AtomicU64::new(0)).collect();
        Histogram {
            buckets: buckets.try_into().expect("as many were made as the layout has"),
            sum_ns: AtomicU64::new(0),
            min_ns: AtomicU64::new(u64::MAX),
            max_ns: AtomicU64::new(0),
        }
    }

    /// Counts one value; for one thread at a time, see [One writer](Self#one-writer).
    ///
    /// The sum saturates at `u64::MAX` nanoseconds (584 years).
    ///
    /// # Blocking
    ///
    /// Neither parks the green thread nor blocks the OS thread.
    #[inline]
    pub fn record(&self, ns: u64) {
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

    /// A copy of everything recorded so far, from any thread, also while the writer records.
    ///
    /// Values recorded during the call may be missing, wholly or from a part (such as the sum).
    /// A value recorded before is there, if the caller has synchronised with the writer since.
    ///
    /// # Blocking
    ///
    /// Neither parks the green thread nor blocks the OS thread. Allocates.
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
