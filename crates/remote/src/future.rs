//! The future of a job that runs elsewhere.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use executor::{GreenFuture, TaskHandle, WaitError, Waitable};
use greenstd::sync::{Arc, Mutex};
use serde::de::DeserializeOwned;

use crate::client::{Client, Promise};
use crate::engine::{Cancelled, Encoding, EngineError, JobId};
use crate::error::{Refused, RemoteError};

/// The future of a job that runs elsewhere.
///
/// It is a future of the executor's kind: it can be waited for from green threads and plain OS threads, for a limited time
/// too, it can be awaited, and stand in one wait set with futures of local jobs. To drop it loses nothing but the
/// result: the job goes on.
///
/// ```
/// use remote::executor::{GreenThreadPoolExecutor, wait_for_all};
/// use remote::{Registry, Remote, function};
///
/// function!(square(number: u64) -> u64);
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let mut registry = Registry::new();
/// registry.register(square, |number: u64| number * number);
/// let queue = Remote::in_process(&pool, &registry).queue("numbers");
/// let far = queue.submit(square, (7,))?;
/// let near = pool.submit(|| 8 * 8)?;
/// wait_for_all([far.handle(), near.handle()])?; // one set for both
/// assert_eq!((far.result()?, near.result()?), (49, 64));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "whoever wants no result submits, and drops it on purpose"]
pub struct RemoteFuture<T, E> {
    local: Option<GreenFuture<T, RemoteError<E>>>,
    task: TaskHandle,
    id: JobId,
    is_duplicate: bool,
    client: Arc<Client>,
}

impl<T, E> RemoteFuture<T, E>
where
    T: DeserializeOwned + Send + 'static,
    E: DeserializeOwned + Send + 'static,
{
    /// Expects the result of a job that is submitted after this, or was before.
    #[track_caller]
    pub(crate) fn expect(
        client: &Arc<Client>,
        id: JobId,
        encoding: Encoding,
    ) -> Result<Self, Refused> {
        let slot = Arc::new(Mutex::new(None));
        let filled = slot.clone();
        let take = move || filled.lock().take().unwrap_or(Err(RemoteError::Abandoned));
        let job = client.host().job().name(id.as_str()).fallible();
        let local = job
            .submit_after(Duration::MAX, take)
            .map_err(|refused| Refused::NoFuture(refused.reason()))?;
        let fill = move |outcome: &_| {
            *slot.lock() = Some(RemoteError::read(encoding, outcome));
        };
        let task = local.handle();
        client.expect(&id, Promise::new(task.clone(), fill));
        let client = client.clone();
        Ok(RemoteFuture { local: Some(local), task, id, is_duplicate: false, client })
    }
}

impl<T, E> RemoteFuture<T, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    /// Waits for the result and takes it.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::{Registry, Remote, function};
    ///
    /// function!(square(number: u64) -> u64);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut registry = Registry::new();
    /// registry.register(square, |number: u64| number * number);
    /// let queue = Remote::in_process(&pool, &registry).queue("numbers");
    /// assert_eq!(queue.submit(square, (7,))?.result()?, 49);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`RemoteError`].
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn result(mut self) -> Result<T, RemoteError<E>> {
        self.task.wait().map_err(RemoteError::of_wait)?;
        let local = self.local.take().expect(KEPT);
        local.result().map_err(RemoteError::of_local)
    }

    /// Waits for the result for at most `timeout`, and takes it.
    ///
    /// ```
    /// use remote::executor::WaitError;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    /// use std::time::Duration;
    ///
    /// function!(square(number: u64) -> u64);
    ///
    /// let queue = Remote::new(InProcess::new()).queue("numbers"); // and no worker
    /// let mut job = queue.submit(square, (7,))?;
    /// let answer = job.result_timeout(Duration::from_millis(1));
    /// assert!(matches!(answer, Err(WaitError::TimedOut))); // the future stays good
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The outer one is of the wait, and the inner one of the job.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn result_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<Result<T, RemoteError<E>>, WaitError> {
        let local = self.local.as_mut().expect(KEPT);
        Ok(local.result_timeout(timeout)?.map_err(RemoteError::of_local))
    }

    /// Takes the result if it is there.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(square(number: u64) -> u64);
    ///
    /// let queue = Remote::new(InProcess::new()).queue("numbers"); // and no worker
    /// assert!(queue.submit(square, (7,))?.try_result().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_result(&mut self) -> Option<Result<T, RemoteError<E>>> {
        let local = self.local.as_mut().expect(KEPT);
        Some(local.try_result()?.map_err(RemoteError::of_local))
    }

    /// Has `consume` called with the result when it is there, on the thread that brings it. It should not take long:
    /// other results wait for it.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::{Registry, Remote, function};
    /// use std::sync::mpsc::channel;
    ///
    /// function!(square(number: u64) -> u64);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut registry = Registry::new();
    /// registry.register(square, |number: u64| number * number);
    /// let queue = Remote::in_process(&pool, &registry).queue("numbers");
    /// let (sender, squares) = channel();
    /// queue.submit(square, (7,))?.on_done(move |result| {
    ///     let _ = sender.send(result);
    /// });
    /// assert_eq!(squares.recv()?, Ok(49));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_done(mut self, consume: impl FnOnce(Result<T, RemoteError<E>>) + Send + 'static) {
        let local = self.local.take().expect(KEPT);
        let client = self.client.clone();
        local.on_done(move |result| {
            consume(result.map_err(RemoteError::of_local));
            // Until then somebody has to receive the result.
            drop(client);
        });
    }
}

