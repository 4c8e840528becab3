//! Contexts: switching to a green thread and back, and knowing which one runs.
//!
//! # Invariants
//!
//! 1. A [`Fiber`] stays on the OS thread that made it: it holds a `Coroutine`, which is neither
//!    `Send` nor `Sync`, and nothing here says otherwise.
//! 2. The [`Control`] of a green thread lives in the first frame of its stack, from its first
//!    instruction to the end of its body. While the fiber is suspended or runs, that frame does not
//!    move and does not end; so a pointer to it is valid from the first resume until the fiber is
//!    finished.
//! 3. The pointer in the thread-local `CURRENT` is null unless the OS thread is executing on a green thread's own
//!    stack, and then points to that thread's `Control`. [`Fiber::resume`] alone sets and clears it,
//!    around the switch (and the fiber's first frame, at its beginning and its end). Hence nobody suspends from the
//!    scheduler's stack.
//! 4. The reference that [`current`] lends is used by code on that green stack, whose frames all end
//!    before the first frame does; it cannot be sent away, as `Control` is not `Sync`.
//! 5. A fiber is finished before it is dropped (the scheduler aborts otherwise: an unfinished stack
//!    can neither be unwound, see rule 5 of the crate, nor forgotten, since other threads may hold
//!    references into it).

use std::cell::Cell;
use std::panic::Location;
use std::ptr;

use corosensei::{CoroutineResult, Yielder};
use greenstd::atomic::{Ordering, compiler_fence};
use greenstd::bomb::Bomb;
use greenstd::permit::Begin;
use greenstd::step;
use greenstd::thread::Wake;
use greenstd::time::{Coarse, Instant};

use crate::attention::Watch;
use crate::carrier::{Local, ThreadReport};
use crate::interrupt::Interrupted;
use crate::limit::Limit;
use crate::park::refuse_to_park;
use crate::role::{Role, RoleCell};
use crate::share::SHARE;
use crate::stack::Stack;
use crate::thread::Thread;
use crate::waiting::Reason;

type Coroutine = corosensei::Coroutine<(), (), (), Stack>;

greenstd::thread_local! {
    static CURRENT: Current =
        const { Current { control: Cell::new(ptr::null()), share: Cell::new(SHARE) } };
}

/// What runs on an OS thread. Together, because both change with each resume.
struct Current {
    control: Cell<*const Control>,
    /// Operations that are left of the share of whatever runs; see the module `share`.
    share: Cell<u32>,
}

/// Calls `look` with what runs here.
///
/// Always inlined: `LocalKey::with` may become a call, and every operation comes by here.
#[inline(always)]
fn with_current<R>(look: impl FnOnce(&Current) -> R) -> R {
    CURRENT.try_with(look).expect("it has no destructor, so it is always there")
}

/// Takes one operation from the share; `true` if that is used up.
#[inline(always)]
pub(crate) fn count_operation() -> bool {
    with_current(|current| {
        let left = current.share.get().wrapping_sub(1);
        current.share.set(left);
        left == 0
    })
}

/// Begins a new share.
#[inline(always)]
pub(crate) fn fill_share() {
    with_current(|current| current.share.set(SHARE));
}

/// The green thread that is running, if we are on one.
#[inline]
pub(crate) fn current<'a>() -> Option<&'a Control> {
    let control = with_current(|current| current.control.get());
    // SAFETY: by invariants 2 and 3 the pointer is null or valid while this stack runs. The caller
    // is on that stack, so by invariant 4 it cannot keep the reference beyond the first frame.
    unsafe { control.as_ref() }
}

/// A green thread as its scheduler holds it.
pub(crate) struct Fiber {
    coroutine: Coroutine,
    control: *const Control,
    /// Where the first frame begins, and about where the last one ended at the last switch away.
    top: usize,
    suspended_at: usize,
}

impl Fiber {
    /// Prepares a green thread; nothing runs yet. `body` must not unwind: it would end the process. It is moved
    /// to the green thread's own stack.
    pub(crate) fn new(stack: Stack, thread: Thread, body: impl FnOnce() + 'static) -> Self {
        let bounds = Bounds::of(&stack);
        let top = stack.top();
        let coroutine = Coroutine::with_stack(stack, move |yielder, ()| {
            let mut body = Some(body);
            first_frame(yielder, top, thread, bounds, &mut || {
                if let Some(body) = body.take() {
                    body();
                }
            });
        });
        Fiber { coroutine, control: ptr::null(), top, suspended_at: top }
    }

