//! An item that is pinned to a carrier (*idle-push* to *idle-wake-pinned* of `idle/README.md`), against that
//! carrier's going to sleep.

use greenstd::model::explore;
use greenstd::thread::{self, Blocker, JoinHandle};

use super::bed;
use crate::{Local, Queue, Retirement};

/// A carrier that ends once it has had an item.
fn carry_one(mut local: Local<u32>, bed: &Blocker) {
    bed.bind();
    let mut had_one = false;
    while !had_one {
        if local.has_work() && local.start_worker() {
            loop {
                while local.take().is_some() {
                    local.count_started();
                    local.count_ended();
                    had_one = true;
                }
                if local.retire_worker() == Retirement::Retired {
                    break;
                }
            }
        }
        local.search_over();
        if !had_one {
            if local.announce_sleep() {
                bed.park();
            }
            local.end_sleep();
        }
    }
}

/// Two carriers and two slots, of which the first one has `taken`. The second one runs until it has had an item.
fn start(taken: usize) -> (Queue<u32>, Local<u32>, JoinHandle<()>) {
    let (queue, locals) = Queue::new(2, 2);
    let [first, second] = <[Local<u32>; 2]>::try_from(locals).unwrap();
    assert!((0..taken).all(|_| first.start_worker()));
    let (bed, waker) = bed();
    second.set_waker(waker);
    (queue, first, thread::spawn(move || carry_one(second, &bed)))
}

/// Another thread, which pins an item to the second carrier.
fn submit_pinned(queue: &Queue<u32>) -> JoinHandle<()> {
    let queue = queue.clone();
    thread::spawn(move || queue.admit().unwrap().push_pinned(1, 7))
}

/// A slot is free: the push sees to it.
#[test]
fn a_pinned_item_wakes_its_carrier() {
    explore(3, || {
        let (queue, _first, second) = start(0);
        submit_pinned(&queue).join().unwrap();
        second.join().unwrap();
    });
}

/// No slot is free until a worker of another carrier retires, which has nothing to take itself.
#[test]
fn a_slot_given_back_is_for_a_pinned_item_too() {
    explore(2, || {
        let (queue, first, second) = start(2);
        let submitter = submit_pinned(&queue);
        assert_eq!(first.retire_worker(), Retirement::Retired);
        submitter.join().unwrap();
        second.join().unwrap();
    });
}

/// All live workers come to wait for an item, so one may start beyond the maximum: on the carrier that has it.
#[test]
fn a_stall_is_ended_by_a_pinned_item() {
    explore(2, || {
        let (queue, _first, second) = start(2);
        queue.begin_wait_for_item();
        let submitter = submit_pinned(&queue);
        queue.begin_wait_for_item();
        submitter.join().unwrap();
        second.join().unwrap();
    });
}
