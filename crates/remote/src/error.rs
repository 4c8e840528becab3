//! Why a job was not submitted, and why it has no value.

use std::error::Error;
use std::fmt;

use executor::{TaskError, WaitError};
use greenstd::sync::Mutex;

use crate::encoding;
use crate::engine::{Encoding, EngineError, Outcome};
use serde::de::DeserializeOwned;

/// A job that was not submitted, or of which this is not known. It gives the arguments back.
///
/// ```
/// use remote::engine::{InProcess, QueueOptions};
/// use remote::{Refused, Remote, function};
///
/// function!(bill(order: String) -> u32);
///
/// let options = QueueOptions { max_jobs: Some(0), ..QueueOptions::default() };
/// let queue = Remote::new(InProcess::new()).queue_with("bills", options);
/// let Err(error) = queue.submit(bill, ("order-17".to_owned(),)) else { unreachable!("it is full") };
/// assert!(matches!(error.reason(), Refused::Full));
/// let (order,) = error.into_inner();
/// assert_eq!(order, "order-17");
/// ```
pub struct SubmitError<A> {
    reason: Refused,
    // Behind a lock that nobody takes, so that errors can be shared between threads.
    arguments: Box<Mutex<A>>,
}

/// Why a job was not submitted.
///
/// ```
/// use remote::Refused;
/// use remote::engine::EngineError;
///
/// let refused = Refused::Engine(EngineError::unreachable("connection reset"));
/// assert_eq!(refused.to_string(), "the engine cannot be reached: connection reset");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Refused {
    /// The queue has as many jobs as it may have; or there was no room in time.
    Full,
    /// The arguments cannot be written: the text says why.
    Malformed(String),
    /// The engine has failed. If it [cannot be reached](EngineError::Unreachable), the job may be there all the same: to
    /// submit it again by the same id is safe.
    Engine(EngineError),
    /// The submitter's own side of the future could not be made.
    NoFuture(executor::Refusal),
}

/// Why a job has no value.
///
/// `E` is the error of the function, and [`NoError`](crate::NoError) if it has none.
///
/// ```
/// use remote::executor::GreenThreadPoolExecutor;
/// use remote::{Registry, Remote, RemoteError, function};
///
/// function!(parse(text: String) -> Result<u32, String>);
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let mut registry = Registry::new();
/// registry.register(parse, |text: String| text.parse::<u32>().map_err(|error| error.to_string()));
/// let remote = Remote::in_process(&pool, &registry);
/// let job = remote.queue("texts").submit(parse, ("forty-two".to_owned(),))?;
/// match job.result() {
///     Ok(number) => println!("{number}"),
///     Err(RemoteError::Failed(error)) => println!("no number: {error}"),
///     Err(other) => return Err(other.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteError<E> {
    /// The function returned an error.
    Failed(E),
    /// The function panicked, with this text.
    Panicked(String),
    /// The job was cancelled.
    Cancelled,
    /// The job had not started in time.
    Expired,
    /// The job was there when that many workers died, and was not run again.
    WorkersDied(u32),
    /// No worker knew the function.
    UnknownFunction,
    /// Arguments or result could not be written or read: the text says why.
    Malformed(String),
    /// The *waiting* green thread was cancelled, or a deadline around the wait has passed. The job goes on.
    Interrupted,
    /// The wait for the result was given up, by a cancel of the future's handle. The job goes on.
    Abandoned,
}

impl<A> SubmitError<A> {
    pub(crate) fn new(reason: Refused, arguments: A) -> Self {
        SubmitError { reason, arguments: Box::new(Mutex::new(arguments)) }
    }

    /// Why.
    ///
    /// ```
    /// use remote::{Refused, SubmitError};
    ///
    /// fn status<A>(error: &SubmitError<A>) -> u16 {
    ///     match error.reason() {
    ///         Refused::Full => 503,
    ///         _ => 500,
    ///     }
    /// }
    /// # let _: fn(&SubmitError<()>) -> u16 = status;
    /// ```
    pub fn reason(&self) -> &Refused {
        &self.reason
    }

