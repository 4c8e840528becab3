//! What all executors have in common.
//!
//! An [`ExecutorHandle`] is a handle to an executor of any kind. So the trait has one method to be written, which gives
//! that handle, and all others follow from it. A call through `dyn Executor` costs one virtual call, to get the handle;
//! the closure is not boxed, and the future has its type.

use std::fmt;
use std::num::NonZeroUsize;
use std::panic::Location;

use greenstd::sync::Arc;
use stats::ExecutorStatistics;

use super::{SynchronousExecutor, ThreadPoolExecutor};
use crate::admission::refusal::SubmitError;
use crate::executor::{ExecutorHandle, GreenThreadPoolExecutor};
use crate::future::GreenFuture;
use crate::job::JobBuilder;
use crate::map::{self, Map, MapBuffered, MapRefused, MapUnordered};
use crate::shutdown::{Shutdown, ShutdownError};

/// An executor of any kind, for code that does not care which.
///
/// | kind | its jobs run | for |
/// | --- | --- | --- |
/// | [`GreenThreadPoolExecutor`] | on green threads | jobs that wait: thousands at once |
/// | [`ThreadPoolExecutor`] | on OS threads | jobs that block an OS thread, or need a large stack |
/// | [`SynchronousExecutor`] | in `submit`, on the caller | tests and small tools: no thread, one order |
///
/// Futures, errors, statistics, rejection and shutdown are the same for all. Waits take futures of several kinds
/// together. What differs is said in the guide [executors](crate::guides::executors).
///
/// Take `&impl Executor` where it is lent, and an [`ExecutorHandle`] or an `Arc<dyn Executor>` where it is kept. All
/// methods work on both, with closures and results of any type. On a `&dyn Executor`, those that take a closure are
/// called by [`as_handle`](Self::as_handle).
///
/// ```
/// use executor::{Executor, GreenThreadPoolExecutor, SynchronousExecutor, ThreadPoolExecutor};
/// use std::io;
/// use std::sync::Arc;
///
/// fn sum_of_squares(executor: &impl Executor, upto: u64) -> io::Result<u64> {
///     let squares: Result<Vec<u64>, _> = executor.map(0..=upto, |n| n * n)?.collect();
///     let sum = executor.submit(|| 1)?;
///     Ok(sum.result()? + squares?.iter().sum::<u64>())
/// }
///
/// let kinds: [Arc<dyn Executor>; 3] = [
///     Arc::new(GreenThreadPoolExecutor::builder().build()?),
///     Arc::new(ThreadPoolExecutor::builder().build()?),
///     Arc::new(SynchronousExecutor::new()),
/// ];
/// for executor in &kinds {
///     assert_eq!(sum_of_squares(executor, 3)?, 15);
///     assert_eq!(executor.statistics().executed(), 5);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A type of one's own that holds an executor may be one as well:
///
/// ```
/// use executor::{Executor, ExecutorHandle, SynchronousExecutor};
///
/// #[derive(Debug)]
/// struct Fetcher {
///     executor: SynchronousExecutor,
/// }
///
/// impl Executor for Fetcher {
///     fn as_handle(&self) -> &ExecutorHandle {
///         &self.executor
///     }
/// }
///
/// let fetcher = Fetcher { executor: SynchronousExecutor::new() };
/// assert_eq!(fetcher.submit(|| 6 * 7)?.result()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "ExecutorService")]
#[doc(alias = "Spawn")]
pub trait Executor: fmt::Debug + Send + Sync {
    /// A handle to the executor, which can do all that it can.
    fn as_handle(&self) -> &ExecutorHandle;

    /// A handle that can be cloned and moved into jobs.
    fn handle(&self) -> ExecutorHandle {
        self.as_handle().clone()
    }

