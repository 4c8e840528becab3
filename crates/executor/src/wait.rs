//! Waiting for one task.

use std::task::Waker;

use greenctx::{Interrupted, Wake};
use greenstd::sync::Arc;
use greenstd::time::Instant;

use crate::claim;
use crate::error::WaitError;
use crate::pool::Pool;
use crate::stall::Blocked;
use crate::task::{Core, Job, Source};

/// Waits until the task has ended, or `deadline`. Without a deadline, a worker of the task's executor
/// runs it on the spot if it has not started.
pub(crate) fn until_ended(job: &Arc<dyn Job>, deadline: Option<Instant>) -> Result<(), WaitError> {
    let core = job.core();
    if core.state.load().is_ended() {
        return Ok(());
    }
    refuse_if_forked(core)?;
    let loan = if deadline.is_none() { claim::run_on_the_spot(job) } else { None };
    if core.state.load().is_ended() {
        return Ok(());
    }
    let blocked = match &loan {
        // The slot is at work for us: we are not in anybody's way.
        Some(_) => None,
        None => Blocked::on(core.pool(), || queued(job)),
    };
    let waited = until_woken(core, deadline);
    drop(blocked);
    if let Some(loan) = loan {
        loan.settle();
    }
    waited
}

/// The task, if it has not started.
pub(crate) fn queued(job: &Arc<dyn Job>) -> Option<Arc<dyn Job>> {
    job.core().state.load().is_queued().then(|| job.clone())
}

/// As [`until_ended`], for the task of a future.
pub(crate) fn source_until_ended<T: 'static, E: 'static>(
    task: &Arc<dyn Source<T, E>>,
    deadline: Option<Instant>,
) -> Result<(), WaitError> {
    if task.core().state.load().is_ended() {
        return Ok(());
    }
    until_ended(&task.clone().as_job(), deadline)
}

fn until_woken(core: &Core, deadline: Option<Instant>) -> Result<(), WaitError> {
    let waker: Waker = greenctx::current().into();
    if core.wake_when_ended(&waker) {
        return Ok(());
    }
    loop {
        let woken = park(deadline);
        if core.state.load().is_ended() {
            return Ok(());
        }
        let error = match woken {
            Ok(Wake::Unparked) => continue,
            Ok(Wake::TimedOut) => WaitError::TimedOut,
            Err(Interrupted { .. }) => WaitError::Interrupted,
        };
        core.forget_waker(&waker);
        return Err(error);
    }
}

pub(crate) fn park(deadline: Option<Instant>) -> Result<Wake, Interrupted> {
    match deadline {
        Some(deadline) => greenctx::park_until(deadline),
        None => greenctx::park().map(|()| Wake::Unparked),
    }
}

/// In a forked child nobody will ever end the task.
pub(crate) fn refuse_if_forked(core: &Core) -> Result<(), WaitError> {
    // Nothing was ever forked: no need to look the executor up.
    if greenctx::fork_generation() != 0 && Pool::of(core).is_some_and(|pool| pool.is_forked()) {
        return Err(WaitError::Forked);
    }
    Ok(())
}
