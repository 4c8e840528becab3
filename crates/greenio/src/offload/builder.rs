//! Describing a pool.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::thread;
use workqueue::CrewSettings;

use super::Offload;
use super::tickets::Settings;

/// The most threads that a pool may have.
const MAX_THREADS: usize = 4096;

/// Of the default: for each CPU, and whatever their number.
const THREADS_PER_CPU: usize = 16;
const LEAST_THREADS: usize = 64;
const MOST_THREADS: usize = 512;
const MAX_BACKLOG: usize = 65_536;

/// Describes an [`Offload`].
///
/// Without a word: 16 threads a CPU, but at least 64 and at most 512; 65,536 closures may wait behind
/// them; an idle thread ends after ten seconds. Settings are checked by [`build`](Self::build).
///
/// ```
/// use greenio::Offload;
/// use std::time::Duration;
///
/// let offload = Offload::builder()
///     .name("images")
///     .threads(4)
///     .max_backlog(100)
///     .thread_keep_alive(Duration::from_secs(1))
///     .build()?;
/// assert_eq!(offload.run(|| 6 * 7)?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until build() is called"]
pub struct OffloadBuilder {
    name: String,
    threads: usize,
    max_backlog: usize,
    keep_alive: Duration,
    stack_size: Option<usize>,
}

/// Why a pool could not be built: a setting is outside its permitted range.
///
/// ```
/// use greenio::Offload;
///
/// let error = Offload::builder().threads(0).build().unwrap_err();
/// assert_eq!(error.to_string(), "an offload pool has from 1 to 4096 threads, not 0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffloadBuildError {
    threads: usize,
}

impl OffloadBuilder {
    pub(super) fn new() -> Self {
        let cpus = thread::available_parallelism().map_or(1, usize::from);
        OffloadBuilder {
            name: String::from("offload"),
            threads: cpus.saturating_mul(THREADS_PER_CPU).clamp(LEAST_THREADS, MOST_THREADS),
            max_backlog: MAX_BACKLOG,
            keep_alive: Duration::from_secs(10),
            stack_size: None,
        }
    }

    /// How many OS threads there are at most, from 1 to 4096: so many closures run at once. They are
    /// started when they are needed, and end when they have been idle.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// let offload = Offload::builder().threads(2).build()?;
    /// assert_eq!(offload.gauge().max_threads, 2);
    /// assert_eq!(offload.gauge().threads, 0); // none is needed yet
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "max_blocking_threads")]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// How many closures may wait while all threads are busy. With 0, a closure is refused unless a
    /// thread is free for it.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// let offload = Offload::builder().threads(2).max_backlog(10).build()?;
    /// assert_eq!(offload.gauge().max_backlog, 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_backlog(mut self, max_backlog: usize) -> Self {
        self.max_backlog = max_backlog;
        self
    }

    /// The name of the pool: its threads are called `NAME-0` and so on.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// let offload = Offload::builder().name("images").build()?;
    /// let name = offload.run(|| std::thread::current().name().map(str::to_owned))?;
    /// assert!(name.is_some_and(|name| name.starts_with("images-")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// For how long a thread is kept that has nothing to do.
    ///
    /// ```
    /// use greenio::Offload;
    /// use std::time::Duration;
    ///
    /// // For a program that seldom needs it.
    /// let offload = Offload::builder().thread_keep_alive(Duration::ZERO).build()?;
    /// assert_eq!(offload.run(|| 6 * 7)?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn thread_keep_alive(mut self, keep_alive: Duration) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// The size of a thread's stack in bytes. Without a word, that of `std`'s threads.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// let offload = Offload::builder().stack_size(8 << 20).build()?; // for a deep recursion in C
    /// assert_eq!(offload.run(|| 6 * 7)?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Makes the pool. No thread is started yet.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// assert!(Offload::builder().threads(4).build().is_ok());
    /// assert!(Offload::builder().threads(100_000).build().is_err());
    /// ```
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub fn build(self) -> Result<Offload, OffloadBuildError> {
        if self.threads == 0 || self.threads > MAX_THREADS {
            return Err(OffloadBuildError { threads: self.threads });
        }
        let mut crew = CrewSettings::new(self.name.replace('\0', "?"));
        crew.keep_alive = self.keep_alive;
        crew.stack_size = self.stack_size;
        let settings =
            Settings { crew, start: Arc::new(|builder, main| builder.spawn(main).map(drop)) };
        Ok(Offload::new(self.threads, self.max_backlog, settings))
    }
}

impl fmt::Display for OffloadBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.threads;
        write!(f, "an offload pool has from 1 to {MAX_THREADS} threads, not {threads}")
    }
}

impl Error for OffloadBuildError {}

impl From<OffloadBuildError> for io::Error {
    fn from(error: OffloadBuildError) -> Self {
        io::Error::new(io::ErrorKind::InvalidInput, error)
    }
}
