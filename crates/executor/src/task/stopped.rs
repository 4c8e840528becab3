//! Whether a job that was asked to stop has ended by that: by the [`Interrupted`] that it was given, which
//! it has returned as its failure, or unwrapped.
//!
//! A job is stopped if all of this holds:
//!
//! * it has been asked to stop;
//! * one of its waits has returned `Interrupted` for that reason, or one of a part of it that ran elsewhere;
//! * it has ended by a failure or a panic, and nothing says that this is about something else.
//!
//! Errors and messages of panics speak for themselves. All errors of ours have the word *interrupted* in their
//! text, and so have those made of them by `?`. So has what is said of a job that was cancelled: a job that was asked
//! to stop has passed that on to its groups. A failure of a type that cannot be looked into counts as the
//! interruption. A payload without a text does not.
//!
//! [`Interrupted`]: greenctx::Interrupted

use std::any::Any;
use std::error::Error;
use std::io;

use greenstd::panics;

use super::state::State;

/// Whether `failure`, which the running job has returned, is its having been asked to stop.
#[cold]
pub(super) fn by_failure(state: &State, failure: &dyn Any) -> bool {
    may_be(state) && says_so(failure, is_said_by).unwrap_or(true)
}

/// Whether a panic of the running job with this payload is its having been asked to stop.
#[cold]
pub(super) fn by_panic(state: &State, payload: &(dyn Any + Send)) -> bool {
    may_be(state) && says_so(payload, is_said_by).unwrap_or(false)
}

fn may_be(state: &State) -> bool {
    let state = state.load();
    state.is_cancel_requested()
        && (greenctx::has_been_interrupted() || state.was_part_interrupted())
}

/// Whether `is_said_by` holds for a text of what is thrown or returned; `None` if it has none.
pub(crate) fn says_so(thrown: &dyn Any, is_said_by: fn(&str) -> bool) -> Option<bool> {
    if let Some(text) = thrown.downcast_ref::<String>() {
        return Some(is_said_by(text));
    }
    if let Some(text) = thrown.downcast_ref::<&'static str>() {
        return Some(is_said_by(text));
    }
    let error = as_error(thrown)?;
    // Foreign code; if it panics, it says nothing.
    panics::contain(|| chain(error).any(|error| is_said_by(&error.to_string()))).ok()
}

fn is_said_by(text: &str) -> bool {
    text.contains("nterrupted") || text.contains("the job was cancelled")
}

/// The error in `thrown`, if it is of a type that is known to be one.
fn as_error(thrown: &dyn Any) -> Option<&(dyn Error + 'static)> {
    fn plain<E: Error + 'static>(thrown: &dyn Any) -> Option<&(dyn Error + 'static)> {
        thrown.downcast_ref::<E>().map(|error| error as _)
    }
    if let Some(error) = thrown.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        return Some(&**error);
    }
    if let Some(error) = thrown.downcast_ref::<Box<dyn Error + Send>>() {
        return Some(&**error);
    }
    let known = [
        plain::<greenctx::Interrupted>,
        plain::<io::Error>,
        plain::<crate::WaitError>,
        plain::<crate::TaskError>,
        plain::<crate::Refusal>,
        plain::<crate::MapError>,
    ];
    known.into_iter().find_map(|as_known| as_known(thrown))
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
