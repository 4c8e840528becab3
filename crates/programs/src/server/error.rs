//! What keeps a server from running, or ends it early.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use executor::{BuildError, Refusal};

use crate::inspecting;

/// Why a server could not do its work.
#[derive(Debug)]
pub enum Error {
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
    /// The executor cannot be built from these options.
    Build(BuildError),
    /// The executor has no room for the server's own jobs.
    NoRoom(Refusal),
    /// The page about it cannot be served.
    Inspect(inspecting::Error),
    /// Ctrl-c cannot be waited for.
    Signal(io::Error),
    /// The connections did not end in the time that they were given after ctrl-c.
    Unfinished {
        /// What they were given.
        grace: Duration,
        /// How many were left.
        connections: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Listen(address, error) if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "cannot listen on {address}: it is in use; give another by --addr")
            }
            Error::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Error::Build(error) => error.fmt(f),
            Error::NoRoom(reason) => {
                write!(f, "the server's own jobs were refused ({reason}); raise --max-connections")
            }
            Error::Inspect(error) => error.fmt(f),
            Error::Signal(error) => write!(f, "cannot wait for ctrl-c: {error}"),
            Error::Unfinished { grace, connections } => write!(
                f,
                "connections that were cut off, as they had not ended {:.1} s after ctrl-c: \
                 {connections}",
                grace.as_secs_f64()
            ),
        }
    }
}

impl std::error::Error for Error {}
