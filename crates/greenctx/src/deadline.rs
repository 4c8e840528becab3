//! Deadlines for everything that waits in a scope.

use std::cell::Cell;
use std::time::Duration;

use greenstd::time::{self, Instant};

use crate::context;

greenstd::thread_local! {
    /// The deadline of the scope that the plain OS thread is in.
    static OS_DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Runs `run`, in which every wait ends with an error once `timeout` has passed: every lock, channel,
/// future, socket and sleep, whatever it waits for.
///
/// Nothing is thrown: a park point that would wait past the deadline returns [`Interrupted`], for which
/// [`Interrupted::is_timed_out`] holds. Computation is not interrupted. If what a wait is for is there, the
/// wait gets it, also after the deadline. But reading from a peer that never pauses ends too, and so does
/// receiving from a channel that is never empty. Every 64th such operation in a row looks at the deadline.
///
/// Scopes nest: an inner one cannot prolong the outer one. What `run` spawns or submits has no part in the
/// deadline; nor has a job that happens to be run on the waiter's stack. A [`shield`](crate::shield) hides
/// the deadline.
///
/// ```
/// use greenctx::{with_timeout, sleep};
/// use std::time::Duration;
///
/// let slept = with_timeout(Duration::from_millis(5), || sleep(Duration::from_secs(3600)));
/// assert!(slept.is_err_and(|interrupted| interrupted.is_timed_out()));
/// ```
///
/// # Panics
/// With the panic of `run`.
///
/// # Blocking
/// Neither parks nor blocks by itself. On a plain OS thread the waits of our own crates keep the deadline
/// too.
///
/// [`Interrupted`]: crate::Interrupted
/// [`Interrupted::is_timed_out`]: crate::Interrupted::is_timed_out
#[doc(alias = "timeout")]
#[doc(alias = "deadline")]
#[doc(alias = "move_on_after")]
pub fn with_timeout<R>(timeout: Duration, run: impl FnOnce() -> R) -> R {
    match time::after(timeout) {
        Some(moment) => with_deadline(moment, run),
        // Beyond the clock's range: no deadline but the outer one.
        None => run(),
    }
}

/// As [`with_timeout`], with a moment instead of a duration: for several scopes that share one limit.
///
/// ```
/// use greenctx::{with_deadline, sleep};
/// use std::time::{Duration, Instant};
///
/// let limit = Instant::now() + Duration::from_millis(5);
/// for _step in 0..2 {
///     // Both steps together have 5 ms.
///     let slept = with_deadline(limit, || sleep(Duration::from_secs(3600)));
///     assert!(slept.is_err_and(|interrupted| interrupted.is_timed_out()));
/// }
/// ```
///
/// # Panics
/// With the panic of `run`.
///
/// # Blocking
/// Neither parks nor blocks by itself.
#[doc(alias = "timeout_at")]
pub fn with_deadline<R>(moment: Instant, run: impl FnOnce() -> R) -> R {
    let outer = current_deadline();
    let _scope = Scope::enter(Some(outer.map_or(moment, |outer| outer.min(moment))));
    run()
}

/// When the innermost [deadline](with_timeout) around the caller passes. `None` outside of all, and in a
/// [`shield`](crate::shield).
///
/// To give the time that is left to something else, a server say:
///
/// ```
/// use greenctx::{current_deadline, with_timeout};
/// use std::time::{Duration, Instant};
///
/// assert_eq!(current_deadline(), None);
/// with_timeout(Duration::from_secs(60), || {
///     let left = current_deadline().map(|at| at.saturating_duration_since(Instant::now()));
///     assert!(left.is_some_and(|left| left <= Duration::from_secs(60)));
/// });
/// ```
pub fn current_deadline() -> Option<Instant> {
    match context::current() {
        Some(control) => control.role.present().deadline.get(),
        None => OS_DEADLINE.with(Cell::get),
    }
}

/// While it lives, another deadline (or none) is in force.
pub(crate) struct Scope {
    outer: Option<Instant>,
}

impl Scope {
    pub(crate) fn enter(deadline: Option<Instant>) -> Self {
        Scope { outer: replace(deadline) }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        replace(self.outer);
    }
}

fn replace(deadline: Option<Instant>) -> Option<Instant> {
    match context::current() {
        Some(control) => control.role.present().deadline.replace(deadline),
        None => OS_DEADLINE.with(|cell| cell.replace(deadline)),
    }
}
