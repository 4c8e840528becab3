//! Questions of other threads to a carrier that may trace, and their answers.

use std::fmt;

use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};

use super::Trace;
use super::reading::Raw;
use crate::park::{Wake, park_deadline};
use crate::thread::Thread;
use crate::waiting::{Waiting, waiting};

/// What a carrier is asked; see the protocol of the [module](super).
#[derive(Debug)]
pub(crate) enum TraceRequest {
    /// Trace, with room for so many records.
    Start { records: usize, answer: Arc<Answer<()>> },
    /// Tell what has been recorded. The answer is `None` if the carrier does not trace.
    Snapshot { answer: Arc<Answer<Option<Raw>>> },
    /// Do not trace for this asker any more.
    Stop,
}

/// Room for an answer.
pub(crate) struct Answer<T> {
    asker: Thread,
    place: Mutex<Option<T>>,
}

impl<T> Answer<T> {
    pub(crate) fn to(asker: Thread) -> Arc<Self> {
        Arc::new(Answer { asker, place: Mutex::new(None) })
    }

    pub(crate) fn give(&self, answer: T) {
        *self.place.lock() = Some(answer);
        self.asker.unpark();
    }

    fn wait(&self, deadline: Instant) -> Option<T> {
        loop {
            if let Some(answer) = self.place.lock().take() {
                return Some(answer);
            }
            // The answer takes a moment only, so a cancelled thread may wait for it too.
            let park = || waiting(&Waiting::FOR_AN_ANSWER, || park_deadline(deadline));
            let timed_out = crate::shield(park) == Ok(Wake::TimedOut);
            if timed_out || time::now() >= deadline {
                // The answer may have come with the last moment.
                return self.place.lock().take();
            }
        }
    }
}

/// A carrier that was told to trace, by [`CarrierHandle::start_trace`](crate::CarrierHandle::start_trace).
///
/// ```
/// use greenctx::Carrier;
/// use greenctx::trace::Starting;
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let starting: Starting = carrier.handle().start_trace(1000);
/// carrier.run(|| ())?; // the carrier reads it when it looks around
/// assert!(starting.wait(Instant::now() + Duration::from_secs(60)));
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug)]
pub struct Starting {
    answer: Arc<Answer<()>>,
}

impl Starting {
    pub(crate) fn new(answer: Arc<Answer<()>>) -> Self {
        Starting { answer }
    }

    /// Waits until the carrier traces; whether it does. It begins when it looks around: at once, unless a thread on it
    /// runs for long, or it has ended.
    ///
    /// ```
    /// use greenctx::Carrier;
    /// use std::time::Instant;
    ///
    /// let carrier = Carrier::new()?;
    /// let starting = carrier.handle().start_trace(1000);
    /// assert!(!starting.wait(Instant::now())); // it does not run yet
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread or blocks the OS thread, until `deadline` at the latest. A cancellation does not
    /// interrupt it.
    pub fn wait(&self, deadline: Instant) -> bool {
        self.answer.wait(deadline).is_some()
    }
}

/// A carrier that was asked for its trace, by
/// [`CarrierHandle::snapshot_trace`](crate::CarrierHandle::snapshot_trace).
///
/// ```
/// use greenctx::Carrier;
/// use greenctx::trace::AskedForTrace;
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let asked: AskedForTrace = carrier.handle().snapshot_trace();
/// carrier.run(|| ())?;
/// // It was not told to trace.
/// assert!(asked.wait(Instant::now() + Duration::from_secs(60)).is_none());
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug)]
#[must_use = "the answer is to be waited for"]
pub struct AskedForTrace {
    answer: Arc<Answer<Option<Raw>>>,
}

impl AskedForTrace {
    pub(crate) fn new(answer: Arc<Answer<Option<Raw>>>) -> Self {
        AskedForTrace { answer }
    }

    /// Waits for the answer. `None` if the carrier does not trace, or has not answered by `deadline`: a thread on it
    /// runs for long, or it has ended.
    ///
    /// ```
    /// use greenctx::Carrier;
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// handle.start_trace(1000);
    /// let asked = handle.snapshot_trace();
    /// carrier.run(|| ())?;
    /// assert!(asked.wait(Instant::now() + Duration::from_secs(60)).is_some());
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread or blocks the OS thread, until `deadline` at the latest. A cancellation does not
    /// interrupt it.
    pub fn wait(&self, deadline: Instant) -> Option<Trace> {
        self.answer.wait(deadline).flatten().map(Raw::read)
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}
