//! Why a wait was given up, as the waiting thread sees it: a cancellation, or a deadline that has passed.

use std::error::Error;
use std::fmt;
use std::io;

use crate::context;
use crate::deadline::Scope;
use crate::role::Role;

/// A park point returned without what it waited for. The green thread has been cancelled, or the
/// [deadline](crate::with_timeout) of a scope around it has passed.
///
/// Both are cooperative: nothing is thrown, and the code decides how to end. A cancellation stays in force,
/// so every later park point returns at once too. So does a park point in the scope of a deadline that has
/// passed. Clean-up that has to wait runs in [`shield`].
///
/// ```
/// use greenctx::{Interrupted, with_timeout, sleep};
/// use std::time::Duration;
///
/// fn work() -> Result<(), Interrupted> {
///     sleep(Duration::from_secs(3600))?; // pass it on by `?`
///     Ok(())
/// }
///
/// match with_timeout(Duration::from_millis(1), work) {
///     Err(interrupted) if interrupted.is_timed_out() => println!("it took too long"),
///     outcome => panic!("not expected: {outcome:?}"),
/// }
/// ```
#[doc(alias = "Cancelled")]
#[doc(alias = "Elapsed")]
#[doc(alias = "TimeoutError")]
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
    pub(crate) fn cancelled(role: &Role) -> Self {
        role.has_been_interrupted.set(true);
        Interrupted { reason: Reason::Cancelled }
    }

    /// For the caller, whose scope's deadline has passed.
    #[cold]
    pub(crate) fn timed_out() -> Self {
        if let Some(control) = context::current() {
            control.role.present().has_timed_out.set(true);
        }
        Interrupted { reason: Reason::TimedOut }
    }

    /// Whether the green thread has been cancelled.
    ///
    /// ```
    /// use greenctx::{Carrier, current, park};
    ///
    /// let parked = Carrier::new()?.run(|| {
    ///     current().cancel();
    ///     park()
    /// })?;
    /// assert!(parked.is_err_and(|interrupted| interrupted.is_cancelled()));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.reason == Reason::Cancelled
    }

    /// Whether the deadline of a scope around the wait has passed.
    ///
    /// ```
    /// use greenctx::{with_timeout, park};
    /// use std::time::Duration;
    ///
    /// let parked = with_timeout(Duration::ZERO, park);
    /// assert!(parked.is_err_and(|interrupted| interrupted.is_timed_out()));
    /// ```
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

/// Whether the current green thread has been asked to stop. Always `false` on a plain OS thread.
///
/// For long computations without a park point; the others learn it from the error of their next wait.
///
/// ```
/// use greenctx::{Carrier, current, is_cancelled};
///
/// let steps = Carrier::new()?.run(|| {
///     let mut steps = 0;
///     while !is_cancelled() {
///         steps += 1;
///         if steps == 10 {
///             current().cancel(); // somebody else does this
///         }
///     }
///     steps
/// })?;
/// assert_eq!(steps, 10);
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub fn is_cancelled() -> bool {
    context::current().is_some_and(context::Control::is_cancelled)
}

/// Whether a park point of the current green thread has already returned [`Interrupted`] because it has
/// been asked to stop, under the [identity](crate::assume) that it has at present. Always `false` on a plain
/// OS thread.
///
/// For code that runs other people's code, and asks whether that may have ended because of it.
///
/// ```
/// use greenctx::{Carrier, JoinError, has_been_interrupted, is_cancelled, park, spawn};
///
/// Carrier::new()?.run(|| {
///     let stopped = spawn(|| {
///         let before = has_been_interrupted();
///         (is_cancelled(), before, park().is_err(), has_been_interrupted())
///     });
///     stopped.thread().cancel();
///     assert_eq!(stopped.join()?, (true, false, true, true));
///     Ok::<_, JoinError>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// Neither parks nor blocks.
pub fn has_been_interrupted() -> bool {
    context::current().is_some_and(|control| control.role.present().has_been_interrupted.get())
}

/// Whether a wait of the calling green thread, or of the job that it runs, has ended by a
/// [deadline](crate::with_timeout) around it. On a plain OS thread it is always `false`.
///
/// As [`has_been_interrupted`] for a cancellation.
///
/// ```
/// use greenctx::{Carrier, has_timed_out, park, with_timeout};
/// use std::time::Duration;
///
/// Carrier::new()?.run(|| {
///     assert!(!has_timed_out());
///     assert!(with_timeout(Duration::ZERO, park).is_err());
///     assert!(has_timed_out());
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Blocking
/// Neither parks nor blocks.
pub fn has_timed_out() -> bool {
    context::current().is_some_and(|control| control.role.present().has_timed_out.get())
}

/// Runs `cleanup` with cancellation and deadlines out of sight, so that its park points wait as usual.
///
/// Calls nest. A [deadline](crate::with_timeout) inside of it is in force. On a plain OS thread, which is never
/// cancelled, it hides deadlines alone.
///
/// ```
/// use greenctx::{Carrier, current, shield, sleep};
/// use std::time::Duration;
///
/// Carrier::new()?.run(|| {
///     current().cancel();
///     assert!(sleep(Duration::from_millis(1)).is_err());
///     // Say goodbye to the peer, which takes a moment.
///     assert!(shield(|| sleep(Duration::from_millis(1))).is_ok());
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Panics
/// With the panic of `cleanup`.
///
/// # Blocking
/// Neither parks nor blocks by itself.
#[doc(alias = "uncancellable")]
pub fn shield<R>(cleanup: impl FnOnce() -> R) -> R {
    /// Takes the shield down again, also while unwinding.
    struct Lower<'a>(&'a context::Control);
    impl Drop for Lower<'_> {
        fn drop(&mut self) {
            let role = self.0.role.present();
            role.shields.set(role.shields.get() - 1);
        }
    }
    let _no_deadline = Scope::enter(None);
    let _lower = context::current().map(|control| {
        let role = control.role.present();
        role.shields.set(role.shields.get() + 1);
        Lower(control)
    });
    cleanup()
}
