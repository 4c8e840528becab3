//! A task that is awaited in a [`block_on`](greenio::block_on) on a worker of its own executor.
//!
//! It is run in the slot of the worker that waits there, not by the poll itself. For a poll may happen in the
//! middle of anything, a scoped thread-local that is set, say, where the task must not park. So the poll
//! leaves an errand, and `block_on` does it when it comes to wait.

use greenctx::Limit;
use greenio::Errand;

use crate::carrier;
use crate::hosts::thread;
use crate::task::Job;
use crate::waiting::claim::{lend_slot, run_apart};
use crate::waiting::loan::{Loan, WakeLender};

/// The caller polls `job`, which has not ended. If it does so in a `block_on` on a worker of the task's
/// executor, it lends its slot when it comes to wait.
pub(crate) fn note_poll(job: &Job) {
    if !job.core().state.load().is_queued() {
        return;
    }
    let pool = job.core().pool();
    let errand: Box<dyn Errand> = if carrier::current_worker(pool).is_some() {
        Box::new(Awaited { job: job.clone(), loan: None })
    } else if thread::current_pool(pool).is_some() {
        Box::new(OnThread(job.clone()))
    } else {
        return;
    };
    if greenio::is_errand_welcome() {
        greenio::leave_errand(errand);
    }
}

/// The errand on an OS thread: runs the job, which wakes the future that was polled.
struct OnThread(Job);

impl Errand for OnThread {
    fn wait_begins(&mut self) -> bool {
        thread::run_on_the_spot(&self.0, None);
        false
    }

    fn wait_ends(&mut self) {}
}

/// The errand: lends the slot of the worker that waits.
struct Awaited {
    job: Job,
    loan: Option<Loan>,
}

impl Errand for Awaited {
    fn wait_begins(&mut self) -> bool {
        match &self.loan {
            Some(loan) if loan.is_returned() => return false,
            Some(loan) => loan.lend_again(),
            None if !self.job.core().state.load().is_queued() || !may_begin() => return false,
            None => {
                let Some(local) = carrier::current_worker(self.job.core().pool()) else {
                    return false;
                };
                // The future of the task may be dropped before it ends, and others may wait for the slot.
                self.loan = lend_slot(local, &self.job, WakeLender::Always);
                if self.loan.is_none()
                    && greenctx::here().is_some_and(|here| here.has_stack_to_spare())
                {
                    run_apart(local, &self.job);
                }
            }
        }
        self.loan.is_some()
    }

    fn wait_ends(&mut self) {
        if let Some(loan) = &self.loan {
            loan.call_in();
        }
    }
}

/// Whether a wait that the caller begins now may last.
fn may_begin() -> bool {
    !greenctx::is_parking_forbidden() && Limit::of_wait(None).is_ok_and(|limit| !limit.has_passed())
}
