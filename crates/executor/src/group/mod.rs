//! Groups: jobs that belong together, and none of which outlives the group.
//!
//! [`ExecutorHandle::group`] makes one. What is submitted to it is a job like others: admitted, counted, with a
//! handle. Its result goes to the group. [`Group::join_next`] and [`Group::results`] give the results as the jobs
//! end. [`Group::finish`] waits for all and applies the [policy](Policy). The drop of a group cancels what is left,
//! and waits for it.
//!
//! # Cancel trees
//!
//! A group that is made in a job belongs to it. When the job is cancelled, so are the members, at once, and the
//! members of their own groups, through all levels. It does not matter whether the job waits or computes. A member
//! that is [detached](crate::JobBuilder::detached) goes on. Jobs that were submitted to the executor itself belong to
//! nobody, and hear of no other's cancelling.
//!
//! # Protocol
//!
//! All that a group knows of its members is under one lock. The steps, by whoever takes them:
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *group-place* | a submitter | takes a place: one more is in flight. It waits for that, if there is a limit |
//! | *group-enter* | the same, before the job can start | enters the member, and looks whether the group is stopped (*group-stop-recheck*). Then it leaves a waker with the job, and cancels it if the group is stopped |
//! | *group-end* | the waker, when the job's end is published and its room is given back | puts the member among those that have ended, gives the place back, and applies the policy; then wakes those that wait |
//! | *group-stop* | a canceller, the policy, the drop, or the cancelling of the job that the group belongs to | marks the group as stopped, and takes a list of the members; without the lock, it cancels these |
//! | *group-close* | `finish` or the drop | marks it as closed, and takes the members out |
//!
//! *No member misses that the group is stopped:* *group-enter* and *group-stop* hold the same lock. If *group-stop*
//! comes second, the member is in its list. If it comes first, *group-stop-recheck* sees it.
//!
//! *Nobody sleeps through an end:* a waiter looks, and enters its waker, under one hold of the lock; *group-end*
//! takes the wakers under it.
//!
//! *All ends are counted once:* the waker is called at most once for each member, or its maker sees that the job
//! has ended, or both. *group-end* does nothing the second time.
//!
//! *Foreign code runs without the lock:* closures and results that are dropped, and callbacks. A member may be ended
//! inside *group-stop*, by whoever cancels it, and then its *group-end* runs there.
//!
//! *A group cannot wait for itself.* A member that drops its own group does not wait. If all members in flight wait
//! for a place in their own group, none would come: the last of them is refused.
//!
//! Named step: `group-stop-recheck`. How a group hears of its job: `task/hearers.rs`.

mod handle;
mod inner;
mod policy;
#[allow(unsafe_code, reason = "what is lent is a frame; see its invariants")]
mod scope;
pub(crate) mod tree;

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::time::Duration;

use greenctx::Limit;
use greenstd::sync::{Arc, Weak};
use greenstd::time::{self, Instant};

pub use self::handle::GroupHandle;
use self::inner::Inner;
use self::policy::sealed::Sealed;
pub use self::policy::{AllOrFailure, AllWhatever, FirstSuccess, NoSuccess, Policy};
pub use self::scope::TryScope;
use crate::error::{TaskError, WaitError};
use crate::executor::ExecutorHandle;
use crate::future::GreenFuture;
use crate::task::{Core, Hearer};

