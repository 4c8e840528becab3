//! Under whose identity foreign code runs after a task's end, or instead of it.
//!
//! Callbacks, and the drops of closures and results, run on whatever thread ends the task. It may be a worker
//! between two jobs, a green thread that has run the job on the spot, or a canceller. They are to see neither
//! that thread's cancellation nor its green-locals, and to leave none to it.

use std::any::Any;
use std::fmt;

use super::{Core, Job};
use greenctx::Identity;

/// A job that is over: it has the job's number and name, and cannot be cancelled.
pub(super) struct EndedIdentity(pub(super) Job);

/// Calls `run`, which belongs to what comes after `job`.
pub(super) fn of(job: &Job, run: impl FnOnce()) {
    let is_within = greenctx::with_identity(|present| {
        let present: Option<&dyn Any> = present.map(|present| present as _);
        let present = present.and_then(|present| present.downcast_ref::<EndedIdentity>());
        present.is_some_and(|EndedIdentity(other)| other == job)
    });
    if is_within {
        run();
    } else {
        greenctx::assume(&EndedIdentity(job.clone()), run);
    }
}

impl Identity for EndedIdentity {
    fn id(&self) -> u64 {
        self.0.core().id()
    }

    fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        self.0.core().write_name(out)
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// The job that the caller runs, or is ending: its executor's number, and its own. A callback is a part of the end.
pub(crate) fn current_job() -> Option<(u64, u64)> {
    greenctx::with_identity(|present| {
        let present: &dyn Any = present?;
        let core = match present.downcast_ref::<EndedIdentity>() {
            Some(EndedIdentity(job)) => job.core(),
            None => present.downcast_ref::<Core>()?,
        };
        Some((core.pool(), core.id()))
    })
}
