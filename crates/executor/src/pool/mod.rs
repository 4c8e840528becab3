//! What all parts of one executor share.

pub(crate) mod registry;
mod timing;

use std::collections::BTreeMap;
use std::fmt;
use std::task::Waker;
use std::time::Duration;

use greenctx::{CarrierHandle, StackPool, Waiting, waiting};
use greenstd::atomic::unwatched::Counter;
use greenstd::atomic::{AtomicBool, AtomicUsize, Ordering};
use greenstd::step;
use greenstd::sync::{Arc, Mutex, OnceLock};
use greenstd::thread::JoinHandle;
use greenstd::ticks::{TickClock, Ticks};
use greenstd::time::{self, Instant};
use stats::{ExecutorStatistics, Gatherer, Gauges};
use workqueue::{Item, Queue};

use self::timing::Timing;
use crate::admission::pace::Pace;
use crate::admission::shed::{Codel, Shedding};
use crate::fork::Shelves;
use crate::hosts::{Hosts, RECORDERS};
use crate::rejection::CheckAndReject;
use crate::spans::JobSpans;
use crate::task::{Core, Job, Place, QueueRef};
use crate::timekeeper::{TakenOut, Timekeeper, Undue};

/// A task in the backlog.
pub(crate) struct Queued(pub(crate) QueueRef);

impl Item for Queued {
    #[inline]
    fn is_waiting(&self) -> bool {
        self.0.core().state.load().is_queued()
    }

    fn key(&self) -> usize {
        key(&self.0)
    }

    fn number(&self) -> u64 {
        self.0.core().order()
    }

    fn age(&self) -> Option<Duration> {
        let accepted = self.0.core().accepted();
        if accepted == Ticks::default() {
            return None;
        }
        // All clocks tick alike.
        let clock = TickClock::new();
        Some(Duration::from_nanos(clock.nanos_between(accepted, clock.read())))
    }
}

/// What tells a task from all others.
#[inline]
pub(crate) fn key(job: &Job) -> usize {
    job.address()
}

/// What carriers do with the jobs that they take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Run them.
    Run,
    /// Cancel them: the executor was shut down so.
    Cancel,
    /// Abandon them: an initializer failed, with this message.
    Abandon(Arc<String>),
}

pub(crate) type Initializer =
    dyn Fn() -> Result<(), Box<dyn std::error::Error + Send + Sync>> + Send + Sync;

/// The parts that the builder decides.
pub(crate) struct Settings {
    pub(crate) name: Arc<str>,
    pub(crate) carriers: usize,
    /// How many CPUs the process may use.
    pub(crate) cpus: usize,
    pub(crate) stack_bytes: usize,
    pub(crate) stacks: StackPool,
    pub(crate) rejection: Option<Box<dyn CheckAndReject>>,
    pub(crate) initializer: Option<Box<Initializer>>,
    pub(crate) shedding: Option<Codel>,
    /// Whether statistics keep times.
    pub(crate) statistics: bool,
    /// One job in so many is timed; none if it is 0.
    pub(crate) time_one_in: u32,
    pub(crate) spans: JobSpans,
}

pub(crate) struct Pool {
    id: u64,
    /// Not 0 if somebody else than the queue decides about each submission. That is the user's hook, if it is no limit
    /// on the backlog; or nobody, as the executor is closing.
    is_asked_first: Counter,
    /// Whether a job runs where it is submitted. It is beside what every submission reads anyway.
    runs_jobs_in_submit: bool,
    /// Submissions are refused, but what is delayed may still be let in.
    closing: AtomicBool,
    timekeeper: Timekeeper,
    /// What a hook is told of the times, if it decides about each submission by itself, not by a limit alone.
    pace: Option<Box<Pace>>,
    /// What says which accepted jobs are given up, if any are.
    shedding: Option<Box<Shedding>>,
    settings: Settings,
    queue: Queue<Queued>,
    gatherer: Gatherer,
    shelves: Arc<Shelves>,
    /// In the place of carriers.
    hosts: Option<Hosts>,
    carriers: Box<[OnceLock<CarrierHandle>]>,
    /// Workers that wait for a job, by carrier: they are parked, but not in a job.
    spares: Box<[AtomicUsize]>,
    /// Those that have names of the jobs that have started and not ended, by number.
    named: Mutex<BTreeMap<u64, Job>>,
    /// Held while the number of workers and the limit are changed together.
    resizing: Mutex<()>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    running_carriers: AtomicUsize,
    terminated: Latch,
    joined: Latch,
    cancelling: AtomicBool,
    /// Whether it is cancelling or broken: one look for both.
    ends_unrun: AtomicBool,
    broken: OnceLock<Arc<String>>,
    epoch: Instant,
    timing: Timing,
    fork_generation: u64,
}

