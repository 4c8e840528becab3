//! The jobs that run on a carrier, as the identities of its green threads.
//!
//! # Invariants
//!
//! 1. A carrier shows an identity while a green thread of its own has assumed it, and is suspended.
//! 2. A core is assumed by the green thread that runs the job, in frames that have a [`Job`] for it, or by one that
//!    runs a part of it. For the part, the frames that have the `Job` wait.

use std::any::Any;

use greenctx::CarrierHandle;

use super::ended_identity::EndedIdentity;
use super::{Core, Job};

/// Has the carrier show its jobs to `look`, under the conditions of [`CarrierHandle::visit_identities`]. A job may
/// come more than once: by its parts.
pub(crate) fn visit(carrier: &CarrierHandle, mut look: impl FnMut(Job) + Send + 'static) {
    carrier.visit_identities(move |identity| {
        let identity: &dyn Any = identity;
        if let Some(EndedIdentity(job)) = identity.downcast_ref::<EndedIdentity>() {
            look(job.clone());
        } else if let Some(core) = identity.downcast_ref::<Core>() {
            // SAFETY: by the invariants, whoever runs the job has a `Job` meanwhile.
            look(unsafe { Job::of_running(core) });
        }
    });
}
