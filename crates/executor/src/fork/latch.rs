//! The latch: how a parent learns that its children have ended.
//!
//! # Protocol
//!
//! The word counts the children that have not ended, in steps of two. Its lowest bit says that the owner waits and
//! has left a waker. A scope counts some of its children elsewhere until it waits; see `tally.rs`.
//!
//! The owner, when it has nothing else to do:
//!
//! 1. *latch-waker*: it writes its waker into the cell.
//! 2. *latch-waiting*: it sets the bit. If all children have ended before, it takes the waker back.
//! 3. *latch-look*: it looks at the count. If it is zero, the owner goes on, and may free the latch at once. If
//!    not, it parks, and looks again.
//!
//! A child that has ended:
//!
//! 4. *latch-result*: its result is written.
//! 5. *latch-take*: if it is the last and the bit is set, it takes the waker out of the cell.
//! 6. *latch-end*: it takes itself off the count. This is its last touch of the latch, and of all that the owner
//!    has lent.
//! 7. *latch-wake*: it wakes the owner by the waker that it has taken.
//!
//! A thief may run several children of one owner before it takes the first of them off (`raid.rs`). Then *latch-take*
//! and *latch-end* are those of all together, and it is the last if no other child is left.
//!
//! *latch-take* and *latch-end* are one step to all others. If the child is not the last, or the bit is not set, a
//! compare-and-swap takes it off, so the word is still as *latch-take* saw it. If it is the last and the bit is
//! set, nobody else changes the word: the owner adds no child while it waits, and the other children have ended.
//!
//! *The owner is woken:* the last child finds the bit, and wakes it after *latch-end*. Or its compare-and-swap
//! comes before *latch-waiting*; then *latch-look* sees zero.
//!
//! *The latch is not touched late:* the owner frees it after *latch-look* has seen zero, and *latch-end* comes last.
//!
//! *The owner sees what its children did:* *latch-end* is a release, and *latch-look* an acquire. The last child
//! passes on what those before it did, since it reads their *latch-end* with an acquire, or its *latch-end*
//! continues their release sequence.
//!
//! Named steps: `latch-last-touch` for *latch-take* before *latch-end*, `latch-end-cas` for the compare-and-swap,
//! `latch-end-release` for *latch-end*, `latch-look-acquire` for *latch-look*, `latch-waiting-release` for
//! *latch-waiting*, and `latch-take-acquire` for *latch-take*.
//!
//! # Invariants
//!
//! 1. The cell is the owner's until *latch-waiting*. If children are left then, it is that of the last child from
//!    then on, until its *latch-end*. Then it is the owner's again, which sees that by *latch-look*.
//! 2. The cell holds a waker from *latch-waker* until *latch-take*, or until the owner takes it back. At all other
//!    times nothing is in it, so a latch that nobody waits for has nothing to drop.
//! 3. Each child is taken off once, by [`Latch::child_ended`] or, with others, by [`Latch::children_ended`]. Whoever
//!    does that touches nothing of the owner's after that.

use std::mem::MaybeUninit;
use std::task::Waker;

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::cell::UnsafeCell;
use greenstd::step;

pub(crate) struct Latch {
    word: AtomicUsize,
    waker: UnsafeCell<MaybeUninit<Waker>>,
}

const WAITING: usize = 1;
const CHILD: usize = 2;

// SAFETY: the cell is handed from one user to the next by the word (invariant 1), and a `Waker` is `Send`.
unsafe impl Sync for Latch {}

