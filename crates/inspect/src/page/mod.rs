//! What the [live page](crate::serve()) shows, as values: the document at `/json/page`.
//!
//! The page asks for it each second, and so may a program. [`Page`] is the document; `serde_json` reads it back into
//! these types. All times are in seconds. A list that has nothing in it is empty, and what is not known is `null`.
//!
//! | path | what |
//! | --- | --- |
//! | `/json/page` | what is cheap: counters, times, what is parked by reason, the backlog, carriers that do not answer |
//! | `/json/page?groups=1` | the same, and [`threads`](ExecutorPage::threads): jobs grouped by stack, and deadlocks |
//! | `/json/inspections` | a list with an [`Inspection`](crate::Inspection) of each executor: every thread, every stack |
//!
//! ```json
//! { "version": 1, "program": "shop", "pid": 4711, "took_seconds": 0.0003, "is_recording": false,
//!   "bucket_seconds": [1e-6, 3e-6],
//!   "executors": [ {
//!     "name": "orders", "has_ended": false, "uptime_seconds": 12.5, "max_workers": 1000,
//!     "counters": { "submitted": 100, "rejected": 0, "succeeded": 90, "…": 0 },
//!     "gauges": { "queued": 0, "running": 10, "workers": 12, "parked": 11, "delayed": 0, "stack_deepest_bytes": 9000 },
//!     "queue_wait": { "count": 100, "mean": 1e-5, "p50": 8e-6, "p90": 2e-5, "p99": 5e-5, "max": 1e-4, "buckets": [0, 20] },
//!     "run": { "count": 90, "…": 0 },
//!     "recent": { "seconds": 1.0, "submitted": 8, "ended": 8, "unsuccessful": 0, "rejected": 0, "wakes": 20,
//!                 "queue_wait": { "…": 0 }, "run": { "…": 0 } },
//!     "carriers": [ { "name": "orders-0", "has_answered": true, "running": null, "not_started": 0 } ],
//!     "hogs": [ { "carrier": "orders-0", "name": "audit", "cause": "computes", "held": 2.5, "stack": [], "…": 0 } ],
//!     "longest_hold": 2.5,
//!     "parked": [ { "reason": "sleep", "count": 10, "longest": 0.8 } ], "ready": 0,
//!     "longest": [ { "id": 7, "name": "buy", "reason": "sleep", "at": "src/main.rs:12", "…": 0 } ],
//!     "backlog": { "count": 0, "oldest": null, "first": [] },
//!     "threads": { "groups": [], "deadlocks": [], "is_cut_short": false }
//! } ],
//!   "tables": [ { "name": "queue images", "age_seconds": 0.001, "rows": [ { "name": "waiting", "value": 3 } ] } ] }
//! ```
//!
//! Where something is added later, programs that read an older document go on, as serde skips what it does not know.
//! Where a field changes its meaning, [`Page::version`] goes up.

mod build;
mod groups;
mod past;
mod table;
mod times;

use serde::{Deserialize, Serialize};

use crate::inspection::CarrierReport;
use crate::symbols::Frame;

pub(crate) use build::{PATIENCE, build};
pub(crate) use past::Past;
pub use table::{TablePage, TableRow};
pub use times::Times;

/// All that the page shows. See [the module](self) for the whole.
///
/// ```
/// use inspect::page::Page;
///
/// let page: Page = Page::default();
/// assert!(page.executors.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Page {
    /// Which document this is: 1.
    pub version: u32,
    /// The name of the program.
    pub program: String,
    /// The number of its process.
    pub pid: u32,
    /// How long it took to gather all this. If a carrier does not answer, this is mostly the wait for it.
    pub took_seconds: f64,
    /// Whether a trace is being recorded for somebody. Another one is refused until it ends.
    pub is_recording: bool,
    /// The bounds of the buckets of all [`Times`]; the last bucket has none.
    pub bucket_seconds: Vec<f64>,
    /// The executors, in the order in which they were given.
    pub executors: Vec<ExecutorPage>,
    /// The tables that the program adds, in the order in which it did.
    pub tables: Vec<TablePage>,
}

