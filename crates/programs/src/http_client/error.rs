//! Why a request has no answer.

use std::fmt;
use std::io;

/// Why there is no answer.
#[derive(Debug)]
pub enum ClientError {
    /// Neither `http` nor `https`.
    Scheme(String),
    /// A host's name that no certificate can be for.
    Name(String),
    /// No connection came about.
    Unreachable(io::Error),
    /// The two cannot speak TLS with each other.
    Tls(rustls::Error),
    /// The connection failed half way.
    Broken(io::Error),
    /// What came is not HTTP.
    Malformed(&'static str),
}

impl ClientError {
    /// Whether the deadline passed before the answer was there.
    pub fn is_timed_out(&self) -> bool {
        matches!(self, ClientError::Unreachable(error) | ClientError::Broken(error)
            if error.kind() == io::ErrorKind::TimedOut)
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Scheme(scheme) => write!(f, "cannot fetch by {scheme}"),
            ClientError::Name(name) => write!(f, "{name} is no name for a server"),
            ClientError::Unreachable(error) => write!(f, "cannot connect: {error}"),
            ClientError::Tls(error) => write!(f, "no TLS: {error}"),
            ClientError::Broken(error) => write!(f, "connection failed: {error}"),
            ClientError::Malformed(what) => write!(f, "not HTTP: {what}"),
        }
    }
}

impl std::error::Error for ClientError {}
