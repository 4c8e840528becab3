//! What a green thread waits for, as it says itself, for reports.
//!
//! Code that makes a thread wait knows the reason, and a report can only guess it from the stack. So it says it: by
//! [`waiting`], around the park, on the way that waits anyhow. It is noted as one address in the thread's
//! [`Control`](crate::context::Control), and read by the carrier alone.
//!
//! # Invariants
//!
//! 1. The address in a `Reason` is null, or that of a [`Waiting`] which a call of [`waiting`] borrows. The call lies
//!    on the stack of the thread that the `Reason` belongs to. Its guard writes the former address back before the
//!    call returns or unwinds. So the borrow outlasts the note.
//! 2. A `Reason` is read by its own carrier's OS thread, since it is not `Sync`. The green thread does not run
//!    meanwhile, or is itself the reader.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::ptr;

use crate::context;

/// What a thread waits for; see [`waiting`].
///
/// ```
/// use greenctx::Waiting;
///
/// let gate = 0u8;
/// let waiting = Waiting::on("gate").with_object(&raw const gate as usize).with_number(3);
/// assert_eq!(waiting.kind(), "gate");
/// assert_eq!(waiting.to_string(), "gate");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it says nothing until it is given to waiting()"]
pub struct Waiting {
    kind: &'static str,
    object: usize,
    number: u64,
    site: Option<&'static Location<'static>>,
}

impl Waiting {
    /// A green thread has asked a carrier something, its own one maybe.
    pub(crate) const FOR_AN_ANSWER: Waiting = Waiting::on("the answer of a carrier");

    /// A wait for something of this kind: `"mutex"`, say.
    ///
    /// ```
    /// use greenctx::Waiting;
    ///
    /// const GATE: Waiting = Waiting::on("gate");
    /// assert_eq!((GATE.kind(), GATE.site()), ("gate", None));
    /// ```
    #[inline]
    pub const fn on(kind: &'static str) -> Self {
        Waiting { kind, object: 0, number: 0, site: None }
    }

    /// Tells the object from others of its kind, by its address as a rule. Reports say who waits for the same one.
    ///
    /// ```
    /// use greenctx::Waiting;
    ///
    /// assert_eq!(Waiting::on("gate").with_object(7).object(), 7);
    /// ```
    #[inline]
    pub const fn with_object(mut self, object: usize) -> Self {
        self.object = object;
        self
    }

    /// A number that belongs to it. What it counts depends on the kind.
    ///
    /// ```
    /// use greenctx::Waiting;
    ///
    /// assert_eq!(Waiting::on("any of").with_number(3).number(), 3);
    /// ```
    #[inline]
    pub const fn with_number(mut self, number: u64) -> Self {
        self.number = number;
        self
    }

    /// Where the code is that waits.
    ///
    /// ```
    /// use greenctx::Waiting;
    /// use std::panic::Location;
    ///
    /// let here = Location::caller();
    /// assert_eq!(Waiting::on("gate").at(here).site(), Some(here));
    /// ```
    #[inline]
    pub const fn at(mut self, site: &'static Location<'static>) -> Self {
        self.site = Some(site);
        self
    }

    /// The kind of what is waited for.
    ///
    /// ```
    /// assert_eq!(greenctx::Waiting::on("gate").kind(), "gate");
    /// ```
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What tells the object from others; 0 if nothing does.
    ///
    /// ```
    /// assert_eq!(greenctx::Waiting::on("gate").object(), 0);
    /// ```
    pub fn object(&self) -> usize {
        self.object
    }

    /// The number that belongs to it; 0 if none does.
    ///
    /// ```
    /// assert_eq!(greenctx::Waiting::on("gate").number(), 0);
    /// ```
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Where the code is that waits, if that is known.
    ///
    /// ```
    /// assert_eq!(greenctx::Waiting::on("gate").site(), None);
    /// ```
    pub fn site(&self) -> Option<&'static Location<'static>> {
        self.site
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
}

/// Calls `wait`, and lets reports say meanwhile that the calling green thread waits for `what`.
///
/// It costs a few instructions, so it is for the way that parks. Calls nest: the innermost counts. On a plain OS thread
/// `wait` is just called.
///
/// ```
/// use greenctx::{Carrier, Waiting, park, spawn, waiting, yield_now};
///
/// Carrier::new()?.run(|| {
///     let waiter = spawn(|| waiting(&Waiting::on("the gate"), park));
///     yield_now();
///     // A report says now that it waits for the gate.
///     waiter.thread().unpark();
///     waiter.join()
/// })???;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// With the panic of `wait`.
///
/// # Blocking
/// As `wait`.
#[inline]
pub fn waiting<R>(what: &Waiting, wait: impl FnOnce() -> R) -> R {
    let Some(control) = context::current() else { return wait() };
    let _note = control.reason.note(what);
    wait()
}

/// What one green thread waits for at present.
pub(crate) struct Reason {
    what: Cell<*const Waiting>,
}

/// While it lives, the reason stands.
struct Note<'a> {
    reason: &'a Reason,
    former: *const Waiting,
    _what: PhantomData<&'a Waiting>,
}

impl Reason {
    #[inline]
    pub(crate) const fn none() -> Self {
        Reason { what: Cell::new(ptr::null()) }
    }

    #[inline]
    fn note<'a>(&'a self, what: &'a Waiting) -> Note<'a> {
        Note { reason: self, former: self.what.replace(what), _what: PhantomData }
    }

    /// By the thread itself, or by its scheduler while it is suspended.
    pub(crate) fn get(&self) -> Option<Waiting> {
        // SAFETY: by invariant 1 it is null or borrowed by a call that has not ended, and by invariant 2 nobody
        // writes meanwhile.
        unsafe { self.what.get().as_ref() }.copied()
    }
}

impl Drop for Note<'_> {
    #[inline]
    fn drop(&mut self) {
        self.reason.what.set(self.former);
    }
}
