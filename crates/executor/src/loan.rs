//! A worker lends its slot to a fresh worker on the same carrier while it waits.
//!
//! Lender and borrower are green threads of one OS thread, so plain cells will do. The number of
//! slots taken does not change: the slot is the borrower's until the borrower ends, then the lender's
//! again. If the lender goes on before that (its wait timed out, say), it takes a slot beyond the
//! maximum, and the borrower gives one back at its end.

use std::cell::Cell;
use std::rc::Rc;

use greenctx::Builder;

use crate::carrier::CarrierSide;

/// A slot that is lent.
pub(crate) struct Loan {
    side: Rc<CarrierSide>,
    status: Rc<Cell<Status>>,
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
    /// Starts a worker that does `work` in the calling worker's slot.
    ///
    /// # Errors
    /// If there is no stack to be had.
    pub(crate) fn lend(
        side: &Rc<CarrierSide>,
        work: impl FnOnce(&CarrierSide) + 'static,
    ) -> std::io::Result<Loan> {
        let status = Rc::new(Cell::new(Status::Lent));
        let borrower = (side.clone(), status.clone());
        Builder::new().name("worker").spawn_local(move || {
            let (side, status) = borrower;
            side.mark_worker(true);
            work(&side);
            side.mark_worker(false);
            match status.replace(Status::Returned) {
                Status::CalledIn => side.repay_slot(),
                Status::Lent | Status::Returned => {}
            }
        })?;
        Ok(Loan { side: side.clone(), status })
    }

    /// The lender goes on and needs its slot.
    pub(crate) fn settle(self) {
        if self.status.get() == Status::Lent {
            self.status.set(Status::CalledIn);
            self.side.pool().queue().overdraw_worker();
        }
    }
}
