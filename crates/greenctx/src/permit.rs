//! The permit of a green thread, in two halves: one for its siblings, one for all other threads.
//!
//! A plain OS thread has its permit in one word (`greenstd::permit`). Here it is split, so that green threads
//! of one carrier park and wake each other without an atomic operation. The permit is there if either half
//! has it. The two do not add up.
//!
//! # The local half
//!
//! The carrier keeps it, by seat ([`LocalPermits`]). The carrier's own OS thread alone touches it: the owner,
//! its siblings, and the scheduler.
//!
//! | state | meaning | left by |
//! | --- | --- | --- |
//! | `Empty` | the owner runs or is ready, no permit | the owner, to `Parked`; a grant, to `Notified` |
//! | `Notified` | a permit waits, or has just ended a park | the owner alone, to `Empty` |
//! | `Parked` | the owner has switched away, or is about to | a grant, to `Notified`; its timer, to `Empty` |
//!
//! Whoever takes `Parked` away makes the owner ready. So it is made ready exactly once a park. A seat is used
//! again after its thread has ended. So a grant names the thread that it is for; it does nothing if another
//! one has the seat.
//!
//! # The remote half
//!
//! It is a word in the thread's handle ([`RemotePermit`]), and a *look*: a message to the carrier's inbox that
//! names the seat. The word says whether there is a permit. The message says only that the carrier is to read
//! the word.
//!
//! | state | meaning | left by |
//! | --- | --- | --- |
//! | `IDLE` | no permit from elsewhere, and no look under way | a granter, to `GRANTED` |
//! | `GRANTED` | a permit from elsewhere; a look is under way | the owner, to `TAKEN`; a look, to `IDLE` |
//! | `TAKEN` | the owner has taken it; a look is under way | a granter, to `GRANTED`; a look, to `IDLE` |
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *remote-grant* | a granter on another OS thread | swaps `GRANTED` in |
//! | *remote-send* | the same, if it swapped `IDLE` out | sends the message, which wakes the carrier if it sleeps (`carrier/shared.rs`) |
//! | *remote-look* | the carrier, on the message | swaps `IDLE` in, and grants the local half if that swapped `GRANTED` out |
//! | *remote-start* | the owner, when it first runs | does what *remote-look* does |
//! | *remote-take* | the owner, before it parks and when it has been resumed | swaps `TAKEN` in if the word reads `GRANTED`, and has the permit |
//!
//! Before its first resume the carrier cannot reach a thread's word, so it drops a message for it. That is
//! what *remote-start* is for.
//!
//! *A word that is not `IDLE` has a look before it,* from *remote-start* on. The look is yet to be done, or a
//! granter between *remote-grant* and *remote-send* is yet to send the message. For `IDLE` is left by
//! *remote-grant* alone, after which a message is sent; and a look leaves `IDLE` behind. A message may have
//! been dropped before *remote-start*. But that step comes after it on the same OS thread. So it sees what the
//! message's granter swapped in, or what came later, and leaves `IDLE` too. (Named step:
//! `permit-remote-start`.)
//!
//! *No wake-up is lost.* *remote-grant*, *remote-look* and *remote-take* are read-modify-writes of one word, so
//! they are totally ordered. After a *remote-grant* the word is `GRANTED`. Only *remote-look*, *remote-start*
//! and *remote-take* make it anything else, and each of them gives the permit to the owner. If none of them
//! has come, one will, by the above. (Named steps: without `permit-remote-swap`, *remote-grant* may rely on a
//! look that has just been done; without `permit-remote-look` and `permit-remote-take`, these two may
//! overwrite a grant.)
//!
//! *What the granter wrote is seen.* *remote-grant* is a release; *remote-look*, *remote-start* and
//! *remote-take* acquire. Granters in between continue the release sequence, being swaps. (Named steps:
//! `permit-remote-release`, `permit-remote-acquire`.) *remote-take* first reads the word without ordering. If
//! it misses a grant that is not yet ordered before it, the look is still to come.
//!
//! *A look may meet another thread than it was sent for,* if the seat has been used again. It does that one no
//! harm. It gives it a permit that it was granted, a little early, or makes a later granter send one message
//! more.
//!
//! *The inbox stays short.* While a look is under way to a thread, no second one is sent, however often
//! the thread is granted its permit and takes it meanwhile.

use std::cell::RefCell;

use greenstd::atomic::{AtomicU8, Ordering};
use greenstd::permit::Begin;
use greenstd::step;

use crate::trace::Stop;

const IDLE: u8 = 0;
const GRANTED: u8 = 1;
const TAKEN: u8 = 2;

/// The local halves of the permits of one carrier's green threads; see the [module](self).
#[derive(Debug, Default)]
pub(crate) struct LocalPermits {
    seats: RefCell<Vec<Place>>,
}

