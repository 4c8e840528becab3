//! What a job's closure returns: its result as such, or a `Result` of its own.

use std::convert::Infallible;
use std::marker::PhantomData;

/// How to look at an `R`, what a closure has returned.
pub(crate) trait Kind<R>: 'static {
    type Value: Send + 'static;
    type Error: Send + 'static;

    fn as_result(returned: &mut R) -> Result<&mut Self::Value, &mut Self::Error>;
}

/// Marks the description of a job whose value is its result, whatever the value is.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::job::{JobBuilder, Plain};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let described: JobBuilder<'_, Plain> = pool.job();
/// let job = described.submit(|| "x".parse::<u32>())?;
/// assert!(job.result()?.is_err()); // an `Err` is a value like others
/// assert_eq!(pool.statistics().failed(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Plain {}

/// Marks the description of a job that returns a `Result`, whose `Err` is a failure.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::job::{Fallible, JobBuilder};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let described: JobBuilder<'_, Fallible> = pool.job().fallible();
/// let job = described.submit(|| "x".parse::<u32>())?;
/// assert!(job.result().is_err_and(|error| error.is_failed()));
/// assert_eq!(pool.statistics().failed(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Fallible {}

impl<T: Send + 'static> Kind<T> for Plain {
    type Value = T;
    type Error = Infallible;

    fn as_result(returned: &mut T) -> Result<&mut T, &mut Infallible> {
        Ok(returned)
    }
}

/// Of a job that cannot fail, among others that can fail with an `E`.
pub(crate) struct PlainAmong<E>(PhantomData<fn() -> E>);

impl<T: Send + 'static, E: Send + 'static> Kind<T> for PlainAmong<E> {
    type Value = T;
    type Error = E;

    fn as_result(returned: &mut T) -> Result<&mut T, &mut E> {
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
