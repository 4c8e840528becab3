//! What waits for its time, and the OS thread that looks at the clock.
//!
//! A delayed job is an entry of an ordered map: no worker, no stack, no timer of a carrier. One thread for each
//! executor, the *timekeeper*, sleeps until the first of them is due. It starts with the first delayed job, and ends
//! with the executor. No job can hog it, since it runs none. What runs on it is the user's rejection hook, and the
//! callbacks of a job that is refused. The decision record `0020` says why it is a thread.
//!
//! # Protocol
//!
//! All of the book is behind one lock, and no foreign code runs under it. A delayed job is *outstanding* from its entry
//! until it is settled. It is settled once:
//!
//! 1. *enter*: the submitter takes a number (and is refused if the executor is closing), makes the task, and enters it. If
//!    it is now the first, the timekeeper is woken.
//! 2. *due*: the timekeeper takes the entry out, and asks for admission. If that is granted, the task becomes a queued
//!    one (`task-due-cas`), goes to the backlog, and is settled. If not, the timekeeper ends the task as refused.
//!    Whoever is to start it before its time does this step in the timekeeper's place ([`take_out`](Timekeeper::take_out)).
//! 3. *end*: whoever ends the task unrun, a canceller or the timekeeper, has won `task-due-cas`. It takes the entry out,
//!    if it is still there, drops the closure, and settles the task as the last step of its end: after its callbacks.
//!
//! *No wake-up is lost:* the timekeeper looks at the book under the lock, and then parks until the first entry is due. An
//! entry that comes after the look grants the permit of that park, which is remembered.
//!
//! # The end
//!
//! 1. Submissions are refused by a flag of the pool. Those of delayed jobs look at the book, under its lock.
//! 2. Under the lock the book is *closing*. The schedules are taken out, to be ended by the caller. What is not due is
//!    taken out, to be cancelled or abandoned by the caller; or it stays, if the shutdown says so. Until the caller is done,
//!    that counts as outstanding.
//! 3. Whoever settles the last outstanding job of a closing book closes the queue. From then on the executor ends as
//!    if there had been no delayed job: the queue is exhausted once all accepted jobs have ended. So a shutdown waits for the
//!    callbacks of delayed jobs too.
//! 4. The timekeeper's thread ends when the book is closed. It is joined with those of the carriers.
//!
//! A job that the timekeeper has in hand at step 2 is let in, as it was due before the shutdown.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::task::Waker;

use greenstd::atomic::unwatched::Counter;
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;
use greenstd::time;

use crate::admission;
use crate::admission::refusal::Refusal;
use crate::pool::Pool;
use crate::schedule::delay::Moment;
use crate::schedule::delayed;
use crate::schedule::running::Running;
use crate::shutdown;
use crate::task::Job;

/// It runs little code of ours; but the user's hook may be on it.
const STACK_BYTES: usize = 256 * 1024;

/// What waits for its time, of one executor.
#[derive(Default)]
pub(crate) struct Timekeeper {
    book: Mutex<Book>,
    /// Jobs that have ended without having been let in.
    ended_outside: Counter,
}

/// What a closing book does with the jobs that are not due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undue {
    Keep,
    TakeOut,
}

/// What was in a book that closes: nobody else ends it.
#[must_use = "it is to be ended"]
pub(crate) struct TakenOut {
    schedules: BTreeMap<u64, Arc<Running>>,
    jobs: BTreeMap<Key, Job>,
}

#[derive(Default)]
struct Book {
    stage: Stage,
    delayed: BTreeMap<Key, Job>,
    /// When which schedule is to be looked at.
    alarms: BTreeMap<Key, Arc<Running>>,
    /// All that have not ended.
    schedules: BTreeMap<u64, Arc<Running>>,
    /// Jobs that were given a number and are not settled.
    outstanding: usize,
    /// How many numbers were given.
    numbers: u64,
    is_started: bool,
    /// Wakes the timekeeper, once that has begun.
    waker: Option<Waker>,
}

/// Entries of one moment are in the order of their coming.
type Key = (Moment, u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Open,
    Closing,
    Closed,
}

/// What the timekeeper finds in the book.
enum Found {
    Due(Job),
    Alarm(Arc<Running>),
    Nothing { until: Moment },
    Closed,
}

