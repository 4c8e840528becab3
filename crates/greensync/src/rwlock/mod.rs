//! A lock for many readers or one writer.

mod guard;
mod raw;

use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use greenctx::Interrupted;
use greenstd::time;

use crate::cell::LockCell;
use crate::giving_way::begin_operation;

pub use guard::{RwLockReadGuard, RwLockWriteGuard};
use raw::RawRwLock;

/// A value that many threads read at once, or one writes.
///
/// It is like [`std::sync::RwLock`], and differs from it as [`Mutex`](crate::Mutex) differs from std's. Waiting
/// parks the green thread and may be interrupted, a panic poisons nothing, and the lock may be held across a
/// wait.
///
/// # Fairness
/// Readers and writers take turns, so neither starve the others. While a writer waits, new readers wait
/// behind it. When it unlocks, all readers that wait by then get in. Writers follow each other in the
/// order in which they came.
///
/// # Deadlocks
/// A thread that holds the lock for reading must not lock it for reading once more. If a writer has come in
/// between, it waits for the end of the first guard, and the second `read` waits behind that writer. Neither
/// goes on, and nor does any other thread that wants the lock. The locks of std and parking_lot do the same. Pass
/// the guard on, or use [`try_read`](Self::try_read) or [`read_timeout`](Self::read_timeout) for the second one.
/// A cancellation or a [deadline](crate::with_timeout) ends such a wait too.
///
/// ```
/// use greensync::{Carrier, Interrupted, RwLock, spawn};
///
/// static ROUTES: RwLock<Vec<&str>> = RwLock::new(Vec::new());
///
/// Carrier::new()?.run(|| -> Result<(), Interrupted> {
///     ROUTES.write()?.push("/plaintext");
///     for _ in 0..3 {
///         spawn(|| assert_eq!(ROUTES.read().map(|routes| routes.len()), Ok(1)));
///     }
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "ReaderWriterLock")]
pub struct RwLock<T: ?Sized> {
    raw: RawRwLock,
    pub(crate) cell: LockCell<T>,
}

impl<T> RwLock<T> {
    greenstd::const_unless_loom! {
        /// A lock around `value`, held by no thread.
        ///
        /// ```
        /// use greensync::RwLock;
        ///
        /// static LIMIT: RwLock<u32> = RwLock::new(10); // `new` is const
        /// assert_eq!(*LIMIT.read()?, 10);
        /// # Ok::<(), greensync::Interrupted>(())
        /// ```
        pub fn new(value: T) -> Self {
            RwLock { raw: RawRwLock::new(), cell: LockCell::new(value) }
        }
    }

    /// Gives the value back. The lock is taken by value, so no thread can hold it.
    ///
    /// ```
    /// use greensync::RwLock;
    ///
    /// let limit = RwLock::new(10);
    /// *limit.write()? = 20;
    /// assert_eq!(limit.into_inner(), 20);
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    pub fn into_inner(self) -> T {
        self.cell.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until no writer holds the lock or waits for it, and takes it for reading.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [deadline](crate::with_timeout) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread. For ever, if the caller holds a guard of the lock
    /// already and a writer waits.
    ///
    /// ```
    /// use greensync::RwLock;
    ///
    /// let limit = RwLock::new(10);
    /// let first = limit.read()?;
    /// std::thread::scope(|scope| {
    ///     // Another thread reads at the same time.
    ///     scope.spawn(|| assert_eq!(limit.read().map(|limit| *limit), Ok(10)));
    /// });
    /// assert_eq!(*first, 10);
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[track_caller]
    pub fn read(&self) -> Result<RwLockReadGuard<'_, T>, Interrupted> {
        begin_operation();
        self.raw.read(None)?;
        Ok(RwLockReadGuard::new(self))
    }

