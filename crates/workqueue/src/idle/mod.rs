#![doc = include_str!("README.md")]

use std::task::Waker;

use crossbeam_utils::CachePadded;
use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::step;
use greenstd::sync::{Mutex, OnceLock};

#[derive(Debug)]
pub(crate) struct Idle {
    counts: CachePadded<AtomicU64>,
    /// Asleep, the newest last; guards every change of `counts`.
    sleepers: Mutex<Vec<usize>>,
    wakers: Box<[OnceLock<Waker>]>,
}

/// The two counts of the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    searching: u32,
    sleeping: u32,
}

impl Counts {
    fn of_word(word: u64) -> Self {
        Counts { searching: (word >> 32) as u32, sleeping: word as u32 }
    }

    fn word(self) -> u64 {
        u64::from(self.searching) << 32 | u64::from(self.sleeping)
    }
}

/// Whether a carrier has been woken to look for work; the carrier's own note of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Activity {
    #[default]
    Busy,
    Searching,
}

impl Idle {
    pub(crate) fn new(carriers: usize) -> Self {
        Idle {
            counts: CachePadded::default(),
            sleepers: Mutex::new(Vec::with_capacity(carriers)),
            wakers: (0..carriers).map(|_| OnceLock::new()).collect(),
        }
    }

    /// How a carrier is woken. Called once, before its first sleep.
    pub(crate) fn set_waker(&self, carrier: usize, waker: Waker) {
        // A second one is a mistake of the caller that changes nothing.
        let _ = self.wakers[carrier].set(waker);
    }

    /// After work was added beside the queue: wakes a carrier if none will find it otherwise.
    pub(crate) fn beside_added(&self, slot_is_free: impl FnOnce() -> bool) {
        // idle-beside-fence
        step::IDLE_BESIDE_FENCE.fence();
        self.wake_if_nobody_looks(slot_is_free);
    }

    /// After an item was pinned to a carrier (*idle-pinned-fence*, *idle-pinned-look*, *idle-wake-pinned*): wakes that
    /// one if it is asleep.
    pub(crate) fn pinned_added(&self, carrier: usize, slot_is_free: impl FnOnce() -> bool) {
        // idle-pinned-fence
        step::IDLE_PINNED_FENCE.fence();
        // idle-pinned-look
        if slot_is_free() {
            self.wake_for_pinned(carrier);
        }
    }

    /// *idle-wake-pinned*. The lock orders it against *idle-announce*: a carrier that is not in the list yet sees the item
    /// in *idle-recheck*.
    pub(crate) fn wake_for_pinned(&self, carrier: usize) {
        let is_asleep = step::IDLE_WAKE_PINNED.holds(|| {
            let mut sleepers = self.sleepers.lock();
            let place = sleepers.iter().position(|&sleeper| sleeper == carrier);
            if let Some(place) = place {
                sleepers.remove(place);
                let mut counts = self.read();
                counts.sleeping -= 1;
                counts.searching += 1;
                self.write(counts);
            }
            place.is_some()
        });
        if is_asleep {
            self.wake(carrier);
        }
    }

    /// *idle-submit-look* and *idle-wake*: after *idle-push*, or a fence.
    #[inline]
    pub(crate) fn wake_if_nobody_looks(&self, worth_it: impl FnOnce() -> bool) {
        // idle-submit-look: a carrier that searches finds the item by itself.
        if self.is_one_asleep_and_none_searching() && worth_it() {
            self.wake_one();
        }
    }

    /// In one comparison: the word is `sleeping` alone, and that is not zero.
    #[inline]
    fn is_one_asleep_and_none_searching(&self) -> bool {
        let word = self.counts.load(Ordering::Relaxed);
        word.wrapping_sub(1) < u64::from(u32::MAX)
    }

    /// The carrier has run out of items and looks for more before it thinks of sleep.
    pub(crate) fn start_search(&self, activity: &mut Activity) {
        if *activity == Activity::Searching {
            return;
        }
        *activity = Activity::Searching;
        let _guard = self.sleepers.lock();
        let mut counts = self.read();
        // Busy to searching: from here on, *idle-submit-look* relies on this carrier.
        counts.searching += 1;
        self.write(counts);
    }

