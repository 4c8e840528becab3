//! A job that is described first and submitted then: its name, its wait for room, and whether it may fail.
//!
//! [`ExecutorHandle::job`] begins a description, and [`JobBuilder::submit`] ends it. What is not said is as
//! for [`ExecutorHandle::submit`]: no name, no wait, and a failure only by a panic. The order of the parts does
//! not matter.
//!
//! Whether a job may fail is a type: [`Plain`] or [`Fallible`]. So `submit` knows which closures it takes, and
//! what their futures give.

use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time::{self, Instant};
use workqueue::Admitted;

use crate::admission::refusal::{Denied, SubmitError};
use crate::admission::{self, Priority};
use crate::executor::ExecutorHandle;
use crate::future::GreenFuture;
use crate::future::task_handle::TaskHandle;
use crate::limits::Limits;
use crate::placing::Spot;
use crate::pool::{Pool, Queued};
use crate::schedule::delay::{Delay, Moment};
use crate::task::Kind;

pub use crate::task::{Fallible, Plain};

/// Describes a job, and submits it. [`ExecutorHandle::job`] makes one.
///
/// A clone describes the same again, for jobs that share a name or a limit.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, reject_when_reached};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder()
///     .check_and_reject(reject_when_reached(100))
///     .build()?;
/// let job = pool
///     .job()
///     .name("parse")
///     .wait_timeout(Duration::from_secs(10)) // for room in the backlog
///     .fallible() // an `Err` is a failure
///     .submit(|| "42".parse::<u32>())?;
/// assert_eq!(job.handle().name(), Some("parse"));
/// assert_eq!(job.result()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "TaskBuilder")]
#[must_use = "a job that is described does not run until submit() is called"]
#[derive(Debug, Clone)]
pub struct JobBuilder<'e, K = Plain> {
    executor: &'e ExecutorHandle,
    name: Option<Arc<str>>,
    room: Room,
    priority: Priority,
    spot: Spot,
    limits: Limits,
    is_detached: bool,
    kind: PhantomData<K>,
}

/// What a submission does when there is no room in the backlog.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Room {
    Demanded,
    Awaited,
    AwaitedFor(Duration),
    AwaitedUntil(Instant),
}

impl ExecutorHandle {
    /// Starts to describe a job; [`submit`](JobBuilder::submit) submits it.
    ///
    /// | I want | take |
    /// | --- | --- |
    /// | a name in reports | [`name`](JobBuilder::name) |
    /// | to wait for room in the backlog | [`wait`](JobBuilder::wait), [`wait_timeout`](JobBuilder::wait_timeout), [`wait_deadline`](JobBuilder::wait_deadline) |
    /// | it to give way under overload | [`low`](JobBuilder::low) |
    /// | an `Err` to count as a failure | [`fallible`](JobBuilder::fallible) |
    /// | it to run for a limited time | [`timeout`](JobBuilder::timeout) |
    /// | it to start in time, or not at all | [`expires`](JobBuilder::expires) |
    /// | it to start later | [`submit_after`](JobBuilder::submit_after), [`submit_at`](JobBuilder::submit_at) |
    /// | it on the carrier of a job that it talks to | [`beside`](JobBuilder::beside), [`here`](JobBuilder::here) |
    /// | it in a group, but not cancelled with that | [`detached`](JobBuilder::detached) |
    ///
    /// The frequent ones have short forms: [`submit`](Self::submit), [`submit_wait`](Self::submit_wait) and
    /// [`try_submit`](Self::try_submit).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.job().name("resize").submit(|| 1)?;
    /// assert_eq!(job.handle().name(), Some("resize"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn job(&self) -> JobBuilder<'_> {
        JobBuilder {
            executor: self,
            name: None,
            room: Room::Demanded,
            priority: Priority::Normal,
            spot: Spot::Anywhere,
            limits: Limits::default(),
            is_detached: false,
            kind: PhantomData,
        }
    }
}

