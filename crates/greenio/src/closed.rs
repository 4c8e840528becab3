//! The error of operations on a socket that was closed while others use it.

use std::error::Error;
use std::fmt;
use std::io;

/// The socket was closed by its `close`: the inner error of the [`io::Error`] (of the kind
/// [`NotConnected`](io::ErrorKind::NotConnected)) that every wait and every operation on it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {}

impl Closed {
    /// Whether `error` says that a socket was closed.
    pub fn is_in(error: &io::Error) -> bool {
        matches!(error.get_ref(), Some(inner) if inner.is::<Closed>())
    }

    #[cold]
    pub(crate) fn error() -> io::Error {
        io::Error::new(io::ErrorKind::NotConnected, Closed {})
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the socket was closed by close(), perhaps on another thread")
    }
}

impl Error for Closed {}
