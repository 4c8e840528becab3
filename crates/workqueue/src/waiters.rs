//! Those who wait for room, or for the queue to fall quiet.
//!
//! # Protocol: a waiter against the event it waits for
//!
//! A waiter (W1) enters its waker in the list and counts itself, (W2) fences, (W3) looks whether what
//! it waits for has come already, and sleeps if not. Whoever brings it about (E1) does so, (E2)
//! fences, (E3) reads the count, and if somebody waits, takes wakers from the list and wakes them.
//!
//! *No wake-up is lost:* the two fences are totally ordered. If E2 comes first, W3 sees the event. If
//! W2 comes first, E3 sees the waiter. (Named steps: `waiters-wait-fence`, `waiters-event-fence`; W3
//! is the caller's: `quiet-recheck`, and `room-recheck` of who submits.)
//!
//! *Nothing excuses from E2:* a flag *somebody may wait for room*, set with the first limit and read in
//! place of E2 and E3 until then, would lose a wake-up. An end would be stored and the flag read without
//! a fence in between, so a waiter that sets the flag, enters and looks may miss the end, while the end
//! misses the flag. To set the flag early does not help either, as long as it is set while the queue is
//! in use. So whether E2 and E3 are done is said when the queue is made, and never changes: no thread
//! that knows the queue can see it otherwise.
//!
//! A waker that was taken is used up, so a waiter that is woken for nothing enters it again.

use std::collections::VecDeque;
use std::task::Waker;

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::Mutex;
use greenstd::weaken;

#[derive(Debug, Default)]
pub(crate) struct Waiters {
    waiting: AtomicUsize,
    list: Mutex<VecDeque<Waker>>,
}

impl Waiters {
    /// W1 and W2: after this, the caller looks once more before it sleeps.
    pub(crate) fn enter(&self, waker: Waker) {
        {
            let mut list = self.list.lock();
            list.push_back(waker);
            self.waiting.store(list.len(), Ordering::Relaxed);
        }
        weaken::fence("waiters-wait-fence");
    }

    /// W1 and W2 for one who was woken for nothing: in the first place, if its waker was used up.
    pub(crate) fn enter_again(&self, waker: &Waker) {
        {
            let mut list = self.list.lock();
            if !list.iter().any(|entered| entered.will_wake(waker)) {
                list.push_front(waker.clone());
                self.waiting.store(list.len(), Ordering::Relaxed);
            }
        }
        weaken::fence("waiters-wait-fence");
    }

    /// Takes a waker back that is no longer needed; `false` if somebody has used it up.
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
        weaken::fence("waiters-event-fence");
        if self.waiting.load(Ordering::Relaxed) > 0 {
            let first = {
                let mut list = self.list.lock();
                let first = list.pop_front();
                self.waiting.store(list.len(), Ordering::Relaxed);
                first
            };
            if let Some(waker) = first {
                waker.wake();
            }
        }
    }

    /// E2: fences, and says whether anybody waits.
    #[inline]
    pub(crate) fn any_after_event(&self) -> bool {
        weaken::fence("waiters-event-fence");
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// E3, for an event that serves all.
    pub(crate) fn wake_all(&self) {
        let all = {
            let mut list = self.list.lock();
            self.waiting.store(0, Ordering::Relaxed);
            std::mem::take(&mut *list)
        };
        all.into_iter().for_each(Waker::wake);
    }
}
