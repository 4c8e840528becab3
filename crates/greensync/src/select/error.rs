//! Why no operation was selected.

use std::error::Error;
use std::fmt;

use greenctx::Interrupted;

/// Why [`Select::try_select`](crate::Select::try_select) did nothing: no operation could be done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrySelectError;

/// Why [`Select::try_ready`](crate::Select::try_ready) found nothing: no operation could be done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryReadyError;

/// Why a select with a time limit did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectTimeoutError {
    /// The time was over first.
    Timeout,
    /// The wait was interrupted.
    Interrupted(Interrupted),
}

/// Why a look for what is ready found nothing within its time limit.
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
    };
}
at_once!(TrySelectError, "none of the operations could be done at once");
at_once!(TryReadyError, "none of the operations is ready");

macro_rules! in_time {
    ($error:ident, $text:literal) => {
        impl $error {
            /// Whether the time was over.
            pub fn is_timeout(&self) -> bool {
                matches!(self, $error::Timeout)
            }

            /// Whether the wait was interrupted.
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
    };
}
in_time!(SelectTimeoutError, "none of the operations could be done in time");
in_time!(ReadyTimeoutError, "none of the operations was ready in time");
