//! Surveys: what each green thread of a carrier waits for, since when, and its stack.
//!
//! A thread that waits cannot be asked, and its registers lie where the switch has left them. So the carrier resumes it
//! with the bit `REPORT` set in the [attention word](crate::attention). The thread copies its registers and its stack,
//! and suspends again. Whoever asked walks through the copies, on a thread of its own, while the carrier goes on. No code
//! of the user's runs.
//!
//! # Protocol
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *survey-ask* | the asker | sends the carrier a request, with an empty slice in it |
//! | *survey-open* | the carrier, on the message | keeps the request for its next look around |
//! | *survey-resume* | the carrier, for each thread of the slice | sets `REPORT` and resumes the thread, wherever that waits or is ready |
//! | *survey-copy* | the thread | copies itself into the carrier's room for copies |
//! | *survey-suspend* | the thread | suspends again |
//! | *survey-answer* | the carrier | clears `REPORT`, puts the slice into the request, and unparks the asker |
//!
//! *No wake-up is lost, and none is made.* A thread has announced its park, or is in the ready queue, before it
//! switches away. *survey-resume* to *survey-suspend* change nothing of that: neither the permit, nor the timer, nor the
//! ready queue, nor a list that the thread stands in. Nobody of the same carrier can grant a permit in between, since
//! the carrier is busy with the report. A grant from another OS thread is a word and a message, as for a thread that
//! waits. After *survey-suspend* all is as it was before *survey-resume*. (Named step: `survey-suspend`.)
//!
//! *The bit is seen by no other thread.* The carrier alone sets it, for one resume, and takes it back when that returns.
//! A thread that runs for the first time would not look; so threads that have not started are only counted.
//!
//! *Each thread that lives all the while is in exactly one slice.* A thread keeps its seat, and slices go through the
//! seats in order. One that starts or ends meanwhile may be missing. So a survey is no picture of one moment, but each
//! thread in it is.
//!
//! *No carrier pauses long.* A slice has at most 64 threads and about 256 KiB of stack. Between two slices, the carrier runs
//! at least one turn of its loop: the next is asked for when the last one has been taken. Requests of several askers
//! take turns.
//!
//! *A mark tells one wait from the next.* A thread that parks notes what the carrier's clock said when the carrier last
//! looked. The carrier looks at the clock before it fills a slice (*mark-look*), and marks each wait with both readings. So
//! a thread that parks after a slice notes a reading that is not before that of the slice. If a later slice finds a reading
//! that is older, the thread has not parked since, and as it waits, it has not run (*mark-compare*). Readings that are
//! equal say nothing: the clock stands still for some milliseconds. All this is on one OS thread.
//!
//! *The asker may go.* The request is shared, and the carrier knows nothing else of it.

mod copy;
mod options;
mod slice;
mod stack;
mod thread;

use std::fmt;

use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};

pub use copy::Registers;
pub(crate) use copy::{Copies, MAX_STACK_BYTES, copy_words};
pub use options::SurveyOptions;
pub use slice::Slice;
pub use stack::StackCopy;
pub use thread::{SurveyedState, SurveyedThread, WaitMark};

use crate::carrier::{Local, Message, Shared};
use crate::context::Fiber;
use crate::park::{Wake, park_deadline};
use crate::thread::Thread;
use crate::waiting::Waiting;

/// What the survey itself looks like from inside: the asker may be a green thread.
const ASKING: Waiting = Waiting::on("the answer of a survey");

/// A survey of one carrier, of which [`next`](Self::next) brings one slice after the other.
///
/// ```
/// use greenctx::{Carrier, Survey, SurveyOptions, SurveyedState, park, spawn, yield_now};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// carrier.run(move || {
///     let waiters: Vec<_> = (0..100).map(|_| spawn(park)).collect();
///     yield_now();
///     let mut waiting = 0;
///     let mut survey: Survey = handle.survey(SurveyOptions::new());
///     while let Ok(Some(slice)) = survey.next(Instant::now() + Duration::from_secs(60)) {
///         waiting += slice.threads().iter().filter(|t| t.state == SurveyedState::Parked).count();
///     }
///     assert_eq!(waiting, 101); // we wait, too: for the survey
///     waiters.iter().for_each(|waiter| waiter.thread().unpark());
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub struct Survey {
    shared: Arc<Shared>,
    request: Arc<SurveyRequest>,
    /// The slice that the caller looks at.
    shown: Slice,
    /// Not used at present.
    spare: Option<Slice>,
    ended: bool,
}

