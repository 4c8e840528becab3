//! A list of wakers, and how many there are.

use std::collections::VecDeque;
use std::task::Waker;

use crate::atomic::{AtomicUsize, Ordering};
use crate::sync::Mutex;

/// The threads that wait for something, in their order. It has no fences: they are its user's.
#[derive(Debug, Default)]
pub struct Waiters {
    /// The length of the list. It spares the lock where no thread waits.
    waiting: AtomicUsize,
    list: Mutex<VecDeque<Waker>>,
}

impl Waiters {
    /// Enters a waker in the last place.
    pub fn enter(&self, waker: Waker) {
        self.change(|list| list.push_back(waker));
    }

    /// Enters a waker that may have been used up in the first place, unless it is still there.
    pub fn enter_again(&self, waker: &Waker) {
        self.change(|list| {
            if !list.iter().any(|entered| entered.will_wake(waker)) {
                list.push_front(waker.clone());
            }
        });
    }

    /// Takes back a waker that is no longer needed. `false` if it has been used up.
    pub fn leave(&self, waker: &Waker) -> bool {
        self.change(|list| {
            let place = list.iter().position(|entered| entered.will_wake(waker));
            place.is_some_and(|place| list.remove(place).is_some())
        })
    }

    /// Whether a thread waits, by a relaxed load.
    #[inline(always)]
    pub fn is_any_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Wakes the first thread, and uses up its waker.
    pub fn wake_one(&self) {
        let first = self.change(VecDeque::pop_front);
        // Without the lock: a waker is foreign code.
        if let Some(waker) = first {
            waker.wake();
        }
    }

    /// Wakes all threads.
    pub fn wake_all(&self) {
        let all = self.change(std::mem::take);
        // Without the lock: a waker is foreign code.
        all.into_iter().for_each(Waker::wake);
    }

    fn change<R>(&self, change: impl FnOnce(&mut VecDeque<Waker>) -> R) -> R {
        let mut list = self.list.lock();
        let result = change(&mut list);
        self.waiting.store(list.len(), Ordering::Relaxed);
        result
    }
}
