//! What a carrier counts about itself. Written by the carrier alone, read by anybody.

use greenstd::atomic::{AtomicU64, AtomicUsize, Ordering};
use greenstd::step;

/// What one carrier has counted; read by [`CarrierHandle::counters`](crate::CarrierHandle::counters).
///
/// The carrier's own thread alone writes each number, so counting is a plain load and store. A reader sees
/// each number a little late, and never going backwards.
///
/// ```
/// use greenctx::{Carrier, sleep};
/// use std::time::Duration;
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// carrier.run(|| sleep(Duration::from_millis(1)))??;
/// let counters = handle.counters();
/// assert_eq!(counters.parks(), 1);
/// assert_eq!(counters.parks(), counters.unparks());
/// assert_eq!(counters.live(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct CarrierCounters {
    parks: AtomicU64,
    unparks: AtomicU64,
    sleeps: AtomicU64,
    live: AtomicUsize,
    deepest_stack_bytes: AtomicUsize,
    running: AtomicU64,
    switches: AtomicU64,
}

impl CarrierCounters {
    /// How often a green thread has switched away to wait. A yield is no park.
    ///
    /// ```
    /// use greenctx::{Carrier, current, park, yield_now};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(|| {
    ///     yield_now();
    ///     current().unpark();
    ///     park() // the permit is there: it does not switch away
    /// })??;
    /// assert_eq!(handle.counters().parks(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn parks(&self) -> u64 {
        self.parks.load(Ordering::Relaxed)
    }

    /// How often a waiting green thread has gone on. Whoever then reads [`parks`](Self::parks) finds at least
    /// as many.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(|| ())?;
    /// let unparks = handle.counters().unparks(); // in this order
    /// assert!(handle.counters().parks() >= unparks);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn unparks(&self) -> u64 {
        self.unparks.load(step::COUNTERS_UNPARK_ACQUIRE.ordering(Ordering::Acquire))
    }

    /// How many green threads wait at present.
    ///
    /// ```
    /// use greenctx::{Carrier, park, spawn, yield_now};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(move || {
    ///     let waiters = [spawn(park), spawn(park)];
    ///     yield_now();
    ///     assert_eq!(handle.counters().parked(), 2);
    ///     for waiter in waiters {
    ///         waiter.thread().unpark();
    ///     }
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn parked(&self) -> u64 {
        // In this order: whoever has seen the end of a wait then sees its beginning too, and counts no
        // thread that waits as gone. (Named steps: `counters-unpark-release`, `counters-unpark-acquire`.)
        let unparks = self.unparks();
        self.parks().saturating_sub(unparks)
    }

    /// How often the carrier has gone to sleep because it had nothing to run.
    ///
    /// ```
    /// use greenctx::{Carrier, sleep};
    /// use std::time::Duration;
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(|| sleep(Duration::from_millis(2)))??;
    /// assert!(handle.counters().sleeps() >= 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sleeps(&self) -> u64 {
        self.sleeps.load(Ordering::Relaxed)
    }

    /// How many green threads exist on the carrier: running, ready or waiting.
    ///
    /// ```
    /// use greenctx::{Carrier, spawn};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(move || {
    ///     spawn(|| ());
    ///     assert_eq!(handle.counters().live(), 2); // main and the new one
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// The deepest that a stack was used at a park or yield, in bytes.
    ///
    /// Reading it costs nothing, but a thread may have been deeper between two parks. Take
    /// [`StackPool::deepest_bytes`](crate::StackPool::deepest_bytes) to size stacks.
    ///
    /// ```
    /// use greenctx::{Carrier, DEFAULT_STACK_BYTES, yield_now};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(yield_now)?;
    /// let deepest = handle.counters().deepest_stack_bytes();
    /// assert!(0 < deepest && deepest < DEFAULT_STACK_BYTES);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn deepest_stack_bytes(&self) -> usize {
        self.deepest_stack_bytes.load(Ordering::Relaxed)
    }

    /// The id of the [`Identity`](crate::Identity) that is running, or ran last. `None` if that was a green
    /// thread without one.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(|| ())?;
    /// assert_eq!(handle.counters().running(), None); // main has assumed no identity
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn running(&self) -> Option<u64> {
        Some(self.running.load(Ordering::Relaxed)).filter(|&id| id != 0)
    }

    /// How often the carrier has switched to a green thread.
    ///
    /// ```
    /// use greenctx::{Carrier, yield_now};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(yield_now)?;
    /// assert_eq!(handle.counters().switches(), 2); // at its start, and after the yield
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn switches(&self) -> u64 {
        self.switches.load(Ordering::Relaxed)
    }

    /// To a thread that has assumed the identity `id`.
    #[inline]
    pub(crate) fn count_switch(&self, id: u64) {
        self.switches.store(self.switches() + 1, Ordering::Relaxed);
        self.set_running(id);
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
        let release = step::COUNTERS_UNPARK_RELEASE.ordering(Ordering::Release);
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
