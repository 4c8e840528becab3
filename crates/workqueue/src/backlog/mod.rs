//! The waiting items: one queue for the items of all submitters, and one for each carrier.
//!
//! Items submitted from outside go to the common queue, the *injector*. Items submitted on a carrier go to its own. A
//! carrier takes from its own queue first, then a batch from the injector, then a share of a sibling's queue. All are
//! first in, first out, and what is moved keeps its order.
//!
//! Beside its own queue a carrier has one of items that are *pinned* to it, which no sibling takes (`pinned.rs`). It
//! takes from that when its own is empty, and every 61st time before that.
//!
//! *Nothing starves:* a carrier whose items submit their successors never runs out of items of its own. So every 61st
//! time it first brings in a batch from the injector and an item of a sibling, of each sibling in turn. It appends them
//! to its own queue. It brings in fewer than it takes, so its queue does not grow by that. The queue is first in, first
//! out, so what was brought in has its turn. (A sibling's item would starve if one item kept the sibling busy for good,
//! or if the sibling claimed new ones without end.)
//!
//! *In one line:* as long as there may be one worker at most, all items wait in the injector. It does not matter which
//! thread submits them. Nothing is moved in batches. So they are taken in the order of submission.
//!
//! The carriers' queues are then *sealed*, each under its lock. A thread that pushes to a sealed queue, or has moved
//! items in hand for it, is referred to the injector. When the maximum is lowered to one, the queues are sealed and
//! emptied one by one, under the locks of the injector. What was in them is put in one line with what was there.
//!
//! A worker may have moved items in hand at that moment. It puts them back in their place before it takes the next item
//! or gives its slot back. So once the workers beyond the maximum are gone, the line is complete. (Named step:
//! `line-sealed`.) A look at the queues in the meantime may show none of what waits. Hence all carriers are woken after
//! it (*idle-wake-all* of `idle/README.md`).
//!
//! Each queue is a ring buffer behind a short-held mutex (the injector has two). That keeps the order exact, lets the
//! dead be swept out, and lets a model checker look inside. The decision record `0004` compares it with a lock-free
//! deque.
//!
//! An item can die while it waits: a worker claims it to run it at once, or its owner cancels it. It stays where it is
//! until it reaches an end of its queue, or until the dead outnumber the living and everything is swept.

mod fifo;
mod injector;
mod pinned;

use std::time::Duration;

use crossbeam_utils::CachePadded;
use greenstd::atomic::{AtomicBool, AtomicUsize, Ordering};
use greenstd::step::Step;

use crate::Item;
use fifo::Fifo;
use injector::Injector;
use pinned::Pinned;

/// The most that is moved from one queue to another at once.
pub(crate) const MAX_BATCH: usize = 32;

/// How often a carrier takes from its own queue before it looks what others have: as Go and tokio do.
const OWN_TAKES: u32 = if cfg!(green_shuttle) { 3 } else { 61 };

/// With more carriers than this, a push fences, and no look takes the lock of each queue (*locked looks* of
/// `idle/README.md`).
const LOCKED_LOOKS_UP_TO: usize = if cfg!(green_loom) { 2 } else { 16 };

/// Below this many dead items, sweeping is not worth its while.
const SWEEP_FROM: usize = 256;

pub(crate) struct Backlog<T> {
    injector: Injector<T>,
    carriers: Box<[CachePadded<Fifo<T>>]>,
    /// By carrier.
    pinned: Box<[CachePadded<Pinned<T>>]>,
    /// Whether any item was ever pinned. Where none was, nobody looks for one.
    has_pinned: AtomicBool,
    /// How many items were withdrawn since the last sweep.
    withdrawn: CachePadded<AtomicUsize>,
}

/// What a carrier remembers between two calls. It need not allocate or share that.
#[derive(Debug)]
pub(crate) struct Scratch<T> {
    moved: Vec<T>,
    /// Whether the last take has moved more to its own queue than it took.
    moved_more: bool,
    /// How many of its own queue's items it has claimed since the last sweep.
    claimed: usize,
    /// How many it has claimed since it last looked at the front for dead ones.
    claimed_since_front: usize,
    /// How often it has taken since it last looked what others have.
    takes: u32,
    /// How often it has looked what others have.
    looks: usize,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Scratch {
            moved: Vec::new(),
            moved_more: false,
            claimed: 0,
            claimed_since_front: 0,
            takes: 0,
            looks: 0,
        }
    }
}

impl<T: Item> Backlog<T> {
    pub(crate) fn new(carriers: usize) -> Self {
        Backlog {
            injector: Injector::default(),
            carriers: (0..carriers).map(|_| CachePadded::default()).collect(),
            pinned: (0..carriers).map(|_| CachePadded::default()).collect(),
            has_pinned: AtomicBool::new(false),
            withdrawn: CachePadded::default(),
        }
    }

