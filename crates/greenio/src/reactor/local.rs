//! The half of a reactor that belongs to its OS thread.

use std::cell::{Cell, RefCell};
use std::io;
use std::os::fd::BorrowedFd;
use std::rc::Rc;

use greenctx::{Limit, Thread, Wake, Wakeup};
use greenstd::sync::Arc;
use greenstd::time::{self, Instant};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, Event, EventData, EventFlags};
use rustix::io::Errno;

use super::carrier::CarrierReactor;
use super::coarse_wait::coarse_wait;
use super::entries::{Direction, Entries, Entry, Token};
use super::os_thread::with_existing;
use super::shared::{Letter, NOTIFICATION, Shared};

/// Events taken from the kernel at a time.
const EVENTS_PER_HARVEST: usize = 256;

/// How many polls in a row may be left to the sleep that probably follows.
const POLLS_LEFT_OUT: u32 = 4;

const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The reactor of one OS thread.
pub(crate) struct LocalReactor {
    shared: Arc<Shared>,
    /// That of `shared`, at hand.
    id: u64,
    entries: RefCell<Entries>,
    /// Kept for its capacity.
    events: RefCell<Vec<Event>>,
    /// The wake-ups of those who have left the lists just now; kept for its capacity.
    owed: RefCell<Vec<Wakeup>>,
    /// How many threads are on the lists of entries.
    waiting: Cell<usize>,
    harvests: Cell<u64>,
    polls_left_out: Cell<u32>,
    /// A poll has met a notification that was meant to end a sleep.
    notified: Cell<bool>,
    /// Whether the system has refused to wait exactly.
    is_coarse: Cell<bool>,
    /// Whether a carrier sleeps here.
    pub(super) is_installed: Cell<bool>,
}

/// How an entry looked before an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    token: Token,
    harvests: u64,
    /// Whether the operation is worth a try.
    pub(crate) is_ready: bool,
}

impl LocalReactor {
    pub(super) fn new() -> io::Result<Self> {
        let shared = Shared::new()?;
        Ok(LocalReactor {
            id: shared.id(),
            shared,
            entries: RefCell::default(),
            events: RefCell::new(Vec::with_capacity(EVENTS_PER_HARVEST)),
            owed: RefCell::default(),
            waiting: Cell::new(0),
            harvests: Cell::new(0),
            polls_left_out: Cell::new(0),
            notified: Cell::new(false),
            is_coarse: Cell::new(false),
            is_installed: Cell::new(false),
        })
    }

    #[inline]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What tells the reactor from all others.
    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    // Entries.

    /// Registers a descriptor whose `direction` was not ready a moment ago.
    pub(crate) fn register(&self, fd: BorrowedFd<'_>, direction: Direction) -> io::Result<Token> {
        let events =
            EventFlags::IN | EventFlags::OUT | EventFlags::PRI | EventFlags::RDHUP | EventFlags::ET;
        let token = self.entries.borrow_mut().add(direction);
        let data = EventData::new_u64(token.as_u64());
        epoll::add(self.shared.epoll(), fd, data, events).map_err(|errno| {
            self.free(token);
            match errno {
                Errno::PERM => crate::io::not_pollable(),
                errno => errno.into(),
            }
        })?;
        Ok(token)
    }

    /// The source is gone.
    pub(crate) fn free(&self, token: Token) {
        self.entries.borrow_mut().remove(token);
    }

    /// The source was closed (*source-mark*).
    pub(crate) fn close(&self, token: Token) {
        // source-mark, on the entry's own OS thread: so it comes before *source-wait* or after it, never within.
        let mut owed = self.owed.borrow_mut();
        self.entry_mut(token, |entry| entry.close(&mut owed));
        self.wake(&mut owed);
    }

    /// How the entry looks, before an operation (*ready-try*).
    #[inline]
    pub(crate) fn view(&self, token: Token, direction: Direction) -> View {
        let entries = self.entries.borrow();
        // An entry that is gone cannot be waited for, so try.
        let is_ready = entries.get(token).is_none_or(|entry| entry.is_ready(direction));
        // ready-try begins here: the count of harvests tells at *ready-clear* whether one lay between.
        View { token, harvests: self.harvests.get(), is_ready }
    }

