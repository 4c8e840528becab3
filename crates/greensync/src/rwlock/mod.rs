//! A lock for many readers or one writer.

mod guard;
mod raw;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use greenctx::Interrupted;

use crate::cell::LockCell;
use crate::monitor::deadline_after;
use crate::share::take_part;

pub use guard::{RwLockReadGuard, RwLockWriteGuard};
use raw::RawRwLock;

/// A value that many threads read at once, or one writes.
///
/// As [`std::sync::RwLock`], with the differences that [`Mutex`](crate::Mutex) has to std's: waiting parks
/// the green thread and may be interrupted, nothing is poisoned, and it may be held across a wait.
///
/// # Fairness
/// Readers and writers take turns, so neither starve the others. While a writer waits, new readers wait
/// behind it; when it unlocks, all readers that wait by then get in. Writers follow each other in the
/// order of their coming.
///
/// # Deadlocks
/// A thread that holds the lock for reading must not lock it for reading once more. If a writer has come in
/// between, it waits for the first guard to go, and the second `read` waits behind that writer: neither
/// goes on, and nor does anybody else who wants the lock. std's and parking_lot's do the same. Pass the guard
/// on, or use [`try_read`](Self::try_read) or [`read_timeout`](Self::read_timeout) for the second one. A cancellation or a
/// [`deadline`](crate::deadline) ends such a wait too.
///
/// ```
/// use greenctx::{Carrier, Interrupted, spawn};
/// use greensync::RwLock;
///
/// static ROUTES: RwLock<Vec<&str>> = RwLock::new(Vec::new());
///
/// Carrier::new()?.run(|| {
///     ROUTES.write()?.push("/plaintext");
///     let readers: Vec<_> =
///         (0..3).map(|_| spawn(|| Ok::<_, Interrupted>(ROUTES.read()?.len()))).collect();
///     assert!(readers.into_iter().all(|reader| reader.join().unwrap() == Ok(1)));
///     Ok::<_, Interrupted>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RwLock<T: ?Sized> {
    raw: RawRwLock,
    pub(crate) cell: LockCell<T>,
}

impl<T> RwLock<T> {
    greenstd::const_unless_loom! {
        /// A lock around `value`, held by nobody.
        pub fn new(value: T) -> Self {
            RwLock { raw: RawRwLock::new(), cell: LockCell::new(value) }
        }
    }

    /// Gives the value back.
    pub fn into_inner(self) -> T {
        self.cell.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until no writer holds the lock or waits for it, and takes it for reading.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [`deadline`](crate::deadline) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread. For ever, if the caller holds a guard of the lock
    /// already and a writer waits.
    pub fn read(&self) -> Result<RwLockReadGuard<'_, T>, Interrupted> {
        take_part();
        self.raw.read(None)?;
        Ok(RwLockReadGuard::new(self))
    }

    /// Waits until nobody holds the lock, and takes it for writing.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Panics
    /// As [`read`](Self::read).
    ///
    /// # Blocking
    /// As [`read`](Self::read).
    pub fn write(&self) -> Result<RwLockWriteGuard<'_, T>, Interrupted> {
        take_part();
        self.raw.write(None)?;
        Ok(RwLockWriteGuard::new(self))
    }

    /// Takes the lock for reading if no writer holds it or waits for it.
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        take_part();
        self.try_read_at_once()
    }

    fn try_read_at_once(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.raw.try_read().then(|| RwLockReadGuard::new(self))
    }

    /// Takes the lock for writing if nobody holds it.
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        take_part();
        self.raw.try_write().then(|| RwLockWriteGuard::new(self))
    }

    /// As [`read`](Self::read), for at most `timeout`: `None` if the time is over first.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Panics
    /// As [`read`](Self::read).
    ///
    /// # Blocking
    /// As [`read`](Self::read).
    pub fn read_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Option<RwLockReadGuard<'_, T>>, Interrupted> {
        take_part();
        let locked = self.raw.read(deadline_after(timeout))?;
        Ok(locked.then(|| RwLockReadGuard::new(self)))
    }

    /// As [`write`](Self::write), for at most `timeout`: `None` if the time is over first.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Panics
    /// As [`read`](Self::read).
    ///
    /// # Blocking
    /// As [`read`](Self::read).
    pub fn write_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Option<RwLockWriteGuard<'_, T>>, Interrupted> {
        take_part();
        let locked = self.raw.write(deadline_after(timeout))?;
        Ok(locked.then(|| RwLockWriteGuard::new(self)))
    }

    /// The value, without locking: exclusive access proves that nobody holds the lock.
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
        // Nobody expects that the others run meanwhile.
        match self.try_read_at_once() {
            Some(guard) => debug.field("data", &&*guard),
            None => debug.field("data", &format_args!("<locked>")),
        };
        debug.finish()
    }
}

impl<T: ?Sized> UnwindSafe for RwLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RwLock<T> {}