impl Latch {
    /// For so many children.
    #[inline]
    pub(crate) fn new(children: usize) -> Self {
        Latch {
            word: AtomicUsize::new(children * CHILD),
            waker: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Counts one more child. The caller is the owner, which does not wait, or a child.
    #[inline]
    pub(crate) fn add_child(&self) {
        self.word.fetch_add(CHILD, Ordering::Relaxed);
    }

    /// Counts children more that have begun, and may have ended (*tally-settle*). The caller is the owner, which does
    /// not wait.
    pub(super) fn settle(&self, children: usize) {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            // It may have been taken off before it is counted: the word wraps.
            let settled = word.wrapping_add(children * CHILD);
            let (success, failure) = (Ordering::Relaxed, Ordering::Relaxed);
            match step::TALLY_SETTLE_CAS
                .compare_exchange(&self.word, word, settled, success, failure)
            {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    /// Whether all children have ended (*latch-look*).
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        let acquire = step::LATCH_LOOK_ACQUIRE.ordering(Ordering::Acquire);
        self.word.load(acquire) < CHILD
    }

    /// The owner is about to wait, once (*latch-waker* and *latch-waiting*).
    pub(crate) fn leave_waker(&self, waker: Waker) {
        // SAFETY: before latch-waiting the cell is the owner's (invariant 1), and the owner is our caller.
        self.waker.with_mut(|cell| unsafe {
            (*cell).write(waker);
        }); // latch-waker
        let release = step::LATCH_WAITING_RELEASE.ordering(Ordering::Release);
        let before = self.word.fetch_or(WAITING, release); // latch-waiting
        if before < CHILD {
            // SAFETY: no child is left, so the cell is the owner's still (invariant 1), and it holds the waker (invariant 2).
            drop(unsafe { self.take_waker() });
        }
    }

    /// *latch-take* to *latch-wake*.
    ///
    /// # Safety
    /// The latch is there. The caller is one of its children, which has not called this before. After the call the
    /// latch may be gone.
    #[inline]
    pub(crate) unsafe fn child_ended(latch: *const Latch) {
        // SAFETY: as our caller promises.
        unsafe { Self::children_ended(latch, 1) }
    }

    /// *latch-take* to *latch-wake*, of so many children.
    ///
    /// # Safety
    /// The latch is there. The caller has run so many of its children, for none of which this was called before. After
    /// the call the latch may be gone.
    #[inline]
    pub(crate) unsafe fn children_ended(latch: *const Latch, children: usize) {
        // SAFETY: it is there until latch-end, which is the last use of the reference: see the promise of our caller.
        let latch = unsafe { &*latch };
        let children = children * CHILD;
        let mut word = latch.word.load(take_acquire());
        loop {
            if word == children | WAITING {
                // SAFETY: the caller has the last children, and the bit is set (invariant 1).
                return unsafe { latch.last_child_ended() };
            }
            // latch-end: the word is as latch-take saw it.
            let (release, acquire) = (end_release(), take_acquire());
            match step::LATCH_END_CAS.compare_exchange(
                &latch.word,
                word,
                word.wrapping_sub(children),
                release,
                acquire,
            ) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    /// # Safety
    /// As for `child_ended`. The caller is the last child, and has seen the bit.
    #[cold]
    unsafe fn last_child_ended(&self) {
        let (waker, ()) = step::LATCH_LAST_TOUCH.in_order(
            // latch-take. SAFETY: the cell is the last child's (invariant 1), and holds a waker (invariant 2).
            || unsafe { self.take_waker() },
            // latch-end
            || self.word.store(WAITING, end_release()),
        );
        waker.wake(); // latch-wake
    }

    /// # Safety
    /// The cell is the caller's, and holds a waker. Nobody takes it again.
    unsafe fn take_waker(&self) -> Waker {
        // SAFETY: as our caller promises.
        self.waker.with_mut(|cell| unsafe { cell.cast::<Waker>().read() })
    }
}

/// Shows loom that the owner frees the cell.
#[cfg(green_loom)]
impl Drop for Latch {
    fn drop(&mut self) {
        self.waker.with_mut(|_| ());
    }
}

#[inline(always)]
fn end_release() -> Ordering {
    step::LATCH_END_RELEASE.ordering(Ordering::Release)
}

#[inline(always)]
fn take_acquire() -> Ordering {
    step::LATCH_TAKE_ACQUIRE.ordering(Ordering::Acquire)
}
