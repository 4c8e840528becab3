//! Describing an executor, and starting it.

use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroUsize;

use greenctx::{Carrier, GuardKind, MAX_STACK_BYTES, MIN_STACK_BYTES, StackPool, Waiting};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;
use workqueue::Queue;

use crate::admission::shed::Codel;
use crate::carrier::{CarrierWork, Local};
use crate::executor::GreenThreadPoolExecutor;
use crate::pool::{Initializer, Latch, Pool, Queued, Settings};
use crate::rejection::CheckAndReject;
use crate::spans::{self, JobSpans};

/// As many as fit the place that a task notes where it runs.
const MAX_CARRIERS: usize = 1024;

/// Describes a [`GreenThreadPoolExecutor`].
///
/// The defaults: 1000 workers, a carrier for each CPU that the process may use, stacks of 128 KiB, an unlimited
/// backlog, statistics on. [`build`](Self::build) checks the settings.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, reject_when_reached};
///
/// let pool = GreenThreadPoolExecutor::builder()
///     .name("fetch")
///     .max_workers(100)
///     .carriers(2)
///     .check_and_reject(reject_when_reached(1000))
///     .build()?;
/// assert_eq!((pool.max_workers(), pool.num_carriers()), (100, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "config")]
#[must_use = "a builder does nothing until build() is called"]
pub struct Builder {
    name: Arc<str>,
    max_workers: usize,
    carriers: Option<usize>,
    stack_bytes: usize,
    guard: GuardKind,
    rejection: Option<Box<dyn CheckAndReject>>,
    shedding: Option<Codel>,
    initializer: Option<Box<Initializer>>,
    statistics: bool,
    time_one_in: usize,
    spans: JobSpans,
}

