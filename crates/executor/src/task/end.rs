//! The end of a task, step by step; see the [module above](super).

use greenstd::panics;
use greenstd::step;
use greenstd::ticks::Ticks;
use stats::{Outcome, Recorder};

use super::cell::Lost;
use super::state::{Ending, Side, Snapshot};
use super::{Job, QueueRef, Slot, ended_identity};
use crate::carrier::Local;
use crate::error::{AbandonReason, TaskError};
use crate::future::task_handle::TaskHandle;
use crate::hosts::runner::{Book, Runner};
use crate::pool::{Fate, Pool};
use crate::shutdown;

/// Runs a task that a worker has claimed by the entry from the backlog, and ends it. `start` is the time at which it
/// starts, if somebody has looked. Returns the time at which it ended, if that was looked at.
#[inline]
pub(crate) fn run_queued(local: &Local, job: QueueRef, start: Ticks) -> Ticks {
    let (end, has_left) = run(local, &job, start, Leave::Queue, || call(&job, local.pool()));
    if has_left {
        // The task may be gone by now.
        job.has_left();
    }
    end
}

/// As [`run_queued`], by the future that the slot is of, on whose green thread the job was claimed where it lay. It is
/// not described. Its result goes into the slot. The reference is given up with the publication of the end, unless
/// somebody else waits too. Returns whether it was.
#[inline(always)]
pub(crate) fn run_awaited(local: &Local, slot: Slot<'_>) -> bool {
    run(local, slot.job(), Ticks::default(), Leave::Future, || slot.call()).1
}

/// Who may give its reference up by the publication of the end.
#[derive(Clone, Copy)]
enum Leave {
    Nobody,
    /// The entry of the backlog by which the task was claimed.
    Queue,
    /// The future, which has its result in its slot.
    Future,
}

impl Leave {
    /// Publishes the end, if nobody and nothing else waits for it; whether it has. Then nothing of the task is touched
    /// any more.
    #[inline(always)]
    fn by_publishing(self, job: &Job, seen: Snapshot, ending: Ending) -> bool {
        let state = &job.core().state;
        match self {
            Leave::Queue => state.publish_and_leave(seen, ending, Side::Queue),
            Leave::Future => state.publish_and_leave(seen, ending, Side::Future),
            Leave::Nobody => false,
        }
    }
}

/// Runs and ends a claimed task. Returns the time of its end, and whether the reference in `leave` was given up.
#[inline(always)]
fn run<R: Runner>(
    runner: &R,
    job: &Job,
    start: Ticks,
    leave: Leave,
    call: impl FnOnce() -> Ending,
) -> (Ticks, bool) {
    let pool = runner.pool();
    let book = runner.book();
    runner.count_started();
    let accepted = job.core().accepted();
    let is_timed = accepted != Ticks::default();
    let mut start = start;
    if is_timed {
        if start == Ticks::default() {
            start = pool.timing().now();
        }
        let waited = pool.timing().nanos_between(accepted, start);
        book.open().started(waited);
    } else {
        book.open().started_untimed();
    }
    // Step 1: the call stores the result, or the panic.
    let ending = call();
    let mut end = Ticks::default();
    // Step 2 (`task-count-first`): whoever sees the end sees the count.
    let counts_first = step::TASK_COUNT_FIRST.holds(|| true);
    {
        let recorder = book.open();
        if is_timed {
            end = pool.timing().now();
            recorder.ran(pool.timing().nanos_between(start, end));
        }
        if counts_first {
            count(&recorder, ending);
        }
    }
    let has_left = publish(job, ending, pool, Room::Of(runner), leave);
    if !counts_first {
        count(&book.open(), ending);
    }
    (end, has_left)
}

#[inline(always)]
fn count(recorder: &Recorder, ending: Ending) {
    match ending {
        Ending::Succeeded => recorder.finished_untimed(Outcome::Succeeded),
        _ => count_lost(recorder, ending),
    }
}

/// As above, for a job that has not succeeded.
#[cold]
#[inline(never)]
fn count_lost(recorder: &Recorder, ending: Ending) {
    recorder.finished_untimed(outcome(ending));
}

/// As [`run_queued`], by whoever keeps its reference and does not have this in its own code: it is large.
#[inline(never)]
pub(crate) fn run_claimed<R: Runner>(runner: &R, job: &Job, start: Ticks) -> Ticks {
    run(runner, job, start, Leave::Nobody, || call(job, runner.pool())).0
}

/// By the claimer: calls the closure, whatever is known of the job.
#[inline(always)]
fn call(job: &Job, pool: &Pool) -> Ending {
    if job.core().is_described() { call_described(job, pool) } else { job.call() }
}

#[inline(never)]
fn call_described(job: &Job, pool: &Pool) -> Ending {
    if job.core().expires_at().is_some() {
        // expiry-leave
        pool.timekeeper().leave_limited(job);
    }
    if job.core().name().is_none() {
        return job.call();
    }
    pool.enter_named(job);
    let ending = job.call();
    pool.leave_named(job.core().id());
    ending
}

/// Cancels a task that has not started; whether it had not.
pub(crate) fn cancel(job: &Job, pool: &Pool) -> bool {
    end(job, pool, Ending::Cancelled, || TaskError::Cancelled)
}

/// Abandons a task that can never start, if nobody has claimed it.
pub(crate) fn abandon(job: &Job, pool: &Pool, reason: AbandonReason) {
    end(job, pool, Ending::Abandoned, || TaskError::Abandoned(reason));
}

