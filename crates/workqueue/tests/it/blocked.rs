//! Noticing that every worker waits for the others.

use workqueue::Queue;

use crate::token::Token;

#[test]
fn the_last_worker_that_would_wait_is_told_so() {
    let (queue, locals) = Queue::new(1, 2);
    let local = &locals[0];
    assert!(local.start_worker() && local.start_worker());
    assert!(queue.submit(Token::new(0)).is_ok());
    assert!(!queue.are_all_blocked());
    assert!(!queue.block_worker(), "another one is live");
    assert!(queue.block_worker(), "nobody is left who could take the item");
    assert!(queue.are_all_blocked());
    queue.unblock_worker();
    assert!(!queue.are_all_blocked());
    assert!(queue.block_worker());
    queue.unblock_worker();
    queue.unblock_worker();
}

#[test]
fn while_another_worker_may_start_nothing_is_stuck() {
    let (queue, locals) = Queue::new(1, 2);
    assert!(locals[0].start_worker());
    assert!(queue.submit(Token::new(0)).is_ok());
    assert!(!queue.block_worker());
    assert!(queue.are_all_blocked(), "all that are live");
    queue.unblock_worker();
    queue.set_max_workers(1);
    assert!(queue.block_worker());
    queue.unblock_worker();
}

#[test]
fn with_nothing_to_take_nothing_is_stuck() {
    let (queue, locals) = Queue::<Token>::new(1, 1);
    assert!(locals[0].start_worker());
    assert!(!queue.block_worker());
    queue.unblock_worker();
}

#[test]
fn without_workers_all_of_them_wait() {
    let (queue, _locals) = Queue::<Token>::new(1, 1);
    assert!(queue.are_all_blocked());
}
