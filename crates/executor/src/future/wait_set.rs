//! Waiting for several tasks.

use std::collections::HashSet;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

use greenctx::Waiting;
use greenstd::time::{self, Instant};

use crate::carrier;
use crate::error::WaitError;
use crate::future::GreenFuture;
use crate::future::as_completed::AsCompleted;
use crate::future::shared_future::SharedFuture;
use crate::future::task_handle::TaskHandle;
use crate::task::Job;
use crate::waiting::wait;
use crate::waiting::waiter::Waiter;

/// What can stand in a wait set: a future or a handle, owned or by reference. A set may hold those of
/// several executors.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Waitable, wait_for_all};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let jobs = [pool.submit(|| 1)?, pool.submit(|| 2)?];
/// wait_for_all(&jobs)?; // by reference: the futures stay here
/// let mut sum = 0;
/// for job in jobs {
///     assert_eq!(job.task(), job.handle());
///     sum += job.result()?;
/// }
/// assert_eq!(sum, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Waitable {
    /// The task to wait for.
    fn task(&self) -> TaskHandle;
}

/// A wait set after the wait, in the order in which it was given, each task once.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, sleep, wait_for_any};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let jobs = [pool.try_submit(|| sleep(Duration::from_secs(60)))?, pool.try_submit(|| Ok(()))?];
/// let set = wait_for_any(jobs)?;
/// for job in set.done {
///     job.result()?;
/// }
/// for job in set.not_done {
///     job.cancel(); // too late
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DoneAndNotDone<W> {
    /// Those whose tasks have ended, in whatever way.
    pub done: Vec<W>,
    /// The others.
    pub not_done: Vec<W>,
}

/// Waits until at least one of the tasks has ended. It does not wait for an empty set.
///
/// To go on with the others after the first one, take [`as_completed`](crate::as_completed()): that costs less
/// than this in a loop.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, sleep, wait_for_any};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// let quick = pool.try_submit(|| Ok(()))?;
/// let set = wait_for_any([&slow, &quick])?;
/// assert_eq!((set.done.len(), set.not_done.len()), (1, 1));
/// assert!(quick.is_done());
/// slow.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WaitError::Interrupted`] if the waiting green thread is cancelled, [`WaitError::Forked`] in a fork. The
/// end of a time limit is no error.
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread.
#[doc(alias = "select")]
#[doc(alias = "race")]
#[doc(alias = "first_completed")]
#[doc(alias = "FIRST_COMPLETED")]
#[track_caller]
pub fn wait_for_any<W: Waitable>(
    tasks: impl IntoIterator<Item = W>,
) -> Result<DoneAndNotDone<W>, WaitError> {
    WaitSet::new(tasks).wait_for_any(None)
}

/// As [`wait_for_any`], for at most `timeout`.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, sleep, wait_for_any_timeout};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// let set = wait_for_any_timeout([&slow], Duration::from_millis(1))?;
/// assert_eq!((set.done.len(), set.not_done.len()), (0, 1));
/// slow.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`wait_for_any`].
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread.
#[track_caller]
pub fn wait_for_any_timeout<W: Waitable>(
    tasks: impl IntoIterator<Item = W>,
    timeout: Duration,
) -> Result<DoneAndNotDone<W>, WaitError> {
    WaitSet::new(tasks).wait_for_any(time::after(timeout))
}

/// Waits until all of the tasks have ended.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, wait_for_all};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let jobs = (1..=3).map(|n| pool.submit(move || n * n)).collect::<Result<Vec<_>, _>>()?;
/// let set = wait_for_all(jobs)?;
/// assert!(set.not_done.is_empty());
/// let squares = set.done.into_iter().map(|job| job.result()).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(squares, [1, 4, 9]); // in the order in which they were given
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`wait_for_any`].
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread. On a worker of the tasks' executor, those that have not
/// started are run on the spot; see [`TaskHandle::wait`].
#[doc(alias = "join_all")]
#[doc(alias = "ALL_COMPLETED")]
#[track_caller]
pub fn wait_for_all<W: Waitable>(
    tasks: impl IntoIterator<Item = W>,
) -> Result<DoneAndNotDone<W>, WaitError> {
    WaitSet::new(tasks).wait_for_all(None)
}

