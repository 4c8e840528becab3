//! A part of a job that runs away from its parent, on the green thread of a thief.
//!
//! It is entered with the job while it runs, so that a canceller wakes it, whatever the parent does (*hear-enter* of
//! `task/hearers.rs`). *fork-wake* of the parent comes on top of that. It is for parents that are no jobs.

use std::any::Any;

use greenctx::Origin;

use crate::task::{Core, Place};

/// Runs `part` as if by the thread that `origin` is of.
///
/// # Safety
/// As for [`Origin::assume`].
pub(super) unsafe fn run<R>(origin: &Origin, place: Place, part: impl FnOnce() -> R) -> R {
    let part = || {
        let _entered = Entered::at(place);
        part()
    };
    // SAFETY: as our caller promises.
    unsafe { origin.assume(part) }
}

/// The part is entered with its job.
struct Entered {
    place: Place,
}

impl Entered {
    fn at(place: Place) -> Self {
        with_job(|job| job.enter_part(place));
        Entered { place }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let was_interrupted = greenctx::has_been_interrupted();
        with_job(|job| job.leave_part(self.place, was_interrupted));
    }
}

/// The job whose identity the caller has, if it is one that can be cancelled.
fn with_job(look: impl FnOnce(&Core)) {
    greenctx::with_identity(|present| {
        let present: Option<&dyn Any> = present.map(|present| present as _);
        if let Some(job) = present.and_then(|present| present.downcast_ref::<Core>()) {
            look(job);
        }
    });
}
