//! Jobs that are to start in time, or not at all.
//!
//! A job with such a limit is entered in its executor's *list*, by the moment at which it expires. A *keeper* sleeps
//! until the earliest of these moments. It then abandons the job, if nobody has claimed it: the closure is dropped, and
//! waiters wake. The keeper is an OS thread, which the first such job starts and the end of the last carrier ends. So it
//! comes in time also when every carrier computes, and an executor without such jobs has none.
//!
//! A worker that takes a job looks at the moment too. So no job starts late, whatever becomes of the keeper.
//!
//! # Protocol: the list holds jobs that wait, and no others
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *expiry-enter* | the submitter, once the job is in the backlog | locks, adds the entry |
//! | *expiry-enter-recheck* | the same, before it unlocks | takes the entry out again if the job does not wait any more |
//! | *expiry-leave* | whoever has claimed the job | locks, takes the entry out |
//! | *expiry-due* | the keeper | locks, takes out all entries whose moment has come; unlocks, and abandons these jobs |
//!
//! *No entry outlives the wait of its job.* The claim comes before *expiry-leave*. If *expiry-leave* finds no entry, its
//! lock came before that of *expiry-enter*, and so did the claim: *expiry-enter-recheck* sees it. If the lock came after,
//! *expiry-leave* takes the entry out. (Named step: `expiry-enter-recheck`.)
//!
//! *The job ends once.* The keeper claims it as any canceller does (`task/mod.rs`). The entry itself decides nothing.
//!
//! *The keeper is awake in time.* It decides under the lock to sleep, and until when. Whoever enters an earlier moment
//! after that sees how long it sleeps, and unparks it. An unpark that comes before the park is a permit.

use std::collections::BTreeMap;

use greenctx::Thread;
use greenstd::step;
use greenstd::sync::{Arc, Mutex, Weak};
use greenstd::thread::Builder;
use greenstd::time::{self, Instant};

use crate::ending_thread;
use crate::error::AbandonReason;
use crate::pool::Pool;
use crate::task::{self, Job};

/// The jobs of an executor that expire, and their keeper.
#[derive(Debug, Default)]
pub(crate) struct Expiry {
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    /// By moment, and by number.
    waiting: BTreeMap<(Instant, u64), Job>,
    keeper: Keeper,
}

#[derive(Debug, Default)]
enum Keeper {
    /// There is no thread.
    #[default]
    None,
    /// It will look at the list before it sleeps.
    Awake,
    /// It sleeps until then; without a moment, until it is woken.
    Asleep(Thread, Option<Instant>),
    /// The executor has ended.
    Closed,
}

/// What an entry asks for.
enum Call {
    Nothing,
    Wake(Thread),
    Start,
}

/// What the keeper does next.
enum Next {
    Abandon(Vec<Job>),
    Sleep(Option<Instant>),
    End,
}

/// Sees to it that a job that has been pushed ends in time, if it does not start.
#[cold]
pub(crate) fn enter(pool: &Arc<Pool>, job: &Job) {
    let call = pool.expiry().list.lock().enter(job);
    match call {
        Call::Nothing => {}
        Call::Wake(keeper) => keeper.unpark(),
        Call::Start => start_keeper(pool),
    }
}

impl Expiry {
    /// Whether a job waits that may expire.
    pub(crate) fn is_any_entered(&self) -> bool {
        !self.list.lock().waiting.is_empty()
    }

    /// A job that expires has been claimed.
    #[cold]
    pub(crate) fn leave(&self, job: &Job) {
        let left = self.list.lock().take(job);
        // Perhaps the last reference to it.
        drop(left);
    }

    /// No job will come any more, nor does one wait.
    pub(crate) fn close(&self) {
        let keeper = std::mem::replace(&mut self.list.lock().keeper, Keeper::Closed);
        if let Keeper::Asleep(keeper, _) = keeper {
            keeper.unpark();
        }
    }
}

/// For the models.
#[cfg(all(test, green_loom))]
impl Expiry {
    /// As if there were a keeper that never comes to anything.
    pub(crate) fn do_without_keeper(&self) {
        self.list.lock().keeper = Keeper::Awake;
    }

    /// How many jobs the list has.
    pub(crate) fn entries(&self) -> usize {
        self.list.lock().waiting.len()
    }
}

impl List {
    fn enter(&mut self, job: &Job) -> Call {
        let Some(key) = key(job) else { return Call::Nothing };
        // expiry-enter
        self.waiting.insert(key, job.clone());
        if step::EXPIRY_ENTER_RECHECK.holds(|| !job.core().state.load().is_queued()) {
            self.waiting.remove(&key);
            return Call::Nothing;
        }
        self.call_keeper(key.0)
    }

    /// Sees to it that the keeper is up at `moment`.
    fn call_keeper(&mut self, moment: Instant) -> Call {
        match &self.keeper {
            Keeper::Asleep(_, Some(until)) if *until <= moment => return Call::Nothing,
            Keeper::Awake | Keeper::Closed => return Call::Nothing,
            Keeper::Asleep(..) | Keeper::None => {}
        }
        match std::mem::replace(&mut self.keeper, Keeper::Awake) {
            Keeper::Asleep(keeper, _) => Call::Wake(keeper),
            _ => Call::Start,
        }
    }

    fn take(&mut self, job: &Job) -> Option<Job> {
        self.waiting.remove(&key(job)?)
    }

    /// By the keeper.
    fn next(&mut self, now: Instant) -> Next {
        if matches!(self.keeper, Keeper::Closed) {
            return Next::End;
        }
        let later = self.waiting.split_off(&(now, u64::MAX));
        // expiry-due
        let due = std::mem::replace(&mut self.waiting, later);
        if !due.is_empty() {
            return Next::Abandon(due.into_values().collect());
        }
        let until = self.waiting.first_key_value().map(|((moment, _), _)| *moment);
        self.keeper = Keeper::Asleep(greenctx::current(), until);
        Next::Sleep(until)
    }
}

/// The place of a job in the list.
fn key(job: &Job) -> Option<(Instant, u64)> {
    Some((job.core().expires_at()?, job.core().id()))
}

/// Without a thread to be had, the jobs expire when workers take them, and the next entry tries again.
fn start_keeper(pool: &Arc<Pool>) {
    let expiry = pool.expiry().clone();
    let weak = Arc::downgrade(pool);
    let name = format!("{}-expiry", pool.settings().name);
    let is_started = ending_thread::is_there_room()
        && Builder::new().name(name).spawn(move || keep(&expiry, &weak)).is_ok();
    if !is_started {
        let mut list = pool.expiry().list.lock();
        if matches!(list.keeper, Keeper::Awake) {
            list.keeper = Keeper::None;
        }
    }
}

/// The keeper's life.
fn keep(expiry: &Expiry, pool: &Weak<Pool>) {
    loop {
        let next = expiry.list.lock().next(time::now());
        match next {
            Next::Abandon(jobs) => {
                let Some(pool) = pool.upgrade() else { return };
                for job in jobs {
                    task::abandon(&job, &pool, AbandonReason::Expired);
                }
            }
            // It looks again, whatever has woken it.
            Next::Sleep(until) => {
                let _ = greenctx::park_deadline(until);
            }
            Next::End => return,
        }
    }
}
