//! Models of the lock whose unlocking is a plain store (`lock/mod.rs`).

#![allow(unsafe_code, reason = "the models play the part of the lock's user")]

use crate::cell::UnsafeCell;
use crate::lock::raw::RawLock;
use crate::model::explore;
use crate::sync::Arc;
use crate::thread;

/// A number that only a lock guards: two accesses at a time, or one that does not see the other, are reported.
struct Guarded {
    raw: RawLock,
    number: UnsafeCell<u32>,
}

// SAFETY: the number is reached under the lock alone, which is what the models check.
unsafe impl Sync for Guarded {}
// SAFETY: it is a number.
unsafe impl Send for Guarded {}

impl Guarded {
    fn add_one(&self) -> u32 {
        self.raw.lock();
        let number = self.number.with_mut(|number| {
            // SAFETY: under the lock.
            unsafe {
                *number += 1;
                *number
            }
        });
        self.raw.unlock();
        number
    }
}

fn explore_threads(forced_switches: usize, others: usize, turns: u32) {
    explore(forced_switches, move || {
        let guarded = Arc::new(Guarded { raw: RawLock::new(), number: UnsafeCell::new(0) });
        let others: Vec<_> = (0..others)
            .map(|_| {
                let guarded = guarded.clone();
                thread::spawn(move || (0..turns).for_each(|_| _ = guarded.add_one()))
            })
            .collect();
        (0..turns).for_each(|_| _ = guarded.add_one());
        let count = others.len() as u32 + 1;
        // A waiter that is left behind is a deadlock here.
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(guarded.add_one(), count * turns + 1);
    });
}

/// All steps: one at a time, and nobody is left waiting.
#[test]
fn two_threads_take_the_lock_in_turns() {
    explore_threads(4, 1, 2);
}

/// The same with a list of more than one.
#[test]
fn of_three_threads_none_is_left_waiting() {
    explore_threads(3, 2, 1);
}
