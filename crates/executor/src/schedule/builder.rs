//! Describing a schedule.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time;

use super::Schedule;
use super::course::{self, Policies};
use super::error::ScheduleError;
use super::line::Line;
use super::policy::{First, Missed, OnFailure, Overlap, Pace};
use super::rule::Rule;
use super::running::Plan;
use super::tick::{RunResult, Tick};
use crate::executor::ExecutorHandle;
use crate::limits::Limits;

/// Describes a schedule. [`ExecutorHandle::every`] makes one, and [`run`](Self::run) begins it.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::{First, Missed, Overlap};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let refresh = pool
///     .every(Duration::from_secs(30))
///     .name("refresh")
///     .first(First::Now)
///     .jitter(0.1)               // starts up to 3 s after the due time
///     .overlap(Overlap::Skip)    // the default
///     .missed(Missed::Once)      // the default
///     .run(|tick| println!("run {}", tick.run()))?;
/// assert_eq!(refresh.name(), Some("refresh"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a schedule that is described does not begin until run() is called"]
#[derive(Debug, Clone)]
pub struct ScheduleBuilder<'e, K = Interval> {
    executor: &'e ExecutorHandle,
    name: Option<Arc<str>>,
    limits: Limits,
    times: Times,
    policies: Policies,
    enabled: bool,
    kind: PhantomData<K>,
}

/// Marks the description of a schedule with a period.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::{Interval, ScheduleBuilder};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let described: ScheduleBuilder<'_, Interval> = pool.every(Duration::from_secs(60));
/// assert!(described.run(|_| {})?.is_active());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Interval {}

/// Marks the description of a schedule by a pattern of wall time.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::{Pattern, ScheduleBuilder};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let described: ScheduleBuilder<'_, Pattern> = pool.cron("0 6 * * mon-fri", "UTC");
/// assert!(described.run(|_| {})?.is_active());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "cron")]
#[derive(Debug, Clone, Copy)]
pub enum Pattern {}

/// When it is due, as the user has said it.
#[derive(Debug, Clone)]
enum Times {
    Every(Duration, Pace),
    #[cfg(feature = "cron")]
    Cron {
        pattern: String,
        zone: String,
    },
}

impl ExecutorHandle {
    /// Starts to describe a schedule that runs a function again and again; [`run`](ScheduleBuilder::run) begins it.
    ///
    /// Each run is a job, which goes through admission when it is due. Between the runs a schedule costs no worker and
    /// no stack. It ends by [`Schedule::stop`], by a run that returns
    /// [`ControlFlow::Break`](std::ops::ControlFlow::Break), and with the executor: a shutdown ends the schedules first.
    /// The guide to [schedules](crate::guides::schedules) has more.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::sync::mpsc::channel;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (sender, runs) = channel();
    /// let schedule = pool.every(Duration::from_millis(1)).run(move |tick| sender.send(tick.run()))?;
    /// assert_eq!((runs.recv()?, runs.recv()?), (1, 2));
    /// schedule.stop();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "scheduleAtFixedRate")]
    #[doc(alias = "scheduleWithFixedDelay")]
    #[doc(alias = "periodic")]
    #[doc(alias = "interval")]
    #[doc(alias = "setInterval")]
    pub fn every(&self, period: Duration) -> ScheduleBuilder<'_> {
        ScheduleBuilder::new(self, Times::Every(period, Pace::Rate))
    }

    /// Starts to describe a schedule that is due at the times of a pattern, as the wall clock of a time zone shows them.
    ///
    /// The pattern has five fields: minute, hour, day of the month, month, day of the week (0 or 7 is Sunday). With six,
    /// the first one is the second. A field is `*`, a number, a range `1-5`, a list `1,15`, each with a step `/15`.
    /// Months and days may be named: `jan`, `mon`. If neither day is `*`, a day matches that matches one of them. The zone
    /// is a name of the time zone database, as `Europe/Vienna`.
    ///
    /// When the clock is set forward, a pattern with fixed hours and minutes that would fall in the gap runs once, at
    /// its end. When it is set back, it runs at the first of the two times only. A pattern that begins its hour or minute
    /// with `*` goes on with real time.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let nightly = pool.cron("30 2 * * *", "UTC").name("clean up").run(|_| {})?;
    /// assert!(nightly.is_active());
    /// assert!(pool.cron("61 * * * *", "UTC").run(|_| {}).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "cron")]
    pub fn cron(&self, pattern: &str, zone: &str) -> ScheduleBuilder<'_, Pattern> {
        ScheduleBuilder::new(self, Times::Cron { pattern: pattern.into(), zone: zone.into() })
    }
}

impl<'e, K> ScheduleBuilder<'e, K> {
    fn new(executor: &'e ExecutorHandle, times: Times) -> Self {
        ScheduleBuilder {
            executor,
            name: None,
            limits: Limits::default(),
            times,
            policies: Policies {
                first: First::Due,
                jitter: 0.0,
                seed: RandomState::new().build_hasher().finish(),
                overlap: Overlap::Skip,
                missed: Missed::Once,
                on_failure: OnFailure::GoOn,
            },
            enabled: true,
            kind: PhantomData,
        }
    }

