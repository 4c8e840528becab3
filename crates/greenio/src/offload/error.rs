//! Why a closure was not run, with the closure.

use std::error::Error;
use std::fmt;
use std::io;

use greenctx::Interrupted;
use greenstd::sync::{Arc, Mutex};

/// A closure that was not run elsewhere, or whose result nobody waits for any more.
///
/// It gives the closure back, unless that has started. `?` passes it on as an [`io::Error`], a
/// `Box<dyn Error + Send + Sync>`, or an error of `anyhow` or `eyre`, whatever the closure has captured. In all of
/// these but the first the closure goes along with the error; [`without_closure`](Self::without_closure)
/// leaves it behind.
///
/// ```
/// use greenio::{Offload, OffloadErrorKind};
///
/// let offload = Offload::builder().threads(1).build()?;
/// offload.shutdown()?;
/// let error = offload.run(|| 6 * 7).unwrap_err();
/// assert_eq!(error.kind(), OffloadErrorKind::ShutDown);
/// let closure = error.into_inner().ok_or("it has not started")?;
/// assert_eq!(closure(), 42); // so it runs here
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct OffloadError<F> {
    why: Why,
    // Behind a lock that nobody takes, so that the error can be shared between threads although the closure
    // cannot.
    closure: Option<Mutex<F>>,
}

/// Why a closure was not run, or not waited for.
///
/// ```
/// use greenio::{Offload, OffloadErrorKind};
/// use std::{sync::mpsc, thread};
///
/// let offload = Offload::builder().threads(1).max_backlog(0).build()?;
/// let (begin, begun) = mpsc::channel();
/// let (end, ended) = mpsc::channel::<()>();
/// thread::scope(|scope| {
///     scope.spawn(|| offload.run(move || (begin.send(()), ended.recv())));
///     begun.recv()?; // now the one thread is busy
///     let error = offload.run(|| 6 * 7).unwrap_err();
///     assert_eq!(error.kind(), OffloadErrorKind::Full); // try later, or run it here
///     drop(end);
///     Ok::<(), mpsc::RecvError>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OffloadErrorKind {
    /// All threads are busy, and as many closures wait as may.
    Full,
    /// The pool was shut down.
    ShutDown,
    /// The pool has no thread, and the operating system did not give it one.
    NoThread,
    /// The waiting green thread was cancelled, or a [deadline](greenctx::with_timeout) around the wait has
    /// passed.
    Interrupted,
    /// This process is a fork: the pool's threads, or the carrier of the caller, have stayed behind in its
    /// parent.
    Forked,
}

#[derive(Clone)]
pub(super) enum Why {
    Full { threads: usize, max_backlog: usize },
    ShutDown,
    NoThread(Arc<io::Error>),
    Interrupted(Interrupted),
    Forked,
}

impl<F> OffloadError<F> {
    pub(super) fn new(why: Why, closure: Option<F>) -> Self {
        OffloadError { why, closure: closure.map(Mutex::new) }
    }

