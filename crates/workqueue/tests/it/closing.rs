//! Closing: nothing more comes in, everything that did is run, and the carriers end.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greenstd::thread;
use workqueue::{Queue, Refused};

use crate::carriers::{Carriers, Job};
use crate::token::Token;
use crate::{Wakes, one_carrier, run_all, run_one};

#[test]
fn the_first_to_close_is_told_so() {
    let (queue, _local) = one_carrier::<Token>();
    assert!(!queue.is_closed());
    assert!(queue.close());
    assert!(queue.is_closed());
    assert!(!queue.close());
    let (queue, _local) = one_carrier::<Token>();
    let closers: Vec<_> = (0..4)
        .map(|_| {
            let queue = queue.clone();
            thread::spawn(move || queue.close())
        })
        .collect();
    let firsts = closers.into_iter().map(|closer| closer.join().unwrap());
    assert_eq!(firsts.filter(|first| *first).count(), 1);
}

#[test]
fn what_was_accepted_before_is_still_run() {
    let (queue, mut local) = one_carrier();
    for number in 0..10 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    queue.close();
    assert!(matches!(queue.admit(), Err(Refused::Closed)));
    assert!(!queue.is_exhausted());
    assert_eq!(run_all(&mut local).len(), 10);
    assert!(queue.is_exhausted());
}

#[test]
fn sleeping_carriers_are_woken_by_the_closing_and_by_the_last_end() {
    let (queue, mut locals) = Queue::new(3, 3);
    let wakes = [Wakes::new(), Wakes::new(), Wakes::new()];
    for (local, wakes) in locals.iter().zip(&wakes) {
        local.set_waker(wakes.waker());
    }
    let counts = || wakes.each_ref().map(|wakes| wakes.count());
    // The first has the last item; the others sleep.
    assert!(queue.submit(Token::new(0)).is_ok());
    assert!(locals[0].start_worker());
    let token = locals[0].take().unwrap();
    locals[0].count_started();
    assert!(locals[1].announce_sleep() && locals[2].announce_sleep());
    assert_eq!(counts(), [0, 0, 0]);

    queue.close();
    assert_eq!(counts(), [1, 1, 1], "all look whether it is over");
    drop(token);
    locals[0].count_ended();
    assert!(queue.is_exhausted());
    assert_eq!(locals[0].retire_worker(), workqueue::Retirement::Retired);
    assert_eq!(counts(), [2, 2, 2], "all look again");
}

#[test]
fn the_last_room_given_back_ends_a_closed_queue() {
    let (queue, locals) = Queue::<Token>::new(1, 1);
    let wakes = Wakes::new();
    locals[0].set_waker(wakes.waker());
    let admitted = queue.admit().unwrap();
    queue.close();
    let before = wakes.count();
    drop(admitted);
    assert!(queue.is_exhausted());
    assert_eq!(wakes.count(), before + 1);
}

#[test]
fn each_item_is_either_refused_or_run_however_the_closing_falls() {
    for round in 0..200_u32 {
        let carriers = Carriers::start(2, 2);
        let ran = Arc::new(AtomicU64::new(0));
        let submitters: Vec<_> = (0..3)
            .map(|_| {
                let (queue, ran) = (carriers.queue.clone(), ran.clone());
                thread::spawn(move || {
                    let mut accepted = 0;
                    // At most so many: on a busy machine the closing comes late, and what waits would grow without end.
                    for _ in 0..2_000 {
                        let ran = ran.clone();
                        let job = Job::new(move |_| {
                            ran.fetch_add(1, Ordering::Relaxed);
                        });
                        match queue.submit(job) {
                            Ok(()) => accepted += 1,
                            Err((refused, _job)) => {
                                assert_eq!(refused, Refused::Closed);
                                break;
                            }
                        }
                    }
                    accepted
                })
            })
            .collect();
        for _ in 0..round % 20 {
            thread::yield_now();
        }
        let queue = carriers.queue.clone();
        carriers.finish();
        let accepted: u64 = submitters.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!((ran.load(Ordering::Relaxed), queue.accepted()), (accepted, accepted));
    }
}

#[test]
fn carriers_that_never_had_an_item_end_at_once() {
    for _ in 0..200 {
        Carriers::start(3, 3).finish();
    }
}

#[test]
fn a_local_knows_its_queue_and_number() {
    let (queue, mut locals) = Queue::new(2, 2);
    assert_eq!(locals.iter().map(workqueue::Local::index).collect::<Vec<_>>(), [0, 1]);
    assert!(locals[1].queue().submit(Token::new(3)).is_ok());
    assert_eq!(queue.accepted(), 1);
    assert_eq!(run_one(&mut locals[0]).unwrap().number, 3);
}
