//! A lock for some dozens of instructions.

use std::fmt;

#[cfg(any(green_loom, green_shuttle))]
use crate::sync::{Mutex, MutexGuard};

#[cfg(not(any(green_loom, green_shuttle)))]
use crate::atomic::{AtomicBool, Ordering};

/// So many pauses a waiter makes between two looks, at most. It makes one at first and twice as many each time, and
/// then gives its time slice away: by then it has waited longer than the lock is held by anybody who runs.
#[cfg(not(any(green_loom, green_shuttle)))]
const MOST_PAUSES: u32 = 64;

/// Mutual exclusion for some dozens of instructions, half as dear as [`Mutex`](crate::sync::Mutex):
/// unlocking is a plain store. It guards what its user says, not a value.
///
/// Whoever waits spins with pauses that grow, and if that takes long (the holder has lost its processor), yields the
/// time slice. No user code runs under it, nobody parks while holding it. In a model it is the checker's mutex.
#[derive(Default)]
pub struct SpinLock {
    #[cfg(not(any(green_loom, green_shuttle)))]
    locked: AtomicBool,
    #[cfg(any(green_loom, green_shuttle))]
    mutex: Mutex<()>,
}

/// Holds a [`SpinLock`] until it is dropped.
#[must_use = "the lock is released when the guard is dropped"]
pub struct SpinGuard<'a> {
    #[cfg(not(any(green_loom, green_shuttle)))]
    lock: &'a SpinLock,
    #[cfg(any(green_loom, green_shuttle))]
    _guard: MutexGuard<'a, ()>,
}

#[cfg(not(any(green_loom, green_shuttle)))]
impl SpinLock {
    /// Not locked.
    pub const fn new() -> Self {
        SpinLock { locked: AtomicBool::new(false) }
    }

    /// Waits until nobody else holds the lock, and takes it. Keeps the OS thread busy meanwhile.
    #[inline(always)]
    pub fn lock(&self) -> SpinGuard<'_> {
        if self.locked.swap(true, Ordering::Acquire) {
            self.wait();
        }
        SpinGuard { lock: self }
    }

    /// Each look takes the line away from the holder, who may need the lock again at once. So looks become rare.
    #[cold]
    fn wait(&self) {
        loop {
            let mut pauses = 1;
            while self.locked.load(Ordering::Relaxed) {
                if pauses <= MOST_PAUSES {
                    (0..pauses).for_each(|_| crate::thread::spin_loop());
                    pauses *= 2;
                } else {
                    crate::thread::yield_now();
                }
            }
            if !self.locked.swap(true, Ordering::Acquire) {
                return;
            }
        }
    }
}

#[cfg(any(green_loom, green_shuttle))]
impl SpinLock {
    /// Not locked.
    #[cfg(not(green_loom))]
    pub const fn new() -> Self {
        SpinLock { mutex: Mutex::new(()) }
    }

    /// Not locked.
    #[cfg(green_loom)]
    pub fn new() -> Self {
        SpinLock { mutex: Mutex::new(()) }
    }

    /// Waits until nobody else holds the lock, and takes it.
    pub fn lock(&self) -> SpinGuard<'_> {
        SpinGuard { _guard: self.mutex.lock() }
    }
}

#[cfg(not(any(green_loom, green_shuttle)))]
impl Drop for SpinGuard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.lock.locked.store(false, Ordering::Release);
    }
}

impl fmt::Debug for SpinLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpinLock")
    }
}

impl fmt::Debug for SpinGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpinGuard")
    }
}