    /// Why it was not run, or not waited for.
    ///
    /// ```
    /// use greenio::{Offload, OffloadErrorKind};
    ///
    /// let offload = Offload::builder().build()?;
    /// offload.shutdown()?;
    /// assert_eq!(offload.run(|| ()).unwrap_err().kind(), OffloadErrorKind::ShutDown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn kind(&self) -> OffloadErrorKind {
        match self.why {
            Why::Full { .. } => OffloadErrorKind::Full,
            Why::ShutDown => OffloadErrorKind::ShutDown,
            Why::NoThread(_) => OffloadErrorKind::NoThread,
            Why::Interrupted(_) => OffloadErrorKind::Interrupted,
            Why::Forked => OffloadErrorKind::Forked,
        }
    }

    /// Whether the pool was full: the same closure may be accepted later.
    ///
    /// ```
    /// use greenio::Offload;
    /// use std::{sync::mpsc, thread};
    ///
    /// let offload = Offload::builder().threads(1).max_backlog(0).build()?;
    /// let (begin, begun) = mpsc::channel();
    /// let (end, ended) = mpsc::channel::<()>();
    /// thread::scope(|scope| {
    ///     scope.spawn(|| offload.run(move || (begin.send(()), ended.recv())));
    ///     begun.recv()?; // now the one thread is busy
    ///     let error = offload.run(|| 6 * 7).unwrap_err();
    ///     assert!(error.is_full()); // later there may be room
    ///     drop(end);
    ///     Ok::<(), mpsc::RecvError>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_full(&self) -> bool {
        self.kind() == OffloadErrorKind::Full
    }

    /// How the wait was interrupted, if it was.
    ///
    /// ```
    /// use greenio::{Interrupted, Offload, with_timeout};
    /// use std::sync::mpsc;
    /// use std::time::Duration;
    ///
    /// let offload = Offload::builder().build()?;
    /// let (end, ended) = mpsc::channel::<()>();
    /// let limit = Duration::from_millis(2);
    /// let error = with_timeout(limit, || offload.run(move || ended.recv())).unwrap_err();
    /// let interrupted: Option<Interrupted> = error.interrupted();
    /// assert!(interrupted.is_some()); // by the deadline
    /// drop(end);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn interrupted(&self) -> Option<Interrupted> {
        match self.why {
            Why::Interrupted(interrupted) => Some(interrupted),
            _ => None,
        }
    }

    /// The closure as it was given. `None` if it has started, which it can have only if the wait for it
    /// was interrupted.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// let offload = Offload::builder().build()?;
    /// offload.shutdown()?;
    /// let error = offload.run(|| 6 * 7).unwrap_err();
    /// let closure = error.into_inner().ok_or("it has not started")?;
    /// assert_eq!(closure(), 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_inner(self) -> Option<F> {
        self.closure.map(Mutex::into_inner)
    }

    /// The same without the closure, which is dropped.
    ///
    /// ```
    /// use greenio::{Offload, OffloadError};
    ///
    /// /// The error can be kept, whatever the closure holds.
    /// fn answer(offload: &Offload) -> Result<u32, OffloadError<()>> {
    ///     offload.run(|| 6 * 7).map_err(OffloadError::without_closure)
    /// }
    ///
    /// let offload = Offload::builder().build()?;
    /// assert_eq!(answer(&offload)?, 42);
    /// offload.shutdown()?;
    /// assert!(answer(&offload).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn without_closure(self) -> OffloadError<()> {
        OffloadError { why: self.why, closure: None }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Full { threads, max_backlog } => write!(
                f,
                "the offload pool is full: {threads} closures run and {max_backlog} wait, as many as may; \
                 try again later, or allow more by Offload::builder() and Offload::install_default"
            ),
            Why::ShutDown => {
                f.write_str("the offload pool was shut down and accepts no more closures")
            }
            Why::NoThread(error) => {
                write!(f, "the offload pool has no thread, and could not start one: {error}")
            }
            Why::Interrupted(interrupted) => interrupted.fmt(f),
            Why::Forked => f.write_str(
                "this process was forked; the threads of the offload pool, or the carrier of the caller, run \
                 in its parent",
            ),
        }
    }
}

impl<F> fmt::Display for OffloadError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why.fmt(f)
    }
}

impl<F> fmt::Debug for OffloadError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OffloadError")
            .field("kind", &self.kind())
            .field("holds_closure", &self.closure.is_some())
            .finish()
    }
}

impl<F> Error for OffloadError<F> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.why {
            Why::NoThread(error) => Some(&**error),
            _ => None,
        }
    }
}

/// A full pool becomes [`QuotaExceeded`](io::ErrorKind::QuotaExceeded): not
/// [`WouldBlock`](io::ErrorKind::WouldBlock), after which code that is written for non-blocking sockets
/// would wait for a readiness that never comes. An interrupted wait becomes what [`Interrupted`] becomes.
impl<F> From<OffloadError<F>> for io::Error {
    fn from(error: OffloadError<F>) -> Self {
        let kind = match &error.why {
            Why::Full { .. } => io::ErrorKind::QuotaExceeded,
            Why::Interrupted(interrupted) => return (*interrupted).into(),
            Why::ShutDown | Why::NoThread(_) | Why::Forked => io::ErrorKind::Other,
        };
        io::Error::new(kind, error.without_closure())
    }
}
