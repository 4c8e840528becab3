//! A lock for some dozens of instructions.
//!
//! # How a waiter waits
//!
//! A section under the lock takes about ten nanoseconds. If the next one runs on another processor, it takes five to
//! twenty times as long: the lines of the lock and of what it guards must come over. So a lock that two processors want
//! all the time should stay on one of them for many sections, a *run*, and then on the other one. And while a run goes
//! on, a waiter should seldom look: each look takes the line away from the holder.
//!
//! So a waiter first pauses, and then looks. How long it pauses is the lock's *heat*, which is learnt from earlier
//! waits. Each section counts one *turn* at its end. A waiter that gets the lock compares its pauses with the turns
//! that the others have made meanwhile. Was it a run, the lock gets hotter; if not, colder. So a lock that is wanted
//! now and then is looked at soon, and one that goes to and fro for every section stays longer and longer.
//!
//! A pause of one heat is twice as long as that of the heat below, and in one wait it doubles from look to look. The
//! longest is some microseconds, and no waiter leaves a free lock for longer. A waiter that finds the same section
//! still going on after such a pause takes it that the holder has lost its processor. It yields its time slice.
//!
//! Heat decides about time alone. Exclusion and memory orderings are those of one word, taken by a swap and released
//! by a store.

#[cfg(not(any(green_loom, green_shuttle)))]
mod heat;

use std::fmt;

#[cfg(any(green_loom, green_shuttle))]
use crate::sync::{Mutex, MutexGuard};

#[cfg(not(any(green_loom, green_shuttle)))]
use self::heat::{HOTTEST, heat_after, pauses_at};
#[cfg(not(any(green_loom, green_shuttle)))]
use crate::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

/// Mutual exclusion for some dozens of instructions, half as dear as [`Mutex`](crate::sync::Mutex):
/// unlocking is a plain store. It guards what its user says, not a value.
///
/// Whoever waits pauses, the longer the more it pays to leave the lock to the others (see the module). If the holder
/// has lost its processor, it yields the time slice. No user code runs under it, nobody parks while holding it. In a
/// model it is the checker's mutex.
#[derive(Default)]
pub struct SpinLock {
    #[cfg(not(any(green_loom, green_shuttle)))]
    locked: AtomicBool,
    /// How long a waiter pauses. Only the holder changes it.
    #[cfg(not(any(green_loom, green_shuttle)))]
    heat: AtomicU8,
    /// Sections that have ended, modulo 2^32. Only the holder changes it.
    #[cfg(not(any(green_loom, green_shuttle)))]
    turns: AtomicU32,
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
        SpinLock {
            locked: AtomicBool::new(false),
            heat: AtomicU8::new(0),
            turns: AtomicU32::new(0),
        }
    }

    /// Waits until nobody else holds the lock, and takes it. Keeps the OS thread busy meanwhile.
    #[inline(always)]
    pub fn lock(&self) -> SpinGuard<'_> {
        if self.locked.swap(true, Ordering::Acquire) {
            self.wait();
        }
        SpinGuard { lock: self }
    }

    /// How many sections have ended, modulo 2^32: a hint, which orders nothing.
    #[inline]
    pub fn turns(&self) -> u32 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Pauses and looks in turns, until the lock is ours.
    #[cold]
    #[inline(never)]
    fn wait(&self) {
        let heat = self.heat.load(Ordering::Relaxed);
        let start = self.turns.load(Ordering::Relaxed);
        let (mut seen, mut waited, mut pauses) = (start, 0, pauses_at(heat));
        let mut has_yielded = false;
        loop {
            (0..pauses).for_each(|_| crate::thread::spin_loop());
            waited += pauses;
            let is_free = !self.locked.load(Ordering::Relaxed);
            if is_free && !self.locked.swap(true, Ordering::Acquire) {
                break;
            }
            let turns = self.turns.load(Ordering::Relaxed);
            if pauses < pauses_at(HOTTEST) {
                pauses *= 2;
            } else if turns == seen {
                crate::thread::yield_now();
                has_yielded = true;
            }
            seen = turns;
        }
        // A wait that was as long as a time slice says nothing about runs.
        if !has_yielded {
            let turns = self.turns.load(Ordering::Relaxed).wrapping_sub(start);
            self.heat.store(heat_after(heat, turns, waited), Ordering::Relaxed);
        }
    }
}

#[cfg(not(any(green_loom, green_shuttle)))]
impl Drop for SpinGuard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // The holder alone counts, so this need not be one operation.
        let turns = self.lock.turns.load(Ordering::Relaxed);
        self.lock.turns.store(turns.wrapping_add(1), Ordering::Relaxed);
        self.lock.locked.store(false, Ordering::Release);
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

    /// Sections are not counted in a model.
    pub fn turns(&self) -> u32 {
        0
    }

    /// Waits until nobody else holds the lock, and takes it.
    pub fn lock(&self) -> SpinGuard<'_> {
        SpinGuard { _guard: self.mutex.lock() }
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
