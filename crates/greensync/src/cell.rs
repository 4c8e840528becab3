//! The value beside a lock.
//!
//! # Invariants of the `unsafe` code
//!
//! 1. A lock and its cell lie in one [`Mutex`] or [`RwLock`], which shows
//!    the cell to nobody. A guard exists only between the lock's acquisition and its release, and its
//!    type says which: exclusive or shared.
//! 2. So whoever has an exclusive guard is the only one with a guard, and while there are shared ones,
//!    there is no exclusive one. A guard lends the value no longer than it is borrowed itself.
//! 3. The lock orders one holder's accesses before those of the next one.

use std::ops::{Deref, DerefMut};

use greenstd::cell::UnsafeCell;

use crate::mutex::{Mutex, MutexGuard};
use crate::rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A value that only holders of the lock beside it reach.
pub(crate) struct LockCell<T: ?Sized>(UnsafeCell<T>);

impl<T> LockCell<T> {
    greenstd::const_unless_loom! {
        /// Wraps a value.
        pub(crate) fn new(value: T) -> Self {
            LockCell(UnsafeCell::new(value))
        }
    }

    /// Gives the value back.
    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> LockCell<T> {
    /// The value, without the lock: exclusive access proves that nobody holds it.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        // SAFETY: `self` is borrowed exclusively, as long as the result is.
        self.0.with_mut(|value| unsafe { &mut *value })
    }

    /// # Safety
    /// The caller holds the lock, shared or exclusively, as long as the borrow lasts.
    #[inline(always)]
    unsafe fn lend(&self) -> &T {
        // SAFETY: as the caller says; invariant 2.
        self.0.with(|value| unsafe { &*value })
    }

    /// # Safety
    /// The caller holds the lock exclusively and lends the value but once, as long as the borrow lasts.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the lock makes it exclusive")]
    unsafe fn lend_mut(&self) -> &mut T {
        // SAFETY: as the caller says; invariant 2.
        self.0.with_mut(|value| unsafe { &mut *value })
    }
}

// SAFETY: invariants 2 and 3: a shared mutex gives the value to one thread at a time, so to share it is to
// send the value.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: invariants 1 and 2: the guard holds the lock, and is borrowed as long as the result.
        unsafe { self.mutex.cell.lend() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: invariants 1 and 2: the guard holds the lock, and is borrowed exclusively.
        unsafe { self.mutex.cell.lend_mut() }
    }
}

// SAFETY: invariants 2 and 3: a shared lock gives the value to one writer at a time, which is to send it;
// or to many readers, which is to share it.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: invariants 1 and 2: the guard holds the lock, and is borrowed as long as the result.
        unsafe { self.lock.cell.lend() }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: as above.
        unsafe { self.lock.cell.lend() }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: invariants 1 and 2: the guard holds the lock for writing, and is borrowed exclusively.
        unsafe { self.lock.cell.lend_mut() }
    }
}