/// Ends a task unrun if it waits, for its time or for a worker; whether it did.
fn end(job: &Job, pool: &Pool, ending: Ending, error: impl FnOnce() -> Lost) -> bool {
    let state = &job.core().state;
    loop {
        if state.claim_to_end(ending) {
            end_unrun(job, pool, error(), Room::Unused(pool));
            return true;
        }
        if state.claim_delayed_to_end(ending) {
            // It has no room in the backlog. The timekeeper waits for it, if anybody does.
            pool.timekeeper().forget(job);
            end_unrun(job, pool, error(), Room::None(pool));
            return true;
        }
        // Else it became due between the two looks.
        if !state.load().has_not_started() {
            return false;
        }
    }
}

/// Ends a task, if nobody has claimed it, by the fate of all that has not started.
pub(crate) fn end_by(job: &Job, pool: &Pool, fate: Fate) {
    match fate {
        Fate::Run => {}
        Fate::Cancel => _ = cancel(job, pool),
        Fate::Abandon(message) => abandon(job, pool, AbandonReason::Broken(message)),
    }
}

fn end_unrun(job: &Job, pool: &Pool, error: Lost, room: Room<'_, Local>) {
    if job.core().expires_at().is_some() {
        // expiry-leave
        pool.timekeeper().leave_limited(job);
    }
    let has_expired = matches!(error, TaskError::Abandoned(AbandonReason::Expired));
    let was_shed = matches!(error, TaskError::Abandoned(AbandonReason::Overloaded));
    // The drop of the closure and the callbacks run here, and the executor waits for them.
    ended_identity::of(job, || {
        shutdown::while_ending(pool, job.core().id(), || {
            // Step 1.
            let ending = job.store_unrun(error);
            // Step 2.
            match ending {
                Ending::Cancelled => pool.gatherer().cancelled(),
                _ if has_expired => pool.gatherer().expired(),
                _ if was_shed => pool.gatherer().shed(),
                _ => pool.gatherer().abandoned(),
            }
            publish(job, ending, pool, room, Leave::Nobody);
        });
    });
}

/// Steps 3 to 8. Returns whether the reference in `leave` was given up.
#[inline(always)]
fn publish<R: Runner>(
    job: &Job,
    ending: Ending,
    pool: &Pool,
    room: Room<'_, R>,
    leave: Leave,
) -> bool {
    let core = job.core();
    let seen = core.state.load();
    // Step 3 (`task-room-first`): whoever sees the end can submit another.
    // One look tells both, where nothing else is to be done.
    let may_leave = seen.lets_leave();
    let room_first = step::TASK_ROOM_FIRST.holds(|| may_leave || !seen.has_callbacks());
    if room_first {
        room.give_back();
        // Step 4, if none of the others is to be taken. Then the task may be gone.
        if may_leave && leave.by_publishing(job, seen, ending) {
            return true;
        }
    }
    // Step 4: from here on everybody may see the result.
    let before = core.state.publish(ending);
    // Step 5. A callback that `before` does not show is called by the thread that adds it.
    if before.has_callbacks() {
        call_back(job, Some(pool));
    }
    // Step 6: a job with callbacks keeps its place until they have returned.
    if !room_first {
        room.give_back_late();
    }
    // Step 7.
    if before.has_waiters() {
        core.wake_waiters();
    }
    // Step 8: no future is left, so the result is ours.
    if before.is_detached() {
        drop_result(job, ending);
    }
    false
}

/// The room of a job in the backlog.
enum Room<'a, R> {
    /// It has run there.
    Of(&'a R),
    /// It has not run.
    Unused(&'a Pool),
    /// It had none yet, as its time had not come.
    None(&'a Pool),
}

// By hand: whether the runner can be copied does not matter.
impl<R> Clone for Room<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Room<'_, R> {}

impl<R: Runner> Room<'_, R> {
    #[inline(always)]
    fn give_back(self) {
        match self {
            Room::Of(runner) => runner.count_ended(),
            Room::Unused(pool) => pool.queue().withdraw(),
            Room::None(pool) => pool.timekeeper().settle(pool, 1),
        }
    }

    /// Off the way of all others.
    #[cold]
    #[inline(never)]
    fn give_back_late(self) {
        self.give_back();
    }
}

/// Calls the callbacks of a task that has ended, unless somebody is at it. A panic ends there, and is
/// counted if the executor still exists.
#[inline(never)]
pub(crate) fn call_back(job: &Job, pool: Option<&Pool>) {
    let handle = TaskHandle::new(job.clone());
    ended_identity::of(job, || {
        job.core().call_back(|callback| {
            if let Err(payload) = panics::contain(|| callback(&handle)) {
                if let Some(pool) = pool {
                    pool.gatherer().callback_panicked();
                }
                panics::dispose(payload);
            }
        });
    });
}

/// Drops the result of a task that is detached, on the thread that has ended it.
#[inline(never)]
fn drop_result(job: &Job, ending: Ending) {
    if job.is_result_foreign(ending) {
        ended_identity::of(job, || job.drop_result());
    } else {
        job.drop_result();
    }
}

fn outcome(ending: Ending) -> Outcome {
    match ending {
        Ending::Failed => Outcome::Failed,
        Ending::Panicked => Outcome::Panicked,
        Ending::Cancelled => Outcome::Cancelled,
        Ending::TimedOut => Outcome::TimedOut,
        _ => Outcome::Succeeded,
    }
}
