//! Mutual exclusion.

mod guard;
mod raw;

use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use greenctx::Interrupted;
use greenstd::time::Instant;

use crate::cell::LockCell;
use crate::monitor::deadline_after;
use crate::share::take_part;

pub use guard::MutexGuard;
use raw::{RawMutex, Site};

/// A value that one thread at a time reaches, green or not.
///
/// As [`std::sync::Mutex`], with two differences. Who waits parks its green thread, and may be
/// interrupted there, so [`lock`](Self::lock) returns an [`Interrupted`] where std's has a poison error;
/// a panic while it is held does not poison it. And it may be held across a wait: the others that want
/// it park, and their carrier goes on.
///
/// # Fairness
/// Whoever runs gets a free lock before those that wait, which is what makes it fast. A waiter that was
/// woken a few times in vain is handed the lock by the next unlock, so nobody starves. Waiters follow
/// each other in the order of their coming.
///
/// ```
/// use greenctx::{Carrier, Interrupted, spawn, yield_now};
/// use greensync::Mutex;
///
/// static TOTAL: Mutex<u64> = Mutex::new(0);
///
/// Carrier::new()?.run(|| {
///     let threads: Vec<_> = (1..=10u64)
///         .map(|number| {
///             spawn(move || {
///                 let mut total = TOTAL.lock()?;
///                 let before = *total;
///                 yield_now(); // the others park meanwhile
///                 *total = before + number;
///                 Ok::<_, Interrupted>(())
///             })
///         })
///         .collect();
///     threads.into_iter().try_for_each(|thread| thread.join().unwrap())
/// })??;
/// assert_eq!(*TOTAL.lock()?, 55); // from a plain thread
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Mutex<T: ?Sized> {
    raw: RawMutex,
    pub(crate) cell: LockCell<T>,
}

impl<T> Mutex<T> {
    greenstd::const_unless_loom! {
        /// A mutex around `value`, not locked.
        pub fn new(value: T) -> Self {
            Mutex { raw: RawMutex::new(), cell: LockCell::new(value) }
        }
    }

    /// Gives the value back.
    pub fn into_inner(self) -> T {
        self.cell.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until nobody else holds the mutex, and takes it; it is held until the guard is dropped.
    ///
    /// A mutex that is free is taken also by a thread that has been cancelled: the answer wins.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [`deadline`](crate::deadline) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park), if it has to wait. A thread that holds the mutex already waits
    /// for ever.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> Result<MutexGuard<'_, T>, Interrupted> {
        self.lock_at(Location::caller())
    }

    #[inline(always)]
    pub(crate) fn lock_at(&self, site: Site) -> Result<MutexGuard<'_, T>, Interrupted> {
        take_part();
        let locked = self.raw.lock(None, site)?;
        debug_assert!(locked, "a wait without a limit does not time out");
        Ok(MutexGuard::new(self))
    }

    /// Takes the mutex if nobody holds it.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        take_part();
        self.try_lock_at(Location::caller())
    }

    #[inline(always)]
    fn try_lock_at(&self, site: Site) -> Option<MutexGuard<'_, T>> {
        self.raw.try_lock(site).then(|| MutexGuard::new(self))
    }

    /// As [`lock`](Self::lock), for at most `timeout`: `None` if the time is over first.
    ///
    /// # Errors
    /// As [`lock`](Self::lock).
    ///
    /// # Panics
    /// As [`lock`](Self::lock).
    ///
    /// # Blocking
    /// As [`lock`](Self::lock).
    #[track_caller]
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Option<MutexGuard<'_, T>>, Interrupted> {
        self.lock_by(deadline_after(timeout))
    }

    /// As [`lock`](Self::lock), until `deadline` at the latest: `None` if that passes first.
    ///
    /// # Errors
    /// As [`lock`](Self::lock).
    ///
    /// # Panics
    /// As [`lock`](Self::lock).
    ///
    /// # Blocking
    /// As [`lock`](Self::lock).
    #[track_caller]
    pub fn lock_deadline(
        &self,
        deadline: Instant,
    ) -> Result<Option<MutexGuard<'_, T>>, Interrupted> {
        self.lock_by(Some(deadline))
    }

    #[track_caller]
    fn lock_by(&self, deadline: Option<Instant>) -> Result<Option<MutexGuard<'_, T>>, Interrupted> {
        take_part();
        Ok(self.raw.lock(deadline, Location::caller())?.then(|| MutexGuard::new(self)))
    }

    /// The value, without locking: exclusive access proves that nobody holds the mutex.
    pub fn get_mut(&mut self) -> &mut T {
        self.cell.get_mut()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Mutex");
        // Nobody expects that the others run meanwhile.
        match self.try_lock_at(Location::caller()) {
            Some(guard) => debug.field("data", &&*guard),
            None => debug.field("data", &format_args!("<locked>")),
        };
        debug.finish()
    }
}

impl<T: ?Sized> UnwindSafe for Mutex<T> {}
impl<T: ?Sized> RefUnwindSafe for Mutex<T> {}
