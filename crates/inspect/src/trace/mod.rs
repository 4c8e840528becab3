//! What the jobs of an executor did in the last seconds, for [Perfetto](https://ui.perfetto.dev)'s viewer.
//!
//! ```text
//!  greenctx::trace            names            timeline               perfetto, proto
//!  records of each carrier ─► who is who  ───► slices, arrows, ─────► a file for the viewer
//!                                              levels, waits
//! ```
//!
//! The carriers record ([`greenctx::trace`]). All else is done by the thread that asks, after the fact: records of
//! all carriers are put into one order by their time stamps. These are readings of the processor's counter, which is
//! the same on all processors where it is steady. Where it is not, two carriers may disagree by some nanoseconds, and
//! an arrow may be missing.

mod flight;
mod lives;
mod names;
mod perfetto;
mod proto;
mod timeline;

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use executor::ExecutorHandle;
use greenctx::CarrierHandle;
use greenctx::trace::{DEFAULT_RECORDS, Trace};
use greenstd::time;

pub use self::flight::FlightRecorder;

use self::timeline::Timeline;

/// How long a carrier may take to answer. One that runs a job which does not wait may take longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Records what the jobs of an executor do, until it is dropped.
///
/// Each carrier keeps its last 65,536 records, of 24 bytes each. So a tracer may be left on, and be asked when
/// something was slow. It costs some 12 ns a switch; without one, a switch pays nothing for it.
///
/// ```
/// use inspect::Tracer;
/// use inspect::executor::{GreenThreadPoolExecutor, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let tracer = Tracer::start(&pool);
/// pool.try_submit(|| sleep(Duration::from_millis(3)))?.result()?;
///
/// let trace = tracer.snapshot(Duration::from_secs(10));
/// let file = std::env::temp_dir().join("jobs.perfetto-trace");
/// trace.write_to(&file)?; // open it at https://ui.perfetto.dev
/// # std::fs::remove_file(file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "it records until it is dropped"]
pub struct Tracer {
    executor: String,
    carriers: Vec<CarrierHandle>,
}

impl Tracer {
    /// Starts recording. Where a tracer records already, both do, with the room of the first.
    ///
    /// Returns when all carriers record. It does not wait longer than a second for one that runs a job which does not
    /// wait: such a carrier begins when that job does.
    ///
    /// ```
    /// use inspect::Tracer;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let tracer = Tracer::start(&pool);
    /// pool.submit(|| 6 * 7)?.result()?;
    /// drop(tracer); // nothing is recorded any more
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn start(executor: &ExecutorHandle) -> Self {
        Self::with_records(executor, DEFAULT_RECORDS)
    }

    /// As [`start`](Self::start), with room for the last `records` of each carrier.
    ///
    /// A job that does not wait makes four records, one that waits some three more a wait.
    ///
    /// ```
    /// use inspect::Tracer;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let _tracer = Tracer::with_records(&pool, 1 << 20); // 24 MiB a carrier
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// As `start`.
    pub fn with_records(executor: &ExecutorHandle, records: usize) -> Self {
        let carriers: Vec<CarrierHandle> = executor.carriers().cloned().collect();
        let starting: Vec<_> = carriers.iter().map(|it| it.start_trace(records)).collect();
        let deadline = time::now() + PATIENCE;
        for carrier in starting {
            // One that is late begins later.
            carrier.wait(deadline);
        }
        Tracer { executor: executor.name().to_owned(), carriers }
    }

    /// What was recorded in the last time of that length. It goes on recording.
    ///
    /// A carrier answers between two jobs or at their waits, and not after the executor has ended. One that has not
    /// answered within a second is [silent](TraceSnapshot::silent).
    ///
    /// ```
    /// use inspect::{Tracer, TraceSnapshot};
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let tracer = Tracer::start(&pool);
    /// pool.submit(|| 6 * 7)?.result()?;
    /// let trace: TraceSnapshot = tracer.snapshot(Duration::from_secs(1));
    /// assert!(trace.silent().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn snapshot(&self, last: Duration) -> TraceSnapshot {
        self.snapshot_within(last, PATIENCE)
    }

    /// As `snapshot`, with that much time for a carrier to answer.
    pub(crate) fn snapshot_within(&self, last: Duration, patience: Duration) -> TraceSnapshot {
        let asked: Vec<_> = self.carriers.iter().map(CarrierHandle::snapshot_trace).collect();
        let deadline = time::now() + patience;
        let (mut traces, mut silent): (Vec<Trace>, Vec<String>) = Default::default();
        for (asked, carrier) in asked.into_iter().zip(&self.carriers) {
            match asked.wait(deadline) {
                Some(trace) => traces.push(trace),
                None => silent.push(carrier.name().to_owned()),
            }
        }
        TraceSnapshot {
            executor: self.executor.clone(),
            timeline: Timeline::of(&traces, last),
            silent,
        }
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        self.carriers.iter().for_each(CarrierHandle::stop_trace);
    }
}

