//! The half that receives.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time::Instant;

use super::core::Channel;
use super::error::{RecvError, RecvTimeoutError, TryRecvError};
use super::iter::{Iter, TryIter};
use crate::monitor::deadline_after;

/// The receiving half of a [channel](super). Clones receive from the same one, each message goes to one of
/// them; when the last is dropped, sends fail.
pub struct Receiver<T> {
    channel: Arc<Channel<T>>,
}

impl<T> Receiver<T> {
    pub(super) fn new(channel: Arc<Channel<T>>) -> Self {
        Receiver { channel }
    }

    /// Receives a message; waits until there is one.
    ///
    /// # Errors
    /// [`RecvError::Disconnected`] if the channel is closed and nothing is left in it,
    /// [`RecvError::Interrupted`] if it has to wait, or its turn is over, and its green thread is cancelled or the
    /// deadline of a scope passes.
    ///
    /// # Panics
    /// In [`greenctx::no_park`], if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[inline]
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
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.channel.receive(deadline_after(timeout))
    }

    /// As [`recv`](Self::recv), but waits until `deadline` at most.
    ///
    /// # Errors
    /// As `recv`, and [`RecvTimeoutError::Timeout`].
    ///
    /// # Panics
    /// As `recv`.
    ///
    /// # Blocking
    /// As `recv`.
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.channel.receive(Some(deadline))
    }

    /// The messages as they come, waiting for each; ends when the channel is closed and nothing is left in it,
    /// and also when a wait is interrupted. To tell these apart, call [`recv`](Self::recv).
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// The messages that are there; ends when there is none.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// Closes the channel for all its halves; `false` if it was closed already. All who wait are let go:
    /// receivers find nothing more to wait for, senders get their messages back. What is in the queue
    /// can still be received.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn close(&self) -> bool {
        self.channel.close()
    }

    /// Whether the channel is closed. Messages may be left in it.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    /// How many messages wait in the queue to be received.
    pub fn len(&self) -> usize {
        self.channel.len()
    }

    /// Whether no message is in the queue; always if the capacity is 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the queue has no room; always if the capacity is 0.
    pub fn is_full(&self) -> bool {
        self.channel.is_full()
    }

    /// How many messages have room in the queue, `None` if any number has.
    pub fn capacity(&self) -> Option<usize> {
        self.channel.capacity()
    }

    /// Whether both receive from the same channel.
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
