//! A reference to a task: one word, counted in the task itself.
//!
//! Code that need not know what a task computes holds it by this. What depends on the task's types is reached by
//! the [`Methods`] that the core points to, so neither the backlog nor a future carries more than an address.
//!
//! # Invariants
//!
//! 1. A [`Job`] points to the core of a task that `Job::uncounted` was given, with the methods of that very type. The
//!    core is the task's first field, and the pointer is good for the whole task.
//! 2. `refs` is the number of `Job`s for the task, where the pair that it is made with counts as one (`pair.rs`). It
//!    is set before there is any. Only the clone of a `Job` adds to it, and [`Job::of_running`], while the thread that
//!    runs the task has a `Job`. So a thread that has a counted `Job`, or both of the pair, and reads 1, has the only
//!    one, and nobody can make another.
//! 3. The task is dropped and its memory freed by whoever gives up the last `Job`, and by nobody else.
//!
//! # Protocol: which thread frees a task
//!
//! (R1) Whoever gives up a `Job` reads the count. If that is 1, the task is the caller's alone (invariant 2). If not,
//! (R2) the caller takes one off by a read-modify-write. If it took the last one off, the task is the caller's alone
//! as well. (R3) The one that it belongs to frees it.
//!
//! *It is freed once:* by R2 each takes a different number off, and one of them the last. A thread that reads 1 in R1
//! has what would be the last, and does not take it off. Nobody else is left that could. (Named step:
//! `task-drop-count`.)
//!
//! *The freeing comes after all else:* R2 releases what its thread has done with the task. R1 and R2 acquire, so R3
//! sees all of it. (Named steps: `task-drop-release`, `task-drop-acquire`.)
//!
//! R1 spares a read-modify-write in most tasks: they never have more than the pair.

use std::any::TypeId;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::process;
use std::ptr::NonNull;

use greenstd::atomic::{AtomicU32, Ordering};
use greenstd::step::{self, acq_rel};

use super::cell::{Lost, Unloaded};
use super::core::Core;
use super::state::Ending;

/// A counted reference to a task.
pub(crate) struct Job(NonNull<Core>);

/// How many references there are to a task.
#[derive(Debug)]
pub(crate) struct References(AtomicU32);

/// What depends on the types of a task. Each function takes the core of a task of the type whose methods these are,
/// by a pointer that is good for all of it, while there is a [`Job`] for it.
pub(crate) struct Methods {
    /// The types of its result and of its failure.
    pub(super) types: TypeId,
    /// Calls the closure. The result is stored, or moved to where the second pointer points: there lies `None`, of the
    /// [`Taken`](super::cell::Taken) of these types.
    pub(super) call: unsafe fn(NonNull<Core>, Option<NonNull<()>>) -> Ending,
    pub(super) store_unrun: unsafe fn(NonNull<Core>, Lost) -> Ending,
    pub(super) unload_result: unsafe fn(NonNull<Core>) -> Option<Unloaded>,
    pub(super) is_result_foreign: fn(Ending) -> bool,
    pub(super) drop_result: unsafe fn(NonNull<Core>),
    /// Drops the task and frees its memory; the pointer is not good for anything afterwards.
    pub(super) free: unsafe fn(NonNull<Core>),
}

// SAFETY: the core is `Sync`. What else is in the task moves between threads and is not shared (see `cell.rs`), and
// whoever makes a `Job` promises that it may (`Job::uncounted`).
unsafe impl Send for Job {}

// SAFETY: as above.
unsafe impl Sync for Job {}

impl Job {
    /// A reference that is not counted, or is the one that was counted at first.
    ///
    /// # Safety
    /// The pointer and the core's methods are as invariant 1 says. The closure and the result may move to another
    /// thread. The caller sees to it that a `Job` is dropped as often as it was counted.
    pub(super) unsafe fn uncounted(task: NonNull<Core>) -> Job {
        Job(task)
    }

    /// The job whose core was found as an identity that a green thread has assumed.
    ///
    /// # Safety
    /// Whoever runs or ends the job has a `Job` for it, and keeps that until this has returned.
    pub(super) unsafe fn of_running(core: &Core) -> Job {
        core.references().add();
        // A reference to the core is good for the core alone; the address is that of the whole task, which
        // `Task::create` has exposed (invariant 1).
        let address = NonNull::from(core).addr();
        Job(NonNull::with_exposed_provenance(address))
    }

