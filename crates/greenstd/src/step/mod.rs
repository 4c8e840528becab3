//! The named steps of the protocols, which a model build can weaken.
//!
//! A proof names the orderings, fences, re-checks and atomic operations that it stands on. Each of them is a [`Step`]
//! here, and the code takes it by a method of that constant. In a normal build, the method is the plain operation and
//! nothing else. A model build weakens the one step that the environment variable `GREEN_WEAKEN` names, and a model
//! must then fail. So the proof, the code and the models are checked against each other.
//!
//! | the proof needs | the code says | weakened |
//! | --- | --- | --- |
//! | an ordering | [`step.ordering(Ordering::Acquire)`](Step::ordering), or [`acq_rel`] | it is relaxed |
//! | a fence | [`step.fence()`](Step::fence) | there is none |
//! | one operation that reads and writes | [`step.swap(..)`](Step::swap), [`step.compare_exchange(..)`](Step::compare_exchange), [`step.set_bits(..)`](Step::set_bits), [`step.take_one_off(..)`](Step::take_one_off) | it is a load and then a store |
//! | a condition to be seen, such as a second look | [`step.holds(..)`](Step::holds) | it is never looked at, and is false |
//! | one thing before another | [`step.in_order(..)`](Step::in_order) | they are swapped |
//! | locks that are kept in between | [`step.keep_locked(..)`](Step::keep_locked) | they are given up for a moment |
//!
//! # Example
//!
//! ```
//! use greenstd::atomic::{AtomicBool, Ordering};
//! use greenstd::step;
//!
//! static CLOSED: AtomicBool = AtomicBool::new(false);
//!
//! CLOSED.store(true, step::ADMISSION_FLAG_RELEASE.ordering(Ordering::Release));
//! assert!(CLOSED.load(step::ADMISSION_FLAG_ACQUIRE.ordering(Ordering::Acquire)));
//! ```

mod list;

use crate::atomic::{self, Atomic, AtomicU32, AtomicU64, Ordering};

pub use list::*;

/// One step of a protocol. All of them are constants of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step(&'static str);

impl Step {
    /// The ordering of an operation. Weakened: relaxed.
    #[inline(always)]
    #[must_use]
    pub fn ordering(self, strong: Ordering) -> Ordering {
        if self.is_weakened() { Ordering::Relaxed } else { strong }
    }

    /// A sequentially consistent fence. Weakened: none.
    #[inline(always)]
    pub fn fence(self) {
        if !self.is_weakened() {
            atomic::fence(Ordering::SeqCst);
        }
    }

    /// Writes a value and returns the one before. Weakened: a load and then a store.
    #[inline(always)]
    pub fn swap<A: Atomic>(self, atomic: &A, value: A::Value, order: Ordering) -> A::Value {
        if self.is_weakened() {
            let before = atomic.load(of_load(order));
            atomic.store(value, of_store(order));
            return before;
        }
        atomic.swap(value, order)
    }

    /// Sets bits, and returns the word before. Weakened: a load and then a store.
    #[inline(always)]
    pub fn set_bits(self, word: &AtomicU64, bits: u64, order: Ordering) -> u64 {
        if self.is_weakened() {
            let before = word.load(of_load(order));
            word.store(before | bits, of_store(order));
            return before;
        }
        word.fetch_or(bits, order)
    }

    /// Takes one off a count and returns the count before. Weakened: a load and then a store.
    #[inline(always)]
    pub fn take_one_off(self, count: &AtomicU32, order: Ordering) -> u32 {
        if self.is_weakened() {
            let before = count.load(of_load(order));
            count.store(before - 1, of_store(order));
            return before;
        }
        count.fetch_sub(1, order)
    }

    /// Writes `new` if the value is `current`; returns the value before. Weakened: a load and then a store.
    ///
    /// # Errors
    /// With the value that was there, if it was another one.
    #[inline(always)]
    pub fn compare_exchange<A: Atomic>(
        self,
        atomic: &A,
        current: A::Value,
        new: A::Value,
        success: Ordering,
        failure: Ordering,
    ) -> Result<A::Value, A::Value> {
        if self.is_weakened() {
            let before = atomic.load(of_load(success));
            if before != current {
                return Err(before);
            }
            // One that changes nothing is no more than a load.
            if new != before {
                atomic.store(new, of_store(success));
            }
            return Ok(before);
        }
        atomic.compare_exchange(current, new, success, failure)
    }

    /// Whether a condition holds that must not be overlooked. Weakened: it is overlooked, and said to be false.
    #[inline(always)]
    #[must_use]
    pub fn holds(self, condition: impl FnOnce() -> bool) -> bool {
        !self.is_weakened() && condition()
    }

