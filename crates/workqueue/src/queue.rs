//! The queue as everybody sees it.

use std::fmt;
use std::task::Waker;
use std::time::Duration;

use greenstd::sync::{Arc, Mutex};
use greenstd::weaken;

use crate::admission::{Admission, Refused, UNLIMITED};
use crate::backlog::Backlog;
use crate::idle::Idle;
use crate::local::Local;
use crate::slots::Slots;
use crate::tally::Tally;
use crate::waiters::Waiters;
use crate::{Admitted, Item};

/// A backlog shared by carriers and submitters; a handle that is cheap to clone.
pub struct Queue<T: Item> {
    shared: Arc<Shared<T>>,
}

/// What waits, by [`Queue::gauge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Gauge {
    /// Items that wait to start.
    pub queued: u64,
    /// Items that have started and not ended.
    pub running: u64,
    /// How long the oldest waiting item has waited.
    pub oldest: Option<Duration>,
}

/// What a worker that waits for room has to expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Prospect {
    /// Room may come.
    Room,
    /// Something has happened since the worker was refused: it is to ask once more.
    Unclear,
    /// All live workers wait, and nobody would ever make room: also with nothing waiting, as the limit
    /// may leave no place but the workers' own.
    None,
}

pub(crate) struct Shared<T> {
    pub(crate) admission: Admission,
    pub(crate) backlog: Backlog<T>,
    pub(crate) tally: Tally,
    pub(crate) slots: Slots,
    /// Held while the maximum of workers changes, and with it where items wait.
    resizing: Mutex<()>,
    pub(crate) idle: Idle,
    pub(crate) room: Waiters,
    /// Of those who wait for room, the workers: to be told if it is in vain.
    room_in_vain: Waiters,
    /// Whether anybody may ever wait for room: said once and for all, see `waiters.rs`.
    room_is_watched: bool,
    quiet: Waiters,
}

impl<T: Item> Queue<T> {
    /// A queue for a number of carriers that run at most `max_workers` workers together, with the
    /// side of each carrier. Nothing limits the backlog until
    /// [`set_limit`](Self::set_limit) does, at whatever time.
    ///
    /// Those who [`wait_for_room`](Self::wait_for_room) are woken, one each time an item starts or ends,
    /// also without a limit: for callers with a rule of their own. To see whether anybody waits costs a
    /// fence each time; a queue that is [`unlimited`](Self::unlimited) for good saves it.
    pub fn new(carriers: usize, max_workers: usize) -> (Self, Vec<Local<T>>) {
        Self::create(carriers, max_workers, true)
    }

    /// As [`new`](Self::new), without a limit for good: nobody waits for room in it, and so nobody looks
    /// whether somebody does.
    pub fn unlimited(carriers: usize, max_workers: usize) -> (Self, Vec<Local<T>>) {
        Self::create(carriers, max_workers, false)
    }

    fn create(carriers: usize, max_workers: usize, room_is_watched: bool) -> (Self, Vec<Local<T>>) {
        let shared = Arc::new(Shared {
            admission: Admission::new(UNLIMITED),
            backlog: Backlog::new(carriers),
            tally: Tally::new(carriers),
            slots: Slots::new(max_workers),
            resizing: Mutex::new(()),
            idle: Idle::new(carriers),
            room: Waiters::default(),
            room_in_vain: Waiters::default(),
            room_is_watched,
            quiet: Waiters::default(),
        });
        if shared.slots.is_in_line() {
            shared.backlog.line_up();
        }
        let locals = (0..carriers).map(|carrier| Local::new(shared.clone(), carrier)).collect();
        (Queue { shared }, locals)
    }

    pub(crate) fn from_shared(shared: Arc<Shared<T>>) -> Self {
        Queue { shared }
    }

    // Submitting.

