//! Which jobs run, asked of the carriers: nothing is kept for it while they run.
//!
//! Each carrier is sent a message, and shows what its green threads run when it comes to that. A carrier on which a
//! job computes comes late. Then what is known without it counts: the number of the job that computes, and the jobs
//! with names.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use greenctx::{CarrierHandle, Thread, Waiting, waiting};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::ticks::{TickClock, Ticks};
use greenstd::time::{self, Instant};

use crate::executor::ExecutorHandle;
use crate::future::task_handle::TaskHandle;
use crate::pool::Pool;
use crate::schedule::delay;
use crate::task::{self, Job};

/// How long the carriers are given to say what runs on them.
const REPORT_TIME: Duration = Duration::from_millis(200);

/// A job that runs: it has started and not ended. [`ExecutorHandle::running`] lists them.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, RunningJob};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let handle = pool.handle();
/// let seen = pool.job().name("census").submit(move || {
///     let running: Vec<RunningJob> = handle.running();
///     running.iter().map(|job| job.to_string()).collect::<Vec<_>>()
/// })?;
/// assert!(seen.result()?[0].starts_with("census ("));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunningJob {
    /// The number of the job in its executor.
    pub id: u64,
    /// Its handle: for its name, where it was submitted, and to cancel it. `None` for a job without a name that keeps
    /// its carrier busy.
    pub handle: Option<TaskHandle>,
    /// For how long it has been accepted: its wait in the backlog, and its run. `None` if it was not
    /// [timed](crate::Builder::time_one_in).
    pub age: Option<Duration>,
    /// For how long it has run. It is known of jobs that were described: with a name, a place, a limit, a span or a delay.
    /// For all others nothing is kept while they run.
    pub run_time: Option<Duration>,
}

/// What the carriers have said.
pub(crate) struct Census {
    /// By number.
    pub(crate) jobs: BTreeMap<u64, Job>,
    /// The numbers of jobs of which nothing else is known.
    pub(crate) unknown: Vec<u64>,
    /// The carriers that have said nothing, by name.
    pub(crate) busy_carriers: Vec<String>,
}

/// A question to one carrier.
struct Asked {
    jobs: Mutex<Vec<Job>>,
    /// Whether it has been answered. Written once.
    is_answered: AtomicBool,
    asker: Thread,
}

/// Goes with the question. Its drop is the end of the answer.
struct Answer(Arc<Asked>);

impl ExecutorHandle {
    /// The jobs that run, by number: for a report, or to cancel some of them.
    ///
    /// Nothing is kept for it while jobs run. The carriers are asked, and say what they run when they come to that. A
    /// job may have ended before this returns, and another have started.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let slow = pool.job().name("slow").submit(|| sleep(Duration::from_secs(3600)))?;
    /// while !slow.is_running() {
    ///     sleep(Duration::from_millis(1))?;
    /// }
    /// for job in pool.running() {
    ///     println!("{job}"); // slow (src/main.rs:7) for 1.2 ms
    ///     if let Some(handle) = job.handle
    ///         && handle.name() == Some("slow")
    ///     {
    ///         handle.cancel();
    ///     }
    /// }
    /// assert!(slow.result()?.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the carriers have answered: for at most 0.2 seconds, if
    /// a job keeps its carrier busy. A cancellation does not end the wait.
    #[doc(alias = "ps")]
    pub fn running(&self) -> Vec<RunningJob> {
        let census = Census::take(self.pool());
        let known = census.jobs.into_values().map(RunningJob::known);
        let unknown = census.unknown.into_iter().map(RunningJob::unknown);
        let mut running: Vec<_> = known.chain(unknown).collect();
        running.sort_by_key(|job| job.id);
        running
    }
}

impl RunningJob {
    fn known(job: Job) -> Self {
        let core = job.core();
        let (id, accepted) = (core.id(), core.accepted());
        // All clocks tick alike.
        let clock = TickClock::new();
        let now = clock.read();
        let since = |moment| Duration::from_nanos(clock.nanos_between(moment, now));
        let age = (accepted != Ticks::default()).then(|| since(accepted));
        let run_time = core.started().map(since);
        RunningJob { id, handle: Some(TaskHandle::new(job)), age, run_time }
    }

    fn unknown(id: u64) -> Self {
        RunningJob { id, handle: None, age: None, run_time: None }
    }
}

impl Census {
    /// Asks the carriers, and waits for their answers for a while.
    pub(crate) fn take(pool: &Pool) -> Self {
        let mut census =
            Census { jobs: BTreeMap::new(), unknown: Vec::new(), busy_carriers: Vec::new() };
        if pool.terminated().is_open() || pool.is_forked() {
            return census;
        }
        // All are asked before the first answer is waited for: one that is busy would use up the time.
        let asked: Vec<_> = pool.carriers().map(|carrier| (carrier, Asked::ask(carrier))).collect();
        let until = time::after(REPORT_TIME).unwrap_or_else(time::now);
        for (index, (carrier, asked)) in asked.into_iter().enumerate() {
            if asked.wait(until) {
                census.add(std::mem::take(&mut *asked.jobs.lock()));
            } else {
                census.add_busy(pool, index, carrier);
            }
        }
        if let Some(hosts) = pool.hosts() {
            census.add(hosts.roll.jobs());
        }
        let jobs = &census.jobs;
        census.unknown.retain(|id| !jobs.contains_key(id));
        census
    }

    fn add(&mut self, jobs: Vec<Job>) {
        self.jobs.extend(jobs.into_iter().map(|job| (job.core().id(), job)));
    }

    fn add_busy(&mut self, pool: &Pool, index: usize, carrier: &CarrierHandle) {
        self.add(pool.named_on(index));
        self.unknown.extend(carrier.counters().running());
        self.busy_carriers.push(carrier.name().to_owned());
    }
}

impl Asked {
    fn ask(carrier: &CarrierHandle) -> Arc<Self> {
        let asked = Arc::new(Asked {
            jobs: Mutex::default(),
            is_answered: AtomicBool::new(false),
            asker: greenctx::current(),
        });
        let answer = Answer(asked.clone());
        task::visit(carrier, move |job| answer.0.jobs.lock().push(job));
        asked
    }

    /// Whether it was answered in time.
    fn wait(&self, until: Instant) -> bool {
        // Where nothing can be waited for, what there is must do.
        let may_wait = !greenctx::is_parking_forbidden();
        loop {
            if self.is_answered.load(Ordering::Acquire) {
                return true;
            }
            if !may_wait || time::now() >= until {
                return false;
            }
            // The answer takes a moment only, so a cancelled thread may wait for it too.
            let park = || {
                waiting(&Waiting::on("the answer of a carrier"), || greenctx::park_deadline(until))
            };
            let _ = greenctx::shield(park);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.0.is_answered.store(true, Ordering::Release);
        self.0.asker.unpark();
    }
}

impl fmt::Display for RunningJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.handle {
            Some(handle) => handle.job().core().write_name(f)?,
            None => write!(f, "{} (keeps its carrier busy)", describe(self.id))?,
        }
        match (self.run_time, self.age) {
            (Some(run_time), _) => write!(f, " for {run_time:.1?}"),
            (None, Some(age)) => write!(f, ", accepted {age:.1?} ago"),
            (None, None) => Ok(()),
        }
    }
}

/// What a job without a name is called.
pub(crate) fn describe(id: u64) -> String {
    let (kind, number) = delay::split_id(id);
    format!("{kind}-{number}")
}
