//! What waits for its time, and the OS thread that looks at the clock.
//!
//! Three kinds of things wait: *delayed* jobs until they are due, *schedules* until they are to be looked at, and
//! *limited* jobs until it is too late for them to start. Each is an entry of an ordered map: no worker, no stack, no
//! timer of a carrier. One thread for each executor, the *timekeeper*, sleeps until the first of them. It starts with the
//! first entry, and ends with the executor. No job can hog it, since it runs none: so it comes in time also when every
//! carrier computes. What runs on it is the user's rejection hook, and the callbacks of jobs that are refused or expire.
//! The decision record `0020` says why it is a thread.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | what the rest of the executor asks for |
//! | `book.rs` | what waits, in the order of time: told the time, and without a clock |
//! | `keeper.rs` | the thread |
//!
//! # Protocol
//!
//! All of the book is behind one lock, and no foreign code runs under it. A delayed job is *outstanding* from its entry
//! until it is settled. It is settled once:
//!
//! 1. *enter*: the submitter takes a number (and is refused if the executor is closing), makes the task, and enters it.
//! 2. *due*: the timekeeper takes out all entries whose time has come, up to a limit, under one lock. It asks for
//!    admission for each. If that is granted, the task becomes a queued one (`task-due-cas`). All of these go to the
//!    backlog together, and are settled. A job that is not admitted is ended as refused, by the timekeeper.
//!    Whoever is to start one before its time does this step for it ([`take_out`](Timekeeper::take_out)).
//! 3. *end*: whoever ends the task unrun, a canceller or the timekeeper, has won `task-due-cas`. It takes the entry out,
//!    if it is still there, drops the closure, and settles the task as the last step of its end: after its callbacks.
//!
//! *Crowds are taken in bulk.* After a look that has found something, the timekeeper rests for [`REST`], and lets more
//! become due. So a thousand jobs that are due within a millisecond take some twenty wake-ups, and not a thousand. A job
//! that is due alone is not kept waiting.
//!
//! *The timekeeper is awake in time.* It decides under the lock to sleep, and until when. Whoever enters an earlier moment
//! after that sees how long it sleeps, and unparks it. An unpark that comes before the park is a permit.
//!
//! # Protocol: limited jobs that wait, and no others
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *expiry-enter* | the submitter, once the job is in the backlog; the timekeeper, for a delayed one | locks, adds the entry |
//! | *expiry-enter-recheck* | the same, before it unlocks | takes the entry out again if the job does not wait any more |
//! | *expiry-leave* | whoever has claimed the job | locks, takes the entry out |
//! | *expiry-due* | the timekeeper | locks, takes out the entries whose moment has come; unlocks, and abandons these jobs |
//!
//! *No entry outlives the wait of its job.* The claim comes before *expiry-leave*. If *expiry-leave* finds no entry, its
//! lock came before that of *expiry-enter*, and so did the claim: *expiry-enter-recheck* sees it. If the lock came after,
//! *expiry-leave* takes the entry out. (Named step: `expiry-enter-recheck`.)
//!
//! *The job ends once.* The timekeeper claims it as any canceller does (`task/mod.rs`). The entry itself decides nothing.
//! A worker that takes a job looks at the moment too. So no job starts late, whatever becomes of the timekeeper.
//!
//! # The end
//!
//! 1. Submissions are refused by a flag of the pool. Those of delayed jobs look at the book, under its lock.
//! 2. Under the lock the book is *closing*. The schedules are taken out, to be ended by the caller. What is not due is
//!    taken out, to be cancelled or abandoned by the caller; or it stays, if the shutdown says so. Until the caller is done,
//!    that counts as outstanding.
//! 3. Whoever settles the last outstanding job of a closing book closes the queue. From then on the executor ends as
//!    if there had been no delayed job: the queue is exhausted once all accepted jobs have ended. So a shutdown waits for the
//!    callbacks of delayed jobs too. Limited jobs that wait may still expire.
//! 4. Whoever has ended last, a carrier or a host, ends the book. The timekeeper's thread then ends, and is joined with
//!    those of the carriers.
//!
//! A job that the timekeeper has in hand at step 2 is let in, as it was due before the shutdown.

mod book;
mod keeper;

use std::collections::BTreeMap;
use std::time::Duration;

use greenstd::atomic::unwatched::Counter;
use greenstd::step;
use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};

use self::book::{Book, Call, Key, Stage};
use crate::admission;
use crate::admission::refusal::Refusal;
use crate::pool::Pool;
use crate::schedule::delay::Moment;
use crate::schedule::{Running, delayed};
use crate::task::Job;

/// How long the timekeeper lets more become due, after it has found something.
const REST: Duration = Duration::from_micros(50);

/// What waits for its time, of one executor.
pub(crate) struct Timekeeper {
    /// Times in the book are nanoseconds from here.
    epoch: Instant,
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

impl Timekeeper {
    pub(crate) fn new() -> Self {
        Timekeeper {
            epoch: time::now(),
            book: Mutex::new(Book::default()),
            ended_outside: Counter::new(0),
        }
    }

    // Delayed jobs.

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
        if book.needs_keeper() {
            keeper::start(&mut book, pool).map_err(|_| Refusal::NoTimekeeper)?;
        }
        book.outstanding += 1;
        book.numbers += 1;
        Ok(book.numbers)
    }

