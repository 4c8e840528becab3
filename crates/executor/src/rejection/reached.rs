//! The rejection that goes by a number.

use super::{CheckAndReject, Load, Verdict};

/// Refuses a job when `backlog` jobs wait already for a worker slot. With 0 it accepts only what a free slot
/// can take at once. The limit is exact, however many threads submit at once.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, reject_when_reached, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder()
///     .max_workers(1)
///     .check_and_reject(reject_when_reached(0))
///     .build()?;
/// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?; // takes the only worker
/// let Err(refused) = pool.submit(|| "the work") else { unreachable!("no backlog is allowed") };
/// assert!(refused.is_rejected());
/// let job = refused.into_inner(); // it comes back unharmed
/// assert_eq!(job(), "the work");
/// busy.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "max_queue_size")]
#[doc(alias = "queue_capacity")]
pub fn reject_when_reached(backlog: usize) -> RejectWhenReached {
    RejectWhenReached { backlog }
}

/// A limit on the backlog; made by [`reject_when_reached`].
///
/// ```
/// use executor::{CheckAndReject, GreenThreadPoolExecutor, RejectWhenReached, reject_when_reached};
///
/// let limit: RejectWhenReached = reject_when_reached(1000);
/// assert_eq!(limit.max_backlog(), Some(1000));
/// let pool = GreenThreadPoolExecutor::builder().check_and_reject(limit).build()?;
/// assert_eq!(pool.submit(|| 1)?.result()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectWhenReached {
    backlog: usize,
}

impl CheckAndReject for RejectWhenReached {
    fn check(&self, _: &Load) -> Verdict {
        // The limit below decides.
        Verdict::Accept
    }

    fn max_backlog(&self) -> Option<usize> {
        Some(self.backlog)
    }
}
