//! Which carriers are woken, and which are not. The test plays the carriers by hand, and counts their wakes.

use greenstd::sync::Arc;
use workqueue::{Local, Queue, Retirement};

use crate::token::Token;
use crate::{Wakes, run_all, run_one};

/// A queue, its carriers, and how often each was woken.
struct Stage {
    queue: Queue<Token>,
    locals: Vec<Local<Token>>,
    wakes: Vec<Arc<Wakes>>,
}

impl Stage {
    fn new(carriers: usize, max_workers: usize) -> Self {
        let (queue, locals) = Queue::new(carriers, max_workers);
        let wakes: Vec<_> = (0..carriers).map(|_| Wakes::new()).collect();
        for (local, wakes) in locals.iter().zip(&wakes) {
            local.set_waker(wakes.waker());
        }
        Stage { queue, locals, wakes }
    }

    fn submit(&self) {
        assert!(self.queue.submit(Token::new(0)).is_ok());
    }

    fn fall_asleep(&mut self, carrier: usize) {
        self.locals[carrier].search_over();
        assert!(self.locals[carrier].announce_sleep());
    }

    fn woken(&self) -> Vec<usize> {
        self.wakes.iter().map(|wakes| wakes.count()).collect()
    }
}

#[test]
fn an_item_wakes_one_sleeping_carrier_the_last_to_fall_asleep() {
    let mut stage = Stage::new(3, 3);
    (0..3).for_each(|carrier| stage.fall_asleep(carrier));
    assert_eq!(stage.queue.sleeping_carriers(), 3);
    stage.submit();
    assert_eq!(stage.woken(), [0, 0, 1]);
    assert_eq!(stage.queue.sleeping_carriers(), 2);
}

#[test]
fn while_a_carrier_searches_nobody_else_is_woken() {
    let mut stage = Stage::new(3, 3);
    (0..3).for_each(|carrier| stage.fall_asleep(carrier));
    (0..10).for_each(|_| stage.submit());
    assert_eq!(stage.woken(), [0, 0, 1]);
    stage.locals[2].end_sleep();
    (0..10).for_each(|_| stage.submit());
    assert_eq!(stage.woken(), [0, 0, 1], "it is still searching");
}

#[test]
fn a_searcher_that_has_found_something_has_the_next_one_woken_if_there_is_more() {
    let mut stage = Stage::new(3, 3);
    (0..3).for_each(|carrier| stage.fall_asleep(carrier));
    stage.submit();
    stage.submit();
    stage.locals[2].end_sleep();
    assert!(stage.locals[2].start_worker());
    assert!(run_one(&mut stage.locals[2]).is_some());
    stage.locals[2].search_over();
    assert_eq!(stage.woken(), [0, 1, 1]);
    stage.locals[1].end_sleep();
    assert!(stage.locals[1].start_worker());
    assert!(run_one(&mut stage.locals[1]).is_some());
    stage.locals[1].search_over();
    assert_eq!(stage.woken(), [0, 1, 1], "there is nothing more");
}

#[test]
fn a_carrier_that_was_not_woken_to_search_wakes_nobody_by_finding_something() {
    let mut stage = Stage::new(2, 2);
    stage.submit();
    stage.submit();
    // It says that it is going to sleep, and finds that there are items.
    assert!(!stage.locals[1].announce_sleep());
    stage.locals[0].search_over();
    assert_eq!(stage.woken(), [0, 0]);
    stage.locals[1].end_sleep();
    assert_eq!(stage.queue.sleeping_carriers(), 0);
}

#[test]
fn a_searcher_that_found_nothing_lets_others_be_woken_again() {
    let mut stage = Stage::new(2, 2);
    (0..2).for_each(|carrier| stage.fall_asleep(carrier));
    stage.submit();
    // Somebody else was faster.
    assert_eq!(run_all(&mut stage.locals[0]).len(), 1);
    stage.locals[1].end_sleep();
    stage.fall_asleep(1);
    assert_eq!(stage.woken(), [0, 1]);
    stage.submit();
    assert_eq!(stage.woken(), [0, 2]);
}

