//! Workers: their shifts, what they do between two jobs, and the spares.

use std::cell::Cell;
use std::rc::Rc;

use greenctx::{
    CarrierCounters, CarrierHandle, Spawner, StackError, Thread, Waiting, park, waiting,
};
use greenstd::thread;
use greenstd::ticks::Ticks;
use workqueue::Retirement;

use super::Local;
use crate::error::AbandonReason;
use crate::pool::{Fate, Queued};
use crate::task::{self, Job, Place, QueueRef};

/// Jobs in a shift, before the carrier looks around: as many as a green thread that yields all the
/// time would get turns.
const JOBS_PER_SHIFT: u32 = 61;

/// How often a worker without a job looks for one before it gives up: some ten microseconds' worth.
const LINGER_LOOKS: u32 = if cfg!(any(green_loom, green_shuttle)) { 1 } else { 256 };

/// How often it looks if there is somebody else for the processor, to whom it is left in between.
const LINGER_YIELDS: u32 = if cfg!(any(green_loom, green_shuttle)) { 1 } else { 2 };

/// The most turns of spinning to let jobs gather: a microsecond's worth.
const MAX_PATIENCE: u32 = if cfg!(any(green_loom, green_shuttle)) { 1 } else { 32 };

/// How often a carrier with more than its share of workers leaves what waits to the others.
const LOOKS_FOR_OTHERS: u32 = if cfg!(any(green_loom, green_shuttle)) { 1 } else { 64 };

/// How many workers without a job a carrier keeps.
const SPARES: usize = 16;

/// What a worker without a job waits for, in reports.
const SPARE: Waiting = Waiting::on("the next job");

/// Why a shift has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShiftEnd {
    /// There are no more jobs. The worker holds its slot still.
    OutOfJobs,
    /// Others want the carrier or the slot; there may be more jobs.
    CutShort,
}

/// A worker between two shifts.
pub(super) struct Spare {
    thread: Thread,
    order: Cell<Order>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Wait,
    Work,
    End,
}

impl Local {
    /// Runs jobs as long as there are some, nobody else wants the carrier, and there is a slot for it.
    pub(crate) fn run_jobs(&self) -> ShiftEnd {
        // One job ends when the next one starts: the clock is read once.
        let mut now = Ticks::default();
        let place = self.place();
        let counters = self.pool.carrier(self.index).map(CarrierHandle::counters);
        // How often green threads of this carrier have parked.
        let parks = || counters.map_or(0, CarrierCounters::parks);
        let mut turn = 0;
        while turn < JOBS_PER_SHIFT {
            let before = parks();
            match self.run_one(&mut turn, place, now) {
                Some(end) => now = end,
                None => {
                    self.note_end_of_jobs();
                    return ShiftEnd::OutOfJobs;
                }
            }
            // After a job that has waited, the others have just had their turns, and this one's has
            // only begun: good for another job, or every wait would cost a worker.
            let has_fresh_turn = || parks() != before && !self.has_more_than_its_share();
            let is_wanted = greenctx::is_anybody_waiting() && !has_fresh_turn();
            if is_wanted || self.is_over_capacity() {
                break;
            }
        }
        self.note_end_of_shift();
        ShiftEnd::CutShort
    }

    /// Runs a job or forked children: the time at which it has ended, or `None` if there is neither. Counts the turns
    /// that this took.
    #[inline]
    fn run_one(&self, turn: &mut u32, place: Place, now: Ticks) -> Option<Ticks> {
        // Children come first: they are parts of what has begun. But once in a shift the backlog does, so that it does
        // not starve.
        let is_first = *turn == 0;
        if !is_first && self.run_stolen(turn, place) {
            return Some(Ticks::default());
        }
        if let Some(Queued(job)) = self.take() {
            *turn += 1;
            return Some(self.run_or_end(job, place, now));
        }
        (is_first && self.run_stolen(turn, place)).then(Ticks::default)
    }

    /// Steals forked children and runs them; whether there were any. Each takes a turn.
    #[inline]
    fn run_stolen(&self, turn: &mut u32, place: Place) -> bool {
        self.pool.shelves().seems_to_have_some() && self.steal_and_run(turn, place)
    }

    #[cold]
    fn steal_and_run(&self, turn: &mut u32, place: Place) -> bool {
        let search_over = || self.jobs.borrow_mut().search_over();
        let stolen = self.forks.raid(place, JOBS_PER_SHIFT - *turn, search_over);
        *turn += stolen;
        stolen > 0
    }

    /// Whether clearly more of the live workers are here than on the other carriers.
    fn has_more_than_its_share(&self) -> bool {
        let Some(carrier) = self.pool.carrier(self.index) else { return false };
        let here = carrier.counters().live() - self.spares.borrow().len();
        let share = self.pool.queue().live_workers() / self.pool.settings().carriers;
        here > share + share / 8 + 1
    }

