//! Whether a job is accepted, at once or after waiting for room.

pub(crate) mod notes;
pub(crate) mod pace;
pub(crate) mod refusal;
pub(crate) mod shed;

use std::panic::Location;
use std::task::Waker;
use std::time::Duration;

use greenctx::{Waiting, Wake, waiting};
use greenstd::panics;
use greenstd::step;
use greenstd::time::Instant;
use workqueue::{Admitted, Prospect, Refused};

use crate::admission::refusal::{Denied, Refusal};
use crate::pool::{Pool, Queued};
use crate::rejection::{CheckAndReject, Load, Verdict};
use crate::waiting::stall::BlockedOnRoom;

/// How much a job matters, against the others that ask for room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    Normal,
    /// It is refused at half of what a normal one is refused at.
    Low,
}

/// Admits one job, or says why not.
#[inline]
pub(crate) fn admit(pool: &Pool) -> Result<Admitted<'_, Queued>, Denied> {
    if !pool.is_asked_first() {
        match pool.queue().admit() {
            Ok(admitted) => return Ok(admitted),
            Err(Refused::Full) => {
                // No hook is there to ask when it will be over.
                pool.gatherer().rejected();
                return Err(Refusal::Rejected.into());
            }
            Err(Refused::Closed) => {}
        }
    }
    admit_by_all(pool, Priority::Normal)
}

/// Admits one job of that priority, or says why not.
pub(crate) fn admit_as(pool: &Pool, priority: Priority) -> Result<Admitted<'_, Queued>, Denied> {
    match priority {
        Priority::Normal => admit(pool),
        Priority::Low => admit_by_all(pool, priority),
    }
}

#[inline(never)]
fn admit_by_all(pool: &Pool, priority: Priority) -> Result<Admitted<'_, Queued>, Denied> {
    try_admit(pool, priority).map_err(|refusal| match refusal {
        Refusal::Rejected => rejected(pool, priority),
        other => other.into(),
    })
}

/// Counts a rejection, and asks the hook when it will be over.
fn rejected(pool: &Pool, priority: Priority) -> Denied {
    pool.gatherer().rejected();
    denied_for_about(Refusal::Rejected, pool, priority)
}

#[cold]
#[inline(never)]
fn denied_for_about(reason: Refusal, pool: &Pool, priority: Priority) -> Denied {
    Denied::for_about(reason, retry_after(pool, priority))
}

/// Admits a delayed job that is due now, also while the executor is closing.
pub(crate) fn admit_due(pool: &Pool, priority: Priority) -> Result<Admitted<'_, Queued>, Refusal> {
    let admitted = admit_by_load(pool, priority);
    if let Err(Refusal::Rejected) = admitted {
        return Err(rejected(pool, priority).reason);
    }
    admitted
}

/// Why a submission would be refused, whatever the load.
pub(crate) fn refuse_if_closing(pool: &Pool) -> Result<(), Refusal> {
    match () {
        () if pool.is_forked() => Err(Refusal::Forked),
        () if pool.is_closing() => Err(closed(pool)),
        () => Ok(()),
    }
}

/// Admits one job, waiting for room until `deadline`, for ever if there is none. It is submitted at `site`.
pub(crate) fn admit_waiting<'a>(
    pool: &'a Pool,
    priority: Priority,
    deadline: Option<Instant>,
    site: &'static Location<'static>,
) -> Result<Admitted<'a, Queued>, Denied> {
    match try_admit(pool, priority) {
        Err(Refusal::Rejected) => {}
        decided => return decided.map_err(Denied::from),
    }
    let waker: Waker = greenctx::current().into();
    // Entered first, asked again after (`room-recheck`): room that came in between wakes nobody, and is seen here.
    // See the queue's protocol.
    let (_, (mut turnover, mut decided)) = step::ROOM_RECHECK.in_order(
        || pool.queue().wait_for_room(waker.clone()),
        || (pool.queue().turnover(), try_admit(pool, priority)),
    );
    while let Err(Refusal::Rejected) = decided {
        decided = wait_for_room(pool, priority, turnover, &waker, deadline, site).and_then(|()| {
            turnover = pool.queue().turnover();
            try_admit(pool, priority)
        });
    }
    pool.queue().stop_waiting_for_room(&waker, decided.is_ok());
    decided.map_err(|refusal| match refusal {
        Refusal::TimedOut => denied_for_about(refusal, pool, priority),
        other => other.into(),
    })
}

