//! The carrier that an OS thread is, by a pointer.
//!
//! # Invariants
//!
//! 1. `LOCAL` is null, or points to the [`Local`] of the carrier that runs on this OS thread. [`enter`] sets it before
//!    the carrier runs its first green thread. [`leave`] clears it when the carrier has run its last one, and the
//!    `Local` ends after that. So a green thread may keep the reference that [`local`] lends for as long as it lives.
//! 2. Nobody else asks meanwhile but the scheduler of that carrier, in frames above the one that has the `Local`.
//! 3. A `Local` is neither sent nor shared: it is an `Rc`. So the reference stays on its OS thread.

use std::cell::Cell;
use std::ptr;

use super::Local;

greenstd::thread_local! {
    static LOCAL: Cell<*const Local> = const { Cell::new(ptr::null()) };
}

/// Makes it the carrier of the OS thread, until [`leave`].
pub(super) fn enter(local: &Local) {
    LOCAL.with(|place| place.set(local));
}

/// The carrier has run its last green thread.
pub(super) fn leave() {
    LOCAL.with(|place| place.set(ptr::null()));
}

/// The carrier of the OS thread, if it is one.
#[inline(always)]
pub(crate) fn local<'a>() -> Option<&'a Local> {
    // As `with`, which may become a call. It has no destructor.
    let local = LOCAL.try_with(Cell::get).ok()?;
    // SAFETY: invariants 1 and 2.
    unsafe { local.as_ref() }
}