impl<'e, K> JobBuilder<'e, K> {
    /// Gives the job a name. Reports give it: those of panics, of a [`shutdown`](ExecutorHandle::shutdown) that
    /// timed out, and spans.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.job().name("resize").submit(|| 1)?;
    /// assert_eq!(job.handle().name(), Some("resize"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Waits for room in the backlog, however long that takes, instead of being refused.
    /// [`ExecutorHandle::submit_wait`] is its short form.
    ///
    /// Of this one and its two siblings, the last that is called counts.
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
    ///     jobs.push(pool.job().name("square").wait().submit(move || n * n)?);
    /// }
    /// let mut sum = 0;
    /// for job in jobs {
    ///     sum += job.result()?;
    /// }
    /// assert_eq!(sum, 385);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "backpressure")]
    pub fn wait(mut self) -> Self {
        self.room = Room::Awaited;
        self
    }

    /// Waits for room in the backlog, for at most `timeout` from the call of `submit`. If there was no room in
    /// time, the job is refused with [`Refusal::TimedOut`](crate::Refusal::TimedOut).
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Refusal, reject_when_reached, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .max_workers(1)
    ///     .check_and_reject(reject_when_reached(0))
    ///     .build()?;
    /// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?; // takes the only worker
    /// let patient = pool.job().wait_timeout(Duration::from_millis(1));
    /// let Err(refused) = patient.submit(|| "the work") else { unreachable!("there is no room") };
    /// assert_eq!(refused.reason(), Refusal::TimedOut);
    /// let job = refused.into_inner(); // try again later, or do it here
    /// assert_eq!(job(), "the work");
    /// busy.cancel();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.room = Room::AwaitedFor(timeout);
        self
    }

    /// Waits for room in the backlog until `deadline`; see [`wait_timeout`](Self::wait_timeout). Take it where
    /// several submissions share one limit.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, reject_when_reached};
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .check_and_reject(reject_when_reached(100))
    ///     .build()?;
    /// let until = Instant::now() + Duration::from_secs(10);
    /// for n in 0..1000 {
    ///     // All of them together have 10 s to get in.
    ///     drop(pool.job().wait_deadline(until).submit(move || n)?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_deadline(mut self, deadline: Instant) -> Self {
        self.room = Room::AwaitedUntil(deadline);
        self
    }

    /// Says that the job matters less than others: it is refused at half of what they are refused at. So under
    /// overload it gives way, and the others do not notice it. It has no other effect: once it is accepted, it waits
    /// and runs like all others.
    ///
    /// | the rejection | a low job is refused |
    /// | --- | --- |
    /// | [`reject_when_wait_exceeds`](crate::reject_when_wait_exceeds) | when it would wait for more than half the target |
    /// | [`reject_when_reached`](crate::reject_when_reached) | when half the backlog is full, as exactly as the others |
    /// | a closure | as the closure says, which sees [`Load::low`](crate::Load::low) |
    /// | none | never |
    ///
    /// If it [waits](Self::wait) for room, it goes behind the others that wait for some.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, reject_when_reached, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .max_workers(1)
    ///     .check_and_reject(reject_when_reached(2))
    ///     .build()?;
    /// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?; // takes the only worker
    /// let prefetch = pool.job().low().submit(|| "a guess")?;
    /// assert!(pool.job().low().submit(|| "another guess").is_err());
    /// let asked_for = pool.submit(|| "the page")?; // there is still room for it
    /// busy.cancel();
    /// assert_eq!((prefetch.result()?, asked_for.result()?), ("a guess", "the page"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "priority")]
    pub fn low(mut self) -> Self {
        self.priority = Priority::Low;
        self
    }

    /// Places the job on the carrier of another one, for jobs that wait for each other's messages.
    ///
    /// A message and its answer took 0.09 µs on one carrier (cloud machine, two CPUs). Between two carriers that
    /// stay awake for it they took 0.4 to 1.6 µs, by how near the CPUs are, and the CPUs of both. If a carrier
    /// sleeps first, it is 20 µs. In exchange two jobs on one carrier never run at once. So take it for jobs that
    /// mostly wait for one another, and not for those that compute.
    ///
    /// No carrier steals a placed job. It waits until that carrier has time and a worker slot is free.
    ///
    /// | the other job | this one |
    /// | --- | --- |
    /// | runs | goes to its carrier |
    /// | has not started | goes to where the other one starts |
    /// | has ended, or belongs to another executor | goes anywhere, as without this |
    ///
    /// It is a wish, and gives way to what is promised: a worker that waits for a job which has not started runs
    /// that on the spot, wherever it is. With one worker, jobs start in the order of their submission. And where
    /// all worker slots stay with the other carriers for long, one of these takes the job.
    ///
    /// Of this one and [`here`](Self::here), the last that is called counts.
    ///
    /// ```
    /// use executor::sync::bounded;
    /// use executor::GreenThreadPoolExecutor;
    /// use std::thread;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(8).build()?;
    /// let (ask, questions) = bounded::<u64>(1);
    /// let (reply, answers) = bounded::<u64>(1);
    /// let server = pool.submit(move || {
    ///     for n in questions {
    ///         if reply.send(n * n).is_err() {
    ///             break; // nobody asks any more
    ///         }
    ///     }
    ///     thread::current().id()
    /// })?;
    /// let client = pool.job().beside(&server.handle()).submit(move || {
    ///     let mut sum = 0;
    ///     for n in 1..=100 {
    ///         if ask.send(n).is_err() {
    ///             break;
    ///         }
    ///         sum += answers.recv().unwrap_or(0);
    ///     }
    ///     (sum, thread::current().id())
    /// })?;
    /// let (sum, carrier) = client.result()?;
    /// assert_eq!(sum, 338_350);
    /// assert_eq!(carrier, server.result()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "affinity")]
    #[doc(alias = "spawn_local")]
    pub fn beside(mut self, other: &TaskHandle) -> Self {
        self.spot = Spot::Beside(other.clone());
        self
    }

    /// Places the job on the carrier of the job that submits it; see [`beside`](Self::beside). Elsewhere, as on a
    /// plain OS thread or in a job of another executor, it says nothing.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::thread;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(8).build()?;
    /// let handle = pool.handle();
    /// let parent = pool.submit(move || {
    ///     let child = handle.job().here().submit(|| thread::current().id());
    ///     (thread::current().id(), child.ok())
    /// })?;
    /// let (carrier, child) = parent.result()?;
    /// assert_eq!(child.map(|child| child.result()).transpose()?, Some(carrier));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn here(mut self) -> Self {
        self.spot = Spot::Here;
        self
    }

    /// Limits the time for which the job may run, from its start.
    ///
    /// It is as if all of the job stood in [`with_timeout`](crate::with_timeout). Once `timeout` has passed, each wait
    /// of the job ends with an error. Nothing is thrown, and computation is not interrupted. The limit is in force
    /// wherever the job runs, also on the stack of a job that waits for it. Jobs that it submits have no part in it.
    ///
    /// | the job, once its time is over | its result |
    /// | --- | --- |
    /// | returns a value all the same | that value |
    /// | returns the error of such a wait, as such or inside another error, and may [fail](Self::fallible) | [`TaskError::TimedOut`](crate::TaskError::TimedOut) |
    /// | unwraps that error and panics | likewise |
    /// | fails by something else | that error, or that panic |
    ///
    /// A job that timed out is a failure in the statistics, counted by itself, and in wait sets.
    ///
    /// With a limit of zero, the first wait ends at once. One that the clock cannot reach is none.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let limited = pool.job().timeout(Duration::from_millis(5)).fallible();
    /// let slow = limited.clone().submit(|| sleep(Duration::from_secs(3600)))?;
    /// assert!(matches!(slow.result(), Err(TaskError::TimedOut)));
    ///
    /// // One that has an answer for this case gives it.
    /// let patient = limited.submit(|| match sleep(Duration::from_secs(3600)) {
    ///     Ok(()) => Ok("fresh"),
    ///     Err(interrupted) if interrupted.is_timed_out() => Ok("from the cache"),
    ///     Err(interrupted) => Err(interrupted),
    /// })?;
    /// assert_eq!(patient.result()?, "from the cache");
    /// assert_eq!(pool.statistics().timed_out(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "deadline")]
    #[doc(alias = "time_limit")]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = Some(timeout);
        self
    }

    /// In a [group](crate::group): the job is not cancelled with the group, nor with the job that the group belongs
    /// to. It is a member all the same, for whose end the group waits. Take it for work that must not be left half
    /// done. Outside of a group it says nothing: a job hears of no other's cancelling there.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.group();
    /// let audit = group.submit_as(pool.job().name("audit").detached(), || "written")?;
    /// group.cancel();
    /// audit.wait()?;
    /// assert!(!audit.is_cancelled());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "uncancellable")]
    pub fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }

    pub(crate) fn is_detached(&self) -> bool {
        self.is_detached
    }

    /// The submission begins, and is to wait for something else first: its time counts from now.
    pub(crate) fn begin(mut self) -> Self {
        self.limits.expires_at = self.limits.starting_now().expires_at;
        if let Some(expires_at) = self.limits.expires_at
            && !self.room.is_demanded()
        {
            self.room = Room::AwaitedUntil(self.room.no_later_than(expires_at));
        }
        self
    }

    pub(crate) fn room(&self) -> Room {
        self.room
    }

    /// Submits the job as one of another kind. `keep` has its future before it can start.
    pub(crate) fn submit_kept<L, F, R, X>(
        self,
        site: &'static Location<'static>,
        job: F,
        keep: impl FnOnce(GreenFuture<L::Value, L::Error>) -> X,
    ) -> Result<X, SubmitError<F>>
    where
        L: Kind<R>,
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let (room, priority, limits) = (self.room, self.priority, self.limits.starting_now());
        self.executor.enter_kept::<L, _, _, _>(
            job,
            site,
            self.name,
            limits,
            self.spot,
            |pool| room.admit(pool, priority, limits.expires_at, site),
            keep,
        )
    }

    /// Limits the time until the job starts, from the call of `submit`. If it has not started by then, it never will:
    /// it ends as abandoned, with the reason [`Expired`](crate::AbandonReason::Expired).
    ///
    /// Take it for work that nobody wants any more when it comes late, such as the answer to a request whose client
    /// has gone. Under overload the pool then does not spend its time on what is in vain.
    ///
    /// When the time is over, the future and all waits for the job end, its closure is dropped, and its place in the
    /// backlog is free. An OS thread of the executor's sees to that, so it is in time also if all carriers compute. The
    /// drop of the closure and the callbacks run on that thread: while one of them waits, no other job expires there. If
    /// there is no such thread to be had, the job ends when a worker takes it out of the backlog. In no case does it
    /// start late.
    ///
    /// | together with | |
    /// | --- | --- |
    /// | [`timeout`](Self::timeout) | one limits the wait, the other one the run |
    /// | [`wait`](Self::wait) and its siblings | the time counts from the call. If there is no room by then, the job is refused with [`Refusal::TimedOut`](crate::Refusal::TimedOut) |
    /// | [`beside`](Self::beside), [`here`](Self::here) | it expires wherever it was placed |
    /// | a wait for it on a worker | runs it on the spot, if that is in time |
    /// | cancelling, a shutdown | whichever comes first. A shutdown that waits runs it in time, or lets it expire |
    ///
    /// With a limit of zero, the job never starts. One that the clock cannot reach is none.
    ///
    /// ```
    /// use executor::{AbandonReason, GreenThreadPoolExecutor, TaskError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
    /// let busy = pool.try_submit(|| sleep(Duration::from_secs(3600)))?; // takes the only worker
    /// let answer = pool.job().expires(Duration::from_millis(5)).submit(|| "too late")?;
    /// assert!(matches!(answer.result(), Err(TaskError::Abandoned(AbandonReason::Expired))));
    /// assert_eq!(pool.statistics().expired(), 1);
    /// busy.cancel();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "deadline")]
    #[doc(alias = "ttl")]
    pub fn expires(mut self, limit: Duration) -> Self {
        self.limits.expires = Some(limit);
        self
    }

    /// Asks for admission as described, and makes the task.
    fn submit_from<F, R>(
        self,
        site: &'static Location<'static>,
        job: F,
    ) -> Result<GreenFuture<K::Value, K::Error>, SubmitError<F>>
    where
        K: Kind<R>,
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let (room, priority, limits) = (self.room, self.priority, self.limits.starting_now());
        self.executor.enter::<K, _, _>(job, site, self.name, limits, self.spot, |pool| {
            room.admit(pool, priority, limits.expires_at, site)
        })
    }

    /// As above, to become due later; never if there is no moment.
    pub(crate) fn delayed_from<F, R>(
        self,
        site: &'static Location<'static>,
        due: Option<Instant>,
        job: F,
    ) -> Result<GreenFuture<K::Value, K::Error>, SubmitError<F>>
    where
        K: Kind<R>,
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let delay = Delay::until(Moment::of(due), self.priority);
        let limits = self.limits.starting_at(due);
        self.executor.enter_delayed::<K, _, _>(job, site, self.name, limits, self.spot, delay)
    }
}