    /// How many carriers are asleep.
    pub(crate) fn sleeping(&self) -> usize {
        self.read().sleeping as usize
    }

    /// The carrier has an item in hand (*idle-found*, *idle-last-searcher*).
    #[inline]
    pub(crate) fn work_found(&self, activity: &mut Activity, more: impl FnOnce() -> bool) {
        if *activity == Activity::Searching {
            self.stop_search(activity, more);
        }
    }

    #[inline(never)]
    fn stop_search(&self, activity: &mut Activity, more: impl FnOnce() -> bool) {
        *activity = Activity::Busy;
        let was_last = {
            let _guard = self.sleepers.lock();
            let mut counts = self.read();
            counts.searching -= 1;
            // idle-found
            self.write(counts);
            counts.searching == 0
        };
        // idle-last-searcher: while it searched, no other carrier was woken. More items may wait by now.
        if step::IDLE_LAST_SEARCHER.holds(|| was_last) {
            // idle-search-fence
            step::IDLE_SEARCH_FENCE.fence();
            self.wake_if_nobody_looks(more);
        }
    }

    /// The carrier announces its sleep (*idle-announce*, *idle-sleep-fence*). Then it must look into every queue
    /// (*idle-recheck*), and call [`end_sleep`](Self::end_sleep) before it goes on in any case.
    pub(crate) fn announce_sleep(&self, carrier: usize, activity: &mut Activity) {
        {
            // idle-announce
            let mut sleepers = self.sleepers.lock();
            let mut counts = self.read();
            // No other carrier sees a moment in which it neither searches nor sleeps.
            if *activity == Activity::Searching {
                counts.searching -= 1;
            }
            counts.sleeping += 1;
            sleepers.push(carrier);
            self.write(counts);
        }
        *activity = Activity::Busy;
        // idle-sleep-fence
        step::IDLE_SLEEP_FENCE.fence();
    }

    /// The carrier goes on, woken by one of us or by something else.
    pub(crate) fn end_sleep(&self, carrier: usize, activity: &mut Activity) {
        let mut sleepers = self.sleepers.lock();
        match sleepers.iter().position(|&sleeper| sleeper == carrier) {
            Some(place) => {
                // Asleep to busy: something else woke it, so no waker relies on it.
                sleepers.remove(place);
                let mut counts = self.read();
                counts.sleeping -= 1;
                self.write(counts);
            }
            // A waker has taken it off the list, and has counted it as searching (*idle-wake*).
            None => *activity = Activity::Searching,
        }
    }

    /// *idle-wake*: wakes the newest sleeper, to search.
    #[cold]
    pub(crate) fn wake_one(&self) {
        let woken = {
            let mut sleepers = self.sleepers.lock();
            let mut counts = self.read();
            // Another thread may have been faster.
            let Some(carrier) = sleepers.pop() else { return };
            // idle-wake: it counts as searching before it runs, so that nobody wakes a second one.
            counts.sleeping -= 1;
            counts.searching += 1;
            self.write(counts);
            carrier
        };
        // Woken without the lock. If it has not gone to sleep yet, its sleep is over at once (*idle-sleep*).
        self.wake(woken);
    }

    /// Wakes all carriers, asleep or about to sleep: something has changed that all must see
    /// (*idle-wake-all*).
    ///
    /// A carrier that has not said yet how it is woken sees the change before its first sleep.
    pub(crate) fn wake_all(&self) {
        // idle-wake-all-fence: the caller has made the change (*idle-change*).
        step::IDLE_WAKE_ALL_FENCE.fence();
        for carrier in 0..self.wakers.len() {
            self.wake(carrier);
        }
    }

    fn wake(&self, carrier: usize) {
        if let Some(waker) = self.wakers[carrier].get() {
            waker.wake_by_ref();
        }
    }

    fn read(&self) -> Counts {
        Counts::of_word(self.counts.load(Ordering::Relaxed))
    }

    /// Under the lock.
    fn write(&self, counts: Counts) {
        self.counts.store(counts.word(), Ordering::Relaxed);
    }
}
