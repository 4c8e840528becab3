//! What a schedule has done so far.

use std::fmt;
use std::time::Duration;

use stats::{Histogram, NotEarlier, Timings};

use crate::future::task_handle::TaskOutcome;

/// A snapshot of what a schedule has done, by [`Schedule::statistics`](super::Schedule::statistics).
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::First;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let bad = pool
///     .every(Duration::from_secs(3600))
///     .first(First::Now)
///     .on_failure(executor::schedule::OnFailure::Stop)
///     .run(|_| "x".parse::<u32>().map(drop))?;
/// bad.wait()?;
/// let statistics = bad.statistics();
/// assert_eq!((statistics.runs(), statistics.failed()), (1, 1));
/// println!("{statistics}"); // 1 run: 0 succeeded, 1 failed, 0 panicked, 0 cancelled; ...
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ScheduleStatistics {
    pub(super) counts: Counts,
    pub(super) running: usize,
    pub(super) lateness: Timings,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) panicked: u64,
    pub(super) cancelled: u64,
    pub(super) abandoned: u64,
    pub(super) skipped: u64,
    pub(super) missed: u64,
    pub(super) refused: u64,
    pub(super) run_time: Duration,
}

/// Counts while the schedule lives, under its lock.
pub(super) struct Record {
    pub(super) counts: Counts,
    lateness: Histogram,
}

impl Record {
    pub(super) fn new() -> Self {
        Record { counts: Counts::default(), lateness: Histogram::new() }
    }

    pub(super) fn started(&self, lateness: Duration) {
        self.lateness.record(u64::try_from(lateness.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(super) fn ended(&mut self, outcome: TaskOutcome) {
        let counts = &mut self.counts;
        *match outcome {
            TaskOutcome::Succeeded => &mut counts.succeeded,
            TaskOutcome::Failed | TaskOutcome::TimedOut => &mut counts.failed,
            TaskOutcome::Panicked => &mut counts.panicked,
            TaskOutcome::Cancelled => &mut counts.cancelled,
            TaskOutcome::Abandoned => &mut counts.abandoned,
        } += 1;
    }

    pub(super) fn snapshot(&self, running: usize) -> ScheduleStatistics {
        ScheduleStatistics { counts: self.counts, running, lateness: self.lateness.snapshot() }
    }
}

impl ScheduleStatistics {
    /// How many runs have ended, in whatever way.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().runs(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn runs(&self) -> u64 {
        let Counts { succeeded, failed, panicked, cancelled, abandoned, .. } = self.counts;
        succeeded + failed + panicked + cancelled + abandoned
    }

    /// How many runs have returned a value that is no `Err`.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().succeeded(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn succeeded(&self) -> u64 {
        self.counts.succeeded
    }

    /// How many runs have returned an `Err`, or were over their time.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().failed(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn failed(&self) -> u64 {
        self.counts.failed
    }

    /// How many runs have panicked.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().panicked(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn panicked(&self) -> u64 {
        self.counts.panicked
    }

    /// How many runs were cancelled.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().cancelled(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancelled(&self) -> u64 {
        self.counts.cancelled
    }

    /// How many runs were accepted and could never start.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().abandoned(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn abandoned(&self) -> u64 {
        self.counts.abandoned
    }

    /// How many due times were left out as the last run had not ended, in the pause after a failure, or since the
    /// schedule was paused or ended before they could start.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().skipped(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn skipped(&self) -> u64 {
        self.counts.skipped
    }

    /// How many due times were left out as they had passed: see [`Missed`](super::Missed).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().missed(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn missed(&self) -> u64 {
        self.counts.missed
    }

    /// How many times the executor has refused a run. Each is tried again, until the next one is due.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().refused(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refused(&self) -> u64 {
        self.counts.refused
    }

    /// How many runs run, or wait in the executor's backlog.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().running(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn running(&self) -> usize {
        self.running
    }

    /// How long the runs have taken together.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().run_total(), Duration::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_total(&self) -> Duration {
        self.counts.run_time
    }

    /// What has happened since `earlier`, a snapshot of the same schedule.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// let before = hourly.statistics();
    /// // an hour later
    /// assert_eq!(hourly.statistics().since(&before)?.runs(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// It is not earlier: something in it is more than here.
    pub fn since(&self, earlier: &ScheduleStatistics) -> Result<ScheduleStatistics, NotEarlier> {
        let lateness = self.lateness.since(&earlier.lateness)?;
        let (now, then) = (&self.counts, &earlier.counts);
        let counts = Counts {
            succeeded: now.succeeded.saturating_sub(then.succeeded),
            failed: now.failed.saturating_sub(then.failed),
            panicked: now.panicked.saturating_sub(then.panicked),
            cancelled: now.cancelled.saturating_sub(then.cancelled),
            abandoned: now.abandoned.saturating_sub(then.abandoned),
            skipped: now.skipped.saturating_sub(then.skipped),
            missed: now.missed.saturating_sub(then.missed),
            refused: now.refused.saturating_sub(then.refused),
            run_time: now.run_time.saturating_sub(then.run_time),
        };
        Ok(ScheduleStatistics { counts, running: self.running, lateness })
    }

    /// How long after their due times the runs have started.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert_eq!(hourly.statistics().lateness().max(), None); // it has not run yet
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lateness(&self) -> &Timings {
        &self.lateness
    }
}

impl fmt::Display for ScheduleStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { succeeded, failed, panicked, cancelled, skipped, missed, refused, .. } =
            self.counts;
        let runs = self.runs();
        write!(f, "{runs} {}: ", if runs == 1 { "run" } else { "runs" })?;
        write!(
            f,
            "{succeeded} succeeded, {failed} failed, {panicked} panicked, {cancelled} cancelled; "
        )?;
        write!(f, "{skipped} skipped, {missed} missed, {refused} refused")?;
        if let Some(late) = self.lateness.percentile(99.0) {
            write!(f, "; at most {late:?} late in 99 of 100")?;
        }
        Ok(())
    }
}