    /// The operation said *would block* (*ready-clear*).
    pub(crate) fn would_block(&self, view: View, direction: Direction) {
        // ready-clear: a harvest since *ready-try* may have brought the edge that tells of readiness; then the flag
        // stays.
        if view.harvests == self.harvests.get() {
            self.entry_mut(view.token, |entry| entry.clear(direction));
        }
    }

    /// The operation has done a part of what it was asked for.
    #[inline]
    pub(crate) fn fell_short(&self, view: View, direction: Direction) {
        // As ready-clear: a short count is a *would block* that was not asked for.
        if view.harvests == self.harvests.get() {
            self.entry_mut(view.token, |entry| entry.clear_if_counts_tell(direction));
        }
    }

    #[inline]
    fn entry_mut<R>(&self, token: Token, change: impl FnOnce(&mut Entry) -> R) -> Option<R> {
        self.entries.borrow_mut().get_mut(token).map(change)
    }

    // Waiting.

    /// Waits until the direction is ready or the source is closed. How the entry looks then: another operation may
    /// begin with that (*ready-try*).
    ///
    /// # Errors
    /// `TimedOut` if `deadline` passes first; if the wait is interrupted; if the carrier has a reactor of
    /// another kind.
    #[inline]
    pub(crate) fn wait(
        self: &Rc<Self>,
        token: Token,
        direction: Direction,
        deadline: Option<Instant>,
    ) -> io::Result<View> {
        greenctx::with_current(|thread| match thread.is_green() {
            true => {
                CarrierReactor::ensure(self)?;
                self.park(thread, token, direction, deadline)
            }
            false => self.block(token, direction, deadline),
        })
    }

    /// Parks the green thread (*ready-wait*).
    #[inline]
    fn park(
        &self,
        thread: &Thread,
        token: Token,
        direction: Direction,
        deadline: Option<Instant>,
    ) -> io::Result<View> {
        loop {
            let view = self.view(token, direction);
            if view.is_ready {
                return Ok(view);
            }
            // ready-wait, source-wait: no harvest lies between the look above and this.
            self.entry_mut(token, |entry| entry.join(direction, thread));
            self.waiting.set(self.waiting.get() + 1);
            // Whatever ends the park, a panic too.
            let listed = Listed { reactor: self, token, direction, thread };
            let wake = greenctx::park_deadline(deadline);
            drop(listed);
            if wake? == Wake::TimedOut {
                return Err(timed_out());
            }
        }
    }

    /// Blocks the plain OS thread in the reactor.
    #[cold]
    fn block(
        &self,
        token: Token,
        direction: Direction,
        deadline: Option<Instant>,
    ) -> io::Result<View> {
        let limit = Limit::of_wait(deadline)?;
        loop {
            let view = self.view(token, direction);
            if view.is_ready {
                return Ok(view);
            }
            if limit.has_passed() {
                limit.end_wait()?;
                return Err(timed_out());
            }
            self.sleep(limit.earliest());
        }
    }

    // Harvesting.

    /// Sleeps until an event, a notification or the deadline.
    pub(super) fn sleep(&self, deadline: Option<Instant>) {
        self.polls_left_out.set(0);
        // An edge of the eventfd that a poll has met ends this sleep (*mail-notify*).
        if self.notified.take() {
            self.harvest(Some(&NOW));
        } else {
            let timeout = deadline.and_then(time_left);
            self.harvest(timeout.as_ref());
        }
        self.notified.set(false);
    }

    /// Delivers the events that are there. Costs nothing if nobody waits for one.
    pub(super) fn poll(&self) {
        if self.waiting.get() == 0 && !self.shared.may_have_mail() {
            return;
        }
        // When nobody is ready, the carrier is about to sleep, and that takes the events as well. But it
        // need not: work may come from outside for ever.
        if !greenctx::is_anybody_waiting() && self.polls_left_out.get() < POLLS_LEFT_OUT {
            self.polls_left_out.set(self.polls_left_out.get() + 1);
            return;
        }
        self.polls_left_out.set(0);
        self.harvest(Some(&NOW));
    }

