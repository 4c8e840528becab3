//! Worker slots: never more workers than there may be, and none too few.

use greenstd::thread;
use workqueue::{Queue, Retirement};

use crate::carriers::{Carriers, Crowd};
use crate::token::{Token, numbers};
use crate::{one_carrier, run_all, run_one};

#[test]
fn as_many_workers_as_there_may_be_and_no_more() {
    let (queue, locals) = Queue::<Token>::new(2, 3);
    assert_eq!((queue.max_workers(), queue.live_workers()), (3, 0));
    assert!(locals[0].start_worker() && locals[0].start_worker() && locals[1].start_worker());
    assert!(!locals[0].start_worker() && !locals[1].start_worker());
    assert_eq!(queue.live_workers(), 3);
    assert_eq!(locals[0].retire_worker(), Retirement::Retired);
    assert_eq!(queue.live_workers(), 2);
    assert!(locals[1].start_worker());
}

#[test]
fn a_worker_that_overlooked_an_item_goes_on() {
    let (queue, mut local) = one_carrier();
    assert!(local.start_worker());
    assert!(local.take().is_none());
    // It comes in the last moment, when no carrier is woken for it.
    assert!(queue.submit(Token::new(5)).is_ok());
    assert_eq!(local.retire_worker(), Retirement::GoOn);
    assert_eq!(queue.live_workers(), 1, "it has its slot again");
    assert_eq!(run_one(&mut local).unwrap().number, 5);
    assert_eq!(local.retire_worker(), Retirement::Retired);
    assert_eq!(queue.live_workers(), 0);
}

#[test]
fn a_worker_that_overlooked_an_item_retires_if_another_has_its_slot() {
    let (queue, locals) = Queue::new(2, 1);
    assert!(locals[0].start_worker());
    assert!(queue.submit(Token::new(5)).is_ok());
    queue.set_max_workers(0);
    assert_eq!(locals[0].retire_worker(), Retirement::Retired);
    queue.set_max_workers(1);
    assert!(locals[1].start_worker());
}

#[test]
fn one_who_steps_down_leaves_items_behind() {
    let (queue, mut local) = one_carrier();
    assert!(queue.submit(Token::new(5)).is_ok());
    assert!(local.start_worker());
    local.step_down();
    assert_eq!(queue.live_workers(), 0);
    assert!(local.start_worker());
    local.forgo_worker();
    assert_eq!(queue.live_workers(), 0);
    assert_eq!(numbers(run_all(&mut local)), [5]);
}

#[test]
fn the_number_of_workers_can_be_changed_at_any_time() {
    let (queue, locals) = Queue::<Token>::new(1, 1);
    let local = &locals[0];
    assert!(local.start_worker() && !local.start_worker());
    queue.set_max_workers(3);
    assert_eq!(queue.max_workers(), 3);
    assert!(local.start_worker() && local.start_worker() && !local.start_worker());
    // Workers that are live go on. No new one starts until enough have retired.
    queue.set_max_workers(1);
    assert_eq!(queue.live_workers(), 3);
    assert_eq!(local.retire_worker(), Retirement::Retired);
    assert!(!local.start_worker());
    assert_eq!(local.retire_worker(), Retirement::Retired);
    assert!(!local.start_worker());
    assert_eq!(local.retire_worker(), Retirement::Retired);
    assert!(local.start_worker() && !local.start_worker());
}

#[test]
fn an_overdrawn_slot_is_repaid_by_the_next_that_is_given_back() {
    let (queue, locals) = Queue::<Token>::new(1, 2);
    let local = &locals[0];
    assert!(local.start_worker() && local.start_worker());
    queue.overdraw_worker();
    assert_eq!(queue.live_workers(), 3);
    local.step_down();
    assert!(!local.start_worker());
    local.step_down();
    assert!(local.start_worker() && !local.start_worker());
}

#[test]
fn four_threads_never_hold_more_slots_than_there_are() {
    const SLOTS: usize = 3;
    let (queue, locals) = Queue::<Token>::new(4, SLOTS);
    let inside = Crowd::default();
    let threads: Vec<_> = locals
        .into_iter()
        .map(|local| {
            let inside = inside.clone();
            thread::spawn(move || {
                let mut held = 0;
                for round in 0..50_000 {
                    if local.start_worker() {
                        inside.enter();
                        held += 1;
                        inside.leave();
                        match round % 3 {
                            0 => local.step_down(),
                            1 => local.forgo_worker(),
                            _ => assert_eq!(local.retire_worker(), Retirement::Retired),
                        }
                    }
                }
                held
            })
        })
        .collect();
    let held: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert!(held > 0);
    assert!(inside.most() <= SLOTS, "{} at once", inside.most());
    assert_eq!(queue.live_workers(), 0);
}

#[test]
fn no_more_items_run_at_once_than_there_are_slots() {
    for max_workers in [1, 2, 3] {
        let carriers = Carriers::start(4, max_workers);
        let inside = Crowd::default();
        for number in 0..5000 {
            let inside = inside.clone();
            carriers.submit(move |_| {
                inside.enter();
                if number % 64 == 0 {
                    thread::yield_now();
                }
                inside.leave();
            });
        }
        carriers.finish();
        assert!((1..=max_workers).contains(&inside.most()), "{} at once", inside.most());
    }
}

#[test]
fn every_item_runs_while_the_number_of_workers_goes_up_and_down() {
    let carriers = Carriers::start(3, 1);
    let ran = Crowd::default();
    for number in 0..5000 {
        let ran = ran.clone();
        carriers.submit(move |_| ran.enter());
        if number % 10 == 0 {
            carriers.queue.set_max_workers(number / 10 % 4);
        }
    }
    carriers.queue.set_max_workers(2);
    carriers.finish();
    assert_eq!(ran.most(), 5000);
}
