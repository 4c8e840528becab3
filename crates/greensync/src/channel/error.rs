//! Why a message was not sent or received. A sender that fails gets its message back.

use std::error::Error;
use std::fmt;
use std::io;

use greenctx::Interrupted;

use super::Unsent;

/// Why [`Sender::send`](super::Sender::send) has not sent. It holds the message.
///
/// `?` passes it on as an [`io::Error`], a `Box<dyn Error + Send + Sync>`, or an error of `anyhow` or `eyre`,
/// whatever the message is. In all of these but the first the message goes along with the error;
/// [`without_message`](Self::without_message) leaves it behind.
///
/// ```
/// use greensync::{SendError, bounded, with_timeout};
/// use std::time::Duration;
///
/// let (sender, receiver) = bounded(1);
/// sender.send(1)?;
/// match with_timeout(Duration::from_millis(1), || sender.send(2)) {
///     Err(SendError::Interrupted(why, unsent)) => {
///         assert!(why.is_timed_out()); // the scope is over: end, or keep the message for later
///         assert_eq!(unsent.into_inner(), 2);
///     }
///     other => unreachable!("{other:?}"),
/// }
/// drop(receiver);
/// assert!(sender.send(3).is_err_and(|error| error.is_disconnected())); // nobody wants more
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub enum SendError<T> {
    /// The channel is closed.
    Disconnected(Unsent<T>),
    /// The green thread was cancelled, or the deadline of a scope passed.
    Interrupted(Interrupted, Unsent<T>),
}

/// Why [`Sender::try_send`](super::Sender::try_send) has not sent. It holds the message.
///
/// `?` passes it on as [`SendError`] does, except that a boxed error demands that the message is `Sync`:
/// `.map_err(TrySendError::without_message)?` does without it.
///
/// ```
/// use greensync::{TrySendError, bounded};
///
/// let (sender, _receiver) = bounded(0);
/// match sender.try_send("hello") {
///     Ok(()) => {}
///     Err(TrySendError::Full(message)) => assert_eq!(message, "hello"), // drop it, or try later
///     Err(TrySendError::Disconnected(_)) => {} // end
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room; or the capacity is 0 and no receiver waits.
    Full(T),
    /// The channel is closed.
    Disconnected(T),
}

/// Why [`Sender::send_timeout`](super::Sender::send_timeout) has not sent. It holds the message.
///
/// `?` passes it on as [`SendError`] does, except that a boxed error demands that the message is `Sync`:
/// `.map_err(SendTimeoutError::without_message)?` does without it.
///
/// ```
/// use greensync::{SendTimeoutError, bounded};
/// use std::time::Duration;
///
/// let (sender, _receiver) = bounded(0);
/// match sender.send_timeout("hello", Duration::from_millis(1)) {
///     Ok(()) => {}
///     Err(SendTimeoutError::Timeout(message)) => assert_eq!(message, "hello"), // too slow
///     Err(SendTimeoutError::Disconnected(_)) => {} // nobody wants it: end
///     Err(SendTimeoutError::Interrupted(why, _)) => return Err(why.into()), // we shall end
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use greensync::{RecvError, bounded, with_timeout};
/// use std::time::Duration;
///
/// let (sender, receiver) = bounded::<u32>(1);
/// match with_timeout(Duration::from_millis(1), || receiver.recv()) {
///     Err(RecvError::Interrupted(why)) => assert!(why.is_timed_out()), // pass it on with `?`
///     other => unreachable!("{other:?}"),
/// }
/// drop(sender);
/// assert_eq!(receiver.recv(), Err(RecvError::Disconnected)); // the end of the work
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecvError {
    /// The channel is closed, and nothing is left in it.
    Disconnected,
    /// The green thread was cancelled, or the deadline of a scope passed.
    Interrupted(Interrupted),
}

/// Why [`Receiver::try_recv`](super::Receiver::try_recv) has received nothing.
///
/// ```
/// use greensync::{TryRecvError, bounded};
///
/// let (_sender, receiver) = bounded::<u32>(1);
/// match receiver.try_recv() {
///     Ok(number) => println!("{number}"),
///     Err(TryRecvError::Empty) => {} // do something else, and try later
///     Err(TryRecvError::Disconnected) => unreachable!("the sender is there"), // end
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryRecvError {
    /// No message is there.
    Empty,
    /// The channel is closed, and nothing is left in it.
    Disconnected,
}

