//! One carrier of an executor: where it finds jobs, and the workers that run them.
//!
//! A *worker* is a green thread that holds one of the executor's worker slots and runs jobs one after
//! the other on its stack. Its shift ends when there are no more jobs, or when others want the
//! carrier. It then gives its slot back and waits as a *spare* for the next shift, its stack warm.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use greenctx::{Found, Slot, Spawner, StackError, Thread, Work};
use greenstd::panics;
use greenstd::sync::Arc;
use greenstd::thread;
use greenstd::ticks::Ticks;
use workqueue::{Local, Retirement};

use crate::elsewhere;
use crate::error::AbandonReason;
use crate::pool::{Fate, Pool, Queued, key};
use crate::task::{self, Job, Place};

/// Jobs in a shift, before the carrier looks around: as many as a green thread that yields all the
/// time would get turns.
const JOBS_A_SHIFT: u32 = 61;

/// How often a worker without a job looks for one before it gives up: some ten microseconds' worth.
const LINGER_LOOKS: u32 = if cfg!(any(green_loom, green_shuttle)) { 1 } else { 256 };

/// How often it looks if there is somebody else for the processor, to whom it is left in between.
const LINGER_YIELDS: u32 = if cfg!(any(green_loom, green_shuttle)) { 1 } else { 16 };

/// The most turns of spinning to let jobs gather: a microsecond's worth.
const MAX_PATIENCE: u32 = if cfg!(any(green_loom, green_shuttle)) { 1 } else { 32 };

/// How many workers without a job a carrier keeps.
const SPARES: usize = 16;

greenstd::thread_local! {
    /// The carrier of this OS thread: which executor's, and its number.
    static PLACE: Cell<(u64, u32)> = const { Cell::new((0, 0)) };
    static SIDE: RefCell<Option<Rc<CarrierSide>>> = const { RefCell::new(None) };
}

/// The number of the calling carrier, if it is one of `pool`'s.
#[inline]
pub(crate) fn index_in(pool: &Pool) -> Option<usize> {
    let (id, index) = PLACE.with(Cell::get);
    (id == pool.id()).then_some(index as usize)
}

/// The executor whose carrier the caller is on; 0 if it is on none.
pub(crate) fn current_pool() -> u64 {
    PLACE.with(Cell::get).0
}

/// The calling carrier's side, if the caller is a worker (or a job on one) of executor `pool`.
pub(crate) fn current_worker(pool: u64) -> Option<Rc<CarrierSide>> {
    if PLACE.with(Cell::get).0 != pool {
        return None;
    }
    let side = SIDE.with(|side| side.borrow().clone())?;
    side.is_worker().then_some(side)
}

/// What an executor's carrier keeps for itself.
pub(crate) struct CarrierSide {
    pool: Arc<Pool>,
    index: usize,
    jobs: RefCell<Local<Queued>>,
    spares: RefCell<Vec<Rc<Spare>>>,
    /// By slot: whether a worker is there.
    workers: RefCell<Vec<bool>>,
    initialized: Cell<Initialized>,
    /// Whether there was no stack for a worker when there was last a job for it.
    starved: Cell<bool>,
    /// How many turns of spinning it has lately paid to let jobs gather.
    patience: Cell<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Initialized {
    NotYet,
    UnderWay,
    Done,
}

/// A worker between two shifts.
struct Spare {
    thread: Thread,
    order: Cell<Order>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Wait,
    Work,
    End,
}

impl CarrierSide {
    pub(crate) fn new(pool: Arc<Pool>, jobs: Local<Queued>) -> Rc<Self> {
        let index = jobs.index();
        Rc::new(CarrierSide {
            pool,
            index,
            jobs: RefCell::new(jobs),
            spares: RefCell::default(),
            workers: RefCell::default(),
            initialized: Cell::new(Initialized::NotYet),
            starved: Cell::new(false),
            patience: Cell::new(1),
        })
    }

    /// Makes this the carrier of the OS thread.
    pub(crate) fn enter(self: &Rc<Self>) {
        PLACE.with(|place| place.set((self.pool.id(), self.index as u32)));
        SIDE.with(|side| *side.borrow_mut() = Some(self.clone()));
    }

    /// The OS thread is a carrier no more.
    pub(crate) fn leave(&self) {
        PLACE.with(|place| place.set((0, 0)));
        SIDE.with(|side| side.borrow_mut().take());
    }

