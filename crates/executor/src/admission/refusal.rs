//! Why a submission can be refused, and the error that gives the job back.

use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroU32;
use std::time::Duration;

use greenstd::sync::Mutex;

/// A submission that was refused. It gives the job back.
///
/// `?` passes it on as an [`io::Error`], a `Box<dyn Error + Send + Sync>`, or an error of `anyhow` or `eyre`,
/// whatever the job has captured. In all of these but the first the job goes along with the error.
/// [`without_job`](Self::without_job) leaves the reason alone.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, reject_when_reached, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder()
///     .max_workers(1)
///     .check_and_reject(reject_when_reached(0))
///     .build()?;
/// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?; // takes the only worker
/// let data = vec![1, 2, 3];
/// match pool.submit(move || data.len()) {
///     Ok(job) => println!("{} items", job.result()?),
///     // It owns the vector. Do it here, submit it later, or drop it.
///     Err(refused) if refused.is_rejected() => assert_eq!(refused.into_inner()(), 3),
///     Err(refused) => return Err(refused.into()),
/// }
/// busy.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "RejectedExecutionException")]
#[doc(alias = "TrySendError")]
pub struct SubmitError<F> {
    reason: Refusal,
    retry_after_ms: Option<NonZeroU32>,
    // Behind a lock that nobody takes, so that the error can be shared between threads although the job cannot.
    job: Mutex<F>,
}

/// Why a submission was refused.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Refusal, Shutdown};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// /// What a server says to a client whose request was refused.
/// fn status(refusal: Refusal) -> u16 {
///     match refusal {
///         Refusal::Rejected | Refusal::TimedOut => 429, // try again later
///         _ => 503,                                     // this executor will not do it any more
///     }
/// }
///
/// pool.shutdown(Shutdown::no_wait())?;
/// let refused = pool.submit(|| 1).map_err(|refused| status(refused.reason()));
/// assert_eq!(refused.err(), Some(503));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The rejection refused it, or its limit was reached; or that of a [group](crate::group).
    Rejected,
    /// The executor was shut down.
    Shutdown,
    /// The executor is broken: an initializer failed.
    Broken,
    /// There was no room in time.
    TimedOut,
    /// All workers of the executor would wait for room in its own backlog, which only they can make.
    WouldDeadlock,
    /// The submitting green thread was cancelled while it waited for room.
    Interrupted,
    /// This process is a fork: the executor runs in its parent.
    Forked,
    /// The [group](crate::group) has finished, or was dropped.
    GroupClosed,
    /// The job was to be delayed, and the operating system had no thread for the timekeeper.
    NoTimekeeper,
    /// The caller of [`submit`](crate::submit()) runs on no executor.
    NoExecutor,
}

/// A refusal, and what else is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Denied {
    pub(crate) reason: Refusal,
    /// After how many milliseconds it may be worth another try. It fits beside the reason.
    retry_after_ms: Option<NonZeroU32>,
}

impl Denied {
    /// As `reason`, for about so long.
    pub(crate) fn for_about(reason: Refusal, time: Option<Duration>) -> Self {
        // Rounded up: a try that comes early is refused again. And no refusal asks for a try at once.
        let in_ms = |time: Duration| u32::try_from(time.as_micros().div_ceil(1000).max(1)).ok();
        let retry_after_ms = time.map(|time| in_ms(time).unwrap_or(u32::MAX));
        Denied { reason, retry_after_ms: retry_after_ms.and_then(NonZeroU32::new) }
    }
}

impl From<Refusal> for Denied {
    #[inline]
    fn from(reason: Refusal) -> Self {
        Denied { reason, retry_after_ms: None }
    }
}

impl<F> SubmitError<F> {
    pub(crate) fn new(denied: impl Into<Denied>, job: F) -> Self {
        let Denied { reason, retry_after_ms } = denied.into();
        SubmitError { reason, retry_after_ms, job: Mutex::new(job) }
    }

    /// The same about something else than the job.
    pub(crate) fn map<G>(self, change: impl FnOnce(F) -> G) -> SubmitError<G> {
        let SubmitError { reason, retry_after_ms, job } = self;
        SubmitError { reason, retry_after_ms, job: Mutex::new(change(job.into_inner())) }
    }

