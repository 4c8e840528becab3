//! Why a closure was not run, with the closure.

use std::error::Error;
use std::fmt;
use std::io;

use greenctx::Interrupted;
use greenstd::sync::Arc;

/// A closure that was not run elsewhere, or whose result nobody waits for any more.
///
/// It gives the closure back, unless that has started. Converts into an [`io::Error`], so that `?` does
/// in functions of that kind.
pub struct OffloadError<F> {
    why: Why,
    closure: Option<F>,
}

/// Why a closure was not run, or not waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OffloadErrorKind {
    /// All threads are busy, and as many closures wait as may.
    Full,
    /// The pool was shut down.
    ShutDown,
    /// The pool has no thread, and the operating system did not give it one.
    NoThread,
    /// The waiting green thread was cancelled, or a [`deadline`](greenctx::deadline) around the wait has
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
        OffloadError { why, closure }
    }

    /// Why it was not run, or not waited for.
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
    pub fn is_full(&self) -> bool {
        self.kind() == OffloadErrorKind::Full
    }

    /// How the wait was interrupted, if it was.
    pub fn interrupted(&self) -> Option<Interrupted> {
        match self.why {
            Why::Interrupted(interrupted) => Some(interrupted),
            _ => None,
        }
    }

    /// The closure as it was given. `None` if it has started, which it can have only if the wait for it
    /// was interrupted.
    pub fn into_inner(self) -> Option<F> {
        self.closure
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
        io::Error::new(kind, OffloadError::<()>::new(error.why, None))
    }
}