/// One executor.
///
/// ```
/// use inspect::page::ExecutorPage;
///
/// fn tell(executor: &ExecutorPage) -> String {
///     format!("{}: {} jobs queued", executor.name, executor.gauges.queued)
/// }
/// assert_eq!(tell(&ExecutorPage::default()), ": 0 jobs queued");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ExecutorPage {
    /// Its name.
    pub name: String,
    /// Whether it was shut down, and has ended.
    pub has_ended: bool,
    /// For how long it has been there.
    pub uptime_seconds: f64,
    /// How many workers may live.
    pub max_workers: u64,
    /// What was counted since its start.
    pub counters: Counters,
    /// What there is now.
    pub gauges: Gauges,
    /// How long jobs waited from acceptance to start, since its start.
    pub queue_wait: Times,
    /// How long jobs ran, their waits included, since its start.
    pub run: Times,
    /// The same of the last second or so. `None` if nobody has asked for the document in the ten seconds before.
    pub recent: Option<Recent>,
    /// Its carriers. One that has not answered within a quarter of a second is kept busy by a job.
    pub carriers: Vec<CarrierReport>,
    /// What holds its carriers, as a [`Watchdog`](crate::Watchdog) has seen it, if one watches.
    pub hogs: Vec<HogPage>,
    /// The longest that a carrier was held, in seconds. `None` if no watchdog watches.
    pub longest_hold: Option<f64>,
    /// What its threads wait for, most frequent first. Those of a carrier that has not answered are missing.
    pub parked: Vec<Reason>,
    /// How many threads are ready to run.
    pub ready: u64,
    /// The jobs that have waited longest; the longest first, and no more than 20.
    pub longest: Vec<Waiter>,
    /// What has not started.
    pub backlog: BacklogPage,
    /// Its threads, if they were asked for.
    pub threads: Option<Threads>,
}

/// What an executor has counted since its start.
///
/// ```
/// use inspect::page::Counters;
///
/// let counters = Counters::default();
/// assert_eq!(counters.submitted, 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Counters {
    /// Jobs accepted.
    pub submitted: u64,
    /// Jobs refused.
    pub rejected: u64,
    /// Jobs that ended well.
    pub succeeded: u64,
    /// Jobs that returned an error.
    pub failed: u64,
    /// Jobs that panicked.
    pub panicked: u64,
    /// Jobs that ran for longer than they may.
    pub timed_out: u64,
    /// Jobs that were cancelled.
    pub cancelled: u64,
    /// Jobs that were not started in time.
    pub expired: u64,
    /// Jobs that were given up before they started, as there was more to do than could be done.
    pub shed: u64,
    /// Jobs that were given up for other reasons before they started.
    pub abandoned: u64,
    /// How often a green thread has parked.
    pub parks: u64,
    /// How often a parked green thread was woken.
    pub wakes: u64,
}

/// What there is in an executor at the moment.
///
/// ```
/// use inspect::page::Gauges;
///
/// let gauges = Gauges::default();
/// assert_eq!(gauges.running, 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Gauges {
    /// Jobs that wait for a worker.
    pub queued: u64,
    /// Jobs that have started and not ended.
    pub running: u64,
    /// Green threads.
    pub workers: u64,
    /// Those of them that are parked.
    pub parked: u64,
    /// Jobs that are to become due later.
    pub delayed: u64,
    /// The deepest that a stack has been.
    pub stack_deepest_bytes: u64,
}

/// What has happened between two documents, about a second apart. Divide by [`seconds`](Self::seconds) for a rate.
///
/// ```
/// use inspect::page::Recent;
///
/// fn rate(recent: &Recent) -> f64 {
///     recent.ended as f64 / recent.seconds
/// }
/// let mut recent = Recent::default();
/// (recent.seconds, recent.ended) = (0.5, 10);
/// assert_eq!(rate(&recent), 20.0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Recent {
    /// The time in between.
    pub seconds: f64,
    /// Jobs accepted.
    pub submitted: u64,
    /// Jobs refused.
    pub rejected: u64,
    /// Jobs that have ended, in whatever way.
    pub ended: u64,
    /// Those of them that did not end well.
    pub unsuccessful: u64,
    /// How often a parked green thread was woken.
    pub wakes: u64,
    /// How long the jobs that started had waited.
    pub queue_wait: Times,
    /// How long the jobs that ended had run.
    pub run: Times,
}

/// A job that holds its carrier; [`Hog`](crate::Hog) tells of it.
///
/// ```
/// use inspect::page::HogPage;
///
/// let hog = HogPage::default();
/// assert_eq!(hog.held, 0.0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct HogPage {
    /// The carrier that it holds.
    pub carrier: String,
    /// The number of the job. `None` if it is a green thread without a job.
    pub job: Option<u64>,
    /// The name of the job or the thread.
    pub name: String,
    /// Where the job was submitted.
    pub submitted_at: Option<String>,
    /// What it did most of the time: `computes`, `blocks` or `starves`.
    pub cause: String,
    /// For how long it has held the carrier, at least, in seconds.
    pub held: f64,
    /// How many other green threads the carrier has. None of them can run.
    pub others: u64,
    /// Its stack, the innermost function first.
    pub stack: Vec<Frame>,
}

