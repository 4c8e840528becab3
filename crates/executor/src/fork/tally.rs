//! The tally of a scope: how many of its children have not ended.
//!
//! Most children of a scope are pushed by its owner and come back to it by its pop. For each of those, a count in
//! the latch would be two atomic read-modify-writes, on a word that thieves change too. So the owner counts them in a
//! number of its own, and tells the latch of those that were stolen when it has nothing else to do.
//!
//! # Protocol
//!
//! The owner's own number is how many children it has pushed on its deque, without those that came back and have
//! ended. The word of the latch, as far as it is settled, counts the children that others have pushed.
//!
//! 1. *tally-push*: the owner adds a child to its own number, before *fork-push*. A green thread that is not the
//!    owner counts the child in the latch instead ([`Latch::add_child`]).
//! 2. *tally-back*: the owner has run a child that its pop gave back. It takes it off its own number.
//! 3. A child that was stolen, or that is not from the owner's deque, ends at the latch (*latch-take* to *latch-wake*).
//!    If the owner has pushed it, the latch has not counted it yet: then its word wraps, and is less than nothing.
//! 4. *tally-settle*: the owner finds its deque empty. Its own number goes to the latch, and is zero from then on.
//!
//! The owner looks at the latch, and waits for it, only while its own number is zero.
//!
//! *When the own number is zero, the word is exact.* Each child in the owner's deque comes out by the owner's pop or
//! by a thief. So once the deque is empty, the own number is how many were stolen, ended or not: *tally-settle* makes
//! the word the number of children that have not ended. If the own number has come to zero without that, none was
//! stolen.
//!
//! *Nobody takes the word for the last child's before that.* The last child is one that sees the bit of
//! *latch-waiting*, which the owner sets after *tally-settle*.
//!
//! *No end is lost:* *tally-settle* is one read-modify-write (`tally-settle-cas`), as *latch-end* is.
//!
//! *The owner sees what its children did.* Those that came back ran on its own thread. For the others,
//! *tally-settle* continues the release sequence of their *latch-end*, and *latch-look* comes after it.

use greenstd::atomic::{AtomicUsize, Ordering};

use super::deque::Mark;
use super::latch::Latch;

pub(crate) struct Tally {
    latch: Latch,
    /// Read and written by the owner alone.
    own: AtomicUsize,
    /// The owner's deque; [`Mark::NONE`] where nothing is forked.
    owner: Mark,
}

impl Tally {
    #[inline]
    pub(super) fn new(owner: Mark) -> Self {
        Tally { latch: Latch::new(0), own: AtomicUsize::new(0), owner }
    }

    /// Of nobody's deque, for models.
    #[cfg(all(test, green_loom))]
    pub(crate) fn unowned() -> Self {
        Tally::new(Mark::NONE)
    }

    /// Counts a child which is about to be pushed on this deque, by the green thread that has the deque.
    #[inline]
    pub(super) fn add_child(&self, deque: Mark) {
        if self.owner == deque {
            self.add_own(); // tally-push
        } else {
            self.latch.add_child();
        }
    }

    /// A child has ended that was popped from this deque, by the green thread that has the deque.
    ///
    /// # Safety
    /// The tally is there. The child was counted, and has not ended before. After the call the tally may be gone,
    /// unless the caller is the owner.
    #[inline]
    pub(super) unsafe fn child_is_back(tally: *const Tally, deque: Mark) {
        let latch = {
            // SAFETY: it is there, since the child has not ended. The reference ends before latch-end.
            let tally = unsafe { &*tally };
            if tally.owner == deque {
                // The caller is the owner, in whose frame it is.
                return tally.own_ended(); // tally-back
            }
            tally.latch()
        };
        // SAFETY: as our caller promises.
        unsafe { Latch::child_ended(latch) };
    }

    #[inline]
    pub(crate) fn add_own(&self) {
        self.own.store(self.own.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    #[inline]
    fn own_ended(&self) {
        self.own.store(self.own.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
    }

    /// Whether all children have ended. For the owner.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.own.load(Ordering::Relaxed) == 0 && self.latch.is_open()
    }

    /// The owner has found its deque empty (*tally-settle*). The latch that all other children end at.
    pub(crate) fn settle(&self) -> &Latch {
        let stolen = self.own.load(Ordering::Relaxed);
        if stolen > 0 {
            self.own.store(0, Ordering::Relaxed);
            self.latch.settle(stolen);
        }
        &self.latch
    }

    /// The latch, for children that run elsewhere.
    pub(crate) fn latch(&self) -> *const Latch {
        &raw const self.latch
    }
}
