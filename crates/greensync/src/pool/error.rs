//! Why a pool gives nothing.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::io;

use greenctx::Interrupted;

use crate::semaphore::{AcquireError, TryAcquireError};

/// Why [`Pool::get`](crate::Pool::get) has got nothing. `E` is the error of what makes the things.
///
/// ```
/// use greensync::{GetError, Pool};
/// use std::num::NonZeroUsize;
///
/// let pool = Pool::<u32>::builder(NonZeroUsize::MIN).build(|| "x".parse());
/// match pool.get() {
///     Err(GetError::Make(error)) => println!("none can be made: {error}"),
///     other => unreachable!("{other:?}"),
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GetError<E = Infallible> {
    /// One was to be made, and that has failed.
    Make(E),
    /// The pool is closed.
    Closed,
    /// The time was over, and all were in use.
    TimedOut,
    /// The wait was interrupted.
    Interrupted(Interrupted),
}

/// Why [`Pool::try_get`](crate::Pool::try_get) has got nothing. `E` is the error of what makes the things.
///
/// ```
/// use greensync::{Pool, TryGetError};
/// use std::num::NonZeroUsize;
///
/// let pool = Pool::new(NonZeroUsize::MIN, || ());
/// pool.close();
/// assert!(matches!(pool.try_get(), Err(TryGetError::Closed)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TryGetError<E = Infallible> {
    /// One was to be made, and that has failed.
    Make(E),
    /// The pool is closed.
    Closed,
    /// All are in use, or others wait for one.
    InUse,
}

impl<E> From<AcquireError> for GetError<E> {
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Closed => GetError::Closed,
            AcquireError::Interrupted(interrupted) => GetError::Interrupted(interrupted),
        }
    }
}

impl<E> From<TryAcquireError> for TryGetError<E> {
    fn from(error: TryAcquireError) -> Self {
        match error {
            TryAcquireError::Closed => TryGetError::Closed,
            TryAcquireError::NoPermits => TryGetError::InUse,
        }
    }
}

impl<E: fmt::Display> fmt::Display for GetError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GetError::Make(error) => error.fmt(f),
            GetError::Closed => f.write_str("the pool is closed"),
            GetError::TimedOut => f.write_str("timed out: all things of the pool are in use"),
            GetError::Interrupted(interrupted) => interrupted.fmt(f),
        }
    }
}

impl<E: fmt::Display> fmt::Display for TryGetError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TryGetError::Make(error) => error.fmt(f),
            TryGetError::Closed => f.write_str("the pool is closed"),
            TryGetError::InUse => f.write_str("all things of the pool are in use"),
        }
    }
}

impl<E: Error + 'static> Error for GetError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            GetError::Make(error) => Some(error),
            GetError::Interrupted(interrupted) => Some(interrupted),
            GetError::Closed | GetError::TimedOut => None,
        }
    }
}

impl<E: Error + 'static> Error for TryGetError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TryGetError::Make(error) => Some(error),
            TryGetError::Closed | TryGetError::InUse => None,
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<GetError<E>> for io::Error {
    fn from(error: GetError<E>) -> Self {
        let kind = match error {
            GetError::Interrupted(interrupted) => return interrupted.into(),
            GetError::TimedOut => io::ErrorKind::TimedOut,
            GetError::Make(_) | GetError::Closed => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

impl<E: Error + Send + Sync + 'static> From<TryGetError<E>> for io::Error {
    fn from(error: TryGetError<E>) -> Self {
        let kind = match error {
            TryGetError::InUse => io::ErrorKind::WouldBlock,
            TryGetError::Make(_) | TryGetError::Closed => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}
