//! Two rejections in one.

use std::time::Duration;

use super::{Batch, CheckAndReject, Load, Verdict};

/// Accepts what two rejections accept; made by [`CheckAndReject::and`].
///
/// ```
/// use executor::rejection::And;
/// use executor::{
///     CheckAndReject, GreenThreadPoolExecutor, RejectWhenReached, RejectWhenWaitExceeds,
///     reject_when_reached, reject_when_wait_exceeds,
/// };
/// use std::time::Duration;
///
/// type ByTimeAndMemory = And<RejectWhenWaitExceeds, RejectWhenReached>;
///
/// let by_time = reject_when_wait_exceeds(Duration::from_millis(250));
/// let both: ByTimeAndMemory = by_time.and(reject_when_reached(50_000));
/// assert_eq!(both.max_backlog(), Some(50_000));
/// let pool = GreenThreadPoolExecutor::builder().check_and_reject(both).build()?;
/// assert_eq!(pool.submit(|| 1)?.result()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct And<A, B> {
    first: A,
    second: B,
}

impl<A, B> And<A, B> {
    pub(super) fn new(first: A, second: B) -> Self {
        And { first, second }
    }
}

impl<A: CheckAndReject, B: CheckAndReject> CheckAndReject for And<A, B> {
    fn check(&self, load: &Load) -> Verdict {
        let asked =
            |hook: &dyn CheckAndReject| hook.checks() && hook.check(load) == Verdict::Reject;
        match asked(&self.first) || asked(&self.second) {
            true => Verdict::Reject,
            false => Verdict::Accept,
        }
    }

    fn checks(&self) -> bool {
        self.first.checks() || self.second.checks()
    }

    fn max_backlog(&self) -> Option<usize> {
        let limits = [self.first.max_backlog(), self.second.max_backlog()];
        limits.into_iter().flatten().min()
    }

    fn retry_after(&self, load: &Load) -> Option<Duration> {
        self.first.retry_after(load).max(self.second.retry_after(load))
    }

    fn started(&self, waits: &Batch) {
        self.first.started(waits);
        self.second.started(waits);
    }

    fn ended(&self, runs: &Batch) {
        self.first.ended(runs);
        self.second.ended(runs);
    }
}
