//! Carriers that never run out of items of their own.

use workqueue::{Local, Queue};

use crate::run_one;
use crate::token::Token;

/// So many takes are enough for anything that waits behind few others.
const ENOUGH: usize = 1000;

/// Takes on one carrier, whose items submit their successors, until `wanted` comes; `None` if it does
/// not.
fn takes_until(queue: &Queue<Token>, local: &mut Local<Token>, wanted: u64) -> Option<usize> {
    (0..ENOUGH).find(|_| {
        let token = run_one(local).unwrap();
        if token.number != wanted {
            queue.admit().unwrap().push_on(local, Token::new(token.number));
        }
        token.number == wanted
    })
}

#[test]
fn what_comes_from_outside_does_not_starve_behind_items_that_submit_their_successors() {
    for carriers in [1, 2] {
        for own in [1, 30] {
            let (queue, mut locals) = Queue::new(carriers, carriers);
            for number in 0..own {
                queue.admit().unwrap().push_on(&locals[0], Token::new(number));
            }
            assert!(takes_until(&queue, &mut locals[0], 100).is_none());
            assert!(queue.submit(Token::new(100)).is_ok());
            assert!(takes_until(&queue, &mut locals[0], 100).is_some());
        }
    }
}

#[test]
fn what_waits_on_a_carrier_that_is_busy_does_not_starve() {
    let (queue, mut locals) = Queue::new(4, 4);
    for carrier in 1..4 {
        queue.admit().unwrap().push_on_carrier(carrier, Token::new(100 + carrier as u64));
    }
    queue.admit().unwrap().push_on(&locals[0], Token::new(0));
    for wanted in 101..104 {
        assert!(takes_until(&queue, &mut locals[0], wanted).is_some(), "{wanted}");
    }
}

#[test]
fn on_one_carrier_the_order_of_a_submitter_is_kept_also_if_it_looks_elsewhere() {
    let (queue, mut locals) = Queue::new(1, 2);
    for number in 0..1000 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    for number in 0..1000 {
        assert_eq!(run_one(&mut locals[0]).unwrap().number, number);
    }
}
