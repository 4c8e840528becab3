//! What a channel is: its messages and who waits for them, under one lock.
//!
//! # Who does what
//!
//! A message goes straight to the receiver that has waited longest, into the node by which it waits; with
//! nobody waiting it goes into the queue, if there is room, and else its sender waits with the message in
//! its own node. A receiver takes the front of the queue and moves the message of the sender that has waited
//! longest up to its end; if there is no queue (a rendezvous), it takes the message out of the sender's node.
//!
//! So a receiver waits only while the queue is empty and no sender waits, and a sender waits only while the
//! queue is full and no receiver waits; whoever comes later cannot get ahead. Messages are moved under the
//! lock, never dropped or cloned there.
//!
//! Who is taken off a list finds in its node what has come of it: a receiver its message, or nothing if the
//! channel was closed; a sender nothing, or its message if the channel was closed.

use std::collections::VecDeque;

use greenstd::atomic::{AtomicUsize, Ordering, fence};
use greenstd::time::Instant;

use super::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use crate::monitor::{self, Entry, Monitor, Waited};
use crate::share::{take_part, take_part_or_end};

/// The lists of a channel.
pub(crate) const RECEIVERS: usize = 0;
pub(crate) const SENDERS: usize = 1;

/// What an empty queue keeps of its memory at most.
const KEPT_BYTES: usize = 64 * 1024;

/// What the lock of a channel guards.
pub(crate) struct State<T> {
    queue: VecDeque<T>,
    capacity: usize,
    is_closed: bool,
}

impl<T> State<T> {
    /// A queue that may grow without limit keeps room for so many messages; what a burst took beyond that, it
    /// gives back.
    const KEPT: usize = {
        let size = size_of::<T>();
        if size == 0 { usize::MAX } else { KEPT_BYTES.div_ceil(size) }
    };

    /// A message was taken out. So seldom that the moving costs each message less than its growing did.
    #[inline]
    fn give_memory_back(&mut self) {
        if self.queue.capacity() > Self::KEPT && self.capacity == usize::MAX {
            self.shrink();
        }
    }

    #[cold]
    fn shrink(&mut self) {
        let len = self.queue.len();
        if self.queue.capacity() > Self::KEPT.max(4 * len) {
            self.queue.shrink_to(Self::KEPT.max(2 * len));
        }
    }
}

pub(crate) type Inside<'a, T> = monitor::Inside<'a, State<T>, Option<T>, 2>;

/// What both halves of a channel share.
pub(crate) struct Channel<T> {
    pub(crate) monitor: Monitor<State<T>, Option<T>, 2>,
    /// How many there are of each half.
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

/// What came of an attempt to receive without waiting.
pub(crate) enum Received<T> {
    Message(T),
    Closed,
    Empty,
}

/// What came of an attempt to send without waiting; the message comes back if it was not sent.
pub(crate) enum Sent<T> {
    Done,
    Closed(T),
    Full(T),
}

/// Takes the message whose turn it is.
#[inline]
pub(crate) fn receive_now<T>(inside: &mut Inside<'_, T>) -> Received<T> {
    if let Some(message) = inside.state.queue.pop_front() {
        if let Some(next) = inside.take_first(SENDERS).and_then(Option::take) {
            inside.state.queue.push_back(next);
        }
        inside.state.give_memory_back();
        return Received::Message(message);
    }
    if let Some(message) = inside.take_first(SENDERS).and_then(Option::take) {
        return Received::Message(message);
    }
    if inside.state.is_closed { Received::Closed } else { Received::Empty }
}

/// Hands a message over, or queues it.
#[inline]
pub(crate) fn send_now<T>(inside: &mut Inside<'_, T>, message: T) -> Sent<T> {
    if inside.state.is_closed {
        return Sent::Closed(message);
    }
    if let Some(slot) = inside.take_first(RECEIVERS) {
        *slot = Some(message);
        return Sent::Done;
    }
    if inside.state.queue.len() < inside.state.capacity {
        inside.state.queue.push_back(message);
        return Sent::Done;
    }
    Sent::Full(message)
}

impl<T> Channel<T> {
    /// With one half of each kind. `queue` has room for what `capacity` says, or grows.
    pub(super) fn new(queue: VecDeque<T>, capacity: usize) -> Self {
        let state = State { queue, capacity, is_closed: false };
        Channel {
            monitor: Monitor::new(state),
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(1),
        }
    }

