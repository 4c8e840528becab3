//! How long a job would wait: known at a submission without a look at the clock.
//!
//! It exists only where the rejection asks for it; see [`CheckAndReject::checks`].
//!
//! # Protocol
//!
//! Workers measure, submitters read. What they share is a few words, each of which stands for itself.
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *pace-dry* | a worker that finds no job, and a carrier that finds none while a slot is free | sets `ran_dry` |
//! | *pace-due* | a worker that starts a job, and has read the clock | compares the time with `next_look_ns`; if that is not past, it is done |
//! | *pace-look* | the same | tries to lock the estimate; if another worker has it, it is done. Else it reads the counters, takes `ran_dry` back, and sets `next_look_ns` |
//! | *pace-publish* | the same | stores the gap, the age of the oldest job, and whether jobs waited throughout |
//! | *pace-read* | a submitter | loads them, and multiplies |
//!
//! *All accesses are relaxed.* The lock orders the looks, and nothing else is ordered by these words. A submitter that
//! reads one word of this look and one of the last decides by figures that are [`LOOK_NS`] older, which it might have
//! read anyway.
//!
//! *A look is lost to nobody.* A worker that finds the estimate locked leaves its jobs to the next look, since the
//! counters go on. A `ran_dry` that is set between the reading of the counters and its taking back belongs to one of
//! two neighbouring intervals, and both are right.
//!
//! *No wake-up depends on it.* Threads that wait for room are woken when a job starts or ends, and ask again then.
//! If the gap shrinks between two such events, they hear of it at the next one. There is a next one as long as jobs
//! are outstanding. When none is, the free slots let them in, whatever the estimate says.
//!
//! # Bounds
//!
//! * While jobs start, the published figures are not older than [`LOOK_NS`] and one start.
//! * While none starts, nothing is published. The backlog can grow then to what would have taken the target's time
//!   before, and not beyond.
//! * How far the estimate is off is told in `estimate.rs`.

mod estimate;
#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod simulation;

use std::time::Duration;

use greenstd::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use greenstd::sync::Mutex;
use greenstd::ticks::{TickClock, Ticks};

use self::estimate::{Estimate, Look};
use crate::pool::Pool;
#[cfg(doc)]
use crate::rejection::CheckAndReject;
use crate::rejection::Load;

/// The time between two looks at least.
pub(crate) const LOOK_NS: u64 = 10_000_000;

/// What submitters know of the times.
#[derive(Debug)]
pub(crate) struct Pace {
    /// The bits of an `f64`; 0 if it is not known.
    gap_ns: AtomicU64,
    oldest_ns: AtomicU64,
    /// Whether jobs waited throughout before the last look.
    waited_throughout: AtomicBool,
    /// Whether a worker has found no job since the last look.
    ran_dry: AtomicBool,
    next_look_ns: AtomicU64,
    estimate: Mutex<Estimate>,
    clock: TickClock,
    epoch: Ticks,
}

impl Pace {
    pub(crate) fn new() -> Self {
        let clock = TickClock::new();
        Pace {
            gap_ns: AtomicU64::new(0),
            oldest_ns: AtomicU64::new(0),
            waited_throughout: AtomicBool::new(false),
            ran_dry: AtomicBool::new(true),
            next_look_ns: AtomicU64::new(0),
            estimate: Mutex::default(),
            epoch: clock.read(),
            clock,
        }
    }

    /// *pace-read*: the load, as a hook sees it.
    pub(crate) fn load(&self, pool: &Pool, low: bool) -> Load {
        let queue = pool.queue();
        let queued = queue.queued();
        let gap_ns = Some(f64::from_bits(self.gap_ns.load(Relaxed))).filter(|gap| *gap > 0.0);
        let oldest_ns = if queued == 0 { 0 } else { self.oldest_ns.load(Relaxed) };
        Load {
            queued,
            running: queue.running(),
            max_workers: queue.max_workers(),
            low,
            expected_wait: gap_ns.map(|gap| Duration::from_nanos((gap * queued as f64) as u64)),
            oldest_wait: Duration::from_nanos(oldest_ns),
            starts_per_second: gap_ns.map_or(0.0, |gap| 1e9 / gap),
            saturated: self.waited_throughout.load(Relaxed) && !self.ran_dry.load(Relaxed),
        }
    }

    /// *pace-dry*.
    pub(crate) fn ran_dry(&self) {
        // Looked at first, so that idle carriers do not contend for the line.
        if !self.ran_dry.load(Relaxed) {
            self.ran_dry.store(true, Relaxed);
        }
    }

    /// *pace-due* and, if it is time, *pace-look* and *pace-publish*: by a worker that starts a job. Returns the time
    /// in nanoseconds.
    pub(crate) fn job_starts(&self, pool: &Pool, now: Ticks) -> u64 {
        let at_ns = self.clock.nanos_between(self.epoch, now);
        if at_ns >= self.next_look_ns.load(Relaxed) {
            self.look(pool, at_ns);
        }
        at_ns
    }

    #[cold]
    #[inline(never)]
    fn look(&self, pool: &Pool, at_ns: u64) {
        // pace-look
        let Some(mut estimate) = self.estimate.try_lock() else { return };
        if at_ns < self.next_look_ns.load(Relaxed) {
            return;
        }
        self.next_look_ns.store(at_ns + LOOK_NS, Relaxed);
        // The ends first: of those that are counted, all have started.
        let ended = pool.gatherer().finished();
        let started = pool.gatherer().started();
        let ran_dry = self.ran_dry.swap(false, Relaxed);
        estimate.look(Look { at_ns, started, ended, ran_dry });
        // pace-publish
        self.gap_ns.store(estimate.gap_ns().unwrap_or(0.0).to_bits(), Relaxed);
        self.waited_throughout.store(!ran_dry, Relaxed);
        let oldest = pool.queue().gauge().oldest.unwrap_or_default();
        self.oldest_ns.store(oldest.as_nanos() as u64, Relaxed);
    }
}