    /// The arguments, as they were passed in.
    ///
    /// ```
    /// use remote::SubmitError;
    ///
    /// fn arguments<A>(error: SubmitError<A>) -> A {
    ///     error.into_inner()
    /// }
    /// # let _: fn(SubmitError<()>) = arguments;
    /// ```
    pub fn into_inner(self) -> A {
        self.arguments.into_inner()
    }
}

impl<E: DeserializeOwned> RemoteError<E> {
    /// What an outcome says, in terms of the function's types.
    pub(crate) fn read<T: DeserializeOwned>(
        encoding: Encoding,
        outcome: &Outcome,
    ) -> Result<T, RemoteError<E>> {
        let malformed = |why: String| RemoteError::Malformed(format!("the result: {why}"));
        match outcome {
            Outcome::Succeeded(value) => encoding::read(encoding, value).map_err(malformed),
            Outcome::Failed { error, .. } => {
                Err(encoding::read(encoding, error).map_or_else(malformed, RemoteError::Failed))
            }
            Outcome::Panicked(text) => Err(RemoteError::Panicked(text.clone())),
            Outcome::Cancelled => Err(RemoteError::Cancelled),
            Outcome::Expired => Err(RemoteError::Expired),
            Outcome::WorkersDied(count) => Err(RemoteError::WorkersDied(*count)),
            Outcome::UnknownFunction => Err(RemoteError::UnknownFunction),
            Outcome::Malformed(why) => Err(RemoteError::Malformed(why.clone())),
        }
    }
}

impl<E> RemoteError<E> {
    /// What the local side of a future says.
    pub(crate) fn of_local(error: TaskError<RemoteError<E>>) -> Self {
        match error {
            TaskError::Failed(error) => error,
            TaskError::Interrupted => RemoteError::Interrupted,
            // It was the reading of the result that panicked.
            TaskError::Panicked(panic) => RemoteError::Malformed(format!(
                "the result: {}",
                panic.message().unwrap_or("its reading panicked")
            )),
            _ => RemoteError::Abandoned,
        }
    }

    pub(crate) fn of_wait(error: WaitError) -> Self {
        match error {
            WaitError::Interrupted | WaitError::TimedOut => RemoteError::Interrupted,
            _ => RemoteError::Abandoned,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Full => f.write_str("the queue is full"),
            Refused::Malformed(why) => write!(f, "the arguments cannot be sent: {why}"),
            Refused::Engine(error) => error.fmt(f),
            Refused::NoFuture(reason) => write!(f, "there can be no future for it: {reason:?}"),
        }
    }
}

impl<A> fmt::Display for SubmitError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the job was not submitted: {}", self.reason)
    }
}

impl<A> fmt::Debug for SubmitError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<A> Error for SubmitError<A> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            Refused::Engine(error) => Some(error),
            _ => None,
        }
    }
}

impl<E: fmt::Display> fmt::Display for RemoteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RemoteError::Failed(error) => write!(f, "the job has failed: {error}"),
            RemoteError::Panicked(text) => write!(f, "the job has panicked: {text}"),
            RemoteError::Cancelled => f.write_str("the job was cancelled"),
            RemoteError::Expired => f.write_str("the job had not started in time"),
            RemoteError::WorkersDied(count) => {
                write!(f, "{count} workers died with the job, and it is not run again")
            }
            RemoteError::UnknownFunction => f.write_str("no worker knows the function"),
            RemoteError::Malformed(why) => write!(f, "the job cannot be read or written: {why}"),
            RemoteError::Interrupted => f.write_str("the wait for the job was interrupted"),
            RemoteError::Abandoned => f.write_str("the wait for the job was given up"),
        }
    }
}

impl<E: fmt::Display + fmt::Debug> Error for RemoteError<E> {}