/// Why [`Receiver::recv_timeout`](super::Receiver::recv_timeout) has received nothing.
///
/// ```
/// use greensync::{RecvTimeoutError, bounded};
/// use std::time::Duration;
///
/// let (_sender, receiver) = bounded::<u32>(1);
/// match receiver.recv_timeout(Duration::from_millis(1)) {
///     Ok(number) => println!("{number}"),
///     Err(RecvTimeoutError::Timeout) => {} // say that it takes long, and wait again
///     Err(RecvTimeoutError::Disconnected) => unreachable!("the sender is there"), // end
///     Err(RecvTimeoutError::Interrupted(why)) => return Err(why), // we shall end
/// }
/// # Ok::<(), greensync::Interrupted>(())
/// ```
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
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded(1);
    /// drop(receiver);
    /// let message = sender.send("hello").map_err(|error| error.into_inner());
    /// assert_eq!(message, Err("hello"));
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            SendError::Disconnected(message) | SendError::Interrupted(_, message) => {
                message.into_inner()
            }
        }
    }

    /// The same error without the message, which is dropped.
    ///
    /// ```
    /// use greensync::{SendError, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// drop(receiver);
    /// let sent: Result<(), SendError<()>> =
    ///     sender.send(vec![0; 1000]).map_err(SendError::without_message);
    /// assert!(sent.is_err());
    /// ```
    pub fn without_message(self) -> SendError<()> {
        match self {
            SendError::Disconnected(_) => SendError::Disconnected(().into()),
            SendError::Interrupted(why, _) => SendError::Interrupted(why, ().into()),
        }
    }

    /// Whether the channel is closed.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded(1);
    /// drop(receiver);
    /// assert!(sender.send(1).is_err_and(|error| error.is_disconnected()));
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, SendError::Disconnected(_))
    }

    /// Whether the wait was interrupted.
    ///
    /// ```
    /// use greensync::{bounded, with_timeout};
    /// use std::time::Duration;
    ///
    /// let (sender, _receiver) = bounded(0);
    /// let sent = with_timeout(Duration::from_millis(1), || sender.send(1));
    /// assert!(sent.is_err_and(|error| error.is_interrupted()));
    /// ```
    pub fn is_interrupted(&self) -> bool {
        matches!(self, SendError::Interrupted(..))
    }

    /// The error of a send without a time limit.
    #[inline]
    pub(crate) fn without_timeout(error: SendTimeoutError<T>) -> Self {
        match error {
            SendTimeoutError::Disconnected(message) => SendError::Disconnected(message.into()),
            SendTimeoutError::Interrupted(interrupted, message) => {
                SendError::Interrupted(interrupted, message.into())
            }
            SendTimeoutError::Timeout(_) => unreachable!("there was no time limit"),
        }
    }
}

impl<T> TrySendError<T> {
    /// The message that was not sent.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, _receiver) = bounded(0);
    /// let message = sender.try_send("hello").map_err(|error| error.into_inner());
    /// assert_eq!(message, Err("hello"));
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            TrySendError::Full(message) | TrySendError::Disconnected(message) => message,
        }
    }

    /// The same error without the message, which is dropped.
    ///
    /// ```
    /// use greensync::{TrySendError, bounded};
    /// use std::cell::Cell;
    ///
    /// let (sender, _receiver) = bounded(1);
    /// sender.try_send(Cell::new(1)).map_err(TrySendError::without_message)?; // a `Cell` is not `Sync`
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub fn without_message(self) -> TrySendError<()> {
        match self {
            TrySendError::Full(_) => TrySendError::Full(()),
            TrySendError::Disconnected(_) => TrySendError::Disconnected(()),
        }
    }

    /// Whether there was no room, or no receiver that waits.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, _receiver) = bounded(0);
    /// assert!(sender.try_send(1).is_err_and(|error| error.is_full()));
    /// ```
    pub fn is_full(&self) -> bool {
        matches!(self, TrySendError::Full(_))
    }

    /// Whether the channel is closed.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded(1);
    /// drop(receiver);
    /// assert!(sender.try_send(1).is_err_and(|error| error.is_disconnected()));
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, TrySendError::Disconnected(_))
    }
}

