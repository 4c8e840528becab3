//! A lock for a few instructions whose unlocking is a plain store, and whose waiters park.
//!
//! A lock that parks its waiters must know at each unlocking whether one waits. Usually both are in one word, so
//! unlocking is an atomic operation, as dear as locking. Here they are two words, and the price is paid by the waiter:
//! before it parks, it makes the holder's processor fence.
//!
//! # Protocol
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *lock-take* | whoever wants the lock | changes the word `locked` from `false` to `true`; if that succeeds, it holds the lock |
//! | *lock-free* | the holder | stores `false` |
//! | *lock-free-fence* | the same | a light fence (see `fence.rs`) |
//! | *lock-wake* | the same | reads how many wait; if any, it takes the first off the list and wakes it |
//! | *lock-enter* | a waiter, after some looks | enters the list of those that wait |
//! | *lock-wait-fence* | the same | a heavy fence |
//! | *lock-look* | the same | once more *lock-take*; if that fails, it parks. Woken, it starts again with some looks |
//!
//! *One at a time, and each sees what the last one did:* *lock-take* is one operation, so of all that try at a time one
//! succeeds. It reads what *lock-free* stored, by acquire and release.
//!
//! *No waiter is left:* take one that parks. Its *lock-look* has read `true`, which some holder had written. The two
//! fences are ordered.
//!
//! * If *lock-free-fence* of that holder came first, *lock-look* would have read its `false`, or the `true` of a later
//!   holder. Take that one instead. There is a last one, since the waiter has read one value.
//! * So *lock-wait-fence* comes first, and *lock-wake* of that holder sees the waiter in the list, unless it has been
//!   woken already. It wakes the first of the list. If that is another one, the same holds for the next holder: the one
//!   that is woken takes the lock, or finds it held. Either way somebody comes to *lock-wake* after that. So all of the
//!   list are woken in turn, each in its order of entering.
//! * Where there is no heavy fence, the holder may miss the waiter. So the waiter then parks for a millisecond at most.
//!
//! A waiter that gets the lock in *lock-look*, or wakes by itself, leaves the list. If it has been taken off and woken
//! by then, that wake-up is not lost for the others: it holds the lock, and comes to *lock-wake* itself.
//!
//! Named steps: `lock-take-cas`, `lock-take-acquire`, `lock-free-release`, `lock-free-fence`, `lock-wait-fence`,
//! `lock-look`. In a model of what uses the lock, the checker's own mutex stands in its place.
//!
//! # Invariants of the `unsafe` code
//!
//! 1. The value is reached through [`ParkingLock::with`] alone, by whoever holds the lock, until its owner drops it.
//! 2. Whoever holds the lock gives it up after its last access, also when it panics.

#[cfg(any(not(any(green_loom, green_shuttle)), all(test, green_loom)))]
pub(crate) mod raw;

use std::fmt;

#[cfg(any(green_loom, green_shuttle))]
pub use checked::ParkingLock;
#[cfg(not(any(green_loom, green_shuttle)))]
pub use plain::ParkingLock;

impl<T: Default> Default for ParkingLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for ParkingLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ParkingLock")
    }
}

#[cfg(not(any(green_loom, green_shuttle)))]
#[allow(unsafe_code, reason = "a lock lends what it guards; see the invariants above")]
mod plain {
    use super::raw::RawLock;
    use crate::cell::UnsafeCell;

    /// Mutual exclusion for a few instructions, without poisoning, a third cheaper than
    /// [`Mutex`](crate::sync::Mutex): unlocking is a plain store. It takes more room, and more time if the lock is
    /// fought for.
    ///
    /// In a model it is the checker's mutex.
    ///
    /// ```
    /// use greenstd::lock::ParkingLock;
    ///
    /// let list = ParkingLock::new(vec![1]);
    /// list.with(|list| list.push(2));
    /// assert_eq!(list.with(|list| list.len()), 2);
    /// ```
    pub struct ParkingLock<T> {
        raw: RawLock,
        value: UnsafeCell<T>,
    }

    // SAFETY: it lends the value to one thread at a time (invariants 1 and 2), which is to send it.
    unsafe impl<T: Send> Sync for ParkingLock<T> {}

    impl<T> ParkingLock<T> {
        /// Wraps a value.
        pub fn new(value: T) -> Self {
            ParkingLock { raw: RawLock::new(), value: UnsafeCell::new(value) }
        }

        /// Calls `section` with the value once nobody else has it. Blocks the OS thread, for a few instructions.
        ///
        /// `section` must not lock it again: that would wait for ever.
        #[inline(always)]
        pub fn with<R>(&self, section: impl FnOnce(&mut T) -> R) -> R {
            self.raw.lock();
            let _until_it_ends = Unlock(&self.raw);
            self.value.with_mut(|value| {
                // SAFETY: this thread holds the lock until `section` has ended (invariants 1 and 2).
                section(unsafe { &mut *value })
            })
        }
    }

    /// Gives the lock up when it is dropped, also by a panic.
    struct Unlock<'a>(&'a RawLock);

    impl Drop for Unlock<'_> {
        #[inline(always)]
        fn drop(&mut self) {
            self.0.unlock();
        }
    }
}

#[cfg(any(green_loom, green_shuttle))]
mod checked {
    use crate::sync::Mutex;

    /// The checker's mutex, with the methods of the lock.
    pub struct ParkingLock<T>(Mutex<T>);

    impl<T> ParkingLock<T> {
        /// Wraps a value.
        pub fn new(value: T) -> Self {
            ParkingLock(Mutex::new(value))
        }

        /// Calls `section` with the value once nobody else has it.
        pub fn with<R>(&self, section: impl FnOnce(&mut T) -> R) -> R {
            section(&mut self.0.lock())
        }
    }
}

#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use super::ParkingLock;
    use crate::thread;

    #[test]
    fn each_section_sees_what_the_last_one_did() {
        let number = ParkingLock::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50_000).for_each(|_| number.with(|number| *number += 1)));
            }
        });
        assert_eq!(number.with(|number| *number), 200_000);
    }

    #[test]
    fn whoever_has_parked_is_woken_in_turn() {
        let number = ParkingLock::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        number.with(|number| {
                            *number += 1;
                            // Longer than any waiter looks before it parks.
                            thread::sleep(Duration::from_micros(200));
                        });
                    }
                });
            }
        });
        assert_eq!(number.with(|number| *number), 160);
    }

    #[test]
    fn a_section_that_panics_gives_the_lock_up() {
        let number = ParkingLock::new(0);
        let panics = AssertUnwindSafe(|| number.with(|_| panic!("in the section")));
        assert!(catch_unwind(panics).is_err());
        assert_eq!(number.with(|number| *number), 0);
    }
}
