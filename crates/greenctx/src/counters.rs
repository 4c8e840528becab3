//! What a carrier counts about itself. Written by the carrier alone, read by anybody.

use greenstd::atomic::{AtomicU64, AtomicUsize, Ordering};
use greenstd::weaken;

/// Counts of one carrier. Every one is written by the carrier's own thread only, so an increment is
/// a plain load and store; a reader sees each of them a little late, and never going backwards.
#[derive(Debug, Default)]
pub struct CarrierCounters {
    parks: AtomicU64,
    unparks: AtomicU64,
    sleeps: AtomicU64,
    live: AtomicUsize,
    deepest_stack_bytes: AtomicUsize,
    running: AtomicU64,
}

impl CarrierCounters {
    /// How often a green thread has switched away to wait.
    #[inline]
    pub fn parks(&self) -> u64 {
        self.parks.load(Ordering::Relaxed)
    }

    /// How often a waiting green thread has gone on. Whoever then reads [`parks`](Self::parks) finds at
    /// least as many.
    #[inline]
    pub fn unparks(&self) -> u64 {
        self.unparks.load(weaken::ordering("counters-unpark-acquire", Ordering::Acquire))
    }

    /// How many green threads wait at present.
    pub fn parked(&self) -> u64 {
        // In this order: whoever has seen the end of a wait then sees its beginning too, and counts no
        // thread that waits as gone. (Named steps: `counters-unpark-release`, `counters-unpark-acquire`.)
        let unparks = self.unparks();
        self.parks().saturating_sub(unparks)
    }

    /// How often the carrier has gone to sleep for want of work.
    pub fn sleeps(&self) -> u64 {
        self.sleeps.load(Ordering::Relaxed)
    }

    /// How many green threads exist on the carrier.
    pub fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// The deepest that a stack was used at a park or yield, in bytes. Between two of them a thread may
    /// have been deeper; [`StackPool::deepest_bytes`](crate::StackPool::deepest_bytes) knows.
    #[inline]
    pub fn deepest_stack_bytes(&self) -> usize {
        self.deepest_stack_bytes.load(Ordering::Relaxed)
    }

    /// The id of the [`Identity`](crate::Identity) that is running, or ran last; `None` if that was
    /// a green thread without one.
    pub fn running(&self) -> Option<u64> {
        Some(self.running.load(Ordering::Relaxed)).filter(|&id| id != 0)
    }

    #[inline]
    pub(crate) fn set_running(&self, id: u64) {
        self.running.store(id, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn count_park(&self) {
        self.parks.store(self.parks() + 1, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn count_unpark(&self) {
        let release = weaken::ordering("counters-unpark-release", Ordering::Release);
        self.unparks.store(self.unparks.load(Ordering::Relaxed) + 1, release);
    }

    pub(crate) fn count_sleep(&self) {
        self.sleeps.store(self.sleeps() + 1, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn set_live(&self, live: usize) {
        self.live.store(live, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn record_depth(&self, bytes: usize) {
        if bytes > self.deepest_stack_bytes() {
            self.deepest_stack_bytes.store(bytes, Ordering::Relaxed);
        }
    }
}
