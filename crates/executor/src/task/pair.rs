//! The pair of references that a task is made with: one is for the backlog, one for the future.
//!
//! Most tasks never have another. So the two count as one in the task (`job.rs`), and the state word notes which of
//! them are gone. There the end can note it in passing: a worker publishes the result and gives its reference up by
//! one operation.
//!
//! A task may lie in the backlog more than once (`placing.rs`). Each further entry comes with a counted reference.
//! Entries are alike: the first that is given up sets the flag, and each further one takes its count off.
//!
//! # Invariants
//!
//! 1. A flag is set once, by a read-modify-write, and never cleared. It is set by whoever gives that reference up.
//! 2. As long as one of the two flags is not set, the pair counts as one in `References`. Whoever sets the second
//!    flag, or would set it, has the counted reference of the pair to give up, and nobody else has.
//!
//! # Protocol: which thread gives the pair up
//!
//! (P1) Whoever gives its reference up reads the word. If the future finds the backlog's flag, the pair is its own.
//! If an entry finds the future's flag, and a count of 1, the task is its own.
//!
//! (P2) If not, it sets its flag. If the other one was set before, the pair is its own. An entry that finds its own
//! flag has a counted reference, and gives that up.
//!
//! (P3) The one that has the pair gives up one counted reference, by R1 to R3. An entry that has found the task its own
//! in P1 has taken R1 with that, and goes on with R3.
//!
//! *The pair is given up once:* both flags are in one word, so one thread sets the second, and sees the first
//! (`task-leave-rmw`). In P1 the thread would be the second, and no other is left that could write.
//!
//! *An entry with a count of 1 is the only reference.* All that the future made of its own was counted before it set
//! its flag. A further entry is counted. So if the count is 1, it is that of the pair, to which only this entry
//! belongs, or that of this entry. Nobody is left that could make another.
//!
//! *What comes after sees what came before:* P2 releases, and P1 and P2 acquire. (Named steps: `task-leave-release`,
//! `task-leave-acquire`.)
//!
//! # In passing
//!
//! A worker that has claimed the task by its entry publishes the end by a compare-and-swap that also sets the entry's
//! flag. It succeeds if no flag is set: so nobody waits, nothing is to be called back, and the future is there. The
//! worker then has nothing left to do for the task, and touches nothing of it. If it fails, the worker publishes as
//! others do, and its entry goes by P1 to P3. (Named step: `task-publish-leave-cas`.)
//!
//! A future that claims its own task does the same with its own flag. It takes the result before that, as the claimer.

use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::ptr::NonNull;

use super::core::Core;
use super::job::Job;
use super::state::Side;

/// The reference of an entry in the backlog.
pub(crate) struct QueueRef(ManuallyDrop<Job>);

/// The future's reference.
pub(crate) struct FutureRef(ManuallyDrop<Job>);

/// Both references of a new task.
///
/// # Safety
/// As [`Job::uncounted`] says, and the count of the task is that of a new one.
pub(super) unsafe fn pair(task: NonNull<Core>) -> (QueueRef, FutureRef) {
    // SAFETY: as our caller promises. The two count as one (invariant 2).
    let part = || ManuallyDrop::new(unsafe { Job::uncounted(task) });
    (QueueRef(part()), FutureRef(part()))
}

impl QueueRef {
    /// Another entry for a task that has one already, or had.
    pub(crate) fn another(job: Job) -> Self {
        QueueRef(ManuallyDrop::new(job))
    }

    /// The end was published, and this reference given up, by one operation.
    #[inline(always)]
    pub(super) fn has_left(self) {
        mem::forget(self);
    }
}

impl FutureRef {
    /// The future is dropped. If the job has not ended, whoever ends it drops the result.
    #[inline]
    pub(crate) fn detach(self) {
        match self.core().state.detach() {
            None => self.drop_result(),
            Some(before) => {
                let mut job = ManuallyDrop::new(self);
                if before.has_left(Side::Queue) {
                    // SAFETY: the pair is ours (P2), and not used any more.
                    unsafe { ManuallyDrop::drop(&mut job.0) };
                }
            }
        }
    }
}

impl Drop for QueueRef {
    #[inline]
    fn drop(&mut self) {
        let core = self.core();
        // P1
        if core.state.load_to_leave().has_left(Side::Future) && core.references().is_one() {
            // SAFETY: it is the only reference, and not used any more.
            return unsafe { self.0.free() };
        }
        // P2
        if core.state.leave(Side::Queue).has_left_any() {
            // SAFETY: the pair is ours, or a counted reference. It is not used any more.
            unsafe { ManuallyDrop::drop(&mut self.0) };
        }
    }
}

impl Drop for FutureRef {
    #[inline]
    fn drop(&mut self) {
        let state = &self.core().state;
        // P1, P2
        if state.load_to_leave().has_left(Side::Queue)
            || state.leave(Side::Future).has_left(Side::Queue)
        {
            // SAFETY: the pair is ours, and not used any more.
            unsafe { ManuallyDrop::drop(&mut self.0) };
        }
    }
}

impl Deref for QueueRef {
    type Target = Job;

    #[inline(always)]
    fn deref(&self) -> &Job {
        &self.0
    }
}

impl Deref for FutureRef {
    type Target = Job;

    #[inline(always)]
    fn deref(&self) -> &Job {
        &self.0
    }
}

impl fmt::Debug for QueueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core().fmt(f)
    }
}
