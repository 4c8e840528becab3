//! The idle protocol by itself (`idle/README.md`), over items that are only a number.
//!
//! No lock orders that number, so it stands for work beside the queue: whoever adds some fences.

use greenstd::model::explore;
use greenstd::step;
use greenstd::sync::Arc;
use greenstd::thread::{self, Blocker};

use super::{Tell, bed};
use crate::idle::{Activity, Idle};

struct Carrier {
    idle: Arc<Idle>,
    index: usize,
    activity: Activity,
    bed: Arc<Blocker>,
    items: Arc<Tell>,
}

impl Carrier {
    fn new(idle: &Arc<Idle>, index: usize, items: &Arc<Tell>) -> Self {
        let (bed, waker) = bed();
        idle.set_waker(index, waker);
        Carrier {
            idle: idle.clone(),
            index,
            activity: Activity::default(),
            bed,
            items: items.clone(),
        }
    }

    /// *idle-announce* to *idle-sleep*, and what follows.
    fn sleep(&mut self) {
        self.announce();
        if !step::IDLE_RECHECK.holds(|| self.items.get() > 0) {
            self.bed.park();
        }
        self.end_sleep();
    }

    fn announce(&mut self) {
        self.idle.announce_sleep(self.index, &mut self.activity);
    }

    fn end_sleep(&mut self) {
        self.idle.end_sleep(self.index, &mut self.activity);
    }

    /// Looks for an item once (*idle-found*, *idle-last-searcher*).
    fn look(&mut self) -> bool {
        let found = self.items.take();
        self.idle.work_found(&mut self.activity, || self.items.get() > 0);
        found
    }

    /// Sleeps until there is an item for it, and is busy with that ever after.
    fn find_one(mut self) {
        while !self.look() {
            self.sleep();
        }
    }

    /// A carrier that has announced its sleep already.
    fn wake_and_find_one(mut self) {
        self.bed.bind();
        self.bed.park();
        self.end_sleep();
        self.find_one();
    }
}

fn submit(idle: &Idle, items: &Tell) {
    items.add();
    idle.beside_added(|| true);
}

/// *idle-push* to *idle-wake* against *idle-announce* to *idle-sleep*: an item is added while the only carrier goes
/// to sleep.
#[test]
fn an_item_is_found_by_a_carrier_that_goes_to_sleep() {
    explore(3, || {
        let (idle, items) = (Arc::new(Idle::new(1)), Arc::default());
        let carrier = Carrier::new(&idle, 0, &items);
        let finder = thread::spawn(move || {
            carrier.bed.bind();
            carrier.find_one();
        });
        submit(&idle, &items);
        finder.join().unwrap();
    });
}

/// The same with two submitters, of whom one may see the carrier taken off the list by the other, and
/// two carriers.
#[test]
fn two_submitters_wake_two_carriers() {
    explore(3, || {
        let (idle, items) = (Arc::new(Idle::new(2)), Arc::default());
        let finders = [0, 1].map(|index| {
            let mut carrier = Carrier::new(&idle, index, &items);
            carrier.announce();
            thread::spawn(move || carrier.wake_and_find_one())
        });
        let other = thread::spawn({
            let (idle, items) = (idle.clone(), items.clone());
            move || submit(&idle, &items)
        });
        submit(&idle, &items);
        other.join().unwrap();
        for finder in finders {
            finder.join().unwrap();
        }
    });
}

/// *idle-found* and *idle-last-searcher* against *idle-push* to *idle-wake*: a submitter relies on a carrier that is
/// searching, which has found the item before and is busy with it. It has to wake the next one.
#[test]
fn the_last_searcher_that_finds_an_item_wakes_the_next_carrier() {
    explore(3, || {
        let (idle, items) = (Arc::new(Idle::new(2)), Arc::default());
        let finders = [0, 1].map(|index| {
            let mut carrier = Carrier::new(&idle, index, &items);
            carrier.announce();
            thread::spawn(move || carrier.wake_and_find_one())
        });
        submit(&idle, &items);
        submit(&idle, &items);
        for finder in finders {
            finder.join().unwrap();
        }
    });
}

/// *idle-announce* to *idle-sleep* of a carrier that was searching, against *idle-push* to *idle-wake*: a submitter
/// relies on it, and it goes to sleep because it found nothing.
#[test]
fn a_searcher_that_finds_nothing_looks_again_before_it_sleeps() {
    explore(3, || {
        let (idle, items) = (Arc::new(Idle::new(1)), Arc::default());
        let mut carrier = Carrier::new(&idle, 0, &items);
        carrier.announce();
        let finder = thread::spawn(move || carrier.wake_and_find_one());
        // Woken to search where there is nothing.
        idle.wake_one();
        submit(&idle, &items);
        finder.join().unwrap();
    });
}

/// Asleep → busy: a carrier that something else has woken leaves the list, or has been taken off it to search.
/// Either way no other carrier relies on it in vain.
#[test]
fn a_carrier_woken_by_something_else_is_not_relied_upon() {
    explore(3, || {
        let (idle, items) = (Arc::new(Idle::new(2)), Arc::default());
        let [diverted, finder] = [0, 1].map(|index| {
            let mut carrier = Carrier::new(&idle, index, &items);
            carrier.announce();
            carrier
        });
        // The newest sleeper, the first to be woken, is busy with something else for good, once it has
        // let go of what others rely on.
        let (mut diverted, finder) = (finder, diverted);
        diverted.bed.unpark();
        let busy = thread::spawn(move || {
            diverted.bed.bind();
            diverted.bed.park();
            diverted.end_sleep();
            let found = diverted.look();
            assert!(!found || diverted.items.get() == 0);
            found
        });
        let other = thread::spawn(move || finder.wake_and_find_one());
        submit(&idle, &items);
        if busy.join().unwrap() {
            // It has found the item on its way: then the other one is to have one too.
            submit(&idle, &items);
        }
        other.join().unwrap();
    });
}

/// *idle-found* and *idle-last-searcher* of a carrier that has looked for more items on its own account, and found
/// none. For what came meanwhile no carrier was woken: it is left to another one.
#[test]
fn who_stops_looking_leaves_what_came_to_another() {
    explore(3, || {
        let (idle, items) = (Arc::new(Idle::new(2)), Arc::default());
        let mut asleep = Carrier::new(&idle, 1, &items);
        asleep.announce();
        let mut looking = Carrier::new(&idle, 0, &items);
        let busy = thread::spawn(move || {
            looking.idle.start_search(&mut looking.activity);
            let any = looking.items.get() > 0;
            let found = any && looking.items.take();
            looking.idle.work_found(&mut looking.activity, || looking.items.get() > 0);
            found
        });
        let other = thread::spawn(move || asleep.wake_and_find_one());
        submit(&idle, &items);
        if busy.join().unwrap() {
            submit(&idle, &items);
        }
        other.join().unwrap();
    });
}