    /// Runs the green thread until it waits, yields or ends; `true` if it has ended.
    #[inline]
    pub(crate) fn resume(&mut self) -> bool {
        CURRENT.with(|current| {
            current.control.set(self.control);
            current.share.set(SHARE);
        });
        let result = self.coroutine.resume(());
        self.control = CURRENT.with(|current| current.control.replace(ptr::null()));
        if matches!(result, CoroutineResult::Return(())) {
            return true;
        }
        // SAFETY: invariant 2: it has been resumed, and has not ended.
        self.suspended_at = unsafe { (*self.control).suspended_at.get() };
        false
    }

    /// Takes the stack of a fiber that has ended.
    pub(crate) fn into_stack(self) -> Stack {
        self.coroutine.into_stack()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.coroutine.done()
    }

    /// The control of a suspended fiber; `None` before its first resume.
    pub(crate) fn control(&self) -> Option<&Control> {
        // SAFETY: invariant 2; the borrow of the fiber keeps it from being resumed meanwhile.
        unsafe { self.control.as_ref() }
    }

    /// Asks the processor for the memory that a resume will touch: the first frame, and the last ones.
    #[inline]
    pub(crate) fn prefetch(&self) {
        const LINE: usize = 64;
        for address in [
            self.control as usize,
            self.top - LINE,
            self.suspended_at,
            self.suspended_at + LINE,
            self.suspended_at + 2 * LINE,
        ] {
            prefetch(address as *const u8);
        }
    }
}

/// Runs the body of a green thread, in the frame of its [`Control`]. One for all kinds of bodies.
fn first_frame(
    yielder: *const Yielder<(), ()>,
    top: usize,
    thread: Thread,
    bounds: Bounds,
    body: &mut dyn FnMut(),
) {
    let bomb = Bomb::arm("the first frame of a green thread");
    let control = Control {
        yielder,
        top,
        suspended_at: Cell::new(top),
        seat: thread.seat(),
        reason: Reason::none(),
        parked_at: Cell::default(),
        watch: Local::with(|local| local.attention().watch()),
        role: RoleCell::default(),
        thread,
        bounds,
        mark: Cell::new(0),
    };
    // The first resume had no `Control` to enter in `CURRENT`: the thread does it itself. A signal handler
    // finds it whole.
    compiler_fence(Ordering::SeqCst);
    CURRENT.with(|current| current.control.set(&raw const control));
    Local::with(|local| {
        local.permits().start(control.seat, control.thread.remote_permit());
        control.after_resume(local);
    });
    body();
    control.role.drop_locals();
    if control.watch.is_hooked() {
        clear_hooked();
    }
    bomb.disarm();
    // A signal handler is not to find what ends now.
    CURRENT.with(|current| current.control.set(ptr::null()));
    compiler_fence(Ordering::SeqCst);
}

/// Asks the processor for a line of memory.
#[inline(always)]
pub(crate) fn prefetch(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch is a hint; it does not fault, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{0}]", in(reg) address, options(nostack, readonly));
    }
}

/// Where a stack begins and ends.
pub(crate) struct Bounds {
    pub(crate) lowest: usize,
    pub(crate) guard: std::ops::Range<usize>,
    /// From the end of the guard to the end of the segment.
    pub(crate) bytes: usize,
    /// Above this address there is stack to spare; see [`Here::has_stack_to_spare`](crate::Here::has_stack_to_spare).
    pub(crate) spare: usize,
}

impl Bounds {
    fn of(stack: &Stack) -> Self {
        let (lowest, bytes) = (stack.lowest(), stack.usable_bytes());
        Bounds { lowest, guard: stack.guard(), bytes, spare: lowest + (bytes / 2).max(PANIC_BYTES) }
    }
}

/// How much foreign code must find on a stack that is not its own. A panic that prints its backtrace uses about
/// 25 KiB, and what is called there must not end the process by that.
const PANIC_BYTES: usize = 28 * 1024;

