//! The error of operations on a socket that was closed while others use it.

use std::error::Error;
use std::fmt;
use std::io;

/// The socket was closed by its `close`: the inner error of the [`io::Error`] (of the kind
/// [`NotConnected`](io::ErrorKind::NotConnected)) that every wait and every operation on it returns.
///
/// ```
/// use greenio::Closed;
/// use greenio::net::UdpSocket;
///
/// let socket = UdpSocket::bind("127.0.0.1:0")?;
/// socket.close(); // by whoever shuts the program down
/// match socket.recv(&mut [0; 8]) {
///     Err(error) if Closed::is_in(&error) => {} // leave the loop: nothing has failed
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {}

impl Closed {
    /// Whether `error` says that a socket was closed.
    ///
    /// ```
    /// use greenio::Closed;
    /// use greenio::net::UdpSocket;
    /// use std::io::ErrorKind;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.close();
    /// assert!(Closed::is_in(&socket.recv(&mut [0; 8]).unwrap_err()));
    /// assert!(!Closed::is_in(&ErrorKind::NotConnected.into())); // the same kind, another cause
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
