//! Waiting for a change of what a mutex guards.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use greenctx::{Interrupted, Waiting, shield};
use greenstd::time::{self, Instant};

use crate::monitor::{Entry, Monitor, Waited};
use crate::mutex::MutexGuard;

/// Lets threads wait for a change of what a [`Mutex`](crate::Mutex) guards.
///
/// It is like [`std::sync::Condvar`], but a wait can be interrupted. Unlike std's it may be used with several
/// mutexes, and it never wakes a thread for no reason. Between a notification and the waiter's turn others may
/// change the value all the same. So wait in a loop, or by [`wait_while`](Self::wait_while).
///
/// For a flag take an [`Event`](crate::Event), for messages a [channel](crate::channel): they are simpler.
///
/// # Fairness
/// Notifications go to the waiting threads in the order in which they came (FIFO).
///
/// ```
/// use greensync::{Carrier, Condvar, Interrupted, Mutex, spawn};
///
/// static BASKET: Mutex<Vec<&str>> = Mutex::new(Vec::new());
/// static FILLED: Condvar = Condvar::new();
///
/// let eaten = Carrier::new()?.run(|| -> Result<_, Interrupted> {
///     spawn(|| {
///         BASKET.lock()?.push("apple");
///         FILLED.notify_one();
///         Ok::<(), Interrupted>(())
///     });
///     let mut basket = FILLED.wait_while(BASKET.lock()?, |basket| basket.is_empty())?;
///     Ok(basket.pop())
/// })??;
/// assert_eq!(eaten, Some("apple"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "condition variable")]
#[doc(alias = "Condition")]
#[doc(alias = "monitor")]
#[doc(alias = "Notify")]
pub struct Condvar {
    monitor: Monitor<()>,
}

/// Whether a wait with a time limit has ended because the time was over.
///
/// ```
/// use greensync::{Condvar, Mutex};
/// use std::time::Duration;
///
/// let (ready, changed) = (Mutex::new(false), Condvar::new());
/// let (_guard, result) = changed.wait_timeout(ready.lock()?, Duration::from_millis(1))?;
/// assert!(result.timed_out()); // no thread has notified
/// # Ok::<(), greensync::Interrupted>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitTimeoutResult {
    timed_out: bool,
}

/// The one list of the monitor.
const WAITING: usize = 0;

impl Condvar {
    greenstd::const_unless_loom! {
        /// A condition variable for which no thread waits.
        ///
        /// ```
        /// use greensync::Condvar;
        ///
        /// static CHANGED: Condvar = Condvar::new(); // `new` is const
        /// CHANGED.notify_all(); // nothing happens: no thread waits
        /// ```
        pub fn new() -> Self {
            Condvar { monitor: Monitor::new(()) }
        }
    }

