//! Why the program could not do its work.

use std::fmt;
use std::io;

use executor::BuildError;
use programs::inspecting;

/// Why the program could not do its work.
#[derive(Debug)]
pub(crate) enum Error {
    /// The executor cannot be built from these arguments.
    Build(BuildError),
    /// The page about it cannot be served.
    Inspect(inspecting::Error),
    /// No certificate could be made.
    Certificate(rcgen::Error),
    /// TLS cannot work with it.
    Tls(rustls::Error),
    /// There is no port to listen at.
    Listen(io::Error),
    /// Something was not fetched, for this reason.
    Fetch(String),
    /// So many pages were not fetched; and why the first of them was not.
    Pages(usize, String),
    /// The body cannot be written.
    Output(io::Error),
    /// ctrl-c came before the work was done.
    Interrupted,
}

impl Error {
    /// Whether the reader of the body has gone away.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Build(error) => error.fmt(f),
            Error::Inspect(error) => error.fmt(f),
            Error::Certificate(error) => write!(f, "cannot make a certificate: {error}"),
            Error::Tls(error) => write!(f, "no TLS: {error}"),
            Error::Listen(error) => write!(f, "cannot listen: {error}"),
            Error::Fetch(reason) => f.write_str(reason),
            Error::Pages(count, first) => write!(f, "{count} pages failed; one: {first}"),
            Error::Output(error) => write!(f, "cannot write the body to stdout: {error}"),
            Error::Interrupted => write!(f, "interrupted"),
        }
    }
}

impl std::error::Error for Error {}
