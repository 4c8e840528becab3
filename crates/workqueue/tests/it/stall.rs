//! Workers that wait for their own queue: for one of its items, or for room in it.

use std::task::Waker;

use workqueue::{Local, Prospect, Queue, Retirement};

use crate::token::Token;
use crate::{Wakes, run_all, run_one};

/// A queue all of whose workers are live, on the first of its two carriers.
fn busy(workers: usize) -> (Queue<Token>, Vec<Local<Token>>) {
    let (queue, locals) = Queue::new(2, workers);
    assert!((0..workers).all(|_| locals[0].start_worker()));
    assert!(!locals[0].start_worker());
    (queue, locals)
}

/// A worker that was refused now comes to wait for room.
fn begin_wait_for_room(queue: &Queue<Token>, waker: &Waker) -> Prospect {
    queue.begin_worker_wait_for_room(waker, queue.turnover())
}

#[test]
fn when_all_workers_wait_for_items_another_may_start() {
    let (queue, locals) = busy(2);
    queue.begin_wait_for_item();
    assert!(!locals[1].start_worker(), "one still runs");
    queue.begin_wait_for_item();
    assert!(queue.all_workers_waiting());
    assert!(locals[1].start_worker());
    assert_eq!(queue.live_workers(), 3);
    assert!(!locals[1].start_worker(), "that one runs");
    // It may come to wait in turn.
    queue.begin_wait_for_item();
    assert!(locals[1].start_worker());
}

#[test]
fn a_worker_beyond_the_maximum_is_one_too_many_once_the_others_go_on() {
    let (queue, locals) = busy(2);
    assert!(!locals[0].is_over_capacity());
    queue.begin_wait_for_item();
    queue.begin_wait_for_item();
    assert!(locals[1].start_worker());
    assert!(!locals[1].is_over_capacity());
    queue.end_wait_for_item();
    assert!(!locals[1].is_over_capacity(), "two run, as may be");
    queue.end_wait_for_item();
    assert!(locals[1].is_over_capacity());
    locals[1].step_down();
    assert!(!locals[0].is_over_capacity());
    assert_eq!(queue.live_workers(), 2);
}

#[test]
fn a_lower_maximum_makes_a_crowd_of_the_workers() {
    let (queue, locals) = busy(3);
    queue.set_max_workers(2);
    assert!(locals[0].is_over_capacity());
    locals[0].step_down();
    assert!(!locals[0].is_over_capacity());
}

#[test]
fn an_item_for_stalled_workers_wakes_a_sleeping_carrier() {
    let (queue, mut locals) = busy(1);
    let wakes = Wakes::new();
    locals[1].set_waker(wakes.waker());
    assert!(locals[1].announce_sleep());
    queue.begin_wait_for_item();
    assert!(queue.submit(Token::new(5)).is_ok());
    assert_eq!(wakes.count(), 1);
    locals[1].end_sleep();
    assert!(locals[1].start_worker());
    assert_eq!(run_one(&mut locals[1]).unwrap().number, 5);
}

#[test]
fn a_carrier_does_not_fall_asleep_beside_an_item_for_stalled_workers() {
    let (queue, mut locals) = busy(1);
    assert!(queue.submit(Token::new(5)).is_ok());
    assert!(locals[0].announce_sleep(), "the worker runs something");
    locals[0].end_sleep();
    queue.begin_wait_for_item();
    assert!(!locals[0].announce_sleep());
    locals[0].end_sleep();
}

#[test]
fn the_last_worker_that_would_wait_for_room_is_told_that_nobody_would_make_any() {
    let (queue, locals) = busy(2);
    let (first, second) = (Wakes::new().waker(), Wakes::new().waker());
    queue.set_limit(Some(2));
    assert_eq!(begin_wait_for_room(&queue, &first), Prospect::Room, "another one runs");
    assert_eq!(begin_wait_for_room(&queue, &second), Prospect::None);
    assert!(queue.all_workers_waiting());
    assert!(!locals[1].start_worker(), "one more worker would be no help");
    queue.end_worker_wait_for_room(&first);
    assert!(!queue.all_workers_waiting());
    assert_eq!(begin_wait_for_room(&queue, &first), Prospect::None);
    queue.end_worker_wait_for_room(&first);
    queue.end_worker_wait_for_room(&second);
}

