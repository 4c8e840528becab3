//! What a run of a schedule is told, and what it may return.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use crate::future::task_handle::TaskOutcome;

/// What a run of a schedule is told.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::First;
/// use std::sync::mpsc::channel;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let (sender, numbers) = channel();
/// let _schedule = pool.every(Duration::from_millis(1)).first(First::Now).run(move |tick| {
///     println!("run {}, {:?} late, {} left out", tick.run(), tick.lateness(), tick.missed());
///     sender.send(tick.run())
/// })?;
/// assert_eq!((numbers.recv()?, numbers.recv()?), (1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    pub(super) due: SystemTime,
    pub(super) lateness: Duration,
    pub(super) missed: u64,
    pub(super) run: u64,
    pub(super) last: Option<TaskOutcome>,
}

/// What a run of a schedule may return. An `Err` is a failure, and [`ControlFlow::Break`] ends the schedule.
///
/// It is there for `()`, `ControlFlow<()>`, `Result<(), E>` and `Result<ControlFlow<()>, E>`.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use std::ops::ControlFlow;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let thrice = pool.every(Duration::from_millis(1)).run(|tick| match tick.run() {
///     3 => ControlFlow::Break(()),
///     _ => ControlFlow::Continue(()),
/// })?;
/// thrice.wait()?;
/// assert_eq!(thrice.statistics().succeeded(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait RunResult: Send + 'static {
    /// What a run fails by.
    type Error: Send + 'static;

    /// Whether the schedule goes on, or why the run has failed.
    ///
    /// # Errors
    /// The run has failed.
    fn into_result(self) -> Result<ControlFlow<()>, Self::Error>;
}

impl Tick {
    /// When the run was due, as the wall clock has it.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    /// use std::ops::ControlFlow;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let once = pool.every(Duration::from_millis(1)).run(|tick| {
    ///     println!("it was due at {:?}", tick.due());
    ///     ControlFlow::Break(())
    /// })?;
    /// once.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn due(&self) -> SystemTime {
        self.due
    }

    /// How long after that it started.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    /// use std::ops::ControlFlow;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let once = pool.every(Duration::from_millis(1)).run(|tick| {
    ///     println!("it starts {:?} late", tick.lateness());
    ///     ControlFlow::Break(())
    /// })?;
    /// once.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lateness(&self) -> Duration {
        self.lateness
    }

    /// How many due times were missed since the last run: see [`Missed`](super::Missed).
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    /// use std::ops::ControlFlow;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let once = pool.every(Duration::from_millis(1)).run(|tick| {
    ///     println!("it stands for {} more", tick.missed());
    ///     ControlFlow::Break(())
    /// })?;
    /// once.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// The number of the run, from 1.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    /// use std::ops::ControlFlow;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let once = pool.every(Duration::from_millis(1)).run(|tick| {
    ///     assert_eq!(tick.run(), 1);
    ///     ControlFlow::Break(())
    /// })?;
    /// once.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run(&self) -> u64 {
        self.run
    }

    /// How the run that ended last has ended.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::time::Duration;
    /// use std::ops::ControlFlow;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let once = pool.every(Duration::from_millis(1)).run(|tick| {
    ///     assert_eq!(tick.last(), None); // it is the first
    ///     ControlFlow::Break(())
    /// })?;
    /// once.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn last(&self) -> Option<TaskOutcome> {
        self.last
    }
}

impl RunResult for () {
    type Error = Infallible;

    fn into_result(self) -> Result<ControlFlow<()>, Infallible> {
        Ok(ControlFlow::Continue(()))
    }
}

impl RunResult for ControlFlow<()> {
    type Error = Infallible;

    fn into_result(self) -> Result<ControlFlow<()>, Infallible> {
        Ok(self)
    }
}

impl<E: Send + 'static> RunResult for Result<(), E> {
    type Error = E;

    fn into_result(self) -> Result<ControlFlow<()>, E> {
        self.map(ControlFlow::Continue)
    }
}

impl<E: Send + 'static> RunResult for Result<ControlFlow<()>, E> {
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}
