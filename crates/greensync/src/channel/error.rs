//! Why a message was not sent or received. Whoever fails to send gets it back.

use std::error::Error;
use std::fmt;

use greenctx::Interrupted;

/// Why [`Sender::send`](super::Sender::send) has not sent; has the message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendError<T> {
    /// The channel is closed.
    Disconnected(T),
    /// The green thread was cancelled, or the deadline of a scope passed.
    Interrupted(Interrupted, T),
}

/// Why [`Sender::try_send`](super::Sender::try_send) has not sent; has the message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room, or if the capacity is 0, nobody who waits to receive.
    Full(T),
    /// The channel is closed.
    Disconnected(T),
}

/// Why [`Sender::send_timeout`](super::Sender::send_timeout) has not sent; has the message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// The time is over.
    Timeout(T),
    /// The channel is closed.
    Disconnected(T),
    /// The green thread was cancelled, or the deadline of a scope passed.
    Interrupted(Interrupted, T),
}

/// Why [`Receiver::recv`](super::Receiver::recv) has received nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecvError {
    /// The channel is closed, and nothing is left in it.
    Disconnected,
    /// The green thread was cancelled, or the deadline of a scope passed.
    Interrupted(Interrupted),
}

/// Why [`Receiver::try_recv`](super::Receiver::try_recv) has received nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryRecvError {
    /// No message is there.
    Empty,
    /// The channel is closed, and nothing is left in it.
    Disconnected,
}

/// Why [`Receiver::recv_timeout`](super::Receiver::recv_timeout) has received nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// The time is over.
    Timeout,
    /// The channel is closed, and nothing is left in it.
    Disconnected,
    /// The green thread was cancelled, or the deadline of a scope passed.
    Interrupted(Interrupted),
}

const DISCONNECTED: &str = "the channel is closed";
const TIMEOUT: &str = "timed out waiting on the channel";

impl<T> SendError<T> {
    /// The message that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            SendError::Disconnected(message) | SendError::Interrupted(_, message) => message,
        }
    }

    /// Whether the channel is closed.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, SendError::Disconnected(_))
    }

    /// Whether the wait was interrupted.
    pub fn is_interrupted(&self) -> bool {
        matches!(self, SendError::Interrupted(..))
    }

    /// Of a send that had all the time.
    #[inline]
    pub(crate) fn without_timeout(error: SendTimeoutError<T>) -> Self {
        match error {
            SendTimeoutError::Disconnected(message) => SendError::Disconnected(message),
            SendTimeoutError::Interrupted(interrupted, message) => {
                SendError::Interrupted(interrupted, message)
            }
            SendTimeoutError::Timeout(_) => unreachable!("there was no time limit"),
        }
    }
}

impl<T> TrySendError<T> {
    /// The message that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            TrySendError::Full(message) | TrySendError::Disconnected(message) => message,
        }
    }

    /// Whether there was no room, or nobody who waits.
    pub fn is_full(&self) -> bool {
        matches!(self, TrySendError::Full(_))
    }

    /// Whether the channel is closed.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, TrySendError::Disconnected(_))
    }
}

impl<T> SendTimeoutError<T> {
    /// The message that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            SendTimeoutError::Timeout(message)
            | SendTimeoutError::Disconnected(message)
            | SendTimeoutError::Interrupted(_, message) => message,
        }
    }

    /// Whether the time is over.
    pub fn is_timeout(&self) -> bool {
        matches!(self, SendTimeoutError::Timeout(_))
    }

    /// Whether the channel is closed.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, SendTimeoutError::Disconnected(_))
    }

    /// Whether the wait was interrupted.
    pub fn is_interrupted(&self) -> bool {
        matches!(self, SendTimeoutError::Interrupted(..))
    }
}

impl RecvError {
    /// Whether the channel is closed, and nothing is left in it.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, RecvError::Disconnected)
    }

    /// Whether the wait was interrupted.
    pub fn is_interrupted(&self) -> bool {
        matches!(self, RecvError::Interrupted(_))
    }

    /// Of a wait that had all the time.
    #[inline]
    pub(crate) fn without_timeout(error: RecvTimeoutError) -> Self {
        match error {
            RecvTimeoutError::Disconnected => RecvError::Disconnected,
            RecvTimeoutError::Interrupted(interrupted) => RecvError::Interrupted(interrupted),
            RecvTimeoutError::Timeout => unreachable!("there was no time limit"),
        }
    }
}

impl TryRecvError {
    /// Whether no message is there, but one may come.
    pub fn is_empty(&self) -> bool {
        matches!(self, TryRecvError::Empty)
    }

    /// Whether the channel is closed, and nothing is left in it.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, TryRecvError::Disconnected)
    }
}

impl RecvTimeoutError {
    /// Whether the time is over.
    pub fn is_timeout(&self) -> bool {
        matches!(self, RecvTimeoutError::Timeout)
    }

    /// Whether the channel is closed, and nothing is left in it.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, RecvTimeoutError::Disconnected)
    }

    /// Whether the wait was interrupted.
    pub fn is_interrupted(&self) -> bool {
        matches!(self, RecvTimeoutError::Interrupted(_))
    }
}

impl<T> From<SendError<T>> for SendTimeoutError<T> {
    fn from(error: SendError<T>) -> Self {
        match error {
            SendError::Disconnected(message) => SendTimeoutError::Disconnected(message),
            SendError::Interrupted(interrupted, message) => {
                SendTimeoutError::Interrupted(interrupted, message)
            }
        }
    }
}

impl From<RecvError> for RecvTimeoutError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Disconnected => RecvTimeoutError::Disconnected,
            RecvError::Interrupted(interrupted) => RecvTimeoutError::Interrupted(interrupted),
        }
    }
}

/// Errors that have a message show their reason, whatever the message is.
macro_rules! reason_of {
    ($($name:ident { $($variant:pat => $debug:literal, $text:expr;)* })*) => { $(
        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                use $name::*;
                #[allow(unused_variables, reason = "only the text below has a use for the reason")]
                f.write_str(match self { $($variant => $debug,)* })
            }
        }

        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                use $name::*;
                match self { $($variant => fmt::Display::fmt($text, f),)* }
            }
        }

        impl<T> Error for $name<T> {}
    )* };
}

reason_of! {
    SendError {
        Disconnected(_) => "Disconnected(..)", DISCONNECTED;
        Interrupted(interrupted, _) => "Interrupted(..)", interrupted;
    }
    TrySendError {
        Full(_) => "Full(..)", "the channel is full";
        Disconnected(_) => "Disconnected(..)", DISCONNECTED;
    }
    SendTimeoutError {
        Timeout(_) => "Timeout(..)", TIMEOUT;
        Disconnected(_) => "Disconnected(..)", DISCONNECTED;
        Interrupted(interrupted, _) => "Interrupted(..)", interrupted;
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecvError::Disconnected => f.write_str(DISCONNECTED),
            RecvError::Interrupted(interrupted) => interrupted.fmt(f),
        }
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryRecvError::Empty => "the channel is empty",
            TryRecvError::Disconnected => DISCONNECTED,
        })
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecvTimeoutError::Timeout => f.write_str(TIMEOUT),
            RecvTimeoutError::Disconnected => f.write_str(DISCONNECTED),
            RecvTimeoutError::Interrupted(interrupted) => interrupted.fmt(f),
        }
    }
}

impl Error for RecvError {}
impl Error for TryRecvError {}
impl Error for RecvTimeoutError {}
