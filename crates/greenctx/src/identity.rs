//! Identities: what a green thread is while it runs a job.
//!
//! A green thread has an id and a name of its own. Some run other people's jobs, one after the other or one
//! within the other. Such a thread assumes the identity of each job for the time that the job runs. The
//! identity decides the name in an overflow report, the cancellation that park points see, and the
//! green-locals.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};

use greenstd::panics;
use greenstd::sync::Arc;
use greenstd::time::Instant;

use crate::carrier::Local;
use crate::context::{self, Control};
use crate::hook::Aside;
use crate::local::Locals;

/// What a green thread is for the duration of [`assume`]: a job, say.
///
/// ```
/// use greenctx::{Carrier, Identity, assume, park};
/// use std::fmt;
/// use std::sync::Arc;
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
///     let job = Arc::new(Job { id: 1, cancelled: AtomicBool::new(true) });
///     let (_job, outcome) = assume(job, park);
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
}

/// What changes with the identity. `Default` is that of a green thread which is just itself.
#[derive(Default)]
pub(crate) struct Role {
    pub(crate) identity: Option<Arc<dyn Identity>>,
    pub(crate) locals: Locals,
    pub(crate) shields: u32,
    /// Of the innermost [`deadline`](crate::deadline) scope.
    pub(crate) deadline: Option<Instant>,
    /// Whether a park point has returned [`Interrupted`](crate::Interrupted) for a cancellation.
    pub(crate) has_been_interrupted: bool,
}

/// The role of one green thread. It lives in the thread's first frame.
#[derive(Default)]
pub(crate) struct RoleCell {
    role: RefCell<Role>,
    /// The id of the assumed identity, 0 if there is none. The carrier shows it to others.
    identity_id: Cell<u64>,
}

impl RoleCell {
    /// Looks at the role. `look` must not park, and must run no user code.
    #[inline]
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut Role) -> R) -> R {
        look(&mut self.role.borrow_mut())
    }

    #[inline]
    pub(crate) fn identity_id(&self) -> u64 {
        self.identity_id.get()
    }

    /// Puts another role in place of the present one, and returns that.
    #[inline]
    fn replace(&self, role: Role) -> Role {
        let id = role.identity.as_ref().map_or(0, |identity| identity.id());
        self.identity_id.set(id);
        Local::with(|local| local.counters().set_running(id));
        self.with(|present| std::mem::replace(present, role))
    }

    /// Looks at the identity from a signal handler, which may have interrupted `with`.
    pub(crate) fn peek<R>(&self, look: impl FnOnce(Option<&dyn Identity>) -> R) -> R {
        match self.role.try_borrow() {
            Ok(role) => look(role.identity.as_deref()),
            Err(_) => look(None),
        }
    }

    /// Runs the destructors of the green-locals, also of those that they make. Their panics end
    /// here.
    #[inline]
    pub(crate) fn drop_locals(&self) {
        if !self.with(|role| role.locals.is_empty()) {
            self.drop_all_locals();
        }
    }

    #[cold]
    fn drop_all_locals(&self) {
        while let Some(value) = self.with(|role| role.locals.pop()) {
            panics::dispose(value);
        }
    }
}

/// Runs `run` under another identity, with green-locals of its own, and hands the identity back.
///
/// What a [`SwitchHook`](crate::SwitchHook) keeps apart is set aside meanwhile. The former role returns also
/// if `run` unwinds. On a plain OS thread `run` is just called.
///
/// ```
/// use greenctx::{Carrier, Identity, assume, green_local};
/// use std::{cell::Cell, fmt, sync::Arc};
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
///     let (_job, seen) = assume(Arc::new(Job), || STEPS.get());
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
pub fn assume<R>(identity: Arc<dyn Identity>, run: impl FnOnce() -> R) -> (Arc<dyn Identity>, R) {
    let Some(control) = context::current() else {
        return (identity, run());
    };
    if control.watch.is_hooked() {
        return assume_hooked(control, identity, run);
    }
    assume_on(control, identity, run)
}

/// As [`assume`], with what the carrier's hook keeps set aside.
#[cold]
#[inline(never)]
fn assume_hooked<R>(
    control: &Control,
    identity: Arc<dyn Identity>,
    run: impl FnOnce() -> R,
) -> (Arc<dyn Identity>, R) {
    let _aside = Local::with(Local::hook).map(Aside::take);
    assume_on(control, identity, run)
}

fn assume_on<R>(
    control: &Control,
    identity: Arc<dyn Identity>,
    run: impl FnOnce() -> R,
) -> (Arc<dyn Identity>, R) {
    let cell = &control.role;
    let former = cell.replace(Role { identity: Some(identity), ..Role::default() });
    // Caught, so that the former role returns in any case; the panic goes on below.
    let outcome = panic::catch_unwind(AssertUnwindSafe(run));
    // Under the job's identity still: destructors see what the values saw.
    cell.drop_locals();
    let ended = cell.replace(former).identity;
    match outcome {
        Ok(result) => (ended.expect("nobody else takes an identity out of a role"), result),
        Err(payload) => panic::resume_unwind(payload),
    }
}

/// The identity that the current green thread has assumed, if any. It may be kept: it is counted. To look
/// at it only, [`with_identity`] is cheaper.
///
/// ```
/// use greenctx::{Carrier, identity};
///
/// assert!(Carrier::new()?.run(identity)?.is_none()); // main is just itself
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub fn identity() -> Option<Arc<dyn Identity>> {
    context::current()?.role.with(|role| role.identity.clone())
}

/// Looks at the assumed identity without counting a reference. `look` must not park.
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
        Some(control) => control.role.with(|role| look(role.identity.as_deref())),
        None => look(None),
    }
}
