//! Mutual exclusion.

mod guard;
mod raw;

use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use greenctx::Interrupted;
use greenstd::time::{self, Instant};

use crate::cell::LockCell;
use crate::giving_way::begin_operation;

pub use guard::MutexGuard;
use raw::{RawMutex, Site};

/// A value that one thread at a time can reach. Green threads and OS threads share it.
///
/// It is like [`std::sync::Mutex`], with two differences. A thread that waits parks, and its wait may be
/// interrupted. So [`lock`](Self::lock) returns an [`Interrupted`] where std's returns a poison error, and a
/// panic poisons nothing. And the mutex may be held across a wait: the others that want it park, and their
/// carrier goes on.
///
/// # Fairness
/// A running thread takes a free lock before those that wait, which makes the mutex fast. A waiter that was
/// woken a few times in vain is handed the lock by the next unlock, so no thread starves. Waiters are woken
/// in the order in which they came.
///
/// ```
/// use greensync::{Carrier, Mutex, spawn, yield_now};
///
/// static TOTAL: Mutex<u64> = Mutex::new(0);
///
/// Carrier::new()?.run(|| {
///     for number in 1..=10 {
///         spawn(move || {
///             let mut total = TOTAL.lock()?;
///             let before = *total;
///             yield_now(); // the others park meanwhile
///             *total = before + number;
///             Ok::<(), greensync::Interrupted>(())
///         });
///     }
/// })?;
/// assert_eq!(*TOTAL.lock()?, 55); // from a plain OS thread
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "lock")]
#[doc(alias = "critical section")]
pub struct Mutex<T: ?Sized> {
    raw: RawMutex,
    pub(crate) cell: LockCell<T>,
}

impl<T> Mutex<T> {
    greenstd::const_unless_loom! {
        /// A mutex around `value`, not locked.
        ///
        /// ```
        /// use greensync::Mutex;
        ///
        /// static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new()); // `new` is const
        /// NAMES.lock()?.push("ada");
        /// assert_eq!(NAMES.lock()?.len(), 1);
        /// # Ok::<(), greensync::Interrupted>(())
        /// ```
        pub fn new(value: T) -> Self {
            Mutex { raw: RawMutex::new(), cell: LockCell::new(value) }
        }
    }

    /// Gives the value back. The mutex is taken by value, so no thread can hold it.
    ///
    /// ```
    /// use greensync::Mutex;
    ///
    /// let total = Mutex::new(0);
    /// *total.lock()? += 5;
    /// assert_eq!(total.into_inner(), 5);
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
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
    /// [deadline](crate::with_timeout) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait. A thread that holds the mutex already waits
    /// for ever.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::Mutex;
    ///
    /// let total = Mutex::new(0);
    /// std::thread::scope(|scope| {
    ///     for _ in 0..4 {
    ///         scope.spawn(|| total.lock().map(|mut total| *total += 1));
    ///     }
    /// });
    /// assert_eq!(*total.lock()?, 4);
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> Result<MutexGuard<'_, T>, Interrupted> {
        self.lock_at(Location::caller())
    }

    #[inline(always)]
    pub(crate) fn lock_at(&self, site: Site) -> Result<MutexGuard<'_, T>, Interrupted> {
        begin_operation();
        let locked = self.raw.lock(None, site)?;
        debug_assert!(locked, "a wait without a limit does not time out");
        Ok(MutexGuard::new(self))
    }

    /// Takes the mutex if no thread holds it; `None` if one does.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    ///
    /// ```
    /// use greensync::Mutex;
    ///
    /// let total = Mutex::new(0);
    /// let held = total.try_lock();
    /// assert!(held.is_some());
    /// assert!(total.try_lock().is_none()); // it is held
    /// drop(held);
    /// assert!(total.try_lock().is_some());
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        begin_operation();
        self.try_lock_at(Location::caller())
    }

    #[inline(always)]
    fn try_lock_at(&self, site: Site) -> Option<MutexGuard<'_, T>> {
        self.raw.try_lock(site).then(|| MutexGuard::new(self))
    }

    /// As [`lock`](Self::lock), but waits for `timeout` at most; `None` if the time is over first.
    ///
    /// To limit everything that a piece of code waits for, take [`with_timeout`](crate::with_timeout).
    ///
    /// # Errors
    /// As [`lock`](Self::lock).
    ///
    /// # Panics
    /// As [`lock`](Self::lock).
    ///
    /// # Blocking
    /// As [`lock`](Self::lock).
    ///
    /// ```
    /// use greensync::Mutex;
    /// use std::time::Duration;
    ///
    /// let total = Mutex::new(0);
    /// let held = total.lock()?;
    /// assert!(total.lock_timeout(Duration::from_millis(1))?.is_none());
    /// drop(held);
    /// assert!(total.lock_timeout(Duration::from_millis(1))?.is_some());
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[doc(alias = "try_lock_for")]
    #[track_caller]
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Option<MutexGuard<'_, T>>, Interrupted> {
        self.lock_by(time::after(timeout))
    }

    /// As [`lock`](Self::lock), but waits until `deadline` at the latest; `None` if that passes first.
    ///
    /// It serves better than [`lock_timeout`](Self::lock_timeout) where several waits share one limit.
    ///
    /// # Errors
    /// As [`lock`](Self::lock).
    ///
    /// # Panics
    /// As [`lock`](Self::lock).
    ///
    /// # Blocking
    /// As [`lock`](Self::lock).
    ///
    /// ```
    /// use greensync::Mutex;
    /// use std::time::{Duration, Instant};
    ///
    /// let (from, to) = (Mutex::new(10), Mutex::new(0));
    /// let end = Instant::now() + Duration::from_secs(1); // for both locks together
    /// if let (Some(mut from), Some(mut to)) = (from.lock_deadline(end)?, to.lock_deadline(end)?) {
    ///     *from -= 4;
    ///     *to += 4;
    /// }
    /// assert_eq!(to.into_inner(), 4);
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[doc(alias = "try_lock_until")]
    #[track_caller]
    pub fn lock_deadline(
        &self,
        deadline: Instant,
    ) -> Result<Option<MutexGuard<'_, T>>, Interrupted> {
        self.lock_by(Some(deadline))
    }

    #[track_caller]
    fn lock_by(&self, deadline: Option<Instant>) -> Result<Option<MutexGuard<'_, T>>, Interrupted> {
        begin_operation();
        Ok(self.raw.lock(deadline, Location::caller())?.then(|| MutexGuard::new(self)))
    }

    /// The value, without locking: whoever has the only reference knows that no thread holds the mutex.
    ///
    /// ```
    /// use greensync::Mutex;
    ///
    /// let mut total = Mutex::new(1);
    /// *total.get_mut() += 1;
    /// assert_eq!(total.into_inner(), 2);
    /// ```
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
        // Not counted: a `Debug` does not let others run.
        match self.try_lock_at(Location::caller()) {
            Some(guard) => debug.field("data", &&*guard),
            None => debug.field("data", &format_args!("<locked>")),
        };
        debug.finish()
    }
}

impl<T: ?Sized> UnwindSafe for Mutex<T> {}
impl<T: ?Sized> RefUnwindSafe for Mutex<T> {}
