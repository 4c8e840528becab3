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
    pub(super) copied: Option<Copied>,
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
        copied: None,
    }
}
