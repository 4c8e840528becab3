//! The half that sends.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time::{self, Instant};

use super::core::Channel;
use super::error::{SendError, SendTimeoutError, TrySendError};

/// The sending half of a [channel](super). Clones send into the same channel. When the last one is dropped,
/// receivers get what is left there, and then an error.
///
/// ```
/// use greensync::bounded;
///
/// let (sender, receiver) = bounded(8);
/// for name in ["ada", "grace"] {
///     let sender = sender.clone();
///     std::thread::spawn(move || sender.send(name));
/// }
/// drop(sender); // else the channel would never end
/// assert_eq!(receiver.iter().count(), 2);
/// ```
pub struct Sender<T> {
    channel: Arc<Channel<T>>,
}

impl<T> Sender<T> {
    pub(super) fn new(channel: Arc<Channel<T>>) -> Self {
        Sender { channel }
    }

    /// Sends a message. It waits until there is room; if the capacity is 0, until a receiver takes the message.
    ///
    /// # Errors
    /// [`SendError::Disconnected`] if the channel is closed. [`SendError::Interrupted`] if it has to wait, or
    /// [its turn is over](crate#giving-way), and its green thread is cancelled or the deadline of a scope passes. The
    /// error holds the message.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded(1);
    /// sender.send("hello")?;
    /// assert_eq!(receiver.recv(), Ok("hello"));
    ///
    /// drop(receiver);
    /// let error = sender.send("anybody there?").expect_err("the receiver is gone");
    /// assert_eq!(error.into_inner(), "anybody there?");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "put")]
    #[doc(alias = "push")]
    #[inline]
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.channel.send(message, None).map_err(SendError::without_timeout)
    }

    /// Sends a message if that can be done without waiting.
    ///
    /// # Errors
    /// [`TrySendError::Full`] if there is no room, or if the capacity is 0 and no receiver waits.
    /// [`TrySendError::Disconnected`] if the channel is closed. The error holds the message.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    ///
    /// ```
    /// use greensync::{TrySendError, bounded};
    ///
    /// let (sender, _receiver) = bounded(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// ```
    #[doc(alias = "put_nowait")]
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.channel.try_send(message)
    }

    /// As [`send`](Self::send), but waits for `timeout` at most.
    ///
    /// # Errors
    /// As `send`, and [`SendTimeoutError::Timeout`].
    ///
    /// # Panics
    /// As `send`.
    ///
    /// # Blocking
    /// As `send`.
    ///
    /// ```
    /// use greensync::bounded;
    /// use std::time::Duration;
    ///
    /// let (sender, _receiver) = bounded(1);
    /// sender.send(1)?;
    /// let error = sender.send_timeout(2, Duration::from_millis(1)).expect_err("it is full");
    /// assert!(error.is_timeout());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.channel.send(message, time::after(timeout))
    }

    /// As [`send`](Self::send), but waits until `deadline` at the latest.
    ///
    /// It serves better than [`send_timeout`](Self::send_timeout) where several sends share one limit.
    ///
    /// # Errors
    /// As `send`, and [`SendTimeoutError::Timeout`].
    ///
    /// # Panics
    /// As `send`.
    ///
    /// # Blocking
    /// As `send`.
    ///
    /// ```
    /// use greensync::bounded;
    /// use std::time::{Duration, Instant};
    ///
    /// let (sender, receiver) = bounded(8);
    /// let end = Instant::now() + Duration::from_secs(1); // for all three together
    /// for number in 1..=3 {
    ///     sender.send_deadline(number, end)?;
    /// }
    /// assert_eq!(receiver.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.channel.send(message, Some(deadline))
    }

    /// Closes the channel for all its halves; `false` if it was closed already.
    ///
    /// Every thread that waits goes on: receivers get an error, and senders get their messages back. Messages in the
    /// queue can still be received.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::unbounded;
    ///
    /// let (sender, receiver) = unbounded();
    /// sender.send("the last one")?;
    /// assert!(sender.close());
    /// assert!(sender.send("too late").is_err());
    /// assert_eq!(receiver.recv(), Ok("the last one"));
    /// assert!(receiver.recv().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close(&self) -> bool {
        self.channel.close()
    }

    /// Whether the channel is closed. If so, every send fails.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::unbounded;
    ///
    /// let (sender, receiver) = unbounded::<u32>();
    /// assert!(!sender.is_closed());
    /// drop(receiver);
    /// assert!(sender.is_closed()); // no work needs to be done for it
    /// ```
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    /// How many messages in the queue wait to be received: a snapshot.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, _receiver) = bounded(8);
    /// sender.send(1)?;
    /// assert_eq!(sender.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.channel.len()
    }

    /// Whether the queue has no message: a snapshot. Always true if the capacity is 0.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded(8);
    /// sender.send(1)?;
    /// assert!(!sender.is_empty());
    /// receiver.recv()?;
    /// assert!(sender.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the queue has no room: a snapshot. Always true if the capacity is 0.
    ///
    /// To send only if there is room, take [`try_send`](Self::try_send): others may take the room after this look.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, _receiver) = bounded(1);
    /// assert!(!sender.is_full());
    /// sender.send(1)?;
    /// assert!(sender.is_full());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_full(&self) -> bool {
        self.channel.is_full()
    }

    /// How many messages fit into the queue; `None` if there is no limit.
    ///
    /// ```
    /// use greensync::{bounded, unbounded};
    ///
    /// assert_eq!(bounded::<u32>(8).0.capacity(), Some(8));
    /// assert_eq!(unbounded::<u32>().0.capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        self.channel.capacity()
    }

    /// Whether both send into the same channel.
    ///
    /// ```
    /// use greensync::unbounded;
    ///
    /// let (sender, _receiver) = unbounded::<u32>();
    /// let (other, _receiver) = unbounded::<u32>();
    /// assert!(sender.same_channel(&sender.clone()));
    /// assert!(!sender.same_channel(&other));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.channel, &other.channel)
    }

    pub(crate) fn channel(&self) -> &Channel<T> {
        &self.channel
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.channel.add_sender();
        Sender { channel: self.channel.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.channel.drop_sender();
    }
}

impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender { .. }")
    }
}
