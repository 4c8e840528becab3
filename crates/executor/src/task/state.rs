//! The state word of a task.
//!
//! ```text
//!   63          32 31        16  15  14 13     8  7   6   5   4   3 2   0
//!  ┌──────────────┬────────────┬───┬───┬────────┬───┬───┬───┬───┬─┬─────┐
//!  │ seat         │ carrier    │ I │ Q │ ending │ H │ F │ C │ B │W│phase│
//!  └──────────────┴────────────┴───┴───┴────────┴───┴───┴───┴───┴─┴─────┘
//! ```
//!
//! | phase | meaning | left by |
//! | --- | --- | --- |
//! | `QUEUED` | waits; the closure is there | whoever claims it, by compare-and-swap |
//! | `RUNNING` | claimed by a worker; `carrier` and `seat` say where it runs | that worker, to `ENDED` |
//! | `ENDING` | claimed by a canceller or abandoner, `ending` says which | the claimer, to `ENDED` |
//! | `ENDED` | the result is there, `ending` says of what kind | nobody |
//! | `DELAYED` | waits for its time; the closure is there | the timekeeper, to `QUEUED`; a canceller or abandoner, to `ENDING` |
//!
//! A task begins as `QUEUED` or as `DELAYED`.
//!
//! | flag | meaning | set by |
//! | --- | --- | --- |
//! | `W` waiters | somebody is entered in the list of waiters | whoever enters, after entering |
//! | `B` callbacks | the list holds a callback | whoever adds one, after adding |
//! | `C` cancel | the running job has been asked to stop | a canceller |
//! | `F` future | the future's reference is gone; if that was before the end, nobody will take the result | the drop of the future |
//! | `H` hearers | somebody is entered who hears of its cancelling (`hearers.rs`) | whoever enters, after entering |
//! | `Q` queue | the backlog's reference is gone (`pair.rs`) | whoever gives that up |
//! | `I` interrupted | a part that ran elsewhere was interrupted, as the job is cancelled | the thread that ran the part |
//!
//! `F` and `Q` stay to the last. The others go with the end.
//!
//! No bit operation on the word happens outside this file.

use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::step::{self, acq_rel};

const PHASE: u64 = 0b111;
const QUEUED: u64 = 0;
const RUNNING: u64 = 1;
const ENDING: u64 = 2;
const ENDED: u64 = 3;
const DELAYED: u64 = 4;
const WAITERS: u64 = 1 << 3;
const CALLBACKS: u64 = 1 << 4;
const CANCEL: u64 = 1 << 5;
const FUTURE_LEFT: u64 = 1 << 6;
const HEARERS: u64 = 1 << 7;
const QUEUE_LEFT: u64 = 1 << 14;
const PART_INTERRUPTED: u64 = 1 << 15;
const ENDING_MASK: u64 = 0x3f;
const ENDING_SHIFT: u32 = 8;
const CARRIER_SHIFT: u32 = 16;
const SEAT_SHIFT: u32 = 32;

/// How a task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Ending {
    Succeeded = 0,
    Failed = 1,
    Panicked = 2,
    Cancelled = 3,
    Abandoned = 4,
    TimedOut = 5,
}

/// Where a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) carrier: u16,
    pub(crate) seat: u32,
}

/// One of the two references that a task is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Side {
    Future = FUTURE_LEFT,
    Queue = QUEUE_LEFT,
}

/// The word, shared.
#[derive(Debug)]
pub(crate) struct State(AtomicU64);

/// The word, as it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot(u64);

impl State {
    pub(crate) fn queued() -> Self {
        State(AtomicU64::new(QUEUED))
    }

    pub(crate) fn delayed() -> Self {
        State(AtomicU64::new(DELAYED))
    }

    #[inline]
    pub(crate) fn load(&self) -> Snapshot {
        Snapshot(self.0.load(step::TASK_READ_ACQUIRE.ordering(Ordering::Acquire)))
    }

    /// Claims a queued task for running at `place`: the caller owns the closure now.
    #[inline]
    pub(crate) fn claim_to_run(&self, place: Place) -> bool {
        let place = u64::from(place.seat) << SEAT_SHIFT | u64::from(place.carrier) << CARRIER_SHIFT;
        self.claim(RUNNING | place)
    }

    /// Claims a queued task for ending it so, unrun: the caller owns the closure now.
    pub(crate) fn claim_to_end(&self, ending: Ending) -> bool {
        self.claim(ENDING | (ending as u64) << ENDING_SHIFT)
    }