impl<'e> JobBuilder<'e> {
    /// Says that the job may fail. It then returns a `Result`, and an `Err` counts as a failure in the
    /// statistics and in wait sets, as a panic does. The future gives one `Result`, whose error is
    /// [`TaskError::Failed`](crate::TaskError::Failed). [`ExecutorHandle::try_submit`] is its short form.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.job().name("parse").fallible().submit(|| "forty-two".parse::<u32>())?;
    /// let handle = job.handle();
    /// assert!(job.result().is_err_and(|error| error.is_failed()));
    /// assert_eq!((handle.name(), handle.is_failed()), (Some("parse"), true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn fallible(self) -> JobBuilder<'e, Fallible> {
        let JobBuilder { executor, name, room, priority, spot, limits, is_detached, kind: _ } =
            self;
        let kind = PhantomData;
        JobBuilder { executor, name, room, priority, spot, limits, is_detached, kind }
    }

    /// Submits the job. It may start before this returns.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.job().name("answer").wait().submit(|| 6 * 7)?;
    /// assert_eq!(job.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The executor refuses the job. The error says why, and gives the closure back; see [`Refusal`](crate::Refusal). If it is
    /// to wait, as [`ExecutorHandle::submit_wait`]; with a limit, also if there was no room in time.
    ///
    /// # Blocking
    /// If it is to wait, it parks the green thread, or blocks the OS thread, while there is no room. Else it
    /// neither parks nor blocks.
    #[doc(alias = "spawn")]
    #[track_caller]
    pub fn submit<T, F>(self, job: F) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_from(Location::caller(), job)
    }
}

