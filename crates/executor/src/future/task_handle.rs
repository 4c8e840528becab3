//! A task, whatever it computes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;
use std::time::Duration;

use greenstd::sync::Arc;

use crate::error::WaitError;
use crate::pool::{Pool, deadline};
use crate::task::{self, Ending, Job};
use crate::waiting::wait;

/// A handle to a submitted job that says nothing of its result: for wait sets, for cancelling, for
/// callbacks. Cheap to clone; dropping it changes nothing.
#[derive(Clone)]
pub struct TaskHandle {
    job: Arc<dyn Job>,
}

/// Where a job stands.
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
}

impl TaskHandle {
    pub(crate) fn new(job: Arc<dyn Job>) -> Self {
        TaskHandle { job }
    }

    pub(crate) fn job(&self) -> &Arc<dyn Job> {
        &self.job
    }

    /// A number that tells the job from every other of its executor.
    pub fn id(&self) -> u64 {
        self.job.core().id()
    }

    /// The name that it was submitted under, if any.
    pub fn name(&self) -> Option<&str> {
        self.job.core().name()
    }

    /// Where in the program it was submitted.
    pub fn submitted_at(&self) -> &'static Location<'static> {
        self.job.core().site()
    }

    /// Where it stands.
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
    pub fn outcome(&self) -> Option<TaskOutcome> {
        Some(match self.job.core().state.load().ending()? {
            Ending::Succeeded => TaskOutcome::Succeeded,
            Ending::Failed => TaskOutcome::Failed,
            Ending::Panicked => TaskOutcome::Panicked,
            Ending::Cancelled => TaskOutcome::Cancelled,
            Ending::Abandoned => TaskOutcome::Abandoned,
        })
    }

    /// Whether it has ended, in whatever way.
    pub fn is_done(&self) -> bool {
        self.job.core().state.load().is_ended()
    }

    /// Whether it has started and not ended.
    pub fn is_running(&self) -> bool {
        self.state() == TaskState::Running
    }

    /// Whether it was cancelled: before it started, or while it ran, if it has ended by that.
    pub fn is_cancelled(&self) -> bool {
        self.state() == TaskState::Cancelled
    }

    /// Whether it has ended without a result, and was not cancelled either.
    pub fn is_failed(&self) -> bool {
        matches!(
            self.outcome(),
            Some(TaskOutcome::Failed | TaskOutcome::Panicked | TaskOutcome::Abandoned)
        )
    }

    /// Cancels the job if it has not started: its closure is dropped here and now, its place in the
    /// backlog is free, and `true` is returned (also for a job that was cancelled before).
    ///
    /// A running job is asked to stop and goes on: its park points return
    /// [`Interrupted`](greenctx::Interrupted). `false` is returned then, and for a job that has ended. In
    /// a forked child nothing is cancelled.
    ///
    /// A job that was asked to stop, and ends by the `Interrupted` that it was given, counts as cancelled,
    /// and not as failed or panicked: whether it returns it as its error, as such or inside another error,
    /// or unwraps it and panics. If it succeeds all the same, or fails by something else, that counts.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.try_submit(|| std::io::Result::Ok(sleep(Duration::from_secs(3600))?))?;
    /// job.cancel(); // whether it runs already or not
    /// assert!(matches!(job.result(), Err(TaskError::Cancelled)));
    /// assert_eq!(pool.statistics().cancelled(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks, but runs the drop of the closure and the callbacks.
    pub fn cancel(&self) -> bool {
        let core = self.job.core();
        let Some(pool) = Pool::of(core).filter(|pool| !pool.is_forked()) else {
            return core.state.load().is_cancelled();
        };
        if task::cancel(&self.job, &pool) {
            return true;
        }
        let before = core.state.request_cancel();
        if let Some(place) = before.place() {
            pool.nudge(place);
        }
        before.is_cancelled()
    }

    /// Waits until the job has ended.
    ///
    /// On a worker of the same executor, a job that has not started is run on the spot, on the
    /// waiter's stack or a fresh one: so a full executor cannot wait for itself. On the waiter's own stack
    /// it cannot be left: if the waiter is cancelled meanwhile, it hears of that when the job has ended.
    /// Where that matters, wait with a time limit or in a [`deadline`](crate::deadline): the job then has a
    /// stack of its own.
    ///
    /// # Errors
    /// If the waiting green thread is cancelled, or this process is a fork and the job stays behind.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait(&self) -> Result<(), WaitError> {
        wait::until_ended(&self.job, None)
    }

    /// Waits for at most `timeout` until the job has ended.
    ///
    /// # Errors
    /// [`WaitError::TimedOut`], and as [`wait`](Self::wait).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), WaitError> {
        wait::until_ended(&self.job, deadline(timeout))
    }

    /// Has `callback` called when the job has ended: by the worker that ran it, by who cancelled it,
    /// or at once if it has ended already. Callbacks are called one after the other in the order of
    /// their adding, so one that is added while others are being called is left to whoever calls them.
    /// Each is called, whatever the others do, for their panics are caught and counted.
    ///
    /// # Blocking
    /// Neither parks nor blocks, unless the callback does. A callback may wait, with one exception: a job
    /// that is abandoned for want of a stack, when there is no OS thread to be had either, has its
    /// callbacks called by the carrier itself, which a wait would block.
    pub fn add_done_callback(&self, callback: impl FnOnce(&TaskHandle) + Send + 'static) {
        let core = self.job.core();
        if core.add_callback(Box::new(callback)) {
            task::call_back(&self.job, Pool::of(core).as_deref());
        }
    }
}

impl PartialEq for TaskHandle {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.job, &other.job)
    }
}

impl Eq for TaskHandle {}

impl Hash for TaskHandle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.job).cast::<()>().hash(state);
    }
}

impl fmt::Debug for TaskHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.job.core().fmt(f)
    }
}
