//! Why a wait is given up, as the waiting one sees it: cancelled, or past a deadline.

use std::error::Error;
use std::fmt;
use std::io;

use crate::context;
use crate::deadline::Scope;
use crate::identity::Role;

/// A park point returned without what it waited for: its green thread has been cancelled, or the
/// [`deadline`](crate::deadline) of a scope around it has passed.
///
/// Both are cooperative: nothing is thrown, the code decides how to end. A cancellation stays in force,
/// so every later park point returns at once too, and so do those that follow in the scope of a deadline
/// that has passed; cleaning up that has to wait runs in [`shield`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted {
    reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Cancelled,
    TimedOut,
}

impl Interrupted {
    /// For a park point of a green thread in this role.
    #[cold]
    pub(crate) fn cancelled(role: &mut Role) -> Self {
        role.has_been_interrupted = true;
        Interrupted { reason: Reason::Cancelled }
    }

    pub(crate) fn timed_out() -> Self {
        Interrupted { reason: Reason::TimedOut }
    }

    /// Whether the green thread has been cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.reason == Reason::Cancelled
    }

    /// Whether the deadline of a scope around the wait has passed.
    pub fn is_timed_out(&self) -> bool {
        self.reason == Reason::TimedOut
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.reason {
            Reason::Cancelled => "interrupted: this green thread has been cancelled",
            Reason::TimedOut => "timed out: the deadline around this wait has passed",
        })
    }
}

impl Error for Interrupted {}

/// A passed deadline becomes [`TimedOut`](io::ErrorKind::TimedOut). A cancellation does not become
/// [`io::ErrorKind::Interrupted`], after which `std` would try again for ever, but
/// [`Other`](io::ErrorKind::Other). Either keeps the `Interrupted` as its inner error.
impl From<Interrupted> for io::Error {
    fn from(interrupted: Interrupted) -> Self {
        let kind = match interrupted.reason {
            Reason::Cancelled => io::ErrorKind::Other,
            Reason::TimedOut => io::ErrorKind::TimedOut,
        };
        io::Error::new(kind, interrupted)
    }
}

/// Whether the current green thread has been asked to stop: for long computations without a park
/// point. Always `false` on a plain OS thread.
pub fn is_cancelled() -> bool {
    context::current().is_some_and(context::Control::is_cancelled)
}

/// Whether a park point of the current green thread has already returned [`Interrupted`] because it has
/// been asked to stop, under the [identity](crate::assume) that it has at present. For those who run other
/// people's code, and want to know whether it may have ended by that. Always `false` on a plain OS thread.
///
/// ```
/// use greenctx::{Carrier, has_been_interrupted, is_cancelled, park, spawn};
///
/// Carrier::new()?.run(|| {
///     let stopped = spawn(|| {
///         let before = has_been_interrupted();
///         (is_cancelled(), before, park().is_err(), has_been_interrupted())
///     });
///     stopped.thread().cancel();
///     assert_eq!(stopped.join().unwrap(), (true, false, true, true));
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Blocking
/// Neither parks nor blocks.
pub fn has_been_interrupted() -> bool {
    context::current().is_some_and(|control| control.role.with(|role| role.has_been_interrupted))
}

/// Runs `cleanup` with cancellation and deadlines out of sight, so that its park points wait as usual.
/// Nests; a [`deadline`](crate::deadline) inside it is in force.
///
/// On a plain OS thread, which is never cancelled, it hides deadlines alone.
pub fn shield<R>(cleanup: impl FnOnce() -> R) -> R {
    struct Lower<'a>(&'a context::Control);
    impl Drop for Lower<'_> {
        fn drop(&mut self) {
            self.0.role.with(|role| role.shields -= 1);
        }
    }
    let _no_deadline = Scope::enter(None);
    let _lower = context::current().map(|control| {
        control.role.with(|role| role.shields += 1);
        Lower(control)
    });
    cleanup()
}