/// A green thread as the code on it sees it. What a switch touches comes first, in one cache line.
#[repr(C)]
pub(crate) struct Control {
    yielder: *const Yielder<(), ()>,
    top: usize,
    /// About where the stack ended at the last switch away.
    suspended_at: Cell<usize>,
    seat: u32,
    /// Whether a park point has more to do than to switch.
    pub(crate) watch: Watch,
    /// The carrier's last look at the clock before the park.
    parked_at: Cell<Coarse>,
    /// What the thread waits for, if it says so.
    pub(crate) reason: Reason,
    pub(crate) role: RoleCell,
    pub(crate) thread: Thread,
    pub(crate) bounds: Bounds,
    /// What the thread has marked itself with; see [`Here::mark`](crate::Here::mark).
    pub(crate) mark: Cell<u64>,
}

impl Control {
    /// Waits for the permit, until `deadline` if there is one.
    ///
    /// Always inlined, as is all that calls [`suspend`](Self::suspend). The processor predicts returns by
    /// the calls that it has seen, and after a switch it has seen those of another stack. So each frame
    /// between the switch and the caller's loop is a return that it predicts wrong, which costs as much as
    /// the switch.
    #[inline(always)]
    pub(crate) fn park(&self, deadline: Option<Instant>) -> Result<Wake, Interrupted> {
        if self.watch.is_any() {
            return self.park_watched(deadline);
        }
        self.park_by(deadline, Self::suspend)
    }

    #[cold]
    #[inline(never)]
    fn park_watched(&self, deadline: Option<Instant>) -> Result<Wake, Interrupted> {
        self.assert_may_park();
        self.park_by(deadline, Self::suspend_hooked)
    }

    #[inline(always)]
    fn park_by(
        &self,
        deadline: Option<Instant>,
        suspend: impl FnOnce(&Self, &Local),
    ) -> Result<Wake, Interrupted> {
        let remote = self.thread.remote_permit();
        let limit = Limit::new(deadline, self.scope_deadline()?);
        let deadline = limit.earliest();
        let local = Local::of(self);
        // Announce the park first. A grant that comes from here on makes this thread ready, even before
        // it has switched away: the scheduler runs it again when it comes to its seat.
        if local.permits().begin_park(self.seat, remote) == Begin::Taken {
            return Ok(Wake::Unparked);
        }
        if let Some(deadline) = deadline {
            local.arm_timer(self.seat, deadline);
        }
        local.counters().count_park();
        self.parked_at.set(local.moment());
        self.before_suspend(local);
        suspend(self, local);
        // Resumed by a grant or by the timer. The permit tells which.
        self.after_resume(local);
        if deadline.is_some() {
            local.cancel_timer(self.seat);
        }
        local.counters().count_unpark();
        let woken = local.permits().end_park(self.seat, remote);
        if self.is_cancelled() {
            return Err(Interrupted::cancelled(self.role.present()));
        }
        match woken {
            true => Ok(Wake::Unparked),
            false => limit.end_wait(),
        }
    }

    /// Lets the others run and goes on after them.
    #[inline(always)]
    pub(crate) fn yield_now(&self) {
        if self.watch.is_any() {
            return self.yield_watched();
        }
        self.yield_by(Self::suspend);
    }

    #[cold]
    #[inline(never)]
    fn yield_watched(&self) {
        self.assert_may_park();
        self.yield_by(Self::suspend_hooked);
    }

    #[inline(always)]
    fn yield_by(&self, suspend: impl FnOnce(&Self, &Local)) {
        let local = Local::of(self);
        local.make_ready_last(self.seat);
        self.before_suspend(local);
        suspend(self, local);
        self.after_resume(local);
    }

    /// Lets the scheduler look around and run what it finds, and goes on after that.
    pub(crate) fn yield_deferred(&self) {
        self.assert_may_park();
        let local = Local::of(self);
        local.defer(self.seat);
        self.before_suspend(local);
        self.suspend_hooked(local);
        self.after_resume(local);
    }

