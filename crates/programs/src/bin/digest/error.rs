//! What ends the program early. A file that cannot be read does not.

use std::fmt;
use std::io;
use std::path::PathBuf;

use executor::{BuildError, Refusal};
use programs::inspecting;

/// Why the program could not do its work.
#[derive(Debug)]
pub(crate) enum Error {
    /// The directory cannot be looked at.
    Directory(PathBuf, io::Error),
    /// What was given is something else.
    NotADirectory(PathBuf),
    /// The executor cannot be built from these arguments.
    Build(BuildError),
    /// The page about it cannot be served.
    Inspect(inspecting::Error),
    /// The executor takes no more jobs.
    Refused(Refusal),
    /// The hashes cannot be written.
    Output(io::Error),
}

impl Error {
    /// Whether the reader of the hashes has gone away.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Directory(path, error) => write!(f, "{}: {error}", path.display()),
            Error::NotADirectory(path) => {
                write!(f, "{}: not a directory; give one that holds files", path.display())
            }
            Error::Build(error) => error.fmt(f),
            Error::Inspect(error) => error.fmt(f),
            Error::Refused(reason) => reason.fmt(f),
            Error::Output(error) => write!(f, "cannot write the hashes to stdout: {error}"),
        }
    }
}

impl std::error::Error for Error {}
