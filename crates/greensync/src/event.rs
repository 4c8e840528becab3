//! A flag that threads wait for.

use std::fmt;
use std::time::Duration;

use greenctx::Interrupted;
use greenstd::time::Instant;

use crate::monitor::{Entry, Monitor, deadline_after};
use crate::share::take_part;

/// A flag that threads wait for.
///
/// One of [manual reset](Self::new) stays set and lets everybody pass until somebody resets it, as
/// Python's `threading.Event`. One of [auto reset](Self::auto_reset) lets one thread pass for each `set`,
/// in the order of their coming (FIFO), and is reset by that; sets do not add up while nobody waits.
///
/// ```
/// use greenctx::{Carrier, spawn};
/// use greensync::Event;
///
/// static READY: Event = Event::new();
///
/// Carrier::new()?.run(|| {
///     let waiters: Vec<_> = (0..3).map(|_| spawn(|| READY.wait())).collect();
///     READY.set();
///     waiters.into_iter().for_each(|waiter| waiter.join().unwrap().unwrap());
///     assert!(READY.is_set());
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub struct Event {
    resets_itself: bool,
    /// Whether it is set. Nobody waits while it is.
    monitor: Monitor<bool>,
}

/// The one list of the monitor.
const WAITING: usize = 0;

impl Event {
    greenstd::const_unless_loom! {
        /// An event that is not set, and once it is, stays so until [`reset`](Self::reset).
        pub fn new() -> Self {
            Event { resets_itself: false, monitor: Monitor::new(false) }
        }

        /// An event that is not set, and lets one thread pass each time it is.
        pub fn auto_reset() -> Self {
            Event { resets_itself: true, monitor: Monitor::new(false) }
        }
    }

    /// Sets it: lets all that wait pass, and all that come later until a reset; or, with auto reset, the
    /// one that has waited longest, or the next one that comes.
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

    /// Takes the setting back.
    pub fn reset(&self) {
        self.monitor.enter(|inside| *inside.state = false);
    }

    /// Whether it is set: a snapshot.
    pub fn is_set(&self) -> bool {
        self.monitor.enter(|inside| *inside.state)
    }

    /// Waits until it is set.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [`deadline`](crate::deadline) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait(&self) -> Result<(), Interrupted> {
        self.wait_by(None).map(|_| ())
    }

    /// Waits until it is set, for at most `timeout`; `false` if the time is over first.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    /// As [`wait`](Self::wait).
    ///
    /// # Blocking
    /// As [`wait`](Self::wait).
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, Interrupted> {
        self.wait_by(deadline_after(timeout))
    }

    fn wait_by(&self, deadline: Option<Instant>) -> Result<bool, Interrupted> {
        take_part();
        let waited = self.monitor.wait(deadline, |inside| {
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