    /// Names the schedule, and its runs as jobs.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).name("refresh").run(|_| {})?;
    /// assert_eq!(hourly.name(), Some("refresh"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Limits the time of each run, from its start: see [`JobBuilder::timeout`](crate::JobBuilder::timeout). A run that
    /// was over its time has failed.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use executor::schedule::First;
    /// use executor::sleep;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let slow = pool
    ///     .every(Duration::from_secs(3600))
    ///     .first(First::Now)
    ///     .timeout(Duration::from_millis(1))
    ///     .run(|_| sleep(Duration::from_secs(60)))?;
    /// while slow.statistics().failed() == 0 {
    ///     std::thread::yield_now();
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = Some(timeout);
        self
    }

    /// When it runs for the first time. The default is [`First::Due`].
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use executor::schedule::First;
    /// use std::time::Duration;
    /// use std::ops::ControlFlow;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let once = pool.every(Duration::from_secs(3600)).first(First::Now);
    /// once.run(|_| ControlFlow::Break(()))?.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn first(mut self, first: First) -> Self {
        self.policies.first = first;
        self
    }

    /// Spreads the starts: each is late by a random part of the period, `share` of it at most. That keeps a thousand
    /// processes from doing the same at the same moment. The due times stay where they are. The default is 0.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let spread = pool.every(Duration::from_secs(60)).jitter(0.1).run(|_| {})?; // up to 6 s late
    /// assert!(spread.is_active());
    /// assert!(pool.every(Duration::from_secs(60)).jitter(1.5).run(|_| {}).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn jitter(mut self, share: f64) -> Self {
        self.policies.jitter = share;
        self
    }

    /// Makes the [jitter](Self::jitter) the same each time. By default each schedule has a seed of its own.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let spread = pool.every(Duration::from_secs(60)).jitter(0.1).seed(42).run(|_| {})?;
    /// assert!(spread.is_active());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.policies.seed = seed;
        self
    }

    /// What becomes of a run that is due while the last one has not ended. By default it is left out.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use executor::schedule::Overlap;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let probe = pool.every(Duration::from_secs(1)).overlap(Overlap::Queue(3)).run(|_| {})?;
    /// assert!(probe.is_active());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.policies.overlap = overlap;
        self
    }

    /// What becomes of due times that were missed. By default there is one run for all of them.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use executor::schedule::Missed;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let clock = pool.every(Duration::from_secs(1)).missed(Missed::Skip).run(|_| {})?;
    /// assert_eq!(clock.statistics().missed(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "misfire")]
    #[doc(alias = "coalesce")]
    pub fn missed(mut self, missed: Missed) -> Self {
        self.policies.missed = missed;
        self
    }

    /// What a failure does to the schedule. By default it goes on.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use executor::schedule::{First, OnFailure};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let fragile = pool.every(Duration::from_secs(1)).first(First::Now).on_failure(OnFailure::Stop);
    /// let fragile = fragile.run(|_| Err::<(), _>("no"))?;
    /// fragile.wait()?; // the first failure has ended it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.policies.on_failure = on_failure;
        self
    }

    /// Whether it begins at once. If not, it is paused, until [`Schedule::resume`].
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).enabled(false).run(|_| {})?;
    /// assert!(!hourly.is_active());
    /// hourly.resume();
    /// assert!(hourly.is_active());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Begins the schedule, which calls `run` each time.
    ///
    /// What `run` returns says how it goes on: see [`RunResult`]. It may wait, like any job. The schedule lives until it
    /// ends, whatever becomes of the handle that this returns.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    /// use std::ops::ControlFlow;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let twice = pool.every(Duration::from_millis(1)).run(|tick| {
    ///     println!("run {}", tick.run());
    ///     if tick.run() < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    /// })?;
    /// twice.wait()?;
    /// assert_eq!(twice.statistics().runs(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The period is zero, the jitter is no share, or a pattern cannot be read. Or the executor is shut down or broken,
    /// this process is a fork, or there is no thread for the timekeeper.
    ///
    /// # Blocking
    /// Neither parks nor blocks. The first call starts an OS thread.
    #[track_caller]
    pub fn run<F, R>(self, run: F) -> Result<Schedule, ScheduleError>
    where
        F: Fn(&Tick) -> R + Send + Sync + 'static,
        R: RunResult,
    {
        let site = Location::caller();
        let share = self.policies.jitter;
        if !(0.0..=1.0).contains(&share) {
            return Err(ScheduleError::Jitter(share));
        }
        let (rule, line) = self.times.rule()?;
        let plan = Plan {
            rule,
            line,
            policies: self.policies,
            name: self.name,
            limits: self.limits,
            site,
        };
        Schedule::begin(self.executor, plan, self.enabled, run)
    }
}

impl ScheduleBuilder<'_, Interval> {
    /// From what the next due time is counted. The default is [`Pace::Rate`].
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use executor::schedule::Pace;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let poll = pool.every(Duration::from_secs(5)).pace(Pace::Delay).run(|_| {})?;
    /// assert!(poll.is_active());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pace(mut self, pace: Pace) -> Self {
        match &mut self.times {
            Times::Every(_, chosen) => *chosen = pace,
            #[cfg(feature = "cron")]
            Times::Cron { .. } => {}
        }
        self
    }
}

impl Times {
    fn rule(self) -> Result<(Rule, Line), ScheduleError> {
        match self {
            Times::Every(Duration::ZERO, _) => Err(ScheduleError::NoPeriod),
            Times::Every(period, pace) => {
                let period = course::nanos(period);
                let monotonic = Line::Monotonic(time::now());
                Ok(match pace {
                    Pace::Rate => (Rule::Rate { first: 0, period }, monotonic),
                    Pace::Delay => (Rule::Delay { period }, monotonic),
                    Pace::Aligned => (Rule::Aligned { period }, Line::Wall),
                })
            }
            #[cfg(feature = "cron")]
            Times::Cron { pattern, zone } => {
                Ok((Rule::Cron(Box::new(super::cron::Cron::new(&pattern, &zone)?)), Line::Wall))
            }
        }
    }
}
