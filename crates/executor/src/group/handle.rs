//! Submitting to a group, from wherever.

use std::fmt;
use std::panic::Location;

use greenstd::sync::Arc;

use super::inner::Inner;
use crate::admission::refusal::SubmitError;
use crate::executor::ExecutorHandle;
use crate::future::task_handle::TaskHandle;
use crate::job::{JobBuilder, Plain};
use crate::task::{Fallible, Kind, PlainAmong};

/// Submits to a [`Group`](super::Group), and cancels it.
///
/// Clone it into the members that submit more to their own group. When the group has finished, or was dropped, the
/// handles stay, and submissions by them are refused.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::group::GroupHandle;
///
/// /// Counts the nodes of a tree, each in a job of its own.
/// fn visit(group: &GroupHandle<()>, depth: u32) {
///     for _ in 0..2 {
///         let to_all = group.clone();
///         if depth > 0 {
///             // It is refused if the group is over; then nobody wants the count.
///             let _ = group.submit(move || visit(&to_all, depth - 1));
///         }
///     }
/// }
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let group = pool.group();
/// visit(&group, 3);
/// assert_eq!(group.finish()?.len(), 2 + 4 + 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct GroupHandle<T, E = std::convert::Infallible> {
    pub(super) inner: Arc<Inner<T, E>>,
    pub(super) executor: ExecutorHandle,
}

impl<T: Send + 'static, E: Send + 'static> GroupHandle<T, E> {
    /// Submits a job to the group. It waits for a place, if the group has a [limit](super::Group::limit), and for
    /// room in the executor's backlog. So whoever submits without end is slowed down, and not refused.
    ///
    /// If the group is stopped, the job is accepted and ends as cancelled, without having run. So a loop of
    /// submissions goes on, and [`finish`](super::Group::finish) says why the group was stopped.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.group();
    /// for n in 1..=3 {
    ///     group.submit(move || n * n)?;
    /// }
    /// assert_eq!(group.finish()?, [1, 4, 9]); // in the order of submission
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The job is refused, and the error gives the closure back:
    ///
    /// * as by [`submit_wait`](ExecutorHandle::submit_wait);
    /// * with [`GroupClosed`](crate::Refusal::GroupClosed), if the group has finished or was dropped;
    /// * with [`WouldDeadlock`](crate::Refusal::WouldDeadlock), if the caller is a member of the group, and with it
    ///   all that are in flight would wait for a place. Run the job in place then.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while there is no place or no room.
    #[doc(alias = "spawn")]
    #[doc(alias = "fork")]
    #[doc(alias = "Go")]
    #[track_caller]
    pub fn submit<F>(&self, job: F) -> Result<TaskHandle, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
    {
        self.submit_from::<PlainAmong<E>, _, _>(self.executor.job().wait(), Location::caller(), job)
    }

    /// As [`submit`](Self::submit), for a job that may fail: an `Err` is a failure.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.try_group();
    /// for text in ["1", "2", "three"] {
    ///     group.try_submit(move || text.parse::<u32>())?;
    /// }
    /// assert!(group.finish().is_err_and(|error| error.is_failed()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    ///
    /// # Blocking
    /// As [`submit`](Self::submit).
    #[track_caller]
    pub fn try_submit<F>(&self, job: F) -> Result<TaskHandle, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
    {
        self.submit_from::<Fallible, _, _>(self.executor.job().wait(), Location::caller(), job)
    }

    /// As [`submit`](Self::submit), for a job that was described: by name, place, or how long it may wait. The
    /// description may be of another executor.
    ///
    /// What it says of room is also said of a place in the group. So without [`wait`](JobBuilder::wait), the job is
    /// refused if the group is full.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.group().limit(NonZeroUsize::MIN);
    /// group.submit_as(pool.job().name("slow"), || sleep(Duration::from_secs(60)))?;
    /// let refused = group.submit_as(pool.job(), || Ok(())); // there is one in flight
    /// assert!(refused.is_err_and(|refused| refused.is_rejected()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`submit`](Self::submit), and those of the description.
    ///
    /// # Blocking
    /// If it is to wait, as [`submit`](Self::submit).
    #[doc(alias = "TryGo")]
    #[track_caller]
    pub fn submit_as<F>(
        &self,
        description: JobBuilder<'_, Plain>,
        job: F,
    ) -> Result<TaskHandle, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
    {
        self.submit_from::<PlainAmong<E>, _, _>(description, Location::caller(), job)
    }

    /// As [`submit_as`](Self::submit_as), for a job that may fail: an `Err` is a failure.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.try_group();
    /// let handle = group.try_submit_as(pool.job().name("parse"), || "1".parse::<u32>())?;
    /// assert_eq!(handle.name(), Some("parse"));
    /// assert_eq!(group.finish()?, [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`submit_as`](Self::submit_as).
    ///
    /// # Blocking
    /// As [`submit_as`](Self::submit_as).
    #[track_caller]
    pub fn try_submit_as<F>(
        &self,
        description: JobBuilder<'_, Plain>,
        job: F,
    ) -> Result<TaskHandle, SubmitError<F>>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
    {
        self.submit_from::<Fallible, _, _>(description, Location::caller(), job)
    }

    fn submit_from<K, F, R>(
        &self,
        description: JobBuilder<'_, Plain>,
        site: &'static Location<'static>,
        job: F,
    ) -> Result<TaskHandle, SubmitError<F>>
    where
        K: Kind<R, Value = T, Error = E>,
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let description = description.begin();
        let place = match self.inner.take_place(description.room()) {
            Ok(place) => place,
            Err(refusal) => return Err(SubmitError::new(refusal, job)),
        };
        let is_detached = description.is_detached();
        let keep = |future| place.fill(future, is_detached);
        description.submit_kept::<K, _, _, _>(site, job, keep)
    }

    /// Cancels all members, those that are to come too, and the members of their groups. Those that are
    /// [detached](JobBuilder::detached) go on.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.try_group();
    /// group.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// group.cancel();
    /// assert!(group.finish().is_err_and(|error| error.is_cancelled()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks by itself. It runs the drops of the closures that it cancels, and the callbacks of
    /// these jobs.
    #[doc(alias = "abort_all")]
    #[doc(alias = "shutdown")]
    pub fn cancel(&self) {
        self.inner.cancel();
    }

    /// Whether the group is stopped: by its policy, by [`cancel`](Self::cancel), or because the job that it belongs
    /// to was cancelled.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let group = pool.group::<()>();
    /// assert!(!group.is_stopped());
    /// group.cancel();
    /// assert!(group.is_stopped());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_stopped(&self) -> bool {
        self.inner.is_stopped()
    }

    /// How many members have not ended.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut group = pool.group();
    /// group.submit(|| 1)?;
    /// assert!(group.in_flight() <= 1);
    /// assert!(group.join_next().is_some());
    /// assert_eq!(group.in_flight(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_flight(&self) -> usize {
        self.inner.in_flight()
    }
}

impl<T, E> Clone for GroupHandle<T, E> {
    fn clone(&self) -> Self {
        GroupHandle { inner: self.inner.clone(), executor: self.executor.clone() }
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for GroupHandle<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupHandle")
            .field("in_flight", &self.in_flight())
            .field("is_stopped", &self.is_stopped())
            .finish_non_exhaustive()
    }
}