impl Pool {
    /// With carriers, or with `hosts` in their place.
    pub(crate) fn new(settings: Settings, queue: Queue<Queued>, hosts: Option<Hosts>) -> Arc<Self> {
        greenctx::watch_forks();
        let carriers = settings.carriers;
        let is_asked = settings.rejection.as_ref().is_some_and(|hook| hook.checks());
        let are_callers = hosts.as_ref().is_some_and(Hosts::are_callers);
        let recorders = if hosts.is_some() { RECORDERS } else { carriers };
        let shelves = Shelves::new(carriers);
        if hosts.is_none() {
            queue.set_beside(shelves.clone());
        }
        let pool = Arc::new(Pool {
            id: registry::fresh_id(),
            is_asked_first: Counter::new(is_asked.into()),
            runs_jobs_in_submit: are_callers,
            closing: AtomicBool::new(false),
            timekeeper: Timekeeper::new(),
            pace: is_asked.then(|| Box::new(Pace::new())),
            shedding: settings.shedding.map(|codel| Box::new(Shedding::new(codel))),
            queue,
            gatherer: Gatherer::new(recorders, settings.statistics),
            shelves,
            hosts,
            carriers: (0..carriers).map(|_| OnceLock::new()).collect(),
            spares: (0..carriers).map(|_| AtomicUsize::new(0)).collect(),
            named: Mutex::new(BTreeMap::new()),
            resizing: Mutex::new(()),
            threads: Mutex::new(Vec::new()),
            running_carriers: AtomicUsize::new(carriers),
            terminated: Latch::default(),
            joined: Latch::default(),
            cancelling: AtomicBool::new(false),
            ends_unrun: AtomicBool::new(false),
            broken: OnceLock::new(),
            epoch: time::now(),
            timing: Timing::one_in(settings.time_one_in),
            fork_generation: greenctx::fork_generation(),
            settings,
        });
        registry::enter(&pool);
        pool
    }

    /// The executor that a task was submitted to, unless it has ended, or the task is of a parent of this process.
    pub(crate) fn of(core: &Core) -> Option<Arc<Pool>> {
        registry::find(core.pool())
    }

    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    #[inline]
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    #[inline]
    pub(crate) fn queue(&self) -> &Queue<Queued> {
        &self.queue
    }

    #[inline]
    pub(crate) fn gatherer(&self) -> &Gatherer {
        &self.gatherer
    }

    /// Where forked children wait for thieves.
    #[inline]
    pub(crate) fn shelves(&self) -> &Shelves {
        &self.shelves
    }

    /// Whether a job runs where it is submitted.
    #[inline]
    pub(crate) fn runs_jobs_in_submit(&self) -> bool {
        self.runs_jobs_in_submit
    }

    /// What it has in the place of carriers, if it has none.
    pub(crate) fn hosts(&self) -> Option<&Hosts> {
        self.hosts.as_ref()
    }

    #[inline]
    pub(crate) fn timing(&self) -> &Timing {
        &self.timing
    }

    /// Whether somebody else than the queue is asked for admission: a hook, or, in a fork, nobody.
    #[inline]
    pub(crate) fn is_asked_first(&self) -> bool {
        self.is_asked_first.get() != 0 || self.is_forked()
    }

    /// Where the hook is asked: what it is told of the times.
    #[inline]
    pub(crate) fn pace(&self) -> Option<&Pace> {
        self.pace.as_deref()
    }

