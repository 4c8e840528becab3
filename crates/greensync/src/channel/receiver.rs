//! The half that receives.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time::{self, Instant};

use super::core::Channel;
use super::error::{RecvError, RecvTimeoutError, TryRecvError};
use super::iter::{Iter, TryIter};

/// The receiving half of a [channel](super). Clones receive from the same channel, and each message goes to one
/// of them. When the last one is dropped, sends fail.
///
/// ```
/// use greensync::bounded;
///
/// let (sender, receiver) = bounded(8);
/// let workers: Vec<_> = (0..3)
///     .map(|_| {
///         let receiver = receiver.clone();
///         std::thread::spawn(move || receiver.iter().sum::<u32>())
///     })
///     .collect();
/// for number in 1..=10 {
///     sender.send(number)?;
/// }
/// drop(sender); // the workers end when the channel does
/// let sums = workers.into_iter().filter_map(|worker| worker.join().ok());
/// assert_eq!(sums.sum::<u32>(), 55);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Receiver<T> {
    channel: Arc<Channel<T>>,
}

impl<T> Receiver<T> {
    pub(super) fn new(channel: Arc<Channel<T>>) -> Self {
        Receiver { channel }
    }

    pub(super) fn from_channel(channel: Channel<T>) -> Self {
        Receiver { channel: Arc::new(channel) }
    }

    /// Receives a message. It waits until there is one.
    ///
    /// # Errors
    /// [`RecvError::Disconnected`] if the channel is closed and nothing is left in it.
    /// [`RecvError::Interrupted`] if it has to wait, or [its turn is over](crate#giving-way), and its green thread is
    /// cancelled or the deadline of a scope passes.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::{RecvError, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// std::thread::spawn(move || sender.send("hello"));
    /// assert_eq!(receiver.recv(), Ok("hello"));
    /// assert_eq!(receiver.recv(), Err(RecvError::Disconnected)); // the sender is dropped
    /// ```
    #[doc(alias = "get")]
    #[doc(alias = "pop")]
    #[doc(alias = "receive")]
    #[inline]
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.channel.receive(None).map_err(RecvError::without_timeout)
    }

    /// Receives a message if there is one.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there is none, [`TryRecvError::Disconnected`] if none can come either.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    ///
    /// ```
    /// use greensync::{TryRecvError, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(1)?;
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "get_nowait")]
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.channel.try_receive()
    }

    /// As [`recv`](Self::recv), but waits for `timeout` at most.
    ///
    /// # Errors
    /// As `recv`, and [`RecvTimeoutError::Timeout`].
    ///
    /// # Panics
    /// As `recv`.
    ///
    /// # Blocking
    /// As `recv`.
    ///
    /// ```
    /// use greensync::{RecvTimeoutError, bounded};
    /// use std::time::Duration;
    ///
    /// let (sender, receiver) = bounded(1);
    /// let limit = Duration::from_millis(1);
    /// assert_eq!(receiver.recv_timeout(limit), Err(RecvTimeoutError::Timeout));
    /// sender.send(1)?;
    /// assert_eq!(receiver.recv_timeout(limit), Ok(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.channel.receive(time::after(timeout))
    }

    /// As [`recv`](Self::recv), but waits until `deadline` at the latest.
    ///
    /// It serves better than [`recv_timeout`](Self::recv_timeout) where several messages share one limit.
    ///
    /// # Errors
    /// As `recv`, and [`RecvTimeoutError::Timeout`].
    ///
    /// # Panics
    /// As `recv`.
    ///
    /// # Blocking
    /// As `recv`.
    ///
    /// ```
    /// use greensync::unbounded;
    /// use std::time::{Duration, Instant};
    ///
    /// let (sender, receiver) = unbounded();
    /// sender.send(1)?;
    /// sender.send(2)?;
    /// let end = Instant::now() + Duration::from_millis(1); // for all answers together
    /// let mut answers = Vec::new();
    /// while let Ok(answer) = receiver.recv_deadline(end) {
    ///     answers.push(answer);
    /// }
    /// assert_eq!(answers, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.channel.receive(Some(deadline))
    }

    /// The messages as they come, waiting for each.
    ///
    /// It ends when the channel is closed and nothing is left in it, and also when a wait is interrupted. To tell
    /// these apart, call [`recv`](Self::recv).
    ///
    /// # Blocking
    /// Does nothing by itself; each step of the iterator waits as [`recv`](Self::recv) does.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded(1);
    /// std::thread::spawn(move || (1..=4).try_for_each(|number| sender.send(number)));
    /// assert_eq!(receiver.iter().sum::<u32>(), 10);
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// The messages that are there; it ends when there is none.
    ///
    /// # Blocking
    /// Does nothing by itself; each step of the iterator is a [`try_recv`](Self::try_recv).
    ///
    /// ```
    /// use greensync::unbounded;
    ///
    /// let (sender, receiver) = unbounded();
    /// sender.send(1)?;
    /// sender.send(2)?;
    /// assert_eq!(receiver.try_iter().sum::<u32>(), 3); // `iter` would wait for more
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "drain")]
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
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
    /// sender.send("in time")?;
    /// receiver.close(); // no more, please
    /// assert!(sender.send("too late").is_err());
    /// assert_eq!(receiver.iter().collect::<Vec<_>>(), ["in time"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close(&self) -> bool {
        self.channel.close()
    }

    /// Whether the channel is closed. Messages may be left in it.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::unbounded;
    ///
    /// let (sender, receiver) = unbounded();
    /// sender.send(1)?;
    /// drop(sender);
    /// assert!(receiver.is_closed());
    /// assert_eq!(receiver.recv(), Ok(1)); // it was still there
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    /// How many messages in the queue wait to be received: a snapshot.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded(8);
    /// sender.send(1)?;
    /// assert_eq!(receiver.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.channel.len()
    }

    /// Whether the queue has no message: a snapshot. Always true if the capacity is 0.
    ///
    /// To receive only if there is a message, take [`try_recv`](Self::try_recv): others may take it after this look.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded(8);
    /// assert!(receiver.is_empty());
    /// sender.send(1)?;
    /// assert!(!receiver.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the queue has no room: a snapshot. Always true if the capacity is 0.
    ///
    /// ```
    /// use greensync::bounded;
    ///
    /// let (sender, receiver) = bounded(1);
    /// sender.send(1)?;
    /// assert!(receiver.is_full()); // senders wait for us
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
    /// assert_eq!(bounded::<u32>(0).1.capacity(), Some(0)); // a rendezvous
    /// assert_eq!(unbounded::<u32>().1.capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        self.channel.capacity()
    }

    /// Whether both receive from the same channel.
    ///
    /// ```
    /// use greensync::{never, unbounded};
    ///
    /// let (_sender, receiver) = unbounded::<u32>();
    /// assert!(receiver.same_channel(&receiver.clone()));
    /// assert!(!receiver.same_channel(&never()));
    /// assert!(never::<u32>().same_channel(&never())); // is this arm switched off?
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.channel, &other.channel)
            || (self.channel.is_never() && other.channel.is_never())
    }

    pub(crate) fn channel(&self) -> &Channel<T> {
        &self.channel
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.channel.add_receiver();
        Receiver { channel: self.channel.clone() }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.channel.drop_receiver();
    }
}

impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver { .. }")
    }
}
