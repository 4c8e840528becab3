//! Why a pool gives nothing.

use std::any::Any;
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
            // In this form errors of `anyhow` and `eyre` tell their causes, which nothing else here would.
            GetError::Make(error) => write!(f, "{error:#}"),
            GetError::Closed => f.write_str("the pool is closed"),
            GetError::TimedOut => f.write_str("timed out: all things of the pool are in use"),
            GetError::Interrupted(interrupted) => interrupted.fmt(f),
        }
    }
}

impl<E: fmt::Display> fmt::Display for TryGetError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TryGetError::Make(error) => write!(f, "{error:#}"),
            TryGetError::Closed => f.write_str("the pool is closed"),
            TryGetError::InUse => f.write_str("all things of the pool are in use"),
        }
    }
}

/// For every `E` that can be shown: the errors of `anyhow` and `eyre`, and boxed ones, are no `Error`s
/// themselves.
impl<E: fmt::Debug + fmt::Display + 'static> Error for GetError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            GetError::Make(error) => as_error(error),
            GetError::Interrupted(interrupted) => Some(interrupted),
            GetError::Closed | GetError::TimedOut => None,
        }
    }
}

/// As that of [`GetError`].
impl<E: fmt::Debug + fmt::Display + 'static> Error for TryGetError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TryGetError::Make(error) => as_error(error),
            TryGetError::Closed | TryGetError::InUse => None,
        }
    }
}

/// The error of what makes the things, if it is of a type that is known to be an error.
fn as_error<E: 'static>(error: &E) -> Option<&(dyn Error + 'static)> {
    let error: &dyn Any = error;
    if let Some(boxed) = error.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        return Some(&**boxed);
    }
    if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
        return Some(interrupted);
    }
    error.downcast_ref::<io::Error>().map(|error| error as _)
}

/// An [`io::Error`] of what makes the things stays what it is. A pool whose things are all in use for too long is
/// [`TimedOut`](io::ErrorKind::TimedOut).
impl<E: fmt::Debug + fmt::Display + Send + Sync + 'static> From<GetError<E>> for io::Error {
    fn from(error: GetError<E>) -> Self {
        let kind = match error {
            GetError::Make(error) => return made(error, GetError::Make),
            GetError::Interrupted(interrupted) => return interrupted.into(),
            GetError::TimedOut => io::ErrorKind::TimedOut,
            GetError::Closed => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

/// As that of [`GetError`]. A pool whose things are all in use [would block](io::ErrorKind::WouldBlock).
impl<E: fmt::Debug + fmt::Display + Send + Sync + 'static> From<TryGetError<E>> for io::Error {
    fn from(error: TryGetError<E>) -> Self {
        let kind = match error {
            TryGetError::Make(error) => return made(error, TryGetError::Make),
            TryGetError::InUse => io::ErrorKind::WouldBlock,
            TryGetError::Closed => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

/// The error of what makes the things among errors of this kind.
fn made<E: 'static, W: Error + Send + Sync + 'static>(
    error: E,
    wrap: impl FnOnce(E) -> W,
) -> io::Error {
    let mut error = Some(error);
    let any: &mut dyn Any = &mut error;
    if let Some(io) = any.downcast_mut::<Option<io::Error>>().and_then(Option::take) {
        return io;
    }
    io::Error::other(wrap(error.expect("it was not one of these")))
}
