//! Describing a thread pool.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use greenctx::StackPool;
use greenstd::sync::Arc;
use greenstd::thread;
use workqueue::{Crew, CrewSettings, Queue};

use super::ThreadPoolExecutor;
use crate::builder::{BuildError, check};
use crate::executor::ExecutorHandle;
use crate::hosts::Hosts;
use crate::hosts::thread::{SPARE_SEATS, Threads};
use crate::pool::{Initializer, Pool, Settings};
use crate::rejection::CheckAndReject;
use crate::spans::JobSpans;

/// More OS threads than that are a mistake.
const MAX_THREADS: usize = 4096;

/// What the threads of `std` have.
const STACK_BYTES: usize = 2 << 20;
const LEAST_STACK_BYTES: usize = 64 << 10;
const MOST_STACK_BYTES: usize = 1 << 30;

/// Describes a [`ThreadPoolExecutor`].
///
/// The defaults: 16 threads for each CPU, but from 64 to 512; stacks of 2 MiB; a thread ends after 10 idle seconds; an
/// unlimited backlog; statistics on. [`build`](Self::build) checks the settings.
///
/// ```
/// use executor::{ThreadPoolExecutor, reject_when_reached};
/// use std::time::Duration;
///
/// let pool = ThreadPoolExecutor::builder()
///     .name("database")
///     .max_workers(20) // as many as the database has connections for us
///     .keep_alive(Duration::from_secs(60))
///     .check_and_reject(reject_when_reached(200))
///     .build()?;
/// assert_eq!(pool.max_workers(), 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "config")]
#[must_use = "a builder does nothing until build() is called"]
pub struct ThreadPoolBuilder {
    name: Arc<str>,
    max_workers: usize,
    keep_alive: Duration,
    stack_bytes: usize,
    rejection: Option<Box<dyn CheckAndReject>>,
    initializer: Option<Box<Initializer>>,
    statistics: bool,
}

impl ThreadPoolBuilder {
    pub(super) fn new() -> Self {
        let cpus = thread::available_parallelism().map_or(1, usize::from);
        ThreadPoolBuilder {
            name: Arc::from("threads"),
            max_workers: cpus.saturating_mul(16).clamp(64, 512),
            keep_alive: Duration::from_secs(10),
            stack_bytes: STACK_BYTES,
            rejection: None,
            initializer: None,
            statistics: true,
        }
    }

    /// How many threads there may be, and so how many jobs run at once: from 1 to 4096. `resize` may lower it later.
    ///
    /// While threads wait for jobs of their own executor, a few more may be started for these.
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::builder().max_workers(10).build()?;
    /// assert!(pool.resize(5).is_ok() && pool.resize(11).is_err());
    /// assert!(ThreadPoolExecutor::builder().max_workers(0).build().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "max_threads")]
    #[doc(alias = "num_threads")]
    #[doc(alias = "max_blocking_threads")]
    pub fn max_workers(mut self, max_workers: usize) -> Self {
        self.max_workers = max_workers;
        self
    }

