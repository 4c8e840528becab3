//! The end of a task, step by step; see the [module above](super).

use greenstd::panics;
use greenstd::sync::Arc;
use stats::Outcome;

use super::Job;
use super::state::Ending;
use crate::carrier::CarrierSide;
use crate::error::{AbandonReason, TaskError};
use crate::handle::TaskHandle;
use crate::pool::Pool;

/// Runs a task that the caller has claimed on its carrier, and ends it. `start_ns` is the time at
/// which it starts, and the time at which it ended is returned.
pub(crate) fn run_claimed(side: &CarrierSide, job: Arc<dyn Job>, start_ns: u64) -> u64 {
    let pool = side.pool();
    let recorder = pool.gatherer().recorder(side.index());
    side.count_started();
    recorder.started(start_ns.saturating_sub(job.core().accepted_ns()));
    let (job, ending) = job.call();
    let end_ns = pool.now_ns();
    recorder.finished(outcome(ending), end_ns.saturating_sub(start_ns));
    publish(&job, ending, pool, || side.count_ended());
    end_ns
}

/// Cancels a task that has not started; whether it had not.
pub(crate) fn cancel(job: &Arc<dyn Job>, pool: &Pool) -> bool {
    if !job.core().state.claim_to_end() {
        return false;
    }
    end_unrun(job, pool, TaskError::Cancelled);
    true
}

/// Abandons a task that can never start, if nobody has claimed it.
pub(crate) fn abandon(job: &Arc<dyn Job>, pool: &Pool, reason: AbandonReason) {
    if job.core().state.claim_to_end() {
        end_unrun(job, pool, TaskError::Abandoned(reason));
    }
}

fn end_unrun(job: &Arc<dyn Job>, pool: &Pool, error: TaskError<std::convert::Infallible>) {
    let ending = job.store_unrun(error);
    match ending {
        Ending::Cancelled => pool.gatherer().cancelled(),
        _ => pool.gatherer().abandoned(),
    }
    publish(job, ending, pool, || pool.queue().withdraw());
}

/// Steps 3 to 8.
fn publish(job: &Arc<dyn Job>, ending: Ending, pool: &Pool, give_back_room: impl Fn()) {
    let core = job.core();
    let room_waits = core.state.load().has_callbacks();
    if !room_waits {
        give_back_room();
    }
    let before = core.state.publish(ending);
    if before.has_callbacks() {
        call_back(job, pool);
    }
    if room_waits {
        give_back_room();
    }
    core.wake_waiters(before);
    if before.is_detached() {
        job.drop_result();
    }
}

fn call_back(job: &Arc<dyn Job>, pool: &Pool) {
    let handle = TaskHandle::new(job.clone());
    for callback in job.core().take_callbacks() {
        if let Err(payload) = panics::contain(|| callback(&handle)) {
            pool.gatherer().callback_panicked();
            panics::dispose(payload);
        }
    }
}

fn outcome(ending: Ending) -> Outcome {
    match ending {
        Ending::Failed => Outcome::Failed,
        Ending::Panicked => Outcome::Panicked,
        _ => Outcome::Succeeded,
    }
}
