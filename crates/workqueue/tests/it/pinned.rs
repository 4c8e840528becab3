//! Items that are pinned to one carrier.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};
use workqueue::{Local, Queue, Retirement};

use crate::carriers::{Carriers, Job};
use crate::token::{Token, numbers};
use crate::{Wakes, run_all, run_one};

fn push_pinned(queue: &Queue<Token>, carrier: usize, number: u64) {
    queue.admit().unwrap().push_pinned(carrier, Token::new(number));
}

#[test]
fn a_pinned_item_is_taken_by_its_carrier_alone() {
    let (queue, mut locals) = Queue::new(3, 3);
    for number in 0..3 {
        push_pinned(&queue, 1, number);
    }
    assert!(!locals[0].has_work() && locals[1].has_work() && locals[1].has_pinned());
    assert!(run_all(&mut locals[0]).is_empty());
    assert!(run_all(&mut locals[2]).is_empty());
    assert_eq!(numbers(run_all(&mut locals[1])), [0, 1, 2]);
    assert!(queue.is_quiet() && queue.is_empty());
}

#[test]
fn a_carrier_that_sleeps_is_woken_for_what_is_pinned_to_it_and_no_other() {
    let (queue, mut locals) = Queue::new(3, 3);
    let wakes = [(); 3].map(|()| Wakes::new());
    for (local, wakes) in locals.iter_mut().zip(&wakes) {
        local.set_waker(wakes.waker());
        assert!(local.announce_sleep());
    }
    push_pinned(&queue, 0, 7);
    assert_eq!(wakes.each_ref().map(|wakes| wakes.count()), [1, 0, 0]);
    locals[0].end_sleep();
    assert_eq!(run_one(&mut locals[0]).unwrap().number, 7);
    locals[0].search_over();
    assert_eq!(queue.sleeping_carriers(), 2);
}

#[test]
fn a_carrier_does_not_sleep_over_what_is_pinned_to_it_but_over_what_is_pinned_to_another() {
    let (queue, mut locals) = Queue::new(2, 2);
    push_pinned(&queue, 1, 7);
    let may_sleep: Vec<_> = locals.iter_mut().map(Local::announce_sleep).collect();
    assert_eq!(may_sleep, [true, false]);
}

#[test]
fn a_worker_retires_though_something_is_pinned_elsewhere_and_wakes_that_carrier_for_its_slot() {
    let (queue, mut locals) = Queue::new(2, 2);
    let wakes = Wakes::new();
    locals[1].set_waker(wakes.waker());
    assert!(locals[0].start_worker() && locals[0].start_worker());
    push_pinned(&queue, 1, 7);
    assert!(locals[1].announce_sleep(), "no slot is free for it");
    assert_eq!(wakes.count(), 0);
    assert_eq!(locals[0].retire_worker(), Retirement::Retired);
    assert_eq!(wakes.count(), 1);
}

#[test]
fn a_worker_that_waits_for_an_item_lets_a_pinned_one_start_elsewhere() {
    let (queue, mut locals) = Queue::new(2, 2);
    let wakes = Wakes::new();
    locals[1].set_waker(wakes.waker());
    assert!(locals[0].start_worker() && locals[0].start_worker());
    push_pinned(&queue, 1, 7);
    assert!(locals[1].announce_sleep());
    queue.begin_wait_for_item();
    queue.begin_wait_for_item(); // now both wait, and one may start beyond the maximum
    assert_eq!(wakes.count(), 1);
    locals[1].end_sleep();
    assert!(locals[1].start_worker());
}

#[test]
fn with_one_worker_pinned_items_wait_in_the_line() {
    let (queue, mut locals) = Queue::new(2, 1);
    queue.admit().unwrap().push(Token::new(0));
    push_pinned(&queue, 1, 1);
    queue.admit().unwrap().push(Token::new(2));
    assert_eq!(numbers(run_all(&mut locals[0])), [0, 1, 2]);
}

