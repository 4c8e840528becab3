//! Worker slots: a worker that retires, against a submitter (`slots.rs`).

use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread;

use super::{Tell, bed};
use crate::{Local, Queue, Retirement};

/// A worker that has its slot: takes items until there are none. It is then of no more use: its
/// carrier is busy with something else.
fn work(mut local: Local<u32>, ran: &Tell) {
    loop {
        while local.take().is_some() {
            ran.add();
        }
        if local.retire_worker() == Retirement::Retired {
            return;
        }
    }
}

/// *retire-give-back* to *retire-recheck* against *idle-push* to *idle-submit-look*: the only slot is taken by a
/// worker that is about to retire, and another carrier sleeps. Either the worker takes the item, or the submitter
/// sees the slot free and wakes the other carrier.
#[test]
fn a_retiring_worker_overlooks_no_item() {
    explore(3, || {
        let (queue, locals) = Queue::new(2, 1);
        let [first, mut second] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        assert!(first.start_worker());
        let (sleeper, waker) = bed();
        second.set_waker(waker);
        assert!(second.announce_sleep());
        let ran = Arc::new(Tell::default());
        let worker = thread::spawn({
            let ran = ran.clone();
            move || work(first, &ran)
        });
        queue.submit(1).unwrap();
        worker.join().unwrap();
        if ran.get() == 0 {
            sleeper.bind();
            sleeper.park();
            second.end_sleep();
            assert!(second.start_worker());
            second.search_over();
            work(second, &ran);
        }
        assert_eq!(ran.get(), 1);
    });
}

/// Two workers for one slot and one item: the slot is never taken twice, and no item stays.
#[test]
fn a_slot_is_taken_by_one() {
    explore(3, || {
        let (queue, locals) = Queue::new(2, 1);
        let (ran, live) = (Arc::new(Tell::default()), Arc::new(Tell::default()));
        queue.submit(1).unwrap();
        let workers: Vec<_> = locals
            .into_iter()
            .map(|local| {
                let (ran, live) = (ran.clone(), live.clone());
                thread::spawn(move || {
                    if local.start_worker() {
                        assert_eq!(live.get(), 0, "another worker has the slot");
                        live.add();
                        let mut local = local;
                        while local.take().is_some() {
                            ran.add();
                        }
                        live.take();
                        let _ = local.retire_worker();
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(ran.get(), 1);
    });
}
