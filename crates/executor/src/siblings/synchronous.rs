//! An executor without threads.

use std::fmt;
use std::ops::Deref;

use greenctx::StackPool;
use greenstd::sync::Arc;
use workqueue::Queue;

use crate::executor::ExecutorHandle;
use crate::hosts::Hosts;
use crate::pool::{Pool, Settings};
use crate::shutdown;
use crate::spans::JobSpans;

/// Runs each job in `submit`, on the caller, and gives back a future that has ended.
///
/// It is for tests, whose jobs then run one after the other in one order, and for small tools that have no use for
/// threads. Futures, statistics, errors and shutdown are those of the other executors. A job that panics ends so; the
/// panic stays in its future. A job may submit others: they run at once, within it. Several threads may submit, and
/// their jobs then run at the same time.
///
/// Nothing waits here, so nothing is refused for want of room, and nothing can be cancelled before it starts. The
/// number of workers is that of the callers, so it cannot be limited: `resize` fails.
///
/// All that can be done with it is a method of [`ExecutorHandle`], to which it dereferences. Its drop closes it, and
/// waits for jobs that other threads run still.
///
/// ```
/// use executor::SynchronousExecutor;
///
/// let executor = SynchronousExecutor::new();
/// let here = std::thread::current().id();
/// let job = executor.submit(move || std::thread::current().id() == here)?;
/// assert!(job.is_done());
/// assert!(job.result()?);
/// let bad = executor.submit(|| -> u32 { panic!("in the job alone") })?;
/// assert!(bad.result().is_err_and(|error| error.is_panicked()));
/// assert_eq!(executor.statistics().executed(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// The drop parks the green thread, or blocks the OS thread, while other threads run jobs here. A submission takes as
/// long as its job.
#[doc(alias = "direct")]
#[doc(alias = "CallerRuns")]
#[must_use = "dropping an executor closes it"]
pub struct SynchronousExecutor {
    handle: ExecutorHandle,
}

impl SynchronousExecutor {
    /// An executor that is called `synchronous`.
    ///
    /// ```
    /// use executor::SynchronousExecutor;
    ///
    /// let executor = SynchronousExecutor::new();
    /// assert_eq!((executor.name(), executor.num_carriers()), ("synchronous", 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Self {
        Self::named("synchronous")
    }

    /// An executor with a name of its own.
    ///
    /// ```
    /// use executor::SynchronousExecutor;
    ///
    /// let executor = SynchronousExecutor::named("import");
    /// assert_eq!(executor.name(), "import");
    /// ```
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        // One side of the queue, by which all callers count.
        let (queue, locals) = Queue::unlimited(1, usize::MAX);
        let side = locals.into_iter().next().expect("a queue has as many sides as were asked for");
        let settings = Settings {
            name: name.into(),
            carriers: 0,
            cpus: 0,
            stack_bytes: 0,
            stacks: StackPool::default(),
            rejection: None,
            initializer: None,
            shedding: None,
            statistics: true,
            time_one_in: 1,
            spans: JobSpans::default(),
        };
        let pool = Pool::new(settings, queue, Some(Hosts::callers(side)));
        SynchronousExecutor { handle: ExecutorHandle::of(pool) }
    }

    /// A handle that can be cloned and moved into jobs.
    ///
    /// ```
    /// use executor::SynchronousExecutor;
    ///
    /// let executor = SynchronousExecutor::new();
    /// let handle = executor.handle();
    /// let outer = executor.submit(move || handle.submit(|| 1).is_ok_and(|inner| inner.is_done()))?;
    /// assert!(outer.result()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle(&self) -> ExecutorHandle {
        self.handle.clone()
    }
}

impl Default for SynchronousExecutor {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for SynchronousExecutor {
    type Target = ExecutorHandle;

    fn deref(&self) -> &ExecutorHandle {
        &self.handle
    }
}

impl Drop for SynchronousExecutor {
    fn drop(&mut self) {
        shutdown::on_drop(self.handle.pool());
    }
}

impl fmt::Debug for SynchronousExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SynchronousExecutor").field(self.handle.pool()).finish()
    }
}
