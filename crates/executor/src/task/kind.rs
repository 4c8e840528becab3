//! What a job's closure returns: its result as such, or a `Result` of its own.

use std::convert::Infallible;

/// How to look at an `R`, what a closure has returned.
pub(crate) trait Kind<R>: 'static {
    type Value: Send + 'static;
    type Error: Send + 'static;

    fn as_result(returned: &mut R) -> Result<&mut Self::Value, &mut Self::Error>;
}

/// Whatever is returned is the result.
pub(crate) struct Plain;

/// A `Result` is returned, and an `Err` is the job's failure.
pub(crate) struct Fallible;

impl<T: Send + 'static> Kind<T> for Plain {
    type Value = T;
    type Error = Infallible;

    fn as_result(returned: &mut T) -> Result<&mut T, &mut Infallible> {
        Ok(returned)
    }
}

impl<T: Send + 'static, E: Send + 'static> Kind<Result<T, E>> for Fallible {
    type Value = T;
    type Error = E;

    fn as_result(returned: &mut Result<T, E>) -> Result<&mut T, &mut E> {
        returned.as_mut()
    }
}
