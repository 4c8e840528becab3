//! The half that sends.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time::Instant;

use super::core::Channel;
use super::error::{SendError, SendTimeoutError, TrySendError};
use crate::monitor::deadline_after;

/// The sending half of a [channel](super). Clones send into the same one; when the last is dropped,
/// receivers get what is there and then an error.
pub struct Sender<T> {
    channel: Arc<Channel<T>>,
}

impl<T> Sender<T> {
    pub(super) fn new(channel: Arc<Channel<T>>) -> Self {
        Sender { channel }
    }

    /// Sends a message; waits until there is room, or a receiver if the capacity is 0.
    ///
    /// # Errors
    /// [`SendError::Disconnected`] if the channel is closed, [`SendError::Interrupted`] if it has to wait, or
    /// its turn is over, and its green thread is cancelled or the deadline of a scope passes. The message is in either.
    ///
    /// # Panics
    /// In [`greenctx::no_park`], if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[inline]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.channel.send(message, None).map_err(SendError::without_timeout)
    }

    /// Sends a message if that can be done without waiting.
    ///
    /// # Errors
    /// [`TrySendError::Full`] if there is no room, or nobody waits to receive it and the capacity is 0;
    /// [`TrySendError::Disconnected`] if the channel is closed. The message is in either.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
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
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.channel.send(message, deadline_after(timeout))
    }

    /// As [`send`](Self::send), but waits until `deadline` at most.
    ///
    /// # Errors
    /// As `send`, and [`SendTimeoutError::Timeout`].
    ///
    /// # Panics
    /// As `send`.
    ///
    /// # Blocking
    /// As `send`.
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.channel.send(message, Some(deadline))
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

    /// Whether the channel is closed: a send fails.
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

    /// Whether both send into the same channel.
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