    /// R3: frees the task.
    ///
    /// # Safety
    /// This is the only reference to it, and is neither used nor dropped any more.
    #[inline]
    pub(super) unsafe fn free(&self) {
        let free = self.core().methods().free;
        // SAFETY: the task is our caller's alone, and they are its own methods (invariant 1).
        unsafe { free(self.0) };
    }

    #[inline]
    pub(crate) fn core(&self) -> &Core {
        // SAFETY: the task is there as long as a `Job` is (invariant 3).
        unsafe { self.0.as_ref() }
    }

    /// What tells the task from all others while it lives.
    #[inline]
    pub(crate) fn address(&self) -> usize {
        self.0.addr().get()
    }

    /// By the claimer: calls the closure under the task's identity, and stores the result. Returns how it ended.
    #[inline]
    pub(crate) fn call(&self) -> Ending {
        // SAFETY: they are this task's own methods (invariant 1).
        unsafe { (self.core().methods().call)(self.0, None) }
    }

    /// As [`call`](Self::call), and puts the result where `to` points.
    ///
    /// # Safety
    /// There lies `None`, of the [`Taken`](super::cell::Taken) of the types of the task. It is the caller's to write.
    #[inline(always)]
    pub(super) unsafe fn call_into(&self, to: NonNull<()>) -> Ending {
        // SAFETY: as above, and as our caller promises.
        unsafe { (self.core().methods().call)(self.0, Some(to)) }
    }

    /// By the claimer: drops the closure and stores why it was not called.
    pub(crate) fn store_unrun(&self, why: Lost) -> Ending {
        // SAFETY: as above.
        unsafe { (self.core().methods().store_unrun)(self.0, why) }
    }

    /// By the result's owner, after the end: says where the result lies, to be moved from there at once;
    /// `None` the next time. `types` is that of a pair: of the result's type, and of the failure's.
    #[inline]
    pub(super) fn unload_result(&self, types: TypeId) -> Option<Unloaded> {
        assert!(self.has_types(types), "a future has its task's types");
        // SAFETY: as above.
        unsafe { (self.core().methods().unload_result)(self.0) }
    }

    /// Whether `types` is that of a pair: of the result's type, and of the failure's.
    #[inline]
    pub(super) fn has_types(&self, types: TypeId) -> bool {
        self.core().methods().types == types
    }

    /// Whether dropping the result of a job that has ended so runs foreign code.
    pub(crate) fn is_result_foreign(&self, ending: Ending) -> bool {
        (self.core().methods().is_result_foreign)(ending)
    }

    /// By the result's owner, after the end: drops the result.
    pub(crate) fn drop_result(&self) {
        // SAFETY: as above.
        unsafe { (self.core().methods().drop_result)(self.0) }
    }
}

impl References {
    /// The count of a task that has its pair, and no other.
    #[inline]
    pub(super) fn of_pair() -> Self {
        References(AtomicU32::new(1))
    }

    /// Whether there is one left by count.
    #[inline]
    pub(super) fn is_one(&self) -> bool {
        self.0.load(step::TASK_DROP_ACQUIRE.ordering(Ordering::Acquire)) == 1
    }

    /// One more. Relaxed: whoever has it has it from somebody that had one.
    ///
    /// Memory for so many that the count is full is hardly there. But they may be made and forgotten, so it aborts far
    /// before that.
    #[inline]
    fn add(&self) {
        if self.0.fetch_add(1, Ordering::Relaxed) > u32::MAX / 2 {
            process::abort();
        }
    }

    /// One less; whether the task is now the caller's alone.
    #[inline]
    fn give_up(&self) -> bool {
        // R1. With the only reference, there is nothing to count.
        if self.is_one() {
            return true;
        }
        // R2 (`task-drop-count`).
        let order = acq_rel(step::TASK_DROP_ACQUIRE, step::TASK_DROP_RELEASE);
        step::TASK_DROP_COUNT.take_one_off(&self.0, order) == 1
    }
}

impl Clone for Job {
    #[inline]
    fn clone(&self) -> Self {
        self.core().references().add();
        Job(self.0)
    }
}

impl Drop for Job {
    #[inline]
    fn drop(&mut self) {
        if self.core().references().give_up() {
            // SAFETY: the task is ours alone (invariant 2).
            unsafe { self.free() };
        }
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Job {}

impl Hash for Job {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core().fmt(f)
    }
}
