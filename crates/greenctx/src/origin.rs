//! Origins: what a part of a job takes along when it runs on another green thread.
//!
//! # Invariants
//!
//! 1. The identity of an [`Origin`] is lent by the frame that plays it on the green thread, as [`origin`] found it
//!    (`role.rs`). That frame lies below the one in which `origin` was called, so it ends after that.
//! 2. [`Origin::assume`], and nothing else, uses the identity. It is called only while the caller of `origin` is
//!    still in the frame in which it called that. So the identity is there.

use std::fmt;

use crate::carrier::Local;
use crate::context;
use crate::hook::Aside;
use crate::role::Shared;

/// What the calling green thread is at present: its identity, the deadline around it, and whether it is shielded.
///
/// It is cheap: nothing is counted. In exchange, only code that keeps its frame in place may use it.
///
/// ```
/// use greenctx::{Carrier, current_deadline, origin, with_timeout};
/// use std::time::Duration;
///
/// let same = Carrier::new()?.run(|| {
///     with_timeout(Duration::from_secs(60), || {
///         let here = origin().expect("this is a green thread");
///         // SAFETY: this frame stays where it is meanwhile.
///         let there = unsafe { here.assume(current_deadline) };
///         there == current_deadline()
///     })
/// })?;
/// assert!(same);
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Origin {
    shared: Shared,
}

/// What the calling green thread is at present. `None` on a plain OS thread, and inside
/// [`no_park`](crate::no_park), where a part of a job that runs elsewhere could not be waited for.
///
/// ```
/// use greenctx::{Carrier, no_park, origin};
///
/// assert!(origin().is_none());
/// Carrier::new()?.run(|| {
///     assert!(origin().is_some());
///     assert!(no_park(|| origin().is_none()));
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[inline]
pub fn origin() -> Option<Origin> {
    let here = crate::here()?;
    (!here.is_parking_forbidden()).then(Origin::current)
}

impl Origin {
    /// What the calling green thread is at present, for a caller that knows that it is on one. (An origin of a plain OS
    /// thread has no identity and no deadline.)
    ///
    /// Where the origin is put into a larger value, this writes it there, and [`origin`] copies it once more.
    ///
    /// ```
    /// use greenctx::{Carrier, Origin, current_deadline};
    ///
    /// Carrier::new()?.run(|| {
    ///     let here = Origin::current();
    ///     // SAFETY: this frame stays where it is meanwhile.
    ///     assert_eq!(unsafe { here.assume(current_deadline) }, current_deadline());
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline(always)]
    pub fn current() -> Self {
        let Some(control) = context::current() else {
            return Origin { shared: Shared::default() };
        };
        Origin { shared: control.role.present().shared() }
    }

    /// Runs a part of the job on the calling green thread, as if by the thread that this is of.
    ///
    /// The part has the same identity, so it sees when that is cancelled. It has the same deadline, and is shielded
    /// if that thread was. Its green-locals are its own: those of the other thread stay there. On a plain OS thread
    /// `run` is just called.
    ///
    /// ```
    /// use greenctx::{Carrier, JoinError, with_timeout, current_deadline, origin, spawn};
    /// use std::time::Duration;
    ///
    /// Carrier::new()?.run(|| {
    ///     with_timeout(Duration::from_secs(60), || {
    ///         let origin = origin().expect("this is a green thread");
    ///         // SAFETY: the parent waits for the child in this frame.
    ///         let child = spawn(move || unsafe { origin.assume(current_deadline) });
    ///         assert_eq!(child.join()?, current_deadline());
    ///         Ok::<_, JoinError>(())
    ///     })
    /// })??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Safety
    /// The green thread that has called [`origin`] stays in the frame in which it has called it until this call has
    /// returned or unwound.
    ///
    /// # Panics
    /// With the panic of `run`.
    ///
    /// # Blocking
    /// Neither parks nor blocks by itself. `run` may park.
    pub unsafe fn assume<R>(&self, run: impl FnOnce() -> R) -> R {
        let Some(control) = context::current() else { return run() };
        // What the carrier's hook keeps is set aside, as for a job.
        let hook = if control.watch.is_hooked() { Local::with(Local::hook) } else { None };
        let _aside = hook.map(Aside::take);
        // SAFETY: the identity outlives the call, by invariant 2.
        unsafe { control.role.play_part(self.shared, run) }
    }
}

// SAFETY: the pointer is followed in `assume` alone, whose caller promises that the identity is there. It may be
// shared, as an `Identity` is `Sync`.
unsafe impl Send for Origin {}

// SAFETY: as above.
unsafe impl Sync for Origin {}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").field("deadline", &self.shared.deadline).finish_non_exhaustive()
    }
}
