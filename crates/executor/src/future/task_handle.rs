//! A task, whatever it computes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;
use std::time::Duration;

use greenstd::time;

use crate::error::WaitError;
use crate::group::tree;
use crate::pool::Pool;
use crate::schedule::delayed;
use crate::task::{self, Ending, Job};
use crate::waiting::wait;

/// A handle to a submitted job, without its result: for wait sets, for cancelling, for callbacks. It is cheap
/// to clone, and its drop changes nothing.
///
/// Two handles are equal if they are of the same job.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, wait_for_all};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let number = pool.submit(|| 42)?;
/// let text = pool.submit(|| "forty-two")?;
/// // Futures of different types, in one set.
/// wait_for_all([number.handle(), text.handle()])?;
/// assert_eq!((number.result()?, text.result()?), (42, "forty-two"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "AbortHandle")]
#[doc(alias = "JobHandle")]
#[derive(Clone)]
pub struct TaskHandle {
    job: Job,
}

/// Where a job stands.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, TaskState, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// assert!(matches!(slow.state(), TaskState::Pending | TaskState::Running));
/// slow.cancel();
/// slow.wait()?;
/// assert_eq!(slow.state(), TaskState::Cancelled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// It waits to start.
    Pending,
    /// It has started and not ended.
    Running,
    /// It has ended: with a result, with an error, by a panic, or abandoned.
    Done,
    /// It was cancelled before it started, and has ended, or is about to: once its closure is dropped. Or it
    /// was asked to stop while it ran, and has ended by that.
    Cancelled,
}

/// How a job has ended.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, TaskOutcome, wait_for_all};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let good = pool.try_submit(|| "42".parse::<u32>())?;
/// let bad = pool.try_submit(|| "x".parse::<u32>())?;
/// let set = wait_for_all([&good, &bad])?;
/// let outcomes: Vec<_> = set.done.iter().filter_map(|job| job.outcome()).collect();
/// assert_eq!(outcomes, [TaskOutcome::Succeeded, TaskOutcome::Failed]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskOutcome {
    /// It has a result.
    Succeeded,
    /// It returned an error.
    Failed,
    /// It panicked.
    Panicked,
    /// It was cancelled before it started, or asked to stop while it ran, and ended by that.
    Cancelled,
    /// It could never start.
    Abandoned,
    /// Its [limit of time](crate::JobBuilder::timeout) passed while it ran, and it ended by that.
    TimedOut,
}

impl TaskHandle {
    pub(crate) fn new(job: Job) -> Self {
        TaskHandle { job }
    }

    pub(crate) fn job(&self) -> &Job {
        &self.job
    }