/// Jobs that belong together: submitted together, stopped together, and waited for together.
///
/// | I want to | take |
/// | --- | --- |
/// | have all values, or stop at the first failure | [`pool.group()`](ExecutorHandle::group), [`finish`](Self::finish) |
/// | submit jobs that may fail | [`pool.try_group()`](ExecutorHandle::try_group), [`try_submit`](GroupHandle::try_submit) |
/// | have the first success | [`first_success`](Self::first_success) |
/// | have all results, whatever they are | [`all_whatever`](Self::all_whatever) |
/// | have at most so many jobs in flight | [`limit`](Self::limit) |
/// | handle results as they come | [`results`](Self::results), [`join_next`](Self::join_next) |
/// | submit from members | [`handle`](Self::handle) |
/// | stop all | [`cancel`](GroupHandle::cancel), or drop the group |
/// | keep a job from being stopped | [`detached`](crate::JobBuilder::detached) |
///
/// Submitting and cancelling are methods of [`GroupHandle`], to which it dereferences.
///
/// The drop cancels all members and waits until they have ended, also if the caller is cancelled itself. Two callers
/// do not wait: a member of the group, which would wait for itself, and code inside [`no_park`](crate::no_park).
///
/// ```
/// use executor::{GreenThreadPoolExecutor, sleep};
/// use std::io;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let group = pool.try_group();
/// group.try_submit(|| Err(io::Error::other("no route")))?;
/// for _ in 0..10 {
///     group.try_submit(|| Ok(sleep(Duration::from_secs(3600))?))?;
/// }
/// // The failure has stopped the others: this does not take an hour.
/// let Err(failure) = group.finish() else { unreachable!("one has failed") };
/// assert!(failure.to_string().contains("no route"));
/// assert_eq!(pool.statistics().cancelled(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// The drop parks the green thread, or blocks the OS thread, while members run.
#[doc(alias = "JoinSet")]
#[doc(alias = "errgroup")]
#[doc(alias = "StructuredTaskScope")]
#[doc(alias = "TaskGroup")]
#[doc(alias = "nursery")]
#[must_use = "dropping a group cancels its jobs; call finish()"]
pub struct Group<T: Send + 'static, E: Send + 'static = Infallible, P = AllOrFailure> {
    owner: Owner<T, E>,
    policy: PhantomData<fn() -> P>,
}

/// The results of a group as they come: [`Group::results`] makes it.
///
/// It ends when all members have ended and all results were taken. If the wait is interrupted, that is the last item.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::group::Results;
///
/// fn sum(results: Results<'_, u32>) -> u32 {
///     results.filter_map(Result::ok).sum()
/// }
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let mut group = pool.group();
/// for n in 1..=10 {
///     group.submit(move || n)?;
/// }
/// assert_eq!(sum(group.results()), 55);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Results<'a, T: Send + 'static, E: Send + 'static = Infallible> {
    owner: &'a Owner<T, E>,
    is_over: bool,
}

/// The one whose drop ends the group.
struct Owner<T: Send + 'static, E: Send + 'static> {
    handle: GroupHandle<T, E>,
}

impl ExecutorHandle {
    /// Makes a [group](crate::group) of jobs. In a job, the group belongs to that: its members are cancelled with
    /// it.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.group();
    /// group.submit(|| "a")?;
    /// group.submit(|| "b")?;
    /// assert_eq!(group.finish()?, ["a", "b"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "JoinSet")]
    #[doc(alias = "TaskGroup")]
    pub fn group<T: Send + 'static>(&self) -> Group<T> {
        Group::new(self)
    }

    /// Makes a [group](crate::group) of jobs that may fail: an `Err` of theirs is a failure.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.try_group();
    /// group.try_submit(|| "1".parse::<u32>())?;
    /// group.submit(|| 2)?; // this one cannot fail
    /// assert_eq!(group.finish()?, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "errgroup")]
    pub fn try_group<T: Send + 'static, E: Send + 'static>(&self) -> Group<T, E> {
        Group::new(self)
    }
}

impl<T: Send + 'static, E: Send + 'static> Group<T, E> {
    fn new(executor: &ExecutorHandle) -> Self {
        let inner = Arc::new(Inner::new(AllOrFailure::stops_after));
        let hearer: Weak<dyn Hearer> = Arc::downgrade(&inner) as _;
        if is_cancelled_with_job(hearer) {
            inner.cancel();
        }
        let handle = GroupHandle { inner, executor: executor.clone() };
        Group { owner: Owner { handle }, policy: PhantomData }
    }

    /// The first success stops the group: the other members are cancelled. [`finish`](Group::finish) gives its value.
    /// Say it before you submit.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Interrupted, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mirrors = pool.try_group().first_success();
    /// for (name, seconds) in [("near", 0), ("far", 3600)] {
    ///     mirrors.try_submit(move || {
    ///         sleep(Duration::from_secs(seconds))?;
    ///         Ok::<_, Interrupted>(name)
    ///     })?;
    /// }
    /// assert_eq!(mirrors.finish()?, "near");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "race")]
    #[doc(alias = "ShutdownOnSuccess")]
    #[doc(alias = "anySuccessfulResultOrThrow")]
    pub fn first_success(self) -> Group<T, E, FirstSuccess> {
        self.with_policy()
    }

    /// Nothing stops the group. [`finish`](Group::finish) gives all results. Say it before you submit.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.try_group().all_whatever();
    /// for text in ["1", "two", "3"] {
    ///     group.try_submit(move || text.parse::<u32>())?;
    /// }
    /// let numbers: Vec<_> = group.finish().into_iter().flatten().collect();
    /// assert_eq!(numbers, [1, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "awaitAll")]
    #[doc(alias = "allSettled")]
    pub fn all_whatever(self) -> Group<T, E, AllWhatever> {
        self.with_policy()
    }