    /// Asks for room for one item. The item need not exist yet: [`Admitted::push`] takes it.
    ///
    /// # Errors
    /// [`Refused::Full`] at the limit, [`Refused::Closed`] after [`close`](Self::close).
    #[inline]
    pub fn admit(&self) -> Result<Admitted<'_, T>, Refused> {
        let number = self.shared.admission.admit(|| self.shared.tally.ended())?;
        Ok(Admitted::new(self, number))
    }

    /// Asks for room and adds the item.
    ///
    /// # Errors
    /// As [`admit`](Self::admit), and the item comes back.
    pub fn submit(&self, item: T) -> Result<(), (Refused, T)> {
        match self.admit() {
            Ok(admitted) => {
                admitted.push(item);
                Ok(())
            }
            Err(refused) => Err((refused, item)),
        }
    }

    pub(crate) fn push(&self, item: T, on: Option<usize>) {
        self.shared.backlog.push(item, on);
        self.shared.work_added();
    }

    /// An accepted item that has not started will not be run: it was cancelled where it is. Its room
    /// is free at once. The caller has seen to it that [`Item::is_waiting`] says no.
    pub fn withdraw(&self) {
        self.withdraw_unpushed();
        self.shared.backlog.bury_withdrawn();
    }

    pub(crate) fn withdraw_unpushed(&self) {
        self.shared.tally.withdraw();
        self.shared.room_may_have_grown();
        self.shared.check_room_in_vain();
        self.shared.check_quiet();
    }

    /// Takes every waiting item out, for the caller to end. Each is still to be counted as ended: by
    /// [`withdraw`](Self::withdraw).
    pub fn drain(&self) -> Vec<T> {
        self.shared.backlog.drain()
    }

    // Limits.

    /// At most `limit` items may be outstanding (waiting or started) from now on; `None` lifts the
    /// limit.
    ///
    /// # Panics
    /// If there is a limit, and the queue was made [`unlimited`](Self::unlimited).
    pub fn set_limit(&self, limit: Option<u64>) {
        assert!(
            limit.is_none() || self.shared.room_is_watched,
            "a queue that was made unlimited stays so; make it by Queue::new"
        );
        self.shared.admission.set_limit(limit.unwrap_or(UNLIMITED));
        self.shared.room.wake_all();
    }

    /// How many items may be outstanding.
    pub fn limit(&self) -> Option<u64> {
        Some(self.shared.admission.limit()).filter(|&limit| limit != UNLIMITED)
    }

    /// How many workers may be live from now on. Live ones beyond it go on until they retire.
    ///
    /// With one, all items wait in one line from now on, and start in the order of their submission,
    /// as soon as the workers beyond it have retired: also those that wait now, if they know their
    /// [number](Item::number).
    pub fn set_max_workers(&self, max_workers: usize) {
        {
            let _one_at_a_time = self.shared.resizing.lock();
            self.shared.slots.set_max(max_workers);
            if self.shared.slots.is_in_line() {
                self.shared.backlog.line_up();
            } else {
                self.shared.backlog.spread_out();
            }
        }
        self.shared.idle.wake_all();
        self.shared.check_room_in_vain();
    }

    /// How many workers may be live.
    pub fn max_workers(&self) -> usize {
        self.shared.slots.max()
    }

    /// How many workers are live.
    pub fn live_workers(&self) -> usize {
        self.shared.slots.live()
    }

    // Waiting for room, for the quiet, or on another worker.

    /// Has `waker` woken once there may be room. Look once more after this and before sleeping; a
    /// waker that is woken is used up. In an [`unlimited`](Self::unlimited) queue there always is, and
    /// nobody is woken but by [`close`](Self::close).
    pub fn wait_for_room(&self, waker: Waker) {
        self.shared.room.enter(waker);
    }

    /// For one who was woken and found no room: it keeps its place in the queue of those who wait.
    pub fn wait_for_room_again(&self, waker: &Waker) {
        self.shared.room.enter_again(waker);
    }

    /// Takes back a waker entered by [`wait_for_room`](Self::wait_for_room). If it has been used up and
    /// the room was not `taken`, the next one who waits is woken for it.
    pub fn stop_waiting_for_room(&self, waker: &Waker, taken: bool) {
        if !self.shared.room.leave(waker) && !taken {
            self.shared.room.wake_one();
        }
    }

    /// Whether every accepted item has ended. If not, `waker` is woken when that comes about.
    pub fn is_quiet_or_wake(&self, waker: &Waker) -> bool {
        if self.is_quiet() {
            return true;
        }
        self.shared.quiet.enter(waker.clone());
        if weaken::skip("quiet-recheck") || !self.is_quiet() {
            return false;
        }
        self.shared.quiet.leave(waker);
        true
    }

    /// Whether every accepted item has ended.
    pub fn is_quiet(&self) -> bool {
        self.shared.is_quiet()
    }

    /// A live worker is about to wait for an item of this queue. Should all of them wait, another may
    /// start, beyond the maximum. Before the worker's carrier sleeps, it looks for work.
    pub fn begin_wait_for_item(&self) {
        self.shared.slots.wait_for_item();
        self.shared.check_room_in_vain();
    }

    /// The worker goes on.
    pub fn end_wait_for_item(&self) {
        self.shared.slots.item_came();
    }

    /// A live worker is about to wait for room. It has been refused, and `turnover` is the
    /// [turnover](Self::turnover) as it was before that. If it is not in vain now and comes to be so
    /// later, one of the workers that wait is woken by its `waker`, to ask for room and begin anew. In
    /// any case [`end_worker_wait_for_room`](Self::end_worker_wait_for_room) follows.
    pub fn begin_worker_wait_for_room(&self, waker: &Waker, turnover: u64) -> Prospect {
        self.shared.room_in_vain.enter(waker.clone());
        self.shared.slots.wait_for_room();
        // (An item whose submitter has been let in and has not added it yet counts among those queued.)
        if !self.shared.slots.is_wait_for_room_in_vain(|| self.queued() > 0) {
            Prospect::Room
        } else if self.turnover() != turnover && !weaken::skip("stall-turnover") {
            Prospect::Unclear
        } else {
            Prospect::None
        }
    }

    /// The worker goes on.
    pub fn end_worker_wait_for_room(&self, waker: &Waker) {
        self.shared.slots.room_came();
        self.shared.room_in_vain.leave(waker);
    }

    /// Whether every live worker waits for an item or for room (as they do if there are none).
    pub fn do_all_workers_wait(&self) -> bool {
        self.shared.slots.do_all_wait()
    }

    /// Lets a worker be live beyond the maximum, for one that had lent its slot and needs it back
    /// before the borrower is done with it.
    pub fn overdraw_worker(&self) {
        self.shared.slots.overdraw();
    }

    // The end.

    /// Accepts nothing more; what was accepted is still to be run. `true` for the call that closed.
    pub fn close(&self) -> bool {
        let first = self.shared.admission.close();
        self.shared.room.wake_all();
        self.wake_all();
        first
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.shared.admission.is_closed()
    }

    /// Whether the queue is closed and every accepted item has ended.
    pub fn is_exhausted(&self) -> bool {
        self.is_closed() && self.is_quiet()
    }

    /// Wakes every carrier.
    pub fn wake_all(&self) {
        self.shared.idle.wake_all();
    }

    // Figures.

    /// How many items were ever accepted.
    pub fn accepted(&self) -> u64 {
        self.shared.admission.admitted()
    }

    /// How much has happened: grows with each item that is accepted, starts or ends.
    pub fn turnover(&self) -> u64 {
        let tally = &self.shared.tally;
        self.accepted() + tally.started() + tally.ended()
    }

    /// How many carriers are asleep.
    pub fn sleeping_carriers(&self) -> usize {
        self.shared.idle.sleeping()
    }

    /// How many items there are in all queues, with those that have been claimed or withdrawn where
    /// they were.
    pub fn len(&self) -> usize {
        self.shared.backlog.len()
    }

    /// Whether nothing waits, not even what has been claimed or withdrawn where it was.
    pub fn is_empty(&self) -> bool {
        self.shared.backlog.is_empty()
    }

    /// How many items wait to start.
    pub fn queued(&self) -> u64 {
        // Read in this order, so that an item that starts meanwhile is not counted twice.
        let gone = self.shared.tally.started() + self.shared.tally.withdrawn();
        self.accepted().saturating_sub(gone)
    }

    /// What waits and what runs.
    pub fn gauge(&self) -> Gauge {
        Gauge {
            queued: self.queued(),
            running: self.shared.tally.running(),
            oldest: self.shared.backlog.oldest(),
        }
    }
}

