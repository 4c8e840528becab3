//! All recorders of an executor, and what is counted by more than one thread.

use std::time::Duration;

use crossbeam_utils::CachePadded;
use greenstd::sync::atomic::AtomicU64;
use greenstd::sync::atomic::Ordering::Relaxed;

use crate::recorder::{Outcome, Recorder};
use crate::statistics::ExecutorStatistics;

/// Owns a [`Recorder`] for each worker and adds them up.
///
/// Events that are rare, or that happen on any thread, are counted here by read-modify-writes; all
/// others belong to the recorder of the worker on which they happen.
#[derive(Debug)]
pub struct Gatherer {
    // Padded, so that a worker that writes takes no cache line away from its siblings.
    recorders: Box<[CachePadded<Recorder>]>,
    shared: CachePadded<Shared>,
}

/// What only the measured executor knows; it hands this over for each snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Items accepted so far.
    pub submitted: u64,
    /// Items accepted that have not started yet.
    pub queued: u64,
    /// Green threads that wait for something other than their turn.
    pub parked: u64,
    /// Green threads that are alive.
    pub workers: u64,
    /// How often a green thread has parked so far.
    pub parks: u64,
    /// How often a parked green thread has been woken so far.
    pub wakes: u64,
    /// The deepest that any green thread's stack has been so far, in bytes.
    pub stack_high_water_bytes: u64,
    /// How long the executor has existed.
    pub uptime: Duration,
}

#[derive(Debug, Default)]
struct Shared {
    rejected: AtomicU64,
    cancelled: AtomicU64,
    abandoned: AtomicU64,
    callback_panics: AtomicU64,
}

impl Gatherer {
    /// A gatherer with so many recorders, each made by [`Recorder::new`].
    pub fn new(recorders: usize, timings: bool) -> Self {
        Gatherer {
            recorders: (0..recorders).map(|_| CachePadded::new(Recorder::new(timings))).collect(),
            shared: CachePadded::default(),
        }
    }

    /// The recorder of worker `index`, counted from 0.
    ///
    /// # Panics
    ///
    /// If there are not that many.
    #[inline]
    pub fn recorder(&self, index: usize) -> &Recorder {
        &self.recorders[index]
    }

    /// Counts an item that was refused.
    pub fn rejected(&self) {
        self.shared.rejected.fetch_add(1, Relaxed);
    }

    /// Counts an item that was accepted and then cancelled before it started. One that has started is
    /// counted by its recorder.
    pub fn cancelled(&self) {
        self.shared.cancelled.fetch_add(1, Relaxed);
    }

    /// Counts an item that was accepted and that nobody will ever start.
    pub fn abandoned(&self) {
        self.shared.abandoned.fetch_add(1, Relaxed);
    }

    /// Counts a callback that panicked.
    pub fn callback_panicked(&self) {
        self.shared.callback_panics.fetch_add(1, Relaxed);
    }

    /// How many items have started so far, on all workers together.
    pub fn started(&self) -> u64 {
        self.total(Recorder::started_count)
    }

    /// How many items have run to their end so far, on all workers together.
    ///
    /// Call it before [`started`](Self::started) if the difference matters: then no item can have
    /// ended whose start is not counted, but for the liberties of weakly ordered processors. So
    /// subtract with saturation.
    pub fn finished(&self) -> u64 {
        self.total(Recorder::finished_count)
    }

    /// Everything counted so far, together with what the executor says about itself.
    ///
    /// Each number was true at some moment between the reading of the gauges and the return.
    /// None can be negative: the snapshot stores no differences of counters but only counters,
    /// [`running`](ExecutorStatistics::running) among them. Nothing recorded before is missing, if
    /// the caller has synchronised with the recording thread since (by having an item's result,
    /// say). While workers record, numbers read at different moments may disagree by the items in
    /// flight: `executed` may be ahead of the `submitted` that the caller read before.
    ///
    /// # Blocking
    ///
    /// Neither parks the green thread nor blocks the OS thread. Allocates, and takes some ten
    /// microseconds for each recorder with timings.
    pub fn snapshot(&self, gauges: Gauges) -> ExecutorStatistics {
        // Ends are read before what runs, and the histograms last: the other way round, an item
        // could end in between and be counted as ended while its run time is missing.
        let mut snapshot = ExecutorStatistics {
            succeeded: self.total(|recorder| recorder.count(Outcome::Succeeded)),
            failed: self.total(|recorder| recorder.count(Outcome::Failed)),
            panicked: self.total(|recorder| recorder.count(Outcome::Panicked)),
            running: self.total(Recorder::running_count),
            rejected: self.shared.rejected.load(Relaxed),
            cancelled: self
                .total(|recorder| recorder.count(Outcome::Cancelled))
                .saturating_add(self.shared.cancelled.load(Relaxed)),
            abandoned: self.shared.abandoned.load(Relaxed),
            callback_panics: self.shared.callback_panics.load(Relaxed),
            submitted: gauges.submitted,
            queued: gauges.queued,
            parked: gauges.parked,
            workers: gauges.workers,
            parks: gauges.parks,
            wakes: gauges.wakes,
            stack_high_water_bytes: gauges.stack_high_water_bytes,
            uptime: gauges.uptime,
            ..ExecutorStatistics::default()
        };
        for recorder in self.recorders.iter().filter(|recorder| recorder.keeps_timings()) {
            let (queue_wait, run_time) = recorder.timings();
            snapshot.queue_wait.absorb(&queue_wait);
            snapshot.run_time.absorb(&run_time);
        }
        snapshot
    }

    fn total(&self, counter: impl Fn(&Recorder) -> u64) -> u64 {
        self.recorders
            .iter()
            .fold(0, |total: u64, recorder| total.saturating_add(counter(recorder)))
    }
}
