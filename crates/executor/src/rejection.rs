//! Refusing work under overload.
//!
//! An executor without a rejection accepts everything, and its backlog grows as memory allows. With
//! [`reject_when_reached`] it refuses what would wait behind too much else; with a closure, whatever
//! the closure decides from the present [`Load`].

use std::fmt;

/// What the executor is doing at the moment of a submission.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Load, Verdict};
///
/// // Refuse when twice as many jobs wait as may run.
/// let twice = |load: &Load| match load.queued < 2 * load.max_workers as u64 {
///     true => Verdict::Accept,
///     false => Verdict::Reject,
/// };
/// let pool = GreenThreadPoolExecutor::builder().check_and_reject(twice).build()?;
/// assert_eq!(pool.submit(|| 1)?.result()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Jobs that wait to start.
    pub queued: u64,
    /// Jobs that have started and not ended.
    pub running: u64,
    /// How many may run at once.
    pub max_workers: usize,
}

/// What a rejection decides.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Load, Verdict};
///
/// let nothing = |_: &Load| Verdict::Reject;
/// let pool = GreenThreadPoolExecutor::builder().check_and_reject(nothing).build()?;
/// assert!(pool.submit(|| 1).is_err_and(|refused| refused.is_rejected()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Accept the job.
    Accept,
    /// Refuse it: the submitter gets it back.
    Reject,
}

/// Decides which submissions an executor accepts.
///
/// Closures implement it. They see a snapshot, which may be out of date when the job is accepted. No lock is
/// held meanwhile, so they may take their time, and may submit jobs themselves. A closure that panics refuses.
///
/// For a limit that is exact take [`reject_when_reached`].
///
/// ```
/// use executor::{CheckAndReject, GreenThreadPoolExecutor, Load, Verdict};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
///
/// /// Lets nothing in while the service is paused.
/// struct Gate {
///     is_paused: Arc<AtomicBool>,
/// }
///
/// impl CheckAndReject for Gate {
///     fn check(&self, _: &Load) -> Verdict {
///         if self.is_paused.load(Relaxed) { Verdict::Reject } else { Verdict::Accept }
///     }
/// }
///
/// let is_paused = Arc::new(AtomicBool::new(false));
/// let gate = Gate { is_paused: is_paused.clone() };
/// let pool = GreenThreadPoolExecutor::builder().check_and_reject(gate).build()?;
/// assert_eq!(pool.submit(|| 1)?.result()?, 1);
/// is_paused.store(true, Relaxed);
/// assert!(pool.submit(|| 2).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait CheckAndReject: Send + Sync + 'static {
    /// Decides about one submission.
    fn check(&self, load: &Load) -> Verdict;

    /// How long the backlog may be when every worker slot is taken; `None` if that is not what this
    /// decides by. This limit is kept exactly, however many threads submit at once.
    ///
    /// It is asked when the executor is built, and when the maximum of workers is changed.
    fn max_backlog(&self) -> Option<usize> {
        None
    }
}

impl<F: Fn(&Load) -> Verdict + Send + Sync + 'static> CheckAndReject for F {
    fn check(&self, load: &Load) -> Verdict {
        self(load)
    }
}

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

impl fmt::Debug for dyn CheckAndReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckAndReject").field("max_backlog", &self.max_backlog()).finish()
    }
}
