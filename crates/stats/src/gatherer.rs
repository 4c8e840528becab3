//! All recorders of an executor, and what is counted by more than one thread.

use std::time::Duration;

use crossbeam_utils::CachePadded;
use greenstd::sync::atomic::AtomicU64;
use greenstd::sync::atomic::Ordering::Relaxed;

use crate::recorder::{Outcome, Recorder};
use crate::statistics::ExecutorStatistics;

/// Owns a [`Recorder`] for each worker, and adds them up.
///
/// A worker counts what happens on it by its own recorder, without a read-modify-write. Events that are rare, or
/// that happen on any thread, are counted here by read-modify-writes.
///
/// Share it by an [`Arc`](std::sync::Arc) or by scoped threads.
///
/// ```
/// use stats::{Gatherer, Gauges, Outcome};
/// use std::thread;
///
/// let gatherer = Gatherer::new(2, true); // two workers, with timings
/// thread::scope(|scope| {
///     for worker in 0..2 {
///         let recorder = gatherer.recorder(worker); // one thread alone writes to it
///         scope.spawn(move || {
///             recorder.started(300); // the item has waited 300 ns
///             recorder.finished(Outcome::Succeeded, 2_000); // and has run for 2 µs
///         });
///     }
/// });
/// gatherer.rejected(); // any thread may call this
/// let now = gatherer.snapshot(Gauges { submitted: 2, ..Gauges::default() });
/// assert_eq!((now.executed(), now.rejected()), (2, 1));
/// ```
#[doc(alias = "metrics")]
#[doc(alias = "registry")]
#[doc(alias = "counters")]
#[derive(Debug)]
pub struct Gatherer {
    // Padded: a worker that writes takes no cache line away from its siblings.
    recorders: Box<[CachePadded<Recorder>]>,
    shared: CachePadded<Shared>,
}

/// What the measured executor alone knows. It passes this to [`Gatherer::snapshot`].
///
/// Leave out what your executor does not have: by `..Gauges::default()` it is 0.
///
/// ```
/// use stats::{Gatherer, Gauges};
/// use std::time::Duration;
///
/// let gatherer = Gatherer::new(1, false);
/// let uptime = Duration::from_secs(60);
/// let now = gatherer.snapshot(Gauges { submitted: 5, queued: 5, uptime, ..Gauges::default() });
/// assert_eq!((now.queued(), now.uptime(), now.parks()), (5, uptime, 0));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Items accepted so far.
    pub submitted: u64,
    /// Items accepted that have not started yet.
    pub queued: u64,
    /// Parts of items that were forked so far.
    pub forked: u64,
    /// Forked parts that another green thread took over so far.
    pub stolen: u64,
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
    expired: AtomicU64,
    shed: AtomicU64,
    callback_panics: AtomicU64,
}

impl Gatherer {
    /// A gatherer with so many recorders, each made by [`Recorder::new`].
    ///
    /// With `timings`, each recorder keeps two histograms (38 KB). Without, it keeps counters alone.
    ///
    /// ```
    /// use stats::Gatherer;
    ///
    /// let gatherer = Gatherer::new(4, true); // one recorder for each of four workers
    /// assert!(gatherer.recorder(3).keeps_timings());
    /// ```
    pub fn new(recorders: usize, timings: bool) -> Self {
        Gatherer {
            recorders: (0..recorders).map(|_| CachePadded::new(Recorder::new(timings))).collect(),
            shared: CachePadded::default(),
        }
    }

    /// The recorder of worker `index`, counted from 0.
    ///
    /// # Panics
    /// If `index` is not below the number of recorders.
    ///
    /// ```
    /// use stats::Gatherer;
    ///
    /// let gatherer = Gatherer::new(2, false);
    /// gatherer.recorder(0).started(0);
    /// gatherer.recorder(1).started(0);
    /// assert_eq!(gatherer.started(), 2);
    /// ```
    #[inline]
    pub fn recorder(&self, index: usize) -> &Recorder {
        &self.recorders[index]
    }

    /// Counts an item that was refused. Any thread may call it.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.rejected(); // the backlog was full, say
    /// assert_eq!(gatherer.snapshot(Gauges::default()).rejected(), 1);
    /// ```
    pub fn rejected(&self) {
        self.shared.rejected.fetch_add(1, Relaxed);
    }

    /// Counts an item that was accepted, and then cancelled before it started. Any thread may call it.
    ///
    /// One that has started is counted by its recorder, with [`Outcome::Cancelled`].
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.cancelled(); // this one was still in the queue
    /// let recorder = gatherer.recorder(0);
    /// recorder.started(0);
    /// recorder.finished(Outcome::Cancelled, 0); // this one was running, and has stopped
    /// assert_eq!(gatherer.snapshot(Gauges::default()).cancelled(), 2);
    /// ```
    pub fn cancelled(&self) {
        self.shared.cancelled.fetch_add(1, Relaxed);
    }

    /// Counts an item that was accepted and that no worker will ever start. Any thread may call it.
    ///
    /// Take [`cancelled`](Self::cancelled) for what its owner gave up, and this for what the executor gave up, as at
    /// its end.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.abandoned(); // the executor ends, and leaves an item in its queue
    /// assert_eq!(gatherer.snapshot(Gauges::default()).abandoned(), 1);
    /// ```
    pub fn abandoned(&self) {
        self.shared.abandoned.fetch_add(1, Relaxed);
    }