/// Why an executor could not be built.
///
/// ```
/// use executor::{BuildError, GreenThreadPoolExecutor};
///
/// let built = GreenThreadPoolExecutor::builder().carriers(0).build();
/// match built {
///     Err(BuildError::OutOfRange { field, min, .. }) => assert_eq!((field, min), ("carriers", 1)),
///     Err(BuildError::Carrier { error, .. }) => println!("no thread: {error}"), // ask for fewer
///     other => unreachable!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting is outside its permitted range.
    OutOfRange {
        /// The setting, by the name of the builder's method; if that takes several values, which of them, and its unit.
        field: &'static str,
        /// What was asked for.
        value: usize,
        /// The smallest permitted value.
        min: usize,
        /// The largest permitted value.
        max: usize,
    },
    /// A carrier's OS thread could not be started. Those that were have been stopped and joined.
    Carrier {
        /// Which one, from 0.
        index: usize,
        /// What the operating system said.
        error: io::Error,
    },
}

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            name: Arc::from("green"),
            max_workers: 1000,
            carriers: None,
            stack_bytes: greenctx::DEFAULT_STACK_BYTES,
            guard: GuardKind::Auto,
            rejection: None,
            shedding: None,
            initializer: None,
            statistics: true,
            time_one_in: 1,
            spans: JobSpans::default(),
        }
    }

    /// How many jobs may run at once, over all carriers; at least 1. The default is 1000.
    ///
    /// With 1, jobs run strictly one after the other in the order of their submission, whoever submits them.
    /// The exception is a job that another one waits for: it may run at once.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Instant;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
    /// let first = pool.submit(Instant::now)?;
    /// let second = pool.submit(Instant::now)?;
    /// assert!(first.result()? <= second.result()?); // one after the other
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "max_threads")]
    #[doc(alias = "num_threads")]
    #[doc(alias = "limit")]
    pub fn max_workers(mut self, max_workers: usize) -> Self {
        self.max_workers = max_workers;
        self
    }

    /// How many OS threads carry the green threads, from 1 to 1024. The default is one for each CPU that the
    /// process may use. More make sense only if jobs block their OS thread.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().carriers(2).build()?;
    /// assert_eq!(pool.num_carriers(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "worker_threads")]
    pub fn carriers(mut self, carriers: usize) -> Self {
        self.carriers = Some(carriers);
        self
    }

    /// Refuses submissions under overload. Without it nothing is refused, and the backlog grows as memory allows.
    ///
    /// The usual choice is [`reject_when_wait_exceeds`](crate::reject_when_wait_exceeds): a job is refused if it would
    /// wait for too long. [`reject_when_reached`](crate::reject_when_reached) limits the number of those that wait. A
    /// closure decides as it likes, and sees the present [`Load`](crate::Load).
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, reject_when_reached, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .max_workers(1)
    ///     .check_and_reject(reject_when_reached(1))
    ///     .build()?;
    /// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?; // takes the worker
    /// let next = pool.submit(|| "next")?; // takes the backlog
    /// assert!(pool.submit(|| "too many").is_err_and(|refused| refused.is_rejected()));
    /// busy.cancel();
    /// assert_eq!(next.result()?, "next");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "queue_capacity")]
    #[doc(alias = "backpressure")]
    pub fn check_and_reject(mut self, rejection: impl CheckAndReject) -> Self {
        self.rejection = Some(Box::new(rejection));
        self
    }

    /// Gives up accepted jobs that have waited for too long, while the backlog does not empty itself. The default is
    /// to run everything that was accepted.
    ///
    /// A job that is given up ends as [abandoned](crate::TaskError::Abandoned), for the reason
    /// [`Overloaded`](crate::AbandonReason::Overloaded), and is counted so. It never started: its closure is dropped by
    /// the worker that would have run it. A job that another one waits for runs all the same if it is run on the spot.
    ///
    /// Take it where a fresh answer is worth more than a late one, and callers would rather be refused late than
    /// wait. Else a [rejection by time](Self::check_and_reject) does as well, and gives the closure back. Every job is
    /// timed then, whatever [`time_one_in`](Self::time_one_in) says.
    ///
    /// ```
    /// use executor::{AbandonReason, GreenThreadPoolExecutor, TaskError, rejection::Codel};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .shed_when_late(Codel::new(Duration::from_millis(20)))
    ///     .build()?;
    /// match pool.submit(|| 42)?.result() {
    ///     Err(TaskError::Abandoned(AbandonReason::Overloaded)) => println!("too late"),
    ///     result => assert_eq!(result?, 42),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "CoDel")]
    #[doc(alias = "load shedding")]
    pub fn shed_when_late(mut self, codel: Codel) -> Self {
        self.shedding = Some(codel);
        self
    }

    /// The size of a green thread's stack in bytes, from [`MIN_STACK_BYTES`] (32
    /// KiB) to [`MAX_STACK_BYTES`] (1 GiB). It is rounded up to a power of two. The
    /// default is 128 KiB. A stack uses memory only as far as it is touched.
    ///
    /// A job can use all of it, on every architecture, but for about a kilobyte of our own frames. The guard,
    /// 64 KiB of address space, comes on top. What a job captures lies on the stack while it runs, and so does
    /// what it returns, once each: box what is large.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().stack_size(4 << 20).build()?;
    /// let job = pool.submit(|| {
    ///     let large = [1_u8; 512 * 1024]; // lies on the job's own stack
    ///     large.iter().map(|byte| usize::from(*byte)).sum::<usize>()
    /// })?;
    /// assert_eq!(job.result()?, 512 * 1024);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "thread_stack_size")]
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_bytes = bytes;
        self
    }

    /// Forces a kind of stack guard. The default is the best one that the kernel has.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, GuardKind};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().stack_guard(GuardKind::Protect).build()?;
    /// assert_eq!(pool.submit(|| 1)?.result()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stack_guard(mut self, guard: GuardKind) -> Self {
        self.guard = guard;
        self
    }

    /// Names the executor, and its carriers after it: `fetch-0`, `fetch-1`. The default is `green`.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().name("fetch").carriers(1).build()?;
    /// let carrier = pool.submit(|| std::thread::current().name().map(str::to_owned))?;
    /// assert_eq!(carrier.result()?.as_deref(), Some("fetch-0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "thread_name")]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Runs `initializer` once on every carrier, on a green thread, before any job of that carrier. It may
    /// park. [`build`](Self::build) does not wait for it.
    ///
    /// If one fails or panics, the executor is broken: the jobs that wait are abandoned, and submissions are
    /// refused. See [`AbandonReason::Broken`](crate::AbandonReason::Broken).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    ///
    /// static PREPARED: AtomicUsize = AtomicUsize::new(0);
    ///
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .carriers(1)
    ///     .initializer(|| {
    ///         PREPARED.fetch_add(1, Relaxed);
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// assert_eq!(pool.submit(|| PREPARED.load(Relaxed))?.result()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "on_thread_start")]
    #[doc(alias = "start_handler")]
    pub fn initializer<F>(mut self, initializer: F) -> Self
    where
        F: Fn() -> Result<(), Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
    {
        self.initializer = Some(Box::new(initializer));
        self
    }

    /// Whether the waits in the backlog and the run times are measured. The default is yes. The counters are
    /// kept in any case.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().statistics(false).build()?;
    /// pool.submit(|| 1)?.wait()?;
    /// assert_eq!(pool.statistics().executed(), 1); // counted, but not timed
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn statistics(mut self, on: bool) -> Self {
        self.statistics = on;
        self
    }

    /// Measures the wait and the run of one job in `n`, about. The default is 1: of every job. It has no effect
    /// without [`statistics`](Self::statistics).
    ///
    /// Every job is counted all the same. To time a job takes some 50 ns, so this is for jobs that take little longer
    /// than that. Which ones are timed goes by their numbers, evenly. `gauge().oldest` is then known only while the
    /// oldest job is one of them.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().time_one_in(10).build()?;
    /// for result in pool.map(0..1000, |i| i)? {
    ///     result?;
    /// }
    /// let statistics = pool.statistics();
    /// assert_eq!(statistics.executed(), 1000);
    /// let timed = statistics.run_time().count();
    /// assert!((90..=110).contains(&timed), "{timed}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "sampling")]
    pub fn time_one_in(mut self, n: usize) -> Self {
        self.time_one_in = n;
        self
    }

    /// Runs each job in a span of `level`: `job{id, name, site, queued_us}`, a child of the span in which it
    /// was submitted. `site` is the file and line of the submission. `queued_us` says how many microseconds the
    /// job has waited for its start. A job without a name has no `name`.
    ///
    /// With or without this, spans and subscribers belong to the green thread that has entered or set them. A
    /// job starts with no span entered, and with the global subscriber. So a span of a scoped subscriber
    /// (`with_default`) around the submission is nobody's parent.
    ///
    /// Where the subscriber does not want the level, this costs next to nothing. Else see the
    /// [guide](crate::guides::tracing).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().trace_jobs(tracing::Level::INFO).build()?;
    /// let request = tracing::info_span!("request", id = 7);
    /// // The job's span is a child of `request`, and the event is in the job's span.
    /// let resize = || tracing::info!("half done");
    /// let job = request.in_scope(|| pool.job().name("resize").submit(resize))?;
    /// job.result()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tracing")]
    pub fn trace_jobs(mut self, level: tracing::Level) -> Self {
        self.spans = JobSpans::of(level);
        self
    }

    /// Starts the executor.
    ///
    /// With `panic = "abort"` a panic in a job ends the process, as that setting says. Everything else works.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert!(pool.alive());
    /// assert!(GreenThreadPoolExecutor::builder().max_workers(0).build().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A setting is outside its range, or the operating system has no thread to give.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until all carriers have started. If one could not be
    /// started, it blocks the OS thread until the others have ended. The first executor of a process measures
    /// the processor's clock, for half a millisecond. Where that clock is coarse, as on many an aarch64, it
    /// takes up to 200 ms.
    #[doc(alias = "start")]
    pub fn build(self) -> Result<GreenThreadPoolExecutor, BuildError> {
        let cpus = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let carriers = self.carriers.unwrap_or(cpus.min(MAX_CARRIERS));
        check_max_workers(self.max_workers)?;
        check("carriers", carriers, 1, MAX_CARRIERS)?;
        check("time_one_in", self.time_one_in, 1, u32::MAX as usize)?;
        check("stack_size", self.stack_bytes, MIN_STACK_BYTES, MAX_STACK_BYTES)?;
        self.shedding.map_or(Ok(()), |codel| codel.check())?;
        // Without a rejection nobody is ever refused, and so nobody waits for room.
        let queue = if self.rejection.is_some() { Queue::new } else { Queue::unlimited };
        let (queue, locals) = queue(carriers, self.max_workers);
        let time_one_in = self.timed_share();
        let pool = Pool::new(
            Settings {
                name: self.name,
                carriers,
                cpus,
                stack_bytes: self.stack_bytes,
                stacks: StackPool::builder().guard(self.guard).build(),
                rejection: self.rejection,
                time_one_in,
                shedding: self.shedding,
                initializer: self.initializer,
                statistics: self.statistics,
                spans: self.spans,
            },
            queue,
            None,
        );
        pool.set_max_workers(self.max_workers);
        start(&pool, locals)?;
        Ok(GreenThreadPoolExecutor::from_pool(pool))
    }
}

