//! Jobs that are placed beside another one, on the same carrier.
//!
//! A started green thread never leaves its carrier, so two jobs that talk to one another are put together before the
//! second one starts. The queue of the backlog that serves for this is `workqueue/src/backlog/pinned.rs`.
//!
//! | the other job, at the submission of this one | this one |
//! | --- | --- |
//! | runs | is pinned to the carrier of the other |
//! | waits, and was itself placed | is placed as the other was |
//! | waits | goes to the backlog, and *follows* |
//! | has ended, or is of another executor | is like any other |
//!
//! A job that follows remembers the other one. The worker that takes it from the backlog looks where that is:
//!
//! | the other job, when a worker takes this one | this one |
//! | --- | --- |
//! | runs on this carrier, or has ended | starts |
//! | runs on another carrier | is pinned to that one |
//! | waits | is pinned here, and before it the other one |
//!
//! In the last case the other job has two entries in the backlog. The one that is taken first counts; the other one
//! is dead by then, as if the job had been claimed where it was.
//!
//! *It starts in the end.* A job is passed on a few times at most ([`MAX_PASSES`]), whatever the backlog does with
//! it meanwhile. With one worker nothing is passed on, since the order is that of submission.
//!
//! A worker that waits for a job which has not started claims it, and runs it where it is itself. That goes before
//! the place.

use greenstd::atomic::{AtomicU32, Ordering};

use crate::carrier::{self, Local};
use crate::future::task_handle::TaskHandle;
use crate::pool::{Pool, Queued};
use crate::task::{Job, QueueRef};

/// How often a worker passes a job on to where it belongs.
const MAX_PASSES: u32 = 4;

/// What a submitter says about the place of a job.
#[derive(Debug, Clone)]
pub(crate) enum Spot {
    Anywhere,
    /// On the carrier of the submitter.
    Here,
    Beside(TaskHandle),
}

/// How a submission finds the place of its job. A type, so that one without a place costs nothing.
pub(crate) trait Placing {
    fn place(self, pool: &Pool) -> Option<Box<Placed>>;
}

/// Of a job without a place.
pub(crate) struct Anywhere;

/// What a task knows of its place, for those that are placed as it is and for the worker that takes it.
#[derive(Debug)]
pub(crate) struct Placed {
    target: Target,
    /// How often it was passed on: a bound, which orders nothing.
    passes: AtomicU32,
}

#[derive(Debug, Clone)]
enum Target {
    /// Pinned to the carrier of this number.
    Carrier(usize),
    /// It follows a job that waited at the submission.
    Follows(TaskHandle),
}

impl Placing for Anywhere {
    #[inline(always)]
    fn place(self, _: &Pool) -> Option<Box<Placed>> {
        None
    }
}

impl Placing for Spot {
    fn place(self, pool: &Pool) -> Option<Box<Placed>> {
        let target = match self {
            Spot::Anywhere => return None,
            // There are no carriers.
            _ if pool.hosts().is_some() => return None,
            Spot::Here => Target::Carrier(carrier::index_in(pool)?),
            Spot::Beside(other) => beside(other, pool)?,
        };
        Some(Box::new(Placed { target, passes: AtomicU32::new(0) }))
    }
}

fn beside(other: TaskHandle, pool: &Pool) -> Option<Target> {
    let core = other.job().core();
    if core.pool() != pool.id() {
        return None;
    }
    let state = core.state.load();
    if let Some(place) = state.place() {
        return Some(Target::Carrier(usize::from(place.carrier)));
    }
    if !state.is_queued() {
        return None;
    }
    match core.placed().map(|placed| placed.target.clone()) {
        // As the other one, which is not to be followed while it follows itself.
        Some(Target::Follows(third)) => beside(third, pool),
        Some(pinned) => Some(pinned),
        None => Some(Target::Follows(other)),
    }
}

impl Placed {
    /// The carrier to which the job is pinned from the start.
    pub(crate) fn pinned_to(&self) -> Option<usize> {
        match self.target {
            Target::Carrier(carrier) => Some(carrier),
            Target::Follows(_) => None,
        }
    }

    /// The job that it follows, if it may be passed on once more.
    fn followed(&self) -> Option<&TaskHandle> {
        let Target::Follows(other) = &self.target else { return None };
        let passes = self.passes.load(Ordering::Relaxed);
        self.passes.store(passes + 1, Ordering::Relaxed);
        (passes < MAX_PASSES).then_some(other)
    }
}

impl Local {
    /// Passes a placed job that was taken on to where it belongs; `false` if it is to start here.
    #[cold]
    pub(crate) fn passes_on(&self, job: &Job) -> bool {
        let core = job.core();
        // One that was claimed meanwhile is not passed on: it is dead.
        if !core.state.load().is_queued() || self.pool().queue().max_workers() == 1 {
            return false;
        }
        let Some(other) = core.placed().and_then(Placed::followed) else { return false };
        let state = other.job().core().state.load();
        match state.place().map(|place| usize::from(place.carrier)) {
            Some(carrier) if carrier == self.index() => return false,
            Some(carrier) => self.put_back_pinned(carrier, Queued(QueueRef::another(job.clone()))),
            None if state.is_queued() => {
                self.put_back_pinned(self.index(), Queued(QueueRef::another(other.job().clone())));
                self.put_back_pinned(self.index(), Queued(QueueRef::another(job.clone())));
            }
            None => return false,
        }
        true
    }
}
