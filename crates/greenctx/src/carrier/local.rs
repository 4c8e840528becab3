//! The half of a carrier that only its own OS thread touches, reached by the green threads on it.
//!
//! # Invariants
//!
//! `LOCAL` points to the [`Local`] of the carrier that is running on this OS thread, and is null if
//! none is. [`Local::enter`] alone sets it; its guard clears it before the `Local` ends. The
//! reference that [`Local::with`] lends ends with the call. The one of [`Local::of`] ends before the [`Control`] of a
//! green thread does, which may switch away meanwhile: it goes on on the same OS thread, and the guard is dropped
//! after all green threads of the carrier have ended. (The scheduler returns no sooner; see its `Drop`.)

use std::cell::{Cell, RefCell};
use std::ptr;
use std::rc::Rc;

use greenstd::sync::Arc;
use greenstd::time::{self, Coarse, Instant};

use super::ready::Ready;
use super::shared::Shared;
use crate::attention::Attention;
use crate::context::{Control, Fiber};
use crate::counters::CarrierCounters;
use crate::fork;
use crate::hook::ErasedHook;
use crate::permit::LocalPermits;
use crate::reactor::Reactor;
use crate::share::{GiveWay, SHARES_AT_MOST};
use crate::stack::{SizeClass, Stack, StackCache, StackError, StackPool};
use crate::thread::{Thread, ThreadId};
use crate::timers::{Nanos, Timers};
use crate::trace::{Cause, Tracing, What};

/// At most so many threads in a row run because the one before woke them. Then the queue has its turn.
const MAX_NEXT_IN_A_ROW: u32 = 16;

/// Room for so many spawned threads is kept, so that spawning them one after the other allocates nothing.
const MAX_KEPT_FRESH: usize = 1024;

/// A body beyond so many bytes waits for its thread's start in the heap, and not on the thread's stack.
const MOST_ON_STACK: usize = 512;

/// Ids are taken in blocks of this size. Otherwise all carriers would contend for one counter.
const ID_BLOCK: u64 = 1 << 12;

greenstd::thread_local! {
    static LOCAL: Cell<*const Local> = const { Cell::new(ptr::null()) };
}

pub(crate) struct Local {
    shared: Arc<Shared>,
    default_class: SizeClass,
    epoch: Instant,
    /// The last look at the coarse clock.
    moment: Cell<Coarse>,
    /// The thread that the running one woke last. It runs next, while its data is warm.
    next: Cell<Option<u32>>,
    /// How many threads have run in a row because the one before woke them.
    next_in_a_row: Cell<u32>,
    /// A thread that is ready, but not before the scheduler has looked around.
    deferred: Cell<Option<u32>>,
    /// How many shares were used up since a thread has given way; see the module `share`.
    shares: Cell<u32>,
    ready: RefCell<Ready>,
    attention: Attention,
    permits: LocalPermits,
    tracing: Tracing,
    /// Fibers that were spawned, and that the scheduler has not taken over yet.
    fresh: RefCell<Vec<(u32, Fiber)>>,
    free_seats: RefCell<Vec<u32>>,
    seats: Cell<u32>,
    live: Cell<usize>,
    ids: Cell<(u64, u64)>,
    timers: RefCell<Timers>,
    stacks: RefCell<StackCache>,
    /// Whether the carrier has another reactor than the default one.
    has_own_reactor: Cell<bool>,
    /// Installed, and not yet taken over by the scheduler.
    new_reactor: RefCell<Option<Box<dyn Reactor>>>,
    /// The generation of forks in which the carrier was entered.
    fork_generation: Cell<u64>,
}

impl Local {
    pub(crate) fn new(
        shared: Arc<Shared>,
        stacks: StackPool,
        default_class: SizeClass,
        has_own_reactor: bool,
    ) -> Self {
        Local {
            has_own_reactor: Cell::new(has_own_reactor),
            new_reactor: RefCell::default(),
            shared,
            default_class,
            epoch: time::now(),
            moment: Cell::default(),
            next: Cell::new(None),
            next_in_a_row: Cell::new(0),
            deferred: Cell::new(None),
            shares: Cell::new(0),
            ready: RefCell::default(),
            attention: Attention::default(),
            permits: LocalPermits::default(),
            tracing: Tracing::default(),
            fresh: RefCell::default(),
            free_seats: RefCell::default(),
            seats: Cell::new(0),
            live: Cell::new(0),
            ids: Cell::new((0, 0)),
            timers: RefCell::default(),
            stacks: RefCell::new(StackCache::new(stacks)),
            fork_generation: Cell::new(0),
        }
    }

