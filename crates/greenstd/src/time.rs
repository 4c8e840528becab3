//! The clock, and the arithmetic of moments.
//!
//! A duration that a user gives may lead past what the clock can say. [`after`] is then `None`, which stands for
//! a wait without an end, as it does everywhere in our crates.

use std::time::Duration;

#[cfg(not(any(green_loom, green_shuttle)))]
pub use real::{Instant, now, wall};
#[cfg(any(green_loom, green_shuttle))]
pub use scripted::{Instant, advance, now, wall};
#[cfg(any(green_loom, green_shuttle))]
pub(crate) use scripted::{nanos, restart};

/// The moment `duration` from now. `None` if the clock does not reach so far: it never comes.
///
/// ```
/// use greenstd::time;
/// use std::time::Duration;
///
/// assert!(time::after(Duration::from_secs(1)) > Some(time::now()));
/// assert_eq!(time::after(Duration::MAX), None);
/// ```
#[inline]
pub fn after(duration: Duration) -> Option<Instant> {
    now().checked_add(duration)
}

/// How long it is until `moment`: zero if that has passed.
///
/// ```
/// use greenstd::time;
/// use std::time::Duration;
///
/// let now = time::now();
/// assert!(time::until(now + Duration::from_secs(60)) > Duration::ZERO);
/// assert_eq!(time::until(now), Duration::ZERO);
/// ```
#[inline]
pub fn until(moment: Instant) -> Duration {
    moment.saturating_duration_since(now())
}

/// How long ago `moment` was: zero if it is still to come.
///
/// ```
/// use greenstd::time;
/// use std::time::Duration;
///
/// let start = time::now();
/// assert!(time::since(start) < Duration::from_secs(3600));
/// assert_eq!(time::since(start + Duration::from_secs(3600)), Duration::ZERO);
/// ```
#[inline]
pub fn since(moment: Instant) -> Duration {
    now().saturating_duration_since(moment)
}

/// Whether `deadline` has passed; `None` never does, and costs no look at the clock.
///
/// ```
/// use greenstd::time;
///
/// assert!(time::has_passed(Some(time::now())));
/// assert!(!time::has_passed(None));
/// ```
#[inline]
pub fn has_passed(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| deadline <= now())
}

/// A reading of the [coarse](fn@coarse) clock; by default, its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Coarse(u64);

impl Coarse {
    /// The time from `earlier` to this reading; zero if it is the other way round.
    ///
    /// ```
    /// use greenstd::time;
    /// use std::time::Duration;
    ///
    /// let start = time::coarse();
    /// assert!(time::coarse().since(start) < Duration::from_secs(3600));
    /// ```
    #[must_use]
    pub fn since(self, earlier: Coarse) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Reads a monotonic clock that stands still for some milliseconds at a time, and takes about 5 ns to read.
///
/// ```
/// use greenstd::time;
///
/// let start = time::coarse();
/// assert!(time::coarse() >= start);
/// ```
#[inline]
pub fn coarse() -> Coarse {
    #[cfg(not(any(green_loom, green_shuttle)))]
    return Coarse(real::coarse());
    #[cfg(any(green_loom, green_shuttle))]
    return Coarse(nanos());
}

#[cfg(not(any(green_loom, green_shuttle)))]
mod real {
    pub use std::time::Instant;
    use std::time::{Duration, SystemTime};

    use rustix::time::{ClockId, clock_gettime};

    /// Reads the wall clock: how long the year 1970 has begun. It may be set at any time, forward and back.
    pub fn wall() -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }

    /// Nanoseconds since some moment before the process began.
    #[inline]
    pub(super) fn coarse() -> u64 {
        let now = clock_gettime(ClockId::MonotonicCoarse);
        // It begins at 0, and lasts for five hundred years.
        (now.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(now.tv_nsec as u64)
    }

    /// Reads the monotonic clock (about 20 ns on Linux).
    #[inline]
    pub fn now() -> Instant {
        Instant::now()
    }
}

/// A clock that moves only when a modelled thread sleeps.
#[cfg(any(green_loom, green_shuttle))]
mod scripted {
    use std::cell::Cell;
    use std::ops::Add;
    use std::time::Duration;

    // All threads of a model are one OS thread; models that run side by side must not share a
    // clock, or a schedule could not be run again.
    std::thread_local! {
        static NOW_NS: Cell<u64> = const { Cell::new(0) };
    }

    /// A moment of the scripted clock.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Instant(Duration);

    /// The moment that the last sleep has left.
    pub fn now() -> Instant {
        Instant(Duration::from_nanos(NOW_NS.get()))
    }

    /// The wall clock, which is never set.
    pub fn wall() -> Duration {
        Duration::from_nanos(NOW_NS.get())
    }

    /// Moves the clock forward.
    pub fn advance(by: Duration) {
        let ns = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX / 4);
        NOW_NS.set(NOW_NS.get().saturating_add(ns.min(u64::MAX / 4)));
    }

    /// The time in nanoseconds.
    pub(crate) fn nanos() -> u64 {
        NOW_NS.get()
    }

    /// Begins anew, for the next run of a model.
    pub(crate) fn restart() {
        NOW_NS.set(0);
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
