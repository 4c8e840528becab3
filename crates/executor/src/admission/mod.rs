//! Whether a job is accepted, at once or after waiting for room.

pub(crate) mod refusal;

use std::task::Waker;

use greenctx::Wake;
use greenstd::panics;
use greenstd::step;
use greenstd::time::Instant;
use workqueue::{Admitted, Prospect, Refused};

use crate::admission::refusal::Refusal;
use crate::pool::{Pool, Queued};
use crate::rejection::{CheckAndReject, Load, Verdict};
use crate::waiting::stall::BlockedOnRoom;

/// Admits one job, or says why not.
#[inline]
pub(crate) fn admit(pool: &Pool) -> Result<Admitted<'_, Queued>, Refusal> {
    if !pool.is_asked_first() {
        match pool.queue().admit() {
            Ok(admitted) => return Ok(admitted),
            Err(Refused::Full) => return Err(rejected(pool)),
            Err(Refused::Closed) => {}
        }
    }
    let admitted = try_admit(pool);
    if let Err(Refusal::Rejected) = admitted {
        return Err(rejected(pool));
    }
    admitted
}

#[inline]
fn rejected(pool: &Pool) -> Refusal {
    pool.gatherer().rejected();
    Refusal::Rejected
}

/// Admits one job, waiting for room until `deadline`, for ever if there is none.
pub(crate) fn admit_waiting(
    pool: &Pool,
    deadline: Option<Instant>,
) -> Result<Admitted<'_, Queued>, Refusal> {
    match try_admit(pool) {
        Err(Refusal::Rejected) => {}
        decided => return decided,
    }
    let waker: Waker = greenctx::current().into();
    // Entered first, asked again after (`room-recheck`): room that came in between wakes nobody, and is seen here.
    // See the queue's protocol.
    let (_, (mut turnover, mut decided)) = step::ROOM_RECHECK.in_order(
        || pool.queue().wait_for_room(waker.clone()),
        || (pool.queue().turnover(), try_admit(pool)),
    );
    while let Err(Refusal::Rejected) = decided {
        decided = wait_for_room(pool, turnover, &waker, deadline).and_then(|()| {
            turnover = pool.queue().turnover();
            try_admit(pool)
        });
    }
    pool.queue().stop_waiting_for_room(&waker, decided.is_ok());
    decided
}

/// Waits until there may be room. The caller was refused after the turnover had been `turnover`.
fn wait_for_room(
    pool: &Pool,
    turnover: u64,
    waker: &Waker,
    deadline: Option<Instant>,
) -> Result<(), Refusal> {
    let blocked = BlockedOnRoom::if_worker_of(pool.id(), waker, turnover);
    match blocked.as_ref().map_or(Prospect::Room, |blocked| blocked.prospect) {
        Prospect::Room => {}
        Prospect::Unclear => return Ok(()),
        Prospect::None => return Err(Refusal::WouldDeadlock),
    }
    // The worker counts as waiting from before the park until after it.
    let woken = greenctx::park_deadline(deadline);
    drop(blocked);
    match woken {
        Ok(Wake::Unparked) => {
            // The wake has used the waker up. Entered again before the caller asks again, as the first time.
            pool.queue().wait_for_room_again(waker);
            Ok(())
        }
        Ok(Wake::TimedOut) => Err(Refusal::TimedOut),
        Err(interrupted) if interrupted.is_timed_out() => Err(Refusal::TimedOut),
        Err(_) => Err(Refusal::Interrupted),
    }
}

#[inline(never)]
fn try_admit(pool: &Pool) -> Result<Admitted<'_, Queued>, Refusal> {
    if pool.is_forked() {
        return Err(Refusal::Forked);
    }
    if let Some(rejection) = &pool.settings().rejection
        && rejection.max_backlog().is_none()
        && is_rejected(pool, &**rejection)
    {
        return Err(Refusal::Rejected);
    }
    pool.queue().admit().map_err(|refused| match refused {
        Refused::Full => Refusal::Rejected,
        Refused::Closed if pool.is_broken() => Refusal::Broken,
        Refused::Closed => Refusal::Shutdown,
    })
}

/// Asks the hook, with no lock held. One that panics refuses.
fn is_rejected(pool: &Pool, rejection: &dyn CheckAndReject) -> bool {
    let gauge = pool.queue().gauge();
    let load = Load {
        queued: gauge.queued,
        running: gauge.running,
        max_workers: pool.queue().max_workers(),
    };
    match panics::contain(|| rejection.check(&load)) {
        Ok(verdict) => verdict == Verdict::Reject,
        Err(payload) => {
            panics::dispose(payload);
            true
        }
    }
}
