//! Executors without carriers: their jobs run on OS threads, or on whatever thread submits them.
//!
//! A *host* is the thread that runs such a job on its own stack. All of an executor but its carriers is the same for
//! all kinds: the [`Pool`] with its queue, statistics and number, tasks and their ends, futures, waits. So there is one
//! [`Pool`]. One without carriers has [`Hosts`] instead:
//!
//! | asked | carriers | threads | callers |
//! | --- | --- | --- | --- |
//! | where does a job wait? | in the backlog | in the backlog | nowhere |
//! | which thread runs it? | a worker of `carrier/` | one of a [`Crew`] (`thread.rs`) | the one that submits it (`caller.rs`) |
//! | who counts it? | the carrier's recorder | a recorder behind a lock | likewise |
//! | who has ended last? | the last carrier | the last thread, once all jobs have ended | the last job |
//!
//! *What this costs the carriers:* some twenty instructions for a job that a job submits and waits for, and less for
//! others. A submission that comes from no carrier looks at one flag. All else is asked for off the way of a green job: at
//! a wait of a plain OS thread for a queued job, at a place that was asked for, and at shutdown.
//!
//! # The end
//!
//! *host-closed*: whoever closes the queue (`timekeeper/mod.rs`) then looks whether the queue is quiet, and
//! whether there are no threads. If one is not so, it leaves a waker there ([`Watch`]), and the waker looks again. Else
//! the latch is opened, for which all callers of `shutdown` wait. The queue and the crew promise that a waker which has
//! been left is woken. Nothing is accepted any more, so a queue that is quiet stays so, and needs no more threads. So
//! whatever was looked at first need not be looked at again.

pub(crate) mod caller;
pub(crate) mod roll;
pub(crate) mod runner;
pub(crate) mod thread;

use std::ops::Deref;
use std::task::{Wake, Waker};

use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use stats::Recorder;
use workqueue::{Crew, Local};

use self::roll::Roll;
use self::runner::Book;
use self::thread::Threads;
use crate::pool::{self, Pool, Queued, registry};

/// How many recorders the hosts of one executor share.
pub(crate) const RECORDERS: usize = 4;

/// What an executor without carriers has in their place.
pub(crate) struct Hosts {
    pub(crate) roll: Roll,
    /// One writer at a time to each recorder.
    writers: [Mutex<()>; RECORDERS],
    staff: Staff,
    /// Whether somebody joins the threads.
    is_joining: AtomicBool,
}

enum Staff {
    /// OS threads. The crew comes after the pool.
    Threads { crew: OnceLock<Arc<Crew<Threads>>>, max_workers: usize },
    /// Whatever threads submit. They count by one side of the queue.
    Callers(Mutex<Local<Queued>>),
}

/// A recorder that several hosts write to.
pub(crate) struct SharedBook<'p> {
    writer: &'p Mutex<()>,
    recorder: &'p Recorder,
}

/// The recorder, while one host writes to it.
pub(crate) struct OpenBook<'b> {
    _writing: MutexGuard<'b, ()>,
    recorder: &'b Recorder,
}

impl Hosts {
    /// Of an executor with at most so many OS threads that work.
    pub(crate) fn threads(max_workers: usize) -> Self {
        Self::new(Staff::Threads { crew: OnceLock::new(), max_workers })
    }

    /// Of an executor whose jobs run on whatever threads submit them.
    pub(crate) fn callers(local: Local<Queued>) -> Self {
        Self::new(Staff::Callers(Mutex::new(local)))
    }

    fn new(staff: Staff) -> Self {
        let writers = std::array::from_fn(|_| Mutex::new(()));
        Hosts { roll: Roll::default(), writers, staff, is_joining: AtomicBool::new(false) }
    }

    pub(crate) fn set_crew(&self, hired: Arc<Crew<Threads>>) {
        if let Staff::Threads { crew, .. } = &self.staff {
            let set = crew.set(hired);
            debug_assert!(set.is_ok(), "a crew is hired once");
        }
    }

    fn crew(&self) -> Option<&Arc<Crew<Threads>>> {
        match &self.staff {
            Staff::Threads { crew, .. } => crew.get(),
            Staff::Callers(_) => None,
        }
    }

    /// How many OS threads there are.
    pub(crate) fn num_threads(&self) -> usize {
        self.crew().map_or(0, |crew| crew.threads())
    }

    /// Whether a job runs where it is submitted.
    pub(crate) fn are_callers(&self) -> bool {
        matches!(self.staff, Staff::Callers(_))
    }

    /// From how many workers to how many the executor may be resized.
    pub(crate) fn range_of_workers(&self) -> (usize, usize) {
        match self.staff {
            Staff::Threads { max_workers, .. } => (1, max_workers),
            Staff::Callers(_) => (usize::MAX, usize::MAX),
        }
    }

    /// The recorder for host number `host`.
    pub(crate) fn book<'p>(&'p self, pool: &'p Pool, host: usize) -> SharedBook<'p> {
        let shared = host % RECORDERS;
        SharedBook { writer: &self.writers[shared], recorder: pool.gatherer().recorder(shared) }
    }

    /// *host-closed*: the queue has been closed; opens the latch when all has ended.
    pub(crate) fn watch_end(&self, pool: &Pool) {
        if let Some(pool) = registry::find(pool.id()) {
            Arc::new(Watch(Arc::downgrade(&pool))).look();
        }
    }

    /// After the end, joins the OS threads. One caller does, and the others wait for that.
    pub(crate) fn join(&self, pool: &Pool) {
        if self.is_joining.swap(true, Ordering::AcqRel) {
            pool.joined().wait(&pool::ITS_END, None);
            return;
        }
        let threads = self.crew().map(|crew| crew.work().take_handles());
        for thread in threads.into_iter().flatten().chain(pool.take_threads()) {
            // The panic of a thread-local's destructor was reported by the panic hook.
            let _ = thread.join();
        }
        pool.joined().open();
    }
}

impl Book for SharedBook<'_> {
    type Open<'a>
        = OpenBook<'a>
    where
        Self: 'a;

    fn open(&self) -> OpenBook<'_> {
        OpenBook { _writing: self.writer.lock(), recorder: self.recorder }
    }
}

impl Deref for OpenBook<'_> {
    type Target = Recorder;

    fn deref(&self) -> &Recorder {
        self.recorder
    }
}

/// Looks whether all has ended, each time that it is woken.
struct Watch(Weak<Pool>);

impl Watch {
    fn look(self: &Arc<Self>) {
        let Some(pool) = self.0.upgrade() else { return };
        let Some(hosts) = pool.hosts() else { return };
        let again = Waker::from(self.clone());
        let is_deserted = || hosts.crew().is_none_or(|crew| crew.is_deserted_or_wake(&again));
        if pool.queue().is_quiet_or_wake(&again) && is_deserted() {
            pool.timekeeper().end();
            pool.terminated().open();
        }
    }
}

impl Wake for Watch {
    fn wake(self: Arc<Self>) {
        self.look();
    }
}