impl Builder {
    /// One job in so many is timed. If late ones are given up, it must be known of each how long it has waited.
    fn timed_share(&self) -> u32 {
        match (self.shedding, self.statistics) {
            (Some(_), _) => 1,
            (None, true) => self.time_one_in as u32,
            (None, false) => 0,
        }
    }
}

/// Starts all carriers, or none.
fn start(pool: &Arc<Pool>, locals: Vec<workqueue::Local<Queued>>) -> Result<(), BuildError> {
    let starts: Vec<Arc<Start>> = locals.iter().map(|_| Arc::default()).collect();
    let mut outcome = Ok(());
    for (jobs, start) in locals.into_iter().zip(&starts) {
        let index = jobs.index();
        // The operating system takes no name with a zero byte.
        let name = format!("{}-{index}", pool.settings().name).replace('\0', "");
        let (theirs, told) = (pool.clone(), start.clone());
        let body = move || carry(&theirs, jobs, &told);
        match thread::Builder::new().name(name).spawn(body) {
            Ok(thread) => pool.keep_thread(thread),
            Err(error) => {
                outcome = Err(BuildError::Carrier { index, error });
                break;
            }
        }
    }
    if outcome.is_ok() {
        for (index, start) in starts.iter().enumerate() {
            start.latch.wait(&Waiting::on("the start of a carrier"), None);
            if let Some(error) = start.error.lock().take() {
                outcome = Err(BuildError::Carrier { index, error });
            }
        }
    }
    if outcome.is_err() {
        pool.queue().close();
        for thread in pool.take_threads() {
            let _ = thread.join();
        }
    }
    outcome
}

