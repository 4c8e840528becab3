//! What a job finds without a handle: the executor that it runs on.

use std::panic::Location;

use crate::admission::refusal::{Refusal, SubmitError};
use crate::carrier;
use crate::executor::ExecutorHandle;
use crate::future::GreenFuture;
use crate::hosts::thread;

/// A handle to the executor that the caller runs on. `None` on a thread of no executor, and in a job of a
/// [`SynchronousExecutor`](crate::SynchronousExecutor), which has no threads of its own.
///
/// A green thread that a job has [spawned](crate::spawn) is on the executor of that job.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, current};
///
/// let pool = GreenThreadPoolExecutor::builder().name("fetch").build()?;
/// let name = pool.submit(|| current().map(|pool| pool.name().to_owned()))?;
/// assert_eq!(name.result()?.as_deref(), Some("fetch"));
/// assert!(current().is_none()); // this is a thread of no executor
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "try_current")]
pub fn current() -> Option<ExecutorHandle> {
    match carrier::local() {
        Some(local) => Some(local.handle().clone()),
        None => thread::own_pool().map(ExecutorHandle::of),
    }
}

/// Submits a job to the executor that the caller runs on: by one job, another.
///
/// It is [`ExecutorHandle::submit`] by the handle that [`current`] gives. It costs less than a handle of the job's own, as
/// nothing is counted. To give the job a name or a limit, take `current` and [`job`](ExecutorHandle::job).
///
/// ```
/// use executor::GreenThreadPoolExecutor;
///
/// fn fibonacci(n: u64) -> u64 {
///     if n < 2 {
///         return n;
///     }
///     let other = executor::submit(move || fibonacci(n - 1)).expect("no job is refused here");
///     fibonacci(n - 2) + other.result().expect("it does not panic")
/// }
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// assert_eq!(pool.submit(|| fibonacci(12))?.result()?, 144);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The executor refuses the job, or the caller runs on none ([`Refusal::NoExecutor`]). The error gives the closure back.
///
/// # Blocking
/// Neither parks nor blocks.
#[doc(alias = "spawn")]
#[inline]
#[track_caller]
pub fn submit<T, F>(job: F) -> Result<GreenFuture<T>, SubmitError<F>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    match carrier::local() {
        Some(local) => local.handle().submit_from(Location::caller(), job),
        None => submit_by_thread(Location::caller(), job),
    }
}

/// As [`submit`], on a thread that is no carrier.
#[cold]
#[inline(never)]
fn submit_by_thread<T, F>(
    site: &'static Location<'static>,
    job: F,
) -> Result<GreenFuture<T>, SubmitError<F>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    match thread::own_pool() {
        Some(pool) => ExecutorHandle::of(pool).submit_from(site, job),
        None => Err(SubmitError::new(Refusal::NoExecutor, job)),
    }
}
