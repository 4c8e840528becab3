//! Limits of time that a job is given: how long it may run.
//!
//! The limit goes with the job, so it is the same wherever and by whichever green thread the job is run. It becomes a
//! deadline at the moment at which the closure is called; see [`Core::begin`](crate::task::Core::begin). There a role
//! is made for the job, and the deadline is that of the role. So it takes the place of the deadlines of whoever runs
//! the job on the spot.

pub(crate) mod overtime;

use std::time::Duration;

/// What a [`JobBuilder`](crate::JobBuilder) says about the time of its job.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    /// From its start.
    pub(crate) timeout: Option<Duration>,
}

impl Limits {
    /// Whether there are none, as for most jobs.
    #[inline]
    pub(crate) fn are_none(&self) -> bool {
        self.timeout.is_none()
    }
}
