//! Running a task on the spot, because somebody waits for it.
//!
//! A worker that waits for a task of its own executor which has not started claims it and runs it:
//! on its own stack, if more than half of that is left and there is room for a panic, else in a fresh
//! worker on the same carrier, to which it lends its slot. So fork-join runs depth-first at the price of
//! a call, memory stays small, and an executor whose workers all wait for queued children does not stand
//! still.

use greenstd::sync::Arc;

use crate::carrier::{self, CarrierSide};
use crate::loan::{Loan, WakeLender};
use crate::pool::Fate;
use crate::task::{self, Job};

/// What a job must find on a stack that is not its own: a panic that prints its backtrace uses about
/// 25 KiB, and a job must not end the process because somebody waits for it.
const PANIC_BYTES: usize = 28 * 1024;

/// Runs `job` if the caller is a worker of its executor and it has not started. With a loan returned,
/// it is under way on a fresh worker, unless another carrier is faster; else it has ended here, or was
/// not ours to run.
///
/// A caller that must not park has only itself forbidden to: it leaves the job to the others.
pub(crate) fn run_on_the_spot(job: Arc<dyn Job>) -> (Arc<dyn Job>, Option<Loan>) {
    if !job.core().state.load().is_queued() {
        return (job, None);
    }
    let Some(side) = carrier::current_worker(job.core().pool()) else { return (job, None) };
    if greenctx::is_parking_forbidden() {
        return (job, None);
    }
    if has_stack_to_spare() {
        return (run_here(&side, job), None);
    }
    let lent = job.clone();
    // No stack: somebody else may get to run it, so we wait like everybody.
    let loan = Loan::lend(&side, move |side| {
        let job = run_here(side, lent);
        // If it has ended, that wakes us.
        WakeLender(!job.core().state.load().is_ended())
    });
    (job, loan.ok())
}

fn run_here(side: &CarrierSide, job: Arc<dyn Job>) -> Arc<dyn Job> {
    let fate = side.pool().fate();
    if fate != Fate::Run {
        side.end_unrun(&job, fate);
        return job;
    }
    if !job.core().state.claim_to_run(side.place()) {
        return job;
    }
    let (job, _) = task::run_claimed(side, job, side.pool().ticks());
    side.bury_claimed(&job);
    job
}

/// Whether more than half of what the stack has to use is left, and enough to panic.
fn has_stack_to_spare() -> bool {
    match (greenctx::stack_left(), greenctx::stack_size()) {
        (Some(left), Some(size)) => left > (size / 2).max(PANIC_BYTES),
        _ => false,
    }
}
