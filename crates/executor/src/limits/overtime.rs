//! Whether a job whose time is over has ended by that.
//!
//! A job has ended by its limit if all of this holds:
//!
//! * the limit has passed;
//! * it has ended by a failure or a panic;
//! * the failure, or the message of the panic, says that a time was over, or that a wait was interrupted. A failure of
//!   a type that cannot be looked into says so if a wait of the job has ended by a deadline.
//!
//! What the job returns as a success counts, however late. So does an error that is about something else.

use std::any::Any;

use greenstd::time;

use crate::task::says_so;

/// Whether `failure`, which the running job has returned, is that its time was over.
#[cold]
pub(crate) fn by_failure(failure: &dyn Any) -> bool {
    is_over() && says_so(failure, is_said_by).unwrap_or_else(greenctx::has_timed_out)
}

/// Whether a panic of the running job with this payload is that its time was over.
#[cold]
pub(crate) fn by_panic(payload: &(dyn Any + Send)) -> bool {
    is_over() && says_so(payload, is_said_by).unwrap_or(false)
}

/// Called in the job's role, outside of all scopes that the job has set. So what is in force is its limit.
fn is_over() -> bool {
    time::has_passed(greenctx::current_deadline())
}

/// All errors of ours that are about a deadline say one of these; so do those of `std` and of many others.
fn is_said_by(text: &str) -> bool {
    ["imed out", "time was over", "nterrupted"].iter().any(|words| text.contains(words))
}
