//! Waiting for one task.

use std::panic::Location;

use greenctx::{Seat, Waiting};
use greenstd::thread;
use greenstd::time::Instant;

use crate::error::WaitError;
use crate::pool::Pool;
use crate::task::{Core, Job};
use crate::waiting::claim;
use crate::waiting::loan::Loan;
use crate::waiting::waiter::Waiter;

/// How often a plain OS thread looks whether a task has ended before it parks: some microseconds' worth.
const SPINS: u32 = if cfg!(any(green_loom, green_shuttle)) { 0 } else { 32 };
const YIELDS: u32 = if cfg!(any(green_loom, green_shuttle)) { 0 } else { 2 };

/// Waits until the task has ended, or `deadline`. A worker of the task's executor runs a task that has not started
/// on the spot. It does so on its own stack if the wait has no time limit, else in its slot.
#[inline]
#[track_caller]
pub(crate) fn until_ended(job: &Job, deadline: Option<Instant>) -> Result<(), WaitError> {
    if job.core().state.load().is_ended() {
        return Ok(());
    }
    until_ends(job, deadline)
}

#[inline(never)]
#[track_caller]
fn until_ends(job: &Job, deadline: Option<Instant>) -> Result<(), WaitError> {
    let core = job.core();
    refuse_if_forked(core)?;
    let loan = claim::run_on_the_spot(job, deadline);
    if core.state.load().is_ended() || ends_soon(core) {
        return Ok(());
    }
    until_woken(core, loan, deadline)
}

#[inline(never)]
#[track_caller]
fn until_woken(
    core: &Core,
    loan: Option<Loan>,
    deadline: Option<Instant>,
) -> Result<(), WaitError> {
    if let Some(loan) = loan {
        // The slot is at work for us: we are not in anybody's way.
        let waiter = Waiter::uncounted();
        let waited = until(core, &waiter, deadline, || loan.is_returned());
        loan.call_in();
        if waited.is_err() || core.state.load().is_ended() {
            return waited;
        }
        // Another carrier runs the job, and the slot is back with us. We only wait.
    }
    until(core, &Waiter::for_tasks_of(core.pool()), deadline, || false)
}

/// Waits until the task has ended, `else_enough` says that this is enough, or `deadline`.
#[track_caller]
fn until(
    core: &Core,
    waiter: &Waiter,
    deadline: Option<Instant>,
    else_enough: impl Fn() -> bool,
) -> Result<(), WaitError> {
    let Some(entry) = core.wake_when_ended(waiter.waker()) else { return Ok(()) };
    let is_ended = || core.state.load().is_ended();
    let what = Waiting::on("job")
        .with_object(core.pool() as usize)
        .with_number(core.id())
        .at(Location::caller());
    let waited = waiter.wait(what, deadline, || (is_ended() || else_enough()).then_some(()));
    if !is_ended() {
        core.forget_waker(entry);
    }
    waited
}

/// Whether the task ends within a moment. A plain OS thread looks out for that: carriers run most jobs
/// in less time than it takes to fall asleep and to be woken.
fn ends_soon(core: &Core) -> bool {
    let ends_during = |pause: fn(), times| {
        (0..times).any(|_| {
            pause();
            core.state.load().is_ended()
        })
    };
    Seat::current().is_none()
        && (ends_during(thread::spin_loop, SPINS) || ends_during(thread::yield_now, YIELDS))
}

/// In a forked child nobody will ever end the task.
#[inline]
pub(crate) fn refuse_if_forked(core: &Core) -> Result<(), WaitError> {
    // Nothing was ever forked: no need to look the executor up.
    if greenctx::fork_generation() != 0 && is_forked(core) {
        return Err(WaitError::Forked);
    }
    Ok(())
}

#[cold]
fn is_forked(core: &Core) -> bool {
    // An executor of this process stays until its jobs have ended, so it is looked for first.
    Pool::of(core).is_none_or(|pool| pool.is_forked()) && !core.state.load().is_ended()
}
