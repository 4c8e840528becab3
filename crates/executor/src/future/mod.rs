//! The future of a job: its owner's hold on the result.

pub(crate) mod as_completed;
pub(crate) mod shared_future;
pub(crate) mod task_handle;
pub(crate) mod wait_set;

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use greenstd::sync::Arc;

use crate::error::{TaskError, WaitError};
use crate::future::shared_future::SharedFuture;
use crate::future::task_handle::{TaskHandle, TaskOutcome, TaskState};
use crate::pool::deadline;
use crate::task::{Core, Entry, Job, take_result};
use crate::waiting::claim;
use crate::waiting::wait;

/// The result of a submitted job, when it comes.
///
/// It owns the result: [`result`](Self::result) takes it. Dropping the future detaches the job, which
/// runs all the same. It can be waited for on green threads of any executor and on plain OS threads,
/// and awaited in async code.
#[must_use = "dropping a future detaches its job; take the result, or drop it on purpose"]
pub struct GreenFuture<T, E = Infallible> {
    /// There until [`result`](Self::result) takes it, and the future with it.
    job: Option<Arc<dyn Job>>,
    /// What the last poll has entered with the job. Boxed, as most futures are never polled.
    entered: Option<Box<Entry>>,
    result: PhantomData<fn() -> (T, E)>,
}

impl<T: Send + 'static, E: Send + 'static> GreenFuture<T, E> {
    /// The owner of the result of `job`, whose types are `T` and `E`; there may be one.
    pub(crate) fn new(job: Arc<dyn Job>) -> Self {
        GreenFuture { job: Some(job), entered: None, result: PhantomData }
    }

    /// Waits for the job to end and takes its result.
    ///
    /// On a worker of the same executor, a job that has not started is run on the spot; see
    /// [`TaskHandle::wait`].
    ///
    /// # Errors
    /// Whatever ended the job without a result; [`TaskError::Interrupted`] if the waiting green
    /// thread was cancelled meanwhile; [`TaskError::Abandoned`] in a fork, if the job stays behind.
    ///
    /// # Panics
    /// If the result was taken before by [`result_timeout`](Self::result_timeout),
    /// [`try_result`](Self::try_result) or polling.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn result(self) -> Result<T, TaskError<E>> {
        let mut future = self;
        // If it ends otherwise, by a panic too, the drop of the future detaches the job.
        wait::until_ended_in(&mut future.job, None).map_err(TaskError::of_wait)?;
        let job = future.job.take().expect("only this takes it");
        take_result(&*job).expect("the result of this future was taken before")
    }

    /// Waits for at most `timeout` for the job to end, and takes its result.
    ///
    /// # Errors
    /// If the job has not ended in time, if the waiting green thread was cancelled, if this process is
    /// a fork and the job stays behind, or if the result was taken before. The future stays good after
    /// the first two.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn result_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<Result<T, TaskError<E>>, WaitError> {
        wait::until_ended(self.job(), deadline(timeout))?;
        take_result(&**self.job()).ok_or(WaitError::Taken)
    }

    /// Takes the result if the job has ended; `None` too if it was taken before.
    pub fn try_result(&mut self) -> Option<Result<T, TaskError<E>>> {
        if self.is_done() { take_result(&**self.job()) } else { None }
    }

    /// Waits for the job to end, and leaves the result.
    ///
    /// # Errors
    /// As [`TaskHandle::wait`].
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait(&self) -> Result<(), WaitError> {
        wait::until_ended(self.job(), None)
    }

    /// Waits for at most `timeout` for the job to end, and leaves the result.
    ///
    /// # Errors
    /// As [`TaskHandle::wait_timeout`].
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), WaitError> {
        wait::until_ended(self.job(), deadline(timeout))
    }

    /// A handle to the job that says nothing of the result, and can be cloned.
    pub fn handle(&self) -> TaskHandle {
        TaskHandle::new(self.job().clone())
    }

    /// Cancels the job if it has not started; see [`TaskHandle::cancel`].
    ///
    /// # Blocking
    /// Neither parks nor blocks, but runs the drop of the closure and the callbacks.
    pub fn cancel(&self) -> bool {
        self.handle().cancel()
    }

    /// Where the job stands.
    pub fn state(&self) -> TaskState {
        self.handle().state()
    }

    /// How the job has ended, if it has.
    pub fn outcome(&self) -> Option<TaskOutcome> {
        self.handle().outcome()
    }

    /// Whether the job has ended, in whatever way.
    pub fn is_done(&self) -> bool {
        self.core().state.load().is_ended()
    }

    /// Whether the job has started and not ended.
    pub fn is_running(&self) -> bool {
        self.state() == TaskState::Running
    }

    /// Whether the job was cancelled: before it started, or while it ran, if it has ended by that.
    pub fn is_cancelled(&self) -> bool {
        self.state() == TaskState::Cancelled
    }

    /// Has `callback` called when the job has ended; see [`TaskHandle::add_done_callback`].
    ///
    /// # Blocking
    /// Neither parks nor blocks, unless the callback does.
    pub fn add_done_callback(&self, callback: impl FnOnce(&TaskHandle) + Send + 'static) {
        self.handle().add_done_callback(callback);
    }

    /// Has `consume` called with the result when there is one: by the worker that ran the job, by who
    /// cancelled it, or at once. Not at all if the result was taken before.
    ///
    /// # Blocking
    /// Neither parks nor blocks, unless the callback does.
    pub fn on_done(self, consume: impl FnOnce(Result<T, TaskError<E>>) + Send + 'static) {
        let handle = self.handle();
        handle.add_done_callback(move |_| {
            if let Some(result) = take_result(&**self.job()) {
                consume(result);
            }
        });
    }

    /// A future that can be cloned, and gives its result to each clone.
    pub fn shared(self) -> SharedFuture<T, E>
    where
        T: Clone + Sync,
        E: Sync,
    {
        SharedFuture::new(self)
    }
}