    fn with_policy<P: Policy>(self) -> Group<T, E, P> {
        self.inner.set_stops_after(P::stops_after);
        Group { owner: self.owner, policy: PhantomData }
    }
}

impl<T: Send + 'static, E: Send + 'static, P: Policy> Group<T, E, P> {
    /// At most so many members are in flight at once. Submissions wait for a place, or are refused; see
    /// [`submit`](GroupHandle::submit) and [`submit_as`](GroupHandle::submit_as).
    ///
    /// A member counts until it has ended, whether it waits in the backlog or runs.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.group().limit(NonZeroUsize::new(4).ok_or("it is not 0")?);
    /// for n in 0..100 {
    ///     group.submit(move || n)?; // waits while four are in flight
    ///     assert!(group.in_flight() <= 4);
    /// }
    /// assert_eq!(group.finish()?.len(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "SetLimit")]
    pub fn limit(self, in_flight: NonZeroUsize) -> Self {
        self.inner.set_limit(in_flight.get());
        self
    }

    /// A handle that can be cloned and moved into members, so that they submit more to their group.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.group();
    /// let handle = group.handle();
    /// group.submit(move || {
    ///     let more = handle.submit(|| 2);
    ///     if more.is_ok() { 1 } else { 0 }
    /// })?;
    /// assert_eq!(group.finish()?, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle(&self) -> GroupHandle<T, E> {
        self.owner.handle.clone()
    }

    /// Waits for the next member to end, and gives its result; `None` if there is none left. A result that was
    /// taken so is not given again by [`finish`](Self::finish).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut group = pool.group();
    /// group.submit(|| 1)?;
    /// assert!(matches!(group.join_next(), Some(Ok(1))));
    /// assert!(group.join_next().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// That of the member; or [`Interrupted`](TaskError::Interrupted), if the caller is cancelled or the deadline
    /// around it passes. The members go on then.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn join_next(&mut self) -> Option<Result<T, TaskError<E>>> {
        self.owner.next()
    }

    /// As [`join_next`](Self::join_next), for a limited time.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, WaitError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut group = pool.group();
    /// group.submit(|| sleep(Duration::from_secs(60)))?;
    /// let next = group.join_next_timeout(Duration::from_millis(1));
    /// assert!(next.is_err_and(|error| error == WaitError::TimedOut));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The wait has ended without a result: the time is over, the caller is cancelled, or this process is a fork.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn join_next_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<Option<Result<T, TaskError<E>>>, WaitError> {
        self.owner.next_until(time::after(timeout))
    }

    /// As [`join_next`](Self::join_next), until `deadline`. Take it where several waits share one limit.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut group = pool.group();
    /// group.submit(|| 1)?;
    /// group.submit(|| 2)?;
    /// let until = Instant::now() + Duration::from_secs(10);
    /// let mut sum = 0;
    /// while let Some(result) = group.join_next_deadline(until)? {
    ///     sum += result?;
    /// }
    /// assert_eq!(sum, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`join_next_timeout`](Self::join_next_timeout).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn join_next_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<Option<Result<T, TaskError<E>>>, WaitError> {
        self.owner.next_until(Some(deadline))
    }

    /// The results as they come, in the order in which the members end. The iterator waits for each.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut group = pool.group();
    /// for n in 1..=10 {
    ///     group.submit(move || n)?;
    /// }
    /// let mut sum = 0;
    /// for result in group.results() {
    ///     sum += result?;
    /// }
    /// assert_eq!(sum, 55);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// The iterator parks the green thread, or blocks the OS thread.
    #[doc(alias = "as_completed")]
    pub fn results(&mut self) -> Results<'_, T, E> {
        Results { owner: &self.owner, is_over: false }
    }

    /// Waits until all members have ended, and gives what the [policy](Policy) makes of them.
    ///
    /// | policy | gives |
    /// | --- | --- |
    /// | [`AllOrFailure`] | all values, in the order of submission; or the first failure; or, if there was none, that a member was cancelled |
    /// | [`FirstSuccess`] | the value of the first that has succeeded; or how all have ended |
    /// | [`AllWhatever`] | all results, in the order of submission |
    ///
    /// If the caller is cancelled, or the deadline around it passes, the members are cancelled, and it waits for them
    /// all the same. Then what is not there counts as [`Interrupted`](TaskError::Interrupted). For a limited time,
    /// call it in [`with_timeout`](crate::with_timeout).
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskError, sleep, with_timeout};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.try_group();
    /// group.try_submit(|| sleep(Duration::from_secs(3600)))?;
    /// let late = with_timeout(Duration::from_millis(1), || group.finish());
    /// assert!(matches!(late, Err(TaskError::Interrupted)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[doc(alias = "join")]
    #[doc(alias = "join_all")]
    #[doc(alias = "Wait")]
    #[track_caller]
    pub fn finish(self) -> P::Outcome<T, E> {
        let is_interrupted = self.owner.wait_for_all();
        P::outcome(self.inner.close_ended(is_interrupted))
    }

    /// Gives the members up: they go on, and no longer belong to anybody. Here are the futures of those whose results
    /// were not taken, in the order of submission.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.group();
    /// group.submit(|| 1)?;
    /// for future in group.detach() {
    ///     assert_eq!(future.result()?, 1);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "detach_all")]
    #[must_use = "dropping the futures loses what the members return, and how they fail"]
    pub fn detach(self) -> Vec<GreenFuture<T, E>> {
        self.inner.close()
    }
}

