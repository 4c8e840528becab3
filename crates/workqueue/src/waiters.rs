//! The threads that wait for room, or for the queue to fall quiet.
//!
//! # Protocol: a waiter against the event that it waits for
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *waiters-enter* | a waiter | enters its waker in the list and counts itself |
//! | *waiters-wait-fence* | the same | fences |
//! | *waiters-recheck* | the same | looks whether what it waits for has come already; if not, it sleeps |
//! | *waiters-event* | a thread that brings the event about | does so |
//! | *waiters-event-fence* | the same | fences |
//! | *waiters-wake* | the same | reads the count; if some thread waits, takes wakers from the list and wakes them |
//!
//! *No wake-up is lost:* the two fences are totally ordered. If *waiters-event-fence* comes first, *waiters-recheck*
//! sees the event. If *waiters-wait-fence* comes first, *waiters-wake* sees the waiter. (Named steps:
//! `waiters-wait-fence`, `waiters-event-fence`. *waiters-recheck* is the caller's: `quiet-recheck`, and the
//! `room-recheck` of a submitter.)
//!
//! *The fence of the event cannot be left out:* imagine a flag *some thread may wait for room*. The first limit sets
//! it, and until then it is read in place of *waiters-event-fence* and *waiters-wake*. That would lose a wake-up. An
//! end would be stored and the flag read, without a fence in between. So a waiter that sets the flag, enters and
//! looks may miss the end, while the end misses the flag. To set the flag earlier does not help, as long as the queue
//! is in use by then. So it is said when the queue is made whether these two steps are taken, and that never changes.
//! No thread that knows the queue can see it otherwise.
//!
//! A waker that was taken is used up. So a waiter that is woken for nothing enters it again.

use std::task::Waker;

use greenstd::step;
use greenstd::waiters::Waiters as List;

#[derive(Debug, Default)]
pub(crate) struct Waiters(List);

impl Waiters {
    /// *waiters-enter* and *waiters-wait-fence*. After this, the caller looks once more before it sleeps.
    pub(crate) fn enter(&self, waker: Waker) {
        self.0.enter(waker);
        step::WAITERS_WAIT_FENCE.fence();
    }

    /// The same two steps for a waiter that was woken for nothing. If its waker was used up, it gets the first place.
    pub(crate) fn enter_again(&self, waker: &Waker) {
        self.0.enter_again(waker);
        step::WAITERS_WAIT_FENCE.fence();
    }

    /// Takes back a waker that is no longer needed. `false` if it has been used up.
    pub(crate) fn leave(&self, waker: &Waker) -> bool {
        self.0.leave(waker)
    }

    /// *waiters-event-fence* and *waiters-wake*, for an event that serves one waiter.
    #[inline]
    pub(crate) fn wake_one(&self) {
        if self.any_after_event() {
            self.0.wake_one();
        }
    }

    /// *waiters-event-fence*; says whether any thread waits.
    #[inline]
    pub(crate) fn any_after_event(&self) -> bool {
        step::WAITERS_EVENT_FENCE.fence();
        // The first half of *waiters-wake*. A waiter that this misses fences after us, and sees the event.
        self.0.is_any_waiting()
    }

    /// *waiters-wake*, for an event that serves all.
    pub(crate) fn wake_all(&self) {
        self.0.wake_all();
    }
}
