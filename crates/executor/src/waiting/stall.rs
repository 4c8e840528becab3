//! Workers that wait for their own executor.
//!
//! A worker that waits for tasks of its own executor, or for room in its backlog, keeps its slot.
//! Should every worker come to wait, nobody would take what is in the backlog. So those that wait are
//! counted, and the queue lets another worker start, beyond the maximum, as long as all of them wait.
//! (A worker that waits for one task that has not started needs none of this: it runs it on the spot, or
//! lends its slot, see `claim.rs`.)
//!
//! # Protocol: counting exactly
//!
//! A worker whose task has ended waits no more, even if it has not come to run yet. So whoever ends the task takes
//! the worker off the count, by the waker that it finds. The waiter:
//!
//! * *blocked-enter*: enters its waker and announces it;
//! * *blocked-note*: notes that it looks;
//! * *blocked-look*: looks whether its wait is over;
//! * *blocked-count*: changes *looks* to *counted*, counts itself, and parks. Woken, it goes on at *blocked-note*.
//!
//! The waker, which is called after the end was published:
//!
//! * *blocked-woken*: changes the note to *woken*;
//! * *blocked-take-off*: if the note was *counted*, takes the waiter off.
//!
//! *Nobody is counted whose wait is over.* There are three cases:
//!
//! - *blocked-woken* comes after *blocked-count*. Then *blocked-take-off* takes the waiter off.
//! - It comes between *blocked-note* and *blocked-count*. Then *blocked-count* finds *woken*, and the waiter looks
//!   again.
//! - It comes before *blocked-note*. Then the end was published before, and *blocked-look* sees it.
//!
//! Between the publication and *blocked-take-off*, the count is not complete all the same: the worker that ends the
//! task waits for nothing.
//!
//! Named steps: `blocked-note-first` for *blocked-note* before *blocked-look*, which sees the end by
//! `blocked-woken-release` and `blocked-note-acquire`; `blocked-count-cas`; `blocked-woken-swap`.
//!
//! A thread that cancels the task from outside is no worker. Between the giving back of its room and
//! *blocked-take-off*, the waiter seems to wait still. So another worker, which waits for room by a rejection of the
//! user's own, may be told that it waits in vain. (With a limit there is the room that was given back.)

use std::task::{Wake, Waker};

use greenctx::Thread;
use greenstd::atomic::{AtomicU8, Ordering};
use greenstd::step;
use greenstd::sync::Arc;
use workqueue::Prospect;

use crate::carrier;
use crate::hosts::thread;
use crate::pool::Pool;

/// A worker that waits for tasks of its own executor.
pub(crate) struct Blocked {
    counted: Arc<Counted>,
}

/// While it lives, the calling worker counts as waiting for room in the backlog of its own executor.
pub(crate) struct BlockedOnRoom {
    pool: Arc<Pool>,
    waker: Waker,
    /// Whether room may come.
    pub(crate) prospect: Prospect,
}

/// What the worker and its waker share.
struct Counted {
    thread: Thread,
    pool: Arc<Pool>,
    note: AtomicU8,
}

const LOOKS: u8 = 0;
const COUNTED: u8 = 1;
const WOKEN: u8 = 2;

/// Executor `pool`, if the caller is one of its workers: a green thread, or an OS thread.
fn own_pool(pool: u64) -> Option<Arc<Pool>> {
    match greenctx::here() {
        Some(here) => carrier::worker_here(here, pool).map(|local| local.pool().clone()),
        None => thread::current_pool(pool),
    }
}

impl Blocked {
    /// The caller, if it is a worker of executor `pool`.
    pub(crate) fn if_worker_of(pool: u64) -> Option<Blocked> {
        Some(Self::new(own_pool(pool)?))
    }

    /// The caller, which is a worker of `pool`.
    pub(crate) fn new(pool: Arc<Pool>) -> Blocked {
        let (thread, note) = (greenctx::current(), AtomicU8::new(LOOKS));
        Blocked { counted: Arc::new(Counted { thread, pool, note }) }
    }

    /// What wakes the worker, to be entered with the tasks that it waits for (*blocked-enter*).
    pub(crate) fn waker(&self) -> Waker {
        self.counted.clone().into()
    }

    /// The worker is about to look whether its wait is over (*blocked-note*).
    pub(crate) fn note_look(&self) {
        // blocked-note: acquire, so that *blocked-look* sees an end that was published before *blocked-woken*.
        let acquire = step::BLOCKED_NOTE_ACQUIRE.ordering(Ordering::Acquire);
        // Woken for nothing, it may be counted still.
        let _ = self.counted.note.compare_exchange(WOKEN, LOOKS, acquire, Ordering::Relaxed);
    }

    /// It is not over (*blocked-count*); `false` if the worker has been woken since, and is to look again.
    pub(crate) fn count(&self) -> bool {
        let note = &self.counted.note;
        let order = Ordering::Relaxed;
        // blocked-count: it fails if *blocked-woken* came since *blocked-note*.
        match step::BLOCKED_COUNT_CAS.compare_exchange(note, LOOKS, COUNTED, order, order) {
            Ok(_) => {
                self.counted.begin();
                true
            }
            Err(note) => note == COUNTED,
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        self.counted.take_off();
    }
}

impl Counted {
    fn begin(&self) {
        self.pool.queue().begin_wait_for_item();
        if self.pool.hosts().is_some() {
            // A carrier looks around while its worker waits. An OS thread cannot, so another one is to look.
            self.pool.queue().beside_added();
        }
    }

    /// *blocked-woken* and *blocked-take-off*.
    fn take_off(&self) {
        if self.note_woken() == COUNTED {
            // blocked-take-off
            self.pool.queue().end_wait_for_item();
        }
    }

    fn note_woken(&self) -> u8 {
        // blocked-woken: release, so that whoever finds *woken* sees the end. A swap, so that one *blocked-take-off*
        // follows each *blocked-count*.
        let release = step::BLOCKED_WOKEN_RELEASE.ordering(Ordering::Release);
        step::BLOCKED_WOKEN_SWAP.swap(&self.note, WOKEN, release)
    }
}

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.take_off();
        self.thread.unpark();
    }
}

impl BlockedOnRoom {
    /// The caller, if it is a worker of executor `pool`. It was refused after the queue's turnover had been
    /// `turnover`. Should it turn out later that it waits in vain, `waker` is woken.
    pub(crate) fn if_worker_of(pool: u64, waker: &Waker, turnover: u64) -> Option<BlockedOnRoom> {
        let pool = own_pool(pool)?;
        let prospect = pool.queue().begin_worker_wait_for_room(waker, turnover);
        Some(BlockedOnRoom { pool, waker: waker.clone(), prospect })
    }
}

impl Drop for BlockedOnRoom {
    fn drop(&mut self) {
        self.pool.queue().end_worker_wait_for_room(&self.waker);
    }
}
