//! The threads that wait for room, or for the queue to fall quiet.
//!
//! # Protocol: a waiter against the event that it waits for
//!
//! A waiter (W1) enters its waker in the list and counts itself, (W2) fences, and (W3) looks whether what it waits
//! for has come already. If not, it sleeps. A thread that brings the event about (E1) does so, (E2) fences, and (E3)
//! reads the count. If some thread waits, it takes wakers from the list and wakes them.
//!
//! *No wake-up is lost:* the two fences are totally ordered. If E2 comes first, W3 sees the event. If W2 comes first,
//! E3 sees the waiter. (Named steps: `waiters-wait-fence`, `waiters-event-fence`. W3 is the caller's:
//! `quiet-recheck`, and the `room-recheck` of a submitter.)
//!
//! *E2 cannot be left out:* imagine a flag *some thread may wait for room*. The first limit sets it, and until then it
//! is read in place of E2 and E3. That would lose a wake-up. An end would be stored and the flag read, without a fence
//! in between. So a waiter that sets the flag, enters and looks may miss the end, while the end misses the flag. To
//! set the flag earlier does not help, as long as the queue is in use by then. So it is said when the queue is made
//! whether E2 and E3 are done, and that never changes. No thread that knows the queue can see it otherwise.
//!
//! A waker that was taken is used up. So a waiter that is woken for nothing enters it again.

use std::collections::VecDeque;
use std::task::Waker;

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::step;
use greenstd::sync::Mutex;

#[derive(Debug, Default)]
pub(crate) struct Waiters {
    waiting: AtomicUsize,
    list: Mutex<VecDeque<Waker>>,
}

impl Waiters {
    /// W1 and W2: after this, the caller looks once more before it sleeps.
    pub(crate) fn enter(&self, waker: Waker) {
        {
            // W1, and after the lock W2.
            let mut list = self.list.lock();
            list.push_back(waker);
            self.waiting.store(list.len(), Ordering::Relaxed);
        }
        step::WAITERS_WAIT_FENCE.fence();
    }

    /// W1 and W2 for a waiter that was woken for nothing. If its waker was used up, it gets the first place.
    pub(crate) fn enter_again(&self, waker: &Waker) {
        {
            // W1, and after the lock W2.
            let mut list = self.list.lock();
            if !list.iter().any(|entered| entered.will_wake(waker)) {
                list.push_front(waker.clone());
                self.waiting.store(list.len(), Ordering::Relaxed);
            }
        }
        step::WAITERS_WAIT_FENCE.fence();
    }

    /// Takes back a waker that is no longer needed. `false` if it has been used up.
    pub(crate) fn leave(&self, waker: &Waker) -> bool {
        let mut list = self.list.lock();
        let Some(place) = list.iter().position(|entered| entered.will_wake(waker)) else {
            return false;
        };
        list.remove(place);
        self.waiting.store(list.len(), Ordering::Relaxed);
        true
    }

    /// E2 and E3, for an event that serves one waiter.
    #[inline]
    pub(crate) fn wake_one(&self) {
        step::WAITERS_EVENT_FENCE.fence(); // E2
        // E3. The count spares the lock where no thread waits.
        if self.waiting.load(Ordering::Relaxed) > 0 {
            let first = {
                let mut list = self.list.lock();
                let first = list.pop_front();
                self.waiting.store(list.len(), Ordering::Relaxed);
                first
            };
            // Woken without the lock: a waker is foreign code.
            if let Some(waker) = first {
                waker.wake();
            }
        }
    }

    /// E2: fences, and says whether any thread waits.
    #[inline]
    pub(crate) fn any_after_event(&self) -> bool {
        step::WAITERS_EVENT_FENCE.fence();
        // The first half of E3. A waiter that this misses has its W2 after E2, and sees the event.
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// E3, for an event that serves all.
    pub(crate) fn wake_all(&self) {
        let all = {
            let mut list = self.list.lock();
            self.waiting.store(0, Ordering::Relaxed);
            std::mem::take(&mut *list)
        };
        // Without the lock: a waker is foreign code.
        all.into_iter().for_each(Waker::wake);
    }
}
