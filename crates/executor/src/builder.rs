//! Describing an executor, and starting it.

use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroUsize;

use greenctx::{Carrier, GuardKind, MAX_STACK_BYTES, MIN_STACK_BYTES, StackPool};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;
use workqueue::{Local, Queue};

use crate::carrier::{CarrierSide, CarrierWork};
use crate::executor::GreenThreadPoolExecutor;
use crate::pool::{Initializer, Latch, Pool, Queued, Settings};
use crate::rejection::CheckAndReject;
use crate::spans::{self, JobSpans};

/// As many as fit the place that a task notes where it runs.
const MAX_CARRIERS: usize = 1024;

/// Describes a [`GreenThreadPoolExecutor`].
///
/// Without a word: 1000 workers, a carrier for each CPU that the process may use, stacks of 128 KiB,
/// an unlimited backlog, statistics on. Settings are checked by [`build`](Self::build).
#[must_use = "a builder does nothing until build() is called"]
pub struct Builder {
    name: Arc<str>,
    max_workers: usize,
    carriers: Option<usize>,
    stack_bytes: usize,
    guard: GuardKind,
    rejection: Option<Box<dyn CheckAndReject>>,
    initializer: Option<Box<Initializer>>,
    statistics: bool,
    spans: JobSpans,
}

/// Why an executor could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A setting is outside its permitted range.
    OutOfRange {
        /// The setting, by the name of the builder's method.
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
            initializer: None,
            statistics: true,
            spans: JobSpans::default(),
        }
    }

    /// How many jobs may run at once, over all carriers; at least 1. With 1, jobs run strictly one
    /// after the other in the order of their submission, whoever submits them: from outside, or in a
    /// job. The exception is a job that another one waits for, which may be run at once.
    pub fn max_workers(mut self, max_workers: usize) -> Self {
        self.max_workers = max_workers;
        self
    }

    /// How many OS threads carry the green threads, from 1 to 1024. More than CPUs make sense only if
    /// jobs block their OS thread.
    pub fn carriers(mut self, carriers: usize) -> Self {
        self.carriers = Some(carriers);
        self
    }

    /// Refuses submissions under overload: by [`reject_when_reached`](crate::reject_when_reached), or
    /// by a closure that sees the present load.
    pub fn check_and_reject(mut self, rejection: impl CheckAndReject) -> Self {
        self.rejection = Some(Box::new(rejection));
        self
    }

    /// The size of a green thread's stack in bytes, from
    /// [`MIN_STACK_BYTES`](greenctx::MIN_STACK_BYTES) (32 KiB) to
    /// [`MAX_STACK_BYTES`](greenctx::MAX_STACK_BYTES) (1 GiB); rounded up to a power of two. The default is
    /// 128 KiB. Memory is used only as far as a stack is touched.
    ///
    /// It is what a job can use, on every architecture, but for about a kilobyte of our own frames: the
    /// guard, 64 KiB of address space, comes on top of it. What a job captures lies there while it runs, and
    /// what it returns, once each: box what is large.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_bytes = bytes;
        self
    }

    /// Forces a kind of stack guard; by default, the best that the kernel has.
    pub fn stack_guard(mut self, guard: GuardKind) -> Self {
        self.guard = guard;
        self
    }

    /// Names the executor; its carriers are named after it: `fetch-0`, `fetch-1`.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Runs `initializer` once on every carrier, on a green thread, before any job of that carrier. It
    /// may park; [`build`](Self::build) does not wait for it. If one fails or panics, the executor is
    /// broken: what waits is abandoned, and submissions are refused.
    pub fn initializer<F>(mut self, initializer: F) -> Self
    where
        F: Fn() -> Result<(), Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
    {
        self.initializer = Some(Box::new(initializer));
        self
    }

    /// Whether queue wait and run time are measured; the counters are kept in any case.
    pub fn statistics(mut self, on: bool) -> Self {
        self.statistics = on;
        self
    }

    /// Runs each job in a span of `level`: `job{id, name, site, queued_us}`, a child of the span in which it
    /// was submitted. `site` is the file and line of the submission, `queued_us` how many microseconds the
    /// job has waited for its start; a job without a name has no `name`.
    ///
    /// Spans and subscribers belong to the green thread that has entered or set them, with or without this.
    /// Jobs start with none entered, and with the global subscriber: a span of a scoped one (`with_default`)
    /// around the submission is nobody's parent.
    ///
    /// Where the subscriber does not want the level, this costs next to nothing; else see the
    /// [guide](crate::guides::tracing).
    #[cfg(feature = "tracing")]
    pub fn trace_jobs(mut self, level: tracing::Level) -> Self {
        self.spans = JobSpans::of(level);
        self
    }

    /// Starts the executor.
    ///
    /// With `panic = "abort"` a panic in a job ends the process, as that setting says; everything
    /// else works.
    ///
    /// # Errors
    /// If a setting is outside its range, or the operating system has no thread to give.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until all carriers have started. If one could
    /// not be started, blocks the OS thread until the others have ended. The first executor of a process
    /// measures the processor's clock, for half a millisecond; where that clock is coarse, as on many an
    /// aarch64, for up to 200 ms.
    pub fn build(self) -> Result<GreenThreadPoolExecutor, BuildError> {
        let cpus = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let carriers = self.carriers.unwrap_or(cpus.min(MAX_CARRIERS));
        check_max_workers(self.max_workers)?;
        check("carriers", carriers, 1, MAX_CARRIERS)?;
        check("stack_size", self.stack_bytes, MIN_STACK_BYTES, MAX_STACK_BYTES)?;
        // Without a rejection nobody is ever refused, and so nobody waits for room.
        let queue = if self.rejection.is_some() { Queue::new } else { Queue::unlimited };
        let (queue, locals) = queue(carriers, self.max_workers);
        let pool = Pool::new(
            Settings {
                name: self.name,
                carriers,
                cpus,
                stack_bytes: self.stack_bytes,
                stacks: StackPool::builder().guard(self.guard).build(),
                rejection: self.rejection,
                initializer: self.initializer,
                statistics: self.statistics,
                spans: self.spans,
            },
            queue,
        );
        pool.set_max_workers(self.max_workers);
        start(&pool, locals)?;
        Ok(GreenThreadPoolExecutor::from_pool(pool))
    }
}

