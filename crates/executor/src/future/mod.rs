//! The future of a job: its owner's hold on the result.

pub(crate) mod as_completed;
pub(crate) mod shared_future;
pub(crate) mod task_handle;
pub(crate) mod wait_set;

use std::convert::Infallible;
use std::fmt;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use greenstd::time;

use crate::error::{TaskError, WaitError};
use crate::future::shared_future::SharedFuture;
use crate::future::task_handle::{TaskHandle, TaskOutcome, TaskState};
use crate::task::{Core, FutureRef, Job, Polled, ResultRef, has_room_in_frame, take_result};
#[cfg(feature = "io")]
use crate::waiting::awaited;
use crate::waiting::{claim, wait};

/// The result of a submitted job, when it comes.
///
/// It owns the result: [`result`](Self::result) takes it. The drop of the future detaches the job, which runs
/// all the same. Green threads of any executor and plain OS threads can wait for it, and async code can await
/// it.
///
/// | to | take |
/// | --- | --- |
/// | wait, and take the result | [`result`](Self::result), [`result_timeout`](Self::result_timeout), `.await` |
/// | take the result if it is there | [`try_result`](Self::try_result) |
/// | wait, and leave the result | [`wait`](Self::wait), [`wait_timeout`](Self::wait_timeout) |
/// | have a closure called with the result | [`on_done`](Self::on_done) |
/// | give the result to several readers | [`shared`](Self::shared) |
///
/// ```
/// use executor::GreenThreadPoolExecutor;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let jobs = (1..=3).map(|n| pool.submit(move || n * n)).collect::<Result<Vec<_>, _>>()?;
/// let mut sum = 0;
/// for job in jobs {
///     sum += job.result()?; // all three run meanwhile
/// }
/// assert_eq!(sum, 14);
///
/// drop(pool.submit(|| println!("done, though nobody waits for it"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "JoinHandle")]
#[doc(alias = "Future")]
#[doc(alias = "Task")]
#[doc(alias = "Promise")]
#[must_use = "dropping a future detaches its job; take the result, or drop it on purpose"]
pub struct GreenFuture<T, E = Infallible> {
    /// There until [`result`](Self::result) takes it, and the future with it. What a poll enters lies with the task:
    /// most futures are never polled.
    job: Option<ResultRef<T, E>>,
}

const _: () = assert!(size_of::<GreenFuture<u64>>() == size_of::<usize>());

impl<T: Send + 'static, E: Send + 'static> GreenFuture<T, E> {
    /// The owner of the result of `job`, whose types are `T` and `E`; there may be one.
    pub(crate) fn new(job: FutureRef) -> Self {
        GreenFuture { job: Some(ResultRef::new(job)) }
    }

    /// Waits for the job to end and takes its result.
    ///
    /// On a worker of the same executor, a job that has not started is run on the spot; see
    /// [`TaskHandle::wait`].
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let good = pool.submit(|| 42)?;
    /// assert_eq!(good.result()?, 42);
    ///
    /// let bad = pool.submit(|| [1, 2, 3][std::hint::black_box(3)])?;
    /// let error = bad.result().err().ok_or("index 3 is outside")?;
    /// assert!(error.is_panicked()); // the panic stays in the job
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * What ended the job without a result.
    /// * [`TaskError::Interrupted`]: the waiting green thread was cancelled, or its deadline has passed.
    /// * [`TaskError::Abandoned`] in a fork, if the job stays behind.
    ///
    /// # Panics
    /// The result was taken before, by [`result_timeout`](Self::result_timeout),
    /// [`try_result`](Self::try_result) or polling.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[doc(alias = "join")]
    #[doc(alias = "get")]
    #[doc(alias = "await")]
    #[doc(alias = "wait")]
    #[track_caller]
    pub fn result(self) -> Result<T, TaskError<E>> {
        if has_room_in_frame::<T, E>() { self.result_by_slot() } else { self.result_in_place() }
    }

    /// Waits for at most `timeout` for the job to end, and takes its result.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, WaitError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// let waited = slow.result_timeout(Duration::from_millis(1)).map(|_| ());
    /// assert_eq!(waited, Err(WaitError::TimedOut)); // the future stays good
    /// slow.cancel();
    ///
    /// let mut quick = pool.submit(|| 42)?;
    /// // The first `?` is for the wait, the second one for the job.
    /// assert_eq!(quick.result_timeout(Duration::from_secs(10))??, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * [`WaitError::TimedOut`]: the job has not ended in time. The future stays good.
    /// * [`WaitError::Interrupted`]: the waiting green thread was cancelled. The future stays good.
    /// * [`WaitError::Taken`]: the result was taken before.
    /// * [`WaitError::Forked`]: this process is a fork, and the job stays behind.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[doc(alias = "join_timeout")]
    #[doc(alias = "wait_for")]
    #[track_caller]
    pub fn result_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<Result<T, TaskError<E>>, WaitError> {
        wait::until_ended(self.job(), time::after(timeout))?;
        take_result(self.job()).ok_or(WaitError::Taken)
    }

