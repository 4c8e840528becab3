//! What ends the program early. A broken link does not.

use std::fmt;
use std::io;
use std::path::PathBuf;

use executor::BuildError;
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
    /// The directory cannot be served.
    Serve(io::Error),
    /// The report cannot be written.
    Output(io::Error),
    /// The trace cannot be written.
    Trace(PathBuf, io::Error),
}

impl Error {
    /// Whether the reader of the report has gone away.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Directory(path, error) => write!(f, "{}: {error}", path.display()),
            Error::NotADirectory(path) => {
                let path = path.display();
                write!(f, "{path}: not a directory; give one that holds pages, or an http address")
            }
            Error::Build(error) => error.fmt(f),
            Error::Inspect(error) => error.fmt(f),
            Error::Serve(error) => write!(f, "cannot serve the directory: {error}"),
            Error::Trace(path, error) => {
                write!(f, "cannot write the trace to {}: {error}", path.display())
            }
            Error::Output(error) => write!(f, "cannot write the report to stdout: {error}"),
        }
    }
}

impl std::error::Error for Error {}
