//! The watchdog: who holds a carrier for long.
//!
//! ```text
//!  keeper             patrol                       judge           hog
//!  one OS thread  ─►  looks at each carrier,  ─►   is it held? ─►  a report: job, times,
//!  for all            captures the one held                        stack, who waits
//! ```
//!
//! A carrier shows its progress without being asked ([`greenctx::Progress`]). What is held is captured by a signal; the
//! handler only copies, and the walk is done here ([`greenctx::CarrierHandle::capture`]).
//!
//! For others that show what goes on: [`Inspect::hogs`](crate::Inspect::hogs) and
//! [`Inspect::longest_hold`](crate::Inspect::longest_hold) wait for no carrier, so they may be called as often as one
//! likes, and while all carriers hang. [`Inspection`](crate::Inspection) has both as values for serde.

mod hog;
mod judge;
mod keeper;
mod patrol;
mod readings;
mod reporter;

use std::time::Duration;
use std::{fmt, io};

use executor::ExecutorHandle;
use executor::io::signal::Signal;
use greenctx::{CaptureSignal, CaptureSignalError};
use greenstd::sync::Arc;

pub use hog::{Hog, HogCause};
pub(crate) use keeper::{hogs_of, longest_hold_of};

use crate::trace::FlightRecorder;
use patrol::Patrol;
use reporter::{Report, Reporter};

/// After this time a hold is reported, unless it is said otherwise.
const AFTER: Duration = Duration::from_millis(100);

/// A watchdog could not look more often.
const LEAST_AFTER: Duration = Duration::from_millis(10);

/// Looks for jobs that hold their carrier: that compute without a pause, or block the OS thread.
///
/// All green threads of the carrier wait for such a job. The watchdog says which one it is, with its stack, at 0.1 s, 1 s,
/// 10 s and so on. It finds `std::thread::sleep`, a lock of `std` or of a third party that is held across a wait, a call
/// to a database that blocks, and a long loop.
///
/// One OS thread watches all executors of the process. It looks a hundred times in a second, and sleeps while all
/// carriers do. Until one is held, a carrier pays a look at a word after each of its sleeps. One that is held is interrupted
/// for some microseconds.
///
/// ```
/// use inspect::Watchdog;
/// use inspect::executor::GreenThreadPoolExecutor;
///
/// let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let _watching = Watchdog::new().watch([pool.handle()])?;
/// // From now on, what holds a carrier is named on the standard error stream.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # The signal
///
/// The carrier's OS thread gets the signal `SIGURG`, unless [another](Self::signal) is chosen. It goes on as if nothing
/// had been: the handler asks for a restart of system calls, and does not touch `errno`. A few calls return `EINTR` all
/// the same, such as `nanosleep` and `epoll_wait`; `std` calls them again. Code of C that does not may return early.
#[derive(Debug)]
#[must_use = "it watches nothing until watch() is called"]
pub struct Watchdog {
    after: Duration,
    signal: Signal,
    report: Report,
    recorder: Option<FlightRecorder>,
}

/// A watchdog at work, until this is dropped. The drop waits for a report that is under way; after it, none is called.
/// Only a report that drops it itself goes on.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::{Watchdog, Watching};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let watching: Watching = Watchdog::new().watch([pool.handle()])?;
/// assert!(watching.hogs().is_empty());
/// drop(watching); // nobody looks any more
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the watchdog ceases to look when this is dropped"]
pub struct Watching {
    patrol: Arc<Patrol>,
}

/// Why a watchdog cannot watch.
///
/// ```
/// use inspect::executor::io::signal::{Signal, Signals};
/// use inspect::{Watchdog, WatchdogError};
///
/// let _theirs = Signals::new([Signal::USER_2])?;
/// let refused = Watchdog::new().signal(Signal::USER_2).watch([]);
/// assert!(matches!(refused, Err(WatchdogError::Signal(_))));
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchdogError {
    /// The signal has a handler already, or cannot be handled.
    Signal(CaptureSignalError),
    /// There is no OS thread to be had.
    Thread(io::Error),
}

impl Watchdog {
    /// One that prints what holds a carrier for 0.1 s, 1 s, 10 s and so on.
    ///
    /// ```
    /// let watchdog = inspect::Watchdog::new();
    /// assert!(watchdog.watch([]).is_ok());
    /// ```
    pub fn new() -> Self {
        let signal = Signal::from_raw(URGENT);
        Watchdog { after: AFTER, signal, report: Report::Print, recorder: None }
    }

