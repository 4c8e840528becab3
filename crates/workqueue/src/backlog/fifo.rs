//! A queue behind a short-held lock, with hints that are read without it.

use std::collections::VecDeque;
use std::time::Duration;

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::lock::ParkingLock;
use greenstd::step;

use crate::Item;

/// An empty queue keeps a buffer for so many items. What a burst took beyond that, it gives back.
const KEPT: usize = 4096;

pub(super) struct Fifo<T> {
    /// The length: a hint. Whoever must not miss an item looks under the lock.
    len: AtomicUsize,
    /// The key of the last item: a hint.
    last: AtomicUsize,
    locked: ParkingLock<Locked<T>>,
}

struct Locked<T> {
    items: VecDeque<T>,
    /// Whether it takes no items any more.
    sealed: bool,
}

impl<T> Locked<T> {
    /// (Named step: `line-sealed`.)
    fn refuses(&self) -> bool {
        step::LINE_SEALED.holds(|| self.sealed)
    }
}

impl<T: Item> Fifo<T> {
    /// Appends an item, unless the queue is sealed: then the item comes back.
    #[inline(always)]
    pub(super) fn push(&self, item: T) -> Result<(), T> {
        let key = item.key();
        self.locked.with(|locked| {
            if locked.refuses() {
                return Err(item);
            }
            locked.items.push_back(item);
            self.len.store(locked.items.len(), Ordering::Release);
            self.last.store(key, Ordering::Relaxed);
            Ok(())
        })
    }

    /// Appends all of `moved`, unless the queue is sealed: then they stay where they are.
    pub(super) fn append(&self, moved: &mut Vec<T>) {
        self.change_locked(|locked| {
            if !locked.refuses() {
                locked.items.extend(moved.drain(..));
            }
        });
    }

    /// Takes no items any more, and moves those that it has into `all`.
    pub(super) fn seal(&self, all: &mut Vec<T>) {
        self.change_locked(|locked| {
            locked.sealed = true;
            all.extend(locked.items.drain(..));
        });
    }

    /// Takes items again.
    pub(super) fn unseal(&self) {
        self.locked.with(|locked| locked.sealed = false);
    }

    /// Changes the items, and the hints with them.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut VecDeque<T>) -> R) -> R {
        self.change_locked(|locked| change(&mut locked.items))
    }

    fn change_locked<R>(&self, change: impl FnOnce(&mut Locked<T>) -> R) -> R {
        self.locked.with(|locked| {
            let result = change(locked);
            let items = &mut locked.items;
            if items.is_empty() && items.capacity() > KEPT {
                items.shrink_to(KEPT);
            }
            self.len.store(items.len(), Ordering::Release);
            self.last.store(items.back().map_or(0, T::key), Ordering::Relaxed);
            result
        })
    }

    /// Moves all items of `from` into this queue, which is empty. The caller holds its lock as `items`.
    ///
    /// The length appears here before it disappears there. A thread that reads the two lengths in the other order
    /// does not miss the items on their way. (Named steps: `refill-order`, `refill-release`, `refill-acquire`.)
    pub(super) fn refill(&self, items: &mut VecDeque<T>, from: &Fifo<T>) {
        from.locked.with(|source| {
            std::mem::swap(items, &mut source.items);
            // `refill-order`: this length first, that of `from` last.
            step::REFILL_ORDER.in_order(
                || self.len.store(items.len(), Ordering::Release),
                || from.len.store(0, step::REFILL_RELEASE.ordering(Ordering::Release)),
            );
        });
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(step::REFILL_ACQUIRE.ordering(Ordering::Acquire))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is empty, by a look under the lock (*idle-recheck* of `idle/README.md`). It comes before or after each
    /// push, and whoever comes second sees what the first one has done.
    pub(super) fn is_surely_empty(&self) -> bool {
        self.locked.with(|locked| locked.items.is_empty())
    }

    pub(super) fn last_key(&self) -> usize {
        self.last.load(Ordering::Relaxed)
    }

    /// Takes the first living item; drops the dead before it once the lock is free.
    #[inline(always)]
    pub(super) fn take_living(&self) -> Option<T> {
        while !self.is_empty() {
            let item = self.pop()?;
            if item.is_waiting() {
                return Some(item);
            }
        }
        None
    }

    /// Takes the first item.
    #[inline]
    fn pop(&self) -> Option<T> {
        self.locked.with(|Locked { items, .. }| {
            let first = items.pop_front();
            self.len.store(items.len(), Ordering::Release);
            if items.is_empty() {
                self.last.store(0, Ordering::Relaxed);
                if items.capacity() > KEPT {
                    items.shrink_to(KEPT);
                }
            }
            first
        })
    }

    /// Takes the dead out, and drops them once the lock is free.
    pub(super) fn sweep(&self) {
        let dead = self.change(|items| {
            // The living move to the front, in their order. Each item is looked at once: it may die meanwhile.
            let (mut living, all) = (0, items.make_contiguous());
            for at in 0..all.len() {
                if all[at].is_waiting() {
                    all.swap(living, at);
                    living += 1;
                }
            }
            let dead = items.split_off(living);
            if items.capacity() > KEPT.max(4 * items.len()) {
                items.shrink_to(KEPT.max(2 * items.len()));
            }
            dead
        });
        drop(dead);
    }

    /// Looks at the living items from the front, until there are `at_most` of `seen`. `look` is short, and enters no queue.
    pub(super) fn look_at_first<R>(
        &self,
        at_most: usize,
        seen: &mut Vec<R>,
        look: &mut impl FnMut(&T) -> R,
    ) {
        let room = at_most.saturating_sub(seen.len());
        self.locked.with(|Locked { items, .. }| {
            seen.extend(items.iter().filter(|item| item.is_waiting()).take(room).map(look));
        });
    }

    /// How long the first living item has waited.
    pub(super) fn oldest(&self) -> Option<Duration> {
        self.locked.with(|Locked { items, .. }| items.iter().find(|item| item.is_waiting())?.age())
    }
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Fifo {
            len: AtomicUsize::new(0),
            last: AtomicUsize::new(0),
            locked: ParkingLock::new(Locked { items: VecDeque::new(), sealed: false }),
        }
    }
}
