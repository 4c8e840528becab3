//! Cancellation, as the cancelled one sees it.

use std::error::Error;
use std::fmt;

use crate::context;

/// A park point returned because its green thread has been cancelled.
///
/// Cancellation is cooperative: nothing is thrown, the code decides how to end. It stays in force,
/// so every later park point returns at once too; cleaning up that has to wait runs in [`shield`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted {
    _private: (),
}

impl Interrupted {
    pub(crate) fn new() -> Self {
        Interrupted { _private: () }
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted: this green thread has been cancelled")
    }
}

impl Error for Interrupted {}

/// Whether the current green thread has been asked to stop: for long computations without a park
/// point. Always `false` on a plain OS thread.
pub fn is_cancelled() -> bool {
    context::current().is_some_and(context::Control::is_interrupted)
}

/// Runs `cleanup` with cancellation out of sight, so that its park points wait as usual. Nests.
///
/// On a plain OS thread `cleanup` is just called.
pub fn shield<R>(cleanup: impl FnOnce() -> R) -> R {
    let Some(control) = context::current() else {
        return cleanup();
    };
    struct Lower<'a>(&'a context::Control);
    impl Drop for Lower<'_> {
        fn drop(&mut self) {
            self.0.role.with(|role| role.shields -= 1);
        }
    }
    control.role.with(|role| role.shields += 1);
    let _lower = Lower(control);
    cleanup()
}