    /// Reports a job that has held its carrier for so long, and again after 10 times that, and so on. It is 100 ms unless
    /// it is said, and 10 ms at least.
    ///
    /// The time in which the job could have run, but others had the CPU, does not count.
    ///
    /// ```
    /// use inspect::Watchdog;
    /// use std::time::Duration;
    ///
    /// let patient = Watchdog::new().after(Duration::from_secs(1)); // and at 10 s, 100 s
    /// assert!(patient.watch([]).is_ok());
    /// ```
    pub fn after(mut self, held: Duration) -> Self {
        self.after = held.max(LEAST_AFTER);
        self
    }

    /// Interrupts carriers by this signal. It is `SIGURG` unless it is said, which nearly no program uses.
    ///
    /// ```
    /// use inspect::Watchdog;
    /// use inspect::executor::io::signal::Signal;
    ///
    /// let watchdog = Watchdog::new().signal(Signal::USER_1);
    /// assert!(watchdog.watch([]).is_ok());
    /// ```
    pub fn signal(mut self, signal: Signal) -> Self {
        self.signal = signal;
        self
    }

    /// Calls `report` instead of printing. It runs on the watchdog's OS thread: as long as it runs, nobody looks. A panic
    /// in it ends there.
    ///
    /// ```
    /// use inspect::Watchdog;
    ///
    /// let watchdog = Watchdog::new().then(|hog| eprintln!("{} holds {}", hog.name, hog.carrier));
    /// assert!(watchdog.watch([]).is_ok());
    /// ```
    pub fn then(mut self, report: impl FnMut(&Hog) + Send + 'static) -> Self {
        self.report = Report::Call(Box::new(report));
        self
    }

    /// Has `recorder` write its file when a hold is reported, so that it can be seen what led to it. The carrier that is held
    /// adds what it has when the hold ends, if that is within ten seconds.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{FlightRecorder, Tracer, Watchdog};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let file = std::env::temp_dir().join("hog.perfetto-trace");
    /// let recorder = FlightRecorder::new(Tracer::start(&pool), Duration::from_secs(5), file)?;
    /// let _watching = Watchdog::new().record(&recorder).watch([pool.handle()])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn record(mut self, recorder: &FlightRecorder) -> Self {
        self.recorder = Some(recorder.clone());
        self
    }

    /// Watches these executors, until the returned value is dropped. They are not kept running.
    ///
    /// ```
    /// use inspect::Watchdog;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pools = ["shop", "mail"].map(|name| GreenThreadPoolExecutor::builder().name(name).build());
    /// let [shop, mail] = pools;
    /// let (shop, mail) = (shop?, mail?);
    /// let _watching = Watchdog::new().watch([shop.handle(), mail.handle()])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WatchdogError::Signal`] if somebody else handles the signal. [`WatchdogError::Thread`] if there is no OS thread
    /// to be had.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn watch(
        self,
        executors: impl IntoIterator<Item = ExecutorHandle>,
    ) -> Result<Watching, WatchdogError> {
        let signal = CaptureSignal::install(self.signal.as_raw()).map_err(WatchdogError::Signal)?;
        let patrol = Arc::new(Patrol::new(
            self.after,
            signal,
            executors,
            Reporter::new(self.report, self.recorder),
        ));
        keeper::begin(patrol.clone()).map_err(WatchdogError::Thread)?;
        Ok(Watching { patrol })
    }
}

/// `SIGURG`, the same number on all processors that greenctx runs on.
const URGENT: i32 = 23;

impl Default for Watchdog {
    fn default() -> Self {
        Watchdog::new()
    }
}

impl Watching {
    /// The jobs that hold a carrier now, and have been reported.
    ///
    /// ```
    /// use inspect::Watchdog;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let watching = Watchdog::new().watch([pool.handle()])?;
    /// assert!(watching.hogs().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hogs(&self) -> Vec<Hog> {
        self.patrol.hogs()
    }

    /// The longest that a carrier was held since the watchdog began, as far as it has seen: at its looks.
    ///
    /// ```
    /// use inspect::Watchdog;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let watching = Watchdog::new().watch([pool.handle()])?;
    /// println!("held for {:?}", watching.longest_hold());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn longest_hold(&self) -> Duration {
        self.patrol.longest_hold()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        keeper::end(&self.patrol);
    }
}

impl fmt::Display for WatchdogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WatchdogError::Signal(_) => f.write_str("the watchdog cannot have its signal"),
            WatchdogError::Thread(_) => f.write_str("the watchdog's thread cannot be started"),
        }
    }
}

impl std::error::Error for WatchdogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            WatchdogError::Signal(error) => Some(error),
            WatchdogError::Thread(error) => Some(error),
        }
    }
}

impl fmt::Debug for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watching").field("hogs", &self.hogs().len()).finish_non_exhaustive()
    }
}