#[test]
fn without_a_free_slot_nobody_is_woken_and_carriers_may_sleep_beside_items() {
    let mut stage = Stage::new(2, 1);
    assert!(stage.locals[0].start_worker());
    stage.fall_asleep(1);
    stage.submit();
    assert_eq!(stage.woken(), [0, 0]);
    stage.locals[1].end_sleep();
    stage.fall_asleep(1);

    // The worker looks again before it retires.
    assert_eq!(stage.locals[0].retire_worker(), Retirement::GoOn);
    assert!(run_one(&mut stage.locals[0]).is_some());
    assert_eq!(stage.locals[0].retire_worker(), Retirement::Retired);
    assert_eq!(stage.woken(), [0, 0]);
}

#[test]
fn a_worker_that_steps_down_wakes_another_carrier_for_what_it_leaves() {
    let mut stage = Stage::new(2, 1);
    assert!(stage.locals[0].start_worker());
    stage.fall_asleep(1);
    stage.submit();
    stage.locals[0].step_down();
    assert_eq!(stage.woken(), [0, 1]);
}

#[test]
fn a_worker_for_which_there_is_no_stack_wakes_nobody() {
    let mut stage = Stage::new(2, 1);
    assert!(stage.locals[0].start_worker());
    stage.fall_asleep(1);
    stage.submit();
    stage.locals[0].forgo_worker();
    assert_eq!(stage.woken(), [0, 0]);
}

#[test]
fn a_carrier_does_not_fall_asleep_beside_an_item_and_a_free_slot() {
    for carrier in [None, Some(0), Some(1)] {
        let mut stage = Stage::new(2, 2);
        let admitted = stage.queue.admit().unwrap();
        match carrier {
            Some(carrier) => admitted.push_on_carrier(carrier, Token::new(0)),
            None => admitted.push(Token::new(0)),
        }
        assert!(!stage.locals[0].announce_sleep(), "pushed on {carrier:?}");
        stage.locals[0].end_sleep();
        assert_eq!(stage.queue.sleeping_carriers(), 0);
    }
}

#[test]
fn what_a_carrier_submits_to_itself_wakes_a_sibling() {
    let mut stage = Stage::new(2, 2);
    assert!(stage.locals[0].start_worker());
    stage.fall_asleep(1);
    stage.queue.admit().unwrap().push_on(&stage.locals[0], Token::new(0));
    assert_eq!(stage.woken(), [0, 1]);
}

#[test]
fn a_carrier_that_moves_items_to_itself_wakes_a_sibling_for_them() {
    let mut stage = Stage::new(3, 3);
    (0..9).for_each(|_| stage.submit());
    // As if it had looked while they were on their way.
    assert!(!stage.locals[1].announce_sleep());
    assert!(stage.locals[0].take().is_some());
    assert_eq!(stage.woken(), [0, 1, 0]);
}

#[test]
fn a_carrier_that_searches_of_its_own_accord_spares_the_others() {
    let mut stage = Stage::new(2, 2);
    stage.fall_asleep(1);
    stage.locals[0].start_search();
    stage.submit();
    stage.submit();
    assert_eq!(stage.woken(), [0, 0]);
    assert!(stage.locals[0].start_worker());
    assert!(run_one(&mut stage.locals[0]).is_some());
    stage.locals[0].search_over();
    assert_eq!(stage.woken(), [0, 1], "one is left");
}

#[test]
fn a_carrier_that_searches_of_its_own_accord_and_sleeps_is_no_searcher_any_more() {
    let mut stage = Stage::new(2, 2);
    stage.fall_asleep(1);
    stage.locals[0].start_search();
    stage.locals[0].start_search();
    assert!(stage.locals[0].announce_sleep());
    stage.submit();
    assert_eq!(stage.woken(), [1, 0]);
}

#[test]
fn more_slots_the_closing_and_a_call_wake_everybody() {
    let mut stage = Stage::new(2, 1);
    (0..2).for_each(|carrier| stage.fall_asleep(carrier));
    stage.queue.set_max_workers(2);
    assert_eq!(stage.woken(), [1, 1]);
    stage.queue.wake_all();
    assert_eq!(stage.woken(), [2, 2]);
    stage.queue.close();
    assert_eq!(stage.woken(), [3, 3]);
    // None of these makes a searcher of them.
    for carrier in 0..2 {
        stage.locals[carrier].end_sleep();
        stage.locals[carrier].search_over();
    }
    assert_eq!(stage.woken(), [3, 3]);
}