/// How a carrier tells whether it has started.
#[derive(Default)]
struct Start {
    latch: Latch,
    error: Mutex<Option<io::Error>>,
}

/// The body of a carrier's OS thread.
fn carry(pool: &Arc<Pool>, jobs: workqueue::Local<Queued>, start: &Start) {
    let settings = pool.settings();
    let carrier = Carrier::builder()
        .name(format!("{}-{}", settings.name, jobs.index()))
        .stacks(settings.stacks.clone())
        .stack_size(settings.stack_bytes);
    match spans::keep_apart(carrier).build() {
        Ok(carrier) => {
            let local = Local::new(pool.clone(), jobs);
            local.set_waker(carrier.handle().waker());
            pool.set_carrier(local.index(), carrier.handle());
            local.enter();
            start.latch.open();
            carrier.run_with(&mut CarrierWork(local.clone()));
            local.leave();
        }
        Err(error) => {
            *start.error.lock() = Some(error.into());
            start.latch.open();
        }
    }
    pool.carrier_ended();
}

pub(crate) fn check_max_workers(max_workers: usize) -> Result<(), BuildError> {
    check("max_workers", max_workers, 1, usize::MAX)
}

pub(crate) fn check(
    field: &'static str,
    value: usize,
    min: usize,
    max: usize,
) -> Result<(), BuildError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(BuildError::OutOfRange { field, value, min, max })
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::OutOfRange { field, value, min, max } if *max == usize::MAX => {
                write!(f, "{field} is {value}, but must be at least {min}")
            }
            BuildError::OutOfRange { field, value, min, max } => {
                write!(f, "{field} is {value}, but must be between {min} and {max}")
            }
            BuildError::Carrier { index, error } => {
                write!(f, "the OS thread of carrier {index} could not be started: {error}")
            }
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            BuildError::Carrier { error, .. } => Some(error),
            BuildError::OutOfRange { .. } => None,
        }
    }
}

impl From<BuildError> for io::Error {
    fn from(error: BuildError) -> Self {
        let kind = match &error {
            BuildError::OutOfRange { .. } => io::ErrorKind::InvalidInput,
            BuildError::Carrier { error, .. } => error.kind(),
        };
        io::Error::new(kind, error)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("max_workers", &self.max_workers)
            .field("carriers", &self.carriers)
            .field("stack_bytes", &self.stack_bytes)
            .finish_non_exhaustive()
    }
}