impl JobBuilder<'_, Fallible> {
    /// Submits the job, which may fail. It may start before this returns.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.job().fallible().wait().submit(|| "42".parse::<u32>())?;
    /// assert_eq!(job.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`JobBuilder::submit`] of a plain job. What the job returns comes by its future.
    ///
    /// # Blocking
    /// If it is to wait, it parks the green thread, or blocks the OS thread, while there is no room. Else it
    /// neither parks nor blocks.
    #[track_caller]
    pub fn submit<T, E, F>(self, job: F) -> Result<GreenFuture<T, E>, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.submit_from(Location::caller(), job)
    }
}

impl Room {
    #[inline]
    fn admit<'a>(
        self,
        pool: &'a Pool,
        priority: Priority,
        expires_at: Option<Instant>,
        site: &'static Location<'static>,
    ) -> Result<Admitted<'a, Queued>, Denied> {
        if self.is_demanded() {
            return admission::admit_as(pool, priority);
        }
        // One that has expired need not be let in.
        let until = expires_at.map(|at| self.no_later_than(at)).or_else(|| self.until());
        admission::admit_waiting(pool, priority, until, site)
    }

    fn no_later_than(self, moment: Instant) -> Instant {
        self.until().map_or(moment, |until| until.min(moment))
    }

    #[inline]
    pub(crate) fn is_demanded(self) -> bool {
        matches!(self, Room::Demanded)
    }

    /// Until when it waits, if there is a limit.
    pub(crate) fn until(self) -> Option<Instant> {
        match self {
            Room::Demanded | Room::Awaited => None,
            Room::AwaitedFor(timeout) => time::after(timeout),
            Room::AwaitedUntil(deadline) => Some(deadline),
        }
    }
}
