//! Why a task has no result.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::io;

use greenctx::Interrupted;
use greenstd::panics;
use greenstd::sync::{Arc, Mutex};

use crate::task::Ending;

/// Why a job has no result.
///
/// `E` is the error type of jobs submitted by `try_submit`; those submitted by `submit` cannot fail
/// otherwise than by a panic.
#[derive(Debug)]
#[non_exhaustive]
pub enum TaskError<E = Infallible> {
    /// The job panicked.
    Panicked(PanicPayload),
    /// The job returned an error.
    Failed(E),
    /// The job was cancelled before it started.
    Cancelled,
    /// The job could never start.
    Abandoned(AbandonReason),
    /// The *waiting* green thread was cancelled, or a [`deadline`](crate::deadline) around the wait has
    /// passed. The job goes on, and its result is lost.
    Interrupted,
}

/// Why a job could never start.
#[derive(Debug)]
#[non_exhaustive]
pub enum AbandonReason {
    /// There was no stack for it, nor any worker that might have taken it later.
    NoStack(io::Error),
    /// The executor is broken: an initializer failed, with this message.
    Broken(Arc<String>),
    /// This process is a fork: the carriers have stayed behind in its parent.
    Forked,
}

/// What a panic carried.
pub struct PanicPayload {
    // Boxed, so that the results of jobs that do not panic stay small.
    inner: Box<Panic>,
}

struct Panic {
    message: Option<Box<str>>,
    // Behind a lock that nobody takes, so that errors can be shared between threads.
    payload: Mutex<Box<dyn Any + Send>>,
}

/// Why a wait has ended without what it was for. The job is not affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitError {
    /// The time was over: the wait's own, or that of a [`deadline`](crate::deadline) around it.
    TimedOut,
    /// The waiting green thread was cancelled.
    Interrupted,
    /// The result was taken before.
    Taken,
    /// This process is a fork: the job has stayed behind in its parent.
    Forked,
}

impl<E> TaskError<E> {
    /// Whether the job panicked.
    pub fn is_panicked(&self) -> bool {
        matches!(self, TaskError::Panicked(_))
    }

    /// Whether the job returned an error.
    pub fn is_failed(&self) -> bool {
        matches!(self, TaskError::Failed(_))
    }

    /// Whether the job was cancelled before it started.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, TaskError::Cancelled)
    }

    /// Whether the job could never start.
    pub fn is_abandoned(&self) -> bool {
        matches!(self, TaskError::Abandoned(_))
    }

    /// What a wait for a job without a time limit has ended by.
    pub(crate) fn of_wait(error: WaitError) -> Self {
        match error {
            WaitError::Forked => TaskError::Abandoned(AbandonReason::Forked),
            WaitError::Interrupted | WaitError::TimedOut | WaitError::Taken => {
                TaskError::Interrupted
            }
        }
    }

    /// Whether it is not the job's error but the wait's: the next wait would end so too.
    pub(crate) fn is_of_the_wait(&self) -> bool {
        matches!(self, TaskError::Interrupted | TaskError::Abandoned(AbandonReason::Forked))
    }

    /// The error that the job returned, if it did.
    pub fn into_failure(self) -> Option<E> {
        match self {
            TaskError::Failed(error) => Some(error),
            _ => None,
        }
    }
}

impl TaskError<Infallible> {
    /// The same for jobs that may fail.
    pub(crate) fn widen<E>(self) -> TaskError<E> {
        match self {
            TaskError::Panicked(payload) => TaskError::Panicked(payload),
            TaskError::Failed(never) => match never {},
            TaskError::Cancelled => TaskError::Cancelled,
            TaskError::Abandoned(reason) => TaskError::Abandoned(reason),
            TaskError::Interrupted => TaskError::Interrupted,
        }
    }

    pub(crate) fn ending(&self) -> Ending {
        match self {
            TaskError::Cancelled => Ending::Cancelled,
            TaskError::Panicked(_) => Ending::Panicked,
            _ => Ending::Abandoned,
        }
    }
}

impl PanicPayload {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = panics::message(&*payload).map(Into::into);
        PanicPayload { inner: Box::new(Panic { message, payload: Mutex::new(payload) }) }
    }

    /// The message of the panic, if it has one, as those of `panic!` and the assertions do.
    pub fn message(&self) -> Option<&str> {
        self.inner.message.as_deref()
    }

    /// The payload itself: for [`std::panic::resume_unwind`].
    pub fn into_inner(self) -> Box<dyn Any + Send> {
        self.inner.payload.into_inner()
    }
}

impl fmt::Debug for PanicPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PanicPayload").field(&self.message()).finish()
    }
}

impl<E: fmt::Display> fmt::Display for TaskError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskError::Panicked(payload) => match payload.message() {
                Some(message) => write!(f, "the job panicked: {message}"),
                None => f.write_str("the job panicked"),
            },
            TaskError::Failed(error) => write!(f, "the job failed: {error}"),
            TaskError::Cancelled => f.write_str("the job was cancelled before it started"),
            TaskError::Abandoned(reason) => write!(f, "the job was abandoned: {reason}"),
            TaskError::Interrupted => f.write_str(
                "the wait for the job was interrupted: the waiting job was cancelled, or its \
                     deadline has passed",
            ),
        }
    }
}

impl<E: Error + 'static> Error for TaskError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TaskError::Failed(error) => Some(error),
            TaskError::Abandoned(reason) => Some(reason),
            TaskError::Panicked(_) | TaskError::Cancelled | TaskError::Interrupted => None,
        }
    }
}

impl fmt::Display for AbandonReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AbandonReason::NoStack(error) => write!(f, "no stack to run it on: {error}"),
            AbandonReason::Broken(message) => write!(f, "the executor is broken: {message}"),
            AbandonReason::Forked => {
                f.write_str("this process was forked; the executor runs in its parent")
            }
        }
    }
}

impl Error for AbandonReason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            AbandonReason::NoStack(error) => Some(error),
            AbandonReason::Broken(_) | AbandonReason::Forked => None,
        }
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitError::TimedOut => "the time was over before the job had ended",
            WaitError::Interrupted => "the wait was interrupted: the waiting job was cancelled",
            WaitError::Taken => "the result was taken before",
            WaitError::Forked => "this process was forked; the job runs in its parent",
        })
    }
}

impl Error for WaitError {}

impl From<Interrupted> for WaitError {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted.is_timed_out() {
            true => WaitError::TimedOut,
            false => WaitError::Interrupted,
        }
    }
}

impl From<WaitError> for io::Error {
    fn from(error: WaitError) -> Self {
        let kind = match error {
            WaitError::TimedOut => io::ErrorKind::TimedOut,
            // Not `io::ErrorKind::Interrupted`, after which `std` would try again for ever.
            WaitError::Interrupted => io::ErrorKind::Other,
            WaitError::Taken | WaitError::Forked => io::ErrorKind::InvalidInput,
        };
        io::Error::new(kind, error)
    }
}
