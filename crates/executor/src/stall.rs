//! Workers that wait for their own executor.
//!
//! A worker that waits, with a time limit or for one of several tasks, for tasks that are already
//! claimed or may be run by others, keeps its slot. Should every worker come to wait like that while
//! jobs are in the backlog, nobody would take them. So the waiting ones are counted, and the last of
//! them lends its slot to a fresh worker, which runs the backlog until the lender goes on.

use greenstd::sync::Arc;
use std::rc::Rc;

use crate::carrier::{self, CarrierSide};
use crate::error::AbandonReason;
use crate::loan::{Loan, Status};
use crate::task::{self, Job};

/// While it lives, the calling worker counts as waiting for its own executor.
pub(crate) struct Blocked {
    side: Rc<CarrierSide>,
    loan: Option<Loan>,
}

impl Blocked {
    /// If the caller is a worker of executor `pool`, to which all belong that it waits for.
    /// `a_queued_one` finds one of them that has not started.
    pub(crate) fn on(
        pool: u64,
        a_queued_one: impl FnOnce() -> Option<Arc<dyn Job>>,
    ) -> Option<Blocked> {
        let side = carrier::current_worker(pool)?;
        let stalled = side.pool().queue().block_worker();
        let loan = if stalled { lend_to_backlog(&side, a_queued_one) } else { None };
        Some(Blocked { side, loan })
    }

    /// As [`on`](Self::on), for a worker that waits for room in the backlog: `Err` if that would
    /// never come.
    pub(crate) fn on_room(pool: u64) -> Result<Option<Blocked>, WouldStall> {
        let Some(side) = carrier::current_worker(pool) else { return Ok(None) };
        let blocked = Blocked { side, loan: None };
        if blocked.side.pool().queue().block_worker() { Err(WouldStall) } else { Ok(Some(blocked)) }
    }
}

/// Every worker would wait for room that only a worker can make.
pub(crate) struct WouldStall;

impl Drop for Blocked {
    fn drop(&mut self) {
        let still_counted = match self.loan.take() {
            None => true,
            // The borrower has counted us as waiting again when it ended.
            Some(loan) => loan.settle(),
        };
        if still_counted {
            self.side.pool().queue().unblock_worker();
        }
    }
}

fn lend_to_backlog(
    side: &Rc<CarrierSide>,
    a_queued_one: impl FnOnce() -> Option<Arc<dyn Job>>,
) -> Option<Loan> {
    let queue = side.pool().queue();
    match Loan::lend(side, run_backlog) {
        Ok(loan) => {
            // The slot is at work.
            queue.unblock_worker();
            Some(loan)
        }
        Err(error) => {
            // No worker, and no stack for another: what we wait for would never come.
            if let Some(job) = a_queued_one() {
                task::abandon(&job, side.pool(), AbandonReason::NoStack(error));
            }
            None
        }
    }
}

/// The borrower: runs jobs until there are none, or the lender has gone on.
fn run_backlog(side: &CarrierSide, status: &std::cell::Cell<Status>) {
    let queue = side.pool().queue();
    while status.get() == Status::Lent {
        if side.run_jobs(|| status.get() == Status::Lent).is_some() {
            greenctx::yield_now();
        } else if !queue.block_worker() {
            // Nothing left: the lender waits again, and is counted so until it goes on.
            if status.get() == Status::CalledIn {
                queue.unblock_worker();
            }
            return;
        } else {
            queue.unblock_worker();
        }
    }
}
