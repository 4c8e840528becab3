//! Accepting when the process, or the system, has run out of something.

use std::io;
use std::time::Duration;

use rustix::io::Errno;

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Whom a failed accept concerns.
///
/// ```
/// use greenio::net::AcceptFailure;
/// use std::io::Error;
///
/// let no_descriptors = Error::from_raw_os_error(24); // EMFILE
/// assert_eq!(AcceptFailure::of(&no_descriptors), AcceptFailure::Exhausted);
/// let aborted = Error::from_raw_os_error(103); // ECONNABORTED
/// assert_eq!(AcceptFailure::of(&aborted), AcceptFailure::Connection);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcceptFailure {
    /// The one connection, which has gone: go on with the next at once.
    Connection,
    /// Descriptors or memory have run out. The connection keeps waiting, so going on at once would fail
    /// again, for ever: pause, that others may end.
    Exhausted,
    /// The listener: it was closed, or cannot accept at all, or the wait was interrupted. Give up.
    Listener,
}

impl AcceptFailure {
    /// Tells by the error of an accept.
    ///
    /// ```
    /// use greenio::net::{AcceptFailure, TcpListener};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// listener.close();
    /// let error = listener.accept().unwrap_err();
    /// assert_eq!(AcceptFailure::of(&error), AcceptFailure::Listener);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(error: &io::Error) -> Self {
        match Errno::from_io_error(error) {
            Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                AcceptFailure::Exhausted
            }
            // The last line: errors of the network that were pending on the new connection.
            Some(
                Errno::CONNABORTED
                | Errno::CONNRESET
                | Errno::INTR
                | Errno::PERM
                | Errno::PROTO
                | Errno::NETDOWN
                | Errno::NOPROTOOPT
                | Errno::HOSTDOWN
                | Errno::NONET
                | Errno::HOSTUNREACH
                | Errno::NETUNREACH,
            ) => AcceptFailure::Connection,
            _ => AcceptFailure::Listener,
        }
    }
}

/// Paces an accept loop through failures: each that says *exhausted* doubles the pause, from 5 ms to 1 s, and
/// a success makes it short again.
///
/// ```
/// use greenio::net::{AcceptBackoff, TcpListener, TcpStream};
///
/// fn serve(listener: &TcpListener, handle: impl Fn(TcpStream)) -> std::io::Result<()> {
///     let mut backoff = AcceptBackoff::new();
///     loop {
///         match listener.accept() {
///             Ok((stream, _)) => {
///                 backoff.succeeded();
///                 handle(stream);
///             }
///             Err(error) => {
///                 eprintln!("cannot accept: {error}");
///                 backoff.failed(error)?; // pauses, or gives the error back if nothing helps
///             }
///         }
///     }
/// }
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// listener.close(); // mostly by another thread, when the program ends
/// assert!(serve(&listener, drop).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AcceptBackoff {
    next_pause: Duration,
}

impl Default for AcceptBackoff {
    fn default() -> Self {
        Self::new()
    }
}

impl AcceptBackoff {
    /// Nothing has failed yet.
    ///
    /// ```
    /// use greenio::net::AcceptBackoff;
    ///
    /// let mut backoff = AcceptBackoff::new(); // one for each accept loop
    /// backoff.succeeded();
    /// ```
    pub fn new() -> Self {
        AcceptBackoff { next_pause: FIRST_PAUSE }
    }

    /// A connection was accepted.
    ///
    /// ```
    /// use greenio::net::AcceptBackoff;
    /// use std::io::Error;
    ///
    /// let mut backoff = AcceptBackoff::new();
    /// backoff.failed(Error::from_raw_os_error(24))?; // EMFILE: pauses for 5 ms
    /// backoff.succeeded(); // the next pause is one of 5 ms again, and not of 10
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn succeeded(&mut self) {
        self.next_pause = FIRST_PAUSE;
    }

    /// An accept has failed with `error`: pauses if that helps.
    ///
    /// ```
    /// use greenio::net::AcceptBackoff;
    /// use std::io::{Error, ErrorKind};
    ///
    /// let mut backoff = AcceptBackoff::new();
    /// backoff.failed(Error::from_raw_os_error(103))?; // ECONNABORTED: no pause
    /// backoff.failed(Error::from_raw_os_error(24))?; // EMFILE: a pause of 5 ms
    /// let fatal = backoff.failed(ErrorKind::InvalidInput.into());
    /// assert!(fatal.is_err()); // the listener cannot accept: leave the loop
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// With `error`, if it concerns the [listener](AcceptFailure::Listener); if the pause is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, for the pause.
    pub fn failed(&mut self, error: io::Error) -> io::Result<()> {
        match AcceptFailure::of(&error) {
            AcceptFailure::Connection => Ok(()),
            AcceptFailure::Exhausted => {
                let pause = self.next_pause;
                self.next_pause = (pause * 2).min(LONGEST_PAUSE);
                Ok(greenctx::sleep(pause)?)
            }
            AcceptFailure::Listener => Err(error),
        }
    }
}
