//! The executor, and the handle by which jobs reach it.

use std::fmt;
use std::ops::Deref;
use std::panic::Location;

use greenctx::CarrierHandle;
use greenstd::sync::Arc;
use stats::ExecutorStatistics;
use workqueue::{Admitted, Gauge};

use crate::admission::refusal::{Denied, SubmitError};
use crate::admission::{self, Priority};
use crate::builder::{Builder, check};
use crate::carrier;
use crate::future::GreenFuture;
use crate::hosts::{Hosts, caller};
use crate::limits::{Limiting, Unlimited};
use crate::naming::{Naming, Unnamed};
use crate::placing::{Anywhere, Placed, Placing};
use crate::pool::{Pool, Queued};
use crate::shutdown::{self, Shutdown, ShutdownError};
use crate::task::{Extras, Fallible, Kind, Label, Plain, QueueRef, Task};

/// Runs jobs in plain blocking style on green threads: thousands at once, on a few OS threads.
///
/// All that can be done with it is a method of [`ExecutorHandle`], to which it dereferences. The handle can be
/// cloned and moved into jobs. This owner decides when the executor ends: its drop closes the executor, and
/// waits until all accepted jobs have ended.
///
/// A drop on one of its own carriers (in a job, or in the destructor of a thread-local there) would wait for
/// ever. So it closes the executor and lets the jobs end in the background. To cancel what waits, or to wait
/// for a limited time, call [`shutdown`](ExecutorHandle::shutdown) first.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let job = pool.submit(|| 6 * 7)?;
/// drop(pool); // closes the executor, and waits for the job
/// assert!(job.is_done());
/// assert_eq!(job.result()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// The drop parks the green thread, or blocks the OS thread.
#[doc(alias = "ThreadPoolExecutor")]
#[doc(alias = "ThreadPool")]
#[doc(alias = "GreenPool")]
#[doc(alias = "Runtime")]
#[must_use = "dropping an executor closes it and waits for its jobs"]
pub struct GreenThreadPoolExecutor {
    handle: ExecutorHandle,
}

/// A handle to an executor. It can do everything but keep the executor open.
///
/// Clone it into jobs and threads that submit. When the [`GreenThreadPoolExecutor`] is dropped, the handles
/// stay, and submissions by them are refused.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use std::io;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let handle = pool.handle();
/// let parent = pool.try_submit(move || -> io::Result<u32> {
///     let child = handle.submit(|| 20)?; // a job submits to its own executor
///     Ok(child.result()? + 1)
/// })?;
/// assert_eq!(parent.result()?, 21);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "Spawner")]
#[doc(alias = "Handle")]
#[derive(Clone)]
pub struct ExecutorHandle {
    pool: Arc<Pool>,
}

impl GreenThreadPoolExecutor {
    /// Starts to describe an executor; [`build`](Builder::build) starts it.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().name("fetch").max_workers(100).build()?;
    /// assert_eq!((pool.name(), pool.max_workers()), ("fetch", 100));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "new")]
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn from_pool(pool: Arc<Pool>) -> Self {
        GreenThreadPoolExecutor { handle: ExecutorHandle { pool } }
    }