    /// *enter*, the second part. `false` if the book has closed since, and the caller is to cancel the job.
    pub(crate) fn enter(&self, job: Job) -> bool {
        let Some(key) = self.due(&job) else { return false };
        let call = {
            let mut book = self.book.lock();
            if book.stage != Stage::Open {
                return false;
            }
            book.delayed.insert(key, job);
            book.call_keeper(key.at)
        };
        call.make();
        true
    }

    /// *end*: takes the entry of a job out, if it is there, since somebody ends it outside of the backlog.
    pub(crate) fn forget(&self, job: &Job) {
        self.ended_outside.add(1);
        let entry = self.due(job).and_then(|key| self.book.lock().delayed.remove(&key));
        drop(entry);
    }

    /// *due*, before its time: takes the entry of a job out, for the caller to let in as the timekeeper does. `None` if
    /// somebody else has taken it.
    pub(crate) fn take_out(&self, job: &Job) -> Option<Job> {
        let key = self.due(job)?;
        self.book.lock().delayed.remove(&key)
    }

    /// The job had been let in when it turned out to have been ended outside: it is counted by the queue.
    pub(crate) fn count_as_let_in(&self) {
        self.ended_outside.sub(1);
    }

    /// So many jobs were let in, or have ended. If they were the last ones of a book that closes, the queue is closed.
    pub(crate) fn settle(&self, pool: &Pool, jobs: usize) {
        let is_closed = {
            let mut book = self.book.lock();
            book.outstanding -= jobs;
            book.close_if_settled()
        };
        if is_closed {
            close_queue(pool);
        }
    }

    // Schedules.

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
        self.settle(pool, 1);
        if is_open { Ok(schedule) } else { Err(admission::closed(pool)) }
    }

    /// By a schedule, under its own lock: it is to be looked at then, and no more at the moment before.
    pub(crate) fn set_alarm(&self, schedule: &Arc<Running>, former: Moment, next: Moment) {
        let key = |moment| Key { at: self.nanos(moment), number: schedule.number() };
        let mut book = self.book.lock();
        let removed = book.alarms.remove(&key(former));
        let mut call = Call::Nothing;
        if book.stage == Stage::Open && next != Moment::Never {
            let key = key(next);
            book.alarms.insert(key, schedule.clone());
            call = book.call_keeper(key.at);
        }
        drop(book);
        drop(removed);
        call.make();
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

    // Limited jobs.

    /// Whether a job waits that may expire.
    pub(crate) fn is_any_limited(&self) -> bool {
        !self.book.lock().limited.is_empty()
    }

    /// Sees to it that a job that waits ends in time, if it does not start.
    ///
    /// Without a thread to be had, it expires when a worker takes it, and the next entry tries again.
    #[cold]
    pub(crate) fn enter_limited(&self, pool: &Arc<Pool>, job: &Job) {
        let Some(key) = self.expiry(job) else { return };
        let mut book = self.book.lock();
        // expiry-enter
        book.limited.insert(key, job.clone());
        if step::EXPIRY_ENTER_RECHECK.holds(|| !job.core().state.load().is_queued()) {
            book.limited.remove(&key);
            return;
        }
        if book.needs_keeper() && keeper::start(&mut book, pool).is_err() {
            return;
        }
        let call = book.call_keeper(key.at);
        drop(book);
        call.make();
    }

    /// *expiry-leave*: a job that expires has been claimed.
    #[cold]
    pub(crate) fn leave_limited(&self, job: &Job) {
        let left = self.expiry(job).and_then(|key| self.book.lock().limited.remove(&key));
        // Perhaps the last reference to it.
        drop(left);
    }

    // The end.

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
        self.settle(pool, 0);
        taken_out
    }

    /// Step 4: no job waits, and none will come.
    pub(crate) fn end(&self) {
        self.book.lock().end().make();
    }

    // Times.

    fn now(&self) -> u64 {
        self.nanos(Moment::At(time::now()))
    }

    /// The end of a clock that reaches five hundred years is *never*.
    fn nanos(&self, moment: Moment) -> u64 {
        match moment {
            Moment::At(moment) => {
                let since = moment.saturating_duration_since(self.epoch);
                u64::try_from(since.as_nanos()).unwrap_or(book::NEVER)
            }
            Moment::Never => book::NEVER,
        }
    }

    fn moment(&self, at: u64) -> Option<Instant> {
        if at == book::NEVER { None } else { self.epoch.checked_add(Duration::from_nanos(at)) }
    }

    /// The place of a delayed job in the book.
    fn due(&self, job: &Job) -> Option<Key> {
        let core = job.core();
        core.delay().map(|delay| Key { at: self.nanos(delay.due()), number: core.id() })
    }

    /// The place of a limited job in the book.
    fn expiry(&self, job: &Job) -> Option<Key> {
        let core = job.core();
        core.expires_at().map(|at| Key { at: self.nanos(Moment::At(at)), number: core.id() })
    }
}

/// Step 3 of the end. More than one may get here; to close twice does no harm.
fn close_queue(pool: &Pool) {
    pool.queue().close();
    if let Some(hosts) = pool.hosts() {
        hosts.watch_end(pool);
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
        pool.timekeeper().settle(pool, 1);
    }
}

/// For the models.
#[cfg(all(test, green_loom))]
impl Timekeeper {
    /// As if there were a thread that never comes to anything.
    pub(crate) fn do_without_thread(&self) {
        self.book.lock().keeper = book::Keeper::Awake;
    }

    /// How many limited jobs it has.
    pub(crate) fn num_limited(&self) -> usize {
        self.book.lock().limited.len()
    }
}