/// The carrier has not answered in time: a green thread keeps it busy, or it has ended.
///
/// ```
/// use greenctx::{Carrier, NoAnswer, SurveyOptions};
/// use std::time::Instant;
///
/// let carrier = Carrier::new()?;
/// let mut survey = carrier.handle().survey(SurveyOptions::new());
/// let answer = survey.next(Instant::now()); // the carrier does not run yet
/// assert!(matches!(answer, Err(NoAnswer)));
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAnswer;

/// A request for one slice.
pub(crate) struct SurveyRequest {
    asker: Thread,
    options: SurveyOptions,
    state: Mutex<State>,
}

enum State {
    /// To be filled by the carrier, or being filled.
    Asked(Option<Slice>),
    Answered(Slice),
    Taken,
}

impl Survey {
    pub(crate) fn new(shared: Arc<Shared>, options: SurveyOptions) -> Self {
        let request = Arc::new(SurveyRequest {
            asker: crate::current(),
            options,
            state: Mutex::new(State::Taken),
        });
        let spare = Some(Slice::blank(options.stacks));
        let shown = Slice::blank(options.stacks);
        let mut survey = Survey { shared, request, shown, spare, ended: false };
        // At once: several carriers then answer side by side.
        survey.ask(0);
        survey
    }

    /// The next slice; `None` after the last one. While the caller looks at it, the carrier prepares the one after.
    ///
    /// Call it on the thread that has begun the survey: the carrier wakes that one alone.
    ///
    /// ```
    /// use greenctx::{Carrier, SurveyOptions};
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// let slices = carrier.run(move || {
    ///     let mut survey = handle.survey(SurveyOptions::new());
    ///     let mut slices = 0;
    ///     while let Ok(Some(_)) = survey.next(Instant::now() + Duration::from_secs(60)) {
    ///         slices += 1;
    ///     }
    ///     slices
    /// })?;
    /// assert_eq!(slices, 1); // one thread alone
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Errors
    /// [`NoAnswer`] if the slice does not come before `deadline`. A later call waits for it again.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread, until the slice is there or `deadline` passes. A
    /// cancellation does not end the wait.
    #[allow(clippy::should_implement_trait, reason = "it lends what an iterator would give away")]
    pub fn next(&mut self, deadline: Instant) -> Result<Option<&Slice>, NoAnswer> {
        if self.ended {
            return Ok(None);
        }
        let slice = self.request.wait(deadline).ok_or(NoAnswer)?;
        self.spare = Some(std::mem::replace(&mut self.shown, slice));
        match self.shown.next_seat {
            Some(seat) => self.ask(seat),
            None => self.ended = true,
        }
        Ok(Some(&self.shown))
    }

    /// *survey-ask*
    fn ask(&mut self, seat: usize) {
        let mut slice = self.spare.take().expect("one slice is shown, and the other one is spare");
        slice.clear();
        slice.next_seat = Some(seat);
        self.request.ask(slice);
        self.shared.send(Message::Survey(self.request.clone()));
    }
}

impl SurveyRequest {
    fn ask(&self, slice: Slice) {
        *self.state.lock() = State::Asked(Some(slice));
    }

    fn take(&self) -> Option<Slice> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Answered(slice) => Some(slice),
            other => {
                *state = other;
                None
            }
        }
    }

    fn wait(&self, deadline: Instant) -> Option<Slice> {
        loop {
            if let Some(slice) = self.take() {
                return Some(slice);
            }
            // The answer takes a moment only, so a cancelled thread may wait for it too.
            let park = || crate::waiting(&ASKING, || park_deadline(deadline));
            let timed_out = crate::shield(park) == Ok(Wake::TimedOut);
            if timed_out || time::now() >= deadline {
                // The answer may have come with the last moment.
                return self.take();
            }
        }
    }

    /// Carrier: fills the slice with some of `fibers`, and answers.
    pub(crate) fn answer(&self, local: &Local, fibers: &mut [Option<Fiber>]) {
        let slice = match &mut *self.state.lock() {
            State::Asked(slice) => slice.take(),
            _ => None,
        };
        let Some(mut slice) = slice else { return };
        slice.fill(local, fibers, self.options);
        // survey-answer
        *self.state.lock() = State::Answered(slice);
        self.asker.unpark();
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the carrier has not answered in time")
    }
}

impl std::error::Error for NoAnswer {}

impl fmt::Debug for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Survey")
            .field("carrier", self.shared.name())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SurveyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SurveyRequest").field("options", &self.options).finish_non_exhaustive()
    }
}
