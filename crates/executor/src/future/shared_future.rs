//! A future for several readers.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use greenstd::sync::{Arc, Mutex, OnceLock};

use crate::error::{TaskError, WaitError};
use crate::future::task_handle::TaskHandle;
use crate::future::{GreenFuture, note_poll};
use crate::task::{Entry, Job};
use crate::waiting::wait;

/// A future that can be cloned and gives its result, cloned, to every reader; made by [`GreenFuture::shared`].
///
/// For a result that is dear to clone, let the job return an `Arc` of it.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let config = pool.submit(|| String::from("port=80"))?.shared();
/// let lengths = pool.map(1..=3, move |_| config.result().map(|config| config.len()))?;
/// for length in lengths {
///     assert_eq!(length??, 7); // one job has made it, three have read it
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "Shared")]
#[must_use = "dropping the last clone detaches the job; take the result, or drop it on purpose"]
pub struct SharedFuture<T, E = Infallible> {
    inner: Arc<Inner<T, E>>,
    /// The entry of the waker of this one's last poll.
    entered: Option<Box<Entry>>,
}

struct Inner<T, E> {
    handle: TaskHandle,
    /// Until the first reader after the end takes it.
    future: Mutex<Option<GreenFuture<T, E>>>,
    result: OnceLock<Result<T, Arc<TaskError<E>>>>,
}

impl<T: Clone + Send + Sync + 'static, E: Send + Sync + 'static> SharedFuture<T, E> {
    pub(crate) fn new(future: GreenFuture<T, E>) -> Self {
        let handle = future.handle();
        let inner = Inner { handle, future: Mutex::new(Some(future)), result: OnceLock::new() };
        SharedFuture { inner: Arc::new(inner), entered: None }
    }

    /// Waits for the job to end and gives a clone of its result.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let answer = pool.submit(|| 42)?.shared();
    /// assert_eq!(answer.result()?, 42);
    /// assert_eq!(answer.result()?, 42); // as often as one likes
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * What ended the job without a result, shared by all readers.
    /// * [`TaskError::Interrupted`]: the waiting green thread was cancelled, or its deadline has passed.
    /// * [`TaskError::Abandoned`] in a fork, if the job stays behind.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[doc(alias = "join")]
    #[doc(alias = "get")]
    #[track_caller]
    pub fn result(&self) -> Result<T, Arc<TaskError<E>>> {
        match self.inner.handle.wait() {
            Ok(()) => self.ended().clone(),
            Err(error) => Err(Arc::new(TaskError::of_wait(error))),
        }
    }

    /// Waits for at most `timeout` for the job to end and gives a clone of its result.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, WaitError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?.shared();
    /// let waited = slow.result_timeout(Duration::from_millis(1)).map(|_| ());
    /// assert_eq!(waited, Err(WaitError::TimedOut));
    /// slow.handle().cancel();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the job has not ended in time, if the waiting green thread was cancelled, or if this process
    /// is a fork and the job stays behind.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn result_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Result<T, Arc<TaskError<E>>>, WaitError> {
        self.inner.handle.wait_timeout(timeout)?;
        Ok(self.ended().clone())
    }

    /// A handle to the job that says nothing of the result.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let answer = pool.submit(|| 42)?.shared();
    /// answer.handle().wait()?;
    /// assert!(answer.handle().is_done());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle(&self) -> &TaskHandle {
        &self.inner.handle
    }

    fn ended(&self) -> &Result<T, Arc<TaskError<E>>> {
        let inner = &self.inner;
        if inner.result.get().is_none() {
            let mut future = inner.future.lock();
            if let Some(mut future) = future.take() {
                let result = future.try_result().expect("the job has ended, and nobody else takes");
                let set = inner.result.set(result.map_err(Arc::new));
                debug_assert!(set.is_ok(), "one reader finds the future");
            }
        }
        inner.result.get().expect("whoever found the future has set it before unlocking")
    }
}

impl<T, E> Clone for SharedFuture<T, E> {
    fn clone(&self) -> Self {
        SharedFuture { inner: self.inner.clone(), entered: None }
    }
}

/// Ready when the job has ended, with a clone of its result. Each clone is awaited by itself, and again after that.
///
/// As with [`GreenFuture`], polling does not run the job. It remembers the waker of its last poll only, and forgets it
/// when it is dropped. So a wait may be given up at any time, and another clone begin one.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let config = pool.submit(|| String::from("port=80"))?.shared();
/// let length = executor::io::block_on(async {
///     let port = (&config).await?; // by reference: `config` stays
///     Ok::<_, std::sync::Arc<executor::TaskError>>(port.len() + config.await?.len())
/// })?;
/// assert_eq!(length?, 14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// Polling neither parks nor blocks.
impl<T, E> Future for SharedFuture<T, E>
where
    T: Clone + Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    type Output = Result<T, Arc<TaskError<E>>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let SharedFuture { inner, entered } = &mut *self;
        let job = inner.handle.job();
        if let Err(error) = wait::refuse_if_forked(job.core())
            && !inner.handle.is_done()
        {
            return Poll::Ready(Err(Arc::new(TaskError::of_wait(error))));
        }
        match has_ended(job, entered, context.waker()) {
            true => Poll::Ready(self.ended().clone()),
            false => Poll::Pending,
        }
    }
}

/// Whether the job has ended; if not, `waker` will be woken then, by the entry that is kept in `entered`.
fn has_ended(job: &Job, entered: &mut Option<Box<Entry>>, waker: &Waker) -> bool {
    let core = job.core();
    if let Some(entry) = entered
        && entry.wakes_as(waker)
    {
        return core.state.load().is_ended();
    }
    withdraw(job, entered);
    *entered = core.wake_when_ended(waker).map(Box::new);
    if entered.is_some() {
        note_poll(job);
    }
    entered.is_none()
}

/// Takes back the waker of the last poll, if the job has it still.
fn withdraw(job: &Job, entered: &mut Option<Box<Entry>>) {
    if let Some(entered) = entered.take()
        && !job.core().state.load().is_ended()
    {
        job.core().forget_waker(*entered);
    }
}

/// Awaits a clone.
impl<T, E> IntoFuture for &SharedFuture<T, E>
where
    T: Clone + Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    type Output = Result<T, Arc<TaskError<E>>>;
    type IntoFuture = SharedFuture<T, E>;

    fn into_future(self) -> SharedFuture<T, E> {
        self.clone()
    }
}

impl<T, E> Drop for SharedFuture<T, E> {
    fn drop(&mut self) {
        withdraw(self.inner.handle.job(), &mut self.entered);
    }
}

impl<T, E> fmt::Debug for SharedFuture<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedFuture").field(&self.inner.handle).finish()
    }
}
