//! Locks and shared pointers.

use std::fmt;
use std::sync::PoisonError;

#[cfg(green_loom)]
use loom::sync as imp;
#[cfg(not(any(green_loom, green_shuttle)))]
use parking_lot as imp;
#[cfg(green_shuttle)]
use shuttle::sync as imp;

pub use imp::MutexGuard;
// The checkers' own `Arc` cannot hold a `dyn Trait`; reference counts are not what we model.
pub use std::sync::{Arc, Weak};

pub use crate::atomic;

/// Mutual exclusion for a few instructions, without poisoning.
///
/// It is that of the crate `parking_lot`. The one of `std` looks at each locking and unlocking whether the thread
/// panics, to poison the lock, which takes a dozen instructions that nobody here wants.
///
/// A panic while it is held leaves the value as it is: whoever locks it must keep it whole at every
/// step, and no user code runs under it. Not for holding across a park.
#[derive(Default)]
pub struct Mutex<T>(imp::Mutex<T>);

impl<T> Mutex<T> {
    /// Wraps a value.
    #[cfg(not(green_loom))]
    pub const fn new(value: T) -> Self {
        Mutex(imp::Mutex::new(value))
    }

    /// Wraps a value.
    #[cfg(green_loom)]
    pub fn new(value: T) -> Self {
        Mutex(imp::Mutex::new(value))
    }

    /// Locks, waiting for whoever holds it. Blocks the OS thread, for a few instructions.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        unpoisoned(self.0.lock())
    }

    /// Locks if nobody holds it.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        #[cfg(not(any(green_loom, green_shuttle)))]
        return self.0.try_lock();
        #[cfg(any(green_loom, green_shuttle))]
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(std::sync::TryLockError::WouldBlock) => None,
        }
    }

    /// The value, without locking: exclusive access proves that nobody holds it.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        unpoisoned(self.0.get_mut())
    }

    /// Gives the value back.
    pub fn into_inner(self) -> T {
        unpoisoned(self.0.into_inner())
    }
}

/// What a mutex gives that does not know of poisoning.
#[cfg(not(any(green_loom, green_shuttle)))]
#[inline(always)]
fn unpoisoned<T>(given: T) -> T {
    given
}

/// What a mutex of a checker gives, poisoned or not.
#[cfg(any(green_loom, green_shuttle))]
fn unpoisoned<T>(given: Result<T, PoisonError<T>>) -> T {
    given.unwrap_or_else(PoisonError::into_inner)
}

impl<T: fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(value) => f.debug_tuple("Mutex").field(&*value).finish(),
            None => f.write_str("Mutex(<locked>)"),
        }
    }
}

/// A mutex for a process-wide static, which no checker watches: it outlives a model's execution.
/// Nothing that a checker schedules may run while it is held.
#[derive(Debug, Default)]
pub struct StaticMutex<T>(std::sync::Mutex<T>);

impl<T> StaticMutex<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        StaticMutex(std::sync::Mutex::new(value))
    }

    /// Locks, waiting for whoever holds it.
    pub fn lock(&self) -> std::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value that is written once and then only read. No checker watches it.
#[derive(Debug)]
pub struct OnceLock<T>(std::sync::OnceLock<T>);

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> OnceLock<T> {
    /// Not yet written.
    pub const fn new() -> Self {
        OnceLock(std::sync::OnceLock::new())
    }

    /// The value, if it is written.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.0.get()
    }

    /// The value, if it is written.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.0.get_mut()
    }

    /// Takes the value out, as if it had not been written.
    pub fn take(&mut self) -> Option<T> {
        self.0.take()
    }

    /// Gives the value back, if it is written.
    pub fn into_inner(self) -> Option<T> {
        self.0.into_inner()
    }

    /// The value, written by `init` if nobody was faster.
    pub fn get_or_init(&self, init: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(init)
    }

    /// Writes the value.
    ///
    /// # Errors
    /// With `value` back, if there is one already.
    pub fn set(&self, value: T) -> Result<(), T> {
        self.0.set(value)
    }
}
