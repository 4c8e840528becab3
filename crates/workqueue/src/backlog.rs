//! The waiting items: one queue that everybody feeds, and one a carrier.
//!
//! Items submitted from outside go to the common queue, the *injector*; those submitted on a carrier
//! go to its own. A carrier takes from its own queue first, then a batch from the injector, then half
//! of a sibling's queue. All are first in, first out, and what is moved keeps its order.
//!
//! Each is a short-held mutex around a ring buffer. That keeps the order exact, lets the dead be swept
//! out, and lets a model checker look inside; the decision record `0004` compares it with a lock-free
//! deque.
//!
//! An item can die while it waits: somebody claims it to run it at once, or cancels it. It stays where
//! it is until it reaches an end of its queue, or until the dead outnumber the living and everything
//! is swept.

use std::collections::VecDeque;

use crossbeam_utils::CachePadded;
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::Mutex;
use greenstd::time::Instant;

use crate::Item;

/// The most that is moved from one queue to another at once.
pub(crate) const MAX_BATCH: usize = 32;

/// Below this many dead items, sweeping is not worth its while.
const SWEEP_FROM: usize = 256;

pub(crate) struct Backlog<T> {
    injector: CachePadded<Fifo<T>>,
    carriers: Box<[CachePadded<Fifo<T>>]>,
    /// How many items were withdrawn since the last sweep.
    withdrawn: CachePadded<AtomicUsize>,
}

struct Fifo<T> {
    /// The length, readable without the lock: a hint, exact for whoever has fenced.
    len: AtomicUsize,
    items: Mutex<VecDeque<T>>,
}

/// What a carrier remembers between two calls, so that it need not allocate or share it.
#[derive(Debug)]
pub(crate) struct Scratch<T> {
    moved: Vec<T>,
    /// How many of its own queue's items it has claimed since the last sweep.
    claimed: usize,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Scratch { moved: Vec::new(), claimed: 0 }
    }
}

impl<T: Item> Backlog<T> {
    pub(crate) fn new(carriers: usize) -> Self {
        Backlog {
            injector: CachePadded::default(),
            carriers: (0..carriers).map(|_| CachePadded::default()).collect(),
            withdrawn: CachePadded::default(),
        }
    }

    /// Adds an item from outside, or from carrier `on`.
    pub(crate) fn push(&self, item: T, on: Option<usize>) {
        let queue = on.map_or(&*self.injector, |carrier| &*self.carriers[carrier]);
        queue.change(|items| items.push_back(item));
    }

    /// Whether anything, dead or alive, is in any queue.
    pub(crate) fn is_empty(&self) -> bool {
        self.queues().all(Fifo::is_empty)
    }

    /// The next item for `carrier`. At most `batch` are taken from another queue, and those beyond
    /// the first are moved to the carrier's own.
    pub(crate) fn take(&self, carrier: usize, batch: usize, scratch: &mut Scratch<T>) -> Option<T> {
        let own = &self.carriers[carrier];
        if let Some(item) = own.take_living() {
            return Some(item);
        }
        let siblings = self.carriers.len();
        let sources = std::iter::once(&self.injector)
            .chain((1..siblings).map(|step| &self.carriers[(carrier + step) % siblings]));
        for source in sources {
            while !source.is_empty() {
                let share = source.len().div_ceil(siblings).clamp(1, batch);
                source.change(|items| {
                    let count = share.min(items.len());
                    scratch.moved.extend(items.drain(..count));
                });
                let mut moved = scratch.moved.drain(..);
                let first = moved.find(T::is_waiting);
                if moved.len() > 0 {
                    own.change(|items| items.extend(moved));
                }
                if first.is_some() {
                    return first;
                }
            }
        }
        None
    }

    /// The carrier has claimed an item of its own queue where it was, and run it: drops the dead at
    /// both ends, where the item and those that it has claimed in turn most likely lie.
    pub(crate) fn bury_claimed(&self, carrier: usize, scratch: &mut Scratch<T>) {
        let own = &self.carriers[carrier];
        while !own.is_empty() {
            let dead = own.change(|items| {
                if items.back().is_some_and(|item| !item.is_waiting()) {
                    items.pop_back()
                } else if items.front().is_some_and(|item| !item.is_waiting()) {
                    items.pop_front()
                } else {
                    None
                }
            });
            if dead.is_none() {
                break;
            }
        }
        scratch.claimed += 1;
        if scratch.claimed >= SWEEP_FROM && scratch.claimed > own.len() / 2 {
            scratch.claimed = 0;
            own.sweep();
        }
    }

    /// Somebody has withdrawn an item where it was.
    pub(crate) fn bury_withdrawn(&self) {
        let withdrawn = self.withdrawn.fetch_add(1, Ordering::Relaxed) + 1;
        if withdrawn >= SWEEP_FROM && withdrawn > self.queues().map(Fifo::len).sum::<usize>() / 2 {
            self.withdrawn.store(0, Ordering::Relaxed);
            self.queues().for_each(Fifo::sweep);
        }
    }

    /// Takes everything out.
    pub(crate) fn drain(&self) -> Vec<T> {
        let mut all = Vec::new();
        for queue in self.queues() {
            queue.change(|items| all.extend(items.drain(..)));
        }
        all
    }

    /// When the item that has waited longest was accepted.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.queues().filter_map(Fifo::oldest).min()
    }

    fn queues(&self) -> impl Iterator<Item = &Fifo<T>> {
        std::iter::once(&*self.injector).chain(self.carriers.iter().map(|queue| &**queue))
    }
}

impl<T: Item> Fifo<T> {
    fn change<R>(&self, change: impl FnOnce(&mut VecDeque<T>) -> R) -> R {
        let mut items = self.items.lock();
        let result = change(&mut items);
        self.len.store(items.len(), Ordering::Relaxed);
        result
    }

    fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn take_living(&self) -> Option<T> {
        while !self.is_empty() {
            let item = self.change(VecDeque::pop_front)?;
            if item.is_waiting() {
                return Some(item);
            }
        }
        None
    }

    /// Takes the dead out, and drops them once the lock is free.
    fn sweep(&self) {
        let mut dead = Vec::new();
        self.change(|items| {
            for _ in 0..items.len() {
                let Some(item) = items.pop_front() else { break };
                if item.is_waiting() { items.push_back(item) } else { dead.push(item) }
            }
        });
    }

    fn oldest(&self) -> Option<Instant> {
        let items = self.items.lock();
        items.iter().find(|item| item.is_waiting())?.accepted_at()
    }
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Fifo { len: AtomicUsize::new(0), items: Mutex::new(VecDeque::new()) }
    }
}