impl<T: Send + 'static, E: Send + 'static> Owner<T, E> {
    #[track_caller]
    fn next(&self) -> Option<Result<T, TaskError<E>>> {
        let next = self.next_until(None);
        next.unwrap_or_else(|error| Some(Err(TaskError::of_wait(error))))
    }

    #[track_caller]
    fn next_until(
        &self,
        until: Option<Instant>,
    ) -> Result<Option<Result<T, TaskError<E>>>, WaitError> {
        let Some(mut future) = self.handle.inner.wait_next(until)? else { return Ok(None) };
        let result = future.try_result();
        if let Some(Err(TaskError::Cancelled)) = result {
            note_own_interruption();
        }
        Ok(result)
    }

    /// Waits until all have ended. `true` if the caller was interrupted; then they are cancelled first.
    #[track_caller]
    fn wait_for_all(&self) -> bool {
        let inner = &self.handle.inner;
        if inner.is_member() {
            inner.cancel();
            return true;
        }
        match inner.wait_for_all() {
            Ok(()) => note_own_interruption(),
            Err(WaitError::Forked) => true,
            Err(_) => {
                inner.cancel();
                self.wait_shielded();
                true
            }
        }
    }

    fn wait_shielded(&self) {
        let wait = || greenctx::shield(|| self.handle.inner.wait_for_all());
        while !matches!(wait(), Ok(()) | Err(WaitError::Forked)) {}
    }
}

impl<T: Send + 'static, E: Send + 'static> Drop for Owner<T, E> {
    fn drop(&mut self) {
        let inner = &self.handle.inner;
        if inner.in_flight() > 0 {
            inner.cancel();
            if !inner.is_member() && !greenctx::is_parking_forbidden() {
                self.wait_shielded();
            }
        }
        drop(inner.close());
    }
}

impl<T: Send + 'static, E: Send + 'static> Iterator for Results<'_, T, E> {
    type Item = Result<T, TaskError<E>>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.owner.next();
        self.is_over = next.as_ref().is_none_or(is_of_the_wait);
        next
    }
}

fn is_of_the_wait<T, E>(result: &Result<T, TaskError<E>>) -> bool {
    result.as_ref().is_err_and(TaskError::is_of_the_wait)
}

impl<T: Send + 'static, E: Send + 'static, P> Deref for Group<T, E, P> {
    type Target = GroupHandle<T, E>;

    fn deref(&self) -> &GroupHandle<T, E> {
        &self.owner.handle
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Owner<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.fmt(f)
    }
}

impl<T: Send + 'static, E: Send + 'static, P> fmt::Debug for Group<T, E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.owner.handle).finish()
    }
}

/// Enters a new group with the job that the caller runs. `true` if that has been asked to stop.
fn is_cancelled_with_job(group: Weak<dyn Hearer>) -> bool {
    greenctx::with_identity(|present| {
        let present: Option<&dyn Any> = present.map(|present| present as _);
        let job = present.and_then(|present| present.downcast_ref::<Core>());
        job.is_some_and(|job| job.enter_group(group))
    })
}

/// The cancelling of the caller may have reached the members first, so that it saw their ends and was not
/// interrupted itself. It is now: whatever it makes of that is its having been asked to stop.
fn note_own_interruption() -> bool {
    Limit::of_wait(None).is_err()
}
