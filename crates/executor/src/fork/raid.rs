//! Raids: a worker takes children from one deque, one after the other.
//!
//! The parts of a scope are often short. To look through the shelves for each, and to enter each with its job, would
//! take longer than they do. So a thief that has run a part of a scope goes on with the next child in the same
//! deque. It takes them one by one: what it has not started, the owner may still have back.
//!
//! If that is a part of the same scope, the thief does for both what it can do once: it notes where they run
//! (*fork-place*), enters them with their job (`away.rs`), and takes them off the latch at the end.
//!
//! *The owner learns in time.* The latch opens when the last child has ended. The thief takes its children off
//! before it does anything but run another child of the same scope. As long as it does that, the latch could not
//! open anyway.
//!
//! *The scope is there meanwhile,* since its latch cannot open before the thief has taken its children off.
//!
//! *Others come to their turn.* A raid ends when the worker would have to look around between two jobs: when its
//! shift is over, when other green threads want the carrier, or when a slot is wanted back.

use std::cell::Cell;

use greenstd::sync::Arc;

use super::entry::Entry;
use super::shelf::Shared;
use super::side::Side;
use crate::task::Place;

/// A worker that has stolen a child, and what it may go on with.
pub(super) struct Raid<'a> {
    side: &'a Side,
    /// Where the worker is.
    pub(super) place: Place,
    /// The deque that the child was stolen from.
    from: &'a Arc<Shared>,
    /// How many more it may steal.
    more: Cell<u32>,
    /// One that was stolen and is to be run by itself.
    apart: Cell<Option<Entry>>,
}

impl<'a> Raid<'a> {
    pub(super) fn new(side: &'a Side, place: Place, from: &'a Arc<Shared>, more: u32) -> Self {
        Raid { side, place, from, more: Cell::new(more), apart: Cell::new(None) }
    }

    /// Runs `first`, and what it leads to: what it leaves in the worker's own deque, and others of its scope. Returns
    /// how many more the raid might have stolen.
    pub(super) fn run(self, first: Entry) -> u32 {
        let mut next = Some(first);
        while let Some(entry) = next {
            entry.run_away(&self);
            next = self.apart.take().or_else(|| self.side.pop_left(self.place));
        }
        self.more.get()
    }

    /// After a part of a scope has ended: the child that the worker goes on with. First what the part has left in the
    /// worker's own deque.
    pub(super) fn next(&self) -> Option<Entry> {
        self.side.pop_left(self.place).or_else(|| self.steal())
    }

    /// Has a child run by itself once the present one has ended.
    pub(super) fn put_apart(&self, entry: Entry) {
        self.apart.set(Some(entry));
    }

    fn steal(&self) -> Option<Entry> {
        let more = self.more.get();
        if more == 0 || greenctx::is_anybody_waiting() || self.side.queue.is_over_capacity() {
            return None;
        }
        let entry = self.from.steal()?;
        self.more.set(more - 1);
        self.side.tell_of_more(self.from);
        Some(entry)
    }
}
