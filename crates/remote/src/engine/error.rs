//! Why an engine has not answered.

use std::error::Error;
use std::fmt;

use executor::Interrupted;
use greenstd::sync::Arc;

/// Why an engine has not done what it was asked to, or cannot say whether it has.
///
/// ```
/// use remote::engine::EngineError;
///
/// let error = EngineError::unreachable("connection reset");
/// assert!(error.may_be_repeated());
/// assert_eq!(error.to_string(), "the engine cannot be reached: connection reset");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EngineError {
    /// There is no connection, or no answer in time. It may have been done, or not.
    Unreachable(Arc<dyn Error + Send + Sync>),
    /// The engine has refused it, with this text, and would again.
    Refused(String),
    /// Waits of this handle were [ended](super::EngineQueue::stop_waiting), or the engine was closed.
    Closed,
    /// The waiting green thread was cancelled, or a deadline around the wait has passed.
    Interrupted(Interrupted),
}

impl EngineError {
    /// An error for want of a connection or an answer.
    ///
    /// ```
    /// use remote::engine::EngineError;
    ///
    /// let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    /// assert!(EngineError::unreachable(error).may_be_repeated());
    /// ```
    pub fn unreachable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        EngineError::Unreachable(cause.into().into())
    }

    /// Whether the same call may succeed a moment later.
    ///
    /// ```
    /// use remote::engine::EngineError;
    ///
    /// assert!(!EngineError::Refused("too large".into()).may_be_repeated());
    /// ```
    pub fn may_be_repeated(&self) -> bool {
        matches!(self, EngineError::Unreachable(_))
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EngineError::Unreachable(cause) => write!(f, "the engine cannot be reached: {cause}"),
            EngineError::Refused(why) => write!(f, "the engine has refused it: {why}"),
            EngineError::Closed => f.write_str("the handle of the queue is closed"),
            EngineError::Interrupted(interrupted) => interrupted.fmt(f),
        }
    }
}

impl Error for EngineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            EngineError::Unreachable(cause) => Some(&**cause),
            EngineError::Interrupted(interrupted) => Some(interrupted),
            EngineError::Refused(_) | EngineError::Closed => None,
        }
    }
}

impl From<Interrupted> for EngineError {
    fn from(interrupted: Interrupted) -> Self {
        EngineError::Interrupted(interrupted)
    }
}