    #[inline]
    pub(crate) fn shedding(&self) -> Option<&Shedding> {
        self.shedding.as_deref()
    }

    /// How many jobs may be outstanding when a low one is let in: half of the backlog. `None` if there is no limit.
    pub(crate) fn limit_for_low(&self) -> Option<u64> {
        let max_workers = self.queue.max_workers() as u64;
        // While both are being changed, it is a mixture of old and new for a moment.
        let backlog = self.queue.limit()?.saturating_sub(max_workers);
        Some(max_workers.saturating_add(backlog / 2))
    }

    pub(crate) fn timekeeper(&self) -> &Timekeeper {
        &self.timekeeper
    }

    /// Whether submissions are refused, whatever the load.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// From now on submissions are refused. What is delayed may still be let in.
    pub(crate) fn refuse_from_now_on(&self) {
        self.closing.store(true, Ordering::Release);
        self.is_asked_first.set(1);
    }

    /// Whether this process is a fork of the one that the carriers run in.
    #[inline]
    pub(crate) fn is_forked(&self) -> bool {
        greenctx::fork_generation() != self.fork_generation
    }

    // Carriers.

    pub(crate) fn set_carrier(&self, index: usize, handle: CarrierHandle) {
        let set = self.carriers[index].set(handle);
        debug_assert!(set.is_ok(), "a carrier starts once");
    }

    /// The carrier of that number, once it has started.
    #[inline]
    pub(crate) fn carrier(&self, index: usize) -> Option<&CarrierHandle> {
        self.carriers[index].get()
    }

    pub(crate) fn carriers(&self) -> impl Iterator<Item = &CarrierHandle> {
        self.carriers.iter().filter_map(OnceLock::get)
    }

    /// Wakes what runs at `place`, so that it sees its cancellation.
    pub(crate) fn nudge(&self, place: Place) {
        if let Some(carrier) = self.carriers.get(usize::from(place.carrier)).and_then(OnceLock::get)
        {
            carrier.nudge(greenctx::Seat::from_u32(place.seat));
        }
    }

    pub(crate) fn count_spares(&self, carrier: usize, spares: usize) {
        self.spares[carrier].store(spares, Ordering::Relaxed);
    }

    /// A named job has started.
    pub(crate) fn enter_named(&self, job: &Job) {
        self.named.lock().insert(job.core().id(), job.clone());
    }

    /// It has ended.
    pub(crate) fn leave_named(&self, id: u64) {
        let job = self.named.lock().remove(&id);
        drop(job);
    }

    /// The named jobs that carrier `index` has started and not ended.
    pub(crate) fn named_on(&self, index: usize) -> Vec<Job> {
        let named = self.named.lock();
        let runs_there = |job: &&Job| {
            job.core().state.load().place().is_some_and(|place| usize::from(place.carrier) == index)
        };
        named.values().filter(runs_there).cloned().collect()
    }

    pub(crate) fn keep_thread(&self, thread: JoinHandle<()>) {
        self.threads.lock().push(thread);
    }

    /// By a carrier that has ended: the last one tells the threads that wait for that.
    pub(crate) fn carrier_ended(&self) {
        if self.running_carriers.fetch_sub(1, carrier_ended_ordering()) == 1 {
            self.timekeeper.end();
            self.terminated.open();
        }
    }

    pub(crate) fn terminated(&self) -> &Latch {
        &self.terminated
    }

    /// Opens once the carriers' OS threads have been joined.
    pub(crate) fn joined(&self) -> &Latch {
        &self.joined
    }

