//! A clock for measuring, twice as cheap to read as [`time::now`](crate::time::now).
//!
//! It counts the processor's time-stamp counter where that is steady (else whatever the system has),
//! by the crate `quanta`. Differences of two readings are what it is for.

use std::fmt;

use crate::atomic::unwatched::Counter;

/// A reading of a [`TickClock`]; by default, none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticks(u64);

/// A reading that may be written again by whoever shares it. It orders nothing: whoever reads it has heard of it
/// otherwise.
#[derive(Debug, Default)]
pub struct SharedTicks(Counter);

impl Ticks {
    /// The reading of a clock that [counts by](TickClock::counts_by) this counter.
    ///
    /// ```
    /// use greenstd::ticks::Ticks;
    ///
    /// assert_eq!(Ticks::counted(0), Ticks::default());
    /// ```
    #[inline(always)]
    pub const fn counted(count: u64) -> Self {
        Ticks(count)
    }
}

impl SharedTicks {
    /// Starts with this reading.
    #[inline]
    pub const fn new(ticks: Ticks) -> Self {
        SharedTicks(Counter::new(ticks.0))
    }

    /// The present reading.
    #[inline]
    pub fn get(&self) -> Ticks {
        Ticks(self.0.get())
    }

    /// Replaces the reading.
    #[inline]
    pub fn set(&self, ticks: Ticks) {
        self.0.set(ticks.0);
    }
}

/// Reads ticks, and knows how long they are.
///
/// Making the first one of a process keeps the processor busy. The counter is compared with the
/// system's clock until the two agree to 10 ns. That takes about half a millisecond where the counter is fine (a
/// steady time-stamp counter of x86-64). It takes up to 200 ms where it is coarser than that, as on many an
/// aarch64. After 200 ms it is content with what it has.
#[derive(Clone)]
pub struct TickClock {
    #[cfg(not(any(green_loom, green_shuttle)))]
    inner: quanta::Clock,
    /// How many nanoseconds [`SCALED`] ticks are.
    #[cfg(not(any(green_loom, green_shuttle)))]
    nanos: u64,
}

/// So many ticks are measured by whole nanoseconds; their length is exact to one in a thousand millions.
#[cfg(not(any(green_loom, green_shuttle)))]
const SCALED: u64 = 1 << 32;

#[cfg(not(any(green_loom, green_shuttle)))]
impl TickClock {
    /// A clock; all clocks of a process tick alike.
    pub fn new() -> Self {
        // Each time, `quanta` would ask the processor what it can do. In a virtual machine that leaves the machine, and
        // takes tens of microseconds.
        static FIRST: std::sync::OnceLock<TickClock> = std::sync::OnceLock::new();
        let first = FIRST.get_or_init(|| {
            let inner = quanta::Clock::new();
            let nanos = inner.delta_as_nanos(0, SCALED);
            TickClock { inner, nanos }
        });
        first.clone()
    }

    /// Reads the clock (about 10 ns).
    #[inline]
    pub fn read(&self) -> Ticks {
        Ticks(self.inner.raw())
    }

    /// Whether a reading of this clock is one of `counter`: each lies between two of those.
    ///
    /// ```
    /// use greenstd::ticks::TickClock;
    ///
    /// assert!(!TickClock::new().counts_by(|| 0));
    /// ```
    pub fn counts_by(&self, counter: impl Fn() -> u64) -> bool {
        // Another clock might be between the two by chance, but not again and again.
        (0..4).all(|_| {
            let before = counter();
            let Ticks(now) = self.read();
            before <= now && now <= counter() && before > 0
        })
    }

    /// The nanoseconds between two readings; 0 if they are the wrong way round, as readings of two
    /// processors may be by a few.
    #[inline]
    pub fn nanos_between(&self, earlier: Ticks, later: Ticks) -> u64 {
        let ticks = later.0.saturating_sub(earlier.0);
        // It fits: if 2^32 ticks last less than 2^32 nanoseconds, the quotient is below the ticks. And a clock that
        // ticks more slowly than once a nanosecond has not ticked for centuries.
        (u128::from(ticks) * u128::from(self.nanos) / u128::from(SCALED)) as u64
    }
}

/// In a model, ticks are the nanoseconds of the scripted clock.
#[cfg(any(green_loom, green_shuttle))]
impl TickClock {
    /// A clock.
    pub fn new() -> Self {
        TickClock {}
    }

    /// Reads the scripted clock.
    pub fn read(&self) -> Ticks {
        // The scripted clock begins at 0, which means that it was not read.
        Ticks(crate::time::nanos() + 1)
    }

    /// The scripted clock goes by no counter.
    pub fn counts_by(&self, _: impl Fn() -> u64) -> bool {
        false
    }

    /// The nanoseconds between two readings.
    pub fn nanos_between(&self, earlier: Ticks, later: Ticks) -> u64 {
        later.0.saturating_sub(earlier.0)
    }
}

impl Default for TickClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TickClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TickClock")
    }
}
