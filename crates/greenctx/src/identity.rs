//! Identities: what a green thread is while it runs a job.
//!
//! A green thread has an id and a name of its own. Some run other people's jobs, one after the other or one
//! within the other. Such a thread assumes the identity of each job for the time that the job runs. The
//! identity decides the name in an overflow report, the cancellation that park points see, and the
//! green-locals.

use std::any::Any;
use std::fmt;

use greenstd::time::Instant;

use crate::carrier::Local;
use crate::context::{self, Control};
use crate::deadline::with_deadline;
use crate::hook::Aside;
use crate::trace::Label;

/// What a green thread is for the duration of [`assume`]: a job, say.
///
/// ```
/// use greenctx::{Carrier, Identity, assume, park};
/// use std::fmt;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// struct Job {
///     id: u64,
///     cancelled: AtomicBool,
/// }
/// impl Identity for Job {
///     fn id(&self) -> u64 {
///         self.id
///     }
///     fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
///         write!(out, "job {}", self.id)
///     }
///     fn is_cancelled(&self) -> bool {
///         self.cancelled.load(Ordering::Acquire)
///     }
/// }
///
/// Carrier::new()?.run(|| {
///     let job = Job { id: 1, cancelled: AtomicBool::new(true) };
///     let outcome = assume(&job, park);
///     assert!(outcome.is_err()); // the job was cancelled, and the thread was not
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub trait Identity: Any + Send + Sync {
    /// A number that tells it from every other identity. It is not 0.
    fn id(&self) -> u64;

    /// Writes its name. The overflow handler calls it too, so it must not allocate or lock.
    fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result;

    /// Whether it has been asked to stop. Park points then return [`Interrupted`].
    ///
    /// While an identity is assumed, [`Thread::cancel`](crate::Thread::cancel) has no effect on park points.
    ///
    /// [`Interrupted`]: crate::Interrupted
    fn is_cancelled(&self) -> bool;

    /// What a [trace](crate::trace) tells of it. It must not park.
    ///
    /// Unless it is defined: nothing but the id.
    fn label(&self) -> Label<'_> {
        Label::default()
    }
}

/// Runs `run` under another identity, with green-locals of its own.
///
/// What a [`SwitchHook`](crate::SwitchHook) keeps apart is set aside meanwhile. The former role returns also
/// if `run` unwinds. On a plain OS thread `run` is just called.
///
/// ```
/// use greenctx::{Carrier, Identity, assume, green_local};
/// use std::{cell::Cell, fmt};
///
/// struct Job;
/// impl Identity for Job {
///     fn id(&self) -> u64 {
///         1
///     }
///     fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
///         out.write_str("job")
///     }
///     fn is_cancelled(&self) -> bool {
///         false
///     }
/// }
/// green_local! {
///     static STEPS: Cell<u32> = Cell::new(0);
/// }
///
/// Carrier::new()?.run(|| {
///     STEPS.set(5);
///     let seen = assume(&Job, || STEPS.get());
///     assert_eq!(seen, 0); // the job has values of its own
///     assert_eq!(STEPS.get(), 5);
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Panics
/// With the panic of `run`.
///
/// # Blocking
/// Neither parks nor blocks by itself. `run` may park.
#[inline]
pub fn assume<R>(identity: &(dyn Identity + 'static), run: impl FnOnce() -> R) -> R {
    assume_until(identity, None, run)
}

/// As [`assume`], and with a [deadline](crate::with_deadline) around all of `run`, if there is one. It costs no more.
///
/// Deadlines around the caller are not in force: they are those of its own identity. While `run` does not set an
/// inner one, [`current_deadline`](crate::current_deadline) is this one.
///
/// ```
/// use greenctx::{Carrier, Identity, assume_until, current_deadline, sleep, with_timeout};
/// use std::fmt;
/// use std::time::{Duration, Instant};
///
/// struct Job;
/// impl Identity for Job {
///     fn id(&self) -> u64 {
///         1
///     }
///     fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
///         out.write_str("job")
///     }
///     fn is_cancelled(&self) -> bool {
///         false
///     }
/// }
///
/// Carrier::new()?.run(|| {
///     let now = Instant::now();
///     let slept = assume_until(&Job, Some(now), || sleep(Duration::from_secs(3600)));
///     assert!(slept.is_err_and(|interrupted| interrupted.is_timed_out()));
///     with_timeout(Duration::from_secs(3600), || {
///         assert_eq!(assume_until(&Job, None, current_deadline), None);
///     });
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Panics
/// With the panic of `run`.
///
/// # Blocking
/// Neither parks nor blocks by itself. `run` may park.
#[inline]
pub fn assume_until<R>(
    identity: &(dyn Identity + 'static),
    deadline: Option<Instant>,
    run: impl FnOnce() -> R,
) -> R {
    match context::current() {
        None => on_plain_thread(deadline, run),
        Some(control) if control.watch.is_hooked() => {
            assume_hooked(control, identity, deadline, run)
        }
        Some(control) => control.role.play(identity, deadline, run),
    }
}

#[cold]
fn on_plain_thread<R>(deadline: Option<Instant>, run: impl FnOnce() -> R) -> R {
    match deadline {
        Some(deadline) => with_deadline(deadline, run),
        None => run(),
    }
}

/// As [`assume`], with what the carrier's hook keeps set aside.
#[cold]
#[inline(never)]
fn assume_hooked<R>(
    control: &Control,
    identity: &(dyn Identity + 'static),
    deadline: Option<Instant>,
    run: impl FnOnce() -> R,
) -> R {
    let _aside = Local::with(Local::hook).map(Aside::take);
    control.role.play(identity, deadline, run)
}

/// Looks at the identity that the current green thread has assumed, if any. `look` must not park.
///
/// ```
/// use greenctx::with_identity;
///
/// /// The id of the job that the caller runs.
/// fn job_id() -> Option<u64> {
///     with_identity(|identity| identity.map(|identity| identity.id()))
/// }
///
/// assert_eq!(job_id(), None);
/// ```
pub fn with_identity<R>(look: impl FnOnce(Option<&dyn Identity>) -> R) -> R {
    match context::current() {
        Some(control) => look(control.role.present().identity()),
        None => look(None),
    }
}
