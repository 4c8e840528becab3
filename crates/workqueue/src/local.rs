//! A carrier's side of the queue.

use std::fmt;
use std::task::Waker;

use greenstd::sync::Arc;

use crate::Item;
use crate::backlog::{MAX_BATCH, Scratch};
use crate::idle::Mood;
use crate::queue::{Queue, Shared};

/// What one carrier does with the queue: take items, keep count of them, hold worker slots, sleep.
///
/// There is one for each carrier, made with the [`Queue`] and used by one thread at a time.
pub struct Local<T: Item> {
    shared: Arc<Shared<T>>,
    carrier: usize,
    scratch: Scratch<T>,
    mood: Mood,
}

/// What [`Local::retire_worker`] decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Retirement {
    /// The slot is given back.
    Retired,
    /// An item came in the last moment: the worker has its slot again, and goes on.
    GoOn,
}

impl<T: Item> Local<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>, carrier: usize) -> Self {
        Local { shared, carrier, scratch: Scratch::default(), mood: Mood::default() }
    }

    /// The carrier's number, from 0.
    pub fn index(&self) -> usize {
        self.carrier
    }

    /// The queue that it belongs to.
    pub fn queue(&self) -> Queue<T> {
        Queue::from_shared(self.shared.clone())
    }

    /// Says how this carrier is woken from its sleep. Once, before the first sleep; the waker must
    /// remember a wake that comes before the carrier sleeps.
    pub fn set_waker(&self, waker: Waker) {
        self.shared.idle.set_waker(self.carrier, waker);
    }

    /// The next item: the carrier's own first, then a batch of those submitted from outside, then
    /// half of what a sibling has; now and then it looks first what the others have, so that nothing
    /// starves. With `max_workers` of 1, all items wait in one line, and start strictly in the order of
    /// their submission.
    pub fn take(&mut self) -> Option<T> {
        let batch = if self.shared.slots.is_in_line() { 1 } else { MAX_BATCH };
        let item = self.shared.backlog.take(self.carrier, batch, &mut self.scratch);
        if self.scratch.take_moved_more() && !greenstd::weaken::skip("idle-moved-more") {
            // What was on its way was in no queue: a carrier that went to sleep has not seen it.
            self.shared.work_added();
        }
        item
    }

    /// Counts an item of this carrier as started: taken, or claimed where it was.
    #[inline]
    pub fn count_started(&self) {
        self.shared.tally.start(self.carrier);
        self.shared.room_may_have_grown();
    }

    /// Counts a started item of this carrier as ended: there is room for another.
    #[inline]
    pub fn count_ended(&self) {
        self.shared.tally.end(self.carrier);
        self.shared.room_may_have_grown();
    }

    /// To be called after the item of that [key](Item::key) was claimed where it was (instead of taken)
    /// and has run: drops what is left of it, so that the dead do not pile up in the queue.
    pub fn bury_claimed(&mut self, key: usize) {
        let in_line = self.shared.slots.is_in_line();
        self.shared.backlog.bury_claimed(self.carrier, in_line, key, &mut self.scratch);
    }

    // Worker slots.

    /// Takes a worker slot, if one is free; or beyond the maximum, if every live worker waits for what
    /// only a worker can bring about.
    pub fn start_worker(&self) -> bool {
        self.shared.slots.try_take()
    }

    /// Gives a worker slot back because there was nothing to take; the queue may change that.
    pub fn retire_worker(&self) -> Retirement {
        self.shared.slots.give_back();
        let overlooked = !self.shared.backlog.is_empty();
        if overlooked && !greenstd::weaken::skip("retire-recheck") && self.shared.slots.try_take() {
            return Retirement::GoOn;
        }
        self.shared.check_room_in_vain();
        self.shared.check_quiet();
        Retirement::Retired
    }

    /// Gives a worker slot back although there may be items, to let others have the carrier.
    pub fn step_down(&self) {
        self.shared.slots.give_back();
        self.shared.check_room_in_vain();
        self.shared.work_added();
        self.shared.check_quiet();
    }

    /// Gives a worker slot back that could not be used, for want of what a worker needs. Wakes nobody:
    /// the next carrier would fare no better.
    pub fn forgo_worker(&self) {
        self.shared.slots.give_back();
        self.shared.check_room_in_vain();
    }

    /// Whether a worker that has just run an item is one too many: others that waited for an item of
    /// the queue go on, or the maximum has been lowered. It then [steps down](Self::step_down).
    #[inline]
    pub fn is_crowded(&self) -> bool {
        self.shared.slots.are_crowded()
    }

    // Sleeping. The carrier's loop is: look for work; `search_over`; if there was none,
    // `announce_sleep`; if that says so, sleep; `stir`.

    /// The carrier has run out of items and is going to look for more a few times before it sleeps:
    /// nobody else need be woken meanwhile. [`search_over`](Self::search_over) follows.
    pub fn start_search(&mut self) {
        self.shared.idle.start_search(&mut self.mood);
    }

    /// The carrier has looked for work once, found some or not. If it was woken to look, this lets
    /// the next one be woken.
    pub fn search_over(&mut self) {
        let shared = &self.shared;
        shared.idle.work_found(&mut self.mood, || shared.is_work_waiting());
    }

    /// Announces the carrier's sleep, then looks into every queue once more: `true` if it may sleep.
    /// In either case [`stir`](Self::stir) follows.
    #[must_use]
    pub fn announce_sleep(&mut self) -> bool {
        self.shared.idle.announce_sleep(self.carrier, &mut self.mood);
        greenstd::weaken::skip("idle-recheck") || !self.shared.is_work_waiting()
    }

    /// The carrier goes on after [`announce_sleep`](Self::announce_sleep).
    pub fn stir(&mut self) {
        self.shared.idle.stir(self.carrier, &mut self.mood);
    }
}

impl<T: Item> fmt::Debug for Local<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local")
            .field("carrier", &self.carrier)
            .field("mood", &self.mood)
            .finish_non_exhaustive()
    }
}