/// The local half in one seat.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The id of the thread in the seat; 0 if there is none.
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
    /// A thread is born in `seat`, without a permit.
    pub(crate) fn occupy(&self, seat: u32, id: u64) {
        let mut seats = self.seats.borrow_mut();
        let index = seat as usize;
        if index >= seats.len() {
            seats.resize(index + 1, Place::VACANT);
        }
        seats[index] = Place { occupant: id, state: State::Empty };
    }

    /// The thread in `seat` has ended.
    pub(crate) fn vacate(&self, seat: u32) {
        self.seats.borrow_mut()[seat as usize] = Place::VACANT;
    }

    /// Owner, when it first runs: looks at the remote half.
    #[inline]
    pub(crate) fn start(&self, seat: u32, remote: &RemotePermit) {
        // remote-start
        if step::PERMIT_REMOTE_START.holds(|| remote.look()) {
            self.seats.borrow_mut()[seat as usize].state = State::Notified;
        }
    }

    /// Owner: takes the permit if either half has it, or announces the park.
    #[inline]
    pub(crate) fn begin_park(&self, seat: u32, remote: &RemotePermit) -> Begin {
        let state = &mut self.seats.borrow_mut()[seat as usize].state;
        if remote.take() | (*state == State::Notified) {
            *state = State::Empty;
            return Begin::Taken;
        }
        *state = State::Parked;
        Begin::Sleep
    }

    /// Owner, resumed: takes the permit that has come by either half. `false` if none has.
    #[inline]
    pub(crate) fn end_park(&self, seat: u32, remote: &RemotePermit) -> bool {
        let state = &mut self.seats.borrow_mut()[seat as usize].state;
        let granted = *state == State::Notified;
        *state = State::Empty;
        remote.take() | granted
    }

    /// Scheduler: whether the thread in `seat` waits for its permit, as far as the local half knows.
    pub(crate) fn is_parked(&self, seat: u32) -> bool {
        self.seats.borrow()[seat as usize].state == State::Parked
    }

    /// Grants the local half of the thread `id` if it is in `seat`. `true` if the caller must now make it ready.
    #[inline]
    #[must_use]
    pub(crate) fn grant(&self, seat: u32, id: u64) -> bool {
        match self.seats.borrow_mut().get_mut(seat as usize) {
            Some(place) => place.occupant == id && place.grant(),
            None => false,
        }
    }

    /// As [`grant`](Self::grant), whichever thread is in `seat`, if any.
    #[must_use]
    pub(crate) fn grant_occupant(&self, seat: u32) -> bool {
        match self.seats.borrow_mut().get_mut(seat as usize) {
            Some(place) => place.occupant != 0 && place.grant(),
            None => false,
        }
    }

    /// The id of the thread in `seat`; 0 if there is none.
    pub(crate) fn occupant(&self, seat: u32) -> u64 {
        self.seats.borrow().get(seat as usize).map_or(0, |place| place.occupant)
    }

    /// Why the thread in `seat`, which ran last, has stopped.
    pub(crate) fn stop_of(&self, seat: u32) -> Stop {
        match self.seats.borrow().get(seat as usize) {
            Some(Place { occupant: 0, .. }) | None => Stop::Ended,
            Some(Place { state: State::Parked, .. }) => Stop::Parked,
            Some(_) => Stop::Yielded,
        }
    }

    /// The owner's timer: takes the announcement back. `true` if no grant came first.
    #[must_use]
    pub(crate) fn retract(&self, seat: u32) -> bool {
        let state = &mut self.seats.borrow_mut()[seat as usize].state;
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
        // Whoever takes `Parked` away makes the owner ready.
        std::mem::replace(&mut self.state, State::Notified) == State::Parked
    }
}

impl RemotePermit {
    /// Any other OS thread: grants. `true` if the caller must now send the message (*remote-send*).
    #[inline]
    #[must_use]
    pub(crate) fn grant(&self) -> bool {
        // remote-grant
        let release = step::PERMIT_REMOTE_RELEASE.ordering(Ordering::Release);
        step::PERMIT_REMOTE_SWAP.swap(&self.word, GRANTED, release) == IDLE
    }

    /// Carrier: does what a message asks for. `true` if there was a permit, which is now to be granted locally.
    #[inline]
    #[must_use]
    pub(crate) fn look(&self) -> bool {
        if self.word.load(Ordering::Relaxed) == IDLE {
            return false;
        }
        // remote-look
        step::PERMIT_REMOTE_LOOK.swap(&self.word, IDLE, take_ordering()) == GRANTED
    }

    /// Owner: takes the permit if it is there.
    #[inline]
    fn take(&self) -> bool {
        if self.word.load(Ordering::Relaxed) != GRANTED {
            return false;
        }
        // remote-take: a swap, not a store, as it reads the latest grant and so acquires from it.
        step::PERMIT_REMOTE_TAKE.swap(&self.word, TAKEN, take_ordering());
        true
    }
}

#[inline(always)]
fn take_ordering() -> Ordering {
    step::PERMIT_REMOTE_ACQUIRE.ordering(Ordering::Acquire)
}
