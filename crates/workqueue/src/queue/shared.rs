//! What submitters and carriers share.

use greenstd::step;
use greenstd::sync::{Arc, Mutex, OnceLock};

use crate::admission::Admission;
use crate::backlog::Backlog;
use crate::idle::Idle;
use crate::slots::Slots;
use crate::tally::Tally;
use crate::waiters::Waiters;
use crate::{Beside, Item};

pub(crate) struct Shared<T> {
    pub(crate) admission: Admission,
    pub(crate) backlog: Backlog<T>,
    pub(crate) tally: Tally,
    pub(crate) slots: Slots,
    /// Held while the maximum of workers changes, and with it where items wait.
    pub(super) resizing: Mutex<()>,
    pub(crate) idle: Idle,
    pub(crate) room: Waiters,
    /// The workers among the threads that wait for room. They are to be told if it is in vain.
    pub(super) room_in_vain: Waiters,
    /// Whether any thread may ever wait for room. This never changes: see `waiters.rs`.
    pub(super) room_is_watched: bool,
    pub(super) quiet: Waiters,
    pub(super) beside: OnceLock<Arc<dyn Beside>>,
}

impl<T: Item> Shared<T> {
    /// An item has started or ended.
    #[inline]
    pub(crate) fn room_may_have_grown(&self) {
        if self.room_is_watched {
            self.room.wake_one();
        }
    }

    /// *stall-look* of `slots.rs`: a worker has retired, or waits, or an item was withdrawn for which one might have
    /// started.
    ///
    /// If all workers wait by now, one of those that wait for room looks again, and is told.
    pub(crate) fn check_room_in_vain(&self) {
        if self.slots.any_waiting_for_room() && self.slots.all_waiting() {
            self.room_in_vain.wake_one();
        }
    }

    /// *idle-submit-look* and *idle-wake*: a push is complete, so sees to it that a carrier finds the item. The lock of
    /// the queue takes the place of a fence, if there are few carriers. (Or the caller has fenced, and a slot may be free
    /// that was not.)
    #[inline]
    pub(crate) fn item_added(&self) {
        if self.backlog.wants_fences() {
            // idle-push-fence
            step::IDLE_PUSH_FENCE.fence();
        }
        self.idle.wake_if_nobody_looks(|| self.slots.is_free());
    }

    /// The same for work that was added where no lock of a queue orders it (*idle-beside-fence*).
    pub(super) fn beside_added(&self) {
        self.idle.beside_added(|| self.slots.is_free());
    }

    /// The look of *idle-last-searcher*: whether there is an item that any carrier may start.
    pub(crate) fn is_work_waiting(&self) -> bool {
        let locked = step::IDLE_SEARCH_LOCKED;
        self.slots.is_free() && (self.backlog.surely_has_unpinned(locked) || self.is_any_beside())
    }

    /// *idle-recheck*: whether there is an item that `carrier` may start.
    pub(crate) fn is_work_waiting_for(&self, carrier: usize) -> bool {
        self.slots.is_free()
            && (self.backlog.surely_has_unpinned(step::IDLE_RECHECK_LOCKED)
                || self.backlog.has_pinned_to(carrier)
                || self.is_any_beside())
    }

    /// *retire-recheck*: whether there is an item for the worker of `carrier` that has given its slot back.
    pub(crate) fn is_left_for(&self, carrier: usize) -> bool {
        self.backlog.surely_has_unpinned(step::RETIRE_RECHECK_LOCKED)
            || self.backlog.has_pinned_to(carrier)
    }

    fn is_any_beside(&self) -> bool {
        self.beside.get().is_some_and(|beside| beside.is_any_left())
    }

    /// Adds an item that carrier `on` alone may take.
    pub(crate) fn push_pinned(&self, item: T, on: usize) {
        if self.backlog.push_pinned(item, on) {
            self.idle.pinned_added(on, || self.slots.is_free());
        } else {
            self.item_added();
        }
    }

    /// A slot may be free that was not: wakes the carriers that have pinned items. The caller has fenced.
    #[inline]
    pub(crate) fn slot_may_be_free(&self) {
        // idle-pinned-slot
        for carrier in self.backlog.carriers_with_pinned() {
            if step::IDLE_PINNED_SLOT.holds(|| self.slots.is_free()) {
                self.idle.wake_for_pinned(carrier);
            }
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        // The sum of what has ended is read first. If it equals what was accepted by the time of the second
        // reading, everything accepted so far had ended.
        let ended = self.tally.ended();
        ended == self.admission.admitted()
    }

    /// Something has ended. If it was the last, the threads that wait for that are woken.
    pub(crate) fn check_quiet(&self) {
        // waiters-event-fence, waiters-wake
        if self.quiet.any_after_event() && self.is_quiet() {
            self.quiet.wake_all();
        }
        // quiet-look
        if self.admission.is_closed() && self.is_quiet() {
            self.idle.wake_all();
        }
    }
}
