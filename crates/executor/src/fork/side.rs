//! A carrier's side of fork-join: the deques of its seats.
//!
//! # Invariants
//!
//! 1. A [`Side`] is a part of its carrier's [`Local`](crate::carrier::Local), and is found by that. So a green thread may
//!    keep the reference that [`here`] lends for as long as it lives.
//! 2. Only the OS thread of the carrier uses its `Side`: it is not `Sync`, and a green thread stays on its OS thread.
//! 3. A deque is a box that is made once and dropped with the `Side`. The list of them may grow meanwhile, which
//!    moves pointers and no deque. No reference to the list outlives a call here, and none of these runs foreign
//!    code.
//! 4. The deque of a seat is used by the green thread in that seat alone. When it ends, all that it has pushed has
//!    been taken out.

use std::cell::UnsafeCell;
use std::ptr;

use greenctx::Seat;
use greenstd::sync::Arc;
use workqueue::Queue;

use super::deque::{Deque, Mark};
use super::entry::{Entry, Header};
use super::raid::Raid;
use super::shelf::Shared;
use crate::carrier;
use crate::pool::{Pool, Queued};
use crate::task::Place;

/// What a carrier keeps for the children that are forked on it.
pub(crate) struct Side {
    pub(super) pool: Arc<Pool>,
    /// That of the pool, at hand.
    pub(super) queue: Queue<Queued>,
    pub(super) carrier: usize,
    /// By seat; null where nobody has forked yet.
    deques: UnsafeCell<Vec<*const Deque>>,
}

/// Where a green thread forks.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    side: &'a Side,
    deque: &'a Deque,
}

/// Where the caller may fork. `None` on a plain OS thread, on a green thread of no executor, and
/// inside `no_park`.
#[inline]
pub(super) fn here<'a>() -> Option<Here<'a>> {
    let side = carrier::local()?.forks();
    let here = greenctx::here().filter(|here| !here.is_parking_forbidden())?;
    Some(Here { side, deque: side.deque(here.seat()) })
}

impl Side {
    pub(crate) fn new(pool: Arc<Pool>, carrier: usize) -> Self {
        let queue = pool.queue().clone();
        Side { pool, queue, carrier, deques: UnsafeCell::default() }
    }

    /// The worker at `place` steals a child and runs it, and others of the same scope: not more than `at_most`. How
    /// many it has stolen.
    pub(crate) fn raid(&self, place: Place, at_most: u32, begin: impl FnOnce()) -> u32 {
        let Some((first, from)) = self.pool.shelves().steal(self.carrier) else { return 0 };
        // Not only in this deque: others may have been off their shelf as well.
        if self.pool.shelves().seems_to_have_some() {
            self.queue.beside_added(); // fork-steal
        }
        begin();
        let more = at_most - 1;
        1 + more - Raid::new(self, place, &from, more).run(first)
    }

    /// A thief has taken one more from this deque. *fork-steal*: those that are left may be for a carrier that has
    /// looked while the deque was off its shelf.
    pub(super) fn tell_of_more(&self, from: &Shared) {
        self.pool.shelves().counts(self.carrier).count_stolen(1);
        if !from.is_empty() {
            self.queue.beside_added();
        }
    }

    /// What the worker at `place` has in its deque, after the child that it has run.
    pub(super) fn pop_left(&self, place: Place) -> Option<Entry> {
        self.existing_deque(place.seat)?.pop()
    }

    #[inline]
    fn deque(&self, seat: Seat) -> &Deque {
        self.existing_deque(seat.as_u32()).unwrap_or_else(|| self.make_deque(seat.as_u32()))
    }

    #[inline]
    fn existing_deque(&self, seat: u32) -> Option<&Deque> {
        // SAFETY: invariants 2 and 3: nobody changes the list meanwhile.
        let deques = unsafe { &*self.deques.get() };
        let deque = *deques.get(seat as usize)?;
        // SAFETY: invariant 3: null, or a box that lives as long as this.
        unsafe { deque.as_ref() }
    }

    #[cold]
    fn make_deque(&self, seat: u32) -> &Deque {
        let deque: *const Deque = Box::into_raw(Box::new(Deque::new(&self.pool, self.carrier)));
        // SAFETY: invariants 2 and 3: nobody else holds a reference to the list.
        let deques = unsafe { &mut *self.deques.get() };
        let seat = seat as usize;
        if seat >= deques.len() {
            deques.resize(seat + 1, ptr::null());
        }
        deques[seat] = deque;
        // SAFETY: it has just been made, and lives as long as this (invariant 3).
        unsafe { &*deque }
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        for deque in self.deques.get_mut().drain(..).filter(|deque| !deque.is_null()) {
            // SAFETY: it came from a box, and is dropped once: here.
            drop(unsafe { Box::from_raw(deque.cast_mut()) });
        }
    }
}

impl<'a> Here<'a> {
    pub(super) fn pool(&self) -> &'a Arc<Pool> {
        &self.side.pool
    }

    /// The deque of the green thread.
    #[inline]
    pub(super) fn mark(&self) -> Mark {
        self.deque.mark()
    }

    /// Offers a child to thieves.
    #[inline]
    pub(super) fn push(&self, entry: Entry) {
        self.deque.push(entry, self.side);
    }

    /// Takes the entry of `child` back. `false` if it was stolen.
    ///
    /// Newer entries are run first: those of children of an outer scope.
    #[inline]
    pub(super) fn claim_back(self, child: *const Header) -> bool {
        match self.deque.pop() {
            Some(entry) if entry.is_of(child) => true,
            Some(newer) => self.run_down_to(newer, child),
            None => false,
        }
    }

    /// The newest of the children that were not stolen.
    #[inline]
    pub(super) fn pop(&self) -> Option<Entry> {
        self.deque.pop()
    }

    #[cold]
    fn run_down_to(self, newer: Entry, child: *const Header) -> bool {
        newer.run_back(self.mark());
        while let Some(entry) = self.deque.pop() {
            if entry.is_of(child) {
                return true;
            }
            entry.run_back(self.mark());
        }
        false
    }
}
