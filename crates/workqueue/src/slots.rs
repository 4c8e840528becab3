//! Worker slots: how many workers may be live at once.
//!
//! # Protocol: starting a worker against the last one retiring
//!
//! A submitter pushes an item, fences, and reads `live`: while a slot is free it sees to it that a
//! carrier is awake (`idle/README.md`). With every slot taken it does nothing, for the workers look
//! for the next item before they retire.
//!
//! A worker that finds nothing more (T1) gives its slot back, (T2) fences, (T3) looks into the
//! backlog once more, and if there is something, takes a slot again and goes on.
//!
//! *No item is left with a free slot and nobody looking:* the two fences are totally ordered. If the
//! submitter's comes first, T3 sees its item. If T2 comes first, the submitter reads the slot as free
//! and wakes a carrier. (Named steps: `retire-fence`, `retire-recheck`.)

use greenstd::atomic::{AtomicUsize, Ordering};

#[derive(Debug)]
pub(crate) struct Slots {
    live: AtomicUsize,
    max: AtomicUsize,
}

impl Slots {
    pub(crate) fn new(max: usize) -> Self {
        Slots { live: AtomicUsize::new(0), max: AtomicUsize::new(max) }
    }

    pub(crate) fn try_take(&self) -> bool {
        let mut live = self.live.load(Ordering::Relaxed);
        loop {
            if live >= self.max() {
                return false;
            }
            match self.live.compare_exchange(live, live + 1, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => live = now,
            }
        }
    }

    /// Takes a slot beyond the maximum: a debt that the next slot given back repays.
    pub(crate) fn overdraw(&self) {
        self.live.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn give_back(&self) {
        let before = self.live.fetch_sub(1, Ordering::AcqRel);
        debug_assert!(before > 0, "a slot was given back twice");
    }

    pub(crate) fn is_free(&self) -> bool {
        self.live() < self.max()
    }

    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    pub(crate) fn max(&self) -> usize {
        self.max.load(Ordering::Relaxed)
    }

    pub(crate) fn set_max(&self, max: usize) {
        self.max.store(max, Ordering::Relaxed);
    }
}
