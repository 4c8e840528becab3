//! Why a task has no result.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::io;
use std::panic::Location;

use greenctx::Interrupted;
use greenstd::panics;
use greenstd::sync::{Arc, Mutex};

use crate::admission::refusal::Refusal;
use crate::task::Ending;

/// Why a job has no result.
///
/// `E` is the error type of jobs submitted by `try_submit`. Those submitted by `submit` cannot fail otherwise
/// than by a panic.
///
/// `?` passes it on as an [`io::Error`], a `Box<dyn Error + Send + Sync>`, or an error of `anyhow` or `eyre`.
/// For that, `E` must be such that it can be shown and shared. It may be one of these itself, an error type of
/// one's own, or text. [`map_failure`](Self::map_failure) turns what is not `Sync` into something that is.
///
/// The text of a failure contains that of the job's error, with its causes if that is an error of `anyhow` or
/// `eyre`. [`source`](Error::source) gives the error itself if it is boxed, or one of `std` or of this library.
/// Whether a type of one's own is an error cannot be asked here. [`failure`](Self::failure) and
/// [`into_failure`](Self::into_failure) give it in any case.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, TaskError};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let job = pool.try_submit(|| "forty-two".parse::<u32>())?;
/// match job.result() {
///     Ok(number) => println!("{number}"),
///     Err(TaskError::Failed(error)) => println!("not a number: {error}"), // what the job returned
///     Err(TaskError::Panicked(panic)) => println!("a bug: {:?}", panic.message()),
///     Err(other) => return Err(other.into()), // cancelled, abandoned, or the wait was interrupted
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "JoinError")]
#[derive(Debug)]
#[non_exhaustive]
pub enum TaskError<E = Infallible> {
    /// The job panicked.
    Panicked(PanicPayload),
    /// The job returned an error.
    Failed(E),
    /// The job was cancelled before it started, or asked to stop while it ran, and ended by that.
    Cancelled,
    /// The job could never start.
    Abandoned(AbandonReason),
    /// The job's own [limit of time](crate::JobBuilder::timeout) passed while it ran, and it ended by that.
    TimedOut,
    /// The *waiting* green thread was cancelled, or a [deadline](crate::with_timeout) around the wait has
    /// passed. The job goes on, and its result is lost.
    Interrupted,
}

/// Why a job could never start.
///
/// ```
/// use executor::{AbandonReason, GreenThreadPoolExecutor, Refusal, TaskError};
///
/// let pool = GreenThreadPoolExecutor::builder()
///     .carriers(1)
///     .initializer(|| Err("no database".into()))
///     .build()?;
/// match pool.submit(|| 42) {
///     // The initializer had failed by then.
///     Err(refused) => assert_eq!(refused.reason(), Refusal::Broken),
///     // It failed later: what was accepted cannot start.
///     Ok(job) => match job.result() {
///         Err(TaskError::Abandoned(AbandonReason::Broken(why))) => println!("{why}"),
///         other => unreachable!("{other:?}"),
///     },
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum AbandonReason {
    /// There was no stack for it, nor any worker that might have taken it later.
    NoStack(io::Error),
    /// No OS thread could be started for it, and there was none that might have taken it later.
    NoThread(Arc<io::Error>),
    /// The executor is broken: an initializer failed, with this message.
    Broken(Arc<String>),
    /// It had not started [in time](crate::JobBuilder::expires).
    Expired,
    /// This process is a fork: the carriers have stayed behind in its parent.
    Forked,
    /// It had waited for too long while the executor was overloaded; see
    /// [`Builder::shed_when_late`](crate::Builder::shed_when_late).
    Overloaded,
    /// It was delayed, and the executor refused it when it was due.
    Refused(Refusal),
}

/// What a panic carried, and which job it ended.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, TaskError};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let job = pool.job().name("resize").submit(|| -> u32 { panic!("no such image") })?;
/// let Err(TaskError::Panicked(panic)) = job.result() else { unreachable!("it panics") };
/// assert_eq!((panic.job(), panic.message()), ("resize", Some("no such image")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PanicPayload {
    // Boxed, so that the results of jobs that do not panic stay small.
    inner: Box<Panic>,
}

struct Panic {
    job: Box<str>,
    site: &'static Location<'static>,
    message: Option<Box<str>>,
    // Behind a lock that nobody takes, so that errors can be shared between threads.
    payload: Mutex<Box<dyn Any + Send>>,
}

