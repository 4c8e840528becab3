//! Waiting for room, and for the quiet (`waiters.rs`).

use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread::{self, Blocker};

use super::{Tell, bed, is_finished};
use crate::waiters::Waiters;
use crate::{Local, Queue, Refused, Retirement};

/// Waits as a submitter does: entered first, asked again after.
fn wait_until(waiters: &Waiters, happened: impl Fn() -> bool) {
    let (bed, waker) = bed();
    bed.bind();
    waiters.enter(waker.clone());
    while !happened() {
        bed.park();
        waiters.enter_again(&waker);
    }
    waiters.leave(&waker);
}

/// *waiters-enter* to *waiters-recheck* against *waiters-event* to *waiters-wake*: an event that wakes one.
#[test]
fn a_waiter_does_not_miss_the_event() {
    explore(3, || {
        let (waiters, happened) = (Arc::new(Waiters::default()), Arc::new(Tell::default()));
        let waiter = thread::spawn({
            let (waiters, happened) = (waiters.clone(), happened.clone());
            move || wait_until(&waiters, || happened.get() > 0)
        });
        happened.add();
        waiters.wake_one();
        waiter.join().unwrap();
    });
}

/// *waiters-enter* to *waiters-recheck* against *waiters-event* to *waiters-wake*: an event that wakes all.
#[test]
fn two_waiters_do_not_miss_the_event() {
    explore(3, || {
        let (waiters, happened) = (Arc::new(Waiters::default()), Arc::new(Tell::default()));
        let both = [(); 2].map(|()| {
            let (waiters, happened) = (waiters.clone(), happened.clone());
            thread::spawn(move || wait_until(&waiters, || happened.get() > 0))
        });
        happened.add();
        if waiters.any_after_event() {
            waiters.wake_all();
        }
        for waiter in both {
            waiter.join().unwrap();
        }
    });
}

/// A submitter sets a limit on a queue that is in use, finds it full and waits, while a worker ends the
/// item. The same fences with the real counts.
#[test]
fn who_waits_for_room_is_woken_by_an_end() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(1, 1);
        let [local] = <[Local<u32>; 1]>::try_from(locals).unwrap();
        queue.submit(0).unwrap();
        let waiter = thread::spawn({
            let queue = queue.clone();
            move || {
                queue.set_limit(Some(1));
                let (bed, waker) = bed();
                bed.bind();
                queue.wait_for_room(waker.clone());
                while let Err((refused, _)) = queue.submit(1) {
                    assert_eq!(refused, Refused::Full);
                    bed.park();
                    queue.wait_for_room_again(&waker);
                }
                queue.stop_waiting_for_room(&waker, true);
            }
        });
        local.count_ended();
        waiter.join().unwrap();
    });
}

/// Two wait for room, one of them gives up at the moment at which it is woken for it: the other gets
/// it. (Without a limit: the room is a rule of the waiters' own.)
#[test]
fn who_gives_up_passes_the_room_on() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(1, 1);
        let [local] = <[Local<u32>; 1]>::try_from(locals).unwrap();
        let room = Arc::new(AtomicBool::new(false));
        let (_, hasty) = bed();
        queue.wait_for_room(hasty.clone());
        let patient = thread::spawn({
            let (queue, room) = (queue.clone(), room.clone());
            move || {
                let (bed, waker) = bed();
                bed.bind();
                queue.wait_for_room(waker.clone());
                while !room.load(Ordering::Relaxed) {
                    bed.park();
                    queue.wait_for_room_again(&waker);
                }
                queue.stop_waiting_for_room(&waker, true);
            }
        });
        let ender = thread::spawn({
            let room = room.clone();
            move || {
                room.store(true, Ordering::Relaxed);
                local.count_ended();
            }
        });
        queue.stop_waiting_for_room(&hasty, false);
        patient.join().unwrap();
        ender.join().unwrap();
    });
}

/// A waiter for the quiet against the last end. That happens on another carrier than the last but one.
#[test]
fn who_waits_for_the_quiet_is_woken_by_the_last_end() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(2, 2);
        queue.submit(0).unwrap();
        queue.submit(1).unwrap();
        let enders: Vec<_> = locals
            .into_iter()
            .map(|local| {
                assert!(local.start_worker());
                thread::spawn(move || {
                    local.count_ended();
                    // As if the items were not in the queue any more.
                    local.step_down();
                })
            })
            .collect();
        let (bed, waker) = bed();
        bed.bind();
        while !queue.is_quiet_or_wake(&waker) {
            bed.park();
        }
        for ender in enders {
            ender.join().unwrap();
        }
    });
}

/// The end of a closed queue: a worker that ends the last item, against a carrier that goes to sleep
/// and a closing.
#[test]
fn everybody_learns_that_the_queue_is_exhausted() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(2, 2);
        let [mut worker, mut sleeper] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        queue.submit(0).unwrap();
        assert!(worker.start_worker() && worker.take().is_some());
        let working = thread::spawn(move || {
            worker.count_ended();
            assert_eq!(worker.retire_worker(), Retirement::Retired);
        });
        let (bed, waker) = bed();
        sleeper.set_waker(waker);
        let sleeping = thread::spawn(move || {
            bed.bind();
            sleep_until_exhausted(&mut sleeper, &bed);
        });
        queue.close();
        working.join().unwrap();
        sleeping.join().unwrap();
    });
}

/// The same when the last item is withdrawn instead of run, by whatever thread (*quiet-count* to *quiet-look*).
#[test]
fn everybody_learns_of_the_withdrawal_of_the_last_item() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(1, 1);
        let [mut sleeper] = <[Local<u32>; 1]>::try_from(locals).unwrap();
        queue.submit(0).unwrap();
        assert_eq!(queue.drain().len(), 1);
        let canceller = thread::spawn({
            let queue = queue.clone();
            move || queue.withdraw()
        });
        let (bed, waker) = bed();
        sleeper.set_waker(waker);
        let sleeping = thread::spawn(move || {
            bed.bind();
            sleep_until_exhausted(&mut sleeper, &bed);
        });
        queue.close();
        canceller.join().unwrap();
        sleeping.join().unwrap();
    });
}

fn sleep_until_exhausted(carrier: &mut Local<u32>, bed: &Blocker) {
    while !carrier.queue().is_exhausted() {
        carrier.search_over();
        if carrier.announce_sleep() && !is_finished(&carrier.queue()) {
            bed.park();
        }
        carrier.end_sleep();
    }
}
