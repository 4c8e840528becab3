//! A worker lends its slot to a fresh worker on the same carrier while it waits.
//!
//! Lender and borrower are green threads of one OS thread, so plain cells will do. The number of slots taken does
//! not change: the slot is the borrower's until the borrower ends, then the lender's again. The lender is told so,
//! since from then on it holds a slot while it waits.
//!
//! The lender may go on before that, if its wait was interrupted, say. Then it takes a slot beyond the maximum, and
//! the borrower gives one back at its end. If the lender waits again before that, it gives it back itself.
//!
//! | status | left by |
//! | --- | --- |
//! | `Lent` | *return*: the borrower ends; *call-in*: the lender goes on before |
//! | `CalledIn` | *return*; *lend-again*: the lender waits again |
//! | `Returned` | nobody |

use std::cell::Cell;
use std::rc::Rc;

use greenctx::Builder;

use crate::carrier::Local;

/// A slot that is lent.
pub(crate) struct Loan {
    local: Rc<Local>,
    status: Rc<Cell<Status>>,
}

/// When the lender is to be woken, as the slot is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WakeLender {
    Always,
    /// Unless the task has ended by the borrower: that wakes the lender anyway.
    IfNotEnded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// The borrower works in the slot.
    Lent,
    /// The borrower has ended.
    Returned,
    /// The lender has gone on and taken another slot.
    CalledIn,
}

impl Loan {
    /// Starts a worker that does `work` in the calling worker's slot, and wakes the caller at its end,
    /// by `wake` and by whether `work` says that the task has ended.
    ///
    /// # Errors
    /// If there is no stack to be had.
    pub(crate) fn lend(
        local: &Local,
        wake: WakeLender,
        work: impl FnOnce(&Local) -> bool + 'static,
    ) -> std::io::Result<Loan> {
        let status = Rc::new(Cell::new(Status::Lent));
        let local = local.counted();
        let borrower = (local.clone(), status.clone());
        let lender = greenctx::current();
        Builder::new().name("worker").spawn_local(move || {
            let (local, status) = borrower;
            // Lender and borrower are one worker by count: no slot was taken for this one.
            local.mark_worker(true);
            let has_ended = work(&local);
            let wake_lender = wake == WakeLender::Always || !has_ended;
            local.mark_worker(false);
            // *return*. If the lender took another slot, this one is one too many.
            match status.replace(Status::Returned) {
                Status::CalledIn => local.repay_slot(),
                Status::Lent | Status::Returned if wake_lender => lender.unpark(),
                Status::Lent | Status::Returned => {}
            }
        })?;
        Ok(Loan { local, status })
    }

    /// Whether the borrower has ended, and the slot is the lender's again.
    pub(crate) fn is_returned(&self) -> bool {
        self.status.get() == Status::Returned
    }

    /// The lender goes on and needs its slot.
    pub(crate) fn call_in(&self) {
        if self.status.get() == Status::Lent {
            // *call-in*: both run from here on, so there is one slot more.
            self.status.set(Status::CalledIn);
            self.local.pool().queue().overdraw_worker();
        }
    }

    /// The lender went on before the borrower had ended, and now waits again.
    #[cfg(feature = "io")]
    pub(crate) fn lend_again(&self) {
        if self.status.get() == Status::CalledIn {
            // *lend-again*: the slot of the lender goes, and the borrower keeps the other.
            self.status.set(Status::Lent);
            self.local.repay_slot();
        }
    }
}