    /// Takes the result if the job has ended. It gives `None` before that, and after the result was taken.
    ///
    /// On a green thread, each 64th such operation in a row lets the others run.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut job = pool.submit(|| 42)?;
    /// job.wait()?;
    /// assert!(matches!(job.try_result(), Some(Ok(42))));
    /// assert!(job.try_result().is_none()); // it was taken
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "try_join")]
    #[doc(alias = "now_or_never")]
    pub fn try_result(&mut self) -> Option<Result<T, TaskError<E>>> {
        // Whoever tries again and again lets the job run. An interruption is for those that wait.
        if greenctx::count_operation() {
            let _ = greenctx::give_way();
        }
        if self.is_done() { take_result(self.job()) } else { None }
    }

    /// Waits for the job to end, and leaves the result.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut job = pool.submit(|| 42)?;
    /// job.wait()?; // no error of the job is met here, nor a panic
    /// assert!(job.is_done());
    /// assert!(matches!(job.try_result(), Some(Ok(42))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`TaskHandle::wait`].
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn wait(&self) -> Result<(), WaitError> {
        wait::until_ended(self.job(), None)
    }

    /// Waits for at most `timeout` for the job to end, and leaves the result.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, WaitError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// assert_eq!(slow.wait_timeout(Duration::from_millis(1)), Err(WaitError::TimedOut));
    /// slow.cancel();
    /// slow.wait_timeout(Duration::from_secs(10))?; // it ends by the cancellation
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`TaskHandle::wait_timeout`].
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), WaitError> {
        wait::until_ended(self.job(), time::after(timeout))
    }

    /// A handle to the job that says nothing of the result, and can be cloned.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// let handle = slow.handle();
    /// let clone = handle.clone(); // goes to whoever may cancel the job
    /// clone.cancel();
    /// assert!(slow.result().is_err_and(|error| error.is_cancelled()));
    /// assert!(handle.is_cancelled());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "abort_handle")]
    #[doc(alias = "AbortHandle")]
    pub fn handle(&self) -> TaskHandle {
        TaskHandle::new(self.job().clone())
    }

    /// Cancels the job if it has not started; see [`TaskHandle::cancel`].
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
    /// let running = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// let waiting = pool.submit(|| unreachable!("it never starts"))?;
    /// assert!(waiting.cancel()); // its closure is gone
    /// running.cancel(); // its `sleep` returns an error
    /// assert!(running.result().is_err_and(|error| error.is_cancelled()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks, but runs the drop of the closure and the callbacks.
    #[doc(alias = "abort")]
    #[doc(alias = "stop")]
    #[doc(alias = "interrupt")]
    pub fn cancel(&self) -> bool {
        self.handle().cancel()
    }

    /// Where the job stands: [`outcome`](Self::outcome) says more of one that has ended.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskState};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 42)?;
    /// job.wait()?;
    /// assert_eq!(job.state(), TaskState::Done);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(&self) -> TaskState {
        self.handle().state()
    }

    /// How the job has ended, if it has.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskOutcome};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.try_submit(|| "x".parse::<u32>())?;
    /// job.wait()?;
    /// assert_eq!(job.outcome(), Some(TaskOutcome::Failed)); // the error is still in the future
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outcome(&self) -> Option<TaskOutcome> {
        self.handle().outcome()
    }

    /// Whether the job has ended, in whatever way.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 42)?;
    /// job.wait()?;
    /// assert!(job.is_done());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "is_finished")]
    pub fn is_done(&self) -> bool {
        self.core().state.load().is_ended()
    }

    /// Whether the job has started and not ended.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::sync::mpsc::channel;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (sender, started) = channel();
    /// let job = pool.try_submit(move || {
    ///     let _ = sender.send(());
    ///     sleep(Duration::from_secs(60))
    /// })?;
    /// started.recv()?;
    /// assert!(job.is_running());
    /// job.cancel();
    /// job.wait()?;
    /// assert!(!job.is_running());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_running(&self) -> bool {
        self.state() == TaskState::Running
    }

    /// Whether the job was cancelled: before it started, or while it ran, if it has ended by that.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// slow.cancel();
    /// slow.wait()?;
    /// assert!(slow.is_cancelled());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.state() == TaskState::Cancelled
    }

    /// Has `callback` called when the job has ended; see [`TaskHandle::add_done_callback`].
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskOutcome};
    /// use std::sync::mpsc::channel;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (sender, outcomes) = channel();
    /// let job = pool.submit(|| 42)?;
    /// job.add_done_callback(move |job| {
    ///     let _ = sender.send(job.outcome());
    /// });
    /// assert_eq!(outcomes.recv()?, Some(TaskOutcome::Succeeded));
    /// assert_eq!(job.result()?, 42); // the future keeps the result; `on_done` would pass it on
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks, unless the callback does.
    #[doc(alias = "then")]
    #[doc(alias = "finally")]
    pub fn add_done_callback(&self, callback: impl FnOnce(&TaskHandle) + Send + 'static) {
        self.handle().add_done_callback(callback);
    }

    /// Has `consume` called with the result when there is one. The worker that ran the job calls it, or whoever
    /// cancelled the job. If the job has ended already, it is called at once. If the result was taken before,
    /// it is not called.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::sync::mpsc::channel;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (sender, results) = channel();
    /// for n in [1, 2, 3] {
    ///     let sender = sender.clone();
    ///     pool.submit(move || n * n)?.on_done(move |result| {
    ///         let _ = sender.send(result);
    ///     });
    /// }
    /// drop(sender);
    /// let squares = results.iter().collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(squares.iter().sum::<i32>(), 14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks, unless the callback does.
    #[doc(alias = "then")]
    #[doc(alias = "and_then")]
    #[doc(alias = "map")]
    pub fn on_done(self, consume: impl FnOnce(Result<T, TaskError<E>>) + Send + 'static) {
        let handle = self.handle();
        handle.add_done_callback(move |_| {
            if let Some(result) = take_result(self.job()) {
                consume(result);
            }
        });
    }

    /// A future that can be cloned, and gives its result to each clone.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let first = pool.submit(|| String::from("loaded once"))?.shared();
    /// let second = first.clone();
    /// assert_eq!(first.result()?, "loaded once");
    /// assert_eq!(second.result()?, "loaded once");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
