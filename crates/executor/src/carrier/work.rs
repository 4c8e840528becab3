//! What a carrier's scheduler asks: whether there is work.

use std::rc::Rc;

use greenctx::{Found, Spawner, StackError, Work};

use super::Local;
use super::initializer::Initialized;
use super::worker::Order;
use crate::ending_thread;
use crate::error::AbandonReason;
use crate::pool::Queued;
use crate::task;

/// A carrier's source of work.
pub(crate) struct CarrierWork(pub(crate) Rc<Local>);

impl Work for CarrierWork {
    fn find(&mut self, spawner: &Spawner<'_>) -> Found {
        let local = &self.0;
        let queue = local.pool.queue();
        let mut found = Found::Nothing;
        let may_take = local.is_initialized(spawner);
        local.starved.set(false);
        let has_work = local.jobs.borrow().has_work();
        if !has_work {
            local.note_lull();
        }
        if may_take
            && (has_work || local.pool.shelves().seems_to_have_some())
            && (local.jobs.borrow().has_pinned() || !local.leaves_it_to_others(spawner))
            && local.jobs.borrow().start_worker()
        {
            found = match local.start_worker(spawner) {
                Ok(()) => Found::Something,
                Err(error) => local.without_stack(error),
            };
        }
        // A worker that was started now is the next to run, and ends the search when it has a job.
        if found == Found::Nothing || spawner.has_ready() {
            local.jobs.borrow_mut().search_over();
        }
        if queue.is_exhausted() && local.order_spare(Order::End) {
            found = Found::Something;
        }
        found
    }

    fn recheck(&mut self) -> bool {
        let may_sleep = self.0.jobs.borrow_mut().announce_sleep();
        // A carrier that cannot take jobs sleeps anyway: while its initializer is under way, or until
        // one of its threads ends and leaves a stack.
        !may_sleep && self.0.initialized.get() == Initialized::Done && !self.0.starved.get()
    }

    fn awake(&mut self) {
        self.0.jobs.borrow_mut().end_sleep();
    }

    fn is_exhausted(&self) -> bool {
        self.0.initialized.get() != Initialized::UnderWay && self.0.pool.queue().is_exhausted()
    }

    /// How many jobs are queued, and how many workers are live.
    fn figures(&self) -> [u32; 2] {
        let queue = self.0.pool.queue();
        let (queued, workers) = (queue.queued(), queue.live_workers());
        [queued, workers as u64].map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    }
}

impl Local {
    /// There is no stack for a worker. The jobs wait for a worker that lives. If there is none, or none that will
    /// ever take another job, one of the jobs is abandoned, since it would wait for ever. Another thread does that:
    /// the present stack is the scheduler's own.
    fn without_stack(&self, error: StackError) -> Found {
        self.jobs.borrow().forgo_worker();
        if !self.pool.queue().all_workers_waiting() {
            self.starved.set(true);
            return Found::Nothing;
        }
        match self.take() {
            Some(Queued(job)) => {
                let error = std::io::Error::from(error);
                ending_thread::run(&self.pool, move |pool| {
                    task::abandon(&job, pool, AbandonReason::NoStack(error));
                });
                Found::Something
            }
            // What waits is forked children, which their parents run themselves.
            None => {
                self.starved.set(true);
                Found::Nothing
            }
        }
    }
}