    /// Makes this the carrier of the OS thread, until the guard is dropped.
    pub(super) fn enter(&self) -> Entered<'_> {
        Self::assert_none();
        self.fork_generation.set(fork::generation());
        LOCAL.with(|local| local.set(self));
        Entered { _local: self }
    }

    /// Whether this process is a fork of the one that the carrier was started in.
    pub(crate) fn is_left_behind(&self) -> bool {
        self.fork_generation.get() != fork::generation()
    }

    /// Panics if the OS thread has a carrier already, which then goes on undisturbed.
    pub(super) fn assert_none() {
        assert!(LOCAL.with(Cell::get).is_null(), "a carrier cannot run within a carrier");
    }

    /// Calls `access` with the carrier of this OS thread, if it has one.
    // Always inlined: it is on the way of every switch, and what is handed in may be a part of that.
    #[inline(always)]
    pub(crate) fn try_with<R>(access: impl FnOnce(&Local) -> R) -> Option<R> {
        let local = LOCAL.with(Cell::get);
        // SAFETY: see the invariants: null, or valid until the guard of `enter` is dropped, which
        // happens further down this OS thread's own stack.
        unsafe { local.as_ref() }.map(access)
    }

    /// The carrier of the green thread that runs here, whose `Control` that is. What is on the way of every switch takes
    /// it by this: a closure may become a call.
    #[inline(always)]
    pub(crate) fn of(_running: &Control) -> &Local {
        let local = LOCAL.with(Cell::get);
        // SAFETY: see the invariants: a `Control` cannot leave its OS thread, and the guard of `enter` is dropped there
        // after the `Control` has ended.
        unsafe { local.as_ref() }.expect("a green thread runs on a carrier")
    }

    /// Calls `access` with the carrier of this OS thread; for green threads, which have one.
    #[inline(always)]
    pub(crate) fn with<R>(access: impl FnOnce(&Local) -> R) -> R {
        Self::try_with(access).expect("a green thread runs on a carrier")
    }

    #[inline]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    #[inline]
    pub(crate) fn counters(&self) -> &CarrierCounters {
        self.shared.counters()
    }

    pub(crate) fn default_class(&self) -> SizeClass {
        self.default_class
    }

    #[inline]
    pub(crate) fn permits(&self) -> &LocalPermits {
        &self.permits
    }

    #[inline]
    pub(crate) fn attention(&self) -> &Attention {
        &self.attention
    }

    pub(crate) fn tracing(&self) -> &Tracing {
        &self.tracing
    }

    /// Whether what happens is to be [noted](Self::note).
    #[inline(always)]
    pub(crate) fn is_traced(&self) -> bool {
        self.attention.is_traced()
    }

    /// Notes what happens now, in the carrier's trace.
    #[cold]
    #[inline(never)]
    pub(crate) fn note(&self, what: What) {
        self.tracing.note(|recorder| recorder.push(what));
    }

    pub(crate) fn hook(&self) -> Option<Rc<dyn ErasedHook>> {
        self.attention.hook()
    }

    // Ready queue.

    /// The running thread grants the thread `id` its permit, if that is still in `seat`.
    #[inline]
    pub(crate) fn unpark(&self, seat: u32, id: ThreadId) {
        if self.permits.grant(seat, id.as_u64()) {
            if self.is_traced() {
                return self.make_ready_traced(seat);
            }
            self.make_ready_next(seat);
        }
    }

    /// The scheduler grants a permit to whichever thread is in `seat`, if any.
    pub(super) fn unpark_occupant(&self, seat: u32) {
        if self.permits.grant_occupant(seat) {
            if self.is_traced() {
                self.note(What::Readied { seat, cause: Cause::Elsewhere });
            }
            self.make_ready_last(seat);
        }
    }

    /// The timer of `seat` has fired. If a grant was faster, the thread is ready already.
    pub(super) fn time_out(&self, seat: u32) {
        if self.permits.retract(seat) {
            if self.is_traced() {
                self.note(What::Readied { seat, cause: Cause::Timer });
            }
            self.make_ready_last(seat);
        }
    }

    /// Makes `seat` run next: the running thread has woken it.
    #[inline]
    fn make_ready_next(&self, seat: u32) {
        if let Some(displaced) = self.next.replace(Some(seat)) {
            self.make_ready_last(displaced);
        }
    }

    #[cold]
    #[inline(never)]
    fn make_ready_traced(&self, seat: u32) {
        self.note(What::Readied { seat, cause: Cause::Grant });
        self.make_ready_next(seat);
    }

    /// Makes `seat` run after all that are ready now.
    #[inline]
    pub(crate) fn make_ready_last(&self, seat: u32) {
        self.ready.borrow_mut().push(seat);
    }

    /// The thread that is to run now.
    #[inline]
    pub(super) fn pick(&self) -> Option<Pick> {
        let mut ready = self.ready.borrow_mut();
        // The one that was woken last goes first, but not for ever: two that wake each other would keep
        // the queue waiting.
        let in_a_row = self.next_in_a_row.get();
        let seat = if in_a_row < MAX_NEXT_IN_A_ROW
            && let Some(seat) = self.next.take()
        {
            self.next_in_a_row.set(in_a_row + 1);
            seat
        } else {
            self.next_in_a_row.set(0);
            ready.pop().or_else(|| self.next.take())?
        };
        let [next, after] = ready.upcoming();
        Some(Pick { seat, next, after })
    }

    /// How many threads are ready to run.
    pub(super) fn ready(&self) -> usize {
        self.ready.borrow().len() + usize::from(self.next.get().is_some())
    }

    /// As [`ready`](Self::ready), for a signal handler: it may have interrupted a change of the queue. Then it is the
    /// number from before, or after, or 0.
    pub(crate) fn peek_ready(&self) -> usize {
        let queued = self.ready.try_borrow().map_or(0, |ready| ready.len());
        queued + usize::from(self.next.get().is_some())
    }

    /// Whether a thread is waiting to run.
    #[inline]
    pub(crate) fn has_ready(&self) -> bool {
        self.next.get().is_some() || !self.ready.borrow().is_empty()
    }

    /// Whether another thread would run if the present one did not.
    #[inline]
    pub(crate) fn is_anybody_waiting(&self) -> bool {
        self.has_ready()
            || self.deferred.get().is_some()
            || self.shared.may_have_mail()
            || (self.has_timers() && self.is_timer_due())
    }

    #[inline(never)]
    fn is_timer_due(&self) -> bool {
        time::has_passed(self.next_due())
    }

    /// How the running thread is to give way, now that it has used a share up.
    pub(crate) fn end_of_share(&self, is_panicking: bool) -> GiveWay {
        let shares = self.shares.get() + 1;
        let is_anybody_waiting = self.is_anybody_waiting();
        if shares < SHARES_AT_MOST && (is_panicking || !is_anybody_waiting) {
            self.shares.set(shares);
            return GiveWay::No;
        }
        self.shares.set(0);
        if is_anybody_waiting { GiveWay::ToThoseThatWait } else { GiveWay::ToWhomeverIsFound }
    }

    /// Makes `seat` ready once the scheduler has looked around. No other thread is deferred then.
    pub(crate) fn defer(&self, seat: u32) {
        let other = self.deferred.replace(Some(seat));
        debug_assert_eq!(other, None, "a deferred thread counts as waiting");
    }

    /// Makes the deferred thread ready: the scheduler has looked around.
    pub(super) fn ready_deferred(&self) {
        if let Some(seat) = self.deferred.take() {
            self.make_ready_last(seat);
        }
    }

    // Birth and death.

    /// Makes a green thread that is ready to run. `body` must not unwind.
    pub(crate) fn spawn(
        &self,
        class: SizeClass,
        name: Option<Arc<str>>,
        body: impl FnOnce() + 'static,
    ) -> Result<Thread, StackError> {
        let (stack, thread) = self.conceive(class, name)?;
        let seat = thread.seat();
        let fiber = if size_of_val(&body) > MOST_ON_STACK {
            Fiber::new(stack, thread.clone(), Box::new(body))
        } else {
            Fiber::new(stack, thread.clone(), body)
        };
        self.fresh.borrow_mut().push((seat, fiber));
        self.set_live(self.live.get() + 1);
        self.make_ready_last(seat);
        Ok(thread)
    }

    /// A stack, a seat and a handle for a new thread.
    fn conceive(
        &self,
        class: SizeClass,
        name: Option<Arc<str>>,
    ) -> Result<(Stack, Thread), StackError> {
        let stack = self.stacks.borrow_mut().acquire(class)?;
        let seat = self.free_seats.borrow_mut().pop().unwrap_or_else(|| {
            self.seats.set(self.seats.get() + 1);
            self.seats.get() - 1
        });
        let id = self.fresh_id();
        // Before anybody can have a handle: a grant for the seat's former thread must miss.
        self.permits.occupy(seat, id);
        if self.is_traced() {
            self.tracing.note(|recorder| recorder.spawn(seat, id, name.as_deref()));
        }
        Ok((stack, Thread::green(name, seat, self.shared.clone(), id)))
    }

    /// The fibers spawned since the last call.
    pub(super) fn take_fresh(&self, mut adopt: impl FnMut(u32, Fiber)) {
        let mut fresh = self.fresh.borrow_mut();
        for (seat, fiber) in fresh.drain(..) {
            adopt(seat, fiber);
        }
        // A million spawned at a stroke are no reason to keep their room.
        fresh.shrink_to(MAX_KEPT_FRESH);
    }

    /// How many fibers the scheduler has not taken over yet.
    pub(crate) fn count_fresh(&self) -> usize {
        self.fresh.borrow().len()
    }

    /// A green thread has ended: its stack and its seat may be used again.
    pub(super) fn recycle(&self, seat: u32, stack: Stack) {
        self.stacks.borrow_mut().release(stack);
        // From here on a late wake-up for the ended thread finds nobody.
        self.permits.vacate(seat);
        self.free_seats.borrow_mut().push(seat);
        self.set_live(self.live.get() - 1);
    }

    pub(super) fn live(&self) -> usize {
        self.live.get()
    }

    /// Gives a few unused stacks' pages back; whether there may be more to give.
    pub(super) fn trim_stacks(&self) -> bool {
        self.stacks.borrow().trim_some()
    }

    fn set_live(&self, live: usize) {
        self.live.set(live);
        self.counters().set_live(live);
    }

    fn fresh_id(&self) -> u64 {
        let (next, end) = self.ids.get();
        if next < end {
            self.ids.set((next + 1, end));
            return next;
        }
        // The block is used up: the one place where carriers meet for an id.
        let first = ThreadId::fresh_block(ID_BLOCK).as_u64();
        self.ids.set((first + 1, first + ID_BLOCK));
        first
    }

    // The reactor.

    /// Takes `reactor`, unless the carrier has one that is not the default.
    pub(crate) fn install_reactor(&self, reactor: &mut Option<Box<dyn Reactor>>) {
        if self.has_own_reactor.replace(true) {
            return;
        }
        if let Some(reactor) = &reactor {
            self.shared.replace_notifier(reactor.notifier());
        }
        *self.new_reactor.borrow_mut() = reactor.take();
    }

    /// The reactor that was installed since the last call.
    #[inline]
    pub(super) fn take_new_reactor(&self) -> Option<Box<dyn Reactor>> {
        self.new_reactor.borrow_mut().take()
    }

    // Time.

    /// The scheduler looks at the coarse clock, so that green threads need not.
    #[inline]
    pub(crate) fn look_at_clock(&self) {
        self.moment.set(time::coarse());
    }

    /// What the coarse clock said when the scheduler last looked.
    #[inline(always)]
    pub(crate) fn moment(&self) -> Coarse {
        self.moment.get()
    }

    /// When the timer of `seat` is due, if one is armed.
    pub(crate) fn due_of(&self, seat: u32) -> Option<Instant> {
        let due = self.timers.borrow().due_of(seat)?;
        self.epoch.checked_add(std::time::Duration::from_nanos(due))
    }

    pub(crate) fn arm_timer(&self, seat: u32, deadline: Instant) {
        let due = self.nanos(deadline);
        self.timers.borrow_mut().arm(seat, due);
    }

    pub(crate) fn cancel_timer(&self, seat: u32) {
        self.timers.borrow_mut().cancel(seat);
    }

    #[inline]
    pub(super) fn has_timers(&self) -> bool {
        !self.timers.borrow().is_empty()
    }

    /// Takes one timer that is due at `now`.
    pub(super) fn pop_due(&self, now: Nanos) -> Option<u32> {
        self.timers.borrow_mut().pop_due(now)
    }

    /// When the next timer is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let due = self.timers.borrow_mut().next_due()?;
        // Out of the clock's range: as good as never.
        self.epoch.checked_add(std::time::Duration::from_nanos(due))
    }

    /// As timers count the time.
    pub(super) fn nanos(&self, moment: Instant) -> Nanos {
        let since = moment.saturating_duration_since(self.epoch).as_nanos();
        Nanos::try_from(since).unwrap_or(Nanos::MAX)
    }
}

/// What [`Local::pick`] has picked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pick {
    pub(super) seat: u32,
    /// The two that are to run after it, if nothing intervenes; [`NOBODY`](super::ready::NOBODY) where there is none.
    pub(super) next: u32,
    pub(super) after: u32,
}

/// While it lives, the OS thread has a carrier.
pub(super) struct Entered<'a> {
    _local: &'a Local,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        LOCAL.with(|local| local.set(ptr::null()));
    }
}