/// As [`wait_for_all`], for at most `timeout`. Then both parts of the set may have some.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, sleep, wait_for_all_timeout};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// let quick = pool.try_submit(|| Ok(()))?;
/// quick.wait()?;
/// let set = wait_for_all_timeout([&slow, &quick], Duration::from_millis(1))?;
/// assert_eq!((set.done.len(), set.not_done.len()), (1, 1));
/// slow.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`wait_for_any`].
///
/// # Blocking
/// As [`wait_for_all`], but a time limit keeps the caller from running a task on its own stack.
#[track_caller]
pub fn wait_for_all_timeout<W: Waitable>(
    tasks: impl IntoIterator<Item = W>,
    timeout: Duration,
) -> Result<DoneAndNotDone<W>, WaitError> {
    WaitSet::new(tasks).wait_for_all(time::after(timeout))
}

/// Waits until one of the tasks has failed (by an error, a panic, or being abandoned), or all have
/// ended. A cancelled task has ended, and not failed.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, wait_for_first_failure};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let jobs = [
///     pool.try_submit(|| "42".parse::<u32>())?,
///     pool.try_submit(|| "x".parse::<u32>())?,
/// ];
/// let set = wait_for_first_failure(jobs)?;
/// assert!(set.done.iter().any(|job| job.handle().is_failed()));
/// for job in set.not_done {
///     job.cancel(); // of no use without the one that failed
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`wait_for_any`].
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread.
#[doc(alias = "try_join_all")]
#[doc(alias = "FIRST_EXCEPTION")]
#[track_caller]
pub fn wait_for_first_failure<W: Waitable>(
    tasks: impl IntoIterator<Item = W>,
) -> Result<DoneAndNotDone<W>, WaitError> {
    WaitSet::new(tasks).wait_for_first_failure(None)
}

/// As [`wait_for_first_failure`], for at most `timeout`.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, wait_for_first_failure_timeout};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let jobs = [pool.try_submit(|| "x".parse::<u32>())?];
/// let set = wait_for_first_failure_timeout(jobs, Duration::from_secs(10))?;
/// assert!(set.done.iter().any(|job| job.handle().is_failed()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`wait_for_any`].
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread.
#[track_caller]
pub fn wait_for_first_failure_timeout<W: Waitable>(
    tasks: impl IntoIterator<Item = W>,
    timeout: Duration,
) -> Result<DoneAndNotDone<W>, WaitError> {
    WaitSet::new(tasks).wait_for_first_failure(time::after(timeout))
}

/// The given tasks and what they were given as, without duplicates.
struct WaitSet<W> {
    given: Vec<W>,
    jobs: Vec<Job>,
}

impl<W: Waitable> WaitSet<W> {
    fn new(tasks: impl IntoIterator<Item = W>) -> Self {
        let mut seen = HashSet::new();
        let mut set = WaitSet { given: Vec::new(), jobs: Vec::new() };
        for waitable in tasks {
            let handle = waitable.task();
            if seen.insert(handle.clone()) {
                set.jobs.push(handle.job().clone());
                set.given.push(waitable);
            }
        }
        set
    }

    #[track_caller]
    fn wait_for_any(self, until: Option<Instant>) -> Result<DoneAndNotDone<W>, WaitError> {
        self.wait(until, |jobs| jobs.is_empty() || jobs.iter().any(is_ended))?;
        Ok(self.split())
    }