/// Threads that wait for the same kind of thing.
///
/// ```
/// use inspect::page::Reason;
///
/// let reason = Reason::default();
/// assert_eq!(reason.count, 0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Reason {
    /// The kind, as in [`WaitsFor::kind`](crate::WaitsFor::kind).
    pub reason: String,
    /// How many threads.
    pub count: u64,
    /// How long the one has waited that has waited longest, in seconds.
    pub longest: f64,
}

/// A job that waits.
///
/// ```
/// use inspect::page::Waiter;
///
/// let waiter = Waiter::default();
/// assert_eq!(waiter.waited, 0.0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Waiter {
    /// The number of the job.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Where it was submitted.
    pub submitted_at: Option<String>,
    /// The kind of what it waits for. `None` if it is ready to run.
    pub reason: Option<String>,
    /// Where the code waits, if it is known.
    pub at: Option<String>,
    /// More about what it waits for: who holds the mutex, which descriptor it is.
    pub detail: Option<String>,
    /// How long it has waited, in seconds.
    pub waited: f64,
    /// How long it will wait at most from now on, in seconds, if its wait has a limit.
    pub at_most: Option<f64>,
    /// The carrier that it is on.
    pub carrier: String,
}

/// The jobs that have not started.
///
/// ```
/// use inspect::page::BacklogPage;
///
/// let backlog = BacklogPage::default();
/// assert_eq!(backlog.oldest, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct BacklogPage {
    /// How many there are.
    pub count: u64,
    /// How long the oldest has waited, in seconds, if that is measured.
    pub oldest: Option<f64>,
    /// Some that start next, each with its name and where it was submitted.
    pub first: Vec<String>,
}

/// The threads of an executor.
///
/// ```
/// use inspect::page::Threads;
///
/// let threads = Threads::default();
/// assert!(threads.groups.is_empty() && threads.deadlocks.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Threads {
    /// Those that wait for the same thing with the same stack are one group; the largest comes first.
    pub groups: Vec<Group>,
    /// Deadlocks in which one of them takes part. One among several executors is said of each of them.
    pub deadlocks: Vec<DeadlockPage>,
    /// Whether there are more threads than the 10,000 that are looked at.
    pub is_cut_short: bool,
}

/// Threads that wait for one another; [`Deadlock`](crate::Deadlock) tells of it.
///
/// ```
/// use inspect::page::DeadlockPage;
///
/// let deadlock = DeadlockPage::default();
/// assert!(deadlock.waits.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct DeadlockPage {
    /// Whether nothing can dissolve it but a cancellation, or more workers.
    pub is_certain: bool,
    /// What each waits for. Where each waits for one, it is the next of them, and the last one for the first.
    pub waits: Vec<DeadlockLink>,
    /// How many other threads wait for these.
    pub behind: u64,
}

/// One thread of a [`DeadlockPage`].
///
/// ```
/// use inspect::page::DeadlockLink;
///
/// let link = DeadlockLink::default();
/// assert_eq!(link.at, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct DeadlockLink {
    /// The name of its executor.
    pub executor: String,
    /// The name of the job or the thread.
    pub name: String,
    /// Where the job was submitted.
    pub submitted_at: Option<String>,
    /// The kind of what it waits for.
    pub reason: String,
    /// Where the code waits, if it is known.
    pub at: Option<String>,
    /// More about what it waits for: who holds the mutex, which job it is.
    pub detail: Option<String>,
}

/// Threads that wait for the same thing with the same stack.
///
/// ```
/// use inspect::page::Group;
///
/// let group = Group::default();
/// assert_eq!(group.count, 0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Group {
    /// How many there are.
    pub count: u64,
    /// Whether they run jobs.
    pub is_job: bool,
    /// The kind of what they wait for. `None` if they are ready to run.
    pub reason: Option<String>,
    /// Where the code waits, if it is known.
    pub at: Option<String>,
    /// The shortest and the longest time that one of them has waited, in seconds.
    pub waited: [f64; 2],
    /// Some of their names.
    pub names: Vec<String>,
    /// Some details of what they wait for.
    pub details: Vec<String>,
    /// Some places where they were submitted.
    pub submitted_at: Vec<String>,
    /// Their stack, the innermost function first.
    pub stack: Vec<Frame>,
}