    /// Whether a park point must return at once.
    #[inline]
    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_cancelled_as(self.role.present())
    }

    /// The deadline of the scope that the caller is in.
    #[inline]
    pub(crate) fn scope_deadline(&self) -> Result<Option<Instant>, Interrupted> {
        let role = self.role.present();
        match self.is_cancelled_as(role) {
            true => Err(Interrupted::cancelled(role)),
            false => Ok(role.deadline.get()),
        }
    }

    #[inline]
    fn is_cancelled_as(&self, role: &Role) -> bool {
        let cancelled = match role.identity() {
            Some(identity) => identity.is_cancelled(),
            None => self.thread.is_cancelled(),
        };
        cancelled && role.shields.get() == 0
    }

    #[inline]
    pub(crate) fn seat(&self) -> u32 {
        self.seat
    }

    /// How many bytes of the stack are left below the caller's frame.
    #[inline]
    pub(crate) fn stack_left(&self) -> usize {
        stack_pointer().saturating_sub(self.bounds.lowest)
    }

    /// Whether something else can be called on the stack that is left.
    #[inline]
    pub(crate) fn has_stack_to_spare(&self) -> bool {
        stack_pointer() > self.bounds.spare
    }

    /// What runs here, for a report.
    pub(crate) fn report(&self) -> ThreadReport {
        ThreadReport::of(&self.thread, self.role.present().identity())
    }

    /// Where the job that runs here was submitted, if its identity says so.
    pub(crate) fn site(&self) -> Option<&'static Location<'static>> {
        self.role.present().identity().and_then(|identity| identity.label().site)
    }

    /// The carrier's last look at the clock before the thread's last park.
    pub(crate) fn parked_at(&self) -> Coarse {
        self.parked_at.get()
    }

    /// How much of the stack was in use at the last switch away.
    pub(crate) fn used_bytes(&self) -> usize {
        self.top.saturating_sub(self.suspended_at.get())
    }

    /// How many bytes are in use above `stack_pointer`; `None` if that does not lie in this stack. (A signal may come
    /// on the way from one stack to another.)
    pub(crate) fn used_from(&self, stack_pointer: usize) -> Option<usize> {
        let is_here = (self.bounds.lowest..self.top).contains(&stack_pointer);
        is_here.then(|| self.top - stack_pointer)
    }

    /// Comes before every [`suspend`](Self::suspend): notes how deep the stack is.
    #[inline(always)]
    fn before_suspend(&self, local: &Local) {
        let here = stack_pointer();
        self.suspended_at.set(here);
        local.counters().record_depth(self.top.saturating_sub(here));
    }

    /// Comes at the start and after every [`suspend`](Self::suspend): shows that somebody runs, and which identity.
    #[inline(always)]
    fn after_resume(&self, local: &Local) {
        local.counters().count_switch(self.role.identity_id());
    }

    /// Switches away, until the scheduler resumes the thread for good.
    #[inline(always)]
    fn suspend(&self, local: &Local) {
        self.switch();
        if local.attention().is_any_after() {
            self.attend(local);
        }
    }

    /// Resumed by a scheduler that wants more than to let it run: *survey-copy* and *survey-suspend*.
    #[cold]
    #[inline(never)]
    fn attend(&self, local: &Local) {
        while local.attention().is_reporting() {
            local.attention().with_copies(|copies| copies.copy(self.top));
            if !step::SURVEY_SUSPEND.holds(|| true) {
                return;
            }
            self.switch();
        }
    }

    #[inline(always)]
    fn switch(&self) {
        // SAFETY: the yielder lives at the base of this very stack, on which we are (invariants 2
        // and 3). The fiber is being resumed, or we would not run.
        unsafe { (*self.yielder).suspend(()) };
    }

    /// Suspends with the carrier's hook around it, if there is one. The park or yield has been announced by
    /// now, so the hook can neither prevent nor repeat it.
    fn suspend_hooked(&self, local: &Local) {
        match local.hook() {
            Some(hook) => hook.around(&mut || self.suspend(local)),
            None => self.suspend(local),
        }
    }

    fn assert_may_park(&self) {
        if self.watch.is_parking_forbidden() {
            refuse_to_park();
        }
    }
}

/// When a green thread ends: removes what its carrier's hook would have kept apart.
#[cold]
fn clear_hooked() {
    if let Some(hook) = Local::with(Local::hook) {
        hook.remove();
    }
}

/// Roughly where the stack of the caller ends.
#[inline(always)]
fn stack_pointer() -> usize {
    let here = 0u8;
    &raw const here as usize
}
