//! Fork-join: the latch (`fork/latch.rs`), the tally (`fork/tally.rs`), and how carriers learn of children (`fork/mod.rs`).

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::model::explore;
use greenstd::step;
use greenstd::sync::Arc;
use greenstd::thread::{self, Blocker};

use super::Stage;
use crate::fork;
use crate::fork::model::{Latch, Shelf, Tally};

/// A latch in memory of its owner's own, and what its children write.
struct Frame {
    latch: Latch,
    results: [AtomicUsize; 2],
}

/// A child's way to the frame. It knows of no count that keeps the frame.
#[derive(Clone, Copy)]
struct Lent(*const Frame);

// SAFETY: the owner frees the frame when the latch is open.
unsafe impl Send for Lent {}

impl Lent {
    /// *latch-result* to *latch-wake*.
    fn end(self, child: usize) {
        // SAFETY: the frame is there until this child has ended.
        let result = unsafe { &(*self.0).results[child] };
        result.store(1, Ordering::Relaxed);
        // SAFETY: likewise; this is the child's last touch.
        unsafe { Latch::child_ended(&raw const (*self.0).latch) };
    }

    /// Those of a raid, with *latch-end* once.
    fn end_two(self) {
        // SAFETY: the frame is there until these children have ended, and this is their last touch.
        unsafe { Latch::children_ended(&raw const (*self.0).latch, 2) };
    }
}

fn lend(children: usize) -> (Box<Frame>, Lent) {
    let results = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let frame = Box::new(Frame { latch: Latch::new(children), results });
    let lent = Lent(&raw const *frame);
    (frame, lent)
}

/// *latch-waker* to *latch-look*, then frees the frame.
fn wait_and_free(frame: Box<Frame>, children: usize) {
    let bed = Arc::new(Blocker::unbound());
    bed.bind();
    frame.latch.leave_waker(bed.clone().into());
    while !frame.latch.is_open() {
        bed.park();
    }
    for result in &frame.results[..children] {
        assert_eq!(result.load(Ordering::Relaxed), 1, "the owner sees what the child did");
    }
    drop(frame);
}

/// *latch-result* to *latch-wake* of one child against *latch-waker* to *latch-look*.
#[test]
fn an_owner_waits_for_its_child_and_frees_the_latch() {
    explore(3, || {
        let (frame, lent) = lend(1);
        let child = thread::spawn(move || lent.end(0));
        wait_and_free(frame, 1);
        child.join().unwrap();
    });
}

/// The same with two children, of which either may be the last.
#[test]
fn an_owner_waits_for_two_children() {
    explore(3, || {
        let (frame, lent) = lend(2);
        let children = [0, 1].map(|child| thread::spawn(move || lent.end(child)));
        wait_and_free(frame, 2);
        for child in children {
            child.join().unwrap();
        }
    });
}

/// The same with three children, of which a thief takes two off together.
#[test]
fn an_owner_waits_for_children_that_end_together() {
    explore(3, || {
        let (frame, lent) = lend(3);
        let raid = thread::spawn(move || lent.end_two());
        let child = thread::spawn(move || lent.end(0));
        wait_and_free(frame, 1);
        raid.join().unwrap();
        child.join().unwrap();
    });
}

/// The tally of a scope in memory of its owner's own, and what its children write.
struct ScopeFrame {
    tally: Tally,
    results: [AtomicUsize; 2],
}

/// *tally-push* to *tally-settle* against the *latch-result* to *latch-wake* of two children that were stolen. They
/// may end before the latch has counted them.
#[test]
fn an_owner_that_counts_its_children_late_waits_for_them() {
    explore(3, || {
        let results = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let frame = Box::new(ScopeFrame { tally: Tally::unowned(), results });
        let thieves = [0, 1].map(|child| {
            frame.tally.add_own(); // tally-push
            let lent = LentScope(&raw const *frame);
            thread::spawn(move || lent.end(child))
        });
        let bed = Arc::new(Blocker::unbound());
        bed.bind();
        let latch = frame.tally.settle(); // tally-settle
        latch.leave_waker(bed.clone().into());
        while !latch.is_open() {
            bed.park();
        }
        for result in &frame.results {
            assert_eq!(result.load(Ordering::Relaxed), 1, "the owner sees what the child did");
        }
        drop(frame);
        for thief in thieves {
            thief.join().unwrap();
        }
    });
}

