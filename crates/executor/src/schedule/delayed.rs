//! Jobs that are submitted now and start later.

use std::panic::Location;
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time::{self, Instant};
use workqueue::Batch;

use crate::admission::refusal::{Refusal, SubmitError};
use crate::admission::{self, Priority};
use crate::error::AbandonReason;
use crate::executor::{self, ExecutorHandle};
use crate::future::GreenFuture;
use crate::job::{Fallible, JobBuilder, Plain};
use crate::limits::Limited;
use crate::placing::{Placed, Placing};
use crate::pool::{Pool, Queued};
use crate::schedule::delay::{self, Delay};
use crate::shutdown;
use crate::task::{self, Extras, Job, Kind, Label, QueueRef, Task};

impl ExecutorHandle {
    /// Submits a job that becomes due after `delay`, and goes through admission then.
    ///
    /// Until then it costs an entry in a map: no worker, no stack, no place in the backlog. To cancel it frees the
    /// entry and the closure at once. It never starts early. Jobs that are due at the same moment start in the order of
    /// their submission.
    ///
    /// If the executor [rejects](crate::Builder::check_and_reject) it when it is due, its future ends with
    /// [`AbandonReason::Refused`]. A shutdown cancels it if it is not due;
    /// [`Shutdown::run_delayed`](crate::Shutdown::run_delayed) lets it run. With a name, or with an `Err` as a failure,
    /// take [`job`](Self::job) and [`JobBuilder::submit_after`].
    ///
    /// Its rejection hook, and its callbacks if it is refused, run on the executor's timekeeper, an OS thread of its own.
    /// They should not take long: what is due waits for them. Jobs that are due within 50 µs of each other may be let in
    /// together.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (start, delay) = (Instant::now(), Duration::from_millis(2));
    /// let late = pool.submit_after(delay, move || start.elapsed())?;
    /// assert!(late.result()? >= delay);
    ///
    /// let never = pool.submit_after(Duration::from_secs(3600), || unreachable!("it is cancelled"))?;
    /// assert!(never.cancel());
    /// assert_eq!(pool.num_delayed(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The executor is shut down or broken, or this process is a fork. Or it is the first delayed job, and the operating
    /// system has no thread for the timekeeper. The error gives the closure back.
    ///
    /// # Blocking
    /// Neither parks nor blocks. The first call starts an OS thread.
    #[doc(alias = "schedule")]
    #[doc(alias = "delay")]
    #[doc(alias = "setTimeout")]
    #[doc(alias = "call_later")]
    #[doc(alias = "spawn_after")]
    #[track_caller]
    pub fn submit_after<T, F>(
        &self,
        delay: Duration,
        job: F,
    ) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.job().delayed_from(Location::caller(), time::after(delay), job)
    }

    /// As [`submit_after`](Self::submit_after), with the moment at which it becomes due. One that has passed is now.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let due = Instant::now() + Duration::from_millis(2);
    /// let late = pool.submit_at(due, Instant::now)?;
    /// assert!(late.result()? >= due);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`submit_after`](Self::submit_after).
    ///
    /// # Blocking
    /// Neither parks nor blocks. The first call starts an OS thread.
    #[doc(alias = "call_at")]
    #[track_caller]
    pub fn submit_at<T, F>(&self, due: Instant, job: F) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.job().delayed_from(Location::caller(), Some(due), job)
    }

    /// How many delayed jobs wait for their time. They are no part of the backlog, and the statistics count them as
    /// submitted once they are let in, or have ended.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit_after(Duration::from_secs(3600), || ())?;
    /// assert_eq!((pool.num_delayed(), pool.queue_size()), (1, 0));
    /// job.cancel();
    /// assert_eq!(pool.num_delayed(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn num_delayed(&self) -> usize {
        // In a fork the lock may be held by a thread that is not there.
        if self.pool().is_forked() { 0 } else { self.pool().timekeeper().num_delayed() }
    }
}

impl JobBuilder<'_, Plain> {
    /// Submits the job to become due after `delay`: see [`ExecutorHandle::submit_after`].
    ///
    /// It is admitted or refused at the moment when it is due: nobody waits for room with it, whatever was said by
    /// [`wait`](Self::wait).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.job().name("remind").submit_after(Duration::from_millis(1), || 42)?;
    /// assert_eq!(job.handle().name(), Some("remind"));
    /// assert_eq!(job.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ExecutorHandle::submit_after`].
    ///
    /// # Blocking
    /// Neither parks nor blocks. The first call starts an OS thread.
    #[track_caller]
    pub fn submit_after<T, F>(
        self,
        delay: Duration,
        job: F,
    ) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.delayed_from(Location::caller(), time::after(delay), job)
    }

    /// As [`submit_after`](Self::submit_after), with the moment at which it becomes due.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let due = Instant::now() + Duration::from_millis(1);
    /// assert_eq!(pool.job().name("remind").submit_at(due, || 42)?.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ExecutorHandle::submit_after`].
    ///
    /// # Blocking
    /// Neither parks nor blocks. The first call starts an OS thread.
    #[track_caller]
    pub fn submit_at<T, F>(self, due: Instant, job: F) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.delayed_from(Location::caller(), Some(due), job)
    }
}

