//! The common queue: submitters have one lock, and takers have another.
//!
//! Submitters append to the *tail*. Takers take from the *head*. When that is empty, one of them swaps the whole
//! tail into it. So the two sides meet once a swap, not once an item. Everything in the head was submitted before
//! anything in the tail, so the order is kept.

use std::time::Duration;

use crossbeam_utils::CachePadded;

use super::fifo::Fifo;
use crate::Item;

pub(super) struct Injector<T> {
    tail: CachePadded<Fifo<T>>,
    head: CachePadded<Fifo<T>>,
}

impl<T: Item> Injector<T> {
    pub(super) fn push(&self, item: T) {
        let pushed = self.tail.push(item);
        debug_assert!(pushed.is_ok(), "the common queue is never sealed");
    }

    pub(super) fn push_all(&self, items: &mut Vec<T>) {
        self.tail.append(items);
        debug_assert!(items.is_empty(), "the common queue is never sealed");
    }

    /// Puts what `gather` adds to a list, and what is here, in one line.
    ///
    /// The numbers of the items decide. Where these are the same, what was gathered comes first. Nothing is pushed
    /// or moved meanwhile.
    pub(super) fn line_up(&self, gather: impl FnOnce(&mut Vec<T>)) {
        self.head.change(|head| {
            self.tail.change(|tail| {
                let mut all = Vec::new();
                gather(&mut all);
                all.extend(head.drain(..));
                all.extend(tail.drain(..));
                all.sort_by_key(T::number);
                head.extend(all);
            });
        });
    }

    /// Moves the first items into `moved`: an equal share for each of `takers`, at most `batch`.
    pub(super) fn move_share(&self, takers: usize, batch: usize, moved: &mut Vec<T>) {
        self.head.change(|items| {
            if items.is_empty() {
                self.head.refill(items, &self.tail);
            }
            let share = items.len().div_ceil(takers).min(batch);
            moved.reserve(share);
            // Cheaper than to drain them.
            for _ in 0..share {
                let Some(item) = items.pop_front() else { break };
                moved.push(item);
            }
        });
    }

    /// Reads the tail first: items move from there to the head.
    pub(super) fn is_empty(&self) -> bool {
        self.tail.is_empty() && self.head.is_empty()
    }

    /// The same under the locks, one after the other, the tail first too: items move from there to the head, under the
    /// locks of both.
    pub(super) fn is_surely_empty(&self) -> bool {
        self.tail.is_surely_empty() && self.head.is_surely_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.tail.len() + self.head.len()
    }

    /// Takes everything out, the first item first.
    pub(super) fn drain(&self, all: &mut Vec<T>) {
        self.head.change(|items| all.extend(items.drain(..)));
        self.tail.change(|items| all.extend(items.drain(..)));
    }

    /// The queue in whose back what was pushed last is.
    pub(super) fn tail(&self) -> &Fifo<T> {
        &self.tail
    }

    /// The queue from whose front the next is taken.
    pub(super) fn front(&self) -> &Fifo<T> {
        if self.head.is_empty() { &self.tail } else { &self.head }
    }

    pub(super) fn sweep(&self) {
        self.head.sweep();
        self.tail.sweep();
    }

    pub(super) fn look_at_first<R>(
        &self,
        at_most: usize,
        seen: &mut Vec<R>,
        look: &mut impl FnMut(&T) -> R,
    ) {
        self.head.look_at_first(at_most, seen, look);
        self.tail.look_at_first(at_most, seen, look);
    }

    pub(super) fn oldest(&self) -> Option<Duration> {
        self.head.oldest().or_else(|| self.tail.oldest())
    }
}

impl<T> Default for Injector<T> {
    fn default() -> Self {
        Injector { tail: CachePadded::default(), head: CachePadded::default() }
    }
}
