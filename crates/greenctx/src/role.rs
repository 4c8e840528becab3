//! Roles: what changes with the identity that a green thread assumes.
//!
//! A role lies in the frame of whoever plays it, so taking it on is to swap one pointer. The identity is lent by
//! the caller of that frame, so no reference to it is counted.
//!
//! # Invariants
//!
//! 1. `assumed` is null, or points to the role in the frame of the innermost [`RoleCell::play`] on this green
//!    thread's stack. `play` sets it, and its guard sets it back before the role ends, also if `run` unwinds.
//! 2. Frames of a green thread end by returning or unwinding, and in no other way (rule 5 of the crate). A
//!    [`RoleCell`] lies in the first frame of the same stack. So the pointer is good for whoever has the cell: the
//!    thread, its scheduler while the thread is suspended, and a signal handler on its OS thread.
//! 3. The identity of a role is borrowed for the whole of `play`, or promised to outlive `play_part`. The role is made
//!    there and is not moved from there, so the identity outlives the role. (Nobody outside of this file can reach the
//!    field.)
//! 4. A signal handler may look between any two instructions. So the compiler moves nothing across the two moments at
//!    which `assumed` changes: the role is whole before it is assumed, and good until it is not any more. Its identity
//!    never changes.
//! 5. What [`RoleCell::present`] lends is used at once, or in frames above those of the role: nobody in the crate keeps it
//!    while the thread returns to a frame below. The role ends in its own frame, so it is there meanwhile.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use greenstd::atomic::{Ordering, compiler_fence};
use greenstd::panics;
use greenstd::time::Instant;

use crate::carrier::Local;
use crate::context;
use crate::identity::Identity;
use crate::local::Locals;
use crate::trace::Recorder;

/// What changes with the identity. `Default` is that of a green thread which is just itself.
#[derive(Default)]
pub(crate) struct Role {
    identity: Option<NonNull<dyn Identity>>,
    /// Of the innermost [deadline](crate::with_timeout) scope.
    pub(crate) deadline: Cell<Option<Instant>>,
    pub(crate) shields: Cell<u32>,
    locals: RefCell<Locals>,
    /// Whether the green-locals were ever used: else there is none to drop.
    has_used_locals: Cell<bool>,
    /// Whether a park point has returned [`Interrupted`](crate::Interrupted) for a cancellation.
    pub(crate) has_been_interrupted: Cell<bool>,
    /// Whether one has returned it for a deadline.
    pub(crate) has_timed_out: Cell<bool>,
    /// Whether it is that of a part of a job which runs elsewhere too.
    is_part: bool,
    /// The assumed role that this one has replaced, in a frame below.
    former: Option<NonNull<Role>>,
}

/// What of a role holds for the parts of its job too; see `origin.rs`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Shared {
    /// Good as long as the role is.
    identity: Option<NonNull<dyn Identity>>,
    pub(crate) deadline: Option<Instant>,
    shields: u32,
}

/// The role of one green thread. It lives in the thread's first frame.
pub(crate) struct RoleCell {
    own: Role,
    assumed: Cell<*const Role>,
    /// The id of the assumed identity, 0 if there is none. The carrier shows it to others.
    identity_id: Cell<u64>,
}

impl Role {
    fn of(shared: Shared) -> Self {
        let Shared { identity, deadline, shields } = shared;
        let (deadline, shields) = (Cell::new(deadline), Cell::new(shields));
        Role { identity, deadline, shields, ..Role::default() }
    }

    /// What holds for a part of the job that runs elsewhere.
    #[inline(always)]
    pub(crate) fn shared(&self) -> Shared {
        let (deadline, shields) = (self.deadline.get(), self.shields.get());
        Shared { identity: self.identity, deadline, shields }
    }

    /// Whether there may be a green-local to drop.
    #[inline(always)]
    fn may_have_locals(&self) -> bool {
        self.has_used_locals.get()
    }

    /// The green-locals, to be used. `access` must not park, and must run no user code.
    pub(crate) fn with_locals<R>(&self, access: impl FnOnce(&mut Locals) -> R) -> R {
        self.has_used_locals.set(true);
        access(&mut self.locals.borrow_mut())
    }

    #[inline]
    pub(crate) fn identity(&self) -> Option<&dyn Identity> {
        // SAFETY: it outlives the role (invariant 3).
        self.identity.map(|identity| unsafe { identity.as_ref() })
    }
}

impl RoleCell {
    /// The role that the thread plays. Its callers use it as invariant 5 says.
    #[inline]
    pub(crate) fn present(&self) -> &Role {
        // SAFETY: null, or good for whoever has this cell (invariants 1, 2 and 5).
        unsafe { self.assumed.get().as_ref() }.unwrap_or(&self.own)
    }

