//! Refusing work under overload.
//!
//! An executor without a rejection accepts everything, and its backlog grows as memory allows.
//!
//! | to refuse | take |
//! | --- | --- |
//! | what would wait too long, the usual wish | [`reject_when_wait_exceeds`] |
//! | what would wait behind too many others, as memory demands | [`reject_when_reached`] |
//! | by both | [`CheckAndReject::and`] |
//! | what was accepted and has waited too long | [`Codel`], for [`Builder::shed_when_late`](crate::Builder::shed_when_late) |
//! | by a rule of your own | a closure that sees the present [`Load`] |
//!
//! The guide to [overload](crate::guides::overload) compares them.

mod and;
mod reached;
mod wait;

use std::fmt;
use std::time::Duration;

pub use crate::admission::shed::Codel;
pub use and::And;
pub use reached::{RejectWhenReached, reject_when_reached};
pub use wait::{RejectWhenWaitExceeds, reject_when_wait_exceeds};

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
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Load {
    /// Jobs that wait to start.
    pub queued: u64,
    /// Jobs that have started and not ended.
    pub running: u64,
    /// How many may run at once.
    pub max_workers: usize,
    /// Whether the job that asks is [low](crate::JobBuilder::low).
    pub low: bool,
    /// How long a job would wait that is accepted now: `queued / starts_per_second`. `None` as long as no jobs have
    /// waited yet.
    pub expected_wait: Option<Duration>,
    /// How long the oldest waiting job had waited at the last look; 0 if none waits. The looks come every 10 ms, as
    /// long as jobs start. It is known only for jobs that are timed; see [`Builder::time_one_in`](crate::Builder::time_one_in).
    pub oldest_wait: Duration,
    /// How many jobs a second have lately started, at the times when jobs waited. It rests on about the last 50 jobs.
    /// 0 as long as it is not known.
    pub starts_per_second: f64,
    /// Whether jobs have waited throughout the last look and since. Then the two above are fresh. After a lull they
    /// may tell of another time.
    pub saturated: bool,
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
/// For a limit on the wait take [`reject_when_wait_exceeds`], for an exact limit on the number
/// [`reject_when_reached`], and for both [`and`](Self::and).
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

    /// Whether [`check`](Self::check) is asked at all. By default it is, unless there is a
    /// [`max_backlog`](Self::max_backlog). It is asked when the executor is built.
    ///
    /// ```
    /// use executor::{CheckAndReject, Load, Verdict, reject_when_reached};
    ///
    /// assert!((|_: &Load| Verdict::Accept).checks());
    /// assert!(!reject_when_reached(100).checks()); // its limit is all
    /// ```
    fn checks(&self) -> bool {
        self.max_backlog().is_none()
    }

    /// How long the backlog may be when every worker slot is taken; `None` if that is not what this
    /// decides by. This limit is kept exactly, however many threads submit at once.
    ///
    /// A [low](crate::JobBuilder::low) job is refused at half of it, as exactly.
    ///
    /// It is asked when the executor is built, and when the maximum of workers is changed.
    ///
    /// ```
    /// use executor::{CheckAndReject, reject_when_reached};
    ///
    /// assert_eq!(reject_when_reached(100).max_backlog(), Some(100));
    /// ```
    fn max_backlog(&self) -> Option<usize> {
        None
    }

    /// How long it will be until a job may be accepted that was refused under this load, as far as this is known.
    /// [`SubmitError::retry_after`](crate::SubmitError::retry_after) tells it to the submitter. By default nothing is
    /// known.
    ///
    /// ```
    /// use executor::{CheckAndReject, GreenThreadPoolExecutor, Load, Verdict};
    /// use std::time::Duration;
    ///
    /// /// Is open for the first half of each minute, say.
    /// struct Closed;
    ///
    /// impl CheckAndReject for Closed {
    ///     fn check(&self, _: &Load) -> Verdict {
    ///         Verdict::Reject
    ///     }
    ///
    ///     fn retry_after(&self, _: &Load) -> Option<Duration> {
    ///         Some(Duration::from_secs(30))
    ///     }
    /// }
    ///
    /// let pool = GreenThreadPoolExecutor::builder().check_and_reject(Closed).build()?;
    /// let Err(refused) = pool.submit(|| 1) else { unreachable!("it refuses everything") };
    /// assert_eq!(refused.retry_after(), Some(Duration::from_secs(30)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn retry_after(&self, load: &Load) -> Option<Duration> {
        let _ = load;
        None
    }

    /// Hears of jobs that have started, and how long they had waited: for rules that learn. By default it does
    /// nothing.
    ///
    /// It is called for many jobs at once: when 64 have gathered on a carrier, or 10 ms have passed, or the carrier's
    /// worker finds no job. It runs on that worker, between two jobs, with no lock held. A panic in it has no effect.
    /// It hears only of jobs that are timed (see [`Builder::time_one_in`](crate::Builder::time_one_in)), and nothing at
    /// all if [`checks`](Self::checks) says no.
    ///
    /// ```
    /// use executor::rejection::Batch;
    /// use executor::{CheckAndReject, GreenThreadPoolExecutor, Load, Shutdown, Verdict};
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    ///
    /// /// Counts what it hears of.
    /// #[derive(Clone, Default)]
    /// struct Heard {
    ///     started: Arc<AtomicU64>,
    ///     ended: Arc<AtomicU64>,
    /// }
    ///
    /// impl CheckAndReject for Heard {
    ///     fn check(&self, _: &Load) -> Verdict {
    ///         Verdict::Accept
    ///     }
    ///
    ///     fn started(&self, waits: &Batch) {
    ///         self.started.fetch_add(waits.jobs, Relaxed);
    ///     }
    ///
    ///     fn ended(&self, runs: &Batch) {
    ///         self.ended.fetch_add(runs.jobs, Relaxed);
    ///     }
    /// }
    ///
    /// let heard = Heard::default();
    /// let pool = GreenThreadPoolExecutor::builder().check_and_reject(heard.clone()).build()?;
    /// for number in pool.map(0..1000, |n| n)? {
    ///     number?;
    /// }
    /// pool.shutdown(Shutdown::wait())?;
    /// assert_eq!((heard.started.load(Relaxed), heard.ended.load(Relaxed)), (1000, 1000));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn started(&self, waits: &Batch) {
        let _ = waits;
    }

    /// Hears of jobs that have ended, and how long they have run. As [`started`](Self::started), which has an example.
    fn ended(&self, runs: &Batch) {
        let _ = runs;
    }

    /// This and another one: a job must be accepted by both. The limit on the backlog is the lower one, and as exact.
    ///
    /// ```
    /// use executor::{CheckAndReject, GreenThreadPoolExecutor, reject_when_reached, reject_when_wait_exceeds};
    /// use std::time::Duration;
    ///
    /// let in_time = reject_when_wait_exceeds(Duration::from_millis(250));
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .check_and_reject(in_time.and(reject_when_reached(50_000)))
    ///     .build()?;
    /// assert_eq!(pool.submit(|| 42)?.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn and<B: CheckAndReject>(self, other: B) -> And<Self, B>
    where
        Self: Sized,
    {
        And::new(self, other)
    }
}

/// Some jobs, and how long something took them: a wait, or a run.
///
/// A [`CheckAndReject`] hears of jobs in batches; see [`started`](CheckAndReject::started).
///
/// ```
/// use executor::rejection::Batch;
/// use std::time::Duration;
///
/// fn mean(batch: &Batch) -> Duration {
///     batch.total.div_f64(batch.jobs.max(1) as f64)
/// }
///
/// assert_eq!(mean(&Batch::default()), Duration::ZERO);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Batch {
    /// How many jobs these are.
    pub jobs: u64,
    /// How long it took all of them together.
    pub total: Duration,
    /// How long it took the one that took longest.
    pub longest: Duration,
}

impl<F: Fn(&Load) -> Verdict + Send + Sync + 'static> CheckAndReject for F {
    fn check(&self, load: &Load) -> Verdict {
        self(load)
    }
}

impl fmt::Debug for dyn CheckAndReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckAndReject").field("max_backlog", &self.max_backlog()).finish()
    }
}