    /// A handle that can be cloned and moved into jobs.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let handle = pool.handle();
    /// drop(pool);
    /// let refused = handle.submit(|| 1);
    /// assert!(refused.is_err_and(|refused| refused.is_shutdown()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    pub(crate) fn of(pool: Arc<Pool>) -> Self {
        ExecutorHandle { pool }
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Submits a job. It may start before this returns.
    ///
    /// | the job | take |
    /// | --- | --- |
    /// | gives a value | `submit` |
    /// | may fail | [`try_submit`](Self::try_submit) |
    /// | is to wait for room, instead of being refused | [`submit_wait`](Self::submit_wait) |
    /// | has a name, or a limit to its wait, or several of these | [`job`](Self::job) |
    /// | is one function for many inputs | [`map`](Self::map) |
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let answer = pool.submit(|| 6 * 7)?;
    /// assert_eq!(answer.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The executor refuses the job. The error says why, and gives the closure back; see [`Refusal`](crate::Refusal).
    ///
    /// # Blocking
    /// Neither parks nor blocks. A green thread that is refused again and again lets others run
    /// [now and then](greenctx::count_operation).
    #[doc(alias = "spawn")]
    #[doc(alias = "go")]
    #[doc(alias = "execute")]
    #[doc(alias = "spawn_blocking")]
    #[doc(alias = "apply_async")]
    #[track_caller]
    pub fn submit<T, F>(&self, job: F) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_from(Location::caller(), job)
    }

    /// Submits a job that may fail. An `Err` that it returns is a failure in the statistics and in wait sets,
    /// as a panic is. Its result is one `Result`, whose error is
    /// [`TaskError::Failed`](crate::TaskError::Failed). With a name, or with a wait for room, take
    /// [`job`](Self::job) and [`fallible`](crate::JobBuilder::fallible).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let good = pool.try_submit(|| "42".parse::<u32>())?;
    /// let bad = pool.try_submit(|| "forty-two".parse::<u32>())?;
    /// assert_eq!(good.result()?, 42);
    /// assert!(bad.result().is_err_and(|error| error.is_failed()));
    /// assert_eq!(pool.statistics().failed(), 1);
    ///
    /// // With `submit`, the `Err` is a value like others, and the job has succeeded.
    /// let plain = pool.submit(|| "forty-two".parse::<u32>())?;
    /// assert!(plain.result()?.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`submit`](Self::submit). What the job returns comes by its future.
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
        self.try_submit_from(Location::caller(), job)
    }

    /// As [`submit`](Self::submit), but waits for room in the backlog instead of being refused. So a submitter
    /// is slowed down to what the executor can do. For a limited time, take [`job`](Self::job) and
    /// [`wait_timeout`](crate::JobBuilder::wait_timeout).
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, reject_when_reached};
    ///
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .max_workers(1)
    ///     .check_and_reject(reject_when_reached(0))
    ///     .build()?;
    /// let mut jobs = Vec::new();
    /// for n in 1..=10 {
    ///     jobs.push(pool.submit_wait(move || n)?); // `submit` could be refused here
    /// }
    /// let mut sum = 0;
    /// for job in jobs {
    ///     sum += job.result()?;
    /// }
    /// assert_eq!(sum, 55);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * The executor is shut down or broken, or becomes so during the wait.
    /// * The waiting green thread is cancelled, or its deadline passes.
    /// * Every worker of the executor would wait here, so room would never come.
    /// * This process is a fork.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while there is no room.
    #[doc(alias = "backpressure")]
    #[track_caller]
    pub fn submit_wait<T, F>(&self, job: F) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_waiting_from(Location::caller(), job)
    }

    /// As [`try_submit`](Self::try_submit), on behalf of a caller at `site`.
    pub(crate) fn try_submit_from<T, E, F>(
        &self,
        site: &'static Location<'static>,
        job: F,
    ) -> Result<GreenFuture<T, E>, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.enter::<Fallible, _, _>(job, site, Unnamed, Unlimited, Anywhere, admission::admit)
    }

    /// The same, waiting for room.
    pub(crate) fn try_submit_waiting_from<T, E, F>(
        &self,
        site: &'static Location<'static>,
        job: F,
    ) -> Result<GreenFuture<T, E>, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.enter::<Fallible, _, _>(job, site, Unnamed, Unlimited, Anywhere, |pool| {
            admission::admit_waiting(pool, Priority::Normal, None, site)
        })
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
        self.enter::<Plain, _, _>(job, site, Unnamed, Unlimited, Anywhere, admission::admit)
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
        self.enter::<Plain, _, _>(job, site, Unnamed, Unlimited, Anywhere, |pool| {
            admission::admit_waiting(pool, Priority::Normal, None, site)
        })
    }

    /// Asks for admission, and only then makes the task: a refusal allocates nothing.
    #[inline(always)]
    pub(crate) fn enter<K, F, R>(
        &self,
        job: F,
        site: &'static Location<'static>,
        naming: impl Naming,
        limiting: impl Limiting,
        placing: impl Placing,
        admit: impl FnOnce(&Pool) -> Result<Admitted<'_, Queued>, Denied>,
    ) -> Result<GreenFuture<K::Value, K::Error>, SubmitError<F>>
    where
        K: Kind<R>,
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.enter_kept::<K, _, _, _>(job, site, naming, limiting, placing, admit, |future| future)
    }

    /// As [`enter`](Self::enter). `keep` has the future before the job can start.
    #[expect(clippy::too_many_arguments, reason = "each is a part of what a submission says")]
    #[inline(always)]
    pub(crate) fn enter_kept<K, F, R, X>(
        &self,
        job: F,
        site: &'static Location<'static>,
        naming: impl Naming,
        limiting: impl Limiting,
        placing: impl Placing,
        admit: impl FnOnce(&Pool) -> Result<Admitted<'_, Queued>, Denied>,
        keep: impl FnOnce(GreenFuture<K::Value, K::Error>) -> X,
    ) -> Result<X, SubmitError<F>>
    where
        K: Kind<R>,
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let pool = &*self.pool;
        let admitted = match admit(pool) {
            Ok(admitted) => admitted,
            Err(denied) => {
                // Whoever submits again and again lets others make room. An interruption is for those that wait.
                if greenctx::count_operation() {
                    let _ = greenctx::give_way();
                }
                return Err(SubmitError::new(denied, job));
            }
        };
        // Ids begin at 1.
        let id = admitted.number() + 1;
        let span = pool.settings().spans.request();
        let placed = placing.place(pool);
        let pinned_to = placed.as_deref().and_then(Placed::pinned_to);
        let accepted = pool.timing().accepted(id);
        let limits = limiting.limited();
        let extras = Extras::if_any(naming.name(), span, placed, limits, None);
        let label = Label { id, site, accepted, extras };
        let (task, kept) = Task::<K, F, R>::create(pool.id(), label, job);
        let expiring = limits.expires_at.is_some().then(|| kept.clone());
        let kept = keep(GreenFuture::new(kept));
        match pinned_to {
            Some(carrier) => admitted.push_pinned(carrier, Queued(task)),
            None => push(pool, admitted, task),
        }
        if let Some(job) = expiring {
            self.pool.timekeeper().enter_limited(&self.pool, &job);
        }
        Ok(kept)
    }

    /// Shuts the executor down: from now on it accepts nothing. [`Shutdown`] says what becomes of the jobs that
    /// were accepted before, and how long this waits. A second call is no mistake: it waits too.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 1)?;
    /// pool.shutdown(Shutdown::wait())?;
    /// assert_eq!(job.result()?, 1);
    /// assert!(pool.submit(|| 2).is_err_and(|refused| refused.is_shutdown()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * [`ShutdownError::TimedOut`]: the time is over; the error says what is left.
    /// * [`ShutdownError::WouldDeadlock`]: the caller runs on the executor itself, or in a callback of a job
    ///   that it is ending, and was to wait. The executor is closed all the same.
    /// * [`ShutdownError::Forked`]: this process is a fork. Nothing is done.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, if it is to wait. With
    /// [`cancel_pending`](Shutdown::cancel_pending) it also runs the drops of the closures that it cancels, and
    /// the callbacks of these jobs.
    #[doc(alias = "join")]
    #[doc(alias = "close")]
    #[doc(alias = "stop")]
    #[track_caller]
    pub fn shutdown(&self, how: Shutdown) -> Result<(), ShutdownError> {
        shutdown::shut_down(&self.pool, how)
    }

    /// Whether the executor still accepts jobs, as far as its rejection lets it.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert!(pool.alive());
    /// pool.shutdown(Shutdown::no_wait())?;
    /// assert!(!pool.alive());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "is_closed")]
    pub fn alive(&self) -> bool {
        !self.pool.is_closing() && !self.pool.queue().is_closed()
    }

    /// The executor's name.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().name("fetch").build()?;
    /// assert_eq!(pool.name(), "fetch");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.pool.settings().name
    }

    /// How many jobs wait to start.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
    /// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?; // takes the only worker
    /// let next = pool.submit(|| ())?;
    /// assert!(pool.queue_size() >= 1); // `next`, and `busy` if it has not started yet
    /// busy.cancel();
    /// next.result()?;
    /// assert_eq!(pool.queue_size(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "backlog")]
    #[doc(alias = "len")]
    pub fn queue_size(&self) -> u64 {
        self.pool.queue().queued()
    }

    /// How many workers are live: green threads that run jobs, wait in one, or look for the next.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(10).build()?;
    /// let handle = pool.handle();
    /// let workers = pool.submit(move || handle.num_workers())?;
    /// assert!((1..=10).contains(&workers.result()?)); // the job's own, and those that look for work
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn num_workers(&self) -> usize {
        self.pool.queue().live_workers()
    }

    /// How many workers may be live: how many jobs may run at once. [`resize`](Self::resize) changes it.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(10).build()?;
    /// assert_eq!(pool.max_workers(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_workers(&self) -> usize {
        self.pool.queue().max_workers()
    }

    /// How many carriers, which are OS threads, the executor has.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().carriers(2).build()?;
    /// assert_eq!(pool.num_carriers(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn num_carriers(&self) -> usize {
        self.pool.settings().carriers
    }

    /// Handles to the carriers, for those who look inside: their counters, their threads, their
    /// [traces](greenctx::trace).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().name("fetch").carriers(2).build()?;
    /// for carrier in pool.carriers() {
    ///     println!("{} has slept {} times", carrier.name(), carrier.counters().sleeps());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn carriers(&self) -> impl Iterator<Item = &CarrierHandle> {
        self.pool.carriers()
    }

    /// How many jobs wait and run now. If [statistics](Builder::statistics) are on, it also says how long the
    /// oldest waiting job has waited.
    ///
    /// It is cheap: take it for alarms, and [`statistics`](Self::statistics) for what has happened since the
    /// start.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
    /// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?; // takes the only worker
    /// let next = pool.submit(|| ())?;
    /// let gauge = pool.gauge();
    /// assert!(gauge.queued + gauge.running >= 1);
    /// if gauge.oldest.is_some_and(|oldest| oldest > Duration::from_secs(1)) {
    ///     println!("overloaded: {gauge:?}");
    /// }
    /// busy.cancel();
    /// next.result()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "metrics")]
    pub fn gauge(&self) -> Gauge {
        self.pool.queue().gauge()
    }

    /// A snapshot of the statistics since the start.
    ///
    /// For the deepest use of a stack it looks at the pages of all stacks. That takes up to a millisecond for a
    /// thousand workers; see [`StackPool::deepest_bytes`](greenctx::StackPool::deepest_bytes).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let good = pool.submit(|| 1)?;
    /// let bad = pool.try_submit(|| "x".parse::<u32>())?;
    /// good.wait()?;
    /// bad.wait()?;
    /// let statistics = pool.statistics(); // both jobs are counted once a wait for them is over
    /// assert_eq!((statistics.succeeded(), statistics.failed()), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "metrics")]
    pub fn statistics(&self) -> ExecutorStatistics {
        self.pool.statistics()
    }

    /// Changes how many workers may be live. Those beyond a lower number end when their jobs have ended. After
    /// a change to 1, the waiting jobs run one after the other in the order of their submission, once those
    /// that run now have ended.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(10).build()?;
    /// pool.resize(50)?;
    /// assert_eq!(pool.max_workers(), 50);
    /// assert!(pool.resize(0).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `max_workers` is 0.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn resize(&self, max_workers: usize) -> Result<(), crate::BuildError> {
        let (min, max) = self.pool.hosts().map_or((1, usize::MAX), Hosts::range_of_workers);
        check("max_workers", max_workers, min, max)?;
        self.pool.set_max_workers(max_workers);
        Ok(())
    }
}

/// What is the same for jobs of all types.
#[inline(always)]
pub(crate) fn push(pool: &Pool, admitted: Admitted<'_, Queued>, task: QueueRef) {
    match carrier::index_in(pool) {
        Some(carrier) => admitted.push_on_carrier(carrier, Queued(task)),
        // Nobody else will take it.
        None if pool.runs_jobs_in_submit() => caller::run(pool, admitted, task),
        None => admitted.push(Queued(task)),
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
