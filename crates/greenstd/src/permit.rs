//! The one-permit state machine under every park of an OS thread: a plain one's, and a carrier's sleep.
//! (Green threads have a permit in two halves, see `greenctx/src/permit.rs`.)
//!
//! # Protocol
//!
//! A [`Permit`] belongs to one *owner*, who parks; anybody may *grant* it.
//!
//! | state | meaning | left by |
//! | --- | --- | --- |
//! | `EMPTY` | the owner runs, no permit | the owner, to `PARKED`; a granter, to `NOTIFIED` |
//! | `NOTIFIED` | a permit waits, or has just ended a park | the owner alone, to `EMPTY` |
//! | `PARKED` | the owner sleeps, or is about to | a granter, to `NOTIFIED`; the owner's timer, to `EMPTY` |
//!
//! 1. The owner parks by a compare-and-swap `EMPTY → PARKED`. If that fails there is a permit: the
//!    owner takes it and does not sleep.
//! 2. A granter swaps `NOTIFIED` in. Only the one who swaps `PARKED` out makes the owner runnable,
//!    so the owner is made runnable exactly once a park; every other grant melts into one permit.
//! 3. A timed park ends by the compare-and-swap `PARKED → EMPTY` on the owner's own thread. If that
//!    fails, a granter has been there and the owner is (or will be) runnable already.
//! 4. A resumed owner swaps `EMPTY` in and learns whether a permit came: woken, or timed out.
//!
//! *No wake-up is lost:* all steps are read-modify-writes of one word, so they are totally ordered.
//! A grant ordered before step 1 makes step 1 fail; one ordered after it sees `PARKED`. (Named
//! steps: `permit-announce-cas` for step 1, `permit-grant-swap` for step 2, `permit-retract-cas` for
//! step 3.)
//!
//! *What the granter wrote is seen:* the granter's swap is a release, and whoever takes the permit
//! does so by an acquire. Granters in between continue the release sequence, being swaps. The other
//! way round, a granter who finds the owner parked sees what the owner wrote before it parked (how
//! it is to be woken, say): step 1 is a release and the grant an acquire too. (Named steps:
//! `permit-grant-release`, `permit-take-acquire`, `permit-park-release`, `permit-grant-acquire`.)

use crate::atomic::{AtomicU8, Ordering};
use crate::step;

const EMPTY: u8 = 0;
const NOTIFIED: u8 = 1;
const PARKED: u8 = 2;

/// One permit of one parking owner; see the [module](self) for the protocol.
#[derive(Debug)]
pub struct Permit {
    state: AtomicU8,
}

/// What [`Permit::begin_park`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Begin {
    /// A permit was there and is used up: do not sleep.
    Taken,
    /// The owner is announced as parked: sleep until made runnable.
    Sleep,
}

impl Default for Permit {
    fn default() -> Self {
        Permit { state: AtomicU8::new(EMPTY) }
    }
}

impl Permit {
    /// A permit not yet granted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Owner: takes a waiting permit, or announces the park (step 1).
    #[inline]
    pub fn begin_park(&self) -> Begin {
        // Step 1.
        let release = step::PERMIT_PARK_RELEASE.ordering(Ordering::Release);
        let announced = step::PERMIT_ANNOUNCE_CAS.compare_exchange(
            &self.state,
            EMPTY,
            PARKED,
            release,
            Ordering::Relaxed,
        );
        if announced.is_ok() {
            return Begin::Sleep;
        }
        // A swap, not a store: it reads the latest grant, and so acquires from it.
        self.state.swap(EMPTY, take_ordering());
        Begin::Taken
    }

    /// Owner: ends a park and takes the permit that ended it; `false` if none came (step 4).
    #[inline]
    pub fn end_park(&self) -> bool {
        // Step 4.
        self.state.swap(EMPTY, take_ordering()) == NOTIFIED
    }

    /// Anybody: grants the permit; `true` if the caller must now make the owner runnable (step 2).
    #[inline]
    #[must_use]
    pub fn grant(&self) -> bool {
        // Step 2.
        let order = step::acq_rel(step::PERMIT_GRANT_ACQUIRE, step::PERMIT_GRANT_RELEASE);
        step::PERMIT_GRANT_SWAP.swap(&self.state, NOTIFIED, order) == PARKED
    }

    /// The owner's timer: takes the announcement back; `true` if no grant came first (step 3).
    #[inline]
    #[must_use]
    pub fn retract(&self) -> bool {
        // Step 3. It orders nothing: a retracted park has nothing to see.
        let order = Ordering::Relaxed;
        step::PERMIT_RETRACT_CAS.compare_exchange(&self.state, PARKED, EMPTY, order, order).is_ok()
    }

    /// Anybody: whether the owner is announced as parked, as far as the caller can know.
    #[inline]
    pub fn is_parked(&self) -> bool {
        self.state.load(Ordering::Relaxed) == PARKED
    }

    /// Owner: whether a grant has arrived since [`begin_park`](Self::begin_park). Takes nothing.
    #[inline]
    pub fn is_granted(&self) -> bool {
        self.state.load(Ordering::Relaxed) == NOTIFIED
    }
}

#[inline(always)]
fn take_ordering() -> Ordering {
    step::PERMIT_TAKE_ACQUIRE.ordering(Ordering::Acquire)
}
