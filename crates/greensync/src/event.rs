//! A flag that threads wait for.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use greenctx::{Interrupted, Waiting};
use greenstd::time::{self, Instant};

use crate::giving_way::begin_operation;
use crate::monitor::{Entry, Monitor};

/// A flag that threads wait for.
///
/// An event of [manual reset](Self::new) stays set, and lets every thread pass until it is reset, as
/// Python's `threading.Event`. An event of [auto reset](Self::auto_reset) lets one thread pass for each `set`, in
/// the order in which they came (FIFO), and resets itself. Sets do not add up while no thread waits: to count
/// them, take a [`Semaphore`](crate::Semaphore).
///
/// ```
/// use greensync::{Carrier, Event, spawn};
///
/// static READY: Event = Event::new();
///
/// Carrier::new()?.run(|| {
///     for _ in 0..3 {
///         spawn(|| READY.wait());
///     }
///     READY.set(); // all three go on
/// })?;
/// assert!(READY.is_set());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "Notify")]
#[doc(alias = "ManualResetEvent")]
#[doc(alias = "AutoResetEvent")]
#[doc(alias = "flag")]
#[doc(alias = "latch")]
pub struct Event {
    resets_itself: bool,
    /// Whether it is set. While it is, no thread waits.
    monitor: Monitor<bool>,
}

/// The one list of the monitor.
const WAITING: usize = 0;

impl Event {
    greenstd::const_unless_loom! {
        /// An event that is not set. Once it is set, it stays so until [`reset`](Self::reset).
        ///
        /// ```
        /// use greensync::Event;
        ///
        /// static STARTED: Event = Event::new(); // `new` is const
        /// STARTED.set();
        /// STARTED.wait()?;
        /// STARTED.wait()?; // it is still set
        /// # Ok::<(), greensync::Interrupted>(())
        /// ```
        pub fn new() -> Self {
            Event { resets_itself: false, monitor: Monitor::new(false) }
        }

        /// An event that is not set, and lets one thread pass each time it is.
        ///
        /// ```
        /// use greensync::Event;
        ///
        /// let wake_up = Event::auto_reset();
        /// wake_up.set();
        /// wake_up.wait()?;
        /// assert!(!wake_up.is_set()); // the wait has used it up
        /// # Ok::<(), greensync::Interrupted>(())
        /// ```
        pub fn auto_reset() -> Self {
            Event { resets_itself: true, monitor: Monitor::new(false) }
        }
    }

    /// Sets it. With manual reset, it lets all threads pass that wait, and all that come before a reset. With auto
    /// reset, it lets the thread pass that has waited longest, or else the next one that comes.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::Event;
    ///
    /// static DONE: Event = Event::new();
    /// let waiter = std::thread::spawn(|| DONE.wait());
    /// DONE.set();
    /// assert_eq!(waiter.join().ok(), Some(Ok(())));
    /// ```
    pub fn set(&self) {
        self.monitor.enter(|inside| {
            if self.resets_itself {
                *inside.state = inside.take_first(WAITING).is_none();
            } else {
                *inside.state = true;
                inside.take_all(WAITING);
            }
        });
    }

    /// Resets it: threads that come from now on wait for the next [`set`](Self::set).
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::Event;
    ///
    /// let changed = Event::new();
    /// changed.set();
    /// changed.reset();
    /// assert!(!changed.is_set());
    /// ```
    #[doc(alias = "clear")]
    pub fn reset(&self) {
        self.monitor.enter(|inside| *inside.state = false);
    }

    /// Whether it is set: a snapshot.
    ///
    /// ```
    /// use greensync::Event;
    ///
    /// let stop = Event::new();
    /// let mut rounds = 0;
    /// while !stop.is_set() {
    ///     rounds += 1;
    ///     if rounds == 3 {
    ///         stop.set();
    ///     }
    /// }
    /// assert_eq!(rounds, 3);
    /// ```
    pub fn is_set(&self) -> bool {
        self.monitor.enter(|inside| *inside.state)
    }

    /// Waits until it is set.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [deadline](crate::with_timeout) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::Event;
    ///
    /// static STARTED: Event = Event::new();
    /// std::thread::spawn(|| STARTED.set());
    /// STARTED.wait()?;
    /// assert!(STARTED.is_set());
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[track_caller]
    pub fn wait(&self) -> Result<(), Interrupted> {
        self.wait_by(None).map(|_| ())
    }

    /// As [`wait`](Self::wait), but for `timeout` at most. The result is `true` if the event was set, and `false` if
    /// the time was over first.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    /// As [`wait`](Self::wait).
    ///
    /// # Blocking
    /// As [`wait`](Self::wait).
    ///
    /// ```
    /// use greensync::Event;
    /// use std::time::Duration;
    ///
    /// let stop = Event::new();
    /// let pause = Duration::from_millis(1);
    /// assert!(!stop.wait_timeout(pause)?); // a pause that `set` would end
    /// stop.set();
    /// assert!(stop.wait_timeout(pause)?);
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, Interrupted> {
        self.wait_by(time::after(timeout))
    }

    #[track_caller]
    fn wait_by(&self, deadline: Option<Instant>) -> Result<bool, Interrupted> {
        begin_operation();
        let what = Waiting::on("event").at(Location::caller());
        let waited = self.monitor.wait(what, deadline, |inside| {
            if !*inside.state {
                return Entry::Wait { list: WAITING, message: () };
            }
            *inside.state = !self.resets_itself;
            Entry::Done(())
        });
        waited.has_come()
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.resets_itself { "auto reset" } else { "manual reset" };
        f.debug_struct("Event").field("kind", &kind).field("set", &self.is_set()).finish()
    }
}