    /// Calls `run` in another role: as `identity`, with green-locals of its own, which end with it, and in the scope
    /// of `deadline`.
    #[inline]
    pub(crate) fn play<R>(
        &self,
        identity: &(dyn Identity + 'static),
        deadline: Option<Instant>,
        run: impl FnOnce() -> R,
    ) -> R {
        let shared = Shared { identity: Some(NonNull::from(identity)), deadline, shields: 0 };
        self.play_role(Role::of(shared), identity.id(), run)
    }

    /// Calls `run` as a part of a job that is lent by another green thread, with green-locals of its own.
    ///
    /// # Safety
    /// The identity outlives the call.
    pub(crate) unsafe fn play_part<R>(&self, shared: Shared, run: impl FnOnce() -> R) -> R {
        let role = Role { is_part: true, ..Role::of(shared) };
        let id = role.identity().map_or(0, Identity::id);
        self.play_role(role, id, run)
    }

    /// The identity in the role outlives the call (invariant 3).
    #[inline]
    fn play_role<R>(&self, mut role: Role, id: u64, run: impl FnOnce() -> R) -> R {
        role.former = NonNull::new(self.assumed.get().cast_mut());
        // Its green-locals are gone by its end, and it has nothing else to drop.
        let role = ManuallyDrop::new(role);
        compiler_fence(Ordering::SeqCst);
        let _scene = Scene { cell: self, role: &role, former_id: self.identity_id.get() };
        self.assumed.set(&raw const *role);
        self.identity_id.set(id);
        let is_traced = Local::with(|local| {
            local.counters().set_running(id);
            local.is_traced()
        });
        if is_traced {
            self.note_begin();
        }
        run()
    }

    #[inline]
    pub(crate) fn identity_id(&self) -> u64 {
        self.identity_id.get()
    }

    /// Shows all identities that the thread has assumed one within the other, the innermost first. For its scheduler,
    /// while the thread is suspended. `look` must not park, and must run no user code.
    pub(crate) fn each_identity(&self, look: &mut dyn FnMut(&dyn Identity)) {
        let mut at = NonNull::new(self.assumed.get().cast_mut());
        while let Some(assumed) = at {
            // SAFETY: it is good for whoever has this cell (invariants 1 and 2). So are those that it has replaced,
            // whose frames lie below its own, and end later.
            let assumed = unsafe { assumed.as_ref() };
            if let Some(identity) = assumed.identity() {
                look(identity);
            }
            at = assumed.former;
        }
    }

    /// Runs the destructors of the green-locals, also of those that they make. Their panics end
    /// here.
    #[inline]
    pub(crate) fn drop_locals(&self) {
        if self.present().may_have_locals() {
            self.drop_all_locals();
        }
    }

    #[cold]
    #[inline(never)]
    fn drop_all_locals(&self) {
        loop {
            let value = self.present().locals.borrow_mut().pop();
            let Some(value) = value else { return };
            panics::dispose(value);
        }
    }

    #[cold]
    #[inline(never)]
    fn note_begin(&self) {
        let id = self.identity_id();
        let role = self.present();
        let label = role.identity().map(Identity::label).unwrap_or_default();
        note(|seat, recorder| recorder.begin(role.is_part, seat, id, label));
    }

    /// The former role returns.
    #[inline(always)]
    fn change_back(&self, local: &Local, former: Option<NonNull<Role>>, former_id: u64) {
        self.assumed.set(former.map_or(ptr::null(), |former| former.as_ptr().cast_const()));
        compiler_fence(Ordering::SeqCst);
        self.identity_id.set(former_id);
        local.counters().set_running(former_id);
    }

    #[cold]
    #[inline(never)]
    fn note_end(&self) {
        let id = self.identity_id();
        let role = self.present();
        let label = role.identity().map(Identity::label).unwrap_or_default();
        note(|seat, recorder| recorder.end(role.is_part, seat, id, label));
    }
}

/// Notes in the trace of this carrier what the running thread does.
fn note(what: impl FnOnce(u32, &mut Recorder)) {
    let Some(control) = context::current() else { return };
    Local::with(|local| local.tracing().note(|recorder| what(control.seat(), recorder)));
}

impl Default for RoleCell {
    fn default() -> Self {
        RoleCell {
            own: Role::default(),
            assumed: Cell::new(ptr::null()),
            identity_id: Cell::new(0),
        }
    }
}

/// The end of a role: the former one returns.
struct Scene<'a> {
    cell: &'a RoleCell,
    /// The one that ends. It is assumed again by now: those in frames above have ended.
    role: &'a Role,
    former_id: u64,
}

impl Scene<'_> {
    #[cold]
    #[inline(never)]
    fn drop_traced(&self) {
        self.cell.note_end();
        Local::with(|local| self.cell.change_back(local, self.role.former, self.former_id));
    }
}

impl Drop for Scene<'_> {
    #[inline]
    fn drop(&mut self) {
        // Under the identity still: destructors see what the values saw.
        if self.role.may_have_locals() {
            self.cell.drop_all_locals();
        }
        let is_traced = Local::with(|local| {
            let is_traced = local.is_traced();
            if !is_traced {
                self.cell.change_back(local, self.role.former, self.former_id);
            }
            is_traced
        });
        if is_traced {
            self.drop_traced();
        }
    }
}
