//! Why a schedule cannot begin.

use std::error::Error;
use std::fmt;
use std::io;

use crate::admission::refusal::Refusal;

/// Why a schedule cannot begin.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::ScheduleError;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let refused = pool.every(Duration::ZERO).run(|_| {});
/// assert!(matches!(refused, Err(ScheduleError::NoPeriod)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ScheduleError {
    /// The period is zero.
    NoPeriod,
    /// The jitter is not a number from 0 to 1.
    Jitter(f64),
    /// The executor is shut down or broken, this process is a fork, or there is no thread for the timekeeper.
    Refused(Refusal),
    /// The pattern of a `cron` cannot be read.
    #[cfg(feature = "cron")]
    Pattern(super::cron::PatternError),
    /// There is no time zone of that name.
    #[cfg(feature = "cron")]
    Zone(String),
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScheduleError::NoPeriod => f.write_str("the period of a schedule must not be zero"),
            ScheduleError::Jitter(share) => {
                write!(f, "the jitter is {share}, but must be between 0 and 1")
            }
            ScheduleError::Refused(refusal) => write!(f, "the schedule cannot begin: {refusal}"),
            #[cfg(feature = "cron")]
            ScheduleError::Pattern(error) => error.fmt(f),
            #[cfg(feature = "cron")]
            ScheduleError::Zone(name) => write!(f, "there is no time zone {name:?}"),
        }
    }
}

impl Error for ScheduleError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ScheduleError::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl From<ScheduleError> for io::Error {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Refused(refusal) => refusal.into(),
            error => io::Error::new(io::ErrorKind::InvalidInput, error),
        }
    }
}