    /// Submits a job; see [`ExecutorHandle::submit`].
    ///
    /// # Errors
    /// As there.
    ///
    /// # Blocking
    /// As there. A [`SynchronousExecutor`] runs the job meanwhile.
    #[track_caller]
    fn submit<T, F>(&self, job: F) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        Self: Sized,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.as_handle().submit(job)
    }

    /// Submits a job that may fail; see [`ExecutorHandle::try_submit`].
    ///
    /// # Errors
    /// As there.
    ///
    /// # Blocking
    /// As [`submit`](Self::submit).
    #[track_caller]
    fn try_submit<T, E, F>(&self, job: F) -> Result<GreenFuture<T, E>, SubmitError<F>>
    where
        Self: Sized,
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.as_handle().try_submit(job)
    }

    /// Submits a job, and waits for room if there is none; see [`ExecutorHandle::submit_wait`].
    ///
    /// # Errors
    /// As there.
    ///
    /// # Blocking
    /// As there. A [`SynchronousExecutor`] always has room, and runs the job meanwhile.
    #[track_caller]
    fn submit_wait<T, F>(&self, job: F) -> Result<GreenFuture<T>, SubmitError<F>>
    where
        Self: Sized,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.as_handle().submit_wait(job)
    }

    /// Begins to describe a job; see [`ExecutorHandle::job`].
    fn job(&self) -> JobBuilder<'_> {
        self.as_handle().job()
    }

    /// Submits a job for each input, all at once; see [`ExecutorHandle::map`].
    ///
    /// # Errors
    /// As there.
    ///
    /// # Blocking
    /// As [`submit`](Self::submit).
    #[track_caller]
    fn map<N, T, F>(&self, inputs: N, function: F) -> Result<Map<T>, MapRefused>
    where
        Self: Sized,
        N: IntoIterator,
        N::Item: Send + 'static,
        T: Send + 'static,
        F: Fn(N::Item) -> T + Send + Sync + 'static,
    {
        self.as_handle().map(inputs, function)
    }

    /// Submits a job for each input, a few at a time, with the results in order; see
    /// [`ExecutorHandle::map_buffered`].
    ///
    /// # Blocking
    /// As [`submit`](Self::submit).
    #[track_caller]
    fn map_buffered<N, T, F>(
        &self,
        buffer: NonZeroUsize,
        inputs: N,
        function: F,
    ) -> MapBuffered<N::IntoIter, T>
    where
        Self: Sized,
        N: IntoIterator,
        N::Item: Send + 'static,
        T: Send + 'static,
        F: Fn(N::Item) -> T + Send + Sync + 'static,
    {
        map::buffered(self.as_handle(), buffer, inputs.into_iter(), function, Location::caller())
    }

    /// Submits a job for each input, a few at a time, with the results as they come; see
    /// [`ExecutorHandle::map_unordered`].
    ///
    /// # Blocking
    /// As [`submit`](Self::submit).
    #[track_caller]
    fn map_unordered<N, T, F>(
        &self,
        buffer: NonZeroUsize,
        inputs: N,
        function: F,
    ) -> MapUnordered<N::IntoIter, T>
    where
        Self: Sized,
        N: IntoIterator,
        N::Item: Send + 'static,
        T: Send + 'static,
        F: Fn(N::Item) -> T + Send + Sync + 'static,
    {
        map::unordered(self.as_handle(), buffer, inputs.into_iter(), function, Location::caller())
    }

    /// Shuts the executor down; see [`ExecutorHandle::shutdown`].
    ///
    /// # Errors
    /// As there.
    ///
    /// # Blocking
    /// As there.
    #[track_caller]
    fn shutdown(&self, how: Shutdown) -> Result<(), ShutdownError> {
        self.as_handle().shutdown(how)
    }

    /// Whether the executor still accepts jobs; see [`ExecutorHandle::alive`].
    fn alive(&self) -> bool {
        self.as_handle().alive()
    }

    /// The executor's name.
    fn name(&self) -> &str {
        self.as_handle().name()
    }

    /// How many jobs wait to start. In a [`SynchronousExecutor`] none does.
    fn queue_size(&self) -> u64 {
        self.as_handle().queue_size()
    }

    /// How many workers are live: green threads, OS threads or callers.
    fn num_workers(&self) -> usize {
        self.as_handle().num_workers()
    }

    /// How many jobs may run at once.
    fn max_workers(&self) -> usize {
        self.as_handle().max_workers()
    }

    /// A snapshot of the statistics since the start; see [`ExecutorHandle::statistics`].
    fn statistics(&self) -> ExecutorStatistics {
        self.as_handle().statistics()
    }
}

impl Executor for ExecutorHandle {
    fn as_handle(&self) -> &ExecutorHandle {
        self
    }
}

impl Executor for GreenThreadPoolExecutor {
    fn as_handle(&self) -> &ExecutorHandle {
        self
    }
}

impl Executor for ThreadPoolExecutor {
    fn as_handle(&self) -> &ExecutorHandle {
        self
    }
}

impl Executor for SynchronousExecutor {
    fn as_handle(&self) -> &ExecutorHandle {
        self
    }
}

impl<E: Executor + ?Sized> Executor for &E {
    fn as_handle(&self) -> &ExecutorHandle {
        (**self).as_handle()
    }
}

impl<E: Executor + ?Sized> Executor for Box<E> {
    fn as_handle(&self) -> &ExecutorHandle {
        (**self).as_handle()
    }
}

impl<E: Executor + ?Sized> Executor for Arc<E> {
    fn as_handle(&self) -> &ExecutorHandle {
        (**self).as_handle()
    }
}
