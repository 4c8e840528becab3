//! One carrier of an executor: where it finds jobs, and the workers that run them.
//!
//! A *worker* is a green thread that holds one of the executor's worker slots and runs jobs one after
//! the other on its stack. Its shift ends when there are no more jobs, or when others want the
//! carrier. It then gives its slot back and waits as a *spare* for the next shift, its stack warm.

mod by_time;
mod initializer;
#[allow(unsafe_code, reason = "a pointer to the carrier of the OS thread; see its invariants")]
mod present;
mod work;
mod worker;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use greenctx::{Here, Seat};
use greenstd::sync::Arc;
use workqueue::Counting;

use self::initializer::Initialized;
pub(crate) use self::initializer::initialize_thread;
pub(crate) use self::present::local;
pub(crate) use self::work::CarrierWork;
use self::worker::Spare;
use crate::admission::notes::Notes;
use crate::executor::ExecutorHandle;
use crate::fork;
use crate::pool::{Pool, Queued, key};
use crate::task::{Job, Place};

greenstd::thread_local! {
    /// The carrier of this OS thread: which executor's, and its number.
    static PLACE: Cell<(u64, u32)> = const { Cell::new((0, 0)) };
    /// The executor whose carrier this OS thread is or was: it serves one only.
    static SERVED: Cell<u64> = const { Cell::new(0) };
}

/// The number of the calling carrier, if it is one of `pool`'s.
#[inline]
pub(crate) fn index_in(pool: &Pool) -> Option<usize> {
    let (id, index) = PLACE.with(Cell::get);
    (id == pool.id()).then_some(index as usize)
}

/// The OS thread becomes the carrier of that number: it takes jobs by that side of the queue.
pub(crate) fn sit_down(pool: &Pool, index: usize) {
    SERVED.with(|served| served.set(pool.id()));
    PLACE.with(|place| place.set((pool.id(), index as u32)));
}

/// It takes jobs no more.
pub(crate) fn stand_up() {
    PLACE.with(|place| place.set((0, 0)));
}

/// Whether the OS thread is a carrier of `pool`'s, or was one and is about to end: its thread-locals are
/// being destroyed then.
pub(crate) fn has_served(pool: &Pool) -> bool {
    SERVED.with(Cell::get) == pool.id()
}

/// Whether the OS thread is or was a carrier of any executor's.
pub(crate) fn has_served_any() -> bool {
    SERVED.with(Cell::get) != 0
}

/// The executor whose carrier the caller is on; 0 if it is on none.
pub(crate) fn current_pool() -> u64 {
    PLACE.with(Cell::get).0
}

/// The local half of the calling carrier, if the caller is a worker (or a job on one) of executor `pool`.
#[cfg(feature = "io")]
pub(crate) fn current_worker<'a>(pool: u64) -> Option<&'a Local> {
    worker_here(greenctx::here()?, pool)
}

/// The same for a caller that has looked where it is. A worker is marked with the number of its executor, whose carrier
/// it never leaves: so one look tells both.
#[inline(always)]
pub(crate) fn worker_here<'a>(here: Here, pool: u64) -> Option<&'a Local> {
    if here.mark() == pool { local() } else { None }
}

/// The half of an executor that one carrier keeps for itself. The shared half is the [`Pool`].
pub(crate) struct Local {
    /// Itself.
    own: Weak<Local>,
    /// Lent to jobs that submit without one of their own.
    handle: ExecutorHandle,
    pool: Arc<Pool>,
    index: usize,
    jobs: RefCell<workqueue::Local<Queued>>,
    counting: Counting<Queued>,
    spares: RefCell<Vec<Rc<Spare>>>,
    initialized: Cell<Initialized>,
    /// Whether there was no stack for a worker when there was last a job for it.
    starved: Cell<bool>,
    /// How many looks in a row it has left what waits to other carriers, which have fewer workers.
    left_to_others: Cell<u32>,
    /// How many turns of spinning it has lately paid to let jobs gather.
    patience: Cell<u32>,
    forks: fork::Side,
    /// Whether the rejection or the shedding looks at the times of jobs.
    goes_by_time: bool,
    /// What the rejection is to hear of.
    notes: Notes,
    /// The name of all workers: one piece of memory for many.
    worker_name: Arc<str>,
}

