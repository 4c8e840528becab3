//! Cancelling: a job, and all that has been submitted through its groups, down the tree.
//!
//! How a job learns which groups are its own, and why none is missed, is said in `task/hearers.rs`.

use crate::pool::Pool;
use crate::task::{self, Hearer, Job};
use greenstd::sync::Arc;

/// Cancels a job. `true` if it had not started, or has been cancelled before; else it is asked to stop, and so are
/// the members of its groups, and of theirs.
pub(crate) fn cancel(job: &Job) -> bool {
    if cancel_unstarted(job) {
        return true;
    }
    let mut told = Vec::new();
    let is_cancelled = ask(job, &mut told);
    go_on(told);
    is_cancelled
}

/// Cancels the members of a group that was stopped.
pub(crate) fn cancel_all(members: Vec<Job>) {
    let mut told = Vec::new();
    cancel_members(members, &mut told);
    go_on(told);
}

/// Asks a running job to stop, and nobody else but its parts. It runs no foreign code.
pub(crate) fn ask_to_stop(job: &Job) {
    ask(job, &mut Vec::new());
}

/// A list, not a recursion: a chain of groups may be longer than a stack.
fn go_on(mut told: Vec<Arc<dyn Hearer>>) {
    while let Some(group) = told.pop() {
        cancel_members(group.stop(), &mut told);
    }
}

/// Those that have not started come first: else they would start where those that run have stopped.
fn cancel_members(mut members: Vec<Job>, told: &mut Vec<Arc<dyn Hearer>>) {
    members.retain(|member| !cancel_unstarted(member));
    for member in members {
        ask(&member, told);
    }
}

fn cancel_unstarted(job: &Job) -> bool {
    let waits = job.core().state.load().has_not_started();
    waits && pool_of(job).is_some_and(|pool| task::cancel(job, &pool))
}

/// Asks this one job to stop, wakes its parts, and adds its groups to those that are to be told. `true` if it was
/// cancelled before.
fn ask(job: &Job, told: &mut Vec<Arc<dyn Hearer>>) -> bool {
    let core = job.core();
    let Some(pool) = pool_of(job) else { return core.state.load().is_cancelled() };
    let (before, heard) = core.request_cancel();
    if let Some(place) = before.place() {
        pool.nudge(place);
    }
    if let Some(heard) = heard {
        heard.parts.into_iter().for_each(|place| pool.nudge(place));
        told.extend(heard.groups);
    }
    before.is_cancelled()
}

/// The executor of a job, if it is there still, and in this process.
fn pool_of(job: &Job) -> Option<Arc<Pool>> {
    Pool::of(job.core()).filter(|pool| !pool.is_forked())
}