    /// Adds an item from outside, or from carrier `on`. If all items wait in one line as far as the caller knows, the
    /// carrier's queue need not be asked: it is sealed.
    #[inline(always)]
    pub(crate) fn push(&self, item: T, on: Option<usize>, in_line: bool) {
        let own = on.map(|carrier| &self.carriers[carrier]);
        let rest = match own {
            Some(own) if !in_line => own.push(item),
            _ => Err(item),
        };
        if let Err(item) = rest {
            self.injector.push(item);
        }
    }

    /// Adds items from outside, in their order.
    pub(crate) fn push_all(&self, items: &mut Vec<T>) {
        self.injector.push_all(items);
    }

    /// Adds an item that carrier `on` alone may take. If all items wait in one line, it goes there, and comes back as
    /// not pinned: `false`.
    pub(crate) fn push_pinned(&self, item: T, on: usize) -> bool {
        // Before the item, and ordered as that is. It never changes back.
        if !self.has_pinned.load(Ordering::Relaxed) {
            self.has_pinned.store(true, Ordering::Relaxed);
        }
        match self.pinned[on].push(item) {
            Ok(()) => true,
            Err(item) => {
                self.injector.push(item);
                false
            }
        }
    }

    /// From now on all items wait in one line.
    pub(crate) fn line_up(&self) {
        self.injector.line_up(|all| {
            self.carriers.iter().for_each(|own| own.seal(all));
            self.pinned.iter().for_each(|pinned| pinned.seal(all));
        });
    }

    /// From now on a carrier's items wait in its own queue.
    pub(crate) fn spread_out(&self) {
        self.carriers.iter().for_each(|own| own.unseal());
        self.pinned.iter().for_each(|pinned| pinned.unseal());
    }

    /// Whether anything, dead or alive, is in any queue.
    pub(crate) fn is_empty(&self) -> bool {
        !self.has_unpinned() && self.carriers_with_pinned().next().is_none()
    }

    /// Whether anything, dead or alive, is in a queue that each carrier may take from.
    pub(crate) fn has_unpinned(&self) -> bool {
        !self.injector.is_empty() || self.carriers.iter().any(|own| !own.is_empty())
    }

    /// The same by a look that misses no item, once the caller has fenced: where the hints say no, it takes the lock of
    /// each queue in turn. `locked` is the step by which the caller does so (*locked looks* of `idle/README.md`).
    pub(crate) fn surely_has_unpinned(&self, locked: Step) -> bool {
        let is_empty = || {
            self.injector.is_surely_empty() && self.carriers.iter().all(|own| own.is_surely_empty())
        };
        self.has_unpinned() || (!self.wants_fences() && locked.holds(|| !is_empty()))
    }

    /// Whether a push is to fence before the look for a sleeper. This never changes.
    #[inline(always)]
    pub(crate) fn wants_fences(&self) -> bool {
        self.carriers.len() > LOCKED_LOOKS_UP_TO
    }

    /// Whether anything, dead or alive, is pinned to `carrier`.
    pub(crate) fn has_pinned_to(&self, carrier: usize) -> bool {
        !self.pinned[carrier].is_empty()
    }

    /// Whether there is anything, dead or alive, that `carrier` may take.
    pub(crate) fn has_some_for(&self, carrier: usize) -> bool {
        self.has_unpinned() || self.has_pinned_to(carrier)
    }

    /// The carriers to which something is pinned.
    pub(crate) fn carriers_with_pinned(&self) -> impl Iterator<Item = usize> {
        let carriers = if self.has_pinned.load(Ordering::Relaxed) { self.pinned.len() } else { 0 };
        (0..carriers).filter(|&carrier| self.has_pinned_to(carrier))
    }

    /// The next item for `carrier`.
    ///
    /// At most `batch` are taken from another queue. Those beyond the first are moved to the carrier's own. With a
    /// batch of one, all items wait in one line. `slot_is_free` says whether another worker could start.
    #[inline(always)]
    pub(crate) fn take(
        &self,
        carrier: usize,
        batch: usize,
        slot_is_free: impl FnOnce() -> bool,
        scratch: &mut Scratch<T>,
    ) -> Option<T> {
        let own = &self.carriers[carrier];
        scratch.takes += 1;
        if scratch.takes >= OWN_TAKES {
            self.bring_in(carrier, batch, slot_is_free, scratch);
            if let Some(item) = self.pinned[carrier].take() {
                return Some(item);
            }
        }
        if let Some(item) = own.take_living() {
            return Some(item);
        }
        if let Some(item) = self.pinned[carrier].take() {
            return Some(item);
        }
        self.take_elsewhere(carrier, batch, scratch)
    }

