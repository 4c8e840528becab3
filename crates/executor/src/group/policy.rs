//! Policies: what a group makes of the ends of its members.

use std::error::Error;
use std::fmt;
use std::io;

use crate::error::TaskError;
use crate::future::task_handle::TaskOutcome;

/// What a group does when a member has ended, and what [`finish`](super::Group::finish) gives.
///
/// | policy | by | stops the others after | gives |
/// | --- | --- | --- | --- |
/// | [`AllOrFailure`] | [`pool.group()`](crate::ExecutorHandle::group) | the first failure | all values, or that failure |
/// | [`FirstSuccess`] | [`first_success()`](super::Group::first_success) | the first success | that value, or all failures |
/// | [`AllWhatever`] | [`all_whatever()`](super::Group::all_whatever) | nothing | all results |
///
/// A panic, an `Err` of a job that may fail, and an abandoned job are failures. A cancelled member is neither a
/// failure nor a success.
///
/// ```
/// use executor::group::{Group, Policy};
/// use executor::GreenThreadPoolExecutor;
///
/// /// Works for a group of any policy.
/// fn begin<P: Policy>(group: &Group<u32, std::convert::Infallible, P>) -> usize {
///     let accepted = (0..3).filter(|&n| group.submit(move || n).is_ok());
///     accepted.count()
/// }
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let group = pool.group();
/// assert_eq!(begin(&group), 3);
/// assert_eq!(group.finish()?, [0, 1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Policy: sealed::Sealed {
    /// What the group gives in the end.
    type Outcome<T, E>;

    #[doc(hidden)]
    fn outcome<T, E>(ended: Ended<T, E>) -> Self::Outcome<T, E>;
}

/// The first failure stops the group.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::group::{AllOrFailure, Group};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let group: Group<u32, std::num::ParseIntError, AllOrFailure> = pool.try_group();
/// group.try_submit(|| "1".parse())?;
/// group.try_submit(|| "one".parse())?;
/// assert!(group.finish().is_err_and(|error| error.is_failed()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum AllOrFailure {}

/// The first success stops the group.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::group::{FirstSuccess, Group};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let group: Group<u32, std::num::ParseIntError, FirstSuccess> = pool.try_group().first_success();
/// group.try_submit(|| "one".parse())?;
/// group.try_submit(|| "1".parse())?;
/// assert_eq!(group.finish()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum FirstSuccess {}

/// Nothing stops the group but its cancelling.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::group::{AllWhatever, Group};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let group: Group<u32, std::num::ParseIntError, AllWhatever> = pool.try_group().all_whatever();
/// group.try_submit(|| "one".parse())?;
/// group.try_submit(|| "1".parse())?;
/// let results = group.finish();
/// assert!(results[0].is_err() && results[1].is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum AllWhatever {}

/// No member of a [`FirstSuccess`] group has succeeded.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let group = pool.try_group::<u32, _>().first_success();
/// group.try_submit(|| "one".parse())?;
/// let Err(none) = group.finish() else { unreachable!("it is no number") };
/// assert_eq!(none.to_string(), "no job of the group has succeeded; the first: the job failed: \
///     invalid digit found in string");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct NoSuccess<E> {
    /// How each has ended, in the order of submission. If the wait for them was interrupted, the last one says so.
    pub failures: Vec<TaskError<E>>,
}

/// The members that have ended, in the order of their submission.
#[doc(hidden)]
#[derive(Debug)]
pub struct Ended<T, E> {
    pub(super) results: Vec<Result<T, TaskError<E>>>,
    /// The one whose end has stopped the group.
    pub(super) decisive: Option<usize>,
    /// The wait for them was.
    pub(super) is_interrupted: bool,
}

pub(super) mod sealed {
    use crate::future::task_handle::TaskOutcome;

    /// Keeps the policies to those that are here.
    #[doc(hidden)]
    pub trait Sealed {
        fn stops_after(outcome: TaskOutcome) -> bool;
    }
}

impl sealed::Sealed for AllOrFailure {
    fn stops_after(outcome: TaskOutcome) -> bool {
        !matches!(outcome, TaskOutcome::Succeeded | TaskOutcome::Cancelled)
    }
}

impl sealed::Sealed for FirstSuccess {
    fn stops_after(outcome: TaskOutcome) -> bool {
        outcome == TaskOutcome::Succeeded
    }
}

impl sealed::Sealed for AllWhatever {
    fn stops_after(_: TaskOutcome) -> bool {
        false
    }
}

impl Policy for AllOrFailure {
    type Outcome<T, E> = Result<Vec<T>, TaskError<E>>;

    fn outcome<T, E>(mut ended: Ended<T, E>) -> Self::Outcome<T, E> {
        if let Some(index) = ended.decisive
            && let Err(failure) = ended.results.swap_remove(index)
        {
            return Err(failure);
        }
        let is_interrupted = ended.is_interrupted;
        // What is left without a failure was cancelled, maybe because the waiting job was.
        let because = |error| if is_interrupted { TaskError::Interrupted } else { error };
        ended.results.into_iter().collect::<Result<_, _>>().map_err(because)
    }
}

impl Policy for FirstSuccess {
    type Outcome<T, E> = Result<T, NoSuccess<E>>;

    fn outcome<T, E>(mut ended: Ended<T, E>) -> Self::Outcome<T, E> {
        if let Some(index) = ended.decisive
            && let Ok(value) = ended.results.swap_remove(index)
        {
            return Ok(value);
        }
        let mut failures = Vec::new();
        for result in ended.results {
            if let Err(error) = result {
                failures.push(error);
            }
        }
        if ended.is_interrupted {
            failures.push(TaskError::Interrupted);
        }
        Err(NoSuccess { failures })
    }
}

impl Policy for AllWhatever {
    type Outcome<T, E> = Vec<Result<T, TaskError<E>>>;

    fn outcome<T, E>(ended: Ended<T, E>) -> Self::Outcome<T, E> {
        ended.results
    }
}

impl<E: fmt::Display> fmt::Display for NoSuccess<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no job of the group has succeeded")?;
        match (self.failures.first(), self.failures.last()) {
            (_, Some(TaskError::Interrupted)) => write!(f, ": {}", TaskError::<E>::Interrupted),
            (Some(first), _) => write!(f, "; the first: {first}"),
            (None, _) => f.write_str(": it had none"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for NoSuccess<E> {}

impl<E: fmt::Debug + fmt::Display + Send + Sync + 'static> From<NoSuccess<E>> for io::Error {
    fn from(error: NoSuccess<E>) -> Self {
        io::Error::other(error)
    }
}
