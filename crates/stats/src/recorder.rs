//! What one worker writes.

use greenstd::sync::atomic::AtomicU64;
use greenstd::sync::atomic::Ordering::Relaxed;

use crate::histogram::Histogram;
use crate::timings::Timings;

/// How an item that ran has ended.
///
/// ```
/// use stats::{Gatherer, Gauges, Outcome};
///
/// let gatherer = Gatherer::new(1, false);
/// let recorder = gatherer.recorder(0);
/// for number in ["1", "2", "three"] {
///     recorder.started(0);
///     let outcome = match number.parse::<u32>() {
///         Ok(_) => Outcome::Succeeded,
///         Err(_) => Outcome::Failed,
///     };
///     recorder.finished(outcome, 0);
/// }
/// let now = gatherer.snapshot(Gauges::default());
/// assert_eq!((now.succeeded(), now.failed()), (2, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It returned its result.
    Succeeded,
    /// It returned an error.
    Failed,
    /// It panicked.
    Panicked,
    /// It was asked to stop, and did.
    Cancelled,
    /// Its time was over, and it ended by that.
    TimedOut,
}

/// The statistics of one worker: that worker alone writes them, and any thread reads them.
///
/// Read it by the [`Gatherer`](crate::Gatherer) that owns it.
///
/// # One writer
/// [`started`](Self::started) and [`finished`](Self::finished) load and store, and never do a read-modify-write.
/// So one thread alone may call them at a time. If two do, counts are lost; nothing worse happens.
///
/// # What a reader sees
/// All accesses are relaxed. That is enough, because a thread that needs an exact number has synchronised by other
/// means. An executor counts an item and *then* publishes its result by a release. A thread that has the result,
/// by an acquire, reads a number in which the item is counted.
///
/// ```
/// use stats::{Gatherer, Gauges, Outcome};
/// use std::time::Duration;
///
/// let gatherer = Gatherer::new(1, true);
/// let recorder = gatherer.recorder(0);
/// recorder.started(400); // it has waited 400 ns in the queue
/// recorder.finished(Outcome::Succeeded, 5_000); // and has run for 5 µs
/// let now = gatherer.snapshot(Gauges::default());
/// assert_eq!(now.average_queue_wait(), Some(Duration::from_nanos(400)));
/// assert_eq!(now.average_run(), Some(Duration::from_micros(5)));
/// ```
#[derive(Debug)]
pub struct Recorder {
    started: AtomicU64,
    // Kept beside `started`. A difference of two counters would be wrong by all that happens between
    // the two reads.
    running: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
    panicked: AtomicU64,
    cancelled: AtomicU64,
    timed_out: AtomicU64,
    histograms: Option<Histograms>,
}

#[derive(Debug, Default)]
struct Histograms {
    queue_wait: Histogram,
    run_time: Histogram,
}

impl Recorder {
    /// A recorder that has counted nothing.
    ///
    /// Without `timings` it keeps the counters alone, and needs a few bytes instead of 38 KB. A
    /// [`Gatherer`](crate::Gatherer) makes its recorders itself.
    ///
    /// ```
    /// use stats::Recorder;
    ///
    /// assert!(size_of::<Recorder>() < 200); // the histograms are on the heap, if there are any
    /// assert!(!Recorder::new(false).keeps_timings());
    /// ```
    pub fn new(timings: bool) -> Self {
        Recorder {
            started: AtomicU64::new(0),
            running: AtomicU64::new(0),
            succeeded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            panicked: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            timed_out: AtomicU64::new(0),
            histograms: timings.then(Histograms::default),
        }
    }

    /// Whether timings are kept.
    ///
    /// If not, the caller need not read the clock: [`started`](Self::started) and [`finished`](Self::finished) ignore
    /// the nanoseconds.
    ///
    /// ```
    /// use stats::Recorder;
    /// use std::time::Instant;
    ///
    /// fn start_item(recorder: &Recorder, submitted: Option<Instant>) {
    ///     let waited = submitted.filter(|_| recorder.keeps_timings()).map(|at| at.elapsed().as_nanos());
    ///     recorder.started(u64::try_from(waited.unwrap_or(0)).unwrap_or(u64::MAX));
    /// }
    ///
    /// let recorder = Recorder::new(false);
    /// start_item(&recorder, None); // the clock was not read
    /// assert!(!recorder.keeps_timings());
    /// ```
    #[inline]
    pub fn keeps_timings(&self) -> bool {
        self.histograms.is_some()
    }

