//! A channel for one message: the answer for which a thread or a task waits.
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
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use greenctx::Waiting;
use greenstd::sync::Arc;
use greenstd::time::{self, Instant};

use crate::channel::{RecvError, RecvTimeoutError, TryRecvError};
use crate::giving_way::{begin_interruptible_operation, begin_operation};
use crate::monitor::{Entry, Monitor, Waited};

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

/// Sends the one message; made by [`oneshot`]. If it is dropped without that, the receiver gets an error.
///
/// ```
/// use greensync::{RecvError, oneshot};
///
/// let (sender, receiver) = oneshot::<u32>();
/// drop(sender); // as when its thread panics
/// assert_eq!(receiver.recv(), Err(RecvError::Disconnected));
/// ```
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// Receives the one message; made by [`oneshot`]. It is also a future.
///
/// ```
/// use greensync::oneshot;
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
///
/// let (sender, receiver) = oneshot();
/// assert_eq!(sender.send("hello"), Ok(()));
/// // In async code: `receiver.await`.
/// let polled = Future::poll(pin!(receiver), &mut Context::from_waker(Waker::noop()));
/// assert_eq!(polled, Poll::Ready(Ok("hello")));
/// ```
#[doc(alias = "Future")]
#[doc(alias = "await")]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
}

/// A channel for one message. The halves cannot be cloned, and sending never waits.
///
/// Take it for an answer. For several messages take [`bounded`](crate::bounded), for a value that many threads
/// wait for a [`OnceCell`](crate::OnceCell).
///
/// # Blocking
/// Neither parks nor blocks.
///
/// ```
/// use greensync::{oneshot, unbounded};
///
/// struct Square(u32, oneshot::Sender<u32>);
///
/// let (requests, incoming) = unbounded();
/// std::thread::spawn(move || {
///     for Square(number, answer) in incoming {
///         let _ = answer.send(number * number); // fails if nobody wants it any more
///     }
/// });
///
/// let (answer, answered) = oneshot();
/// requests.send(Square(7, answer))?;
/// assert_eq!(answered.recv(), Ok(49));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "promise")]
#[doc(alias = "channel")]
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let state = State { message: None, is_closed: false, waker: None };
    let shared = Arc::new(Monitor::new(state));
    (Sender { shared: shared.clone() }, Receiver { shared })
}

impl<T> Sender<T> {
    /// Sends the message. It never waits: the receiver takes the message when it likes.
    ///
    /// # Errors
    /// With the message, if the receiver is gone or has closed the channel.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::oneshot;
    ///
    /// let (sender, receiver) = oneshot();
    /// drop(receiver);
    /// assert_eq!(sender.send("too late"), Err("too late"));
    /// ```
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

    /// Whether the receiver is gone or wants the message no more.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::oneshot;
    ///
    /// let (sender, receiver) = oneshot::<u32>();
    /// assert!(!sender.is_closed());
    /// receiver.close();
    /// assert!(sender.is_closed()); // the work need not be done
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.enter(|inside| inside.state.is_closed)
    }
}

impl<T> Receiver<T> {
    /// Waits for the message.
    ///
    /// # Errors
    /// [`RecvError::Disconnected`] if the sender is gone without having sent, or the message has been received.
    /// [`RecvError::Interrupted`] if the green thread is cancelled or the deadline of a scope
    /// passes. After that the message can still be waited for.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::oneshot;
    ///
    /// let (sender, receiver) = oneshot();
    /// std::thread::spawn(move || sender.send(42));
    /// assert_eq!(receiver.recv(), Ok(42));
    /// ```
    #[track_caller]
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
    ///
    /// ```
    /// use greensync::{RecvTimeoutError, oneshot};
    /// use std::time::Duration;
    ///
    /// let (sender, receiver) = oneshot();
    /// let limit = Duration::from_millis(1);
    /// assert_eq!(receiver.recv_timeout(limit), Err(RecvTimeoutError::Timeout));
    /// assert_eq!(sender.send(42), Ok(()));
    /// assert_eq!(receiver.recv_timeout(limit), Ok(42)); // it can still be waited for
    /// ```
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.receive(time::after(timeout))
    }

    /// As [`recv`](Self::recv), but waits until `deadline` at the latest.
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
    /// use greensync::oneshot;
    /// use std::time::{Duration, Instant};
    ///
    /// let (halves, answers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot()).unzip();
    /// for (number, half) in halves.into_iter().enumerate() {
    ///     half.send(number).map_err(|_| "the receiver is gone")?;
    /// }
    /// let end = Instant::now() + Duration::from_secs(1); // for all answers together
    /// for (number, answer) in answers.iter().enumerate() {
    ///     assert_eq!(answer.recv_deadline(end), Ok(number));
    /// }
    /// # Ok::<(), &str>(())
    /// ```
    #[track_caller]
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.receive(Some(deadline))
    }

    /// The message, if it is there.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if it may still come, else [`TryRecvError::Disconnected`].
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    ///
    /// ```
    /// use greensync::{TryRecvError, oneshot};
    ///
    /// let (sender, receiver) = oneshot();
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// assert_eq!(sender.send(42), Ok(()));
    /// assert_eq!(receiver.try_recv(), Ok(42));
    /// ```
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        begin_operation();
        let (message, is_closed) =
            self.shared.enter(|inside| (inside.state.message.take(), inside.state.is_closed));
        message.ok_or(if is_closed { TryRecvError::Disconnected } else { TryRecvError::Empty })
    }

    /// Refuses the message if it has not been sent yet. A message that has been sent can still be received.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::oneshot;
    ///
    /// let (sender, receiver) = oneshot();
    /// receiver.close();
    /// assert_eq!(sender.send(42), Err(42));
    /// ```
    pub fn close(&self) {
        let waker = self.shared.enter(|inside| {
            inside.state.is_closed = true;
            inside.take_all(RECEIVER);
            inside.state.waker.take()
        });
        wake(waker);
    }

    /// Whether the sender can send no more: it has sent, or it is gone, or the channel was closed.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::oneshot;
    ///
    /// let (sender, receiver) = oneshot();
    /// assert!(!receiver.is_closed());
    /// assert_eq!(sender.send(42), Ok(()));
    /// assert!(receiver.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.enter(|inside| inside.state.is_closed)
    }

    #[track_caller]
    fn receive(&self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        begin_interruptible_operation().map_err(RecvTimeoutError::Interrupted)?;
        let what = Waiting::on("oneshot").at(Location::caller());
        let waited = self.shared.wait(what, deadline, |inside| match inside.state.message.take() {
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

/// Never [`RecvError::Interrupted`]: only threads are interrupted, and a task that polls is none.
impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Cloning and dropping a waker runs foreign code: not under the lock.
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

/// Without the lock: a waker runs foreign code.
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
