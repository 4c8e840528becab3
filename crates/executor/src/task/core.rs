//! What all tasks have, whatever they compute.

use std::fmt;
use std::num::NonZeroUsize;
use std::panic::Location;
use std::ptr::NonNull;
use std::task::Waker;

use greenctx::Identity;
use greenctx::trace::Label as TraceLabel;
use greenstd::panics;
use greenstd::step;
use greenstd::sync::{Arc, MutexGuard, Weak};
use greenstd::ticks::{SharedTicks, TickClock, Ticks};
use greenstd::time::{self, Instant};

use super::cell::StageCell;
use super::hearers::{Heard, Hearer};
use super::job::{Methods, References};
use super::rare::{List, Rare, Waiting};
use super::state::{Place as RunsAt, Snapshot, State};
use super::waiters::{Callback, Place};
use crate::limits::Limited;
use crate::placing::Placed;
use crate::schedule::delay::{self, Delay};
use crate::spans::{JobSpan, Request};

/// The typeless part of a task.
pub(crate) struct Core {
    pub(crate) state: State,
    references: References,
    /// Which executor it was submitted to, by number (`pool/registry.rs`): a reference would be a count that every
    /// submitter and every carrier contends for. In two parts, as three bytes are all that is left.
    pool_low: u16,
    pool_high: u8,
    pub(super) stage: StageCell,
    methods: &'static Methods,
    id: u64,
    /// When it was accepted, if anybody wants to know. Written once more when a delayed one is let in.
    accepted: SharedTicks,
    rare: Rare,
    site: &'static Location<'static>,
}

/// Seven words. With a closure of one it is a line of the processor's cache.
#[cfg(not(any(green_loom, green_shuttle)))]
const _: () = assert!(size_of::<Core>() == 56);

/// What few tasks are made with.
pub(crate) struct Extras {
    waiters: List,
    name: Option<Arc<str>>,
    span: Option<Request>,
    placed: Option<Box<Placed>>,
    limits: Limited,
    delay: Option<Box<Delay>>,
    /// When its closure was called, for those who look inside.
    started: SharedTicks,
}

/// What a task begins to run with.
#[derive(Default)]
pub(super) struct Beginning {
    /// The span in which the closure is called.
    pub(super) span: JobSpan,
    /// When its time is over.
    pub(super) deadline: Option<Instant>,
}

/// An entry in the list of a task's waiters, good for that task alone.
#[derive(Debug)]
pub(crate) struct Entry {
    place: Place,
    waker: WakerKey,
}

/// What tells a waker from those that wake others, while it lives. It keeps nothing alive: a future that
/// kept the waker of the task that it is a part of would keep itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WakerKey {
    data: usize,
    vtable: NonZeroUsize,
}

/// What a poll of a task's future finds.
pub(crate) enum Polled {
    Ended,
    /// The last poll has entered the same.
    Waits,
    /// The waker is entered now.
    Entered,
}

/// What a submitter knows of a task.
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) site: &'static Location<'static>,
    pub(crate) accepted: Ticks,
    pub(crate) extras: Option<Box<Extras>>,
}

impl Core {
    #[inline]
    pub(super) fn new(pool: u64, label: Label, methods: &'static Methods) -> Self {
        let is_delayed = label.extras.as_ref().is_some_and(|extras| extras.delay.is_some());
        Core {
            state: if is_delayed { State::delayed() } else { State::queued() },
            references: References::of_pair(),
            methods,
            pool_low: pool as u16,
            pool_high: (pool >> 16) as u8,
            stage: StageCell::default(),
            id: label.id,
            accepted: SharedTicks::new(label.accepted),
            rare: Rare::new(label.extras),
            site: label.site,
        }
    }

    #[inline]
    pub(super) fn references(&self) -> &References {
        &self.references
    }