    /// A number that tells the job from every other of its executor.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (first, second) = (pool.submit(|| 1)?, pool.submit(|| 2)?);
    /// assert!(first.handle().id() < second.handle().id());
    /// first.result()?;
    /// second.result()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> u64 {
        self.job.core().id()
    }

    /// The name under which it was submitted, if it has one.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let named = pool.job().name("resize").submit(|| 1)?;
    /// let other = pool.submit(|| 2)?;
    /// assert_eq!((named.handle().name(), other.handle().name()), (Some("resize"), None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.job.core().name()
    }

    /// Where in the program it was submitted.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (job, line) = (pool.submit(|| 1)?, line!());
    /// assert_eq!(job.handle().submitted_at().line(), line);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn submitted_at(&self) -> &'static Location<'static> {
        self.job.core().site()
    }

    /// Where it stands. [`outcome`](Self::outcome) says more of one that has ended.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskState};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 42)?.handle();
    /// job.wait()?;
    /// assert_eq!(job.state(), TaskState::Done);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(&self) -> TaskState {
        let state = self.job.core().state.load();
        match state.ending() {
            _ if state.is_cancelled() => TaskState::Cancelled,
            Some(_) => TaskState::Done,
            None if state.is_running() => TaskState::Running,
            None => TaskState::Pending,
        }
    }

    /// How it has ended, if it has.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskOutcome};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 42)?.handle();
    /// job.wait()?;
    /// assert_eq!(job.outcome(), Some(TaskOutcome::Succeeded));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outcome(&self) -> Option<TaskOutcome> {
        Some(match self.job.core().state.load().ending()? {
            Ending::Succeeded => TaskOutcome::Succeeded,
            Ending::Failed => TaskOutcome::Failed,
            Ending::Panicked => TaskOutcome::Panicked,
            Ending::Cancelled => TaskOutcome::Cancelled,
            Ending::Abandoned => TaskOutcome::Abandoned,
            Ending::TimedOut => TaskOutcome::TimedOut,
        })
    }

    /// Whether it has ended, in whatever way.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 42)?.handle();
    /// job.wait()?;
    /// assert!(job.is_done());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "is_finished")]
    pub fn is_done(&self) -> bool {
        self.job.core().state.load().is_ended()
    }

    /// Whether it has started and not ended.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 42)?.handle();
    /// job.wait()?;
    /// assert!(!job.is_running()); // it has ended
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_running(&self) -> bool {
        self.state() == TaskState::Running
    }

    /// Whether it was cancelled: before it started, or while it ran, if it has ended by that.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?.handle();
    /// slow.cancel();
    /// slow.wait()?;
    /// assert!(slow.is_cancelled() && !slow.is_failed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.state() == TaskState::Cancelled
    }

    /// Whether it has failed: by an error, by a panic, abandoned, or out of time. A job that was cancelled has
    /// not failed.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.try_submit(|| "x".parse::<u32>())?.handle();
    /// job.wait()?;
    /// assert!(job.is_failed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_failed(&self) -> bool {
        matches!(
            self.outcome(),
            Some(
                TaskOutcome::Failed
                    | TaskOutcome::Panicked
                    | TaskOutcome::Abandoned
                    | TaskOutcome::TimedOut
            )
        )
    }

    /// Cancels the job.
    ///
    /// A job that has not started never will. Its closure is dropped here and now, its place in the backlog is
    /// free, and `true` is returned. (So it is for a job that was cancelled before.)
    ///
    /// A running job is asked to stop, and goes on: its park points return
    /// [`Interrupted`](greenctx::Interrupted). The call returns `false`, as it does for a job that has ended.
    /// In a forked child nothing is cancelled.
    ///
    /// A job that was asked to stop counts as cancelled if it ends by the `Interrupted` that it was given. It
    /// may return that as its error, as such or inside another error, or unwrap it and panic. If it succeeds
    /// all the same, or fails by something else, that counts.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.try_submit(|| std::io::Result::Ok(sleep(Duration::from_secs(3600))?))?;
    /// job.handle().cancel(); // whether it runs already or not
    /// assert!(matches!(job.result(), Err(TaskError::Cancelled)));
    /// assert_eq!(pool.statistics().cancelled(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks, but runs the drop of the closure and the callbacks.
    #[doc(alias = "abort")]
    #[doc(alias = "stop")]
    #[doc(alias = "interrupt")]
    pub fn cancel(&self) -> bool {
        tree::cancel(&self.job)
    }

    /// Has a delayed job start now, as if its time had come; whether it was delayed still.
    ///
    /// It goes through admission as it would have then, and a full executor may refuse it. On a
    /// [`SynchronousExecutor`](crate::SynchronousExecutor) it runs here and now. So a job there that never becomes due
    /// has its result when somebody says so.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let tomorrow = pool.submit_after(Duration::from_secs(24 * 60 * 60), || 42)?;
    /// assert!(tomorrow.handle().start_now());
    /// assert!(!tomorrow.handle().start_now()); // no longer delayed
    /// assert_eq!(tomorrow.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks, but may run the rejection hook, and what a refused job has to drop and to call back. On
    /// a `SynchronousExecutor` it takes as long as the job.
    #[doc(alias = "hurry")]
    #[doc(alias = "run_now")]
    pub fn start_now(&self) -> bool {
        delayed::start_now(&self.job)
    }

    /// Waits until the job has ended.
    ///
    /// On a worker of the same executor, a job that has not started is run on the spot: on the waiter's stack,
    /// or on a fresh one. So a full executor cannot wait for itself.
    ///
    /// A job on the waiter's own stack cannot be left. If the waiter is cancelled meanwhile, it hears of that
    /// only when the job has ended. Where that matters, wait with a time limit or in a
    /// [deadline](crate::with_timeout): the job then has a stack of its own.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
    /// let handle = pool.handle();
    /// // The only worker waits for a job that is behind it in the backlog, and so runs it itself.
    /// let parent = pool.try_submit(move || -> std::io::Result<bool> {
    ///     let child = handle.submit(|| "child")?.handle();
    ///     child.wait()?;
    ///     Ok(child.is_done())
    /// })?;
    /// assert!(parent.result()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * [`WaitError::Interrupted`]: the waiting green thread is cancelled.
    /// * [`WaitError::TimedOut`]: a [deadline](crate::with_timeout) around the wait passes.
    /// * [`WaitError::Forked`]: this process is a fork, and the job stays behind.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[doc(alias = "join")]
    #[track_caller]
    pub fn wait(&self) -> Result<(), WaitError> {
        wait::until_ended(&self.job, None)
    }

    /// Waits for at most `timeout` until the job has ended.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, WaitError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?.handle();
    /// assert_eq!(slow.wait_timeout(Duration::from_millis(1)), Err(WaitError::TimedOut));
    /// slow.cancel();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WaitError::TimedOut`], and as [`wait`](Self::wait).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), WaitError> {
        wait::until_ended(&self.job, time::after(timeout))
    }

    /// Has `callback` called when the job has ended. The worker that ran the job calls it, or whoever cancelled
    /// the job. If the job has ended already, it is called at once.
    ///
    /// Callbacks are called one after the other, in the order in which they were added. One that is added while
    /// others are being called is left to whoever calls them. Each is called, whatever the others do: their
    /// panics are caught and counted.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::sync::mpsc::channel;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (sender, ended) = channel();
    /// for name in ["a", "b"] {
    ///     let sender = sender.clone();
    ///     let job = pool.job().name(name).submit(|| 42)?.handle();
    ///     job.add_done_callback(move |job| {
    ///         let _ = sender.send(job.name().map(str::to_owned));
    ///     });
    /// }
    /// drop(sender);
    /// assert_eq!(ended.iter().flatten().count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks, unless the callback does. A callback may wait, with one exception. It is a job
    /// that is abandoned for want of a stack, when there is no OS thread to be had either. Its callbacks are
    /// called by the carrier itself, which a wait would block.
    #[doc(alias = "then")]
    #[doc(alias = "finally")]
    pub fn add_done_callback(&self, callback: impl FnOnce(&TaskHandle) + Send + 'static) {
        let core = self.job.core();
        if core.add_callback(Box::new(callback)) {
            task::call_back(&self.job, Pool::of(core).as_deref());
        }
    }
}

impl PartialEq for TaskHandle {
    fn eq(&self, other: &Self) -> bool {
        self.job == other.job
    }
}

impl Eq for TaskHandle {}

impl Hash for TaskHandle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.job.hash(state);
    }
}

impl fmt::Debug for TaskHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.job.core().fmt(f)
    }
}
