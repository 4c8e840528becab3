//! The executor, and the handle by which jobs reach it.

use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::time::Duration;

use greenstd::sync::Arc;
use stats::ExecutorStatistics;
use workqueue::{Admitted, Gauge};

use crate::admission;
use crate::admission::refusal::{Refusal, SubmitError};
use crate::builder::Builder;
use crate::carrier;
use crate::future::GreenFuture;
use crate::pool::{Pool, Queued, deadline};
use crate::shutdown::{self, Shutdown, ShutdownError};
use crate::task::{Core, Fallible, Job, Kind, Label, Plain, Task};

/// Runs jobs in plain blocking style on green threads, thousands at once on a few OS threads.
///
/// Everything that can be done with it is a method of [`ExecutorHandle`], to which it dereferences.
/// The handle can be cloned and moved into jobs; this owner decides when the executor ends: dropping
/// it closes the executor and waits until all accepted jobs have ended. Dropped on one of its own
/// carriers (in a job, or in the destructor of a thread-local there), where waiting would be for ever, it
/// closes and lets the jobs end in the background.
///
/// # Blocking
/// The drop parks the green thread, or blocks the OS thread.
#[must_use = "dropping an executor closes it and waits for its jobs"]
pub struct GreenThreadPoolExecutor {
    handle: ExecutorHandle,
}

/// A handle to an executor: good for everything but keeping it open.
#[derive(Clone)]
pub struct ExecutorHandle {
    pool: Arc<Pool>,
}

impl GreenThreadPoolExecutor {
    /// Starts to describe an executor.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn from_pool(pool: Arc<Pool>) -> Self {
        GreenThreadPoolExecutor { handle: ExecutorHandle { pool } }
    }

    /// A handle that can be cloned and moved into jobs.
    pub fn handle(&self) -> ExecutorHandle {
        self.handle.clone()
    }
}

impl Deref for GreenThreadPoolExecutor {
    type Target = ExecutorHandle;

    fn deref(&self) -> &ExecutorHandle {
        &self.handle
    }
}

impl Drop for GreenThreadPoolExecutor {
    fn drop(&mut self) {
        shutdown::on_drop(&self.handle.pool);
    }
}

