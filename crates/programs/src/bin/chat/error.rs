//! What ends the program early. A connection that fails does not.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use executor::BuildError;
use programs::inspecting;

/// Why the program could not do its work.
#[derive(Debug)]
pub(crate) enum Error {
    /// The executor cannot be built from these arguments.
    Build(BuildError),
    /// The page about it cannot be served.
    Inspect(inspecting::Error),
    /// The address cannot be listened at.
    Listen(SocketAddr, io::Error),
    /// So many of the clients were not served; and why the first of them was not.
    Clients(usize, String),
    /// ctrl-c came before the clients were done.
    Interrupted,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Build(error) => error.fmt(f),
            Error::Inspect(error) => error.fmt(f),
            Error::Listen(address, error) => write!(f, "cannot listen at {address}: {error}"),
            Error::Clients(count, first) => write!(f, "{count} clients failed; one: {first}"),
            Error::Interrupted => write!(f, "interrupted"),
        }
    }
}

impl std::error::Error for Error {}
