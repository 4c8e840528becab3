//! The permit of a green thread, in two halves: one for its siblings, one for everybody else.
//!
//! What a plain OS thread has in one word (`greenstd::permit`) is split here, so that green threads of
//! one carrier park and wake each other without an atomic operation. The permit is there if either half
//! has it; the two do not add up.
//!
//! # The local half
//!
//! It is kept by the carrier, by slot ([`LocalPermits`]), and touched by the carrier's own OS thread
//! alone: by the owner, its siblings, and the scheduler.
//!
//! | state | meaning | left by |
//! | --- | --- | --- |
//! | `Empty` | the owner runs or is ready, no permit | the owner, to `Parked`; a grant, to `Notified` |
//! | `Notified` | a permit waits, or has just ended a park | the owner alone, to `Empty` |
//! | `Parked` | the owner has switched away, or is about to | a grant, to `Notified`; its timer, to `Empty` |
//!
//! Whoever takes `Parked` away makes the owner ready; so it is made ready exactly once a park. A slot is
//! used again after its thread has ended. Hence a grant says whom it means, and one that means another
//! than the slot's occupant does nothing.
//!
//! # The remote half
//!
//! A word in the thread's handle ([`RemotePermit`]), and a *look*: a message to the carrier's inbox that
//! names the slot. The word says whether there is a permit; the message says only that the carrier is to
//! read the word.
//!
//! | state | meaning | left by |
//! | --- | --- | --- |
//! | `IDLE` | no permit from elsewhere, nor a look under way | a granter, to `GRANTED` |
//! | `GRANTED` | a permit from elsewhere; a look is under way | the owner, to `TAKEN`; a look, to `IDLE` |
//! | `TAKEN` | the owner has taken it; a look is under way | a granter, to `GRANTED`; a look, to `IDLE` |
//!
//! A granter on any other OS thread: (R1) swaps `GRANTED` in; (R2) if that swapped `IDLE` out, sends the
//! message, which wakes the carrier if it sleeps (S1 to S3 of `carrier/shared.rs`).
//!
//! The carrier, on the message: (L1) swaps `IDLE` in, and if that swapped `GRANTED` out, grants the local
//! half. If the thread has not had its first resume there is nothing to reach its word by, and the message
//! is dropped; instead (L2) every thread looks once itself, as L1 does, when it first runs.
//!
//! The owner, before it parks and when it has been resumed: (O1) if the word reads `GRANTED`, swaps
//! `TAKEN` in and has the permit.
//!
//! *A word that is not `IDLE` has a look before it,* from L2 on: a look that is yet to be done, or a
//! message yet to be sent by a granter that is between R1 and R2. For `IDLE` is left by R1 alone, which
//! sends one, and a look leaves `IDLE` behind. Before L2 a message may have been dropped; L2 comes after
//! it on the same OS thread, so it sees what that message's granter swapped in, or what came later, and
//! leaves `IDLE` too. (Named step: `permit-remote-start`, L2.)
//!
//! *No wake-up is lost.* R1, L1 and O1 are read-modify-writes of one word, so they are totally ordered.
//! After an R1 the word is `GRANTED`, and only L1, L2 and O1 make it anything else: each of them gives the
//! permit to the owner. If none of them has come, one will, by the above. (Named steps:
//! `permit-remote-swap`, without which R1 may rely on a look that has just been done;
//! `permit-remote-look` and `permit-remote-take`, without which L1 and O1 may overwrite a grant.)
//!
//! *What the granter wrote is seen:* R1 is a release, L1, L2 and O1 acquire, and granters in between
//! continue the release sequence, being swaps. (Named steps: `permit-remote-release`,
//! `permit-remote-acquire`.) O1 first reads the word without ordering. If it misses a grant that is not
//! yet ordered before it, the look is still to come.
//!
//! *A look that meets another than it was sent for* (the slot has been used again) does that one no harm:
//! it gives it a permit that it was granted, a little early, or makes a later granter send one message
//! more.
//!
//! *The inbox stays short:* while a look is under way to a thread, no second one is sent, however often
//! it is granted its permit, and takes it, in between.

use std::cell::RefCell;

use greenstd::atomic::{AtomicU8, Ordering};
use greenstd::permit::Begin;
use greenstd::weaken;

const IDLE: u8 = 0;
const GRANTED: u8 = 1;
const TAKEN: u8 = 2;

/// The local halves of the permits of one carrier's green threads; see the [module](self).
#[derive(Debug, Default)]
pub(crate) struct LocalPermits {
    slots: RefCell<Vec<Place>>,
}

/// The local half in one slot.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The id of the thread in the slot; 0 if there is none.
    occupant: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Empty,
    Notified,
    Parked,
}