    /// The next item that is in another queue.
    #[inline(never)]
    fn take_elsewhere(&self, carrier: usize, batch: usize, scratch: &mut Scratch<T>) -> Option<T> {
        let own = &self.carriers[carrier];
        let carriers = self.carriers.len();
        while !self.injector.is_empty() {
            self.injector.move_share(carriers, batch, &mut scratch.moved);
            if let Some(first) = self.settle(own, scratch) {
                return Some(first);
            }
        }
        for victim in (1..carriers).map(|step| &self.carriers[(carrier + step) % carriers]) {
            while !victim.is_empty() {
                let share = victim.len().div_ceil(carriers).clamp(1, batch);
                steal(victim, share, &mut scratch.moved);
                if let Some(first) = self.settle(own, scratch) {
                    return Some(first);
                }
            }
        }
        None
    }

    /// Appends to the carrier's own queue what others would have it take, were it to run out of items.
    #[cold]
    fn bring_in(
        &self,
        carrier: usize,
        batch: usize,
        slot_is_free: impl FnOnce() -> bool,
        scratch: &mut Scratch<T>,
    ) {
        scratch.takes = 0;
        let carriers = self.carriers.len();
        if batch == 1 {
            return;
        }
        if !self.injector.is_empty() {
            self.injector.move_share(carriers, batch, &mut scratch.moved);
        }
        if carriers > 1 {
            let step = 1 + scratch.looks % (carriers - 1);
            scratch.looks = scratch.looks.wrapping_add(1);
            let sibling = (carrier + step) % carriers;
            let victim = &self.carriers[sibling];
            if !victim.is_empty() {
                steal(victim, 1, &mut scratch.moved);
            }
            if self.has_pinned_to(sibling) && !slot_is_free() {
                self.pinned[sibling].pass_over(&mut scratch.moved);
            }
        }
        self.put_down(&self.carriers[carrier], scratch);
    }

    /// Takes the first living one of what was moved, and leaves the others to the carrier's own queue.
    fn settle(&self, own: &Fifo<T>, scratch: &mut Scratch<T>) -> Option<T> {
        let Some(place) = scratch.moved.iter().position(T::is_waiting) else {
            scratch.moved.clear();
            return None;
        };
        let first = scratch.moved.drain(..=place).next_back();
        self.put_down(own, scratch);
        first
    }

    /// Leaves what was moved to the carrier's own queue, or to the line if that queue is sealed.
    fn put_down(&self, own: &Fifo<T>, scratch: &mut Scratch<T>) {
        if scratch.moved.is_empty() {
            return;
        }
        scratch.moved_more = true;
        own.append(&mut scratch.moved);
        // What is left over was refused: the queue is sealed.
        if !scratch.moved.is_empty() {
            self.injector.line_up(|all| all.append(&mut scratch.moved));
        }
    }

    /// The carrier has claimed the item `key` where it was, and run it: in its own queue, or `in_line`.
    ///
    /// Drops the dead where they most likely are. If the last item was claimed, they are at the back: most likely
    /// those before it were claimed too. Now and then it looks at the front as well, for carriers that claim in the
    /// order of submission. So if a carrier only ever claims, its queue is as long as what it has yet to claim.
    #[inline(always)]
    pub(crate) fn remove_claimed(
        &self,
        carrier: usize,
        in_line: bool,
        key: usize,
        scratch: &mut Scratch<T>,
    ) {
        scratch.claimed += 1;
        let is_last = key == self.carriers[carrier].last_key();
        if in_line {
            self.drop_claimed_in_line(carrier, key, scratch);
        } else if is_last || scratch.is_front_due() {
            self.drop_claimed(carrier, false, is_last, scratch);
        }
        if self.has_pinned.load(Ordering::Relaxed) {
            self.pinned[carrier].remove_claimed(key);
        }
    }

    #[inline(never)]
    fn drop_claimed_in_line(&self, carrier: usize, key: usize, scratch: &mut Scratch<T>) {
        let is_last = key == self.injector.tail().last_key();
        if is_last || scratch.is_front_due() {
            self.drop_claimed(carrier, true, is_last, scratch);
        }
    }

    /// What is left of [`remove_claimed`](Self::remove_claimed), if there is anything.
    #[inline(never)]
    fn drop_claimed(
        &self,
        carrier: usize,
        in_line: bool,
        is_back_due: bool,
        scratch: &mut Scratch<T>,
    ) {
        let own = &self.carriers[carrier];
        let back = if in_line { self.injector.tail() } else { own };
        if is_back_due {
            scratch.drop_dead_last(back);
        } else if scratch.claimed_since_front == 0 {
            let front = if in_line { self.injector.front() } else { own };
            scratch.drop_dead_first(front);
        }
        let len = || if in_line { self.injector.len() } else { own.len() };
        if scratch.claimed >= SWEEP_FROM && scratch.claimed > len() / 2 {
            scratch.claimed = 0;
            if in_line {
                self.injector.sweep();
            } else {
                own.sweep();
            }
            self.pinned[carrier].sweep();
        }
    }

