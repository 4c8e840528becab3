//! The guard of a mutex.

use std::fmt;
use std::marker::PhantomData;

use super::Mutex;

/// Holds a [`Mutex`] and lends its value; unlocks when it is dropped, also by a panic, which poisons
/// nothing.
///
/// It stays with its thread: it is not `Send`, as in std.
#[must_use = "the mutex is unlocked when the guard is dropped"]
pub struct MutexGuard<'a, T: ?Sized> {
    pub(crate) mutex: &'a Mutex<T>,
    /// `Sync` as the value is, and never `Send`.
    _marker: PhantomData<(&'a mut T, std::sync::MutexGuard<'static, ()>)>,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The caller has just locked the mutex.
    #[inline(always)]
    pub(super) fn new(mutex: &'a Mutex<T>) -> Self {
        MutexGuard { mutex, _marker: PhantomData }
    }

    /// Unlocks so that the one that has waited longest holds the mutex now, if there is one, before any
    /// that would be faster. The next `lock` of the caller waits behind it.
    pub fn unlock_fair(guard: Self) {
        guard.mutex.raw.unlock_fair();
        std::mem::forget(guard);
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.raw.unlock();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
