//! The guards of a reader-writer lock.

use std::fmt;
use std::marker::PhantomData;

use super::RwLock;

/// Holds an [`RwLock`] for reading and lends its value. Its drop unlocks. It is not `Send`, as in std.
///
/// ```
/// use greensync::RwLock;
///
/// let limit = RwLock::new(10);
/// let guard = limit.read()?;
/// assert_eq!(*guard, 10); // others may read meanwhile
/// # Ok::<(), greensync::Interrupted>(())
/// ```
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    pub(crate) lock: &'a RwLock<T>,
    /// `Sync` as the value is, and never `Send`.
    _marker: PhantomData<(&'a T, std::sync::MutexGuard<'static, ()>)>,
}

/// Holds an [`RwLock`] for writing and lends its value. Its drop unlocks, also during a panic, which poisons
/// nothing. It is not `Send`, as in std.
///
/// ```
/// use greensync::RwLock;
///
/// let limit = RwLock::new(10);
/// let mut guard = limit.write()?;
/// *guard = 20;
/// drop(guard); // now others can read it
/// assert_eq!(*limit.read()?, 20);
/// # Ok::<(), greensync::Interrupted>(())
/// ```
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    pub(crate) lock: &'a RwLock<T>,
    /// `Sync` as the value is, and never `Send`.
    _marker: PhantomData<(&'a mut T, std::sync::MutexGuard<'static, ()>)>,
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// The caller has just locked for reading.
    pub(super) fn new(lock: &'a RwLock<T>) -> Self {
        RwLockReadGuard { lock, _marker: PhantomData }
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// The caller has just locked for writing.
    pub(super) fn new(lock: &'a RwLock<T>) -> Self {
        RwLockWriteGuard { lock, _marker: PhantomData }
    }

    /// Turns the writer into a reader. No other writer comes in between, and the readers that wait get in.
    ///
    /// ```
    /// use greensync::{RwLock, RwLockWriteGuard};
    ///
    /// let limit = RwLock::new(10);
    /// let mut writer = limit.write()?;
    /// *writer = 20;
    /// let reader = RwLockWriteGuard::downgrade(writer);
    /// assert_eq!(*reader, 20); // it is what we have written
    /// assert!(limit.try_read().is_some()); // others read too
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    pub fn downgrade(guard: Self) -> RwLockReadGuard<'a, T> {
        let lock = guard.lock;
        std::mem::forget(guard);
        lock.raw.downgrade();
        RwLockReadGuard::new(lock)
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.raw.unlock_read();
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.raw.unlock_write();
    }
}

macro_rules! format {
    ($($guard:ident),*) => {$(
        impl<T: ?Sized + fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&**self, f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&**self, f)
            }
        }
    )*};
}
format!(RwLockReadGuard, RwLockWriteGuard);