impl<T, E> RemoteFuture<T, E> {
    /// The id of the job.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// let job = queue.job().id("order-17").submit(bill, (17,))?;
    /// assert_eq!(job.id().as_str(), "order-17");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> &JobId {
        &self.id
    }

    /// Whether a job with this id had been submitted before. The result is that of the first one.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// let first = queue.job().id("order-17").submit(bill, (17,))?;
    /// let again = queue.job().id("order-17").submit(bill, (17,))?;
    /// assert!(!first.is_duplicate() && again.is_duplicate());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_duplicate(&self) -> bool {
        self.is_duplicate
    }

    /// Waits for the end of the job, and leaves the result.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::{Registry, Remote, function};
    ///
    /// function!(square(number: u64) -> u64);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut registry = Registry::new();
    /// registry.register(square, |number: u64| number * number);
    /// let mut job = Remote::in_process(&pool, &registry).queue("numbers").submit(square, (7,))?;
    /// job.wait()?;
    /// assert!(matches!(job.try_result(), Some(Ok(49))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The waiting green thread is cancelled, or a deadline around the wait passes.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn wait(&self) -> Result<(), WaitError> {
        self.task.wait()
    }

    /// Whether the job has ended, and the result is here.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills"); // and no worker
    /// assert!(!queue.submit(bill, (17,))?.is_done());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_done(&self) -> bool {
        self.task.is_done()
    }

    /// Cancels the job, wherever it is. One that waits ends at once, and one that runs is asked to stop. The future ends
    /// by what becomes of it: a job that finishes all the same has its value.
    ///
    /// ```
    /// use remote::engine::{Cancelled, InProcess};
    /// use remote::{Remote, RemoteError, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills"); // and no worker
    /// let job = queue.submit(bill, (17,))?;
    /// assert_eq!(job.cancel()?, Cancelled::BeforeStart);
    /// assert_eq!(job.result(), Err(RemoteError::Cancelled));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The engine's: see [`engine`](crate::engine).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the engine has answered.
    pub fn cancel(&self) -> Result<Cancelled, EngineError> {
        self.client.handle().cancel(&self.id)
    }

    /// A handle for wait sets and callbacks. To cancel by it gives up the wait alone: the job goes on. Take
    /// [`cancel`](Self::cancel) to cancel the job.
    ///
    /// ```
    /// use remote::executor::wait_for_any_timeout;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    /// use std::time::Duration;
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills"); // and no worker
    /// let job = queue.submit(bill, (17,))?;
    /// let set = wait_for_any_timeout([job.handle()], Duration::from_millis(1))?;
    /// assert_eq!(set.not_done.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle(&self) -> TaskHandle {
        self.task.clone()
    }

    pub(crate) fn of_earlier_submission(mut self) -> Self {
        self.is_duplicate = true;
        self
    }
}

/// Why there is a local side.
const KEPT: &str = "only what consumes the future takes it";

impl<T, E> Waitable for RemoteFuture<T, E> {
    fn task(&self) -> TaskHandle {
        self.handle()
    }
}

/// Ready when the result is there.
///
/// # Panics
/// It is polled after the result was taken.
///
/// # Blocking
/// Polling neither parks nor blocks.
impl<T, E> Future for RemoteFuture<T, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    type Output = Result<T, RemoteError<E>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let local = self.local.as_mut().expect(KEPT);
        Pin::new(local).poll(context).map_err(RemoteError::of_local)
    }
}

impl<T, E> Drop for RemoteFuture<T, E> {
    fn drop(&mut self) {
        if self.local.is_none() {
            return;
        }
        self.client.forget(&self.id, &self.task);
        // Nobody will start it.
        self.task.cancel();
    }
}

impl<T, E> fmt::Debug for RemoteFuture<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteFuture")
            .field("id", &self.id)
            .field("is_done", &self.is_done())
            .finish_non_exhaustive()
    }
}