    /// Waits until no thread holds the lock, and takes it for writing.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Panics
    /// As [`read`](Self::read).
    ///
    /// # Blocking
    /// As [`read`](Self::read).
    ///
    /// ```
    /// use greensync::RwLock;
    ///
    /// let limit = RwLock::new(10);
    /// *limit.write()? += 1;
    /// assert_eq!(*limit.read()?, 11);
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[track_caller]
    pub fn write(&self) -> Result<RwLockWriteGuard<'_, T>, Interrupted> {
        begin_operation();
        self.raw.write(None)?;
        Ok(RwLockWriteGuard::new(self))
    }

    /// Takes the lock for reading if no writer holds it or waits for it; else `None`.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    ///
    /// ```
    /// use greensync::RwLock;
    ///
    /// let limit = RwLock::new(10);
    /// let writer = limit.write()?;
    /// assert!(limit.try_read().is_none());
    /// drop(writer);
    /// assert_eq!(limit.try_read().as_deref(), Some(&10));
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        begin_operation();
        self.try_read_at_once()
    }

    fn try_read_at_once(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.raw.try_read().then(|| RwLockReadGuard::new(self))
    }

    /// Takes the lock for writing if no thread holds it; else `None`.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    ///
    /// ```
    /// use greensync::RwLock;
    ///
    /// let limit = RwLock::new(10);
    /// let reader = limit.read()?;
    /// assert!(limit.try_write().is_none());
    /// drop(reader);
    /// assert!(limit.try_write().is_some());
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[track_caller]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        begin_operation();
        self.raw.try_write(Location::caller()).then(|| RwLockWriteGuard::new(self))
    }

    /// As [`read`](Self::read), but waits for `timeout` at most; `None` if the time is over first.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Panics
    /// As [`read`](Self::read).
    ///
    /// # Blocking
    /// As [`read`](Self::read).
    ///
    /// ```
    /// use greensync::RwLock;
    /// use std::time::Duration;
    ///
    /// let limit = RwLock::new(10);
    /// let writer = limit.write()?;
    /// assert!(limit.read_timeout(Duration::from_millis(1))?.is_none());
    /// drop(writer);
    /// assert!(limit.read_timeout(Duration::from_millis(1))?.is_some());
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[doc(alias = "try_read_for")]
    #[track_caller]
    pub fn read_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Option<RwLockReadGuard<'_, T>>, Interrupted> {
        begin_operation();
        let locked = self.raw.read(time::after(timeout))?;
        Ok(locked.then(|| RwLockReadGuard::new(self)))
    }

    /// As [`write`](Self::write), but waits for `timeout` at most; `None` if the time is over first.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Panics
    /// As [`read`](Self::read).
    ///
    /// # Blocking
    /// As [`read`](Self::read).
    ///
    /// ```
    /// use greensync::RwLock;
    /// use std::time::Duration;
    ///
    /// let limit = RwLock::new(10);
    /// let reader = limit.read()?;
    /// assert!(limit.write_timeout(Duration::from_millis(1))?.is_none());
    /// drop(reader);
    /// assert!(limit.write_timeout(Duration::from_millis(1))?.is_some());
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[doc(alias = "try_write_for")]
    #[track_caller]
    pub fn write_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Option<RwLockWriteGuard<'_, T>>, Interrupted> {
        begin_operation();
        let locked = self.raw.write(time::after(timeout))?;
        Ok(locked.then(|| RwLockWriteGuard::new(self)))
    }

    /// The value, without locking: whoever has the only reference knows that no thread holds the lock.
    ///
    /// ```
    /// use greensync::RwLock;
    ///
    /// let mut limit = RwLock::new(10);
    /// *limit.get_mut() = 20;
    /// assert_eq!(limit.into_inner(), 20);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.cell.get_mut()
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RwLock");
        // Not counted: a `Debug` does not let others run.
        match self.try_read_at_once() {
            Some(guard) => debug.field("data", &&*guard),
            None => debug.field("data", &format_args!("<locked>")),
        };
        debug.finish()
    }
}

impl<T: ?Sized> UnwindSafe for RwLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RwLock<T> {}