    #[track_caller]
    fn wait_for_all(self, until: Option<Instant>) -> Result<DoneAndNotDone<W>, WaitError> {
        // First those of the caller's own executor, which others may wait for and the caller may have to
        // run itself.
        let own = carrier::current_pool();
        let (first, then): (Vec<_>, Vec<_>) =
            self.jobs.iter().partition(|job| job.core().pool() == own);
        for job in first.into_iter().chain(then) {
            match wait::until_ended(job, until) {
                Err(WaitError::TimedOut) => break,
                waited => waited?,
            }
        }
        Ok(self.split())
    }

    #[track_caller]
    fn wait_for_first_failure(
        self,
        until: Option<Instant>,
    ) -> Result<DoneAndNotDone<W>, WaitError> {
        self.wait_for_failure(until)?;
        Ok(self.split())
    }

    /// Waits until `enough` says so of the tasks, or `until`.
    #[track_caller]
    fn wait(
        &self,
        until: Option<Instant>,
        enough: impl Fn(&[Job]) -> bool,
    ) -> Result<(), WaitError> {
        if enough(&self.jobs) {
            return Ok(());
        }
        for job in &self.jobs {
            wait::refuse_if_forked(job.core())?;
        }
        let waiter = if self.waits_for(carrier::current_pool()) {
            Waiter::for_tasks_of(carrier::current_pool())
        } else {
            Waiter::uncounted()
        };
        let enter = |job: &Job| job.core().wake_when_ended(waiter.waker());
        let entries: Vec<_> = self.jobs.iter().map(enter).collect();
        let what =
            Waiting::on("several jobs").with_number(self.jobs.len() as u64).at(Location::caller());
        let waited = waiter.wait(what, until, || enough(&self.jobs).then_some(()));
        for (job, entry) in self.jobs.iter().zip(entries) {
            if let Some(entry) = entry {
                job.core().forget_waker(entry);
            }
        }
        match waited {
            Err(WaitError::TimedOut) => Ok(()),
            waited => waited,
        }
    }

    /// Waits until one of the tasks has failed, all have ended, or `until`. Each end is looked at once,
    /// when it comes.
    #[track_caller]
    fn wait_for_failure(&self, until: Option<Instant>) -> Result<(), WaitError> {
        let handles = self.jobs.iter().map(|job| TaskHandle::new(job.clone()));
        let (ended, others): (Vec<_>, Vec<_>) = handles.partition(TaskHandle::is_done);
        if ended.iter().any(TaskHandle::is_failed) {
            return Ok(());
        }
        let mut completed = AsCompleted::empty(until);
        for handle in others {
            wait::refuse_if_forked(handle.job().core())?;
            completed.add(handle.clone(), &handle);
        }
        while completed.left() > 0 {
            match completed.wait_next() {
                Ok(ended) if ended.is_failed() => break,
                Ok(_) => {}
                Err(WaitError::TimedOut) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether a task of executor `pool` has not ended.
    fn waits_for(&self, pool: u64) -> bool {
        self.jobs.iter().any(|job| job.core().pool() == pool && !is_ended(job))
    }

    fn split(self) -> DoneAndNotDone<W> {
        let mut split = DoneAndNotDone { done: Vec::new(), not_done: Vec::new() };
        for (waitable, job) in self.given.into_iter().zip(&self.jobs) {
            if is_ended(job) { split.done.push(waitable) } else { split.not_done.push(waitable) }
        }
        split
    }
}

fn is_ended(job: &Job) -> bool {
    job.core().state.load().is_ended()
}

impl<T: Send + 'static, E: Send + 'static> Waitable for GreenFuture<T, E> {
    fn task(&self) -> TaskHandle {
        self.handle()
    }
}

impl<T, E> Waitable for SharedFuture<T, E>
where
    T: Clone + Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    fn task(&self) -> TaskHandle {
        self.handle().clone()
    }
}

impl Waitable for TaskHandle {
    fn task(&self) -> TaskHandle {
        self.clone()
    }
}

impl<W: Waitable> Waitable for &W {
    fn task(&self) -> TaskHandle {
        (**self).task()
    }
}

impl<W> fmt::Debug for WaitSet<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitSet").field("tasks", &self.jobs.len()).finish()
    }
}