impl<T> SendTimeoutError<T> {
    /// The message that was not sent.
    ///
    /// ```
    /// use greensync::bounded;
    /// use std::time::Duration;
    ///
    /// let (sender, _receiver) = bounded(0);
    /// let sent = sender.send_timeout("hello", Duration::from_millis(1));
    /// assert_eq!(sent.map_err(|error| error.into_inner()), Err("hello"));
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            SendTimeoutError::Timeout(message)
            | SendTimeoutError::Disconnected(message)
            | SendTimeoutError::Interrupted(_, message) => message,
        }
    }

    /// The same error without the message, which is dropped.
    ///
    /// ```
    /// use greensync::{SendTimeoutError, bounded};
    /// use std::{cell::Cell, time::Duration};
    ///
    /// let (sender, _receiver) = bounded(1);
    /// let sent = sender.send_timeout(Cell::new(1), Duration::from_secs(1));
    /// sent.map_err(SendTimeoutError::without_message)?; // a `Cell` is not `Sync`
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub fn without_message(self) -> SendTimeoutError<()> {
        match self {
            SendTimeoutError::Timeout(_) => SendTimeoutError::Timeout(()),
            SendTimeoutError::Disconnected(_) => SendTimeoutError::Disconnected(()),
            SendTimeoutError::Interrupted(why, _) => SendTimeoutError::Interrupted(why, ()),
        }
    }

    /// Whether the time was over.
    ///
    /// ```
    /// use greensync::bounded;
    /// use std::time::Duration;
    ///
    /// let (sender, _receiver) = bounded(0);
    /// let sent = sender.send_timeout(1, Duration::from_millis(1));
    /// assert!(sent.is_err_and(|error| error.is_timeout()));
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self, SendTimeoutError::Timeout(_))
    }

    /// Whether the channel is closed.
    ///
    /// ```
    /// use greensync::bounded;
    /// use std::time::Duration;
    ///
    /// let (sender, receiver) = bounded(1);
    /// drop(receiver);
    /// let sent = sender.send_timeout(1, Duration::from_secs(1)); // fails at once
    /// assert!(sent.is_err_and(|error| error.is_disconnected()));
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, SendTimeoutError::Disconnected(_))
    }

    /// Whether the wait was interrupted, by a cancellation or by the deadline of a scope around it.
    ///
    /// ```
    /// use greensync::{bounded, with_timeout};
    /// use std::time::Duration;
    ///
    /// let (sender, _receiver) = bounded(0);
    /// let send = || sender.send_timeout(1, Duration::from_secs(60));
    /// let sent = with_timeout(Duration::from_millis(1), send);
    /// assert!(sent.is_err_and(|error| error.is_interrupted())); // the scope's, not our own limit
    /// ```
    pub fn is_interrupted(&self) -> bool {
        matches!(self, SendTimeoutError::Interrupted(..))
    }
}

impl RecvError {
    /// Whether the channel is closed, and nothing is left in it.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded::<u32>(1);
    /// drop(sender);
    /// assert!(receiver.recv().is_err_and(|error| error.is_disconnected()));
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, RecvError::Disconnected)
    }

    /// Whether the wait was interrupted.
    ///
    /// ```
    /// use greensync::{bounded, with_timeout};
    /// use std::time::Duration;
    ///
    /// let (_sender, receiver) = bounded::<u32>(0);
    /// let received = with_timeout(Duration::from_millis(1), || receiver.recv());
    /// assert!(received.is_err_and(|error| error.is_interrupted()));
    /// ```
    pub fn is_interrupted(&self) -> bool {
        matches!(self, RecvError::Interrupted(_))
    }

    /// The error of a wait without a time limit.
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
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (_sender, receiver) = bounded::<u32>(1);
    /// assert!(receiver.try_recv().is_err_and(|error| error.is_empty()));
    /// ```
    pub fn is_empty(&self) -> bool {
        matches!(self, TryRecvError::Empty)
    }

    /// Whether the channel is closed, and nothing is left in it.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded::<u32>(1);
    /// drop(sender);
    /// assert!(receiver.try_recv().is_err_and(|error| error.is_disconnected()));
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, TryRecvError::Disconnected)
    }
}

impl RecvTimeoutError {
    /// Whether the time was over.
    ///
    /// ```
    /// use greensync::bounded;
    /// use std::time::Duration;
    ///
    /// let (_sender, receiver) = bounded::<u32>(1);
    /// let received = receiver.recv_timeout(Duration::from_millis(1));
    /// assert!(received.is_err_and(|error| error.is_timeout()));
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self, RecvTimeoutError::Timeout)
    }

    /// Whether the channel is closed, and nothing is left in it.
    ///
    /// ```
    /// use greensync::bounded;
    /// use std::time::Duration;
    ///
    /// let (sender, receiver) = bounded::<u32>(1);
    /// drop(sender);
    /// let received = receiver.recv_timeout(Duration::from_secs(1)); // fails at once
    /// assert!(received.is_err_and(|error| error.is_disconnected()));
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, RecvTimeoutError::Disconnected)
    }

    /// Whether the wait was interrupted, by a cancellation or by the deadline of a scope around it.
    ///
    /// ```
    /// use greensync::{bounded, with_timeout};
    /// use std::time::Duration;
    ///
    /// let (_sender, receiver) = bounded::<u32>(1);
    /// let receive = || receiver.recv_timeout(Duration::from_secs(60));
    /// let received = with_timeout(Duration::from_millis(1), receive);
    /// assert!(received.is_err_and(|error| error.is_interrupted())); // the scope's, not our own limit
    /// ```
    pub fn is_interrupted(&self) -> bool {
        matches!(self, RecvTimeoutError::Interrupted(_))
    }
}