impl JobBuilder<'_, Fallible> {
    /// Submits the job, which may fail, to become due after `delay`: see [`ExecutorHandle::submit_after`].
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let later = Duration::from_millis(1);
    /// let job = pool.job().fallible().submit_after(later, || "forty-two".parse::<u32>())?;
    /// assert!(job.result().is_err_and(|error| error.is_failed()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ExecutorHandle::submit_after`]. What the job returns comes by its future.
    ///
    /// # Blocking
    /// Neither parks nor blocks. The first call starts an OS thread.
    #[track_caller]
    pub fn submit_after<T, E, F>(
        self,
        delay: Duration,
        job: F,
    ) -> Result<GreenFuture<T, E>, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.delayed_from(Location::caller(), time::after(delay), job)
    }

    /// As [`submit_after`](Self::submit_after), with the moment at which it becomes due.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let due = Instant::now() + Duration::from_millis(1);
    /// let job = pool.job().fallible().submit_at(due, || "42".parse::<u32>())?;
    /// assert_eq!(job.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ExecutorHandle::submit_after`]. What the job returns comes by its future.
    ///
    /// # Blocking
    /// Neither parks nor blocks. The first call starts an OS thread.
    #[track_caller]
    pub fn submit_at<T, E, F>(
        self,
        due: Instant,
        job: F,
    ) -> Result<GreenFuture<T, E>, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.delayed_from(Location::caller(), Some(due), job)
    }
}

impl ExecutorHandle {
    /// *enter* of the timekeeper's protocol.
    pub(crate) fn enter_delayed<K, F, R>(
        &self,
        job: F,
        site: &'static Location<'static>,
        name: Option<Arc<str>>,
        limits: Limited,
        placing: impl Placing,
        delay: Delay,
    ) -> Result<GreenFuture<K::Value, K::Error>, SubmitError<F>>
    where
        K: Kind<R>,
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let pool = self.pool();
        let number = match pool.timekeeper().reserve(pool) {
            Ok(number) => number,
            Err(reason) => return Err(SubmitError::new(reason, job)),
        };
        let (span, placed) = (pool.settings().spans.request(), placing.place(pool));
        let extras = Extras::if_any(name, span, placed, limits, Some(Box::new(delay)));
        let label = Label { id: delay::id(number), site, accepted: Default::default(), extras };
        let (task, kept) = Task::<K, F, R>::create(pool.id(), label, job);
        let future = GreenFuture::new(kept);
        // Counted: it comes into the backlog when it is due, if at all.
        if !pool.timekeeper().enter(task.clone()) {
            // It was reserved before the executor closed, so it ends as what was delayed then.
            end_unrun(future.job(), pool);
        }
        Ok(future)
    }
}

/// *due*, before its time, in the place of the timekeeper; whether it was still there.
pub(crate) fn start_now(job: &Job) -> bool {
    let Some(pool) = Pool::of(job.core()).filter(|pool| !pool.is_forked()) else { return false };
    let Some(job) = pool.timekeeper().take_out(job) else { return false };
    let id = job.core().id();
    // A hook, callbacks, or the job itself may run here, as they do where it is cancelled.
    shutdown::while_ending(&pool, id, || let_in(&pool, vec![job]));
    true
}

/// *due*: the entries of these jobs have been taken out.
pub(crate) fn let_in(pool: &Arc<Pool>, jobs: Vec<Job>) {
    if jobs.is_empty() {
        return;
    }
    let calls_foreign_code = pool.is_asked_first() || pool.runs_jobs_in_submit();
    // Where there is a limit, each is pushed at once: those that no worker can find yet would take the room of others.
    let is_pushed_at_once = calls_foreign_code || pool.queue().limit().is_some();
    let mut batch = (!is_pushed_at_once).then(|| pool.queue().batch());
    let mut settled = 0;
    for job in jobs {
        let mut is_let_in = false;
        if calls_foreign_code {
            // It must not wait for what is under way here.
            let id = job.core().id();
            shutdown::while_ending(pool, id, || is_let_in = let_one_in(pool, job, &mut batch));
        } else {
            is_let_in = let_one_in(pool, job, &mut batch);
        }
        settled += usize::from(is_let_in);
    }
    // Before they are settled: then the queue may close.
    drop(batch);
    pool.timekeeper().settle(pool, settled);
}

/// Whether it was let in, and is now to be settled.
fn let_one_in<'q>(pool: &'q Arc<Pool>, job: Job, batch: &mut Option<Batch<'q, Queued>>) -> bool {
    let core = job.core();
    let priority = core.delay().map_or(Priority::Normal, Delay::priority);
    let admitted = match admission::admit_due(pool, priority) {
        Ok(admitted) => admitted,
        Err(Refusal::Shutdown | Refusal::Broken) => {
            end_unrun(&job, pool);
            return false;
        }
        Err(reason) => {
            task::abandon(&job, pool, AbandonReason::Refused(reason));
            return false;
        }
    };
    let number = admitted.number() + 1;
    core.let_in(number, pool.timing().accepted(number));
    if !core.state.become_due() {
        // A canceller was faster, and settles it. Its room goes back.
        pool.timekeeper().count_as_let_in();
        return false;
    }
    if core.expires_at().is_some() {
        pool.timekeeper().enter_limited(pool, &job);
    }
    let pinned_to = core.placed().and_then(Placed::pinned_to);
    let task = QueueRef::another(job);
    match (pinned_to, batch) {
        (Some(carrier), _) => admitted.push_pinned(carrier, Queued(task)),
        (None, Some(batch)) => batch.add(admitted, Queued(task)),
        (None, None) => executor::push(pool, admitted, task),
    }
    true
}

/// Ends a job that is not due, as the executor has closed: by a shutdown, or since it is broken.
pub(crate) fn end_unrun(job: &Job, pool: &Pool) {
    match pool.broken() {
        Some(message) => task::abandon(job, pool, AbandonReason::Broken(message.clone())),
        None => {
            task::cancel(job, pool);
        }
    }
}
