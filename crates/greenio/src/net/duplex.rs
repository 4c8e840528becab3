//! Streams whose two directions end one after the other.

use std::io;
use std::net::Shutdown;

use super::{TcpStream, UnixStream};

/// A stream of which each direction can be ended by itself, and that several threads may use at once: what
/// [`copy_bidirectional`](crate::copy_bidirectional) copies between.
///
/// ```
/// use greenio::net::{Duplex, UnixStream};
/// use std::io::Read;
///
/// /// Tells the peer that nothing more comes. It may still answer.
/// fn say_goodbye(stream: &impl Duplex) -> std::io::Result<()> {
///     stream.end_writing()
/// }
///
/// let (one, mut other) = UnixStream::pair()?;
/// say_goodbye(&one)?;
/// assert_eq!(other.read(&mut [0; 8])?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Duplex: Send + Sync {
    /// Ends the writing direction: the peer reads the end of the stream.
    ///
    /// # Errors
    /// If the connection is not there any more.
    fn end_writing(&self) -> io::Result<()>;

    /// Ends all waits and all later operations with an error.
    fn close(&self);
}

impl Duplex for TcpStream {
    fn end_writing(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }

    fn close(&self) {
        TcpStream::close(self);
    }
}

impl Duplex for UnixStream {
    fn end_writing(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }

    fn close(&self) {
        UnixStream::close(self);
    }
}