impl Timekeeper {
    /// How many jobs wait for their time.
    pub(crate) fn num_delayed(&self) -> usize {
        self.book.lock().delayed.len()
    }

    /// How many delayed jobs have ended without having been let in.
    pub(crate) fn ended_outside(&self) -> u64 {
        self.ended_outside.get()
    }

    /// *enter*, the first part: a number for a delayed job, which is outstanding from now on.
    pub(crate) fn reserve(&self, pool: &Arc<Pool>) -> Result<u64, Refusal> {
        // Not under the lock: in a fork nobody may hold it.
        admission::refuse_if_closing(pool)?;
        let mut book = self.book.lock();
        if book.stage != Stage::Open {
            return Err(admission::closed(pool));
        }
        book.start(pool)?;
        book.outstanding += 1;
        book.numbers += 1;
        Ok(book.numbers)
    }

    /// *enter*, the second part. `false` if the book has closed since, and the caller is to cancel the job.
    pub(crate) fn enter(&self, job: Job) -> bool {
        let Some(key) = key(&job) else { return false };
        let mut book = self.book.lock();
        if book.stage != Stage::Open {
            return false;
        }
        book.delayed.insert(key, job);
        let is_first = book.delayed.first_key_value().is_some_and(|(first, _)| *first == key);
        let waker = if is_first { book.waker.clone() } else { None };
        drop(book);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// *end*: takes the entry of a job out, if it is there, since somebody ends it outside of the backlog.
    pub(crate) fn forget(&self, job: &Job) {
        self.ended_outside.add(1);
        let entry = key(job).and_then(|key| self.book.lock().delayed.remove(&key));
        drop(entry);
    }

    /// *due*, before its time: takes the entry of a job out, for the caller to let in as the timekeeper does. `None` if
    /// somebody else has taken it.
    pub(crate) fn take_out(&self, job: &Job) -> Option<Job> {
        let key = key(job)?;
        self.book.lock().delayed.remove(&key)
    }

    /// The job had been let in when it turned out to have been ended outside: it is counted by the queue.
    pub(crate) fn count_as_let_in(&self) {
        self.ended_outside.sub(1);
    }

    /// A job was let in, or has ended. If it was the last one of a book that closes, the queue is closed.
    pub(crate) fn settle(&self, pool: &Pool) {
        self.book.lock().outstanding -= 1;
        self.close_if_settled(pool);
    }

    /// Enters a schedule that begins, which `make` makes of its number.
    pub(crate) fn enter_schedule(
        &self,
        pool: &Arc<Pool>,
        make: impl FnOnce(u64) -> Arc<Running>,
    ) -> Result<Arc<Running>, Refusal> {
        let number = self.reserve(pool)?;
        let schedule = make(number);
        let is_open = {
            let mut book = self.book.lock();
            let is_open = book.stage == Stage::Open;
            if is_open {
                book.schedules.insert(number, schedule.clone());
            }
            is_open
        };
        self.settle(pool);
        if is_open { Ok(schedule) } else { Err(admission::closed(pool)) }
    }

    /// By a schedule, under its own lock: it is to be looked at then, and no more at the moment before.
    pub(crate) fn set_alarm(&self, schedule: &Arc<Running>, former: Moment, next: Moment) {
        let mut book = self.book.lock();
        let number = schedule.number();
        let removed = book.alarms.remove(&(former, number));
        let mut waker = None;
        if book.stage == Stage::Open && next != Moment::Never {
            let key = (next, number);
            book.alarms.insert(key, schedule.clone());
            let is_first = book.alarms.first_key_value().is_some_and(|(first, _)| *first == key);
            waker = if is_first { book.waker.clone() } else { None };
        }
        drop(book);
        drop(removed);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// A schedule has ended.
    pub(crate) fn forget_schedule(&self, number: u64) {
        let schedule = self.book.lock().schedules.remove(&number);
        drop(schedule);
    }

    /// All schedules that have not ended, in the order of their beginning.
    pub(crate) fn schedules(&self) -> Vec<Arc<Running>> {
        self.book.lock().schedules.values().cloned().collect()
    }

    /// Closes the book, and then the queue, as soon as nothing is outstanding. The caller is to end what it is given.
    pub(crate) fn close(&self, pool: &Pool, undue: Undue) -> TakenOut {
        // The end, step 1.
        pool.refuse_from_now_on();
        // Step 2.
        let taken_out = {
            let mut book = self.book.lock();
            if book.stage == Stage::Open {
                book.stage = Stage::Closing;
            }
            let schedules = std::mem::take(&mut book.schedules);
            let jobs = match undue {
                Undue::Keep => BTreeMap::new(),
                Undue::TakeOut => std::mem::take(&mut book.delayed),
            };
            let taken_out = TakenOut { schedules, jobs };
            // Until the caller has ended them, somebody else who closes waits for that.
            book.outstanding += usize::from(!taken_out.is_empty());
            taken_out
        };
        self.close_if_settled(pool);
        taken_out
    }

    fn close_if_settled(&self, pool: &Pool) {
        let waker = {
            let mut book = self.book.lock();
            if book.stage == Stage::Open || book.outstanding > 0 {
                return;
            }
            book.stage = Stage::Closed;
            book.waker.take()
        };
        // Step 3. More than one may get here; to close twice does no harm.
        pool.queue().close();
        if let Some(hosts) = pool.hosts() {
            hosts.watch_end(pool);
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// What is to be done now.
    fn look(&self) -> Found {
        let mut book = self.book.lock();
        if book.stage == Stage::Closed {
            return Found::Closed;
        }
        let first = |key: Option<&Key>| key.map_or(Moment::Never, |(moment, _)| *moment);
        let job = first(book.delayed.keys().next());
        let alarm = first(book.alarms.keys().next());
        let until = job.min(alarm);
        if !until.has_come(time::now()) {
            return Found::Nothing { until };
        }
        let alarm = if alarm < job { book.alarms.pop_first() } else { None };
        if let Some((_, schedule)) = alarm {
            return Found::Alarm(schedule);
        }
        match book.delayed.pop_first() {
            Some((_, job)) => Found::Due(job),
            None => Found::Nothing { until },
        }
    }
}

impl TakenOut {
    fn is_empty(&self) -> bool {
        self.schedules.is_empty() && self.jobs.is_empty()
    }

    /// Ends the schedules first, and then the jobs: foreign code is dropped here, and called back.
    pub(crate) fn end(self, pool: &Pool) {
        if self.is_empty() {
            return;
        }
        // Each takes its alarm away.
        self.schedules.into_values().for_each(|schedule| schedule.end());
        self.jobs.into_values().for_each(|job| delayed::end_unrun(&job, pool));
        pool.timekeeper().settle(pool);
    }
}

impl Book {
    /// Starts the timekeeper with the first that has to wait.
    fn start(&mut self, pool: &Arc<Pool>) -> Result<(), Refusal> {
        if self.is_started {
            return Ok(());
        }
        let name = format!("{}-time", pool.settings().name).replace('\0', "");
        let theirs = pool.clone();
        let thread = thread::Builder::new()
            .name(name)
            .stack_size(STACK_BYTES)
            .spawn(move || keep_time(&theirs))
            .map_err(|_| Refusal::NoTimekeeper)?;
        // Under the lock, so that a shutdown that finds the book closed finds the thread too.
        pool.keep_thread(thread);
        self.is_started = true;
        Ok(())
    }
}

/// The timekeeper's thread.
fn keep_time(pool: &Arc<Pool>) {
    // Should the kernel not know of it, what is due is a little late, which it may be.
    let _ = rustix::thread::set_current_timer_slack(Some(NonZeroU64::MIN));
    let timekeeper = pool.timekeeper();
    timekeeper.book.lock().waker = Some(greenctx::current().into());
    loop {
        match timekeeper.look() {
            // What it calls there must not wait for the end of the executor: that waits for this.
            Found::Due(job) => {
                let id = job.core().id();
                shutdown::while_ending(pool, id, || delayed::let_in(pool, &job));
            }
            // It is no job, and no job has that number.
            Found::Alarm(schedule) => shutdown::while_ending(pool, 0, || schedule.look()),
            Found::Nothing { until } => {
                let until = match until {
                    Moment::At(until) => Some(until),
                    Moment::Never => None,
                };
                // Woken or not, it looks again. Nobody cancels a plain thread.
                let _ = greenctx::park_deadline(until);
            }
            Found::Closed => return,
        }
    }
}

fn key(job: &Job) -> Option<Key> {
    job.core().delay().map(|delay| (delay.due(), job.core().id()))
}
