//! Refusing work under overload.
//!
//! An executor without a rejection accepts everything, and its backlog grows as memory allows. With
//! [`reject_when_reached`] it refuses what would wait behind too much else; with a closure, whatever
//! the closure decides from the present [`Load`].

use std::fmt;

/// What the executor is doing at the moment of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Jobs that wait to start.
    pub queued: u64,
    /// Jobs that have started and not ended.
    pub running: u64,
    /// How many may run at once.
    pub max_workers: usize,
}

/// What a rejection decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Accept the job.
    Accept,
    /// Refuse it: the submitter gets it back.
    Reject,
}

/// Decides about submissions.
///
/// Implemented for closures: these see a snapshot that may be out of date when the job is accepted,
/// with no lock held, so they may take their time and may submit jobs themselves. A closure that
/// panics refuses.
pub trait CheckAndReject: Send + Sync + 'static {
    /// Decides about one submission.
    fn check(&self, load: &Load) -> Verdict;

    /// How long the backlog may be when every worker slot is taken; `None` if that is not what this
    /// decides by. This limit is kept exactly, however many threads submit at once.
    fn max_backlog(&self) -> Option<usize> {
        None
    }
}

impl<F: Fn(&Load) -> Verdict + Send + Sync + 'static> CheckAndReject for F {
    fn check(&self, load: &Load) -> Verdict {
        self(load)
    }
}

/// Refuses a job when `backlog` jobs wait already for a worker slot. 0 means: accept only what a free
/// slot can take at once. The limit is exact under concurrency.
pub fn reject_when_reached(backlog: usize) -> RejectWhenReached {
    RejectWhenReached { backlog }
}

/// Made by [`reject_when_reached`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectWhenReached {
    backlog: usize,
}

impl CheckAndReject for RejectWhenReached {
    fn check(&self, _: &Load) -> Verdict {
        // The limit below decides.
        Verdict::Accept
    }

    fn max_backlog(&self) -> Option<usize> {
        Some(self.backlog)
    }
}

impl fmt::Debug for dyn CheckAndReject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckAndReject").field("max_backlog", &self.max_backlog()).finish()
    }
}