/// The remote half of one green thread's permit; see the [module](self).
#[derive(Debug, Default)]
pub(crate) struct RemotePermit {
    word: AtomicU8,
}

impl LocalPermits {
    /// A thread is born in `slot`, without a permit.
    pub(crate) fn occupy(&self, slot: u32, id: u64) {
        let mut slots = self.slots.borrow_mut();
        let index = slot as usize;
        if index >= slots.len() {
            slots.resize(index + 1, Place::VACANT);
        }
        slots[index] = Place { occupant: id, state: State::Empty };
    }

    /// The thread in `slot` has ended.
    pub(crate) fn vacate(&self, slot: u32) {
        self.slots.borrow_mut()[slot as usize] = Place::VACANT;
    }

    /// Owner, as it first runs: looks at the remote half (L2).
    #[inline]
    pub(crate) fn start(&self, slot: u32, remote: &RemotePermit) {
        if !weaken::skip("permit-remote-start") && remote.look() {
            self.slots.borrow_mut()[slot as usize].state = State::Notified;
        }
    }

    /// Owner: takes what is there of either half, or announces the park.
    #[inline]
    pub(crate) fn begin_park(&self, slot: u32, remote: &RemotePermit) -> Begin {
        let state = &mut self.slots.borrow_mut()[slot as usize].state;
        if remote.take() | (*state == State::Notified) {
            *state = State::Empty;
            return Begin::Taken;
        }
        *state = State::Parked;
        Begin::Sleep
    }

    /// Owner, resumed: takes what has come of either half; `false` if nothing has.
    #[inline]
    pub(crate) fn end_park(&self, slot: u32, remote: &RemotePermit) -> bool {
        let state = &mut self.slots.borrow_mut()[slot as usize].state;
        let granted = *state == State::Notified;
        *state = State::Empty;
        remote.take() | granted
    }

    /// Grants the local half of the thread `id` if it is in `slot`; `true` if the caller must now make
    /// it ready.
    #[inline]
    #[must_use]
    pub(crate) fn grant(&self, slot: u32, id: u64) -> bool {
        match self.slots.borrow_mut().get_mut(slot as usize) {
            Some(place) => place.occupant == id && place.grant(),
            None => false,
        }
    }

    /// As [`grant`](Self::grant), whichever thread is in `slot`, if any.
    #[must_use]
    pub(crate) fn grant_occupant(&self, slot: u32) -> bool {
        match self.slots.borrow_mut().get_mut(slot as usize) {
            Some(place) => place.occupant != 0 && place.grant(),
            None => false,
        }
    }

    /// The owner's timer: takes the announcement back; `true` if no grant came first.
    #[must_use]
    pub(crate) fn retract(&self, slot: u32) -> bool {
        let state = &mut self.slots.borrow_mut()[slot as usize].state;
        let parked = *state == State::Parked;
        if parked {
            *state = State::Empty;
        }
        parked
    }
}

impl Place {
    const VACANT: Place = Place { occupant: 0, state: State::Empty };

    #[inline]
    fn grant(&mut self) -> bool {
        std::mem::replace(&mut self.state, State::Notified) == State::Parked
    }
}

impl RemotePermit {
    /// Anybody on another OS thread: grants (R1); `true` if the caller must now send the message (R2).
    #[inline]
    #[must_use]
    pub(crate) fn grant(&self) -> bool {
        let release = weaken::ordering("permit-remote-release", Ordering::Release);
        if weaken::skip("permit-remote-swap") {
            let before = self.word.load(Ordering::Relaxed);
            self.word.store(GRANTED, release);
            return before == IDLE;
        }
        self.word.swap(GRANTED, release) == IDLE
    }

    /// Carrier: does what a message asks for (L1); whether there was a permit, now to be granted locally.
    #[inline]
    #[must_use]
    pub(crate) fn look(&self) -> bool {
        let before = self.word.load(Ordering::Relaxed);
        if before == IDLE {
            return false;
        }
        if weaken::skip("permit-remote-look") {
            self.word.store(IDLE, Ordering::Relaxed);
            return before == GRANTED;
        }
        self.word.swap(IDLE, take_ordering()) == GRANTED
    }

    /// Owner: takes the permit if it is there (O1).
    #[inline]
    fn take(&self) -> bool {
        if self.word.load(Ordering::Relaxed) != GRANTED {
            return false;
        }
        if weaken::skip("permit-remote-take") {
            self.word.store(TAKEN, Ordering::Relaxed);
        } else {
            // A swap, not a store: it reads the latest grant, and so acquires from it.
            self.word.swap(TAKEN, take_ordering());
        }
        true
    }
}

#[inline(always)]
fn take_ordering() -> Ordering {
    weaken::ordering("permit-remote-acquire", Ordering::Acquire)
}
