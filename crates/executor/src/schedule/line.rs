//! On which clock a schedule goes.

use std::time::{Duration, SystemTime};

use greenstd::time::{self, Instant};

use super::course::nanos;
use super::delay::Moment;
use super::rule::Nanos;

/// The wall clock can be set at any time. So a schedule that goes by it looks again after at most so long.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// A clock, as nanoseconds since its beginning.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line {
    /// From this moment on; it is never set.
    Monotonic(Instant),
    /// From the beginning of 1970 on.
    Wall,
}

impl Line {
    pub(super) fn now(self) -> Nanos {
        match self {
            Line::Monotonic(start) => nanos(time::since(start)),
            Line::Wall => nanos(time::wall()),
        }
    }

    /// When to look, for what happens at `at`.
    pub(super) fn look_at(self, at: Option<Nanos>) -> Moment {
        let Some(at) = at else { return Moment::Never };
        Moment::of(match self {
            Line::Monotonic(start) => start.checked_add(Duration::from_nanos(at)),
            Line::Wall => {
                let wait = Duration::from_nanos(at.saturating_sub(self.now()));
                time::after(wait.min(LOOK_AGAIN))
            }
        })
    }

    /// How long ago `at` was.
    pub(super) fn since(self, at: Nanos) -> Duration {
        Duration::from_nanos(self.now().saturating_sub(at))
    }

    /// What the wall clock said at `at`, which has passed.
    pub(super) fn wall_time(self, at: Nanos) -> SystemTime {
        let since_1970 = match self {
            Line::Wall => Duration::from_nanos(at),
            Line::Monotonic(_) => time::wall().saturating_sub(self.since(at)),
        };
        SystemTime::UNIX_EPOCH + since_1970
    }
}
