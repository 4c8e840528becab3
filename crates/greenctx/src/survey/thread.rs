//! What a survey says of one green thread.

use std::panic::Location;
use std::time::Duration;

use greenstd::time::{Coarse, Instant};

use super::copy::Copied;
use crate::carrier::{Local, ThreadReport};
use crate::context::Control;
use crate::thread::ThreadId;
use crate::waiting::Waiting;

/// One green thread in a survey.
///
/// ```
/// use greenctx::{Carrier, SurveyOptions, SurveyedThread};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// carrier.run(move || {
///     let mut survey = handle.survey(SurveyOptions::new());
///     let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok().flatten();
///     let main: Option<&SurveyedThread> = slice.and_then(|slice| slice.threads().first());
///     assert!(main.is_some_and(|main| main.used_stack_bytes > 0));
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SurveyedThread {
    /// The thread itself, whatever runs on it.
    pub thread: ThreadId,
    /// What runs on it: its name and id.
    pub report: ThreadReport,
    /// Where that comes from, if its identity says so.
    pub site: Option<&'static Location<'static>>,
    /// Whether it waits.
    pub state: SurveyedState,
    /// What it waits for. `None` if it does not wait, or has not said it.
    pub waiting: Option<Waiting>,
    /// When its wait ends at the latest, if it has a limit.
    pub until: Option<Instant>,
    /// For about how long it has waited. It may be too much by as long as the carrier has run green threads without
    /// looking around: 61 switches at most.
    pub waited: Duration,
    /// How much of its stack was in use at its last switch.
    pub used_stack_bytes: usize,
    pub(super) mark: WaitMark,
    pub(super) copied: Option<Copied>,
}

/// Tells one wait of a green thread from the others, by [`SurveyedThread::mark`].
///
/// ```
/// use greenctx::{Carrier, SurveyOptions, WaitMark, park, spawn, yield_now};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// carrier.run(move || {
///     let waiter = spawn(park);
///     yield_now();
///     let id = waiter.thread().id();
///     let look = || -> Option<WaitMark> {
///         let mut survey = handle.survey(SurveyOptions::new().without_stacks());
///         let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok()??;
///         slice.threads().iter().find(|thread| thread.thread == id)?.mark()
///     };
///     let Some(first) = look() else { return };
///     // It has not run in between. The clock behind a mark stands still for some milliseconds.
///     while !look().is_some_and(|later| first.lasts_until(later)) {
///         std::thread::sleep(Duration::from_millis(1));
///         assert!(look().is_some());
///         # break;
///     }
///     waiter.thread().unpark();
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitMark {
    thread: ThreadId,
    parked_at: Coarse,
    seen_at: Coarse,
}

impl SurveyedThread {
    /// What tells its present wait from its others. `None` if it does not wait.
    ///
    /// ```
    /// use greenctx::{Carrier, SurveyOptions};
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(move || {
    ///     let mut survey = handle.survey(SurveyOptions::new().without_stacks());
    ///     let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok().flatten();
    ///     let main = slice.and_then(|slice| slice.threads().first());
    ///     assert!(main.is_some_and(|main| main.mark().is_some())); // it waits: for the survey
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn mark(&self) -> Option<WaitMark> {
        (self.state == SurveyedState::Parked).then_some(self.mark)
    }
}

impl WaitMark {
    /// Whether the wait that this marks is still the same in a later survey: the thread has not run in between. If that
    /// is not certain, `false`: a wait that had begun a few milliseconds before the first survey may be another one.
    ///
    /// ```
    /// use greenctx::{Carrier, SurveyOptions};
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(move || {
    ///     let look = || {
    ///         let mut survey = handle.survey(SurveyOptions::new().without_stacks());
    ///         let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok()??;
    ///         slice.threads().first()?.mark()
    ///     };
    ///     let (Some(one), Some(other)) = (look(), look()) else { return };
    ///     assert!(!one.lasts_until(other)); // one wait for each survey
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[must_use]
    pub fn lasts_until(self, later: WaitMark) -> bool {
        // mark-compare: a park after the first survey has a reading of the clock that is not before that of the survey.
        let begun_before = self.parked_at < self.seen_at;
        begun_before && (self.thread, self.parked_at) == (later.thread, later.parked_at)
    }
}

/// What a green thread was doing when the carrier came to it.
///
/// ```
/// use greenctx::SurveyedState;
///
/// assert_ne!(SurveyedState::Parked, SurveyedState::Ready);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SurveyedState {
    /// It waits.
    Parked,
    /// It is to run as soon as the carrier comes to it.
    Ready,
}

/// By the carrier, of a thread that is suspended.
pub(super) fn describe(local: &Local, control: &Control, now: Coarse) -> SurveyedThread {
    let seat = control.seat();
    let is_parked = local.permits().is_parked(seat);
    let waited = if is_parked { now.since(control.parked_at()) } else { Duration::ZERO };
    SurveyedThread {
        thread: control.thread.id(),
        report: control.report(),
        site: control.site(),
        state: if is_parked { SurveyedState::Parked } else { SurveyedState::Ready },
        waiting: control.reason.get().filter(|_| is_parked),
        until: local.due_of(seat).filter(|_| is_parked),
        waited,
        used_stack_bytes: control.used_bytes(),
        mark: WaitMark {
            thread: control.thread.id(),
            parked_at: control.parked_at(),
            seen_at: now,
        },
        copied: None,
    }
}
