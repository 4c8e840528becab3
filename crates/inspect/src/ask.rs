//! Asking an executor.

use std::time::Duration;

use executor::ExecutorHandle;

use crate::elsewhere;
use crate::inspection::Inspection;
use crate::together::inspect;
use crate::watchdog::{self, Hog};

/// How long a carrier may take to answer, unless it is said otherwise.
const PATIENCE: Duration = Duration::from_secs(1);

/// Looking into an executor.
///
/// ```
/// use inspect::Inspect;
/// use inspect::executor::{GreenThreadPoolExecutor, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let job = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// println!("{}", pool.inspect());
/// job.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Inspect {
    /// What the green threads of the executor do, with their stacks.
    ///
    /// No code of the user's runs, and no thread notices. A carrier spends about a microsecond for each of its threads, in
    /// slices of less than 200 µs between which it goes on with its work.
    ///
    /// ```
    /// use inspect::Inspect;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert_eq!(pool.inspect().queued.count, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread, until all carriers have answered. One that does not
    /// within a second is said to be busy. A cancellation does not end the wait.
    fn inspect(&self) -> Inspection {
        self.inspect_with(&InspectOptions::new())
    }

    /// As [`inspect`](Self::inspect), with options.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{Inspect, InspectOptions};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let inspection = pool.inspect_with(&InspectOptions::new().stacks(false).limit(100));
    /// assert!(inspection.threads.len() <= 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// As [`inspect`](Self::inspect).
    fn inspect_with(&self, options: &InspectOptions) -> Inspection;

    /// The jobs that hold a carrier of the executor now, and have been reported by a [`Watchdog`](crate::Watchdog).
    /// Nobody is asked: empty if none watches.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{Inspect, Watchdog};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let _watching = Watchdog::new().watch([pool.handle()])?;
    /// for hog in pool.hogs() {
    ///     println!("{hog}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn hogs(&self) -> Vec<Hog>;

    /// The longest that a carrier of the executor was held since a [`Watchdog`](crate::Watchdog) began, as far as it has
    /// seen. `None` if none watches.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{Inspect, Watchdog};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert_eq!(pool.longest_hold(), None);
    /// let _watching = Watchdog::new().watch([pool.handle()])?;
    /// assert!(pool.longest_hold().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn longest_hold(&self) -> Option<Duration>;
}

/// What an inspection is to bring.
///
/// ```
/// use inspect::InspectOptions;
/// use std::time::Duration;
///
/// let stuck = InspectOptions::new().longer_than(Duration::from_secs(10)).limit(1000);
/// assert_ne!(stuck, InspectOptions::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "options do nothing until they are given to inspect_with()"]
pub struct InspectOptions {
    pub(crate) stacks: bool,
    pub(crate) limit: usize,
    pub(crate) longer_than: Duration,
    pub(crate) patience: Duration,
}

impl InspectOptions {
    /// All threads, with their stacks.
    ///
    /// ```
    /// assert_eq!(inspect::InspectOptions::new(), inspect::InspectOptions::default());
    /// ```
    pub fn new() -> Self {
        InspectOptions {
            stacks: true,
            limit: usize::MAX,
            longer_than: Duration::ZERO,
            patience: PATIENCE,
        }
    }

    /// Whether stacks are wanted. Without them an inspection is several times as fast.
    ///
    /// ```
    /// let options = inspect::InspectOptions::new().stacks(false);
    /// assert_ne!(options, inspect::InspectOptions::new());
    /// ```
    pub fn stacks(mut self, wanted: bool) -> Self {
        self.stacks = wanted;
        self
    }

    /// At most so many threads. Which ones is not said.
    ///
    /// ```
    /// let options = inspect::InspectOptions::new().limit(1000);
    /// assert_ne!(options, inspect::InspectOptions::new());
    /// ```
    pub fn limit(mut self, threads: usize) -> Self {
        self.limit = threads;
        self
    }

    /// Only threads that have waited for so long.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = inspect::InspectOptions::new().longer_than(Duration::from_secs(10));
    /// assert_ne!(options, inspect::InspectOptions::new());
    /// ```
    pub fn longer_than(mut self, waited: Duration) -> Self {
        self.longer_than = waited;
        self
    }

    /// How long a carrier may take for an answer: a second, unless it is said.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = inspect::InspectOptions::new().patience(Duration::from_secs(10));
    /// assert_ne!(options, inspect::InspectOptions::new());
    /// ```
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl Default for InspectOptions {
    fn default() -> Self {
        InspectOptions::new()
    }
}

impl Inspect for ExecutorHandle {
    fn inspect_with(&self, options: &InspectOptions) -> Inspection {
        let (executors, options) = ([self.clone()], options.clone());
        let mut seen = elsewhere::run(move || inspect(&executors, &options));
        seen.executors.pop().expect("as many as were asked for")
    }

    fn hogs(&self) -> Vec<Hog> {
        watchdog::hogs_of(self)
    }

    fn longest_hold(&self) -> Option<Duration> {
        watchdog::longest_hold_of(self)
    }
}