    /// Does one thing before the other, and returns both results. Weakened: the other way round.
    #[inline(always)]
    pub fn in_order<A, B>(self, first: impl FnOnce() -> A, second: impl FnOnce() -> B) -> (A, B) {
        if self.is_weakened() {
            let late = second();
            return (first(), late);
        }
        (first(), second())
    }

    /// The caller keeps its locks from what comes before to what comes after. Weakened: `unlock` gives them up, and
    /// `lock` takes them again.
    #[inline(always)]
    pub fn keep_locked<L: ?Sized>(
        self,
        locks: &mut L,
        unlock: impl FnOnce(&mut L),
        lock: impl FnOnce(&mut L),
    ) {
        if self.is_weakened() {
            unlock(locks);
            lock(locks);
        }
    }

    #[cfg(not(any(green_loom, green_shuttle)))]
    #[inline(always)]
    const fn is_weakened(self) -> bool {
        false
    }

    /// Whether it is the one that `GREEN_WEAKEN` names.
    #[cfg(any(green_loom, green_shuttle))]
    fn is_weakened(self) -> bool {
        use std::sync::OnceLock;
        static WEAKENED: OnceLock<Option<Step>> = OnceLock::new();
        let weakened = WEAKENED.get_or_init(|| {
            let name = std::env::var("GREEN_WEAKEN").ok()?;
            let named = list::STEPS.iter().find(|(_, step)| step.0 == name);
            Some(named.unwrap_or_else(|| panic!("GREEN_WEAKEN: no step is called {name}")).1)
        });
        *weakened == Some(self)
    }
}

/// Acquire and release, of which each is a step. Weakened: the other one alone.
#[inline(always)]
#[must_use]
pub fn acq_rel(acquire: Step, release: Step) -> Ordering {
    if acquire.is_weakened() {
        Ordering::Release
    } else if release.is_weakened() {
        Ordering::Acquire
    } else {
        Ordering::AcqRel
    }
}

/// What is left of the ordering of a read-modify-write for the load in it.
fn of_load(order: Ordering) -> Ordering {
    match order {
        Ordering::Acquire | Ordering::AcqRel => Ordering::Acquire,
        Ordering::SeqCst => Ordering::SeqCst,
        _ => Ordering::Relaxed,
    }
}

/// The same for the store in it.
fn of_store(order: Ordering) -> Ordering {
    match order {
        Ordering::Release | Ordering::AcqRel => Ordering::Release,
        Ordering::SeqCst => Ordering::SeqCst,
        _ => Ordering::Relaxed,
    }
}

#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod tests {
    use std::cell::RefCell;

    use super::{Step, acq_rel, of_load, of_store};
    use crate::atomic::{AtomicU8, AtomicU32, Ordering};

    const STEP: Step = Step("none-of-the-list");

    #[test]
    fn in_a_normal_build_each_verb_is_the_plain_operation() {
        let word = AtomicU8::new(1);
        assert_eq!(STEP.swap(&word, 2, Ordering::AcqRel), 1);
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        assert_eq!(STEP.compare_exchange(&word, 2, 3, success, failure), Ok(2));
        assert_eq!(STEP.compare_exchange(&word, 2, 4, success, failure), Err(3));
        let count = AtomicU32::new(2);
        assert_eq!(STEP.take_one_off(&count, Ordering::AcqRel), 2);
        assert_eq!(count.load(Ordering::Relaxed), 1);
        assert_eq!(STEP.ordering(Ordering::Acquire), Ordering::Acquire);
        assert_eq!(acq_rel(STEP, STEP), Ordering::AcqRel);
        STEP.fence();
        assert!(STEP.holds(|| true));
        assert!(!STEP.holds(|| false));
    }

    #[test]
    fn in_a_normal_build_order_and_locks_are_kept() {
        let done = RefCell::new(Vec::new());
        let results = STEP.in_order(
            || {
                done.borrow_mut().push("first");
                1
            },
            || {
                done.borrow_mut().push("second");
                "two"
            },
        );
        assert_eq!(results, (1, "two"));
        let touch = |_: &mut ()| unreachable!("it stays locked");
        STEP.keep_locked(&mut (), touch, touch);
        assert_eq!(done.into_inner(), ["first", "second"]);
    }

    #[test]
    fn a_read_modify_write_in_two_halves_keeps_the_ordering_of_each() {
        for (whole, load, store) in [
            (Ordering::Relaxed, Ordering::Relaxed, Ordering::Relaxed),
            (Ordering::Acquire, Ordering::Acquire, Ordering::Relaxed),
            (Ordering::Release, Ordering::Relaxed, Ordering::Release),
            (Ordering::AcqRel, Ordering::Acquire, Ordering::Release),
            (Ordering::SeqCst, Ordering::SeqCst, Ordering::SeqCst),
        ] {
            assert_eq!((of_load(whole), of_store(whole)), (load, store));
        }
    }
}