/// Why a wait has ended without what it was for. The job is not affected.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, WaitError};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let mut job = pool.submit(|| 42)?;
/// let answer = loop {
///     match job.result_timeout(Duration::from_millis(1)) {
///         Ok(result) => break result?,
///         Err(WaitError::TimedOut) => println!("not yet"), // the future stays good
///         Err(error) => return Err(error.into()),          // whoever cancels us wants an end
///     }
/// };
/// assert_eq!(answer, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitError {
    /// The time was over: the wait's own, or that of a [deadline](crate::with_timeout) around it.
    TimedOut,
    /// The waiting green thread was cancelled.
    Interrupted,
    /// The result was taken before.
    Taken,
    /// This process is a fork: the job has stayed behind in its parent.
    Forked,
}

impl<E> TaskError<E> {
    /// Whether the job panicked.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| -> u32 { panic!("no such image") })?;
    /// assert!(job.result().is_err_and(|error| error.is_panicked()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_panicked(&self) -> bool {
        matches!(self, TaskError::Panicked(_))
    }

    /// Whether the job returned an error.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.try_submit(|| "x".parse::<u32>())?;
    /// assert!(job.result().is_err_and(|error| error.is_failed()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_failed(&self) -> bool {
        matches!(self, TaskError::Failed(_))
    }

    /// Whether the job was cancelled: before it started, or while it ran, if it ended by that.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// slow.cancel();
    /// assert!(slow.result().is_err_and(|error| error.is_cancelled()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_cancelled(&self) -> bool {
        matches!(self, TaskError::Cancelled)
    }

    /// Whether the job could never start.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 42)?;
    /// match job.result() {
    ///     Err(error) if error.is_abandoned() => println!("it was never run: {error}"),
    ///     result => assert_eq!(result?, 42),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_abandoned(&self) -> bool {
        matches!(self, TaskError::Abandoned(_))
    }

    /// Whether the job's own [limit of time](crate::JobBuilder::timeout) passed while it ran, and it ended by that.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let limited = pool.job().timeout(Duration::from_millis(5)).fallible();
    /// let slow = limited.submit(|| sleep(Duration::from_secs(3600)))?;
    /// assert!(slow.result().is_err_and(|error| error.is_timed_out()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_timed_out(&self) -> bool {
        matches!(self, TaskError::TimedOut)
    }

    /// What a wait for a job without a time limit has ended by.
    pub(crate) fn of_wait(error: WaitError) -> Self {
        match error {
            WaitError::Forked => TaskError::Abandoned(AbandonReason::Forked),
            WaitError::Interrupted | WaitError::TimedOut | WaitError::Taken => {
                TaskError::Interrupted
            }
        }
    }

    /// Whether it is not the job's error but the wait's: the next wait would end so too.
    pub(crate) fn is_of_the_wait(&self) -> bool {
        matches!(self, TaskError::Interrupted | TaskError::Abandoned(AbandonReason::Forked))
    }

    /// The error that the job returned, if it did.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::num::IntErrorKind;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.try_submit(|| "".parse::<u32>())?;
    /// let error = job.result().err().ok_or("no number")?;
    /// assert_eq!(error.failure().map(|error| error.kind()), Some(&IntErrorKind::Empty));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn failure(&self) -> Option<&E> {
        match self {
            TaskError::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// The same with another error in the place of the one that the job returned, if it did.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::cell::Cell;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// // This error cannot be shared between threads, so `?` would not take it as it is.
    /// let job = pool.try_submit(|| Err::<u32, Cell<i32>>(Cell::new(404)))?;
    /// let result = job.result().map_err(|error| error.map_failure(|code| code.get()));
    /// assert_eq!(result.err().and_then(|error| error.into_failure()), Some(404));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn map_failure<D>(self, map: impl FnOnce(E) -> D) -> TaskError<D> {
        match self {
            TaskError::Panicked(payload) => TaskError::Panicked(payload),
            TaskError::Failed(error) => TaskError::Failed(map(error)),
            TaskError::Cancelled => TaskError::Cancelled,
            TaskError::Abandoned(reason) => TaskError::Abandoned(reason),
            TaskError::TimedOut => TaskError::TimedOut,
            TaskError::Interrupted => TaskError::Interrupted,
        }
    }

    /// The error that the job returned, if it did.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.try_submit(|| Err::<u32, String>("no such image".to_owned()))?;
    /// let error = job.result().err().ok_or("no number")?;
    /// assert_eq!(error.into_failure().as_deref(), Some("no such image"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_failure(self) -> Option<E> {
        match self {
            TaskError::Failed(error) => Some(error),
            _ => None,
        }
    }
}

