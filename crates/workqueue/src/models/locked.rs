//! A push among few carriers has no fence: the lock of its queue orders it against the locked looks of the idle protocol
//! (`idle/README.md`).

use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread::{self, Blocker};

use super::bed;
use crate::{Local, Queue};

/// A carrier that sleeps until it has an item, and is busy with that ever after.
fn find_one(local: &mut Local<u32>, bed: &Blocker) {
    while local.take().is_none() {
        local.search_over();
        if local.announce_sleep() {
            bed.park();
        }
        local.end_sleep();
    }
    local.search_over();
}

/// Announces the sleep of a carrier, and starts its thread: that sleeps, and finds an item once it was woken.
fn start_asleep(mut local: Local<u32>) -> thread::JoinHandle<()> {
    let (bed, waker): (Arc<Blocker>, _) = bed();
    local.set_waker(waker);
    assert!(local.announce_sleep());
    thread::spawn(move || {
        bed.bind();
        bed.park();
        local.end_sleep();
        find_one(&mut local, &bed);
    })
}

/// *idle-push* to *idle-wake* against *idle-announce* to *idle-sleep*: an item is pushed while the only carrier goes
/// to sleep.
#[test]
fn an_item_is_found_by_a_carrier_that_goes_to_sleep() {
    explore(3, || {
        find_while_pushing(1);
    });
}

/// The same where no look takes locks (*idle-push-fence*). The other two carriers are of no use.
#[test]
fn among_many_carriers_a_push_is_ordered_by_a_fence() {
    explore(3, || find_while_pushing(3));
}

fn find_while_pushing(carriers: usize) {
    let (queue, mut locals) = Queue::new(carriers, 1);
    let mut local = locals.swap_remove(0);
    let (bed, waker) = bed();
    local.set_waker(waker);
    let finder = thread::spawn(move || {
        bed.bind();
        find_one(&mut local, &bed);
    });
    queue.submit(1).unwrap();
    finder.join().unwrap();
}

/// *idle-found* and *idle-last-searcher* against *idle-push* to *idle-submit-look*: a submitter relies on a carrier
/// that is searching, which has found another item before and is busy with it. It has to wake the next one.
#[test]
fn the_last_searcher_that_finds_an_item_wakes_the_next_carrier() {
    explore(2, || {
        let (queue, locals) = Queue::new(2, 2);
        let finders: Vec<_> = locals.into_iter().map(start_asleep).collect();
        queue.submit(1).unwrap();
        queue.submit(2).unwrap();
        for finder in finders {
            finder.join().unwrap();
        }
    });
}