impl<T: Item> Shared<T> {
    /// An item has started or ended.
    #[inline]
    pub(crate) fn room_may_have_grown(&self) {
        if self.room_is_watched {
            self.room.wake_one();
        }
    }

    /// A worker is live no more, or waits, or there is one item less to start a worker for: if now all
    /// of them wait, one of those who wait for room looks again, and is told.
    pub(crate) fn check_room_in_vain(&self) {
        if self.slots.does_any_wait_for_room() && self.slots.do_all_wait() {
            self.room_in_vain.wake_one();
        }
    }

    /// A push is complete: sees to it that somebody finds the item.
    #[inline]
    pub(crate) fn work_added(&self) {
        self.idle.work_added(|| self.slots.is_free());
    }

    /// Whether a carrier that looked would have something to do.
    pub(crate) fn is_work_waiting(&self) -> bool {
        !self.backlog.is_empty() && self.slots.is_free()
    }

    fn is_quiet(&self) -> bool {
        // The sum of what has ended is read first: if it equals what was accepted by the time of the
        // second reading, everything accepted so far had ended.
        let ended = self.tally.ended();
        ended == self.admission.admitted()
    }

    /// Something has ended: if it was the last, tells those who wait for that.
    pub(crate) fn check_quiet(&self) {
        if self.quiet.any_after_event() && self.is_quiet() {
            self.quiet.wake_all();
        }
        if self.admission.is_closed() && self.is_quiet() {
            self.idle.wake_all();
        }
    }
}

impl<T: Item> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Queue { shared: self.shared.clone() }
    }
}

impl<T: Item> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("accepted", &self.accepted())
            .field("queued", &self.queued())
            .field("live_workers", &self.live_workers())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