    /// Counts an item that starts to run, after `wait_ns` nanoseconds in the queue.
    ///
    /// Call it on the worker's own thread alone: see [One writer](Self#one-writer).
    ///
    /// # Blocking
    /// Neither parks the green thread nor blocks the OS thread.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// gatherer.recorder(0).started(250);
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!(now.running(), 1); // it has not ended yet
    /// assert_eq!(now.queue_wait().max(), Some(Duration::from_nanos(250)));
    /// ```
    #[inline(always)]
    pub fn started(&self, wait_ns: u64) {
        if let Some(histograms) = &self.histograms {
            histograms.queue_wait.record(wait_ns);
        }
        self.started_untimed();
    }

    /// As [`started`](Self::started), for an item of which nobody knows how long it has waited. It is counted, and
    /// the timings are those of the other items.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// let recorder = gatherer.recorder(0);
    /// recorder.started_untimed();
    /// recorder.finished_untimed(Outcome::Succeeded);
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.executed(), now.queue_wait().count()), (1, 0));
    /// ```
    #[inline(always)]
    pub fn started_untimed(&self) {
        increment(&self.started);
        increment(&self.running);
    }

    /// Counts the end of an item that had [started](Self::started), `run_ns` nanoseconds later.
    ///
    /// Call it on the worker's own thread alone: see [One writer](Self#one-writer). To count an item that never
    /// started, take [`Gatherer::cancelled`](crate::Gatherer::cancelled) or
    /// [`Gatherer::abandoned`](crate::Gatherer::abandoned).
    ///
    /// # Blocking
    /// Neither parks the green thread nor blocks the OS thread.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// let recorder = gatherer.recorder(0);
    /// recorder.started(0);
    /// recorder.finished(Outcome::Panicked, 1_500);
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.running(), now.executed(), now.panicked()), (0, 1, 1));
    /// ```
    #[inline(always)]
    pub fn finished(&self, outcome: Outcome, run_ns: u64) {
        // The time comes before the count: `Gatherer::snapshot` reads them in the opposite order.
        self.ran(run_ns);
        self.finished_untimed(outcome);
    }

    /// Notes that an item has run for `run_ns` nanoseconds. [`finished_untimed`](Self::finished_untimed) is to count it
    /// right after that: the two together are [`finished`](Self::finished).
    ///
    /// It is for code that has read the clock, and learns how the item has ended later.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// let recorder = gatherer.recorder(0);
    /// recorder.started(400);
    /// recorder.ran(5_000);
    /// recorder.finished_untimed(Outcome::Succeeded);
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.succeeded(), now.run_time().count()), (1, 1));
    /// ```
    #[inline(always)]
    pub fn ran(&self, run_ns: u64) {
        if let Some(histograms) = &self.histograms {
            histograms.run_time.record(run_ns);
        }
    }

    /// As [`finished`](Self::finished), for an item of which nobody knows how long it has run.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// let recorder = gatherer.recorder(0);
    /// recorder.started_untimed();
    /// recorder.finished_untimed(Outcome::Failed);
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.running(), now.failed(), now.run_time().count()), (0, 1, 0));
    /// ```
    #[inline(always)]
    pub fn finished_untimed(&self, outcome: Outcome) {
        increment(match outcome {
            Outcome::Succeeded => &self.succeeded,
            Outcome::Failed => &self.failed,
            Outcome::Panicked => &self.panicked,
            Outcome::Cancelled => &self.cancelled,
            Outcome::TimedOut => &self.timed_out,
        });
        // It wraps if more have ended than have started, which is a mistake of the caller.
        self.running.store(self.running.load(Relaxed).wrapping_sub(1), Relaxed);
    }

    pub(crate) fn started_count(&self) -> u64 {
        self.started.load(Relaxed)
    }

    pub(crate) fn running_count(&self) -> u64 {
        // Below zero after a mistake of the caller: then none.
        self.running.load(Relaxed).cast_signed().max(0).cast_unsigned()
    }

    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Succeeded => self.succeeded.load(Relaxed),
            Outcome::Failed => self.failed.load(Relaxed),
            Outcome::Panicked => self.panicked.load(Relaxed),
            Outcome::Cancelled => self.cancelled.load(Relaxed),
            Outcome::TimedOut => self.timed_out.load(Relaxed),
        }
    }

    pub(crate) fn finished_count(&self) -> u64 {
        self.count(Outcome::Succeeded)
            .saturating_add(self.count(Outcome::Failed))
            .saturating_add(self.count(Outcome::Panicked))
            .saturating_add(self.count(Outcome::Cancelled))
            .saturating_add(self.count(Outcome::TimedOut))
    }

    /// Queue wait and run time; both empty without timings.
    pub(crate) fn timings(&self) -> (Timings, Timings) {
        match &self.histograms {
            Some(histograms) => (histograms.queue_wait.snapshot(), histograms.run_time.snapshot()),
            None => (Timings::default(), Timings::default()),
        }
    }
}

/// Adds one. There is one writer, so a load and a store are enough.
#[inline(always)]
fn increment(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed) + 1, Relaxed);
}