#[test]
fn what_was_pinned_is_lined_up_when_the_maximum_is_lowered_to_one() {
    let (queue, mut locals) = Queue::new(2, 2);
    push_pinned(&queue, 1, 0);
    queue.set_max_workers(1);
    push_pinned(&queue, 1, 1);
    assert_eq!(numbers(run_all(&mut locals[0])), [0, 1]);
    queue.set_max_workers(2);
    push_pinned(&queue, 1, 2);
    assert!(run_all(&mut locals[0]).is_empty());
    assert_eq!(numbers(run_all(&mut locals[1])), [2]);
}

#[test]
fn pinned_items_are_seen_by_the_figures_and_drained() {
    let (queue, locals) = Queue::new(2, 2);
    push_pinned(&queue, 0, 0);
    push_pinned(&queue, 1, 1);
    assert_eq!((queue.len(), queue.queued(), queue.is_empty()), (2, 2, false));
    assert_eq!(numbers(queue.drain()), [0, 1]);
    assert!(queue.is_empty() && !locals[0].has_work() && !locals[1].has_work());
}

#[test]
fn what_a_carrier_claims_of_its_pinned_items_does_not_pile_up() {
    let (queue, mut locals) = Queue::new(2, 2);
    for number in 0..10_000 {
        let token = Token::new(number);
        let (claim, key) = (token.claim(), token.claim().key());
        queue.admit().unwrap().push_pinned(0, token);
        assert!(claim.take());
        locals[0].count_started();
        locals[0].count_ended();
        locals[0].remove_claimed(key);
    }
    assert!(queue.len() < 1000, "{}", queue.len());
}

/// Its carrier does not come to it, since all slots stay with another one.
#[test]
fn a_pinned_item_without_a_slot_goes_to_the_carrier_that_has_one_rather_than_starve() {
    let (queue, mut locals) = Queue::new(2, 2);
    assert!(locals[0].start_worker() && locals[0].start_worker());
    push_pinned(&queue, 1, 1_000_000);
    let taken = (0..100_000).find(|&number| {
        queue.admit().unwrap().push_on(&locals[0], Token::new(number));
        run_one(&mut locals[0]).unwrap().number == 1_000_000
    });
    assert!(taken.is_some_and(|taken| taken > 500), "{taken:?}");
}

/// While a slot is free for it, its carrier is only late.
#[test]
fn a_pinned_item_is_left_to_its_carrier_while_a_slot_is_free() {
    let (queue, mut locals) = Queue::new(2, 2);
    assert!(locals[0].start_worker());
    push_pinned(&queue, 1, 1_000_000);
    for number in 0..10_000 {
        queue.admit().unwrap().push_on(&locals[0], Token::new(number));
        assert_eq!(run_one(&mut locals[0]).unwrap().number, number);
    }
    assert_eq!(numbers(run_all(&mut locals[1])), [1_000_000]);
}

/// A carrier's own items do not keep its pinned ones from their turn.
#[test]
fn a_pinned_item_does_not_starve_behind_items_that_submit_their_successors() {
    let (queue, mut locals) = Queue::new(1, 2);
    push_pinned(&queue, 0, 1_000_000);
    let taken = (0..1000).find(|&number| {
        queue.admit().unwrap().push_on(&locals[0], Token::new(number));
        run_one(&mut locals[0]).unwrap().number == 1_000_000
    });
    assert!(taken.is_some());
}

#[test]
fn real_carriers_run_every_pinned_item_on_its_carrier() {
    const CARRIERS: usize = 4;
    const ITEMS: usize = 2000;
    let carriers = Carriers::start(CARRIERS, CARRIERS);
    let ran = Arc::new(AtomicUsize::new(0));
    for n in 0..ITEMS {
        let (on, ran) = (n % CARRIERS, ran.clone());
        let job = Job::new(move |local| {
            // A carrier here has one worker, so there is a slot for each: nothing is passed over.
            assert_eq!(local.index(), on);
            ran.fetch_add(1, Ordering::Relaxed);
        });
        carriers.queue.admit().unwrap().push_pinned(on, job);
        if n % 3 == 0 {
            carriers.submit(|_| ());
        }
    }
    carriers.finish();
    assert_eq!(ran.load(Ordering::Relaxed), ITEMS);
}
