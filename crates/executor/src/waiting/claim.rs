//! Running a task on the spot, because somebody waits for it.
//!
//! A worker may wait for a task of its own executor that has not started. It then claims the task and runs it. It
//! does so on its own stack, if more than half of that is left and there is room for a panic. Else a fresh worker
//! on the same carrier runs it, to which it lends its slot. So fork-join runs depth-first at the price of a call,
//! and memory stays small. An executor whose workers all wait for queued children does not stand still.
//!
//! What runs on the waiter's stack cannot be left before it has ended. So a wait that has a time limit, its
//! own or that of a scope, always lends its slot. A waiter that has been cancelled already, or whose time is
//! over, begins nothing.

use greenctx::{Here, Limit};
use greenstd::ticks::Ticks;
use greenstd::time::Instant;

use crate::carrier::{self, Local};
use crate::error::AbandonReason;
use crate::hosts::thread;
use crate::task::{self, Job, Place, Slot};
use crate::waiting::loan::{Loan, WakeLender};

/// How much a job must find on a stack that is not its own. A panic that prints its backtrace uses about 25 KiB,
/// and a job must not end the process because somebody waits for it.
const PANIC_BYTES: usize = 28 * 1024;

/// What has become of a job that somebody waits for.
pub(crate) enum Spot {
    /// It has ended here, or was not ours to run.
    Wait,
    /// It is under way on a fresh worker, unless another carrier is faster.
    Lent(Loan),
    /// It has ended here. The result was taken, and the future's reference given up.
    Left,
}

/// Runs `job` if the caller is a worker of its executor and it has not started. The caller's wait is to end at
/// `deadline`, if there is one. With `slot`, the caller is the job's future, and its result may be put there at the end.
///
/// A caller that must not park leaves the job to the others, which may.
#[inline]
pub(crate) fn run_on_the_spot(
    job: &Job,
    deadline: Option<Instant>,
    slot: Option<Slot<'_>>,
) -> Spot {
    run_or_lend(job, deadline, slot).unwrap_or(Spot::Wait)
}

#[inline(always)]
fn run_or_lend(job: &Job, deadline: Option<Instant>, slot: Option<Slot<'_>>) -> Option<Spot> {
    let core = job.core();
    // No more than a short cut: the claim below decides.
    if !core.state.load().is_queued() {
        return None;
    }
    let Some(here) = greenctx::here() else {
        thread::run_on_the_spot(job, deadline);
        return None;
    };
    let local = carrier::worker_at(here.seat(), core.pool())?;
    if here.is_parking_forbidden() {
        return None;
    }
    // A worker that waits for one new job after the other, and runs them all itself, lets others run too.
    if greenctx::count_operation() && greenctx::give_way().is_err() {
        return None;
    }
    let limit = Limit::of_wait(deadline).ok()?;
    match limit.earliest() {
        None if has_stack_to_spare(here) => {
            return run_here(local, local.place_at(here.seat()), job, slot).then_some(Spot::Left);
        }
        // One that is over begins nothing. And should there be workers beyond the maximum already, as
        // others have gone on whose children have not ended, the job waits like all others.
        Some(_) if limit.has_passed() || local.is_over_capacity() => return None,
        _ => {}
    }
    lend_slot(local, job, WakeLender::IfNotEnded).map(Spot::Lent)
}

/// Lends the caller's slot to a fresh worker that runs `job`. Without a stack for it, somebody else may get
/// to run it, so we wait like everybody.
#[inline(never)]
pub(super) fn lend_slot(local: &Local, job: &Job, wake: WakeLender) -> Option<Loan> {
    let lent = job.clone();
    let work = move |local: &Local| {
        run_apart(local, &lent);
        lent.core().state.load().is_ended()
    };
    Loan::lend(local, wake, work).ok()
}

/// As [`run_here`], off the way of those that wait for a result.
#[inline(never)]
pub(super) fn run_apart(local: &Local, job: &Job) {
    run_here(local, local.place(), job, None);
}

/// By the green thread at `place`, if nobody has claimed it; whether the future's reference was given up with its
/// end.
#[inline(always)]
fn run_here(local: &Local, place: Place, job: &Job, slot: Option<Slot<'_>>) -> bool {
    let pool = local.pool();
    if !pool.runs_jobs() {
        local.end_unrun(job, pool.fate());
        return false;
    }
    if job.core().has_expired() {
        task::abandon(job, pool, AbandonReason::Expired);
        return false;
    }
    // `task-claim-cas`. If another carrier was faster, the caller waits for the end like all.
    if !job.core().state.claim_to_run(place) {
        return false;
    }
    let has_left = if local.goes_by_time() {
        local.run_claimed_by_time(job, Ticks::default());
        false
    } else {
        task::run_awaited(local, job, slot)
    };
    // It was claimed where it lay, so its place in the queue is still taken.
    local.remove_claimed(job);
    has_left
}

/// Whether more than half of what the stack has to use is left, and enough to panic.
#[inline]
pub(super) fn has_stack_to_spare(here: Here) -> bool {
    here.stack_left() > (here.stack_size() / 2).max(PANIC_BYTES)
}