    /// An item was withdrawn where it was.
    pub(crate) fn remove_withdrawn(&self) {
        let withdrawn = self.withdrawn.fetch_add(1, Ordering::Relaxed) + 1;
        if withdrawn >= SWEEP_FROM && withdrawn > self.len() / 2 {
            self.withdrawn.store(0, Ordering::Relaxed);
            self.injector.sweep();
            self.carriers.iter().for_each(|own| own.sweep());
            self.pinned.iter().for_each(|pinned| pinned.sweep());
        }
    }

    /// Takes everything out.
    pub(crate) fn drain(&self) -> Vec<T> {
        let mut all = Vec::new();
        self.injector.drain(&mut all);
        for own in &self.carriers {
            own.change(|items| all.extend(items.drain(..)));
        }
        self.pinned.iter().for_each(|pinned| pinned.drain(&mut all));
        all
    }

    /// Looks at some of the items that wait: first at those that all carriers share.
    pub(crate) fn look_at_first<R>(&self, at_most: usize, mut look: impl FnMut(&T) -> R) -> Vec<R> {
        let mut seen = Vec::new();
        self.injector.look_at_first(at_most, &mut seen, &mut look);
        for own in &self.carriers {
            own.look_at_first(at_most, &mut seen, &mut look);
        }
        for pinned in &self.pinned {
            pinned.look_at_first(at_most, &mut seen, &mut look);
        }
        seen
    }

    /// How long the item that has waited longest has waited.
    pub(crate) fn oldest(&self) -> Option<Duration> {
        let carriers = self.carriers.iter().filter_map(|own| own.oldest());
        let pinned = self.pinned.iter().filter_map(|pinned| pinned.oldest());
        self.injector.oldest().into_iter().chain(carriers).chain(pinned).max()
    }

    /// How many, dead or alive.
    pub(crate) fn len(&self) -> usize {
        let pinned = self.pinned.iter().map(|pinned| pinned.len());
        self.injector.len() + self.carriers.iter().map(|own| own.len()).chain(pinned).sum::<usize>()
    }
}

/// Moves up to `count` items of a sibling into `moved`: the first ones, and the dead before them.
///
/// If the first ones are dead, the sibling is claiming one after the other. It is left as many again to claim
/// before it meets the thief.
fn steal<T: Item>(victim: &Fifo<T>, count: usize, moved: &mut Vec<T>) {
    victim.change(|items| {
        let dead = items.iter().take(MAX_BATCH).take_while(|item| !item.is_waiting()).count();
        moved.extend(items.drain(..dead));
        let skipped = if dead > 0 && items.len() >= 2 * count { count } else { 0 };
        let end = items.len().min(skipped + count);
        moved.extend(items.drain(skipped..end));
    });
}

impl<T: Item> Scratch<T> {
    /// Whether the last take has moved items to the carrier's own queue; says so once.
    pub(crate) fn take_moved_more(&mut self) -> bool {
        std::mem::take(&mut self.moved_more)
    }

    /// Whether to look at the front for dead items: at every 32nd claim. (Counted by itself. What another worker of
    /// the carrier takes out is no claim less, so `claimed` may be too high.)
    #[inline]
    fn is_front_due(&mut self) -> bool {
        self.claimed_since_front += 1;
        if self.claimed_since_front < MAX_BATCH {
            return false;
        }
        self.claimed_since_front = 0;
        true
    }

    /// Drops the dead from the front of the queue, once its lock is free.
    fn drop_dead_first(&mut self, queue: &Fifo<T>) {
        queue.change(|items| {
            let dead = items.iter().take_while(|item| !item.is_waiting()).count();
            self.take_dead(dead, || items.pop_front());
        });
        self.drop_taken();
    }

    /// The same from the back.
    fn drop_dead_last(&mut self, queue: &Fifo<T>) {
        queue.change(|items| {
            let dead = items.iter().rev().take_while(|item| !item.is_waiting()).count();
            self.take_dead(dead, || items.pop_back());
        });
        self.drop_taken();
    }

    #[inline(always)]
    fn take_dead(&mut self, dead: usize, mut pop: impl FnMut() -> Option<T>) {
        self.moved.reserve(dead);
        self.moved.extend((0..dead).map_while(|_| pop()));
    }

    fn drop_taken(&mut self) {
        self.claimed = self.claimed.saturating_sub(self.moved.len());
        self.moved.clear();
    }
}
