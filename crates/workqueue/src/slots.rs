//! Worker slots: how many workers may be live at once.
//!
//! # Protocol: a new item against the last worker that retires
//!
//! A submitter pushes an item, and reads `live`. While a slot is free, it sees to it that a carrier is awake
//! (`idle/README.md`). With every slot taken it does nothing: the workers look for the next item before they retire.
//!
//! A worker that finds nothing more takes three steps:
//!
//! * *retire-give-back*: it gives its slot back;
//! * *retire-fence*: it fences;
//! * *retire-recheck*: it looks into the backlog once more. If there is something, it takes a slot again and goes on.
//!
//! *No item is left while a slot is free and no carrier looks:* *retire-recheck* takes the lock of each queue, so it
//! comes before or after the push (*locked looks* in `idle/README.md`). If the push comes first, *retire-recheck* sees
//! the item. If *retire-recheck* comes first, the submitter reads the slot as free, and wakes a carrier. It sees the
//! carriers that are asleep then, since *retire-fence* comes before.
//!
//! A pinned item has no locked look: *retire-fence* and *idle-pinned-fence* are totally ordered. The same holds for a
//! carrier that goes to sleep, which looks for a free slot after its fence. (Named steps: `retire-fence`,
//! `retire-recheck`, `retire-recheck-locked`.)
//!
//! *A slot is handed over:* the worker that takes it sees what the one did that gave it back. So with one slot the
//! items run as if on one thread. (Named steps: `slot-give-back-release`, `slot-take-acquire`.)
//!
//! # Protocol: workers that wait for their own queue
//!
//! A live worker may wait for an item of this queue, or for room in it. Suppose that all of them do, and one at least
//! waits for an item. Then no worker would take what is in the backlog: the slots are *stalled*, and a worker may
//! start beyond the maximum. It is one too many when another goes on. It then gives its slot back as soon as its item
//! has ended ([`Slots::over_capacity`]).
//!
//! Suppose that all of them wait, and no other can start. Then those that wait for room wait *in vain*. One of them is
//! told, and does not wait.
//!
//! * *stall-event*: one of three events leads to that. A worker counts itself as waiting, a worker that does not wait
//!   gives its slot back, or a waiting item is withdrawn. (A worker that waits for room also enters its waker among
//!   those to be told.)
//! * *stall-fence*: the thread that brings the event about fences.
//! * *stall-look*: it looks at both counts. If all wait, it wakes one of those to be told, to look again; or it is
//!   told itself, if it waits for room.
//!
//! A carrier looks for work before it sleeps. That look is locked, so it comes before or after the push of the item
//! that waits. If it comes before, the submitter sees the count of the worker that has come to wait there.
//!
//! *No stall goes unseen:* the fences are totally ordered, and the thread that comes second sees both counts. The named
//! step is `stall-fence`. Where a slot is given back, `retire-fence` takes its place. For a withdrawal it is the fence
//! of a thread that makes room, `waiters-event-fence`. For a change of the maximum it is the fence before all are
//! woken, `idle-wake-all-fence`.
//!
//! *No worker is told wrongly:* the look reads several counts, one after the other. So a worker that is told that it
//! waits in vain compares the number of items accepted, started and ended with that before its refusal. If it differs,
//! the worker asks for room once more. If not, nothing was started, let alone ended, between the refusal and the look:
//! the worker would have waited in vain. (Named step: `stall-turnover`.)
//!
//! That holds since the look sees another worker's steps in their order:
//!
//! - a slot given back, after the end of its item (`slot-give-back-release`, `stall-live-acquire`);
//! - a wait, after what came before it (`stall-count-release`, `stall-count-acquire`);
//! - a start that was known before *stall-fence*, after the taking of the slot (`tally-start-release`, with that
//!   fence).
//!
//! The thread that brings a worker's item may take the worker off the count a moment before the worker has counted
//! itself. The count is then one too low for that moment. The worker looks after it has counted itself.

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::step;

#[derive(Debug)]
pub(crate) struct Slots {
    live: AtomicUsize,
    max: AtomicUsize,
    /// Of the live workers, those that wait for an item of this queue.
    on_items: AtomicUsize,
    /// Of the live workers, those that wait for room in this queue.
    on_room: AtomicUsize,
}

impl Slots {
    pub(crate) fn new(max: usize) -> Self {
        Slots {
            live: AtomicUsize::new(0),
            max: AtomicUsize::new(max),
            on_items: AtomicUsize::new(0),
            on_room: AtomicUsize::new(0),
        }
    }