    #[inline]
    pub(super) fn send(
        &self,
        message: T,
        deadline: Option<Instant>,
    ) -> Result<(), SendTimeoutError<T>> {
        if let Err(interrupted) = take_part_or_end() {
            return Err(SendTimeoutError::Interrupted(interrupted, message));
        }
        let waited = self.monitor.wait(deadline, |inside| match send_now(inside, message) {
            Sent::Done => Entry::Done(None),
            Sent::Closed(message) => Entry::Done(Some(message)),
            Sent::Full(message) => Entry::Wait { list: SENDERS, message: Some(message) },
        });
        match waited {
            Waited::Done(None) | Waited::Woken(None) => Ok(()),
            Waited::Done(Some(message)) | Waited::Woken(Some(message)) => {
                Err(SendTimeoutError::Disconnected(message))
            }
            Waited::TimedOut(message) => Err(SendTimeoutError::Timeout(kept(message))),
            Waited::Interrupted(interrupted, message) => {
                Err(SendTimeoutError::Interrupted(interrupted, kept(message)))
            }
        }
    }

    #[inline]
    pub(super) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        take_part();
        match self.monitor.enter(|inside| send_now(inside, message)) {
            Sent::Done => Ok(()),
            Sent::Closed(message) => Err(TrySendError::Disconnected(message)),
            Sent::Full(message) => Err(TrySendError::Full(message)),
        }
    }

    #[inline]
    pub(super) fn receive(&self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        take_part_or_end().map_err(RecvTimeoutError::Interrupted)?;
        let waited = self.monitor.wait(deadline, |inside| match receive_now(inside) {
            Received::Message(message) => Entry::Done(Some(message)),
            Received::Closed => Entry::Done(None),
            Received::Empty => Entry::Wait { list: RECEIVERS, message: None },
        });
        match waited {
            Waited::Done(message) | Waited::Woken(message) => {
                message.ok_or(RecvTimeoutError::Disconnected)
            }
            Waited::TimedOut(_) => Err(RecvTimeoutError::Timeout),
            Waited::Interrupted(interrupted, _) => Err(RecvTimeoutError::Interrupted(interrupted)),
        }
    }

    #[inline]
    pub(super) fn try_receive(&self) -> Result<T, TryRecvError> {
        take_part();
        match self.monitor.enter(receive_now) {
            Received::Message(message) => Ok(message),
            Received::Closed => Err(TryRecvError::Disconnected),
            Received::Empty => Err(TryRecvError::Empty),
        }
    }

    /// Refuses what is to be sent from now on, and lets all go who wait; whether it was open.
    pub(super) fn close(&self) -> bool {
        self.monitor.enter(|inside| {
            if inside.state.is_closed {
                return false;
            }
            inside.state.is_closed = true;
            inside.take_all(RECEIVERS);
            inside.take_all(SENDERS);
            true
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.monitor.enter(|inside| inside.state.is_closed)
    }

    /// How many messages are in the queue.
    pub(super) fn len(&self) -> usize {
        self.monitor.enter(|inside| inside.state.queue.len())
    }

    pub(super) fn is_full(&self) -> bool {
        self.monitor.enter(|inside| inside.state.queue.len() >= inside.state.capacity)
    }

    /// How many messages have room in the queue; `None` if there is no limit.
    pub(super) fn capacity(&self) -> Option<usize> {
        let capacity = self.monitor.enter(|inside| inside.state.capacity);
        (capacity != usize::MAX).then_some(capacity)
    }

    pub(super) fn add_sender(&self) {
        self.senders.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_receiver(&self) {
        self.receivers.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn drop_sender(&self) {
        if is_last(&self.senders) {
            self.close();
        }
    }

    /// The last one drops what nobody can receive any more.
    pub(super) fn drop_receiver(&self) {
        if is_last(&self.receivers) {
            self.close();
            let unreceived = self.monitor.enter(|inside| std::mem::take(&mut inside.state.queue));
            drop(unreceived);
        }
    }
}

/// Counts one down; whether it was the last one.
fn is_last(count: &AtomicUsize) -> bool {
    let last = count.fetch_sub(1, Ordering::Release) == 1;
    if last {
        fence(Ordering::Acquire);
    }
    last
}

/// The message of a sender that has left the list: nobody has taken it.
fn kept<T>(message: Option<T>) -> T {
    message.expect("a sender that was not taken off the list has its message")
}
