//! What those need that look into a running executor, such as the crate `inspect`.

use std::panic::Location;

use crate::executor::ExecutorHandle;
use crate::pool::Queued;

/// A job that waits in the backlog; see [`ExecutorHandle::first_queued`].
///
/// ```
/// use executor::{GreenThreadPoolExecutor, QueuedJob, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
/// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// let next = pool.job().name("resize").submit(|| 1)?;
/// let first: Vec<QueuedJob> = pool.first_queued(8);
/// assert!(first.iter().any(|job| job.name.as_deref() == Some("resize")));
/// busy.cancel();
/// # drop(next);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueuedJob {
    /// Its number, as [`TaskHandle::id`](crate::TaskHandle::id) gives it.
    pub id: u64,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Where it was submitted.
    pub submitted_at: &'static Location<'static>,
}

/// What may become of the jobs in a backlog, at one moment; see [`ExecutorHandle::outlook`].
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Outlook};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let Outlook { may_start, may_expire, asks_a_hook, .. } = pool.outlook();
/// assert_eq!((may_start, may_expire, asks_a_hook), (true, false, false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outlook {
    /// Grows with each job that is accepted, starts or ends. If it is the same twice, nothing has happened in between.
    pub turnover: u64,
    /// Whether another worker may start: fewer are at work than may be, or all of them wait for jobs of this executor. It
    /// is also said when all wait for this executor in some way: then one of them may be told that it waits in vain.
    pub may_start: bool,
    /// Whether a job in the backlog may expire.
    pub may_expire: bool,
    /// Whether admission asks a hook that decides by more than the number of jobs.
    pub asks_a_hook: bool,
}

impl ExecutorHandle {
    /// Whether jobs that wait in the backlog can start, or leave it otherwise. For those that look for deadlocks.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
    /// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// while !busy.is_running() {
    ///     std::thread::yield_now();
    /// }
    /// assert!(!pool.outlook().may_start);
    /// busy.cancel();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outlook(&self) -> Outlook {
        let (pool, queue) = (self.pool(), self.pool().queue());
        Outlook {
            turnover: queue.turnover(),
            may_start: queue.may_worker_start() || queue.all_workers_waiting(),
            may_expire: pool.timekeeper().is_any_limited(),
            asks_a_hook: pool.settings().rejection.as_ref().is_some_and(|hook| hook.checks()),
        }
    }

    /// Some jobs that wait in the backlog, `at_most` so many: those that start next, as a rule.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert!(pool.first_queued(10).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn first_queued(&self, at_most: usize) -> Vec<QueuedJob> {
        self.pool().queue().look_at_first(at_most, |Queued(job)| {
            let core = job.core();
            let name = core.name().map(str::to_owned);
            QueuedJob { id: core.id(), name, submitted_at: core.site() }
        })
    }

    /// Whether all its carriers have ended, so that nobody can run a job or answer a question any more.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert!(!pool.has_ended());
    /// pool.shutdown(Shutdown::wait())?;
    /// assert!(pool.has_ended());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn has_ended(&self) -> bool {
        self.pool().terminated().is_open()
    }

    /// What tells the executor from all others of the process.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let (one, other) =
    ///     (GreenThreadPoolExecutor::builder().build()?, GreenThreadPoolExecutor::builder().build()?);
    /// assert_ne!(one.number(), other.number());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn number(&self) -> u64 {
        self.pool().id()
    }
}