    pub(crate) fn try_take(&self) -> bool {
        let mut live = self.live.load(Ordering::Relaxed);
        loop {
            // While all workers wait, one more may start: somebody must run what they wait for.
            if live >= self.max() && !self.is_stalled(live) {
                return false;
            }
            let acquire = step::SLOT_TAKE_ACQUIRE.ordering(Ordering::Acquire);
            match self.live.compare_exchange(live, live + 1, acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => live = now,
            }
        }
    }

    /// Takes a slot beyond the maximum. The next slot that is given back repays this debt.
    pub(crate) fn overdraw(&self) {
        self.live.fetch_add(1, Ordering::Relaxed);
    }

    /// *retire-give-back* and *retire-fence*, which are *stall-event* and *stall-fence* too.
    pub(crate) fn give_back(&self) {
        let release = step::SLOT_GIVE_BACK_RELEASE.ordering(Ordering::Release);
        let before = self.live.fetch_sub(1, release);
        debug_assert!(before > 0, "a slot was given back twice");
        // retire-fence, stall-fence: what follows, *retire-recheck* and *stall-look*, is the caller's.
        step::RETIRE_FENCE.fence();
    }

    /// Whether another worker may start.
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        let live = self.live();
        live < self.max() || self.is_stalled(live)
    }

    /// Whether more workers are live than may be, because those that waited go on.
    #[inline]
    pub(crate) fn over_capacity(&self) -> bool {
        let (live, max) = (self.live(), self.max());
        // Most often the first look is enough.
        live > max && live > max.saturating_add(self.on_items())
    }

    // Workers that wait.

    /// *stall-event* and *stall-fence*.
    pub(crate) fn wait_for_item(&self) {
        count_one_more(&self.on_items);
    }

    pub(crate) fn item_came(&self) {
        self.on_items.fetch_sub(1, Ordering::Relaxed);
    }

    /// *stall-event* and *stall-fence*.
    pub(crate) fn wait_for_room(&self) {
        count_one_more(&self.on_room);
    }

    pub(crate) fn room_came(&self) {
        self.on_room.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether every live worker waits (as they do if there are none).
    pub(crate) fn all_waiting(&self) -> bool {
        let live = self.live_after_what_they_did();
        self.on_items() + self.on_room() >= live
    }

    /// Whether every live worker waits and no other may start, as there is no slot or no item.
    ///
    /// `is_any_queued` says whether there is an item.
    pub(crate) fn is_wait_for_room_in_vain(&self, is_any_queued: impl FnOnce() -> bool) -> bool {
        let live = self.live_after_what_they_did();
        let on_items = self.on_items();
        // stall-look: first whether all wait, then whether another could start.
        if on_items + self.on_room() < live {
            return false;
        }
        let may_another_start = live < self.max() || on_items > 0;
        !(may_another_start && is_any_queued())
    }

    pub(crate) fn any_waiting_for_room(&self) -> bool {
        self.on_room.load(Ordering::Relaxed) > 0
    }

    #[inline]
    fn on_items(&self) -> usize {
        // It may be below zero for a moment: see the last paragraph of the protocol.
        let on_items = self.on_items.load(count_acquire());
        if on_items > usize::MAX / 2 { 0 } else { on_items }
    }

    fn on_room(&self) -> usize {
        self.on_room.load(count_acquire())
    }

    /// How many are live. It also sees what the others did before they gave their slots back.
    fn live_after_what_they_did(&self) -> usize {
        self.live.load(step::STALL_LIVE_ACQUIRE.ordering(Ordering::Acquire))
    }

    fn is_stalled(&self, live: usize) -> bool {
        let on_items = self.on_items();
        on_items > 0 && on_items + self.on_room.load(Ordering::Relaxed) >= live
    }

    #[inline]
    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn max(&self) -> usize {
        self.max.load(Ordering::Relaxed)
    }

    /// Whether there may be one worker at most, and all items wait in one line.
    #[inline]
    pub(crate) fn is_in_line(&self) -> bool {
        self.max() == 1
    }

    pub(crate) fn set_max(&self, max: usize) {
        self.max.store(max, Ordering::Relaxed);
    }
}

fn count_one_more(waiting: &AtomicUsize) {
    // stall-event: what the worker did before its wait is seen with the count.
    waiting.fetch_add(1, step::STALL_COUNT_RELEASE.ordering(Ordering::Release));
    // stall-fence
    step::STALL_FENCE.fence();
}

#[inline(always)]
fn count_acquire() -> Ordering {
    step::STALL_COUNT_ACQUIRE.ordering(Ordering::Acquire)
}