/// What the jobs of an executor did in some time.
///
/// ```
/// use inspect::{TraceSnapshot, Tracer};
/// use inspect::executor::{GreenThreadPoolExecutor, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let tracer = Tracer::start(&pool);
/// let job = pool.job().name("naps").fallible();
/// job.submit(|| sleep(Duration::from_millis(3)))?.result()?;
///
/// let trace: TraceSnapshot = tracer.snapshot(Duration::from_secs(10));
/// assert!(trace.waits()[0].job.starts_with("naps"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TraceSnapshot {
    executor: String,
    timeline: Timeline,
    silent: Vec<String>,
}

/// A wait of a job.
///
/// ```
/// use inspect::JobWait;
///
/// fn tell(waits: &[JobWait]) {
///     for wait in waits {
///         println!("{} {} for {:?}", wait.job, wait.what, wait.lasted);
///     }
/// }
/// tell(&[]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobWait {
    /// The job: its name or number, and where it was submitted.
    pub job: String,
    /// What it waited for, as in `waits for mutex at src/main.rs:12`.
    pub what: String,
    /// How long. A wait that had not ended when the snapshot was taken is counted until then.
    pub lasted: Duration,
}

impl TraceSnapshot {
    /// The waits of jobs and threads, the longest first. Those of jobs that lived for less than a millisecond are left
    /// out.
    ///
    /// ```
    /// use inspect::Tracer;
    /// use inspect::executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let tracer = Tracer::start(&pool);
    /// pool.try_submit(|| sleep(Duration::from_millis(3)))?.result()?;
    /// for wait in tracer.snapshot(Duration::from_secs(10)).waits() {
    ///     println!("{} {}: {:?}", wait.job, wait.what, wait.lasted);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn waits(&self) -> Vec<JobWait> {
        let mut waits = self.timeline.waits();
        waits.sort_by_key(|wait| std::cmp::Reverse(wait.lasted));
        waits
    }

    /// The carriers that are missing, by name: they did not answer.
    ///
    /// ```
    /// use inspect::Tracer;
    /// use inspect::executor::{GreenThreadPoolExecutor, Shutdown};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().name("fetch").carriers(1).build()?;
    /// let tracer = Tracer::start(&pool);
    /// pool.shutdown(Shutdown::wait())?;
    /// assert_eq!(tracer.snapshot(Duration::from_secs(1)).silent(), ["fetch-0"]); // too late
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn silent(&self) -> &[String] {
        &self.silent
    }

    /// Writes it to a file, as Perfetto's protobuf. Open it at <https://ui.perfetto.dev>, or ask `trace_processor`.
    ///
    /// There is a track a carrier, with the jobs that ran there, and arrows from whatever has woken a thread. Jobs that
    /// lived for a millisecond have tracks of their own: queued, running, ready, and what they waited for.
    /// Counters show how many green threads were ready and parked, and how many jobs and workers there were.
    ///
    /// ```
    /// use inspect::Tracer;
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let tracer = Tracer::start(&pool);
    /// let file = std::env::temp_dir().join("some.perfetto-trace");
    /// tracer.snapshot(Duration::from_secs(5)).write_to(&file)?;
    /// assert!(std::fs::metadata(&file)?.len() > 0);
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of creating and writing the file.
    ///
    /// # Blocking
    /// Blocks the OS thread while it writes.
    pub fn write_to(&self, path: impl AsRef<Path>) -> io::Result<()> {
        File::create(path)?.write_all(&self.to_bytes())
    }

    /// The content of the file that [`write_to`](Self::write_to) writes.
    ///
    /// ```
    /// use inspect::Tracer;
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let bytes = Tracer::start(&pool).snapshot(Duration::from_secs(5)).to_bytes();
    /// assert!(!bytes.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        perfetto::encode(&self.executor, &self.timeline)
    }
}

impl fmt::Debug for TraceSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceSnapshot")
            .field("executor", &self.executor)
            .field("silent", &self.silent)
            .finish_non_exhaustive()
    }
}