/// Waits until there may be room. The caller was refused after the turnover had been `turnover`.
fn wait_for_room(
    pool: &Pool,
    priority: Priority,
    turnover: u64,
    waker: &Waker,
    deadline: Option<Instant>,
    site: &'static Location<'static>,
) -> Result<(), Refusal> {
    let blocked = BlockedOnRoom::if_worker_of(pool.id(), waker, turnover);
    match blocked.as_ref().map_or(Prospect::Room, |blocked| blocked.prospect) {
        Prospect::Room => {}
        Prospect::Unclear => return Ok(()),
        Prospect::None => return Err(Refusal::WouldDeadlock),
    }
    // The worker counts as waiting from before the park until after it.
    let what = Waiting::on("room in a backlog").with_object(pool.id() as usize).at(site);
    let woken = waiting(&what, || greenctx::park_deadline(deadline));
    drop(blocked);
    match woken {
        Ok(Wake::Unparked) => {
            // The wake has used the waker up. Entered again before the caller asks again, as the first time.
            match priority {
                Priority::Normal => pool.queue().wait_for_room_again(waker),
                // Behind all others: at the front it would use up the wake-ups of those that can go on.
                Priority::Low => {
                    pool.queue().stop_waiting_for_room(waker, true);
                    pool.queue().wait_for_room(waker.clone());
                }
            }
            Ok(())
        }
        Ok(Wake::TimedOut) => Err(Refusal::TimedOut),
        Err(interrupted) if interrupted.is_timed_out() => Err(Refusal::TimedOut),
        Err(_) => Err(Refusal::Interrupted),
    }
}

#[inline(never)]
fn try_admit(pool: &Pool, priority: Priority) -> Result<Admitted<'_, Queued>, Refusal> {
    refuse_if_closing(pool)?;
    admit_by_load(pool, priority)
}

/// Asks the hook, if there is one that decides, and then the queue.
fn admit_by_load(pool: &Pool, priority: Priority) -> Result<Admitted<'_, Queued>, Refusal> {
    if let Some((hook, load)) = ask(pool, priority)
        && is_rejected(hook, &load)
    {
        return Err(Refusal::Rejected);
    }
    let admitted = match pool.limit_for_low() {
        Some(limit) if priority == Priority::Low => pool.queue().admit_within(limit),
        _ => pool.queue().admit(),
    };
    admitted.map_err(|refused| match refused {
        Refused::Full => Refusal::Rejected,
        Refused::Closed => closed(pool),
    })
}

/// Why a closed executor refuses.
pub(crate) fn closed(pool: &Pool) -> Refusal {
    if pool.is_broken() { Refusal::Broken } else { Refusal::Shutdown }
}

/// The hook that is to be asked, if there is one, and the present load.
fn ask(pool: &Pool, priority: Priority) -> Option<(&dyn CheckAndReject, Load)> {
    let hook = pool.settings().rejection.as_deref()?;
    let load = pool.pace()?.load(pool, priority == Priority::Low);
    Some((hook, load))
}

/// Asks the hook, with no lock held. One that panics refuses.
fn is_rejected(hook: &dyn CheckAndReject, load: &Load) -> bool {
    match panics::contain(|| hook.check(load)) {
        Ok(verdict) => verdict == Verdict::Reject,
        Err(payload) => {
            panics::dispose(payload);
            true
        }
    }
}

/// When a job that was refused may be accepted, as far as the hook knows.
fn retry_after(pool: &Pool, priority: Priority) -> Option<Duration> {
    let (hook, load) = ask(pool, priority)?;
    match panics::contain(|| hook.retry_after(&load)) {
        Ok(time) => time,
        Err(payload) => {
            panics::dispose(payload);
            None
        }
    }
}
