//! Waiting for one task.

use greenstd::sync::Arc;
use greenstd::time::Instant;

use crate::claim;
use crate::error::WaitError;
use crate::pool::Pool;
use crate::task::{Core, Job, Source};
use crate::waiter::Waiter;

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
    let waiter = match &loan {
        // The slot is at work for us: we are not in anybody's way.
        Some(_) => Waiter::in_nobodys_way(),
        None => Waiter::for_tasks_of(core.pool()),
    };
    let waited = until_woken(core, &waiter, deadline);
    drop(waiter);
    if let Some(loan) = loan {
        loan.settle();
    }
    waited
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

fn until_woken(core: &Core, waiter: &Waiter, deadline: Option<Instant>) -> Result<(), WaitError> {
    if core.wake_when_ended(waiter.waker()) {
        return Ok(());
    }
    let waited = waiter.wait(deadline, || core.state.load().is_ended().then_some(()));
    if waited.is_err() {
        core.forget_waker(waiter.waker());
    }
    waited
}

/// In a forked child nobody will ever end the task.
pub(crate) fn refuse_if_forked(core: &Core) -> Result<(), WaitError> {
    // Nothing was ever forked: no need to look the executor up.
    if greenctx::fork_generation() != 0 && Pool::of(core).is_some_and(|pool| pool.is_forked()) {
        return Err(WaitError::Forked);
    }
    Ok(())
}
