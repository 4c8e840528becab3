//! Limits of time that a job is given: how long it may run, and how long it may wait to start.
//!
//! They go with the job, so they are the same wherever and by whichever green thread the job is run.
//!
//! *How long it may run* becomes a deadline at the moment at which the closure is called; see `Core::begin`. There a
//! role is made for the job, and the deadline is that of the role. So it takes the place of the deadlines of whoever
//! runs the job on the spot. Whether the job has ended by it: `overtime.rs`.
//!
//! *How long it may wait* becomes a moment at the submission; see `timekeeper/mod.rs`.

pub(crate) mod overtime;

use std::time::Duration;

use greenstd::time::{self, Instant};

/// What a [`JobBuilder`](crate::JobBuilder) says about the time of its job.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    /// From its start.
    pub(crate) timeout: Option<Duration>,
    /// From its submission to its start.
    pub(crate) expires: Option<Duration>,
    /// The moment that this is, if the submission has begun before it asks for admission.
    pub(crate) expires_at: Option<Instant>,
}

/// The same from the submission on, for the task.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limited {
    pub(crate) timeout: Option<Duration>,
    /// When it is too late to start.
    pub(crate) expires_at: Option<Instant>,
}

/// How a submission finds the limits of its job. A type, so that one without limits costs nothing.
pub(crate) trait Limiting {
    fn limited(self) -> Limited;
}

/// Of a job without limits.
pub(crate) struct Unlimited;

impl Limits {
    /// The job is being submitted. Beyond the clock's range there is no limit.
    pub(crate) fn starting_now(self) -> Limited {
        let expires_at = self.expires_at.or_else(|| self.expires.and_then(time::after));
        Limited { timeout: self.timeout, expires_at }
    }

    /// The job is delayed, and its wait to start begins when it is due.
    pub(crate) fn starting_at(self, due: Option<Instant>) -> Limited {
        let expires_at = due.zip(self.expires).and_then(|(due, limit)| due.checked_add(limit));
        Limited { timeout: self.timeout, expires_at }
    }
}

impl Limited {
    /// Whether there are none, as for most jobs.
    #[inline]
    pub(crate) fn is_nothing(&self) -> bool {
        self.timeout.is_none() && self.expires_at.is_none()
    }
}

impl Limiting for Limited {
    fn limited(self) -> Limited {
        self
    }
}

impl Limiting for Unlimited {
    #[inline(always)]
    fn limited(self) -> Limited {
        Limited::default()
    }
}
