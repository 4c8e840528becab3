//! Waiting for a change of what a mutex guards.

use std::fmt;
use std::time::Duration;

use greenctx::{Interrupted, shield};
use greenstd::time::{self, Instant};

use crate::monitor::{Entry, Monitor, Waited, deadline_after};
use crate::mutex::MutexGuard;

/// Lets threads wait for a change of what a [`Mutex`](crate::Mutex) guards.
///
/// As [`std::sync::Condvar`], but a wait can be interrupted. Unlike std's it may be used with several
/// mutexes, and never wakes a thread for no reason; but between a notification and the waiter's turn others
/// may change what the mutex guards, so wait in a loop, or by [`wait_while`](Self::wait_while).
///
/// # Fairness
/// Notifications go to those who wait in the order of their coming (FIFO).
///
/// ```
/// use greenctx::{Carrier, Interrupted, spawn};
/// use greensync::{Condvar, Mutex};
///
/// static BASKET: Mutex<Vec<&str>> = Mutex::new(Vec::new());
/// static FILLED: Condvar = Condvar::new();
///
/// Carrier::new()?.run(|| {
///     let eater = spawn(|| {
///         let basket = BASKET.lock()?;
///         let mut basket = FILLED.wait_while(basket, |basket| basket.is_empty())?;
///         Ok::<_, Interrupted>(basket.pop())
///     });
///     BASKET.lock()?.push("apple");
///     FILLED.notify_one();
///     assert_eq!(eater.join().unwrap(), Ok(Some("apple")));
///     Ok::<_, Interrupted>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Condvar {
    monitor: Monitor<()>,
}

/// Whether a wait with a time limit has ended by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitTimeoutResult {
    timed_out: bool,
}

/// The one list of the monitor.
const WAITING: usize = 0;

impl Condvar {
    greenstd::const_unless_loom! {
        /// A condition variable for which nobody waits.
        pub fn new() -> Self {
            Condvar { monitor: Monitor::new(()) }
        }
    }

    /// Unlocks the mutex, waits for a notification, and locks again. Every notification that comes after
    /// the unlocking is seen.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread is cancelled or a [`deadline`](crate::deadline) around the
    /// call passes before a notification comes. The mutex is not locked then, and no notification is used
    /// up. Who was notified locks again in a [`shield`], and gets its guard.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
    ) -> Result<MutexGuard<'a, T>, Interrupted> {
        self.wait_by(guard, None).map(|(guard, _)| guard)
    }

    /// [Waits](Self::wait) as long as `condition` says so of the guarded value.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), if it has to wait.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park), if it has to wait; with the panic of `condition`.
    ///
    /// # Blocking
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_while<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<MutexGuard<'a, T>, Interrupted> {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// As [`wait`](Self::wait), for at most `timeout`, not counting the time to lock again.
    ///
    /// # Errors
    /// As [`wait`](Self::wait). Who was not notified in time can be interrupted also while it locks again.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park).
    ///
    /// # Blocking
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> Result<(MutexGuard<'a, T>, WaitTimeoutResult), Interrupted> {
        self.wait_by(guard, deadline_after(timeout))
    }

    /// As [`wait_while`](Self::wait_while), for at most `timeout`. The result says that it has timed out if
    /// `condition` still holds.
    ///
    /// # Errors
    /// As [`wait_timeout`](Self::wait_timeout), if it has to wait.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park), if it has to wait; with the panic of `condition`.
    ///
    /// # Blocking
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout_while<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<(MutexGuard<'a, T>, WaitTimeoutResult), Interrupted> {
        let deadline = deadline_after(timeout);
        loop {
            if !condition(&mut guard) {
                return Ok((guard, WaitTimeoutResult { timed_out: false }));
            }
            if deadline.is_some_and(|deadline| deadline <= time::now()) {
                return Ok((guard, WaitTimeoutResult { timed_out: true }));
            }
            guard = self.wait_by(guard, deadline)?.0;
        }
    }

    /// Notifies the one that has waited longest, if there is one.
    pub fn notify_one(&self) {
        self.monitor.enter(|inside| _ = inside.take_first(WAITING));
    }

    /// Notifies all that wait.
    pub fn notify_all(&self) {
        self.monitor.enter(|inside| _ = inside.take_all(WAITING));
    }

    #[track_caller]
    fn wait_by<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Instant>,
    ) -> Result<(MutexGuard<'a, T>, WaitTimeoutResult), Interrupted> {
        let mutex = guard.mutex;
        let waited = self.monitor.wait_with(
            deadline,
            |_| Entry::Wait { list: WAITING, message: () },
            // A notification that comes from now on finds the node in the list.
            || drop(guard),
            |_| (),
        );
        match waited {
            Waited::Done(()) | Waited::Woken(()) => {
                let site = std::panic::Location::caller();
                let guard = shield(|| mutex.lock_at(site));
                let guard = guard.expect("nothing interrupts in a shield");
                Ok((guard, WaitTimeoutResult { timed_out: false }))
            }
            Waited::TimedOut(()) => Ok((mutex.lock()?, WaitTimeoutResult { timed_out: true })),
            Waited::Interrupted(interrupted, ()) => Err(interrupted),
        }
    }
}

impl WaitTimeoutResult {
    /// Whether the time was over first.
    pub fn timed_out(&self) -> bool {
        self.timed_out
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
