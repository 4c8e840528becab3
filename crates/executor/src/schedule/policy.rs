//! What a schedule does at the edges: at its beginning, when a run is late, when one fails.

use std::time::Duration;

/// From what the next due time is counted.
///
/// | | due times | the clock |
/// | --- | --- | --- |
/// | [`Rate`](Pace::Rate) | first + n · period | monotonic: it goes on while the wall clock is set |
/// | [`Delay`](Pace::Delay) | the end of the last run + period | monotonic |
/// | [`Aligned`](Pace::Aligned) | multiples of the period since 1970 in UTC: 00:00:10, 00:00:20 | the wall clock |
///
/// `Rate` and `Aligned` are counted in integers. So they do not drift, however late the runs start.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::Pace;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let hourly = pool.every(Duration::from_secs(3600)).pace(Pace::Aligned).run(|_| {})?;
/// assert!(hourly.is_active());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Pace {
    /// At a fixed rate.
    #[default]
    Rate,
    /// So long after the end of the last run.
    Delay,
    /// At round times of the wall clock.
    Aligned,
}

/// When a schedule runs for the first time.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::First;
/// use std::sync::mpsc::channel;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let (sender, runs) = channel();
/// let hourly = pool.every(Duration::from_secs(3600)).first(First::Now);
/// hourly.run(move |_| sender.send(()))?;
/// runs.recv()?; // it has run once already
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum First {
    /// At the first due time: after one period, or at the next round time or match of the pattern.
    #[default]
    Due,
    /// At once. With round times and patterns this is one run more.
    Now,
    /// After so long. With round times and patterns: at the first due time that is not before.
    After(Duration),
}

/// What becomes of a run that is due while the last one has not ended. One that waits in the executor's backlog has
/// not ended either.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::Overlap;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let probe = pool.every(Duration::from_secs(1)).overlap(Overlap::Allow(4)).run(|_| {})?;
/// assert_eq!(probe.statistics().skipped(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overlap {
    /// It is left out, and counted as skipped.
    #[default]
    Skip,
    /// Up to so many wait for their turn, one after the other. More are left out, and counted as skipped.
    Queue(usize),
    /// Up to so many run at once. More are left out, and counted as skipped.
    Allow(usize),
}

/// What becomes of due times that have passed before a run could start. A due time is missed if the next one has
/// passed as well: the machine was asleep, or the executor has refused the runs.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::Missed;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let bill = pool
///     .every(Duration::from_secs(3600))
///     .missed(Missed::All { at_most: 24 }) // each hour is to be billed, of a day at most
///     .run(|tick| println!("bill for the hour that ended at {:?}", tick.due()))?;
/// assert_eq!(bill.statistics().missed(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Missed {
    /// One run for all of them, now. It hears how many were left out.
    #[default]
    Once,
    /// None of them runs, and the schedule goes on with the next due time.
    Skip,
    /// The last so many run, one after the other. Each hears of its own due time.
    All {
        /// How many, at least 1.
        at_most: usize,
    },
}

/// What a failure of a run does to the schedule. A panic is a failure, and so is an `Err`.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::OnFailure;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let poll = pool
///     .every(Duration::from_secs(1))
///     .on_failure(OnFailure::BackOff {
///         first: Duration::from_secs(2),
///         up_to: Duration::from_secs(60),
///     })
///     .run(|_| std::fs::read("/proc/loadavg").map(drop))?;
/// assert!(poll.is_active());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnFailure {
    /// It is counted, and the schedule goes on.
    #[default]
    GoOn,
    /// The schedule pauses: after one failure for `first`, after each further one in a row for twice as long, for
    /// `up_to` at most. Due times in the pause are left out, and counted as skipped.
    BackOff {
        /// The pause after the first failure.
        first: Duration,
        /// The longest pause.
        up_to: Duration,
    },
    /// The schedule ends.
    Stop,
}
