//! Asking an executor.

use std::collections::HashMap;
use std::panic::Location;
use std::time::Duration;

use executor::{ExecutorHandle, QueuedJob};
use greenctx::{CarrierHandle, Survey, SurveyOptions, SurveyedState, SurveyedThread};
use greenstd::time;

use crate::elsewhere;
use crate::inspection::{Backlog, CarrierReport, Inspection, ThreadView, WaitsFor};
use crate::resolve;
use crate::stacks::{self, Stacks};
use crate::symbols::Frame;
use crate::walk::Walker;
use crate::watchdog::{self, Hog};

/// How long a carrier may take to answer, unless it is said otherwise.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many jobs of the backlog are named.
const FIRST_QUEUED: usize = 8;

/// Looking into an executor.
///
/// ```
/// use inspect::Inspect;
/// use inspect::executor::{GreenThreadPoolExecutor, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let job = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// println!("{}", pool.inspect());
/// job.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Inspect {
    /// What the green threads of the executor do, with their stacks.
    ///
    /// No code of the user's runs, and no thread notices. A carrier spends about a microsecond for each of its threads, in
    /// slices of less than 200 µs between which it goes on with its work.
    ///
    /// ```
    /// use inspect::Inspect;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert_eq!(pool.inspect().queued.count, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread, until all carriers have answered. One that does not
    /// within a second is said to be busy. A cancellation does not end the wait.
    fn inspect(&self) -> Inspection {
        self.inspect_with(&InspectOptions::new())
    }

    /// As [`inspect`](Self::inspect), with options.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{Inspect, InspectOptions};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let inspection = pool.inspect_with(&InspectOptions::new().stacks(false).limit(100));
    /// assert!(inspection.threads.len() <= 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// As [`inspect`](Self::inspect).
    fn inspect_with(&self, options: &InspectOptions) -> Inspection;

    /// The jobs that hold a carrier of the executor now, and have been reported by a [`Watchdog`](crate::Watchdog).
    /// Nobody is asked: empty if none watches.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{Inspect, Watchdog};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let _watching = Watchdog::new().watch([pool.handle()])?;
    /// for hog in pool.hogs() {
    ///     println!("{hog}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn hogs(&self) -> Vec<Hog>;

    /// The longest that a carrier of the executor was held since a [`Watchdog`](crate::Watchdog) began, as far as it has
    /// seen. `None` if none watches.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{Inspect, Watchdog};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert_eq!(pool.longest_hold(), None);
    /// let _watching = Watchdog::new().watch([pool.handle()])?;
    /// assert!(pool.longest_hold().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn longest_hold(&self) -> Option<Duration>;
}

/// What an inspection is to bring.
///
/// ```
/// use inspect::InspectOptions;
/// use std::time::Duration;
///
/// let stuck = InspectOptions::new().longer_than(Duration::from_secs(10)).limit(1000);
/// assert_ne!(stuck, InspectOptions::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "options do nothing until they are given to inspect_with()"]
pub struct InspectOptions {
    stacks: bool,
    limit: usize,
    longer_than: Duration,
    patience: Duration,
}

impl InspectOptions {
    /// All threads, with their stacks.
    ///
    /// ```
    /// assert_eq!(inspect::InspectOptions::new(), inspect::InspectOptions::default());
    /// ```
    pub fn new() -> Self {
        InspectOptions {
            stacks: true,
            limit: usize::MAX,
            longer_than: Duration::ZERO,
            patience: PATIENCE,
        }
    }

    /// Whether stacks are wanted. Without them an inspection is several times as fast.
    ///
    /// ```
    /// let options = inspect::InspectOptions::new().stacks(false);
    /// assert_ne!(options, inspect::InspectOptions::new());
    /// ```
    pub fn stacks(mut self, wanted: bool) -> Self {
        self.stacks = wanted;
        self
    }

    /// At most so many threads. Which ones is not said.
    ///
    /// ```
    /// let options = inspect::InspectOptions::new().limit(1000);
    /// assert_ne!(options, inspect::InspectOptions::new());
    /// ```
    pub fn limit(mut self, threads: usize) -> Self {
        self.limit = threads;
        self
    }

    /// Only threads that have waited for so long.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = inspect::InspectOptions::new().longer_than(Duration::from_secs(10));
    /// assert_ne!(options, inspect::InspectOptions::new());
    /// ```
    pub fn longer_than(mut self, waited: Duration) -> Self {
        self.longer_than = waited;
        self
    }

    /// How long a carrier may take for an answer: a second, unless it is said.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = inspect::InspectOptions::new().patience(Duration::from_secs(10));
    /// assert_ne!(options, inspect::InspectOptions::new());
    /// ```
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl Default for InspectOptions {
    fn default() -> Self {
        InspectOptions::new()
    }
}

impl Inspect for ExecutorHandle {
    fn inspect_with(&self, options: &InspectOptions) -> Inspection {
        let (executor, options) = (self.clone(), options.clone());
        elsewhere::run(move || inspect(&executor, &options))
    }

    fn hogs(&self) -> Vec<Hog> {
        watchdog::hogs_of(self)
    }