/// Starts all carriers, or none.
fn start(pool: &Arc<Pool>, locals: Vec<Local<Queued>>) -> Result<(), BuildError> {
    let starts: Vec<Arc<Start>> = locals.iter().map(|_| Arc::default()).collect();
    let mut outcome = Ok(());
    for (local, start) in locals.into_iter().zip(&starts) {
        let index = local.index();
        // The operating system takes no name with a zero byte.
        let name = format!("{}-{index}", pool.settings().name).replace('\0', "");
        let (theirs, told) = (pool.clone(), start.clone());
        let body = move || carry(&theirs, local, &told);
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
            start.latch.wait(None);
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
fn carry(pool: &Arc<Pool>, local: Local<Queued>, start: &Start) {
    let settings = pool.settings();
    let carrier = Carrier::builder()
        .name(format!("{}-{}", settings.name, local.index()))
        .stacks(settings.stacks.clone())
        .stack_size(settings.stack_bytes);
    match spans::keep_apart(carrier).build() {
        Ok(carrier) => {
            let side = CarrierSide::new(pool.clone(), local);
            side.set_waker(carrier.handle().waker());
            pool.set_carrier(side.index(), carrier.handle());
            side.enter();
            start.latch.open();
            carrier.run_with(&mut CarrierWork(side.clone()));
            side.leave();
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

fn check(field: &'static str, value: usize, min: usize, max: usize) -> Result<(), BuildError> {
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