    pub(crate) fn set_waker(&self, waker: std::task::Waker) {
        self.jobs.borrow().set_waker(waker);
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn count_started(&self) {
        self.jobs.borrow().count_started();
    }

    pub(crate) fn count_ended(&self) {
        self.jobs.borrow().count_ended();
    }

    pub(crate) fn bury_claimed(&self, job: &Arc<dyn Job>) {
        self.jobs.borrow_mut().bury_claimed(key(job));
    }

    /// Gives a slot back that was overdrawn.
    pub(crate) fn repay_slot(&self) {
        self.jobs.borrow().step_down();
    }

    /// Where the calling green thread is.
    pub(crate) fn place(&self) -> Place {
        let slot = Slot::current().map_or(0, Slot::as_u32);
        Place { carrier: self.index as u16, slot }
    }

    fn is_worker(&self) -> bool {
        let Some(slot) = Slot::current() else { return false };
        self.workers.borrow().get(slot.as_u32() as usize).copied().unwrap_or(false)
    }

    /// The calling green thread becomes a worker, or ceases to be one.
    pub(crate) fn mark_worker(&self, is_worker: bool) {
        let Some(slot) = Slot::current() else { return };
        let slot = slot.as_u32() as usize;
        let mut workers = self.workers.borrow_mut();
        if slot >= workers.len() {
            workers.resize(slot + 1, false);
        }
        workers[slot] = is_worker;
    }

    /// Runs jobs as long as there are some, nobody else wants the carrier, and there is a slot for it.
    /// `None` if the jobs ran out (the slot is still held), else the shift was cut short.
    pub(crate) fn run_jobs(&self) -> Option<CutShort> {
        let mut now = self.pool.ticks();
        let place = self.place();
        for _ in 0..JOBS_A_SHIFT {
            let Queued(job) = self.take()?;
            let parks = self.parks();
            now = self.run_or_end(job, place, now);
            // After a job that has waited, the others have just had their turns, and this one's has
            // only begun: good for another job, or every wait would cost a worker.
            let has_fresh_turn = self.parks() != parks && !self.has_more_than_its_share();
            let is_wanted = greenctx::is_anybody_waiting() && !has_fresh_turn;
            if is_wanted || self.jobs.borrow().is_crowded() {
                break;
            }
        }
        Some(CutShort)
    }

    /// How often green threads of this carrier have parked.
    fn parks(&self) -> u64 {
        self.pool.carrier(self.index).map_or(0, |carrier| carrier.counters().parks())
    }

    /// Whether clearly more of the live workers are here than on the other carriers.
    fn has_more_than_its_share(&self) -> bool {
        let Some(carrier) = self.pool.carrier(self.index) else { return false };
        let here = carrier.counters().live() - self.spares.borrow().len();
        let share = self.pool.queue().live_workers() / self.pool.settings().carriers;
        here > share + share / 4 + 1
    }

    fn take(&self) -> Option<Queued> {
        let mut jobs = self.jobs.borrow_mut();
        let job = jobs.take();
        if job.is_some() {
            jobs.search_over();
        }
        job
    }

    /// Looks out for more jobs for a few microseconds, about as long as falling asleep and being woken
    /// would take; whether there are some. Not if that would take the processor from somebody.
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
            if !queue.is_empty() {
                self.let_some_gather();
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

    fn run_or_end(&self, job: Arc<dyn Job>, place: Place, now: Ticks) -> Ticks {
        let fate = self.pool.fate();
        if fate != Fate::Run {
            self.end_unrun(&job, fate);
        } else if job.core().state.claim_to_run(place) {
            return task::run_claimed(self, job, now).1;
        }
        now
    }

    /// Ends a job, if nobody has claimed it, by the fate of all that has not started.
    pub(crate) fn end_unrun(&self, job: &Arc<dyn Job>, fate: Fate) {
        match fate {
            Fate::Run => {}
            Fate::Cancel => {
                task::cancel(job, &self.pool);
            }
            Fate::Abandon(message) => {
                task::abandon(job, &self.pool, AbandonReason::Broken(message));
            }
        }
    }

    /// One shift of a worker that holds a slot; it holds none afterwards.
    fn work_a_shift(&self) {
        loop {
            if self.run_jobs().is_some() {
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
                // Woken for nothing now and then: by who meant a job that has ended.
                let _ = greenctx::shield(greenctx::park);
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
    fn order_spare(&self, order: Order) -> bool {
        let mut spares = self.spares.borrow_mut();
        let Some(spare) = spares.pop() else { return false };
        self.pool.count_spares(self.index, spares.len());
        spare.order.set(order);
        spare.thread.unpark();
        true
    }

    /// Starts a worker in a slot that has been taken.
    fn start_worker(self: &Rc<Self>, spawner: &Spawner<'_>) -> Result<(), StackError> {
        if self.order_spare(Order::Work) {
            return Ok(());
        }
        let side = self.clone();
        spawner.spawn(Some(Arc::from("worker")), move || side.work())?;
        Ok(())
    }

    /// There is no stack for a worker. The jobs wait for a worker that lives; if there is none, or
    /// none that will ever take another job, one of them is abandoned, else it would wait for ever:
    /// by another thread, for this is the scheduler's own stack.
    fn without_stack(&self, error: StackError) -> Found {
        self.jobs.borrow().forgo_worker();
        if !self.pool.queue().do_all_workers_wait() {
            self.starved.set(true);
            return Found::Nothing;
        }
        match self.take() {
            Some(Queued(job)) => {
                let error = std::io::Error::from(error);
                elsewhere::run(&self.pool, move |pool| {
                    task::abandon(&job, pool, AbandonReason::NoStack(error));
                });
                Found::Something
            }
            None => Found::Nothing,
        }
    }

    // The initializer.

    /// Whether the carrier may take jobs; starts the initializer if that has not been done.
    fn is_initialized(self: &Rc<Self>, spawner: &Spawner<'_>) -> bool {
        if self.initialized.get() == Initialized::NotYet {
            let needed = self.pool.settings().initializer.is_some();
            self.initialized.set(Initialized::Done);
            if needed {
                self.initialized.set(Initialized::UnderWay);
                let side = self.clone();
                let name = Some(Arc::from("initializer"));
                if let Err(error) = spawner.spawn(name, move || side.initialize()) {
                    let drained = self.close_down(format!("no stack for the initializer: {error}"));
                    elsewhere::run(&self.pool, move |pool| drained.abandon(pool));
                }
            }
        }
        self.initialized.get() == Initialized::Done
    }

    fn initialize(&self) {
        if let Some(initializer) = &self.pool.settings().initializer {
            match panics::contain(initializer) {
                Ok(Ok(())) => self.initialized.set(Initialized::Done),
                Ok(Err(error)) => self.break_down(format!("the initializer failed: {error}")),
                Err(payload) => {
                    let text = panics::message(&*payload).unwrap_or("no message").to_owned();
                    panics::dispose(payload);
                    self.break_down(format!("the initializer panicked: {text}"));
                }
            }
        }
    }

    fn break_down(&self, message: String) {
        self.close_down(message).abandon(&self.pool);
    }

    /// The executor is broken. What waits is to be abandoned.
    fn close_down(&self, message: String) -> Drained {
        let message = Arc::new(message);
        self.pool.break_down(message.clone());
        self.initialized.set(Initialized::Done);
        Drained { jobs: self.pool.queue().drain(), message }
    }
}

/// What waited when the executor broke down.
struct Drained {
    jobs: Vec<Queued>,
    message: Arc<String>,
}

impl Drained {
    fn abandon(self, pool: &Pool) {
        for Queued(job) in self.jobs {
            task::abandon(&job, pool, AbandonReason::Broken(self.message.clone()));
        }
    }
}

/// A shift ended although there may be more jobs.
pub(crate) struct CutShort;

/// A carrier's source of work.
pub(crate) struct CarrierWork(pub(crate) Rc<CarrierSide>);

impl Work for CarrierWork {
    fn find(&mut self, spawner: &Spawner<'_>) -> Found {
        let side = &self.0;
        let queue = side.pool.queue();
        let mut found = Found::Nothing;
        let may_take = side.is_initialized(spawner);
        side.starved.set(false);
        if may_take && !queue.is_empty() && side.jobs.borrow().start_worker() {
            found = match side.start_worker(spawner) {
                Ok(()) => Found::Something,
                Err(error) => side.without_stack(error),
            };
        }
        // A worker that was started now is the next to run, and ends the search when it has a job.
        if found == Found::Nothing || spawner.has_ready() {
            side.jobs.borrow_mut().search_over();
        }
        if queue.is_exhausted() && side.order_spare(Order::End) {
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
        self.0.jobs.borrow_mut().stir();
    }

    fn is_exhausted(&self) -> bool {
        self.0.initialized.get() != Initialized::UnderWay && self.0.pool.queue().is_exhausted()
    }
}
