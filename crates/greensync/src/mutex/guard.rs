//! The guard of a mutex.

use std::fmt;
use std::marker::PhantomData;

use super::Mutex;

/// Holds a [`Mutex`] and lends its value. Its drop unlocks, also during a panic, which poisons nothing.
///
/// It stays with its thread: it is not `Send`, as in std.
///
/// ```
/// use greensync::Mutex;
///
/// let names = Mutex::new(vec!["ada"]);
/// {
///     let mut guard = names.lock()?;
///     guard.push("grace"); // the guard is used like the value
/// } // here it is dropped, and the mutex is free
/// assert_eq!(names.into_inner(), ["ada", "grace"]);
/// # Ok::<(), greensync::Interrupted>(())
/// ```
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

    /// Unlocks, and hands the mutex to the thread that has waited longest, if one waits. No other thread gets it
    /// in between, and the next `lock` of the caller waits behind it.
    ///
    /// A plain drop is faster. Take this where a thread would lock again at once and the others shall have their turn.
    ///
    /// ```
    /// use greensync::{Mutex, MutexGuard};
    ///
    /// let total = Mutex::new(0);
    /// std::thread::scope(|scope| {
    ///     for _ in 0..2 {
    ///         scope.spawn(|| {
    ///             for _ in 0..3 {
    ///                 let mut guard = total.lock()?;
    ///                 *guard += 1;
    ///                 MutexGuard::unlock_fair(guard); // the other one comes next, if it waits
    ///             }
    ///             Ok::<(), greensync::Interrupted>(())
    ///         });
    ///     }
    /// });
    /// assert_eq!(total.into_inner(), 6);
    /// ```
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