    #[inline]
    pub(super) fn methods(&self) -> &'static Methods {
        self.methods
    }

    #[inline]
    pub(crate) fn pool(&self) -> u64 {
        u64::from(self.pool_high) << 16 | u64::from(self.pool_low)
    }

    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    #[inline]
    pub(crate) fn accepted(&self) -> Ticks {
        self.accepted.get()
    }

    /// When its closure was called, if that is known: of a job with a name, a place, a limit, a span or a delay.
    pub(crate) fn started(&self) -> Option<Ticks> {
        let started = self.rare.extras()?.started.get();
        (started != Ticks::default()).then_some(started)
    }

    /// By the timekeeper: it is let in as the one of that number, now.
    pub(crate) fn let_in(&self, number: u64, accepted: Ticks) {
        self.accepted.set(accepted);
        if let Some(delay) = self.delay() {
            delay.let_in_as(number);
        }
    }

    /// Its place in the order of submission: its number, if it was not delayed.
    pub(crate) fn order(&self) -> u64 {
        self.delay().map_or(self.id, Delay::number)
    }

    /// When it is due, if it was delayed.
    pub(crate) fn delay(&self) -> Option<&Delay> {
        self.rare.extras()?.delay.as_deref()
    }

    #[inline]
    pub(crate) fn site(&self) -> &'static Location<'static> {
        self.site
    }

    /// `name` or `job-17`; of one that was delayed, `delayed-17`.
    pub(crate) fn describe(&self) -> Box<str> {
        match (self.name(), delay::split_id(self.id)) {
            (Some(name), _) => name.into(),
            (None, (kind, number)) => format!("{kind}-{number}").into(),
        }
    }

    /// Writes `name` or `job-17`, and where it was submitted. Neither allocates nor locks.
    pub(crate) fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self.name() {
            Some(name) => out.write_str(name)?,
            None => {
                let (kind, number) = delay::split_id(self.id);
                write!(out, "{kind}-{number}")?;
            }
        }
        write!(out, " ({}:{})", self.site.file(), self.site.line())
    }

    #[inline]
    pub(crate) fn name(&self) -> Option<&str> {
        self.rare.extras()?.name.as_deref()
    }

    /// Its place, if it has one.
    #[inline]
    pub(crate) fn placed(&self) -> Option<&Placed> {
        self.rare.extras()?.placed.as_deref()
    }

    /// Whether it has a name, a place, a limit or a span.
    #[inline]
    pub(crate) fn is_described(&self) -> bool {
        self.rare.is_described()
    }

    /// When it is too late for it to start, if that may be.
    #[inline]
    pub(crate) fn expires_at(&self) -> Option<Instant> {
        self.rare.extras()?.limits.expires_at
    }

    /// Whether it is too late for it to start.
    #[inline(always)]
    pub(crate) fn has_expired(&self) -> bool {
        // Most tasks are not described, and have no more than this look.
        self.is_described() && time::has_passed(self.expires_at())
    }

    /// By the claimer, which is about to call the closure: what that is to run in. The time of the job begins.
    #[inline]
    pub(super) fn begin(&self) -> Beginning {
        match self.rare.extras() {
            Some(extras) => extras.begin(self),
            None => Beginning::default(),
        }
    }

    // Waiting. An entry is made first and announced after; the end is published first and the entries
    // taken after. Announcing and publishing are read-modify-writes of one word: either the publisher
    // sees the announcement, or the announcer sees the publication.

    /// Has `waker` woken when the task ends: by an entry to be [taken back](Self::forget_waker) if that is
    /// not waited for any more. `None` if the task has ended already.
    pub(crate) fn wake_when_ended(&self, waker: &Waker) -> Option<Entry> {
        if self.state.load().is_ended() {
            return None;
        }
        // Foreign code, so not under the lock.
        let waker = waker.clone();
        let key = WakerKey::of(&waker);
        let entry = Entry { place: self.waiters().waiters.enter(waker), waker: key };
        // The entry first, then the announcement. Either the ender sees the flag, and wakes us, or we see the end
        // here (`task-waiter-recheck`).
        let before = self.state.announce_waiter();
        if !step::TASK_WAITER_RECHECK.holds(|| before.is_ended()) {
            return Some(entry);
        }
        self.forget_waker(entry);
        None
    }

    /// Takes an entry back.
    pub(crate) fn forget_waker(&self, entry: Entry) {
        let forgotten = self.waiters().waiters.leave(entry.place);
        // Foreign code, so not under the lock.
        drop(forgotten);
    }

    /// Adds a callback; `true` if the task has ended already, and the adder must
    /// [call back](Self::call_back).
    pub(crate) fn add_callback(&self, callback: Callback) -> bool {
        self.waiters().waiters.add_callback(callback);
        // As for a waiter: either the ender sees the flag, or we see the end (`task-callback-recheck`).
        let before = self.state.announce_callback();
        step::TASK_CALLBACK_RECHECK.holds(|| before.is_ended())
    }

    /// By the task's future: whether the task has ended. If not, `waker` is woken then, and that of the last poll is
    /// not.
    pub(crate) fn poll(&self, waker: &Waker) -> Polled {
        if self.state.load().is_ended() {
            return Polled::Ended;
        }
        if self.waiters().polled.as_ref().is_some_and(|entry| entry.wakes_as(waker)) {
            // It is entered and announced: whoever has ended the task since wakes it.
            return Polled::Waits;
        }
        self.forget_poll();
        let Some(entry) = self.wake_when_ended(waker) else { return Polled::Ended };
        self.waiters().polled = Some(entry);
        Polled::Entered
    }

    /// By the task's future: takes back what the last poll has entered, if the task has not ended.
    #[inline]
    pub(crate) fn forget_poll(&self) {
        if !self.rare.has_no_list() && !self.state.load().is_ended() {
            self.forget_entered();
        }
    }

    #[inline(never)]
    fn forget_entered(&self) {
        let entered = self.waiters().polled.take();
        if let Some(entry) = entered {
            self.forget_waker(entry);
        }
    }

    /// The list, locked.
    fn waiters(&self) -> MutexGuard<'_, Waiting> {
        self.rare.list().lock()
    }

    // Hearing of the cancelling: see `hearers.rs`.

    /// *hear-enter* and *hear-announce* of a group. `true` if the job has been asked to stop already.
    pub(crate) fn enter_group(&self, group: Weak<dyn Hearer>) -> bool {
        self.waiters().waiters.hearers().enter_group(group);
        let before = self.state.announce_hearer();
        step::HEAR_RECHECK.holds(|| before.is_cancel_requested())
    }

    /// *hear-enter* and *hear-announce* of a part that begins on another green thread.
    pub(crate) fn enter_part(&self, place: RunsAt) {
        self.waiters().waiters.hearers().enter_part(place);
        self.state.announce_hearer();
    }

    /// It has ended.
    pub(crate) fn leave_part(&self, place: RunsAt, was_interrupted: bool) {
        if was_interrupted {
            self.state.note_part_interrupted();
        }
        self.waiters().waiters.hearers().leave_part(place);
    }

    /// *hear-ask* and *hear-look*: asks the running job to stop. Returns the word before, and whoever is to be told.
    pub(crate) fn request_cancel(&self) -> (Snapshot, Option<Heard>) {
        let before = self.state.request_cancel();
        let is_heard = step::HEAR_LOOK.holds(|| before.has_hearers());
        (before, is_heard.then(|| self.waiters().waiters.hearers().copy()))
    }

    /// After the end: calls the callbacks by `call`, in the order of their adding. If somebody else is
    /// at it, that one does it: so they are called one after the other, whoever adds or ends.
    pub(crate) fn call_back(&self, mut call: impl FnMut(Callback)) {
        let mut callbacks = self.waiters().waiters.begin_calling();
        while !callbacks.is_empty() {
            callbacks.into_iter().for_each(&mut call);
            callbacks = self.waiters().waiters.more_to_call();
        }
    }

    /// The publisher wakes those whom the word has announced.
    #[inline(never)]
    pub(crate) fn wake_waiters(&self) {
        let wakers = self.waiters().waiters.take_wakers();
        for waker in wakers {
            // Foreign code, if it is not one of ours.
            if let Err(payload) = panics::contain(|| waker.wake()) {
                panics::dispose(payload);
            }
        }
    }

    /// Whether its drop does nothing: it has no extras, and never had a waiter.
    #[inline]
    pub(super) fn is_plain(&mut self) -> bool {
        self.rare.is_nothing()
    }
}

