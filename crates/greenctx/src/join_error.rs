//! Why a join has no result.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;

use greenstd::panics::{self, Payload};
use greenstd::sync::Mutex;

use crate::interrupt::Interrupted;

/// Why [`JoinHandle::join`](crate::JoinHandle::join) has no result.
///
/// It goes through `?` in functions that return `io::Result`, `anyhow::Result`, or a boxed error.
///
/// ```
/// use greenctx::{Carrier, JoinError, spawn};
///
/// Carrier::new()?.run(|| match spawn(|| panic!("no luck")).join() {
///     // Handle it, or pass it on by std::panic::resume_unwind(panic.into_inner()).
///     Err(JoinError::Panicked(panic)) => assert_eq!(panic.message(), Some("no luck")),
///     Err(JoinError::Interrupted(interrupted)) => println!("the wait was given up: {interrupted}"),
///     Ok(()) => unreachable!("it panics"),
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub enum JoinError {
    /// The thread panicked.
    Panicked(ThreadPanic),
    /// The wait was given up: the waiting thread was cancelled, or a deadline around the wait has passed. The
    /// other thread goes on unattended.
    Interrupted(Interrupted),
}

/// The panic of a green thread: its message, and the value that it was raised with.
///
/// ```
/// use greenctx::{Carrier, JoinError, spawn};
/// use std::panic::panic_any;
///
/// let error = Carrier::new()?.run(|| spawn(|| panic_any(42_u32)).join().unwrap_err())?;
/// let JoinError::Panicked(panic) = error else { unreachable!("it panics") };
/// assert_eq!(panic.message(), None); // it has none
/// assert_eq!(panic.into_inner().downcast_ref(), Some(&42_u32));
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub struct ThreadPanic {
    // Behind a lock that nobody takes, so that the error can be shared between threads, as `?` often demands.
    // Boxed, so that the results of threads that do not panic stay small.
    inner: Box<(Option<Box<str>>, Mutex<Payload>)>,
}

impl ThreadPanic {
    pub(crate) fn new(payload: Payload) -> Self {
        let message = panics::message(&*payload).map(Into::into);
        ThreadPanic { inner: Box::new((message, Mutex::new(payload))) }
    }

    /// The message of the panic, if it has one, as those of `panic!` and the assertions do.
    ///
    /// ```
    /// use greenctx::{Carrier, JoinError, spawn};
    ///
    /// let joined = Carrier::new()?.run(|| spawn(|| panic!("image {} is missing", 7)).join())?;
    /// let Err(JoinError::Panicked(panic)) = joined.map(drop) else { unreachable!("it panics") };
    /// assert_eq!(panic.message(), Some("image 7 is missing"));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn message(&self) -> Option<&str> {
        self.inner.0.as_deref()
    }

    /// What the panic was raised with, for [`std::panic::resume_unwind`] say.
    ///
    /// ```
    /// use greenctx::{Carrier, JoinError, spawn};
    ///
    /// let joined = Carrier::new()?.run(|| spawn(|| panic!("no luck")).join())?;
    /// let Err(JoinError::Panicked(panic)) = joined.map(drop) else { unreachable!("it panics") };
    /// assert_eq!(panic.into_inner().downcast_ref(), Some(&"no luck"));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn into_inner(self) -> Box<dyn Any + Send> {
        self.inner.1.into_inner()
    }
}

impl fmt::Debug for ThreadPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPanic").field("message", &self.message()).finish_non_exhaustive()
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked(panic) => {
                f.debug_tuple("Panicked").field(&panic.message()).finish()
            }
            JoinError::Interrupted(interrupted) => {
                f.debug_tuple("Interrupted").field(interrupted).finish()
            }
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked(panic) => match panic.message() {
                Some(text) => write!(f, "the green thread panicked: {text}"),
                None => f.write_str("the green thread panicked"),
            },
            JoinError::Interrupted(interrupted) => interrupted.fmt(f),
        }
    }
}

impl Error for JoinError {}

/// A wait that was given up as its [`Interrupted`] says. A panic is an error of another kind.
impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Interrupted(interrupted) => interrupted.into(),
            JoinError::Panicked(_) => io::Error::other(error),
        }
    }
}