impl TaskError<Infallible> {
    /// The same for jobs that may fail.
    pub(crate) fn widen<E>(self) -> TaskError<E> {
        self.map_failure(|never| match never {})
    }

    pub(crate) fn ending(&self) -> Ending {
        match self {
            TaskError::Cancelled => Ending::Cancelled,
            TaskError::Panicked(_) => Ending::Panicked,
            TaskError::TimedOut => Ending::TimedOut,
            _ => Ending::Abandoned,
        }
    }
}

impl PanicPayload {
    pub(crate) fn new(
        payload: Box<dyn Any + Send>,
        job: Box<str>,
        site: &'static Location<'static>,
    ) -> Self {
        let message = panics::message(&*payload).map(Into::into);
        let payload = Mutex::new(payload);
        PanicPayload { inner: Box::new(Panic { job, site, message, payload }) }
    }

    /// The name of the job; one that has none is called after its number, `job-17`.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskError};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.job().name("resize").submit(|| -> u32 { panic!("no such image") })?;
    /// let Err(TaskError::Panicked(panic)) = job.result() else { unreachable!("it panics") };
    /// assert_eq!(panic.job(), "resize");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn job(&self) -> &str {
        &self.inner.job
    }

    /// Where the job was submitted.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskError};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (job, line) = (pool.submit(|| -> u32 { panic!("no such image") })?, line!());
    /// let Err(TaskError::Panicked(panic)) = job.result() else { unreachable!("it panics") };
    /// assert_eq!(panic.site().line(), line);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn site(&self) -> &'static Location<'static> {
        self.inner.site
    }

    /// The message of the panic, if it has one, as those of `panic!` and the assertions do.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskError};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| -> u32 { panic!("image {} is missing", 7) })?;
    /// let Err(TaskError::Panicked(panic)) = job.result() else { unreachable!("it panics") };
    /// assert_eq!(panic.message(), Some("image 7 is missing"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn message(&self) -> Option<&str> {
        self.inner.message.as_deref()
    }

    /// The payload itself: for [`std::panic::resume_unwind`].
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskError};
    /// use std::panic::panic_any;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| -> u32 { panic_any(404) })?;
    /// let Err(TaskError::Panicked(panic)) = job.result() else { unreachable!("it panics") };
    /// let payload = panic.into_inner(); // `resume_unwind(payload)` would go on with the panic here
    /// assert_eq!(payload.downcast_ref(), Some(&404));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_inner(self) -> Box<dyn Any + Send> {
        self.inner.payload.into_inner()
    }
}

impl fmt::Debug for PanicPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PanicPayload")
            .field("job", &self.job())
            .field("site", &format_args!("{}:{}", self.site().file(), self.site().line()))
            .field("message", &self.message())
            .finish()
    }
}

impl<E: fmt::Display> fmt::Display for TaskError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskError::Panicked(payload) => {
                f.write_str("the job panicked")?;
                if let Some(message) = payload.message() {
                    write!(f, ": {message}")?;
                }
                let (job, site) = (payload.job(), payload.site());
                write!(f, " ({job}, submitted at {}:{})", site.file(), site.line())
            }
            // In this form errors of `anyhow` and `eyre` tell their causes, which nothing else here would.
            TaskError::Failed(error) => write!(f, "the job failed: {error:#}"),
            TaskError::Cancelled => f.write_str("the job was cancelled"),
            TaskError::Abandoned(reason) => write!(f, "the job was abandoned: {reason}"),
            TaskError::TimedOut => f.write_str("the job timed out: its limit of time has passed"),
            TaskError::Interrupted => f.write_str(
                "the wait for the job was interrupted: the waiting job was cancelled, or its \
                     deadline has passed",
            ),
        }
    }
}

