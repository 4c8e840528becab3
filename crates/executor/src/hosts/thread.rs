//! The OS threads of a thread pool.
//!
//! `workqueue` starts and ends them ([`Crew`](workqueue::Crew)). A thread runs one job after the other on its own
//! stack. One that waits for a queued job of its own executor runs that job itself, as a green worker does, if more than
//! half of its stack is left and the wait has no time limit. In other cases it is counted as waiting (`stall.rs`). While
//! all threads wait so, one more may work. For these there are [`SPARE_SEATS`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use greenctx::Limit;
use greenstd::lasting::Lasting;
use greenstd::sync::{Arc, Mutex, Weak};
use greenstd::thread::{Builder, JoinHandle};
use greenstd::ticks::Ticks;
use greenstd::time::Instant;
use workqueue::{CrewWork, Local, Queue, Side};

use super::runner::Runner;
use super::{Hosts, SharedBook};
use crate::admission::notes::Notes;
use crate::carrier;
use crate::error::AbandonReason;
use crate::pool::{Pool, Queued, key};
use crate::task::{self, Job, Place};

/// How many threads may work beyond the maximum, while so many wait for jobs of their own executor.
pub(crate) const SPARE_SEATS: usize = if cfg!(any(green_loom, green_shuttle)) { 1 } else { 64 };

greenstd::thread_local! {
    /// What this OS thread is a host of. Emptied before the OS thread ends.
    static HOST: Lasting<RefCell<Option<Rc<Host>>>> = const { Lasting::new(RefCell::new(None)) };
}

/// What the threads of one executor do.
pub(crate) struct Threads {
    pub(crate) pool: Weak<Pool>,
    /// By seat. A new thread's takes the place of one that has left the seat.
    handles: Mutex<BTreeMap<usize, JoinHandle<()>>>,
}

/// One of the threads.
struct Host {
    pool: Arc<Pool>,
    side: Side<Queued>,
    seat: usize,
    stack_top: usize,
    notes: Notes,
}

/// The executor of that number, if the calling OS thread is one of its own.
pub(crate) fn current_pool(pool: u64) -> Option<Arc<Pool>> {
    current(pool).map(|host| host.pool.clone())
}

/// The executor whose thread the calling OS thread is, if it is one.
pub(crate) fn own_pool() -> Option<Arc<Pool>> {
    let look = |host: &Lasting<RefCell<Option<Rc<Host>>>>| {
        host.borrow().as_ref().map(|host| host.pool.clone())
    };
    HOST.try_with(look).ok()?
}

/// The caller waits for `job` until `deadline`. If it is a thread of the job's executor and nobody has claimed the
/// job, it runs the job.
#[cold]
#[inline(never)]
pub(crate) fn run_on_the_spot(job: &Job, deadline: Option<Instant>) {
    let Some(host) = current(job.core().pool()) else { return };
    // What runs here cannot be left before it has ended.
    let has_limit = Limit::of_wait(deadline).map_or(true, |limit| limit.earliest().is_some());
    if !has_limit && host.has_stack_to_spare() && host.run_if_queued(job) {
        // It was claimed where it lay, so its place in the queue is still taken.
        host.side.with(|local| local.remove_claimed(key(job)));
    }
}

fn current(pool: u64) -> Option<Rc<Host>> {
    let look = |host: &Lasting<RefCell<Option<Rc<Host>>>>| {
        host.borrow().as_ref().filter(|host| host.pool.id() == pool).cloned()
    };
    HOST.try_with(look).ok()?
}

impl Threads {
    pub(crate) fn of(pool: &Arc<Pool>) -> Self {
        Threads { pool: Arc::downgrade(pool), handles: Mutex::default() }
    }

    pub(super) fn take_handles(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut *self.handles.lock()).into_values().collect()
    }
}

impl CrewWork for Threads {
    type Item = Queued;

    fn begin(&self, side: &Side<Queued>) {
        let Some(pool) = self.pool.upgrade() else { return };
        let seat = side.with(|local| local.index());
        carrier::sit_down(&pool, seat);
        let stack_top = here();
        let host = Host {
            pool: pool.clone(),
            side: side.clone(),
            seat,
            stack_top,
            notes: Notes::default(),
        };
        HOST.with(|place| *place.borrow_mut() = Some(Rc::new(host)));
        carrier::initialize_thread(&pool);
    }

