//! What one worker writes.

use greenstd::sync::atomic::AtomicU64;
use greenstd::sync::atomic::Ordering::Relaxed;

use crate::histogram::Histogram;
use crate::timings::Timings;

/// How an item that ran has ended.
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
}

/// The statistics of one worker: written by that worker alone, read by anybody.
///
/// # One writer
///
/// [`started`](Self::started) and [`finished`](Self::finished) load and store, and never do a
/// read-modify-write. So only one thread at a time may call them; if two do, counts get lost, but
/// nothing worse happens.
///
/// # What a reader sees
///
/// All accesses are relaxed. That is enough, because whoever needs an exact number has
/// synchronised by other means: an executor counts an item and *then* publishes its result by a
/// release, so who has the result (by an acquire) reads a number in which the item is counted.
#[derive(Debug)]
pub struct Recorder {
    started: AtomicU64,
    // Kept beside `started`, because a difference of counters that are read one after the other is
    // wrong by all that happens in between.
    running: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
    panicked: AtomicU64,
    cancelled: AtomicU64,
    histograms: Option<Histograms>,
}

#[derive(Debug, Default)]
struct Histograms {
    queue_wait: Histogram,
    run_time: Histogram,
}

impl Recorder {
    /// A recorder that has counted nothing; without `timings` it keeps the counters alone, and
    /// needs a few bytes instead of 38 KB.
    pub fn new(timings: bool) -> Self {
        Recorder {
            started: AtomicU64::new(0),
            running: AtomicU64::new(0),
            succeeded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            panicked: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            histograms: timings.then(Histograms::default),
        }
    }

    /// Whether timings are kept. If not, the caller need not read the clock: the nanoseconds given
    /// to [`started`](Self::started) and [`finished`](Self::finished) are ignored.
    #[inline]
    pub fn keeps_timings(&self) -> bool {
        self.histograms.is_some()
    }

    /// Counts an item that starts to run, after `wait_ns` nanoseconds in the queue.
    ///
    /// # Blocking
    ///
    /// Neither parks the green thread nor blocks the OS thread.
    #[inline]
    pub fn started(&self, wait_ns: u64) {
        if let Some(histograms) = &self.histograms {
            histograms.queue_wait.record(wait_ns);
        }
        increment(&self.started);
        increment(&self.running);
    }

    /// Counts the end of an item that had [started](Self::started), `run_ns` nanoseconds later.
    ///
    /// # Blocking
    ///
    /// Neither parks the green thread nor blocks the OS thread.
    #[inline]
    pub fn finished(&self, outcome: Outcome, run_ns: u64) {
        if let Some(histograms) = &self.histograms {
            histograms.run_time.record(run_ns);
        }
        increment(match outcome {
            Outcome::Succeeded => &self.succeeded,
            Outcome::Failed => &self.failed,
            Outcome::Panicked => &self.panicked,
            Outcome::Cancelled => &self.cancelled,
        });
        self.running.store(self.running.load(Relaxed).saturating_sub(1), Relaxed);
    }

    pub(crate) fn started_count(&self) -> u64 {
        self.started.load(Relaxed)
    }

    pub(crate) fn running_count(&self) -> u64 {
        self.running.load(Relaxed)
    }

    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Succeeded => self.succeeded.load(Relaxed),
            Outcome::Failed => self.failed.load(Relaxed),
            Outcome::Panicked => self.panicked.load(Relaxed),
            Outcome::Cancelled => self.cancelled.load(Relaxed),
        }
    }

    pub(crate) fn finished_count(&self) -> u64 {
        self.count(Outcome::Succeeded)
            .saturating_add(self.count(Outcome::Failed))
            .saturating_add(self.count(Outcome::Panicked))
            .saturating_add(self.count(Outcome::Cancelled))
    }

    /// Queue wait and run time; both empty without timings.
    pub(crate) fn timings(&self) -> (Timings, Timings) {
        match &self.histograms {
            Some(histograms) => (histograms.queue_wait.snapshot(), histograms.run_time.snapshot()),
            None => (Timings::default(), Timings::default()),
        }
    }
}

#[inline(always)]
fn increment(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed) + 1, Relaxed);
}
