//! Parts of a job that run away from their parent, on the green thread of a thief.
//!
//! They are entered with the job while they run, so that a canceller wakes them, whatever the parent does
//! (*hear-enter* of `task/hearers.rs`). *fork-wake* of the parent comes on top of that. It is for parents that are no
//! jobs.
//!
//! Several parts that run one after the other are entered once. Each plays its own role: its green-locals are its
//! own.

use std::any::Any;
use std::cell::Cell;
use std::ptr;

use greenctx::Origin;

use crate::task::{Core, Place};

/// A green thread that runs parts as if by the thread that an origin is of.
pub(super) struct Away<'a> {
    origin: &'a Origin,
    place: Place,
    /// Whether a part was interrupted.
    was_interrupted: Cell<bool>,
}

impl<'a> Away<'a> {
    /// # Safety
    /// As for [`Origin::assume`], until this has been dropped.
    pub(super) unsafe fn begin(origin: &'a Origin, place: Place) -> Self {
        let away = Away { origin, place, was_interrupted: Cell::new(false) };
        away.with_job(|job| job.enter_part(place));
        away
    }

    /// Runs a part.
    pub(super) fn run<R>(&self, part: impl FnOnce() -> R) -> R {
        let part = || {
            let _noted = Noted(&self.was_interrupted);
            part()
        };
        // SAFETY: as the caller of `begin` has promised.
        unsafe { self.origin.assume(part) }
    }

    /// Whether it is that of this origin, and not of another one that is the same.
    pub(super) fn is_of(&self, origin: &Origin) -> bool {
        ptr::eq(self.origin, origin)
    }

    /// Looks at the job, if it is one that can be cancelled.
    fn with_job(&self, look: impl FnOnce(&Core)) {
        let look = || {
            greenctx::with_identity(|present| {
                let present: Option<&dyn Any> = present.map(|present| present as _);
                if let Some(job) = present.and_then(|present| present.downcast_ref::<Core>()) {
                    look(job);
                }
            });
        };
        // SAFETY: as the caller of `begin` has promised.
        unsafe { self.origin.assume(look) }
    }
}

impl Drop for Away<'_> {
    fn drop(&mut self) {
        let was_interrupted = self.was_interrupted.get();
        self.with_job(|job| job.leave_part(self.place, was_interrupted));
    }
}

/// Notes at the end of a part, in its role, whether it was interrupted.
struct Noted<'a>(&'a Cell<bool>);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        if greenctx::has_been_interrupted() {
            self.0.set(true);
        }
    }
}
