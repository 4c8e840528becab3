//! Channels: messages from any thread to any other, green or not.
//!
//! Names and shapes are those of [crossbeam-channel](https://docs.rs/crossbeam-channel): many senders, many
//! receivers, each message to one of them. There are [`bounded`] and [`unbounded`] channels. `bounded(0)` is a
//! rendezvous, in which a message changes hands only when both sides are there. A green thread that waits parks, a
//! plain OS thread blocks. The wait ends early by the cancellation of its green thread, and by the
//! [deadline](crate::with_timeout) of a scope around it.
//!
//! ```
//! use greensync::bounded;
//!
//! let (sender, receiver) = bounded(16);
//! std::thread::spawn(move || (1..=100).try_for_each(|number| sender.send(number)));
//! assert_eq!(receiver.iter().sum::<i32>(), 5050); // ends when the last sender is gone
//! ```
//!
//! # Order
//!
//! Messages are received in the order in which they were sent. What one sender sends stays in its order.
//! Receivers are served in the order in which they began to wait, and so are senders. Where a busy channel has all its
//! senders on one carrier and all its receivers on another, a thread looks twice, about a microsecond apart, before it begins
//! to wait.
//!
//! # The end
//!
//! A channel is *closed* when all its senders are dropped, or all its receivers, or one of them calls `close`.
//! Sends then fail, at once and for senders that wait already, and give the message back. Receivers still get what is
//! in the queue, then fail too. When the last receiver is dropped, the messages that are in the queue are
//! dropped with it.
//!
//! # When the wait is interrupted
//!
//! The answer wins. A message that has been handed over is received, and one that has been taken is sent,
//! even if the thread was cancelled or the time ran out meanwhile. An operation that need not wait is
//! done even by a thread that has been cancelled, except for every 64th operation in a row
//! ([why](crate#giving-way)). An error of a send always has the message, which then
//! no receiver has got.

mod core;
mod error;
mod iter;
#[cfg(all(test, green_loom))]
mod models;
mod receiver;
mod second_look;
mod sender;
mod timer;
#[allow(unsafe_code, reason = "a message is shared without access to it; see its invariants")]
mod unsent;

use std::collections::VecDeque;

use greenstd::sync::Arc;

pub(crate) use self::core::{
    Channel, Inside, LISTS, Parcel, Promised, RECEIVERS, Received, SENDERS, State, WATCHERS,
    begins_to_wait, can_receive, can_send, meet, met, promise_now, receive_now,
};
pub use self::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use self::iter::{IntoIter, Iter, TryIter};
pub use self::receiver::Receiver;
pub use self::sender::Sender;
pub use self::timer::{after, at, tick};
pub use self::unsent::Unsent;

/// A channel in which at most `capacity` messages wait to be received. A send into a full one waits for room.
///
/// With a capacity of 0 there is no room at all. A send waits for a receiver, and the message goes from
/// hand to hand.
///
/// Take it by default: a sender that is faster than the receivers is slowed down, and memory stays bounded.
///
/// # Panics
/// If there is no memory for `capacity` messages, which is taken at once.
///
/// # Blocking
/// Neither parks nor blocks.
///
/// ```
/// use greensync::bounded;
///
/// let (sender, receiver) = bounded(2);
/// sender.send("one")?;
/// sender.send("two")?;
/// assert!(sender.try_send("three").is_err()); // full; `send` would wait here
/// assert_eq!(receiver.recv(), Ok("one"));
/// assert!(sender.try_send("three").is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "channel")]
#[doc(alias = "mpsc")]
#[doc(alias = "mpmc")]
#[doc(alias = "sync_channel")]
#[doc(alias = "rendezvous")]
#[doc(alias = "Queue")]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    halves(Channel::new(VecDeque::with_capacity(capacity), capacity))
}

/// A channel in which any number of messages wait to be received. Sending never waits.
///
/// The memory of its queue grows with the messages that wait. It is given back as they are received, all
/// but 64 KiB. Take it only where something else limits the number of messages.
///
/// # Blocking
/// Neither parks nor blocks.
///
/// ```
/// use greensync::unbounded;
///
/// let (sender, receiver) = unbounded();
/// for number in 1..=1000 {
///     sender.send(number)?; // never waits
/// }
/// drop(sender);
/// assert_eq!(receiver.iter().sum::<u32>(), 500_500);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "channel")]
#[doc(alias = "mpsc")]
#[doc(alias = "mpmc")]
#[doc(alias = "unbounded_channel")]
#[doc(alias = "SimpleQueue")]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    halves(Channel::new(VecDeque::new(), usize::MAX))
}

/// A receiver that no message ever reaches and that stays open. It stands for an arm of a
/// [`select!`](crate::select!) that is switched off. Every two of the same type are
/// [the same channel](Receiver::same_channel).
///
/// # Blocking
/// Neither parks nor blocks.
///
/// ```
/// use greensync::{bounded, never, select};
///
/// let (sender, mut numbers) = bounded(4);
/// sender.send(7)?;
/// drop(sender);
/// loop {
///     select! {
///         recv(numbers) -> number => match number {
///             Ok(number) => assert_eq!(number, 7),
///             Err(_) => numbers = never(), // it has ended: it is not chosen again
///         },
///         default => break,
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn never<T>() -> Receiver<T> {
    Receiver::new(Arc::new(Channel::never()))
}

fn halves<T>(channel: Channel<T>) -> (Sender<T>, Receiver<T>) {
    let channel = Arc::new(channel);
    (Sender::new(channel.clone()), Receiver::new(channel))
}