#[test]
fn while_another_worker_may_start_room_may_come() {
    let (queue, _locals) = busy(1);
    let waker = Wakes::new().waker();
    queue.set_max_workers(2);
    assert!(queue.submit(Token::new(0)).is_ok());
    assert_eq!(begin_wait_for_room(&queue, &waker), Prospect::Room);
    queue.end_worker_wait_for_room(&waker);
    queue.set_max_workers(1);
    assert_eq!(begin_wait_for_room(&queue, &waker), Prospect::None);
    queue.end_worker_wait_for_room(&waker);
}

#[test]
fn when_some_wait_for_items_and_the_others_for_room_what_is_there_is_run() {
    let (queue, mut locals) = busy(2);
    let waker = Wakes::new().waker();
    assert!(queue.submit(Token::new(5)).is_ok());
    queue.begin_wait_for_item();
    assert_eq!(
        begin_wait_for_room(&queue, &waker),
        Prospect::Room,
        "another worker may start, and make room"
    );
    assert_eq!(run_all(&mut locals[1]).len(), 1);
    queue.end_worker_wait_for_room(&waker);
    assert_eq!(begin_wait_for_room(&queue, &waker), Prospect::None, "nothing is left that could");
    queue.end_worker_wait_for_room(&waker);
    queue.end_wait_for_item();
}

#[test]
fn when_no_worker_runs_any_more_one_that_waits_for_room_looks_again() {
    type Event = fn(&Queue<Token>, &Local<Token>);
    let events: [Event; 3] = [
        |_, local| assert_eq!(local.retire_worker(), Retirement::Retired),
        |_, local| local.step_down(),
        |queue, _| queue.begin_wait_for_item(),
    ];
    for event in events {
        let (queue, locals) = busy(2);
        let (before_it, worker) = (Wakes::new(), Wakes::new());
        queue.wait_for_room(before_it.waker());
        queue.wait_for_room(worker.waker());
        assert_eq!(begin_wait_for_room(&queue, &worker.waker()), Prospect::Room);
        event(&queue, &locals[0]);
        assert_eq!(worker.count(), 1, "it looks again, and is told");
        assert_eq!(before_it.count(), 0, "a waiter that is no worker has no use for it");
        queue.end_worker_wait_for_room(&worker.waker());
    }
}

#[test]
fn when_no_worker_can_start_any_more_one_that_waits_for_room_looks_again() {
    let (queue, _locals) = busy(1);
    let worker = Wakes::new();
    queue.set_max_workers(2);
    assert!(queue.submit(Token::new(0)).is_ok());
    assert_eq!(
        begin_wait_for_room(&queue, &worker.waker()),
        Prospect::Room,
        "another worker may start"
    );
    assert_eq!(queue.drain().len(), 1);
    queue.withdraw();
    assert_eq!(worker.count(), 1);
    queue.end_worker_wait_for_room(&worker.waker());
}

#[test]
fn after_a_change_a_worker_that_would_wait_for_room_asks_again() {
    let (queue, _locals) = busy(1);
    let waker = Wakes::new().waker();
    queue.set_limit(Some(1));
    let before = queue.turnover();
    assert!(queue.submit(Token::new(0)).is_ok());
    assert_eq!(queue.begin_worker_wait_for_room(&waker, before), Prospect::Unclear);
    queue.end_worker_wait_for_room(&waker);
    assert_eq!(begin_wait_for_room(&queue, &waker), Prospect::None);
    queue.end_worker_wait_for_room(&waker);
}

#[test]
fn the_turnover_grows_with_all_that_happens_to_items() {
    let (queue, mut local) = crate::one_carrier();
    let mut seen = queue.turnover();
    let mut has_grown = |queue: &Queue<Token>| {
        let before = std::mem::replace(&mut seen, queue.turnover());
        seen > before
    };
    assert!(!has_grown(&queue));
    assert!(queue.submit(Token::new(0)).is_ok());
    assert!(has_grown(&queue));
    let item = local.take();
    local.count_started();
    assert!(has_grown(&queue));
    drop(item);
    local.count_ended();
    assert!(has_grown(&queue));
    assert!(queue.submit(Token::new(1)).is_ok() && has_grown(&queue));
    queue.drain().into_iter().for_each(|_| queue.withdraw());
    assert!(has_grown(&queue));
}

#[test]
fn without_workers_all_of_them_wait() {
    let (queue, _locals) = Queue::<Token>::new(1, 1);
    assert!(queue.all_workers_waiting());
}
