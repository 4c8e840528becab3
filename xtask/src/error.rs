//! Why a verb has failed: a message for a person, which names what to do about it.

use std::fmt;

/// What a verb comes to: on success, a line that sums it up.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a verb has failed.
#[derive(Debug)]
pub(crate) struct Error(String);

impl Error {
    /// An error that says `message`.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Error(message.into())
    }
}

/// Says what was going on when another error came.
pub(crate) trait Context<T> {
    /// Puts what `context` says before the error.
    fn context(self, context: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, context: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Error(format!("{}: {error}", context())))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
