//! The handle of a schedule.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time;

use super::course::{Course, Stage};
use super::error::ScheduleError;
use super::running::{Plan, Running};
use super::statistics::ScheduleStatistics;
use super::tick::{RunResult, Tick};
use crate::error::WaitError;
use crate::executor::ExecutorHandle;
use crate::future::task_handle::TaskHandle;

/// A schedule that has begun, by [`ScheduleBuilder::run`](super::ScheduleBuilder::run).
///
/// A clone is another handle to the same. Without any handle the schedule goes on, until the executor ends.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use std::sync::mpsc::channel;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let (sender, runs) = channel();
/// let hourly = pool
///     .every(Duration::from_secs(3600))
///     .run(move |tick| sender.send(tick.run()))?;
/// assert!(hourly.trigger_now()); // one run more, now
/// assert_eq!(runs.recv()?, 1);
/// hourly.stop();
/// hourly.wait()?;
/// assert_eq!(hourly.statistics().succeeded(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Schedule {
    running: Arc<Running>,
}

impl Schedule {
    pub(super) fn begin<F, R>(
        executor: &ExecutorHandle,
        plan: Plan,
        is_enabled: bool,
        run: F,
    ) -> Result<Schedule, ScheduleError>
    where
        F: Fn(&Tick) -> R + Send + Sync + 'static,
        R: RunResult,
    {
        Running::begin(executor, plan, is_enabled, run).map(|running| Schedule { running })
    }

    /// Its name, if it was given one.
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
    pub fn name(&self) -> Option<&str> {
        self.running.name()
    }

    /// Where it was begun.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// println!("begun at {}", hourly.begun_at());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn begun_at(&self) -> &'static Location<'static> {
        self.running.site()
    }

    /// No due time starts a run until [`resume`](Self::resume). What runs goes on. What waited for its turn is left out.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// hourly.pause();
    /// assert!(!hourly.is_active() && !hourly.has_ended());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pause(&self) {
        if !self.running.is_forked() {
            self.running.change(|course, _| course.pause());
        }
    }

    /// Goes on with the next due time after now. The time of the pause counts neither as missed nor as skipped.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// hourly.pause();
    /// hourly.resume();
    /// assert!(hourly.is_active());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resume(&self) {
        if !self.running.is_forked() {
            self.running.change(Course::resume);
        }
    }

    /// Runs once more, now; whether the [overlap](super::Overlap) leaves room for it. The due times stay where they
    /// are. It works while the schedule is paused, too, but not once it has ended.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert!(hourly.trigger_now());
    /// hourly.stop(); // before the run was submitted, or after it
    /// assert!(!hourly.trigger_now());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "it says whether there will be a run"]
    pub fn trigger_now(&self) -> bool {
        !self.running.is_forked() && self.running.change(Course::trigger)
    }

    /// Ends the schedule: no run starts any more. What runs goes on; [`wait`](Self::wait) waits for that. A run that
    /// waits in the executor's backlog runs, too. [`runs`](Self::runs) has the handles by which they are cancelled.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// hourly.stop();
    /// assert!(hourly.has_ended());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks. So a run may stop its own schedule.
    #[doc(alias = "cancel")]
    pub fn stop(&self) {
        if !self.running.is_forked() {
            self.running.end();
        }
    }

    /// Waits until the schedule has ended, and its runs too. A run that waits for its own schedule waits for itself.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// hourly.stop();
    /// hourly.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The waiting green thread was cancelled, or its deadline has passed. Or this process is a fork.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn wait(&self) -> Result<(), WaitError> {
        self.running.wait(None)
    }

    /// As [`wait`](Self::wait), for at most `timeout`.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use executor::WaitError;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// let waited = hourly.wait_timeout(Duration::from_millis(1));
    /// assert_eq!(waited, Err(WaitError::TimedOut));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As there, or [`WaitError::TimedOut`].
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), WaitError> {
        self.running.wait(time::after(timeout))
    }

    /// Whether due times start runs: it is neither paused nor ended.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert!(hourly.is_active());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_active(&self) -> bool {
        self.running.with_course(Course::stage) == Stage::Active
    }

    /// Whether it has ended: by [`stop`](Self::stop), by a run, or with the executor. A run may go on.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// assert!(!hourly.has_ended());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn has_ended(&self) -> bool {
        self.running.with_course(Course::stage) == Stage::Ended
    }

    /// The runs that run now, or wait in the executor's backlog. A run that is cancelled there counts as cancelled, and
    /// the schedule goes on.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let hourly = pool.every(Duration::from_secs(3600)).run(|_| {})?;
    /// for run in hourly.runs() {
    ///     run.cancel();
    /// }
    /// assert!(hourly.is_active());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn runs(&self) -> Vec<TaskHandle> {
        self.running.runs()
    }

    /// What it has done so far.
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
    pub fn statistics(&self) -> ScheduleStatistics {
        self.running.statistics()
    }
}

impl ExecutorHandle {
    /// The schedules that have not ended, in the order of their beginning.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let _refresh = pool.every(Duration::from_secs(60)).name("refresh").run(|_| {})?;
    /// for schedule in pool.schedules() {
    ///     println!("{schedule}"); // refresh: active; 0 runs: ...
    /// }
    /// assert_eq!(pool.schedules().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn schedules(&self) -> Vec<Schedule> {
        // In a fork the lock may be held by a thread that is not there.
        if self.pool().is_forked() {
            return Vec::new();
        }
        let schedules = self.pool().timekeeper().schedules();
        schedules.into_iter().map(|running| Schedule { running }).collect()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name)?,
            None => write!(f, "{}:{}", self.begun_at().file(), self.begun_at().line())?,
        }
        let stage = match self.running.with_course(Course::stage) {
            Stage::Active => "active",
            Stage::Paused => "paused",
            Stage::Ended => "ended",
        };
        write!(f, ": {stage}; {}", self.statistics())
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedule")
            .field("name", &self.name())
            .field("begun_at", &format_args!("{}", self.begun_at()))
            .finish_non_exhaustive()
    }
}