    /// How long it will be, about, until the same job may be accepted. `None` if that is not known, or if it will
    /// never be.
    ///
    /// [`reject_when_wait_exceeds`](crate::reject_when_wait_exceeds) knows it: it is how much longer than its target
    /// the job would have waited. Pass it on to whoever asked, as HTTP does by `Retry-After`. It is at least a
    /// millisecond, and at most 49 days.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, reject_when_wait_exceeds};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .check_and_reject(reject_when_wait_exceeds(Duration::from_millis(250)))
    ///     .build()?;
    /// match pool.submit(|| "the answer") {
    ///     Ok(job) => println!("{}", job.result()?),
    ///     Err(refused) => {
    ///         let time = refused.retry_after().unwrap_or(Duration::from_secs(1));
    ///         println!("busy; try again in {time:?}");
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "Retry-After")]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after_ms.map(|time_ms| Duration::from_millis(u64::from(time_ms.get())))
    }

    /// Why it was refused.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Refusal, Shutdown};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// pool.shutdown(Shutdown::no_wait())?;
    /// let refused = pool.submit(|| 1).map_err(|refused| refused.reason());
    /// assert_eq!(refused.err(), Some(Refusal::Shutdown));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reason(&self) -> Refusal {
        self.reason
    }

    /// Whether the rejection refused it. The same job may be accepted later.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, reject_when_reached, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder()
    ///     .max_workers(1)
    ///     .check_and_reject(reject_when_reached(0))
    ///     .build()?;
    /// let busy = pool.try_submit(|| sleep(Duration::from_secs(60)))?; // takes the only worker
    /// let refused = pool.submit(|| 1);
    /// assert!(refused.is_err_and(|refused| refused.is_rejected()));
    /// busy.cancel();
    /// let job = pool.submit_wait(|| 1)?; // there will be room
    /// assert_eq!(job.result()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_rejected(&self) -> bool {
        self.reason == Refusal::Rejected
    }

    /// Whether the executor was shut down. It will never accept the job.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// pool.shutdown(Shutdown::no_wait())?;
    /// assert!(pool.submit(|| 1).is_err_and(|refused| refused.is_shutdown()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_shutdown(&self) -> bool {
        self.reason == Refusal::Shutdown
    }

    /// The job, as it was submitted.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// pool.shutdown(Shutdown::no_wait())?;
    /// let answer = match pool.submit(|| 42) {
    ///     Ok(job) => job.result()?,
    ///     Err(refused) => (refused.into_inner())(), // runs it on the spot
    /// };
    /// assert_eq!(answer, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_inner(self) -> F {
        self.job.into_inner()
    }

    /// The reason alone, as an error of its own. The job is dropped.
    ///
    /// ```
    /// use executor::{ExecutorHandle, GreenFuture, GreenThreadPoolExecutor, Refusal};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// fn start(pool: &ExecutorHandle) -> Result<GreenFuture<u32>, Refusal> {
    ///     // The type of a closure cannot be written; that of a `Refusal` can. `?` would do the same.
    ///     pool.submit(|| 42).map_err(|refused| refused.without_job())
    /// }
    /// assert_eq!(start(&pool)?.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn without_job(self) -> Refusal {
        self.reason
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Rejected => {
                "the executor refused the job: its backlog is full, or the wait would be too long; \
                 submit it later, or wait for room by submit_wait"
            }
            Refusal::Shutdown => "the executor was shut down and accepts no more jobs",
            Refusal::Broken => "the executor is broken: an initializer failed",
            Refusal::TimedOut => "there was no room in the executor's backlog in time",
            Refusal::WouldDeadlock => {
                "every worker of the executor would wait for room in its own backlog; run the job \
                 in place, or allow a longer backlog"
            }
            Refusal::Interrupted => {
                "the wait for room was interrupted: the waiting job was cancelled"
            }
            Refusal::Forked => "this process was forked; the executor runs in its parent",
            Refusal::GroupClosed => "the group has finished and accepts no more jobs",
            Refusal::NoTimekeeper => {
                "the operating system has no thread for the timekeeper of the delayed jobs"
            }
            Refusal::NoExecutor => {
                "the caller runs on no executor; submit by the handle of one, or from one of its jobs"
            }
        })
    }
}

impl Error for Refusal {}

impl<F> fmt::Display for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl<F> fmt::Debug for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<F> Error for SubmitError<F> {}

/// The reason alone. The job is dropped.
impl<F> From<SubmitError<F>> for Refusal {
    fn from(error: SubmitError<F>) -> Self {
        error.reason
    }
}

/// A full backlog becomes [`QuotaExceeded`](io::ErrorKind::QuotaExceeded): not
/// [`WouldBlock`](io::ErrorKind::WouldBlock), after which code for non-blocking sockets would wait for a
/// readiness that never comes.
impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::Rejected => io::ErrorKind::QuotaExceeded,
            Refusal::TimedOut => io::ErrorKind::TimedOut,
            Refusal::WouldDeadlock => io::ErrorKind::Deadlock,
            // Not `io::ErrorKind::Interrupted`, after which `std` would try again for ever.
            Refusal::Interrupted
            | Refusal::Shutdown
            | Refusal::Broken
            | Refusal::GroupClosed
            | Refusal::NoTimekeeper => io::ErrorKind::Other,
            Refusal::Forked | Refusal::NoExecutor => io::ErrorKind::InvalidInput,
        };
        io::Error::new(kind, refusal)
    }
}

/// As its reason. The job is dropped.
impl<F> From<SubmitError<F>> for io::Error {
    fn from(error: SubmitError<F>) -> Self {
        error.reason.into()
    }
}
