//! What an inspection has found: plain values, which can be printed, sent elsewhere, and looked through.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::deadlock::Deadlock;
use crate::symbols::Frame;
use crate::watchdog::Hog;

/// What the green threads of an executor were doing; [`Inspect::inspect`](crate::Inspect::inspect) makes it.
///
/// Each thread is as it was when its carrier came to it. The whole is not one moment: a carrier goes on with its work
/// between two slices of threads.
///
/// Print it for a person: threads that wait for the same thing with the same stack are one paragraph. By serde it goes
/// to programs.
///
/// ```
/// use inspect::executor::{GreenThreadPoolExecutor, sleep};
/// use inspect::{Inspect, Inspection};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let job = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// let inspection: Inspection = pool.inspect();
/// println!("{inspection}");
/// assert_eq!(inspection.executor, "shop");
/// job.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The name of the executor.
    pub executor: String,
    /// What tells the executor from all others of the process.
    pub number: u64,
    /// Its carriers.
    pub carriers: Vec<CarrierReport>,
    /// Its green threads, those that have waited longest first.
    pub threads: Vec<ThreadView>,
    /// The stacks of the threads: [`ThreadView::stack`] is an index. The innermost function comes first.
    pub stacks: Vec<Vec<Frame>>,
    /// What has not started.
    pub queued: Backlog,
    /// What holds its carriers, if a [`Watchdog`](crate::Watchdog) watches.
    pub hogs: Vec<Hog>,
    /// The longest that a carrier was held, if a [`Watchdog`](crate::Watchdog) watches.
    pub longest_hold: Option<Duration>,
    /// Whether there are more threads than the limit of the inspection.
    pub is_cut_short: bool,
    /// Threads of this executor that wait for one another.
    pub deadlocks: Vec<Deadlock>,
}

/// What a carrier says, or that it does not.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::{CarrierReport, Inspect};
///
/// let pool = GreenThreadPoolExecutor::builder().carriers(1).build()?;
/// pool.submit(|| ())?.result()?; // so the carrier has started
/// let carriers: Vec<CarrierReport> = pool.inspect().carriers;
/// assert!(carriers[0].has_answered);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CarrierReport {
    /// Its name.
    pub name: String,
    /// Whether it has answered in time. If not, a job keeps it busy, and its threads are missing here, or some of them.
    pub has_answered: bool,
    /// The number of the job that it was running when it did not answer.
    pub running: Option<u64>,
    /// How many green threads it has that have not run yet.
    pub not_started: usize,
}

/// One green thread, or the job that runs on it. A worker that waits for a job which has not started may run that on its
/// own stack: then it is the innermost job that is told, and the stack shows the others.
///
/// ```
/// use inspect::executor::{GreenThreadPoolExecutor, sleep};
/// use inspect::{Inspect, ThreadView};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let job = pool.job().name("nap").fallible().submit(|| sleep(Duration::from_secs(60)))?;
/// while !job.is_running() {
///     std::thread::yield_now();
/// }
/// let inspection = pool.inspect();
/// let nap: Option<&ThreadView> = inspection.jobs().find(|job| job.name == "nap");
/// assert!(nap.is_some());
/// job.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ThreadView {
    /// The number of the job; that of the green thread if it runs none.
    pub id: u64,
    /// The name of the job or the thread.
    pub name: String,
    /// Whether it runs a job.
    pub is_job: bool,
    /// Where the job was submitted.
    pub site: Option<String>,
    /// The green thread.
    pub thread: u64,
    /// The carrier that it is on.
    pub carrier: String,
    /// What it waits for. `None` if it is ready to run.
    pub waits_for: Option<WaitsFor>,
    /// For about how long it has waited. It may be too much by as long as the carrier was busy before the wait.
    pub waited: Duration,
    /// How long it will wait at most from now on, if its wait has a limit.
    pub at_most: Option<Duration>,
    /// How many bytes of its stack are in use.
    pub stack_bytes: usize,
    /// Its stack, among those of the inspection.
    pub stack: Option<usize>,
}

/// What a thread waits for.
///
/// ```
/// use inspect::executor::sync::Mutex;
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::{Inspect, WaitsFor};
/// use std::sync::Arc;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let total = Arc::new(Mutex::new(0));
/// let held = total.lock()?;
/// let theirs = total.clone();
/// let job = pool.try_submit(move || theirs.lock().map(|mut total| *total += 1))?;
/// let waits = loop {
///     let inspection = pool.inspect();
///     let waits: Option<WaitsFor> = inspection.jobs().find_map(|job| job.waits_for.clone());
///     if let Some(waits) = waits {
///         break waits;
///     }
/// };
/// assert_eq!(waits.kind, "mutex");
/// drop(held);
/// job.result()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WaitsFor {
    /// The kind: `mutex`, `channel (receive)`, `socket (read)`, `sleep`, `job` and so on; `park` if the thread has not
    /// said it.
    pub kind: String,
    /// What tells the object from others of its kind; 0 if nothing does.
    pub object: usize,
    /// The number that goes with the kind: the job or thread that is waited for, the descriptor, how many arms a select
    /// has, how many permits are wanted; 0 if nothing is counted.
    pub number: u64,
    /// Where the code waits, if it is known: the wait itself says it, or else the stack does, in a program that has names
    /// of its lines.
    pub site: Option<String>,
    /// More about the object: who holds the mutex, what becomes of the job, who the peer is.
    pub detail: Option<String>,
    /// The green thread that has to do something before the wait can end, if it is known.
    pub on_thread: Option<u64>,
    /// The [number](Inspection::number) of the executor of which a job has to end before the wait can end, if it is known:
    /// what is waited for is in its backlog.
    pub on_executor: Option<u64>,
}

/// The jobs that have not started.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::{Backlog, Inspect};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let queued: Backlog = pool.inspect().queued;
/// assert_eq!((queued.count, queued.oldest), (0, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Backlog {
    /// How many there are.
    pub count: u64,
    /// How long the oldest has waited, if that is measured.
    pub oldest: Option<Duration>,
    /// Some that start next, each with its name and where it was submitted.
    pub first: Vec<String>,
}

impl Inspection {
    /// The threads that run a job.
    ///
    /// ```
    /// use inspect::Inspect;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert_eq!(pool.inspect().jobs().count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn jobs(&self) -> impl Iterator<Item = &ThreadView> {
        self.threads.iter().filter(|thread| thread.is_job)
    }

    /// The stack of a thread of this inspection; empty if it was not asked for.
    ///
    /// ```
    /// use inspect::executor::{GreenThreadPoolExecutor, sleep};
    /// use inspect::Inspect;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// let inspection = pool.inspect();
    /// for thread in inspection.jobs() {
    ///     for frame in inspection.stack_of(thread) {
    ///         println!("{frame}");
    ///     }
    /// }
    /// job.cancel();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stack_of(&self, thread: &ThreadView) -> &[Frame] {
        thread.stack.and_then(|number| self.stacks.get(number)).map_or(&[], Vec::as_slice)
    }
}