/// Polling does not run the job. But think of a worker of the job's own executor that polls inside of
/// [`block_on`](crate::io::block_on). As soon as it waits, it lends its slot to a job that has not started. So
/// a full executor cannot wait for itself there either. It can where something other than `block_on` polls and
/// blocks: call [`result`](GreenFuture::result) there.
///
/// The future remembers the waker of its last poll only, and forgets it when it is dropped.
///
/// # Panics
/// It is polled after the result was taken.
///
/// # Blocking
/// Polling neither parks nor blocks.
impl<T: Send + 'static, E: Send + 'static> Future for GreenFuture<T, E> {
    type Output = Result<T, TaskError<E>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Err(error) = wait::refuse_if_forked(self.core())
            && !self.is_done()
        {
            return Poll::Ready(Err(TaskError::of_wait(error)));
        }
        if !has_ended(self.job(), context.waker()) {
            return Poll::Pending;
        }
        Poll::Ready(take_result(self.job()).expect(TAKEN_BEFORE))
    }
}

/// Whether the job has ended; if not, `waker` will be woken then, and that of the last poll will not.
fn has_ended(job: &Job, waker: &Waker) -> bool {
    match job.core().poll(waker) {
        Polled::Ended => true,
        Polled::Waits => false,
        Polled::Entered => {
            note_poll(job);
            false
        }
    }
}

/// The job is awaited by a poll.
fn note_poll(_job: &Job) {
    // Without `io` there is no `block_on` of ours, which alone makes use of it.
    #[cfg(feature = "io")]
    awaited::note_poll(_job);
}

impl<T: Send + 'static, E: Send + 'static> GreenFuture<T, E> {
    /// The result, which is put into this frame if the job runs on the spot.
    #[inline]
    #[track_caller]
    fn result_by_slot(self) -> Result<T, TaskError<E>> {
        if self.core().state.load().is_queued() {
            let mut taken = None;
            // If it ends by a panic, the drop of the future detaches the job.
            if claim::run_for_future(self.owner().slot(&mut taken)) {
                self.has_left();
                return taken.expect("what has left has put its result there");
            }
            if let Some(result) = taken {
                drop(self.into_ended());
                return result;
            }
        }
        self.result_in_place()
    }

    /// The result, from where the job has put it.
    #[track_caller]
    fn result_in_place(self) -> Result<T, TaskError<E>> {
        wait::until_ended(self.job(), None).map_err(TaskError::of_wait)?;
        take_result(&self.into_ended()).expect(TAKEN_BEFORE)
    }
}

/// Why a future has no result to give.
const TAKEN_BEFORE: &str = "the result of this future was taken before";

/// Why a future has its job.
const NEVER_TAKEN: &str = "only `result` takes it, and the future with it";

impl<T, E> GreenFuture<T, E> {
    /// It has nothing left to detach or to withdraw: the job has ended.
    #[inline]
    fn into_ended(self) -> FutureRef {
        let mut future = ManuallyDrop::new(self);
        future.job.take().expect(NEVER_TAKEN).into_untyped()
    }

    /// Its reference was given up with the end of the job, which may be gone by now.
    #[inline(always)]
    fn has_left(self) {
        let _ = ManuallyDrop::new(self);
    }

    #[inline]
    pub(crate) fn job(&self) -> &Job {
        self.owner().job()
    }

    #[inline]
    fn owner(&self) -> &ResultRef<T, E> {
        self.job.as_ref().expect(NEVER_TAKEN)
    }

    #[inline]
    fn core(&self) -> &Core {
        self.job().core()
    }
}

impl<T, E> Drop for GreenFuture<T, E> {
    #[inline]
    fn drop(&mut self) {
        let Some(job) = self.job.take().map(ResultRef::into_untyped) else { return };
        job.core().forget_poll();
        // If the job has ended, the result is dropped here, else by whoever ends it.
        job.detach();
    }
}

impl<T, E> fmt::Debug for GreenFuture<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core().fmt(f)
    }
}