impl Local {
    pub(crate) fn new(pool: Arc<Pool>, jobs: workqueue::Local<Queued>) -> Rc<Self> {
        let index = jobs.index();
        let goes_by_time = pool.pace().is_some() || pool.shedding().is_some();
        Rc::new_cyclic(|own| Local {
            own: own.clone(),
            handle: ExecutorHandle::of(pool.clone()),
            forks: fork::Side::new(pool.clone(), index),
            pool,
            index,
            counting: jobs.counting(),
            jobs: RefCell::new(jobs),
            spares: RefCell::default(),
            initialized: Cell::new(Initialized::NotYet),
            starved: Cell::new(false),
            left_to_others: Cell::new(0),
            patience: Cell::new(1),
            goes_by_time,
            notes: Notes::default(),
            worker_name: Arc::from("worker"),
        })
    }

    /// Makes this the carrier of the OS thread.
    pub(crate) fn enter(self: &Rc<Self>) {
        sit_down(&self.pool, self.index);
        present::enter(self);
    }

    /// The OS thread is a carrier no more.
    pub(crate) fn leave(&self) {
        present::leave();
        stand_up();
    }

    /// A counted reference to it.
    pub(crate) fn counted(&self) -> Rc<Self> {
        self.own.upgrade().expect("whoever has a reference keeps it alive")
    }

    /// A handle to its executor.
    #[inline]
    pub(crate) fn handle(&self) -> &ExecutorHandle {
        &self.handle
    }

    /// Where green threads of the carrier fork.
    #[inline]
    pub(crate) fn forks(&self) -> &fork::Side {
        &self.forks
    }

    pub(crate) fn set_waker(&self, waker: std::task::Waker) {
        self.jobs.borrow().set_waker(waker);
    }

    #[inline]
    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    #[inline]
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    #[inline(always)]
    pub(crate) fn count_started(&self) {
        self.counting.count_started();
    }

    #[inline(always)]
    pub(crate) fn count_ended(&self) {
        self.counting.count_ended();
    }

    #[inline(always)]
    pub(crate) fn remove_claimed(&self, job: &Job) {
        self.jobs.borrow_mut().remove_claimed(key(job));
    }

    /// Puts a job that was taken back, pinned to `carrier`.
    pub(crate) fn put_back_pinned(&self, carrier: usize, job: Queued) {
        self.jobs.borrow().put_back_pinned(carrier, job);
    }

    /// Whether more workers are live than may be.
    #[inline]
    pub(crate) fn is_over_capacity(&self) -> bool {
        self.pool.queue().is_over_capacity()
    }

    /// Gives a slot back that was overdrawn.
    pub(crate) fn repay_slot(&self) {
        self.jobs.borrow().step_down();
    }

    /// Where the calling green thread is.
    pub(crate) fn place(&self) -> Place {
        self.place_at(Seat::current().unwrap_or(Seat::from_u32(0)))
    }

    /// Where the green thread of that seat is.
    #[inline]
    pub(crate) fn place_at(&self, seat: Seat) -> Place {
        Place { carrier: self.index as u16, seat: seat.as_u32() }
    }

    /// The calling green thread becomes a worker, or ceases to be one.
    pub(crate) fn mark_worker(&self, is_worker: bool) {
        // No executor has the number 0.
        greenctx::set_mark(if is_worker { self.pool.id() } else { 0 });
    }

    #[inline(always)]
    fn take(&self) -> Option<Queued> {
        let mut jobs = self.jobs.borrow_mut();
        let job = jobs.take();
        if job.is_some() {
            jobs.search_over();
        }
        job
    }
}
