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
use crate::waiting::wait;

/// As [`run_on_the_spot`], by the job's future, which waits without a time limit. It does what most futures need, and
/// as little as that takes: a plain job is run on the waiter's stack, and its result put into `slot`.
///
/// Returns whether the job has ended so, and the future's reference was given up with that. If not, the caller looks
/// whether there is a result in the slot, and else waits like all: then nothing has been done about the job.
#[inline(never)]
pub(crate) fn run_for_future(slot: Slot<'_>) -> bool {
    run_plain(slot).unwrap_or(false)
}

#[inline(always)]
fn run_plain(slot: Slot<'_>) -> Option<bool> {
    let job = slot.job();
    let core = job.core();
    wait::refuse_if_forked(core).ok()?;
    let here = greenctx::here()?;
    let local = carrier::worker_here(here, core.pool())?;
    if !here.has_stack_to_spare() || !may_begin(here) {
        return None;
    }
    let has_limit = Limit::of_wait(None).ok()?.earliest().is_some();
    if has_limit || !local.pool().runs_jobs() || core.is_described() || local.goes_by_time() {
        return None;
    }
    // `task-claim-cas`. If another carrier was faster, the caller waits for the end like all.
    if !core.state.claim_to_run(local.place_at(here.seat())) {
        return None;
    }
    let has_left = task::run_awaited(local, slot);
    // It was claimed where it lay, so its place in the queue is still taken.
    local.remove_claimed(job);
    Some(has_left)
}

/// Runs `job` if the caller is a worker of its executor and it has not started: on the spot, or on a fresh worker, to
/// which the caller's slot is then lent. The caller's wait is to end at `deadline`, if there is one.
///
/// A caller that must not park leaves the job to the others, which may.
#[inline(always)]
pub(crate) fn run_on_the_spot(job: &Job, deadline: Option<Instant>) -> Option<Loan> {
    let core = job.core();
    // No more than a short cut: the claim below decides.
    if !core.state.load().is_queued() {
        return None;
    }
    let Some(here) = greenctx::here() else {
        thread::run_on_the_spot(job, deadline);
        return None;
    };
    let local = carrier::worker_here(here, core.pool())?;
    if !may_begin(here) {
        return None;
    }
    let limit = Limit::of_wait(deadline).ok()?;
    match limit.earliest() {
        None if here.has_stack_to_spare() => {
            run_here(local, local.place_at(here.seat()), job);
            return None;
        }
        // One that is over begins nothing. And should there be workers beyond the maximum already, as
        // others have gone on whose children have not ended, the job waits like all others.
        Some(_) if limit.has_passed() || local.is_over_capacity() => return None,
        _ => {}
    }
    // Under way on a fresh worker, unless another carrier is faster.
    lend_slot(local, job, WakeLender::IfNotEnded)
}

/// Whether a worker that waits may run something meanwhile.
#[inline(always)]
fn may_begin(here: Here) -> bool {
    if here.is_parking_forbidden() {
        return false;
    }
    // A worker that waits for one new job after the other, and runs them all itself, lets others run too.
    !greenctx::count_operation() || greenctx::give_way().is_ok()
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

/// Runs `job` by the calling green thread, if nobody has claimed it.
#[inline(never)]
pub(super) fn run_apart(local: &Local, job: &Job) {
    run_here(local, local.place(), job);
}

/// The same, by the green thread at `place`.
fn run_here(local: &Local, place: Place, job: &Job) {
    let pool = local.pool();
    if !pool.runs_jobs() {
        return local.end_unrun(job, pool.fate());
    }
    if job.core().has_expired() {
        return task::abandon(job, pool, AbandonReason::Expired);
    }
    // `task-claim-cas`. If another carrier was faster, the caller waits for the end like all.
    if !job.core().state.claim_to_run(place) {
        return;
    }
    if local.goes_by_time() {
        local.run_claimed_by_time(job, Ticks::default());
    } else {
        task::run_claimed(local, job, Ticks::default());
    }
    // It was claimed where it lay, so its place in the queue is still taken.
    local.remove_claimed(job);
}
