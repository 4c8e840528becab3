//! Waiting until every accepted item has ended.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greenstd::thread::Parker;
use workqueue::{Queue, Retirement};

use crate::carriers::{Carriers, Job};
use crate::token::Token;
use crate::{Wakes, one_carrier, run_all};

fn wait_until_quiet(queue: &Queue<Job>) {
    let parker = Parker::new();
    while !queue.is_quiet_or_wake(&parker.waker()) {
        parker.park();
    }
}

#[test]
fn a_queue_is_quiet_when_everything_has_ended() {
    let (queue, mut local) = one_carrier();
    let wakes = Wakes::new();
    assert!(queue.is_quiet_or_wake(&wakes.waker()));
    assert!(queue.submit(Token::new(0)).is_ok());
    assert!(!queue.is_quiet_or_wake(&wakes.waker()));

    assert!(local.start_worker());
    let token = local.take().unwrap();
    local.count_started();
    assert!(!queue.is_quiet());
    drop(token);
    local.count_ended();
    assert!(queue.is_quiet());
    assert_eq!(local.retire_worker(), Retirement::Retired);
    assert_eq!(wakes.count(), 1);

    // A waker is used up by it.
    assert!(queue.submit(Token::new(1)).is_ok());
    assert_eq!(run_all(&mut local).len(), 1);
    assert_eq!(wakes.count(), 1);
}

#[test]
fn everybody_who_waits_for_the_quiet_is_woken() {
    let (queue, mut local) = one_carrier();
    assert!(queue.submit(Token::new(0)).is_ok());
    assert!(queue.submit(Token::new(1)).is_ok());
    let waiting = [Wakes::new(), Wakes::new(), Wakes::new()];
    for wakes in &waiting {
        assert!(!queue.is_quiet_or_wake(&wakes.waker()));
    }
    assert!(local.start_worker());
    drop(crate::run_one(&mut local));
    local.step_down();
    assert!(waiting.iter().all(|wakes| wakes.count() == 0), "one has not ended");
    run_all(&mut local);
    assert!(waiting.iter().all(|wakes| wakes.count() == 1));
}

#[test]
fn what_never_runs_ends_too() {
    let (queue, _local) = one_carrier();
    let wakes = Wakes::new();
    // Room that is given back.
    let admitted = queue.admit().unwrap();
    assert!(!queue.is_quiet_or_wake(&wakes.waker()));
    drop(admitted);
    assert_eq!(wakes.count(), 1);
    // What is withdrawn.
    let token = Token::new(0);
    let claim = token.claim();
    assert!(queue.submit(token).is_ok());
    assert!(!queue.is_quiet_or_wake(&wakes.waker()));
    assert!(claim.take());
    queue.withdraw();
    assert_eq!(wakes.count(), 2);
    // What is drained.
    assert!(queue.submit(Token::new(1)).is_ok());
    assert!(!queue.is_quiet_or_wake(&wakes.waker()));
    queue.drain().into_iter().for_each(|_| queue.withdraw());
    assert_eq!(wakes.count(), 3);
}

#[test]
fn one_who_waits_for_the_quiet_sees_all_that_was_done_before() {
    let carriers = Carriers::start(2, 2);
    let mut expected = 0;
    for round in 0..2000_u64 {
        let sum = Arc::new(AtomicU64::new(0));
        for number in 0..round % 7 {
            let sum = sum.clone();
            carriers.submit(move |local| {
                // Jobs that submit jobs, all of which are waited for.
                let queue = local.queue();
                let below = sum.clone();
                queue.admit().unwrap().push_on(
                    local,
                    Job::new(move |_| {
                        below.fetch_add(1, Ordering::Relaxed);
                    }),
                );
                sum.fetch_add(number, Ordering::Relaxed);
            });
        }
        wait_until_quiet(&carriers.queue);
        let count = round % 7;
        assert_eq!(sum.load(Ordering::Relaxed), count + count * count.saturating_sub(1) / 2);
        expected += 2 * count;
    }
    assert_eq!(carriers.queue.accepted(), expected);
    carriers.finish();
}
