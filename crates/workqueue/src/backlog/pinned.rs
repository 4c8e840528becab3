//! The items that are pinned to one carrier.
//!
//! A sibling does not take them, so they run where they were put: beside an item that they talk to, say.
//!
//! *They do not starve.* A carrier may have no worker, and get no slot for one, since the workers of its siblings find
//! the next item each time. A sibling that looks what the others have then passes them over. Once it has done so a
//! few times, with no slot free and none of them taken, it brings the first one in as if it were not pinned.

use std::collections::VecDeque;
use std::time::Duration;

use greenstd::atomic::{AtomicU32, Ordering};

use super::fifo::Fifo;
use crate::Item;

/// How often an item is passed over before it is pinned no more. Each time is some dozen takes.
const MAX_PASSES: u32 = 16;

pub(super) struct Pinned<T> {
    items: Fifo<T>,
    /// How often siblings have passed them over since one was last taken. Roughly: some may be missed.
    passed: AtomicU32,
}

impl<T: Item> Pinned<T> {
    /// The carrier takes the first living one.
    #[inline]
    pub(super) fn take(&self) -> Option<T> {
        if self.items.is_empty() {
            return None;
        }
        self.take_first()
    }

    #[cold]
    #[inline(never)]
    fn take_first(&self) -> Option<T> {
        self.passed.store(0, Ordering::Relaxed);
        self.items.take_living()
    }

    /// A sibling looks, and no slot is free for a worker of this carrier. Gives it the first one, if that was passed
    /// over too often.
    pub(super) fn pass_over(&self, moved: &mut Vec<T>) {
        if self.items.is_empty() {
            return;
        }
        let passed = self.passed.load(Ordering::Relaxed);
        if passed < MAX_PASSES {
            self.passed.store(passed + 1, Ordering::Relaxed);
        } else {
            moved.extend(self.items.change(VecDeque::pop_front));
        }
    }

    /// The carrier has claimed the item `key` where it was: drops the dead at the back, if it is one of them.
    pub(super) fn remove_claimed(&self, key: usize) {
        if self.items.is_empty() || self.items.last_key() != key {
            return;
        }
        let mut dead = Vec::new();
        // Dropped once the lock is free.
        self.items.change(|items| {
            while items.back().is_some_and(|item| !item.is_waiting()) {
                dead.extend(items.pop_back());
            }
        });
    }

    /// Adds an item, unless all wait in one line: then it comes back.
    pub(super) fn push(&self, item: T) -> Result<(), T> {
        self.items.push(item)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn seal(&self, all: &mut Vec<T>) {
        self.items.seal(all);
    }

    pub(super) fn unseal(&self) {
        self.items.unseal();
    }

    pub(super) fn sweep(&self) {
        self.items.sweep();
    }

    pub(super) fn drain(&self, all: &mut Vec<T>) {
        self.items.change(|items| all.extend(items.drain(..)));
    }

    pub(super) fn look_at_first<R>(
        &self,
        at_most: usize,
        seen: &mut Vec<R>,
        look: &mut impl FnMut(&T) -> R,
    ) {
        self.items.look_at_first(at_most, seen, look);
    }

    pub(super) fn oldest(&self) -> Option<Duration> {
        self.items.oldest()
    }
}

impl<T> Default for Pinned<T> {
    fn default() -> Self {
        Pinned { items: Fifo::default(), passed: AtomicU32::new(0) }
    }
}
