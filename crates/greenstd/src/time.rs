//! The clock.

#[cfg(not(any(green_loom, green_shuttle)))]
pub use real::{Instant, now};
#[cfg(any(green_loom, green_shuttle))]
pub use scripted::{Instant, advance, now};

#[cfg(not(any(green_loom, green_shuttle)))]
mod real {
    pub use std::time::Instant;

    /// Reads the monotonic clock (about 20 ns on Linux).
    #[inline]
    pub fn now() -> Instant {
        Instant::now()
    }
}

/// A clock that moves only when a modelled thread sleeps.
#[cfg(any(green_loom, green_shuttle))]
mod scripted {
    use std::ops::Add;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    static NOW_NS: AtomicU64 = AtomicU64::new(0);

    /// A moment of the scripted clock.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Instant(Duration);

    /// The moment that the last sleep has left.
    pub fn now() -> Instant {
        Instant(Duration::from_nanos(NOW_NS.load(Ordering::Relaxed)))
    }

    /// Moves the clock forward.
    pub fn advance(by: Duration) {
        let ns = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX / 4);
        NOW_NS.fetch_add(ns.min(u64::MAX / 4), Ordering::Relaxed);
    }

    impl Instant {
        /// The time since `earlier`, zero if that lies ahead.
        pub fn saturating_duration_since(&self, earlier: Instant) -> Duration {
            self.0.saturating_sub(earlier.0)
        }

        /// The moment `by` later, if it can be said.
        pub fn checked_add(&self, by: Duration) -> Option<Instant> {
            self.0.checked_add(by).map(Instant)
        }
    }

    impl Add<Duration> for Instant {
        type Output = Instant;
        fn add(self, by: Duration) -> Instant {
            Instant(self.0 + by)
        }
    }
}