    /// Claims a task that waits for its time for ending it so, unrun: the caller owns the closure now.
    pub(crate) fn claim_delayed_to_end(&self, ending: Ending) -> bool {
        let claimed = ENDING | (ending as u64) << ENDING_SHIFT;
        self.leave_delayed(claimed, Ordering::Relaxed)
    }

    /// The time of a delayed task has come, and from here on it is like any other; `false` if it was claimed before.
    pub(crate) fn become_due(&self) -> bool {
        // Release: what its admission has written in it.
        self.leave_delayed(QUEUED, Ordering::Release)
    }

    fn leave_delayed(&self, to: u64, success: Ordering) -> bool {
        let mut word = self.0.load(Ordering::Relaxed);
        while word & PHASE == DELAYED {
            // Step `task-due-cas`: of the timekeeper and those that end it, one wins.
            let (new, order) = (word & !PHASE | to, Ordering::Relaxed);
            match step::TASK_DUE_CAS.compare_exchange(&self.0, word, new, success, order) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    fn claim(&self, claimed: u64) -> bool {
        let mut word = self.0.load(Ordering::Relaxed);
        while word & PHASE == QUEUED {
            // Relaxed: whoever has the task has it from its creator, after the closure was written.
            // Step `task-claim-cas`: of all that try, one wins.
            let (new, order) = (word | claimed, Ordering::Relaxed);
            match step::TASK_CLAIM_CAS.compare_exchange(&self.0, word, new, order, order) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// The claimer: publishes the result that it has stored. Returns the flags that were set before.
    #[inline]
    pub(crate) fn publish(&self, ending: Ending) -> Snapshot {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let ended = ended(ending) | word & (FUTURE_LEFT | QUEUE_LEFT);
            // Step 4 (`task-publish-release`). A compare-and-swap, so that no flag that was set before is missed.
            // Release: the result, and the statistics that count it. The entries of waiters have a lock.
            let release = step::TASK_PUBLISH_RELEASE.ordering(Ordering::Release);
            match self.0.compare_exchange(word, ended, release, Ordering::Relaxed) {
                Ok(before) => return Snapshot(before),
                Err(now) => word = now,
            }
        }
    }

    /// As [`publish`](Self::publish), and gives the reference of `side` up; unless a flag was `seen` that leaves the
    /// claimer with something to do, or one was set since. Then it does nothing, and returns `false`.
    #[inline]
    pub(super) fn publish_and_leave(&self, seen: Snapshot, ending: Ending, side: Side) -> bool {
        if !seen.lets_leave() {
            return false;
        }
        let Snapshot(word) = seen;
        let (ended, relaxed) = (ended(ending) | side as u64, Ordering::Relaxed);
        // Step 4 and `task-publish-leave-cas`. Release: as above, and all else that was done with the task.
        let release = step::TASK_PUBLISH_RELEASE.ordering(Ordering::Release);
        step::TASK_PUBLISH_LEAVE_CAS
            .compare_exchange(&self.0, word, ended, release, relaxed)
            .is_ok()
    }

    /// P1 of `pair.rs`: what a reference of the pair sees that is to be given up.
    #[inline]
    pub(super) fn load_to_leave(&self) -> Snapshot {
        Snapshot(self.0.load(step::TASK_LEAVE_ACQUIRE.ordering(Ordering::Acquire)))
    }

    /// P2 of `pair.rs`: the reference of `side` is given up. Returns the word before.
    #[inline]
    pub(super) fn leave(&self, side: Side) -> Snapshot {
        let order = acq_rel(step::TASK_LEAVE_ACQUIRE, step::TASK_LEAVE_RELEASE);
        Snapshot(step::TASK_LEAVE_RMW.set_bits(&self.0, side as u64, order))
    }

    /// Somebody has entered the list of waiters. Returns the word before: if it says *ended*, the
    /// thread that ended the task may not have seen the entry.
    pub(crate) fn announce_waiter(&self) -> Snapshot {
        Snapshot(self.0.fetch_or(WAITERS, announce_ordering()))
    }

    /// As [`announce_waiter`](Self::announce_waiter), for a callback.
    pub(crate) fn announce_callback(&self) -> Snapshot {
        Snapshot(self.0.fetch_or(WAITERS | CALLBACKS, announce_ordering()))
    }

    pub(crate) fn request_cancel(&self) -> Snapshot {
        Snapshot(self.0.fetch_or(CANCEL, Ordering::AcqRel))
    }

    /// Somebody is entered who hears of the cancelling. Returns the word before: if it says that the job has been
    /// asked to stop, the canceller may not have seen the entry.
    pub(crate) fn announce_hearer(&self) -> Snapshot {
        Snapshot(self.0.fetch_or(HEARERS, Ordering::AcqRel))
    }

    /// A part of the running job, on another green thread, was interrupted.
    pub(crate) fn note_part_interrupted(&self) {
        // Relaxed: the job goes on after its latch, which orders this before.
        self.0.fetch_or(PART_INTERRUPTED, Ordering::Relaxed);
    }

    /// The future is dropped. If the task has not ended, its reference is given up, and the thread that ends the task
    /// drops the result: returns the word before. If it has ended, the caller drops the result: `None`.
    pub(super) fn detach(&self) -> Option<Snapshot> {
        // Acquire (`task-detach-acquire`): the caller may drop a result that another thread has written.
        let acquire = step::TASK_DETACH_ACQUIRE.ordering(Ordering::Acquire);
        let mut word = self.0.load(acquire);
        while word & PHASE != ENDED {
            // P2 of `pair.rs`.
            let order = acq_rel(step::TASK_LEAVE_ACQUIRE, step::TASK_LEAVE_RELEASE);
            match self.0.compare_exchange(word, word | FUTURE_LEFT, order, acquire) {
                Ok(before) => return Some(Snapshot(before)),
                Err(now) => word = now,
            }
        }
        None
    }
}

/// The word of a task that has ended so.
#[inline(always)]
fn ended(ending: Ending) -> u64 {
    ENDED | (ending as u64) << ENDING_SHIFT
}

/// Acquire: a waiter that announces itself too late goes on to the result at once.
#[inline(always)]
fn announce_ordering() -> Ordering {
    step::TASK_ANNOUNCE_ACQUIRE.ordering(Ordering::Acquire)
}

impl Snapshot {
    #[inline]
    pub(crate) fn is_queued(self) -> bool {
        self.0 & PHASE == QUEUED
    }

    /// Whether it waits: for its time, or for a worker.
    pub(crate) fn has_not_started(self) -> bool {
        matches!(self.0 & PHASE, QUEUED | DELAYED)
    }

    pub(crate) fn is_delayed(self) -> bool {
        self.0 & PHASE == DELAYED
    }

    pub(crate) fn is_running(self) -> bool {
        self.0 & PHASE == RUNNING
    }

    #[inline]
    pub(crate) fn is_ended(self) -> bool {
        self.0 & PHASE == ENDED
    }

    #[inline]
    pub(crate) fn has_waiters(self) -> bool {
        self.0 & WAITERS != 0
    }

    #[inline]
    pub(crate) fn has_callbacks(self) -> bool {
        self.0 & CALLBACKS != 0
    }

    #[inline]
    pub(crate) fn is_cancel_requested(self) -> bool {
        self.0 & CANCEL != 0
    }

    /// Whether a claimer that publishes may leave with it: no flag is set that leaves it with something to do.
    #[inline]
    pub(super) fn lets_leave(self) -> bool {
        self.0 & (WAITERS | CALLBACKS | FUTURE_LEFT | QUEUE_LEFT) == 0
    }

    /// Before the end: whether nobody will take the result.
    #[inline]
    pub(crate) fn is_detached(self) -> bool {
        self.has_left(Side::Future)
    }

    /// Whether this reference of the pair is gone.
    #[inline]
    pub(super) fn has_left(self, side: Side) -> bool {
        self.0 & side as u64 != 0
    }

    /// Whether one of the pair is gone.
    #[inline]
    pub(super) fn has_left_any(self) -> bool {
        self.0 & (FUTURE_LEFT | QUEUE_LEFT) != 0
    }

    pub(crate) fn has_hearers(self) -> bool {
        self.0 & HEARERS != 0
    }

    pub(crate) fn was_part_interrupted(self) -> bool {
        self.0 & PART_INTERRUPTED != 0
    }

    /// Whether it was cancelled, or somebody is at it.
    pub(crate) fn is_cancelled(self) -> bool {
        let is_ending = matches!(self.0 & PHASE, ENDING | ENDED);
        is_ending && self.0 >> ENDING_SHIFT & ENDING_MASK == Ending::Cancelled as u64
    }

    /// How it ended, if it has.
    pub(crate) fn ending(self) -> Option<Ending> {
        self.is_ended().then_some(match self.0 >> ENDING_SHIFT & ENDING_MASK {
            0 => Ending::Succeeded,
            1 => Ending::Failed,
            2 => Ending::Panicked,
            3 => Ending::Cancelled,
            4 => Ending::Abandoned,
            _ => Ending::TimedOut,
        })
    }

    /// Where it runs, if it does.
    pub(crate) fn place(self) -> Option<Place> {
        self.is_running().then_some(Place {
            carrier: (self.0 >> CARRIER_SHIFT) as u16,
            seat: (self.0 >> SEAT_SHIFT) as u32,
        })
    }
}