    /// Unlocks the mutex, waits for a notification, and locks again. The thread sees every notification that comes
    /// after the unlocking.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread is cancelled or a [deadline](crate::with_timeout) around the
    /// call passes before a notification comes. The mutex is not locked then, and no notification is used
    /// up. A thread that was notified locks again in a [`shield`], and gets its guard.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::{Condvar, Mutex};
    ///
    /// let (ready, changed) = (Mutex::new(false), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         ready.lock().map(|mut ready| *ready = true)?;
    ///         changed.notify_one();
    ///         Ok::<(), greensync::Interrupted>(())
    ///     });
    ///     let mut guard = ready.lock()?;
    ///     while !*guard {
    ///         guard = changed.wait(guard)?; // another thread may be faster: look again
    ///     }
    ///     Ok::<(), greensync::Interrupted>(())
    /// })?;
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
    ) -> Result<MutexGuard<'a, T>, Interrupted> {
        self.wait_by(guard, None).map(|(guard, _)| guard)
    }

    /// [Waits](Self::wait) for as long as `condition` returns true for the guarded value. It does not wait at all
    /// if that is false at once.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), if it has to wait.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait; with the panic of `condition`.
    ///
    /// # Blocking
    /// As [`wait`](Self::wait).
    ///
    /// ```
    /// use greensync::{Condvar, Mutex};
    ///
    /// let (ready, changed) = (Mutex::new(false), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         ready.lock().map(|mut ready| *ready = true)?;
    ///         changed.notify_one();
    ///         Ok::<(), greensync::Interrupted>(())
    ///     });
    ///     let guard = changed.wait_while(ready.lock()?, |ready| !*ready)?;
    ///     assert!(*guard);
    ///     Ok::<(), greensync::Interrupted>(())
    /// })?;
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
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

    /// As [`wait`](Self::wait), but for `timeout` at most. The time that locking again takes is not counted.
    ///
    /// # Errors
    /// As [`wait`](Self::wait). A thread that was not notified in time can also be interrupted while it locks again.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park).
    ///
    /// # Blocking
    /// As [`wait`](Self::wait).
    ///
    /// ```
    /// use greensync::{Condvar, Mutex};
    /// use std::time::Duration;
    ///
    /// let (ready, changed) = (Mutex::new(false), Condvar::new());
    /// let guard = ready.lock()?;
    /// let (guard, result) = changed.wait_timeout(guard, Duration::from_millis(1))?;
    /// assert!(result.timed_out() && !*guard); // the mutex is locked again
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[track_caller]
    pub fn wait_timeout<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> Result<(MutexGuard<'a, T>, WaitTimeoutResult), Interrupted> {
        self.wait_by(guard, time::after(timeout))
    }

    /// As [`wait_while`](Self::wait_while), for at most `timeout`. The result says that it has timed out if
    /// `condition` still holds.
    ///
    /// # Errors
    /// As [`wait_timeout`](Self::wait_timeout), if it has to wait.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait; with the panic of `condition`.
    ///
    /// # Blocking
    /// As [`wait`](Self::wait).
    ///
    /// ```
    /// use greensync::{Condvar, Mutex};
    /// use std::time::Duration;
    ///
    /// let (jobs, changed) = (Mutex::new(vec!["sweep"]), Condvar::new());
    /// let limit = Duration::from_secs(5);
    /// let (mut guard, result) =
    ///     changed.wait_timeout_while(jobs.lock()?, limit, |jobs| jobs.is_empty())?;
    /// assert!(!result.timed_out()); // there was one, so it has not waited
    /// assert_eq!(guard.pop(), Some("sweep"));
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[track_caller]
    pub fn wait_timeout_while<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<(MutexGuard<'a, T>, WaitTimeoutResult), Interrupted> {
        let deadline = time::after(timeout);
        loop {
            if !condition(&mut guard) {
                return Ok((guard, WaitTimeoutResult { timed_out: false }));
            }
            if time::has_passed(deadline) {
                return Ok((guard, WaitTimeoutResult { timed_out: true }));
            }
            guard = self.wait_by(guard, deadline)?.0;
        }
    }

    /// Notifies the thread that has waited longest, if one waits.
    ///
    /// Take it if any one of the waiting threads can go on, and after it no other.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::{Condvar, Mutex};
    ///
    /// static JOBS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    /// static ADDED: Condvar = Condvar::new();
    ///
    /// let worker = std::thread::spawn(|| {
    ///     let mut jobs = ADDED.wait_while(JOBS.lock()?, |jobs| jobs.is_empty())?;
    ///     Ok::<_, greensync::Interrupted>(jobs.pop())
    /// });
    /// JOBS.lock()?.push(7);
    /// ADDED.notify_one(); // one job, one worker
    /// assert_eq!(worker.join().expect("it does not panic"), Ok(Some(7)));
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[doc(alias = "signal")]
    #[doc(alias = "notify")]
    pub fn notify_one(&self) {
        self.monitor.enter(|inside| _ = inside.take_first(WAITING));
    }

    /// Notifies all threads that wait.
    ///
    /// Take it if several of them can go on, or if they wait for different things.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::{Condvar, Mutex};
    ///
    /// let (open, changed) = (Mutex::new(false), Condvar::new());
    /// std::thread::scope(|scope| {
    ///     for _ in 0..3 {
    ///         scope.spawn(|| changed.wait_while(open.lock()?, |open| !*open).map(drop));
    ///     }
    ///     *open.lock()? = true;
    ///     changed.notify_all(); // all three may go on
    ///     Ok::<(), greensync::Interrupted>(())
    /// })?;
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[doc(alias = "broadcast")]
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
        let site = Location::caller();
        let waited = self.monitor.wait_with(
            Waiting::on("condvar").at(site),
            deadline,
            |_| Entry::Wait { list: WAITING, message: () },
            // Only now: a notification that comes after the unlocking finds the node in the list.
            || drop(guard),
            |_| (),
        );
        match waited {
            Waited::Done(()) | Waited::Woken(()) => {
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
    /// Whether the time was over before a notification came, or before the condition became false.
    ///
    /// ```
    /// use greensync::{Condvar, Mutex};
    /// use std::time::Duration;
    ///
    /// let (ready, changed) = (Mutex::new(false), Condvar::new());
    /// let limit = Duration::from_millis(1);
    /// let (_guard, result) = changed.wait_timeout_while(ready.lock()?, limit, |ready| !*ready)?;
    /// if result.timed_out() {
    ///     println!("not ready in time");
    /// }
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
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
