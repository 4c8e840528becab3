//! An executor whose workers are OS threads.

use std::fmt;
use std::ops::Deref;

use super::ThreadPoolBuilder;
use crate::executor::ExecutorHandle;
use crate::hosts::Hosts;
use crate::shutdown;

/// Runs jobs on OS threads: for what blocks a thread and cannot wait otherwise.
///
/// Take it for calls of libraries that block inside (a database in C, a legacy client), for code that needs the stack
/// or the thread-locals of an OS thread, and for long computations beside a green executor. A green thread that
/// waits for a result parks, so its carrier goes on. What only waits is better off on a
/// [`GreenThreadPoolExecutor`](crate::GreenThreadPoolExecutor), which has thousands of jobs under way for a few OS
/// threads.
///
/// Threads are started when there are jobs for them, up to `max_workers`. One that has been idle for
/// [`keep_alive`](ThreadPoolBuilder::keep_alive) ends. An idle thread is used before another is started. Each thread
/// calls the [`initializer`](ThreadPoolBuilder::initializer) before its first job.
///
/// A thread that waits for a job of its own executor that has not started runs it itself, or another thread is
/// started for it. A job that runs is not interrupted by [`cancel`](crate::TaskHandle::cancel): waits on an OS thread
/// do not hear of it. Deadlines end them as elsewhere. Green-locals are those of the OS thread.
///
/// All that can be done with it is a method of [`ExecutorHandle`], to which it dereferences. Its drop closes it and
/// waits until all accepted jobs have ended. On one of its own threads it does not wait.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, ThreadPoolExecutor};
/// use std::io;
/// use std::time::Duration;
///
/// let blocking = ThreadPoolExecutor::builder().name("blocking").max_workers(8).build()?;
/// let green = GreenThreadPoolExecutor::builder().carriers(1).build()?;
/// let threads = blocking.handle();
/// let job = green.try_submit(move || -> io::Result<u32> {
///     let answer = threads.submit(|| {
///         std::thread::sleep(Duration::from_millis(1)); // would block a carrier
///         42
///     })?;
///     Ok(answer.result()?) // parks the green thread
/// })?;
/// assert_eq!(job.result()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// The drop parks the green thread, or blocks the OS thread.
#[doc(alias = "blocking")]
#[doc(alias = "Offload")]
#[must_use = "dropping an executor closes it and waits for its jobs"]
pub struct ThreadPoolExecutor {
    handle: ExecutorHandle,
}

impl ThreadPoolExecutor {
    /// Starts to describe an executor; [`build`](ThreadPoolBuilder::build) makes it.
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::builder().name("images").max_workers(4).build()?;
    /// assert_eq!((pool.name(), pool.max_workers()), ("images", 4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "new")]
    pub fn builder() -> ThreadPoolBuilder {
        ThreadPoolBuilder::new()
    }

    pub(super) fn from_handle(handle: ExecutorHandle) -> Self {
        ThreadPoolExecutor { handle }
    }

    /// A handle that can be cloned and moved into jobs.
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::builder().build()?;
    /// let handle = pool.handle();
    /// drop(pool);
    /// assert!(handle.submit(|| 1).is_err_and(|refused| refused.is_shutdown()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle(&self) -> ExecutorHandle {
        self.handle.clone()
    }

    /// How many OS threads there are now, with those that are idle.
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::builder().build()?;
    /// assert_eq!(pool.num_threads(), 0);
    /// pool.submit(|| ())?.result()?;
    /// assert_eq!(pool.num_threads(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn num_threads(&self) -> usize {
        self.handle.pool().hosts().map_or(0, Hosts::num_threads)
    }
}

impl Deref for ThreadPoolExecutor {
    type Target = ExecutorHandle;

    fn deref(&self) -> &ExecutorHandle {
        &self.handle
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        shutdown::on_drop(self.handle.pool());
    }
}

impl fmt::Debug for ThreadPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ThreadPoolExecutor").field(self.handle.pool()).finish()
    }
}