    /// How long a thread stays idle before it ends.
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPoolExecutor::builder().keep_alive(Duration::ZERO).build()?;
    /// pool.submit(|| ())?.result()?; // its thread ends as soon as there is no other job
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "thread_keep_alive")]
    #[doc(alias = "idle_timeout")]
    pub fn keep_alive(mut self, keep_alive: Duration) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// Decides which jobs are refused; see [`Builder::check_and_reject`](crate::Builder::check_and_reject).
    ///
    /// ```
    /// use executor::{ThreadPoolExecutor, reject_when_reached};
    ///
    /// let pool =
    ///     ThreadPoolExecutor::builder().check_and_reject(reject_when_reached(1000)).build()?;
    /// assert_eq!(pool.submit(|| 42)?.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "max_backlog")]
    #[doc(alias = "queue_capacity")]
    pub fn check_and_reject(mut self, rejection: impl CheckAndReject) -> Self {
        self.rejection = Some(Box::new(rejection));
        self
    }

    /// The size of each thread's stack in bytes, from 64 KiB to 1 GiB.
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::builder().stack_size(16 << 20).build()?;
    /// assert_eq!(pool.submit(|| [0_u8; 4 << 20].len())?.result()?, 4 << 20);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_bytes = bytes;
        self
    }

    /// The name of the executor. Its threads are called by it and a number: `database-0`.
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::builder().name("database").build()?;
    /// let name = pool.submit(|| std::thread::current().name().map(str::to_owned))?;
    /// assert!(name.result()?.is_some_and(|name| name.starts_with("database-")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "thread_name")]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// What each thread calls before its first job: to give it a connection in a thread-local, say. If it fails or
    /// panics, the executor is broken, as [there](crate::Builder::initializer).
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    /// use std::cell::RefCell;
    ///
    /// thread_local! {
    ///     static CONNECTION: RefCell<Option<String>> = const { RefCell::new(None) };
    /// }
    /// let pool = ThreadPoolExecutor::builder()
    ///     .initializer(|| {
    ///         CONNECTION.set(Some("connected".to_owned()));
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// let job = pool.submit(|| CONNECTION.with_borrow(|connection| connection.is_some()))?;
    /// assert!(job.result()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// It may block its thread.
    #[doc(alias = "on_thread_start")]
    pub fn initializer<F>(mut self, initializer: F) -> Self
    where
        F: Fn() -> Result<(), Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
    {
        self.initializer = Some(Box::new(initializer));
        self
    }

    /// Whether times are measured; see [`Builder::statistics`](crate::Builder::statistics).
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::builder().statistics(false).build()?;
    /// pool.submit(|| ())?.result()?;
    /// assert_eq!(pool.statistics().executed(), 1); // numbers are always counted
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn statistics(mut self, on: bool) -> Self {
        self.statistics = on;
        self
    }

    /// Makes the executor. It starts no thread yet.
    ///
    /// ```
    /// use executor::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::builder().build()?;
    /// assert_eq!(pool.num_threads(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A setting is out of range.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[doc(alias = "start")]
    pub fn build(self) -> Result<ThreadPoolExecutor, BuildError> {
        check("max_workers", self.max_workers, 1, MAX_THREADS)?;
        check("stack_size", self.stack_bytes, LEAST_STACK_BYTES, MOST_STACK_BYTES)?;
        let queue = if self.rejection.is_some() { Queue::new } else { Queue::unlimited };
        let (queue, seats) = queue(self.max_workers + SPARE_SEATS, self.max_workers);
        // The operating system takes no name with a zero byte.
        let mut crew = CrewSettings::new(self.name.replace('\0', ""));
        crew.keep_alive = self.keep_alive;
        crew.stack_size = Some(self.stack_bytes);
        // A rejection that goes by time needs times, also where nobody looks at them.
        let is_timed = self.statistics || self.rejection.as_ref().is_some_and(|it| it.checks());
        let time_one_in = u32::from(is_timed);
        let settings = Settings {
            name: self.name,
            carriers: 0,
            cpus: 0,
            stack_bytes: self.stack_bytes,
            stacks: StackPool::default(),
            rejection: self.rejection,
            initializer: self.initializer,
            shedding: None,
            statistics: self.statistics,
            time_one_in,
            spans: JobSpans::default(),
        };
        let pool = Pool::new(settings, queue.clone(), Some(Hosts::threads(self.max_workers)));
        if let Some(hosts) = pool.hosts() {
            hosts.set_crew(Crew::new(queue, seats, crew, Threads::of(&pool)));
        }
        pool.set_max_workers(self.max_workers);
        Ok(ThreadPoolExecutor::from_handle(ExecutorHandle::of(pool)))
    }
}

impl fmt::Debug for ThreadPoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolBuilder")
            .field("name", &self.name)
            .field("max_workers", &self.max_workers)
            .field("keep_alive", &self.keep_alive)
            .finish_non_exhaustive()
    }
}
