//! Due times by a pattern of wall time, in a time zone.
//!
//! | file | holds |
//! | --- | --- |
//! | `pattern.rs` | reading a pattern, and which times of which days match it |
//! | `next.rs` | the next moment at which it is due, across changes of the clock |

mod next;
mod pattern;
#[cfg(all(test, not(any(green_loom, green_shuttle))))]
#[allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::error::ScheduleError;
use super::rule::Nanos;

pub use pattern::PatternError;

/// A pattern in a time zone.
#[derive(Debug, Clone)]
pub(super) struct Cron {
    pattern: pattern::Pattern,
    zone: TimeZone,
}

impl Cron {
    pub(super) fn new(pattern: &str, zone: &str) -> Result<Self, ScheduleError> {
        let pattern = pattern::Pattern::parse(pattern).map_err(ScheduleError::Pattern)?;
        let zone = TimeZone::get(zone).map_err(|_| ScheduleError::Zone(zone.into()))?;
        Ok(Cron { pattern, zone })
    }

    /// The first due time that is later than `before`, in nanoseconds since 1970.
    pub(super) fn after(&self, before: Nanos) -> Option<Nanos> {
        let before = Timestamp::from_nanosecond(before.into()).ok()?;
        let due = next::after(&self.pattern, &self.zone, before)?;
        Nanos::try_from(due.as_nanosecond()).ok()
    }
}
