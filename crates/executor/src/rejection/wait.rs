//! The rejection that goes by time.

use std::time::Duration;

use super::{CheckAndReject, Load, Verdict};

/// So much of the worker slots may wait beside them in any case, while the estimate may be stale.
const FLOOR: u64 = 10;

/// Refuses a job that would wait longer than `target` for its start.
///
/// How long that is follows from how many jobs wait and how fast they have lately started. So it needs no knowledge
/// of how long jobs take, and it adapts when that changes. Take half of the time that callers are willing to wait.
/// A low job is refused at half the target. See the [guide](crate::guides::overload).
///
/// It never refuses what a free worker slot can take, unless jobs have waited throughout the last moments. So an
/// executor that was idle accepts at least `max_workers` jobs, whatever it did before. Until something is known, it
/// accepts everything. It knows memory no limit: add one by [`and`](CheckAndReject::and).
///
/// [`SubmitError::retry_after`](crate::SubmitError::retry_after) says when a refused job may be accepted.
///
/// ```
/// use executor::{CheckAndReject, GreenThreadPoolExecutor, reject_when_reached, reject_when_wait_exceeds};
/// use std::time::Duration;
///
/// let in_time = reject_when_wait_exceeds(Duration::from_millis(250));
/// let pool = GreenThreadPoolExecutor::builder()
///     .max_workers(100)
///     .check_and_reject(in_time.and(reject_when_reached(50_000))) // the latter by memory
///     .build()?;
/// assert_eq!(pool.submit(|| 42)?.result()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "load shedding")]
#[doc(alias = "CoDel")]
pub fn reject_when_wait_exceeds(target: Duration) -> RejectWhenWaitExceeds {
    RejectWhenWaitExceeds { target }
}

/// A limit on the wait in the backlog; made by [`reject_when_wait_exceeds`].
///
/// ```
/// use executor::{GreenThreadPoolExecutor, RejectWhenWaitExceeds, reject_when_wait_exceeds};
/// use std::time::Duration;
///
/// let limit: RejectWhenWaitExceeds = reject_when_wait_exceeds(Duration::from_millis(250));
/// assert_eq!(limit.target(), Duration::from_millis(250));
/// let pool = GreenThreadPoolExecutor::builder().check_and_reject(limit).build()?;
/// assert_eq!(pool.submit(|| 1)?.result()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectWhenWaitExceeds {
    target: Duration,
}

impl RejectWhenWaitExceeds {
    /// How long a job may wait.
    ///
    /// ```
    /// use executor::reject_when_wait_exceeds;
    /// use std::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// assert_eq!(reject_when_wait_exceeds(second).target(), second);
    /// ```
    pub fn target(&self) -> Duration {
        self.target
    }

    fn target_of(&self, load: &Load) -> Duration {
        if load.low { self.target / 2 } else { self.target }
    }
}

impl CheckAndReject for RejectWhenWaitExceeds {
    fn check(&self, load: &Load) -> Verdict {
        let slots = load.max_workers as u64;
        let floor = if load.low { 0 } else { slots / FLOOR };
        // After a lull, the estimate may tell of another time.
        if !load.saturated && load.queued + load.running < slots.saturating_add(floor) {
            return Verdict::Accept;
        }
        match load.expected_wait {
            Some(wait) if wait > self.target_of(load) => Verdict::Reject,
            _ => Verdict::Accept,
        }
    }

    fn retry_after(&self, load: &Load) -> Option<Duration> {
        Some(load.expected_wait?.saturating_sub(self.target_of(load)))
    }
}