    fn longest_hold(&self) -> Option<Duration> {
        watchdog::longest_hold_of(self)
    }
}

fn inspect(executor: &ExecutorHandle, options: &InspectOptions) -> Inspection {
    let mut gathered = Gathered::new(options);
    let handles: Vec<&CarrierHandle> = match executor.has_ended() {
        true => Vec::new(),
        false => executor.carriers().collect(),
    };
    // All are asked before the first is waited for.
    let asked: Vec<Survey> =
        handles.iter().map(|carrier| carrier.survey(gathered.survey())).collect();
    let carriers = handles.iter().zip(asked);
    let carriers = carriers.map(|(carrier, survey)| gathered.take(carrier, survey)).collect();
    let Gathered { mut threads, stacks, is_cut_short, .. } = gathered;
    threads.sort_by_key(|thread| std::cmp::Reverse(thread.waited));
    resolve::details(executor, &mut threads);
    let name = executor.name().to_owned();
    let stacks = stacks.resolve();
    add_sites(&mut threads, &stacks);
    Inspection {
        executor: name,
        carriers,
        threads,
        stacks,
        queued: queued(executor),
        hogs: executor.hogs(),
        longest_hold: executor.longest_hold(),
        is_cut_short,
    }
}

/// Where a wait has not said its place, or one in a library, the stack may say more.
fn add_sites(threads: &mut [ThreadView], stacks: &[Vec<Frame>]) {
    let mut known = HashMap::new();
    for thread in threads {
        if let (Some(waits), Some(stack)) = (&mut thread.waits_for, thread.stack) {
            let said = waits.site.clone();
            let place = known.entry((stack, said)).or_insert_with_key(|(stack, said)| {
                stacks::place_of_wait(&stacks[*stack], said.as_deref())
            });
            if let Some(place) = place {
                waits.site = Some(place.clone());
            }
        }
    }
}

/// What the carriers have said so far.
struct Gathered<'a> {
    options: &'a InspectOptions,
    walker: Option<Walker>,
    threads: Vec<ThreadView>,
    stacks: Stacks,
    is_cut_short: bool,
}

impl<'a> Gathered<'a> {
    fn new(options: &'a InspectOptions) -> Self {
        Gathered {
            options,
            walker: options.stacks.then(Walker::new),
            threads: Vec::new(),
            stacks: Stacks::default(),
            is_cut_short: false,
        }
    }

    fn survey(&self) -> SurveyOptions {
        let options = SurveyOptions::new().longer_than(self.options.longer_than);
        if self.options.stacks { options } else { options.without_stacks() }
    }

    /// Takes one slice after the other from a carrier.
    fn take(&mut self, carrier: &CarrierHandle, mut survey: Survey) -> CarrierReport {
        let mut report = CarrierReport {
            name: carrier.name().to_owned(),
            has_answered: true,
            running: None,
            not_started: 0,
        };
        let mut addresses = Vec::new();
        loop {
            let deadline = time::after(self.options.patience).unwrap_or_else(time::now);
            let slice = match survey.next(deadline) {
                Ok(Some(slice)) => slice,
                Ok(None) => return report,
                Err(_) => {
                    report.has_answered = false;
                    report.running = carrier.counters().running();
                    return report;
                }
            };
            report.not_started += slice.not_started();
            for (thread, stack) in slice.iter() {
                if self.threads.len() >= self.options.limit {
                    self.is_cut_short = true;
                    return report;
                }
                let mut view = view(carrier, thread);
                if let (Some(walker), Some(stack)) = (&mut self.walker, stack) {
                    walker.walk(&stack, &mut addresses);
                    view.stack = Some(self.stacks.number_of(&addresses));
                }
                self.threads.push(view);
            }
        }
    }
}

/// One thread, as its carrier has described it.
pub(crate) fn view(carrier: &CarrierHandle, thread: &SurveyedThread) -> ThreadView {
    let site = thread.site.map(place);
    ThreadView {
        id: thread.report.id,
        name: without_site(&thread.report.name, site.as_deref()).to_owned(),
        is_job: thread.report.has_identity,
        site,
        thread: thread.thread.as_u64(),
        carrier: carrier.name().to_owned(),
        waits_for: waits_for(thread),
        waited: thread.waited,
        at_most: thread.until.map(time::until),
        stack_bytes: thread.used_stack_bytes,
        stack: None,
    }
}

fn waits_for(thread: &SurveyedThread) -> Option<WaitsFor> {
    if thread.state != SurveyedState::Parked {
        return None;
    }
    let Some(waiting) = thread.waiting else { return Some(WaitsFor::bare()) };
    Some(WaitsFor {
        kind: waiting.kind().to_owned(),
        object: waiting.object(),
        number: waiting.number(),
        site: waiting.site().map(place),
        ..WaitsFor::bare()
    })
}

pub(crate) fn queued(executor: &ExecutorHandle) -> Backlog {
    let gauge = executor.gauge();
    let describe = |job: QueuedJob| {
        let name = job.name.unwrap_or_else(|| format!("job-{}", job.id));
        format!("{name} ({})", place(job.submitted_at))
    };
    let first = executor.first_queued(FIRST_QUEUED).into_iter().map(describe).collect();
    Backlog { count: gauge.queued, oldest: gauge.oldest, first }
}

/// The name alone: those of jobs end with their site.
pub(crate) fn without_site<'a>(name: &'a str, site: Option<&str>) -> &'a str {
    let short = site.and_then(|site| name.strip_suffix(&format!(" ({site})")));
    short.unwrap_or(name)
}

/// `file:line`, as names of jobs have it.
pub(crate) fn place(site: &Location<'_>) -> String {
    format!("{}:{}", site.file(), site.line())
}