    pub(crate) fn take_threads(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.threads.lock())
    }

    // What happens to jobs.

    /// Whether jobs that have not started are still to be run.
    #[inline]
    pub(crate) fn runs_jobs(&self) -> bool {
        // Acquire: why they are not, which `fate` says.
        !self.ends_unrun.load(Ordering::Acquire)
    }

    pub(crate) fn fate(&self) -> Fate {
        if let Some(message) = self.broken.get() {
            return Fate::Abandon(message.clone());
        }
        if self.cancelling.load(Ordering::Acquire) { Fate::Cancel } else { Fate::Run }
    }

    pub(crate) fn cancel_from_now_on(&self) {
        self.cancelling.store(true, Ordering::Release);
        self.ends_unrun.store(true, Ordering::Release);
    }

    /// An initializer has failed. Gives what is delayed, for the caller to end.
    pub(crate) fn break_down(&self, message: Arc<String>) -> TakenOut {
        // The first message counts.
        let _ = self.broken.set(message);
        self.ends_unrun.store(true, Ordering::Release);
        self.timekeeper.close(self, Undue::TakeOut)
    }

    /// Why it is broken, if it is.
    pub(crate) fn broken(&self) -> Option<&Arc<String>> {
        self.broken.get()
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.get().is_some()
    }

    /// The limit on outstanding jobs moves with the workers: it is the slots and the backlog together.
    pub(crate) fn set_max_workers(&self, max_workers: usize) {
        let backlog = self.settings.rejection.as_ref().and_then(|hook| hook.max_backlog());
        let limit = backlog.map(|backlog| (max_workers as u64).saturating_add(backlog as u64));
        let _resizing = self.resizing.lock();
        self.queue.set_max_workers(max_workers);
        self.queue.set_limit(limit);
    }

    // Figures.

    pub(crate) fn statistics(&self) -> ExecutorStatistics {
        let spares: usize = self.spares.iter().map(|spares| spares.load(Ordering::Relaxed)).sum();
        let mut gauges = Gauges {
            submitted: self.queue.accepted().wrapping_add(self.timekeeper.ended_outside()),
            forked: self.shelves.forked(),
            stolen: self.shelves.stolen(),
            queued: self.queue.queued(),
            workers: self.queue.live_workers() as u64,
            uptime: time::since(self.epoch),
            // To the page; it also sees how deep a job was between its waits.
            stack_high_water_bytes: self.settings.stacks.deepest_bytes() as u64,
            ..Gauges::default()
        };
        for carrier in self.carriers() {
            let counters = carrier.counters();
            gauges.parked += counters.parked();
            // After the parks that are waiting: those that have ended have begun.
            gauges.wakes += counters.unparks();
            gauges.parks += counters.parks();
            let deepest = counters.deepest_stack_bytes() as u64;
            gauges.stack_high_water_bytes = gauges.stack_high_water_bytes.max(deepest);
        }
        gauges.parked = gauges.parked.saturating_sub(spares as u64);
        self.gatherer.snapshot(gauges)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        registry::leave(self.id);
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.settings.name)
            .field("carriers", &self.settings.carriers)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// What callers of a shutdown wait for.
pub(crate) const ITS_END: Waiting = Waiting::on("the end of an executor");

/// Something that happens once, and that anybody can wait for.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    state: Mutex<LatchState>,
}

#[derive(Debug, Default)]
struct LatchState {
    open: bool,
    waiting: Vec<Waker>,
}

impl Latch {
    pub(crate) fn open(&self) {
        let waiting = {
            let mut state = self.state.lock();
            state.open = true;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state.lock().open
    }

    /// Waits until it is open, or `deadline`; whether it is open. Not interrupted by cancellation. Reports say meanwhile
    /// that the caller waits for `what`.
    pub(crate) fn wait(&self, what: &Waiting, deadline: Option<Instant>) -> bool {
        loop {
            {
                let mut state = self.state.lock();
                if state.open {
                    return true;
                }
                let waker: Waker = greenctx::current().into();
                if !state.waiting.iter().any(|other| other.will_wake(&waker)) {
                    state.waiting.push(waker);
                }
            }
            let park = || waiting(what, || greenctx::park_deadline(deadline));
            let waited = greenctx::shield(park);
            debug_assert!(waited.is_ok(), "a shielded wait is not interrupted");
            if time::has_passed(deadline) {
                return self.is_open();
            }
        }
    }
}

/// Step 4 of `shutdown.rs`: the last carrier, which opens the latch, has seen what all others did.
#[inline(always)]
fn carrier_ended_ordering() -> Ordering {
    step::acq_rel(step::SHUTDOWN_CARRIER_ACQUIRE, step::SHUTDOWN_CARRIER_RELEASE)
}