impl<T> From<SendError<T>> for SendTimeoutError<T> {
    fn from(error: SendError<T>) -> Self {
        match error {
            SendError::Disconnected(message) => {
                SendTimeoutError::Disconnected(message.into_inner())
            }
            SendError::Interrupted(interrupted, message) => {
                SendTimeoutError::Interrupted(interrupted, message.into_inner())
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

impl<T: Clone + Sync> Clone for SendError<T> {
    fn clone(&self) -> Self {
        match self {
            SendError::Disconnected(message) => SendError::Disconnected(message.clone()),
            SendError::Interrupted(why, message) => SendError::Interrupted(*why, message.clone()),
        }
    }
}

impl<T: PartialEq + Sync> PartialEq for SendError<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (SendError::Disconnected(this), SendError::Disconnected(other)) => this == other,
            (SendError::Interrupted(why, this), SendError::Interrupted(other_why, other)) => {
                why == other_why && this == other
            }
            _ => false,
        }
    }
}

impl<T: Eq + Sync> Eq for SendError<T> {}

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

const CLOSED_TO_SENDERS: io::ErrorKind = io::ErrorKind::BrokenPipe;
const CLOSED_TO_RECEIVERS: io::ErrorKind = io::ErrorKind::UnexpectedEof;

/// A closed channel is a [`BrokenPipe`](io::ErrorKind::BrokenPipe). The message is dropped.
impl<T> From<SendError<T>> for io::Error {
    fn from(error: SendError<T>) -> Self {
        match error.without_message() {
            SendError::Interrupted(interrupted, _) => interrupted.into(),
            error @ SendError::Disconnected(_) => io::Error::new(CLOSED_TO_SENDERS, error),
        }
    }
}

/// A full channel [would block](io::ErrorKind::WouldBlock), a closed one is a
/// [`BrokenPipe`](io::ErrorKind::BrokenPipe). The message is dropped.
impl<T> From<TrySendError<T>> for io::Error {
    fn from(error: TrySendError<T>) -> Self {
        let error = error.without_message();
        let kind = if error.is_full() { io::ErrorKind::WouldBlock } else { CLOSED_TO_SENDERS };
        io::Error::new(kind, error)
    }
}

/// As that of a [`SendError`], and the end of the time as [`TimedOut`](io::ErrorKind::TimedOut).
impl<T> From<SendTimeoutError<T>> for io::Error {
    fn from(error: SendTimeoutError<T>) -> Self {
        match error.without_message() {
            SendTimeoutError::Interrupted(interrupted, ()) => interrupted.into(),
            error @ SendTimeoutError::Timeout(()) => io::Error::new(io::ErrorKind::TimedOut, error),
            error @ SendTimeoutError::Disconnected(()) => io::Error::new(CLOSED_TO_SENDERS, error),
        }
    }
}

/// A closed channel is an [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
impl From<RecvError> for io::Error {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Interrupted(interrupted) => interrupted.into(),
            RecvError::Disconnected => io::Error::new(CLOSED_TO_RECEIVERS, error),
        }
    }
}

/// An empty channel [would block](io::ErrorKind::WouldBlock), a closed one is an
/// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
impl From<TryRecvError> for io::Error {
    fn from(error: TryRecvError) -> Self {
        let kind = if error.is_empty() { io::ErrorKind::WouldBlock } else { CLOSED_TO_RECEIVERS };
        io::Error::new(kind, error)
    }
}

/// As that of a [`RecvError`], and the end of the time as [`TimedOut`](io::ErrorKind::TimedOut).
impl From<RecvTimeoutError> for io::Error {
    fn from(error: RecvTimeoutError) -> Self {
        match error {
            RecvTimeoutError::Interrupted(interrupted) => interrupted.into(),
            RecvTimeoutError::Timeout => io::Error::new(io::ErrorKind::TimedOut, error),
            RecvTimeoutError::Disconnected => io::Error::new(CLOSED_TO_RECEIVERS, error),
        }
    }
}
