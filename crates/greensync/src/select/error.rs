//! Why no operation was selected.

use std::error::Error;
use std::fmt;
use std::io;

use greenctx::Interrupted;

/// Why [`Select::try_select`](crate::Select::try_select) did nothing: no operation could be done at once.
///
/// ```
/// use greensync::{Select, TrySelectError, bounded};
///
/// let (_sender, receiver) = bounded::<u32>(1);
/// let mut select = Select::new();
/// select.recv(&receiver);
/// if let Err(TrySelectError) = select.try_select() {
///     println!("nothing there: do something else");
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrySelectError;

/// Why [`Select::try_ready`](crate::Select::try_ready) found nothing: no operation could be done at once.
///
/// ```
/// use greensync::{Select, TryReadyError, bounded};
///
/// let (_sender, receiver) = bounded::<u32>(1);
/// let mut select = Select::new();
/// select.recv(&receiver);
/// assert_eq!(select.try_ready(), Err(TryReadyError)); // do something else
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryReadyError;

/// Why a select with a time limit did nothing.
///
/// ```
/// use greensync::{Select, SelectTimeoutError, bounded};
/// use std::time::Duration;
///
/// let (_sender, receiver) = bounded::<u32>(1);
/// let mut select = Select::new();
/// select.recv(&receiver);
/// match select.select_timeout(Duration::from_millis(1)) {
///     Ok(operation) => println!("{:?}", operation.recv(&receiver)),
///     Err(SelectTimeoutError::Timeout) => {} // try again, or give up
///     Err(SelectTimeoutError::Interrupted(why)) => return Err(why), // we shall end
/// }
/// # Ok::<(), greensync::Interrupted>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectTimeoutError {
    /// The time was over first.
    Timeout,
    /// The wait was interrupted.
    Interrupted(Interrupted),
}

/// Why a look for an operation that is ready found none within its time limit.
///
/// ```
/// use greensync::{ReadyTimeoutError, Select, bounded};
/// use std::time::Duration;
///
/// let (_sender, receiver) = bounded::<u32>(1);
/// let mut select = Select::new();
/// select.recv(&receiver);
/// match select.ready_timeout(Duration::from_millis(1)) {
///     Ok(number) => println!("operation {number} is ready"),
///     Err(ReadyTimeoutError::Timeout) => {} // try again, or give up
///     Err(ReadyTimeoutError::Interrupted(why)) => return Err(why), // we shall end
/// }
/// # Ok::<(), greensync::Interrupted>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadyTimeoutError {
    /// The time was over first.
    Timeout,
    /// The wait was interrupted.
    Interrupted(Interrupted),
}

macro_rules! at_once {
    ($error:ident, $text:literal) => {
        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl Error for $error {}

        /// As an operation that [would block](io::ErrorKind::WouldBlock).
        impl From<$error> for io::Error {
            fn from(error: $error) -> Self {
                io::Error::new(io::ErrorKind::WouldBlock, error)
            }
        }
    };
}
at_once!(TrySelectError, "none of the operations could be done at once");
at_once!(TryReadyError, "none of the operations is ready");

macro_rules! in_time {
    ($error:ident, $text:literal) => {
        impl $error {
            /// Whether the time was over.
            ///
            /// ```
            /// use greensync::Select;
            /// use std::time::Duration;
            ///
            /// let limit = Duration::from_millis(1);
            /// assert!(Select::new().select_timeout(limit).is_err_and(|error| error.is_timeout()));
            /// assert!(Select::new().ready_timeout(limit).is_err_and(|error| error.is_timeout()));
            /// ```
            pub fn is_timeout(&self) -> bool {
                matches!(self, $error::Timeout)
            }

            /// Whether the wait was interrupted, by a cancellation or by the deadline of a scope around it.
            ///
            /// ```
            /// use greensync::{Select, with_timeout};
            /// use std::time::Duration;
            ///
            /// let limit = Duration::from_secs(60);
            /// let found = with_timeout(Duration::from_millis(1), || Select::new().ready_timeout(limit));
            /// assert!(found.is_err_and(|error| error.is_interrupted())); // the scope's, not our own limit
            /// ```
            pub fn is_interrupted(&self) -> bool {
                matches!(self, $error::Interrupted(_))
            }
        }

        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $error::Timeout => f.write_str($text),
                    $error::Interrupted(interrupted) => interrupted.fmt(f),
                }
            }
        }

        impl Error for $error {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                match self {
                    $error::Timeout => None,
                    $error::Interrupted(interrupted) => Some(interrupted),
                }
            }
        }

        impl From<Interrupted> for $error {
            fn from(interrupted: Interrupted) -> Self {
                $error::Interrupted(interrupted)
            }
        }

        /// The end of the time is [`TimedOut`](io::ErrorKind::TimedOut).
        impl From<$error> for io::Error {
            fn from(error: $error) -> Self {
                match error {
                    $error::Timeout => io::Error::new(io::ErrorKind::TimedOut, error),
                    $error::Interrupted(interrupted) => interrupted.into(),
                }
            }
        }
    };
}
in_time!(SelectTimeoutError, "none of the operations could be done in time");
in_time!(ReadyTimeoutError, "none of the operations was ready in time");
