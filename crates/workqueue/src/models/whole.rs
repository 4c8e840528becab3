//! The whole queue with carriers that do what an executor's do.

use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread::{self, Blocker};

use super::{Tell, bed, is_finished};
use crate::{Local, Queue, Retirement};

/// A carrier that runs items one after the other, until the queue is exhausted.
fn carry(mut local: Local<u32>, bed: &Blocker, ran: &Tell) {
    bed.bind();
    let queue = local.queue();
    while !queue.is_exhausted() {
        let works = local.has_work() && local.start_worker();
        local.search_over();
        if works {
            loop {
                while local.take().is_some() {
                    local.count_started();
                    ran.add();
                    local.count_ended();
                }
                if local.retire_worker() == Retirement::Retired {
                    break;
                }
            }
        } else {
            if local.announce_sleep() && !is_finished(&queue) {
                bed.park();
            }
            local.end_sleep();
        }
    }
}

fn start(local: Local<u32>, ran: &Arc<Tell>) -> thread::JoinHandle<()> {
    let ran = ran.clone();
    let (bed, waker) = bed();
    local.set_waker(waker);
    thread::spawn(move || carry(local, &bed, &ran))
}

/// One carrier, one submitter that then closes: the item is run, and the carrier ends.
#[test]
fn a_closed_queue_runs_what_it_has_accepted() {
    explore(3, || {
        let (queue, locals) = Queue::new(1, 1);
        let ran = Arc::new(Tell::default());
        let carriers: Vec<_> = locals.into_iter().map(|local| start(local, &ran)).collect();
        queue.submit(1).unwrap();
        queue.close();
        for carrier in carriers {
            carrier.join().unwrap();
        }
        assert_eq!(ran.get(), 1);
        assert!(queue.is_exhausted() && queue.queued() == 0);
    });
}

/// Two carriers and one worker slot.
#[test]
fn two_carriers_share_a_slot() {
    explore(2, || {
        let (queue, locals) = Queue::new(2, 1);
        let ran = Arc::new(Tell::default());
        queue.submit(1).unwrap();
        let carriers: Vec<_> = locals.into_iter().map(|local| start(local, &ran)).collect();
        queue.close();
        for carrier in carriers {
            carrier.join().unwrap();
        }
        assert_eq!(ran.get(), 1);
    });
}

/// *idle-push* of a batch: one look comes after both items, and carriers that sleep wake one after the other.
#[test]
fn items_that_are_pushed_together_are_all_run() {
    explore(2, || {
        let (queue, locals) = Queue::new(2, 2);
        let ran = Arc::new(Tell::default());
        let carriers: Vec<_> = locals.into_iter().map(|local| start(local, &ran)).collect();
        let mut batch = queue.batch();
        for item in 0..2 {
            batch.add(queue.admit().unwrap(), item);
        }
        batch.push();
        queue.close();
        for carrier in carriers {
            carrier.join().unwrap();
        }
        assert_eq!(ran.get(), 2);
    });
}

/// A closing from elsewhere, at any moment: what was accepted is run, and no more.
#[test]
fn a_submission_is_run_or_refused_by_the_closing() {
    explore(2, || {
        let (queue, locals) = Queue::new(1, 1);
        let ran = Arc::new(Tell::default());
        let carriers: Vec<_> = locals.into_iter().map(|local| start(local, &ran)).collect();
        let closer = thread::spawn({
            let queue = queue.clone();
            move || assert!(queue.close())
        });
        let accepted = usize::from(queue.submit(1).is_ok());
        closer.join().unwrap();
        for carrier in carriers {
            carrier.join().unwrap();
        }
        assert_eq!(ran.get(), accepted);
    });
}

/// *idle-change*, *idle-wake-all*: a carrier says how it is woken at the moment of the closing.
#[test]
fn a_closing_reaches_a_carrier_that_has_just_come() {
    explore(3, || {
        let (queue, locals) = Queue::new(1, 1);
        let [local] = <[Local<u32>; 1]>::try_from(locals).unwrap();
        let (bed, waker) = bed();
        let carrier = thread::spawn(move || {
            local.set_waker(waker);
            carry(local, &bed, &Tell::default());
        });
        queue.close();
        carrier.join().unwrap();
    });
}

/// A worker that takes one item and is busy with it ever after.
fn take_one(mut local: Local<u32>) {
    assert!(local.start_worker() && local.take().is_some());
}

/// A worker that runs so many items, and sleeps when it finds none.
fn run_some(mut local: Local<u32>, bed: &Blocker, count: u32) {
    bed.bind();
    assert!(local.start_worker());
    let mut ran = 0;
    while ran < count {
        local.search_over();
        match local.take() {
            Some(_) => ran += 1,
            None => {
                if local.announce_sleep() {
                    bed.park();
                }
                local.end_sleep();
            }
        }
    }
}

/// The injector's two halves: an item is swapped from one to the other. A thread that reads the two lengths sees it in
/// one of them, though it takes no lock.
#[test]
fn an_item_is_not_hidden_by_the_swap_of_the_injector() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(2, 2);
        let [mut first, _second] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        for item in 0..2 {
            queue.submit(item).unwrap();
        }
        let looker = thread::spawn(move || {
            assert!(!queue.is_empty(), "one of the two is there all the time");
        });
        assert_eq!(first.take(), Some(0));
        looker.join().unwrap();
    });
}

/// *idle-moved-more*: an item is moved from the injector to a carrier's own queue, while another carrier goes to
/// sleep. Of three, the first carrier takes two, and is then busy with one of them.
#[test]
fn an_item_is_not_hidden_by_its_move_to_another_queue() {
    explore(3, || {
        // A third slot is free all the time.
        let (queue, locals) = Queue::new(2, 3);
        for item in 0..3 {
            queue.submit(item).unwrap();
        }
        let [first, second] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        let (bed, waker) = bed();
        second.set_waker(waker);
        let busy = thread::spawn(move || take_one(first));
        let other = thread::spawn(move || run_some(second, &bed, 2));
        busy.join().unwrap();
        other.join().unwrap();
    });
}