/// A job runs under the identity of its task.
impl Identity for Core {
    #[inline]
    fn id(&self) -> u64 {
        self.id
    }

    fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        Core::write_name(self, out)
    }

    fn label(&self) -> TraceLabel<'_> {
        let accepted = self.accepted();
        let queued_at = (accepted != Ticks::default()).then_some(accepted);
        TraceLabel { name: self.name(), site: Some(self.site), queued_at }
    }

    #[inline]
    fn is_cancelled(&self) -> bool {
        self.state.load().is_cancel_requested()
    }
}

impl Extras {
    /// `None` if there is nothing of it. Always inlined: a submission that has none by its type then takes no step for it.
    #[inline(always)]
    pub(crate) fn if_any(
        name: Option<Arc<str>>,
        span: Option<Request>,
        placed: Option<Box<Placed>>,
        limits: Limited,
        delay: Option<Box<Delay>>,
    ) -> Option<Box<Self>> {
        let is_any = name.is_some()
            || span.is_some()
            || placed.is_some()
            || !limits.is_nothing()
            || delay.is_some();
        // By no closure, which would have all of these lie in memory.
        if is_any {
            let (waiters, started) = (List::default(), SharedTicks::default());
            Some(Box::new(Extras { waiters, name, span, placed, limits, delay, started }))
        } else {
            None
        }
    }

    pub(super) fn waiters(&self) -> &List {
        &self.waiters
    }

    fn begin(&self, core: &Core) -> Beginning {
        self.started.set(TickClock::new().read());
        let span = match &self.span {
            Some(request) => request.take(core.id, self.name.as_ref(), core.site),
            None => JobSpan::default(),
        };
        // Beyond the clock's range there is no deadline.
        Beginning { span, deadline: self.limits.timeout.and_then(time::after) }
    }
}

impl Entry {
    /// Whether it is that of a waker which wakes the same, if the task has not ended: the entry keeps its
    /// waker alive until then.
    pub(crate) fn wakes_as(&self, waker: &Waker) -> bool {
        self.waker == WakerKey::of(waker)
    }
}

impl WakerKey {
    fn of(waker: &Waker) -> Self {
        WakerKey { data: waker.data().addr(), vtable: NonNull::from(waker.vtable()).addr() }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.load();
        let state = match state.ending() {
            Some(ending) => format!("{ending:?}"),
            None if state.is_queued() => "Queued".into(),
            None if state.is_delayed() => "Delayed".into(),
            None if state.is_cancelled() => "Cancelled".into(),
            None => "Running".into(),
        };
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("name", &self.name())
            .field("state", &state)
            .field("site", &format_args!("{}:{}", self.site.file(), self.site.line()))
            .finish()
    }
}