    fn run(&self, _: &Side<Queued>, Queued(job): Queued) {
        let host = HOST.with(|host| host.borrow().clone());
        let host = host.expect("it began as a host");
        host.run_if_queued(&job);
        host.tell_hook();
    }

    fn refuse(&self, _: &Queue<Queued>, Queued(job): Queued, error: &Arc<io::Error>) {
        if let Some(pool) = self.pool.upgrade() {
            task::abandon(&job, &pool, AbandonReason::NoThread(error.clone()));
        }
    }

    fn end(&self) {
        carrier::stand_up();
        let host = HOST.with(|host| host.borrow_mut().take());
        drop(host);
    }

    fn start(
        &self,
        seat: usize,
        builder: Builder,
        main: Box<dyn FnOnce() + Send>,
    ) -> io::Result<()> {
        // The job for which it is started must find its executor.
        let pool = self.pool.upgrade();
        let run = move || {
            main();
            drop(pool);
        };
        let handle = builder.spawn(run)?;
        let former = self.handles.lock().insert(seat, handle);
        drop(former);
        Ok(())
    }
}

impl Host {
    /// Runs a job that nobody has claimed, or ends it by the fate of all that has not started. Whether it was run.
    fn run_if_queued(&self, job: &Job) -> bool {
        let pool = &*self.pool;
        if !pool.runs_jobs() {
            task::end_by(job, pool, pool.fate());
            return false;
        }
        if job.core().has_expired() {
            task::abandon(job, pool, AbandonReason::Expired);
            return false;
        }
        let place = Place { carrier: self.seat as u16, seat: 0 };
        let is_ours = job.core().state.claim_to_run(place);
        if is_ours {
            self.hosts().roll.during(job, || self.run_by_time(job));
        }
        is_ours
    }

    /// Runs a job, and notes its start and its end for a rejection that goes by time.
    fn run_by_time(&self, job: &Job) {
        let run = |start| task::run_claimed(self, job, start);
        let Some(pace) = self.pool.pace() else {
            run(Ticks::default());
            return;
        };
        let timing = self.pool.timing();
        let (accepted, start) = (job.core().accepted(), timing.now());
        let is_timed = accepted != Ticks::default();
        let at_ns = pace.job_starts(&self.pool, start);
        self.notes.started(at_ns, is_timed.then(|| timing.nanos_between(accepted, start)));
        let end = run(start);
        self.notes.ended(is_timed.then(|| timing.nanos_between(start, end)));
    }

    /// Tells a rejection that goes by time what it is to know.
    fn tell_hook(&self) {
        let (Some(pace), Some(hook)) = (self.pool.pace(), &self.pool.settings().rejection) else {
            return;
        };
        if self.side.with(|local| local.has_work()) {
            self.notes.tell_if_due(&**hook);
        } else {
            pace.ran_dry();
            self.notes.tell(&**hook);
        }
    }

    fn hosts(&self) -> &Hosts {
        self.pool.hosts().expect("it is one of them")
    }

    /// Whether more than half of the stack is left.
    fn has_stack_to_spare(&self) -> bool {
        let size = self.pool.settings().stack_bytes;
        // If a sanitizer keeps frames elsewhere, the difference makes no sense, and there is nothing to spare.
        self.stack_top.checked_sub(here()).is_some_and(|used| used < size / 2)
    }
}

/// About where the caller's frame is.
#[inline(never)]
fn here() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&marker)).addr()
}

impl Runner for Host {
    type Book<'a> = SharedBook<'a>;

    fn pool(&self) -> &Pool {
        &self.pool
    }

    fn book(&self) -> SharedBook<'_> {
        self.hosts().book(&self.pool, self.seat)
    }

    fn count_started(&self) {
        self.side.with(|local: &mut Local<Queued>| local.count_started());
    }

    fn count_ended(&self) {
        self.side.with(|local: &mut Local<Queued>| local.count_ended());
    }
}
