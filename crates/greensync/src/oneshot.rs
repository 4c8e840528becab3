//! A channel for one message: an answer that somebody waits for.
//!
//! ```
//! use greensync::oneshot;
//!
//! let (answer, question) = oneshot();
//! std::thread::spawn(move || answer.send(6 * 7));
//! assert_eq!(question.recv(), Ok(42));
//! ```
//!
//! A [`Receiver`] is also a future, so the answer can be awaited in async code.

use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time::Instant;

use crate::channel::{RecvError, RecvTimeoutError, TryRecvError};
use crate::monitor::{Entry, Monitor, Waited, deadline_after};
use crate::share::{take_part, take_part_or_end};

/// The list of the receiver that waits.
const RECEIVER: usize = 0;

type Shared<T> = Monitor<State<T>, Option<T>>;

struct State<T> {
    message: Option<T>,
    /// Whether one of the halves is gone, or the receiver wants nothing any more.
    is_closed: bool,
    /// Of a task that polls the receiver.
    waker: Option<Waker>,
}

/// Sends the one message; see [`oneshot`].
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// Receives the one message; see [`oneshot`].
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
}

/// A channel for one message.
///
/// # Blocking
/// Neither parks nor blocks.
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let state = State { message: None, is_closed: false, waker: None };
    let shared = Arc::new(Monitor::new(state));
    (Sender { shared: shared.clone() }, Receiver { shared })
}

impl<T> Sender<T> {
    /// Sends the message. It never waits: the receiver takes it when it likes.
    ///
    /// # Errors
    /// With the message, if the receiver is gone or has closed the channel.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn send(self, message: T) -> Result<(), T> {
        let (unsent, waker) = self.shared.enter(|inside| {
            if inside.state.is_closed {
                return (Some(message), None);
            }
            inside.state.is_closed = true;
            match inside.take_first(RECEIVER) {
                Some(slot) => *slot = Some(message),
                None => inside.state.message = Some(message),
            }
            // Several threads may wait by one receiver: nothing more comes for the others.
            inside.take_all(RECEIVER);
            (None, inside.state.waker.take())
        });
        wake(waker);
        unsent.map_or(Ok(()), Err)
    }

    /// Whether nobody wants the message any more.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn is_closed(&self) -> bool {
        self.shared.enter(|inside| inside.state.is_closed)
    }
}

impl<T> Receiver<T> {
    /// Waits for the message.
    ///
    /// # Errors
    /// [`RecvError::Disconnected`] if the sender is gone without having sent, or the message has been
    /// received; [`RecvError::Interrupted`] if the green thread is cancelled or the deadline of a scope
    /// passes. After that the message can still be waited for.
    ///
    /// # Panics
    /// In [`greenctx::no_park`], if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.receive(None).map_err(RecvError::without_timeout)
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
        self.receive(deadline_after(timeout))
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
        self.receive(Some(deadline))
    }

    /// The message, if it is there.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if it may still come, else [`TryRecvError::Disconnected`].
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        take_part();
        let (message, is_closed) =
            self.shared.enter(|inside| (inside.state.message.take(), inside.state.is_closed));
        message.ok_or(if is_closed { TryRecvError::Disconnected } else { TryRecvError::Empty })
    }

    /// Refuses the message if it has not been sent yet; what has been sent can still be received.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn close(&self) {
        let waker = self.shared.enter(|inside| {
            inside.state.is_closed = true;
            inside.take_all(RECEIVER);
            inside.state.waker.take()
        });
        wake(waker);
    }

    /// Whether the sender can send no more: it has, or it is gone, or the channel was closed.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn is_closed(&self) -> bool {
        self.shared.enter(|inside| inside.state.is_closed)
    }

    fn receive(&self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        take_part_or_end().map_err(RecvTimeoutError::Interrupted)?;
        let waited = self.shared.wait(deadline, |inside| match inside.state.message.take() {
            Some(message) => Entry::Done(Some(message)),
            None if inside.state.is_closed => Entry::Done(None),
            None => Entry::Wait { list: RECEIVER, message: None },
        });
        match waited {
            Waited::Done(message) | Waited::Woken(message) => {
                message.ok_or(RecvTimeoutError::Disconnected)
            }
            Waited::TimedOut(_) => Err(RecvTimeoutError::Timeout),
            Waited::Interrupted(interrupted, _) => Err(RecvTimeoutError::Interrupted(interrupted)),
        }
    }
}

/// Never [`RecvError::Interrupted`]: a task that polls is not a thread that could be.
impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Cloning and dropping a waker is somebody else's code: not under the lock.
        let waker = context.waker().clone();
        let (polled, _unused) = self.shared.enter(|inside| {
            if let Some(message) = inside.state.message.take() {
                return (Poll::Ready(Ok(message)), Some(waker));
            }
            if inside.state.is_closed {
                return (Poll::Ready(Err(RecvError::Disconnected)), Some(waker));
            }
            (Poll::Pending, inside.state.waker.replace(waker))
        });
        polled
    }
}

/// Without the lock: a waker is somebody else's code.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = self.shared.enter(|inside| {
            inside.state.is_closed = true;
            inside.take_all(RECEIVER);
            inside.state.waker.take()
        });
        wake(waker);
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let (_unreceived, _waker) = self.shared.enter(|inside| {
            inside.state.is_closed = true;
            (inside.state.message.take(), inside.state.waker.take())
        });
    }
}

impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender { .. }")
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver { .. }")
    }
}