    /// Delivers the events that are there, if somebody waits for one.
    pub(super) fn harvest_for_waiters(&self) {
        if self.waiting.get() > 0 {
            self.harvest(Some(&NOW));
        }
    }

    fn harvest(&self, timeout: Option<&Timespec>) {
        let mut events = self.events.borrow_mut();
        events.clear();
        self.wait_in_epoll(&mut events, timeout);
        self.harvests.set(self.harvests.get() + 1);
        // First all entries, then all threads. So the misses of one pass overlap: no load waits for another one's.
        let mut owed = self.owed.borrow_mut();
        self.take_in(&events, &mut owed);
        self.wake(&mut owed);
        drop((events, owed));
        // mail-take, after each harvest: the edge that *mail-notify* caused has ended the wait above.
        if self.shared.may_have_mail() {
            self.read_mail();
        }
    }

    #[inline]
    fn wait_in_epoll(&self, events: &mut Vec<Event>, timeout: Option<&Timespec>) {
        if !self.is_coarse.get() {
            match epoll::wait(self.shared.epoll(), spare_capacity(events), timeout) {
                Ok(_) | Err(Errno::INTR) => return,
                // Older than the call, or behind a filter that is, which may answer whatever it likes, and may
                // have been put up just now. Should it be another error, it comes again.
                Err(_) => self.is_coarse.set(true),
            }
        }
        match coarse_wait(self.shared.epoll(), events, timeout) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => panic!("an epoll instance of our own cannot be waited for: {error}"),
        }
    }

    /// *ready-harvest*: those who are to be unparked leave the lists.
    #[inline]
    fn take_in(&self, events: &[Event], owed: &mut Vec<Wakeup>) {
        let mut entries = self.entries.borrow_mut();
        for event in events {
            let (flags, data) = (event.flags, event.data.u64());
            if data == NOTIFICATION {
                self.notified.set(true);
            } else if let Some(entry) = entries.get_mut(Token::from_u64(data)) {
                // A token of an earlier source meets no entry.
                entry.take_in(flags, owed);
            }
        }
    }

    /// *ready-unpark*, and the wake-ups of *source-mark*.
    #[inline]
    fn wake(&self, owed: &mut Vec<Wakeup>) {
        self.count_off_lists(owed.len());
        // A carrier runs next whom it was told of last: with the first one at the end, all run in their order.
        let mut owed = owed.drain(..);
        let first = owed.next();
        owed.chain(first).for_each(Wakeup::wake);
    }

    fn read_mail(&self) {
        for letter in self.shared.take_mail() {
            match letter {
                Letter::Close(token) => self.close(token),
                Letter::Free(token) => self.free(token),
            }
        }
    }

    fn count_off_lists(&self, threads: usize) {
        self.waiting.set(self.waiting.get() - threads);
    }
}

/// A thread on the list of an entry.
struct Listed<'a> {
    reactor: &'a LocalReactor,
    token: Token,
    direction: Direction,
    thread: &'a Thread,
}

impl Drop for Listed<'_> {
    #[inline]
    fn drop(&mut self) {
        let leave = |entry: &mut Entry| entry.leave(self.direction, self.thread);
        // As a rule a harvest has taken it off.
        if self.reactor.entry_mut(self.token, leave) == Some(true) {
            self.reactor.count_off_lists(1);
        }
    }
}

impl Shared {
    /// Anybody: the source was closed (*source-mark*).
    pub(crate) fn close(&self, token: Token) {
        self.in_place_or_by_mail(|reactor| reactor.close(token), Letter::Close(token));
    }

    /// Anybody: the source is gone.
    pub(crate) fn free(&self, token: Token) {
        self.in_place_or_by_mail(|reactor| reactor.free(token), Letter::Free(token));
    }

    fn in_place_or_by_mail(&self, act: impl FnOnce(&LocalReactor), letter: Letter) {
        with_existing(|reactor| match reactor {
            Some(reactor) if reactor.shared.id() == self.id() => act(reactor),
            _ => self.post(letter),
        });
    }
}

/// The time until `deadline`; `None` if it is too far away to be said.
fn time_left(deadline: Instant) -> Option<Timespec> {
    let left = time::until(deadline);
    Timespec::try_from(left).ok()
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "timed out: the socket's own time limit has passed")
}
