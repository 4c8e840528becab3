//! Which jobs are timed, and by which clock.
//!
//! A job is timed or not from its submission on: one that is not has no reading of when it was accepted. The choice
//! goes by its number, and takes three instructions. The numbers are spread by the golden ratio, so that jobs which are
//! submitted in turn, of two kinds, say, are timed alike.

use greenstd::ticks::{TickClock, Ticks};

/// 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// All numbers are below this, once they are spread and cut.
const ALL: u64 = 1 << 32;

pub(crate) struct Timing {
    clock: TickClock,
    /// Whether the clock is the processor's time stamp, which is read in place.
    is_time_stamp: bool,
    /// The jobs whose spread numbers are below this are timed.
    share: u64,
    /// Whether all jobs are timed, and by the time stamp: what most executors do, told by one look.
    stamps_all: bool,
}

impl Timing {
    /// Times about one job in `n`; none if `n` is 0.
    pub(crate) fn one_in(n: u32) -> Self {
        let share = if n == 0 { 0 } else { ALL.div_ceil(u64::from(n)) };
        let clock = TickClock::new();
        let is_time_stamp = clock.counts_by(greenctx::time_stamp);
        Timing { is_time_stamp, clock, share, stamps_all: is_time_stamp && share == ALL }
    }

    /// When the job of that number was accepted: now. 0 if it is not timed.
    #[inline]
    pub(crate) fn accepted(&self, id: u64) -> Ticks {
        if self.stamps_all {
            return Ticks::counted(greenctx::time_stamp());
        }
        let is_timed = id.wrapping_mul(SPREAD) >> 32 < self.share;
        if is_timed { self.now() } else { Ticks::default() }
    }

    #[inline(always)]
    pub(crate) fn now(&self) -> Ticks {
        if self.is_time_stamp {
            return Ticks::counted(greenctx::time_stamp());
        }
        self.clock.read()
    }

    #[inline]
    pub(crate) fn nanos_between(&self, earlier: Ticks, later: Ticks) -> u64 {
        self.clock.nanos_between(earlier, later)
    }
}