#[derive(Clone, Copy)]
struct LentScope(*const ScopeFrame);

// SAFETY: the owner frees the frame when the tally is over.
unsafe impl Send for LentScope {}

impl LentScope {
    /// *latch-result* to *latch-wake*.
    fn end(self, child: usize) {
        let latch = {
            // SAFETY: the frame is there until this child has ended. The reference ends before that.
            let frame = unsafe { &*self.0 };
            frame.results[child].store(1, Ordering::Relaxed);
            frame.tally.latch()
        };
        // SAFETY: as above; this is the child's last touch.
        unsafe { Latch::child_ended(latch) };
    }
}

/// *fork-push* to *fork-tell* against *idle-announce*, *fork-take-off* to *fork-look*: a child is pushed while the
/// only other carrier goes to sleep. It does not sleep, or it is woken. The deque is listed before, and empty: so
/// the look takes it off.
#[test]
fn a_child_is_found_by_a_carrier_that_goes_to_sleep() {
    explore(3, || find_while_pushing(true));
}

/// The same with a deque that is not listed before.
#[test]
fn a_child_in_a_deque_that_is_not_listed_is_found() {
    explore(3, || find_while_pushing(false));
}

fn find_while_pushing(is_listed: bool) {
    let mut stage = Stage::new(2, None);
    let shelf = Shelf::new(&stage.pool, 0, is_listed);
    let mut thief = stage.carriers.pop().unwrap().jobs;
    let pool = stage.pool.clone();
    let bed = Arc::new(Blocker::unbound());
    thief.set_waker(bed.clone().into());
    let thief = thread::spawn(move || {
        bed.bind();
        loop {
            if fork::model::steal(&pool, 1) {
                return;
            }
            thief.search_over();
            if thief.announce_sleep() {
                bed.park();
            }
            thief.end_sleep();
        }
    });
    // The last child of an earlier fork was stolen; now comes another.
    shelf.push();
    thief.join().unwrap();
}

/// *fork-look-again*: a deque that a thief takes off the shelf as empty, while a child is pushed to it.
#[test]
fn a_deque_that_fills_while_it_is_taken_off_its_shelf_is_entered_again() {
    explore(3, || {
        let stage = Stage::new(2, None);
        let shelf = Shelf::new(&stage.pool, 0, true);
        let pool = stage.pool.clone();
        let look = thread::spawn(move || workqueue::Beside::is_any_left(pool.shelves()));
        shelf.push();
        let found = look.join().unwrap();
        assert!(stage.pool.shelves().seems_to_have_some(), "found by the look: {found}");
    });
}

/// *fork-place* and *fork-place-fence* against *fork-cancelled* to *fork-wake*: a child that is about to wait sees
/// the cancellation, or its parent sees where it is.
#[test]
fn a_child_sees_the_cancellation_or_is_seen_by_its_parent() {
    explore(3, || {
        let (cancelled, place) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (flag, note) = (cancelled.clone(), place.clone());
        let child = thread::spawn(move || {
            note.store(1, Ordering::Relaxed); // fork-place
            step::FORK_PLACE_FENCE.fence(); // fork-place-fence
            flag.load(Ordering::Relaxed) == 1
        });
        cancelled.store(1, Ordering::Relaxed); // what fork-cancelled saw
        step::FORK_WAKE_FENCE.fence(); // fork-wake-fence
        let seen = place.load(Ordering::Relaxed) == 1; // fork-wake
        assert!(child.join().unwrap() || seen);
    });
}
