//! The shelves: where thieves find the deques in which there may be something.

use crossbeam_utils::CachePadded;
use greenstd::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::{fence, step};
use workqueue::Beside;

use super::deque::{Steal, Stealer};
use super::entry::Entry;

/// A thief that has passed so many empty deques takes them off the shelf.
const EMPTY_AT_MOST: usize = if cfg!(any(green_loom, green_shuttle)) { 1 } else { 8 };

/// The shelves of an executor, one for each carrier.
pub(crate) struct Shelves {
    shelves: Box<[Shelf]>,
    /// How many deques are listed.
    listed: CachePadded<AtomicUsize>,
}

#[derive(Default)]
struct Shelf {
    deques: Mutex<Vec<Arc<Shared>>>,
    counts: Arc<CachePadded<Counts>>,
}

/// What a carrier has counted. It alone writes.
#[derive(Default)]
pub(super) struct Counts {
    forked: AtomicU64,
    stolen: AtomicU64,
}

/// The half of a deque that thieves see.
pub(super) struct Shared {
    stealer: Stealer<Entry>,
    /// Whether it is on a shelf: one of the states below. It changes under the lock of the shelf.
    listed: AtomicU8,
}

const NOT_LISTED: u8 = 0;
/// Listed, and the light fence is enough for a push.
const LISTED_LIGHTLY: u8 = 1;
/// Listed, and each push takes a full fence.
const LISTED: u8 = 2;

impl Counts {
    #[inline]
    pub(super) fn count_forked(&self) {
        self.forked.store(self.forked.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    pub(super) fn count_stolen(&self, more: u64) {
        self.stolen.store(self.stolen.load(Ordering::Relaxed) + more, Ordering::Relaxed);
    }
}

impl Shared {
    pub(super) fn new(stealer: Stealer<Entry>) -> Arc<Self> {
        Arc::new(Shared { stealer, listed: AtomicU8::new(NOT_LISTED) })
    }

    /// Whether it is listed, and a push needs no more than the light fence: one look for both.
    #[inline]
    pub(super) fn is_listed_lightly(&self) -> bool {
        self.listed.load(Ordering::Relaxed) == LISTED_LIGHTLY
    }

    pub(super) fn is_listed(&self) -> bool {
        self.listed.load(Ordering::Relaxed) != NOT_LISTED
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stealer.is_empty()
    }

    pub(super) fn steal(&self) -> Option<Entry> {
        loop {
            match self.stealer.steal() {
                Steal::Success(entry) => return Some(entry),
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
    }
}

impl Shelves {
    pub(crate) fn new(carriers: usize) -> Arc<Self> {
        let shelves = (0..carriers).map(|_| Shelf::default()).collect();
        Arc::new(Shelves { shelves, listed: CachePadded::default() })
    }

    /// Enters a deque, if it is not listed. The caller then tells the queue, with a fence.
    pub(super) fn list(&self, carrier: usize, deque: &Arc<Shared>) {
        let mut deques = self.shelves[carrier].deques.lock();
        let listed = if fence::is_light_enough() { LISTED_LIGHTLY } else { LISTED };
        if deque.listed.swap(listed, Ordering::Relaxed) == NOT_LISTED {
            deques.push(deque.clone());
            self.listed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether there seems to be a child to steal: a look without a fence.
    #[inline]
    pub(crate) fn seems_to_have_some(&self) -> bool {
        self.listed.load(Ordering::Relaxed) > 0 && self.has_some()
    }

    #[cold]
    fn has_some(&self) -> bool {
        self.shelves.iter().any(|shelf| shelf.deques.lock().iter().any(|deque| !deque.is_empty()))
    }

    /// Steals the oldest child of some green thread, first of those on `carrier`. Also the deque that it was in.
    pub(super) fn steal(&self, carrier: usize) -> Option<(Entry, Arc<Shared>)> {
        if self.listed.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let count = self.shelves.len();
        let stolen = (0..count).map(|offset| (carrier + offset) % count).find_map(|index| {
            let (stolen, is_untidy) = self.shelves[index].steal();
            if is_untidy {
                self.clear_away(index..index + 1);
            }
            stolen
        })?;
        self.shelves[carrier].counts.count_stolen(1);
        Some(stolen)
    }

    /// Takes empty deques off these shelves (*fork-take-off* to *fork-look-again*). Whether one was entered again.
    fn clear_away(&self, shelves: std::ops::Range<usize>) -> bool {
        let mut taken_off = Vec::new();
        for index in shelves {
            // fork-take-off.
            self.shelves[index].deques.lock().retain(|deque| {
                let keeps = !deque.is_empty();
                if !keeps {
                    deque.listed.store(NOT_LISTED, Ordering::Relaxed);
                    self.listed.fetch_sub(1, Ordering::Relaxed);
                    taken_off.push((index, deque.clone()));
                }
                keeps
            });
        }
        // Should it fail, a thief might miss a child, which its parent then runs.
        let _ = fence::heavy(step::FORK_LOOK_FENCE);
        let mut entered_again = false;
        for (index, deque) in taken_off {
            // fork-look-again (`fork-look-again`).
            if step::FORK_LOOK_AGAIN.holds(|| !deque.is_empty()) {
                self.list(index, &deque);
                entered_again = true;
            }
        }
        entered_again
    }

    /// Where a carrier counts what it has forked.
    pub(super) fn counts(&self, carrier: usize) -> &Arc<CachePadded<Counts>> {
        &self.shelves[carrier].counts
    }

    /// How many children were forked.
    pub(crate) fn forked(&self) -> u64 {
        self.shelves.iter().map(|shelf| shelf.counts.forked.load(Ordering::Relaxed)).sum()
    }

    /// How many of them ran on another green thread than their parent's.
    pub(crate) fn stolen(&self) -> u64 {
        self.shelves.iter().map(|shelf| shelf.counts.stolen.load(Ordering::Relaxed)).sum()
    }
}

impl Shelf {
    /// An entry with its deque, and whether many empty deques were in the way.
    fn steal(&self) -> (Option<(Entry, Arc<Shared>)>, bool) {
        let deques = self.deques.lock();
        let mut empty = 0;
        let stolen = deques.iter().find_map(|deque| {
            let entry = deque.steal();
            empty += usize::from(entry.is_none());
            entry.map(|entry| (entry, deque.clone()))
        });
        (stolen, empty > EMPTY_AT_MOST)
    }
}

impl Beside for Shelves {
    /// *fork-take-off* to *fork-look*.
    fn is_any_left(&self) -> bool {
        if self.listed.load(Ordering::Relaxed) == 0 {
            return false;
        }
        self.clear_away(0..self.shelves.len()) || self.has_some()
    }
}