    /// Whether another carrier had better start the worker for what waits: what lives long stays where it
    /// has started, so those that have many leave it to the others. They were woken for it and need some
    /// microseconds to come; if none does, being busy, this one starts the worker after all.
    pub(super) fn leaves_it_to_others(&self, spawner: &Spawner<'_>) -> bool {
        let looks = self.left_to_others.get();
        let leaves_it = looks < LOOKS_FOR_OTHERS && self.has_more_than_its_share();
        self.left_to_others.set(if leaves_it { looks + 1 } else { 0 });
        if leaves_it && !spawner.has_ready() {
            thread::yield_now();
        }
        leaves_it
    }

    /// Looks out for more jobs for a few microseconds, about as long as falling asleep and being woken
    /// would take; whether there are some. If all processors may be wanted, it looks a few times only
    /// and leaves its own to others in between.
    fn linger(&self) -> bool {
        let queue = self.pool.queue();
        let settings = self.pool.settings();
        let awake = settings.carriers - queue.sleeping_carriers().min(settings.carriers);
        let is_cpu_scarce = awake >= settings.cpus;
        self.jobs.borrow_mut().start_search();
        for _ in 0..if is_cpu_scarce { LINGER_YIELDS } else { LINGER_LOOKS } {
            if greenctx::is_anybody_waiting() || queue.is_closed() {
                break;
            }
            if self.jobs.borrow().has_work() {
                self.let_some_gather();
                return true;
            }
            if self.pool.shelves().seems_to_have_some() {
                return true;
            }
            if is_cpu_scarce {
                thread::yield_now();
            } else {
                thread::spin_loop();
            }
        }
        self.jobs.borrow_mut().search_over();
        false
    }

    /// Jobs have begun to come in: if they come fast, it is cheaper for both sides to take several at
    /// once. How long to wait is learnt from whether waiting paid.
    fn let_some_gather(&self) {
        let patience = self.patience.get();
        let before = self.pool.queue().len();
        for _ in 0..patience {
            thread::spin_loop();
        }
        let paid = self.pool.queue().len() > before;
        self.patience
            .set(if paid { (2 * patience).min(MAX_PATIENCE) } else { patience / 2 }.max(1));
    }

    #[inline]
    fn run_or_end(&self, job: QueueRef, place: Place, now: Ticks) -> Ticks {
        if !self.pool.runs_jobs() {
            self.end_unrun(&job, self.pool.fate());
        } else if job.core().is_described() && self.does_not_start(&job) {
            // It is too late, or another worker starts it.
        } else if self.goes_by_time() {
            return self.run_by_time(&job, place, now);
        } else if job.core().state.claim_to_run(place) {
            return task::run_queued(self, job, now);
        }
        Ticks::default()
    }

    /// Whether a job that was taken is not to start here; then all has been done about it.
    fn does_not_start(&self, job: &Job) -> bool {
        if job.core().has_expired() {
            task::abandon(job, &self.pool, AbandonReason::Expired);
            return true;
        }
        job.core().placed().is_some() && self.passes_on(job)
    }

    /// Ends a job, if nobody has claimed it, by the fate of all that has not started.
    pub(crate) fn end_unrun(&self, job: &Job, fate: Fate) {
        task::end_by(job, &self.pool, fate);
    }

    /// One shift of a worker that holds a slot; it holds none afterwards.
    fn work_a_shift(&self) {
        loop {
            if self.run_jobs() == ShiftEnd::CutShort {
                self.jobs.borrow().step_down();
                return;
            }
            if self.linger() {
                continue;
            }
            if self.jobs.borrow().retire_worker() == Retirement::Retired {
                return;
            }
        }
    }

    /// The life of a worker.
    fn work(self: Rc<Self>) {
        self.mark_worker(true);
        let spare = Rc::new(Spare { thread: greenctx::current(), order: Cell::new(Order::Work) });
        while spare.order.get() == Order::Work {
            self.work_a_shift();
            if !self.keep_spare(&spare) {
                break;
            }
            while spare.order.get() == Order::Wait {
                // Sometimes it is woken for nothing: by somebody that meant a job which has ended.
                let _ = greenctx::shield(|| waiting(&SPARE, park));
            }
        }
        self.mark_worker(false);
    }

    fn keep_spare(&self, spare: &Rc<Spare>) -> bool {
        let mut spares = self.spares.borrow_mut();
        if spares.len() >= SPARES || self.pool.queue().is_exhausted() {
            return false;
        }
        spare.order.set(Order::Wait);
        spares.push(spare.clone());
        self.pool.count_spares(self.index, spares.len());
        true
    }

    /// Sends a spare to work, or to its end.
    pub(super) fn order_spare(&self, order: Order) -> bool {
        let mut spares = self.spares.borrow_mut();
        let Some(spare) = spares.pop() else { return false };
        self.pool.count_spares(self.index, spares.len());
        spare.order.set(order);
        spare.thread.unpark();
        true
    }

    /// Starts a worker in a slot that has been taken.
    pub(super) fn start_worker(self: &Rc<Self>, spawner: &Spawner<'_>) -> Result<(), StackError> {
        if self.order_spare(Order::Work) {
            return Ok(());
        }
        let local = self.clone();
        spawner.spawn(Some(self.worker_name.clone()), move || local.work())?;
        Ok(())
    }
}