/// Ready when the job has ended.
///
/// Polling does not run the job. But on a worker of the job's executor, inside of
/// [`block_on`](crate::io::block_on), the worker lends its slot to a job that has not started, as soon as it
/// waits: so a full executor cannot wait for itself there either. Where something else than `block_on`
/// polls, and blocks, it can: call [`result`](GreenFuture::result) instead. The future remembers the waker of its last poll only, and forgets it
/// when it is dropped.
///
/// # Panics
/// If polled after the result was taken.
///
/// # Blocking
/// Polling neither parks nor blocks.
impl<T: Send + 'static, E: Send + 'static> Future for GreenFuture<T, E> {
    type Output = Result<T, TaskError<E>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Err(error) = wait::refuse_if_forked(self.core())
            && !self.is_done()
        {
            return Poll::Ready(Err(TaskError::of_wait(error)));
        }
        let waker = context.waker();
        let is_ended = match &self.entered {
            Some(entry) if entry.wakes_as(waker) => self.is_done(),
            _ => {
                self.withdraw_waker();
                self.entered = self.core().wake_when_ended(waker).map(Box::new);
                if self.entered.is_some() {
                    claim::awaited(self.job());
                }
                self.entered.is_none()
            }
        };
        if !is_ended {
            return Poll::Pending;
        }
        Poll::Ready(take_result(&**self.job()).expect("the result of this future was taken before"))
    }
}

impl<T, E> GreenFuture<T, E> {
    fn job(&self) -> &Arc<dyn Job> {
        self.job.as_ref().expect("only `result` takes it, and the future with it")
    }

    fn core(&self) -> &Core {
        self.job().core()
    }

    /// Takes back the waker of the last poll, if the job has it still.
    fn withdraw_waker(&mut self) {
        if let Some(entered) = self.entered.take()
            && let Some(job) = &self.job
            && !job.core().state.load().is_ended()
        {
            job.core().forget_waker(*entered);
        }
    }
}

impl<T, E> Drop for GreenFuture<T, E> {
    fn drop(&mut self) {
        self.withdraw_waker();
        let Some(job) = &self.job else { return };
        // If the job has ended, the result is dropped here, else by whoever ends it.
        let state = &job.core().state;
        if state.load().is_ended() || state.detach().is_ended() {
            job.drop_result();
        }
    }
}

impl<T, E> fmt::Debug for GreenFuture<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core().fmt(f)
    }
}