impl ExecutorHandle {
    /// Submits a job. It may start before this returns.
    ///
    /// # Errors
    /// If the executor refuses it, with the reason; the closure comes back.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[track_caller]
    pub fn submit<T, F>(&self, job: F) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_from(Location::caller(), job)
    }

    /// As [`submit`](Self::submit), under a name for reports.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[track_caller]
    pub fn submit_named<T, F>(
        &self,
        name: impl Into<Arc<str>>,
        job: F,
    ) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let site = Location::caller();
        self.enter::<Plain, _, _>(job, site, Some(name.into()), admission::admit)
    }

    /// Submits a job that may fail: an `Err` that it returns is a failure in the statistics and in
    /// wait sets, as a panic is.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[track_caller]
    pub fn try_submit<T, E, F>(&self, job: F) -> Result<GreenFuture<T, E>, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let site = Location::caller();
        self.enter::<Fallible, _, _>(job, site, None, admission::admit)
    }

    /// As [`try_submit`](Self::try_submit), under a name for reports.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[track_caller]
    pub fn try_submit_named<T, E, F>(
        &self,
        name: impl Into<Arc<str>>,
        job: F,
    ) -> Result<GreenFuture<T, E>, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let site = Location::caller();
        self.enter::<Fallible, _, _>(job, site, Some(name.into()), admission::admit)
    }

    /// As [`submit`](Self::submit), but waits for room in the backlog instead of being refused.
    ///
    /// # Errors
    /// If the executor is or gets shut down or broken, if the waiting green thread is cancelled, if
    /// every worker of the executor would wait here, and room would never come, or in a fork.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while there is no room.
    #[track_caller]
    pub fn submit_wait<T, F>(&self, job: F) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_waiting_from(Location::caller(), job)
    }

    /// As [`submit_wait`](Self::submit_wait), for at most `timeout`.
    ///
    /// # Errors
    /// As [`submit_wait`](Self::submit_wait), and if there was no room in time.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while there is no room.
    #[track_caller]
    pub fn submit_timeout<T, F>(
        &self,
        timeout: Duration,
        job: F,
    ) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let site = Location::caller();
        let until = deadline(timeout);
        self.enter::<Plain, _, _>(job, site, None, |pool| admission::admit_waiting(pool, until))
    }

    /// As [`try_submit`](Self::try_submit), but waits for room in the backlog for at most `timeout`
    /// (`None`: for ever) instead of being refused.
    ///
    /// # Errors
    /// As [`submit_timeout`](Self::submit_timeout).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while there is no room.
    #[track_caller]
    pub fn try_submit_wait<T, E, F>(
        &self,
        timeout: Option<Duration>,
        job: F,
    ) -> Result<GreenFuture<T, E>, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let site = Location::caller();
        let until = timeout.and_then(deadline);
        self.enter::<Fallible, _, _>(job, site, None, |pool| admission::admit_waiting(pool, until))
    }

    /// As [`submit`](Self::submit), on behalf of a caller at `site`.
    pub(crate) fn submit_from<T, F>(
        &self,
        site: &'static Location<'static>,
        job: F,
    ) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.enter::<Plain, _, _>(job, site, None, admission::admit)
    }

    /// As [`submit_wait`](Self::submit_wait), on behalf of a caller at `site`.
    pub(crate) fn submit_waiting_from<T, F>(
        &self,
        site: &'static Location<'static>,
        job: F,
    ) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.enter::<Plain, _, _>(job, site, None, |pool| admission::admit_waiting(pool, None))
    }

    /// Asks for admission, and only then makes the task: a refusal allocates nothing.
    fn enter<K, F, R>(
        &self,
        job: F,
        site: &'static Location<'static>,
        name: Option<Arc<str>>,
        admit: impl FnOnce(&Pool) -> Result<Admitted<'_, Queued>, Refusal>,
    ) -> Result<GreenFuture<K::Value, K::Error>, SubmitError<F>>
    where
        K: Kind<R>,
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let pool = &*self.pool;
        let admitted = match admit(pool) {
            Ok(admitted) => admitted,
            Err(reason) => return Err(SubmitError::new(reason, job)),
        };
        // Ids begin at 1.
        let id = admitted.number() + 1;
        let span = pool.settings().spans.request();
        let label = Label { id, name, site, span, accepted: pool.ticks() };
        let task: Arc<dyn Job> = Task::<K, F, R>::create(Core::new(pool.id(), label), job);
        let future = GreenFuture::new(task.clone());
        match carrier::index_in(pool) {
            Some(carrier) => admitted.push_on_carrier(carrier, Queued(task)),
            None => admitted.push(Queued(task)),
        }
        Ok(future)
    }

    /// Shuts the executor down: from now on nothing is accepted. See [`Shutdown`] for what becomes of
    /// what was accepted before, and for how long this waits. Doing it again is no mistake: it then
    /// waits too.
    ///
    /// # Errors
    /// [`ShutdownError::TimedOut`] with what was left when the time was over;
    /// [`ShutdownError::WouldDeadlock`] if it was to wait and the caller runs on the executor itself, or
    /// in a callback of a job that it is ending (it is closed all the same);
    /// [`ShutdownError::Forked`] in a fork, where nothing is done.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, if it is to wait. With
    /// [`cancel_pending`](Shutdown::cancel_pending), runs the drops of the closures and the callbacks
    /// of what it cancels.
    pub fn shutdown(&self, how: Shutdown) -> Result<(), ShutdownError> {
        shutdown::shut_down(&self.pool, how)
    }

    /// Whether the executor accepts jobs (as far as its rejection allows).
    pub fn alive(&self) -> bool {
        !self.pool.queue().is_closed()
    }

    /// The executor's name.
    pub fn name(&self) -> &str {
        &self.pool.settings().name
    }

    /// How many jobs wait to start.
    pub fn queue_size(&self) -> u64 {
        self.pool.queue().queued()
    }

    /// How many workers are live: green threads that run jobs, wait in one, or look for the next.
    pub fn num_workers(&self) -> usize {
        self.pool.queue().live_workers()
    }

    /// How many workers may be live.
    pub fn max_workers(&self) -> usize {
        self.pool.queue().max_workers()
    }

    /// How many carriers there are.
    pub fn num_carriers(&self) -> usize {
        self.pool.settings().carriers
    }

    /// What waits and what runs, and how long the oldest waiting job has waited (if statistics are
    /// on).
    pub fn gauge(&self) -> Gauge {
        self.pool.queue().gauge()
    }

    /// A snapshot of the statistics.
    ///
    /// For the deepest use of a stack it looks at the pages of all stacks, which takes up to a
    /// millisecond for a thousand workers; see [`StackPool::deepest_bytes`](greenctx::StackPool::deepest_bytes).
    pub fn statistics(&self) -> ExecutorStatistics {
        self.pool.statistics()
    }

    /// Changes how many workers may be live. Those beyond a lower number end when their jobs have. With
    /// 1, what waits then runs one after the other in the order of its submission, once the jobs that
    /// run now have ended.
    ///
    /// # Errors
    /// If `max_workers` is 0.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn resize(&self, max_workers: usize) -> Result<(), crate::BuildError> {
        crate::builder::check_max_workers(max_workers)?;
        self.pool.set_max_workers(max_workers);
        Ok(())
    }
}

impl fmt::Debug for GreenThreadPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GreenThreadPoolExecutor").field(&self.handle.pool).finish()
    }
}

impl fmt::Debug for ExecutorHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExecutorHandle").field(&self.pool).finish()
    }
}