/// For every `E` that can be shown: the errors of `anyhow` and `eyre`, and boxed ones, are no `Error`s
/// themselves.
impl<E: fmt::Debug + fmt::Display + 'static> Error for TaskError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TaskError::Failed(error) => as_error(error),
            TaskError::Abandoned(reason) => Some(reason),
            TaskError::Panicked(_)
            | TaskError::Cancelled
            | TaskError::TimedOut
            | TaskError::Interrupted => None,
        }
    }
}

/// The error that a job returned, if it is of a type that is known to be an error.
fn as_error<E: 'static>(error: &E) -> Option<&(dyn Error + 'static)> {
    let error: &dyn Any = error;
    macro_rules! first_of {
        ($($boxed:ty),*; $($plain:ty),* $(,)?) => {
            $(if let Some(boxed) = error.downcast_ref::<$boxed>() {
                return Some(&**boxed);
            })*
            $(if let Some(plain) = error.downcast_ref::<$plain>() {
                return Some(plain);
            })*
        };
    }
    first_of!(
        Box<dyn Error + Send + Sync>, Box<dyn Error + Send>, Box<dyn Error>;
        io::Error, fmt::Error, Interrupted, WaitError, Refusal, TaskError,
        std::num::ParseIntError, std::num::ParseFloatError, std::str::Utf8Error,
        std::string::FromUtf8Error, std::net::AddrParseError,
    );
    #[cfg(feature = "sync")]
    first_of!(
        ;
        greensync::RecvError, greensync::RecvTimeoutError, greensync::TryRecvError,
        greensync::AcquireError, greensync::TryAcquireError,
    );
    #[cfg(feature = "io")]
    first_of!(; greenio::Closed);
    None
}

/// The error of a job that failed by an [`io::Error`] is that; any other becomes the inner error of one. Of a job that
/// timed out, the kind is [`io::ErrorKind::TimedOut`].
impl<E: fmt::Debug + fmt::Display + Send + Sync + 'static> From<TaskError<E>> for io::Error {
    fn from(error: TaskError<E>) -> Self {
        let mut error = Some(error);
        let any: &mut dyn Any = &mut error;
        if let Some(io) = any.downcast_mut::<Option<TaskError<io::Error>>>()
            && let Some(TaskError::Failed(error)) = io.take_if(|error| error.is_failed())
        {
            return error;
        }
        let error = error.expect("it was not one of these");
        let kind = match error {
            TaskError::TimedOut => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

impl fmt::Display for AbandonReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AbandonReason::NoStack(error) => write!(f, "no stack to run it on: {error}"),
            AbandonReason::NoThread(error) => write!(f, "no OS thread to run it on: {error}"),
            AbandonReason::Broken(message) => write!(f, "the executor is broken: {message}"),
            AbandonReason::Expired => f.write_str("it had not started in time"),
            AbandonReason::Forked => {
                f.write_str("this process was forked; the executor runs in its parent")
            }
            AbandonReason::Overloaded => {
                f.write_str("it had waited for too long, and the executor is overloaded")
            }
            AbandonReason::Refused(refusal) => write!(f, "refused when it was due: {refusal}"),
        }
    }
}

impl Error for AbandonReason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            AbandonReason::NoStack(error) => Some(error),
            AbandonReason::Refused(refusal) => Some(refusal),
            AbandonReason::NoThread(error) => Some(&**error),
            AbandonReason::Broken(_)
            | AbandonReason::Expired
            | AbandonReason::Forked
            | AbandonReason::Overloaded => None,
        }
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitError::TimedOut => "the time was over before the job had ended",
            WaitError::Interrupted => "the wait was interrupted: the waiting job was cancelled",
            WaitError::Taken => "the result was taken before",
            WaitError::Forked => "this process was forked; the job runs in its parent",
        })
    }
}

impl Error for WaitError {}

impl From<Interrupted> for WaitError {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted.is_timed_out() {
            true => WaitError::TimedOut,
            false => WaitError::Interrupted,
        }
    }
}

impl From<WaitError> for io::Error {
    fn from(error: WaitError) -> Self {
        let kind = match error {
            WaitError::TimedOut => io::ErrorKind::TimedOut,
            // Not `io::ErrorKind::Interrupted`, after which `std` would try again for ever.
            WaitError::Interrupted => io::ErrorKind::Other,
            WaitError::Taken | WaitError::Forked => io::ErrorKind::InvalidInput,
        };
        io::Error::new(kind, error)
    }
}
