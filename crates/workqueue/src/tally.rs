//! What has become of the items: two counts for each carrier, and one for all other threads.
//!
//! A carrier's counts are written by the carrier alone. So counting is a plain load and store, on a line of its own.
//! A store is a release, and a read of what has ended is an acquire. A thread that reads that an item has ended sees
//! what was done before. (Named steps: `tally-end-release`, `tally-end-acquire`. For items that ended without having
//! started: `tally-withdraw-release`, `tally-withdraw-acquire`.)
//!
//! The reading of what has started is no acquire. A reader that needs to see what was done before it puts a fence
//! after it, as in `slots.rs`. (Named step: `tally-start-release`.)

use crossbeam_utils::CachePadded;
use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::step;
use greenstd::sync::Arc;

#[derive(Debug)]
pub(crate) struct Tally {
    carriers: Box<[Arc<CachePadded<Counts>>]>,
    /// Items withdrawn before they started, by whatever thread.
    withdrawn: CachePadded<AtomicU64>,
}

/// The counts of one carrier.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    started: AtomicU64,
    ended: AtomicU64,
}

impl Counts {
    /// By the carrier: one more item has started.
    #[inline]
    pub(crate) fn start(&self) {
        let release = step::TALLY_START_RELEASE.ordering(Ordering::Release);
        // One writer: what was loaded is still true at the store.
        self.started.store(self.started.load(Ordering::Relaxed) + 1, release);
    }

    /// By the carrier: one more of the started items has ended.
    #[inline]
    pub(crate) fn end(&self) {
        let release = step::TALLY_END_RELEASE.ordering(Ordering::Release);
        self.ended.store(self.ended.load(Ordering::Relaxed) + 1, release);
    }
}

impl Tally {
    pub(crate) fn new(carriers: usize) -> Self {
        Tally {
            carriers: (0..carriers).map(|_| Arc::default()).collect(),
            withdrawn: CachePadded::default(),
        }
    }

    /// The counts of a carrier, for that carrier.
    pub(crate) fn of(&self, carrier: usize) -> Arc<CachePadded<Counts>> {
        self.carriers[carrier].clone()
    }

    /// By any thread: one more item has ended without having started.
    pub(crate) fn withdraw(&self) {
        self.withdrawn.fetch_add(1, step::TALLY_WITHDRAW_RELEASE.ordering(Ordering::Release));
    }

    pub(crate) fn withdrawn(&self) -> u64 {
        self.withdrawn.load(step::TALLY_WITHDRAW_ACQUIRE.ordering(Ordering::Acquire))
    }

    pub(crate) fn started(&self) -> u64 {
        self.carriers.iter().map(|counts| counts.started.load(Ordering::Relaxed)).sum()
    }

    /// How many have started and not ended. Each carrier's ends are read before its starts, so that
    /// none are missing.
    pub(crate) fn running(&self) -> u64 {
        let acquire = step::TALLY_END_ACQUIRE.ordering(Ordering::Acquire);
        let running = |counts: &Arc<CachePadded<Counts>>| {
            let ended = counts.ended.load(acquire);
            counts.started.load(Ordering::Relaxed).saturating_sub(ended)
        };
        self.carriers.iter().map(running).sum()
    }

    /// How many have ended, started or not.
    pub(crate) fn ended(&self) -> u64 {
        let acquire = step::TALLY_END_ACQUIRE.ordering(Ordering::Acquire);
        let by_carriers: u64 = self.carriers.iter().map(|counts| counts.ended.load(acquire)).sum();
        by_carriers + self.withdrawn()
    }
}