    /// Counts an item that was accepted, and then abandoned because it had not started in time. Any thread may call it.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.expired();
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.expired(), now.abandoned()), (1, 1));
    /// ```
    pub fn expired(&self) {
        self.shared.expired.fetch_add(1, Relaxed);
    }

    /// Counts an item that was accepted, and then abandoned because there was more to do than could be done. Any thread
    /// may call it.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.shed();
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.shed(), now.abandoned()), (1, 1));
    /// ```
    pub fn shed(&self) {
        self.shared.shed.fetch_add(1, Relaxed);
    }

    /// Counts a callback that panicked. Any thread may call it.
    ///
    /// It is not the outcome of an item: a panic of the item itself is [`Outcome::Panicked`].
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    /// use std::panic;
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// if panic::catch_unwind(|| panic!("in a callback")).is_err() {
    ///     gatherer.callback_panicked();
    /// }
    /// assert_eq!(gatherer.snapshot(Gauges::default()).callback_panics(), 1);
    /// ```
    pub fn callback_panicked(&self) {
        self.shared.callback_panics.fetch_add(1, Relaxed);
    }

    /// How many items have started so far, on all workers together.
    ///
    /// It reads one counter for each worker, and costs much less than a [`snapshot`](Self::snapshot).
    ///
    /// ```
    /// use stats::Gatherer;
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.recorder(0).started(0);
    /// assert_eq!(gatherer.started(), 1);
    /// ```
    pub fn started(&self) -> u64 {
        self.total(Recorder::started_count)
    }

    /// How many items have run to their end so far, on all workers together.
    ///
    /// If you need the difference, call this before [`started`](Self::started). Then the start of every item that has
    /// ended is counted as well. A weakly ordered processor may still show an end before its start, so subtract with
    /// saturation.
    ///
    /// ```
    /// use stats::{Gatherer, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let recorder = gatherer.recorder(0);
    /// recorder.started(0);
    /// recorder.started(0);
    /// recorder.finished(Outcome::Failed, 0);
    ///
    /// let finished = gatherer.finished(); // first
    /// let running = gatherer.started().saturating_sub(finished);
    /// assert_eq!((finished, running), (1, 1));
    /// ```
    pub fn finished(&self) -> u64 {
        self.total(Recorder::finished_count)
    }

    /// Everything counted so far, together with what the executor says about itself.
    ///
    /// Each number was true at some moment between the reading of the gauges and the return. None can be negative:
    /// the snapshot stores counters, [`running`](ExecutorStatistics::running) among them, and no differences.
    ///
    /// What was recorded before is there if the caller has synchronised with the recording thread since. To have the
    /// result of an item is enough.
    ///
    /// While workers record, numbers that were read at different moments may disagree by the items in flight.
    /// `executed` may be ahead of the `submitted` that the caller read before.
    ///
    /// # Blocking
    /// Neither parks the green thread nor blocks the OS thread. It allocates, and takes about ten microseconds for each
    /// recorder with timings.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// let recorder = gatherer.recorder(0);
    /// recorder.started(700); // ns in the queue
    /// recorder.finished(Outcome::Succeeded, 2_000_000); // ns from start to end
    ///
    /// let uptime = Duration::from_secs(2);
    /// let now = gatherer.snapshot(Gauges { submitted: 1, uptime, ..Gauges::default() });
    /// assert_eq!(now.average_run(), Some(Duration::from_millis(2)));
    /// assert_eq!(now.executed_per_second(), Some(0.5));
    /// ```
    #[doc(alias = "collect")]
    #[doc(alias = "scrape")]
    pub fn snapshot(&self, gauges: Gauges) -> ExecutorStatistics {
        // Ends are read first, then what runs, and the histograms last. In another order an item could
        // end in between: it would be counted as ended while its run time is missing.
        let expired = self.shared.expired.load(Relaxed);
        let shed = self.shared.shed.load(Relaxed);
        let mut snapshot = ExecutorStatistics {
            succeeded: self.total(|recorder| recorder.count(Outcome::Succeeded)),
            failed: self.total(|recorder| recorder.count(Outcome::Failed)),
            panicked: self.total(|recorder| recorder.count(Outcome::Panicked)),
            timed_out: self.total(|recorder| recorder.count(Outcome::TimedOut)),
            running: self.total(Recorder::running_count),
            rejected: self.shared.rejected.load(Relaxed),
            cancelled: self
                .total(|recorder| recorder.count(Outcome::Cancelled))
                .saturating_add(self.shared.cancelled.load(Relaxed)),
            abandoned: self
                .shared
                .abandoned
                .load(Relaxed)
                .saturating_add(expired)
                .saturating_add(shed),
            expired,
            shed,
            callback_panics: self.shared.callback_panics.load(Relaxed),
            submitted: gauges.submitted,
            queued: gauges.queued,
            forked: gauges.forked,
            stolen: gauges.stolen,
            parked: gauges.parked,
            workers: gauges.workers,
            parks: gauges.parks,
            wakes: gauges.wakes,
            stack_high_water_bytes: gauges.stack_high_water_bytes,
            uptime: gauges.uptime,
            ..ExecutorStatistics::default()
        };
        // A recorder records the time before it counts. So an item counted above has its time here, except that a
        // weakly ordered processor may show the count first.
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
