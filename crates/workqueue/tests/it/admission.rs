//! Admission: exactly as many items are accepted as the limit says.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greenstd::thread;
use workqueue::{Queue, Refused};

use crate::carriers::{Carriers, Crowd, Job};
use crate::token::{Dropped, Token};
use crate::{one_carrier, run_one};

#[test]
fn the_limit_counts_what_waits_and_what_runs() {
    let (queue, mut local) = one_carrier();
    assert_eq!(queue.limit(), None);
    queue.set_limit(Some(3));
    assert_eq!(queue.limit(), Some(3));
    for number in 0..3 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    assert!(matches!(queue.admit(), Err(Refused::Full)));

    let running = local.take().unwrap();
    local.count_started();
    assert!(matches!(queue.admit(), Err(Refused::Full)), "it has not ended");
    local.count_ended();
    drop(running);
    assert!(queue.submit(Token::new(3)).is_ok());
    assert!(matches!(queue.admit(), Err(Refused::Full)));
    assert_eq!(queue.accepted(), 4);
}

#[test]
fn a_refusal_gives_the_item_back() {
    let (queue, _local) = one_carrier();
    let dropped = Dropped::default();
    queue.set_limit(Some(0));
    let (refused, token) = queue.submit(Token::counted(7, &dropped)).unwrap_err();
    assert_eq!((refused, token.number), (Refused::Full, 7));
    queue.set_limit(None);
    queue.close();
    let (refused, token) = queue.submit(token).unwrap_err();
    assert_eq!((refused, token.number), (Refused::Closed, 7));
    assert_eq!(dropped.count(), 0);
}

#[test]
fn a_closed_queue_says_so_even_if_it_is_full() {
    let (queue, _local) = one_carrier::<Token>();
    queue.set_limit(Some(0));
    queue.close();
    assert!(matches!(queue.admit(), Err(Refused::Closed)));
}

#[test]
fn the_limit_can_be_changed_at_any_time() {
    let (queue, mut local) = one_carrier();
    for number in 0..10 {
        assert!(queue.submit(Token::new(number)).is_ok(), "there is no limit yet");
    }
    queue.set_limit(Some(5));
    assert!(matches!(queue.admit(), Err(Refused::Full)), "ten are outstanding");
    (0..5).for_each(|_| drop(run_one(&mut local)));
    assert!(matches!(queue.admit(), Err(Refused::Full)), "five are outstanding");
    drop(run_one(&mut local));
    drop(queue.admit().unwrap());
    queue.set_limit(Some(4));
    assert!(matches!(queue.admit(), Err(Refused::Full)));
    queue.set_limit(Some(u64::MAX - 1));
    drop(queue.admit().unwrap());
    queue.set_limit(None);
    assert_eq!(queue.limit(), None);
    assert!(queue.submit(Token::new(11)).is_ok());
}

#[test]
fn room_that_is_granted_and_not_filled_is_given_back() {
    let (queue, _local) = one_carrier::<Token>();
    queue.set_limit(Some(1));
    for number in 0..100 {
        let admitted = queue.admit().unwrap();
        assert_eq!(admitted.number(), number);
        assert!(matches!(queue.admit(), Err(Refused::Full)), "granted is as good as filled");
        assert!(!queue.is_quiet());
        drop(admitted);
        assert!(queue.is_quiet());
    }
    assert_eq!(queue.accepted(), 100);
    assert_eq!(queue.queued(), 0);
}

#[test]
fn room_that_was_granted_outlives_the_closing() {
    let (queue, mut local) = one_carrier();
    let (kept, given_back) = (queue.admit().unwrap(), queue.admit().unwrap());
    queue.close();
    assert!(!queue.is_exhausted(), "two are still to come");
    kept.push(Token::new(5));
    drop(given_back);
    assert!(!queue.is_exhausted());
    assert_eq!(run_one(&mut local).unwrap().number, 5);
    assert!(queue.is_exhausted());
}

#[test]
fn numbers_are_given_in_the_order_of_admission() {
    let (queue, _locals) = Queue::<Token>::new(2, 2);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let queue = queue.clone();
            thread::spawn(move || {
                (0..5000).map(|_| queue.admit().unwrap().number()).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut all = Vec::new();
    for thread in threads {
        let numbers = thread.join().unwrap();
        assert!(numbers.is_sorted());
        all.extend(numbers);
    }
    all.sort_unstable();
    assert_eq!(all, (0..20_000).collect::<Vec<_>>(), "each once");
}

/// Offers `each` items from each of four threads at once; how many were accepted.
fn offered_by_four(queue: &Queue<Token>, each: u64) -> u64 {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let queue = queue.clone();
            thread::spawn(move || {
                (0..each).filter(|number| queue.submit(Token::new(*number)).is_ok()).count() as u64
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).sum()
}

#[test]
fn four_threads_get_exactly_as_many_in_as_there_is_room_for() {
    for round in 0..50 {
        let (queue, _locals) = Queue::new(2, 2);
        let limit = 400 + round;
        queue.set_limit(Some(limit));
        // Nothing ends: not one too many, and none refused while there was room.
        assert_eq!(offered_by_four(&queue, 100 + round), limit.min(4 * (100 + round)));
        assert_eq!(queue.accepted(), limit);
        assert_eq!(queue.queued(), limit);
        assert_eq!(queue.len() as u64, limit);
    }
}

#[test]
fn a_narrower_limit_is_as_exact_and_leaves_the_rest_to_others() {
    let (queue, _locals) = Queue::new(1, 1);
    queue.set_limit(Some(10));
    let submitters: Vec<_> = (0..4)
        .map(|_| {
            let queue = queue.clone();
            let offer = move |_: &u64| queue.admit_within(6).map(|room| room.push(7)).is_ok();
            thread::spawn(move || (0..100).filter(offer).count())
        })
        .collect();
    let modest: usize = submitters.into_iter().map(|submitter| submitter.join().unwrap()).sum();
    assert_eq!((modest, queue.queued()), (6, 6));
    assert_eq!(queue.admit_within(6).err(), Some(Refused::Full));
    assert_eq!((0..100).filter(|item| queue.submit(*item).is_ok()).count(), 4);
    assert_eq!(queue.admit_within(100).err(), Some(Refused::Full), "the queue's own limit holds");
}

#[test]
fn no_more_than_the_limit_are_ever_outstanding_and_each_offer_is_counted_once() {
    const LIMIT: u64 = 5;
    const EACH: u64 = 20_000;
    let carriers = Carriers::start(2, 2);
    carriers.queue.set_limit(Some(LIMIT));
    let outstanding = Crowd::default();
    let ran = Arc::new(AtomicU64::new(0));
    let submitters: Vec<_> = (0..4)
        .map(|_| {
            let (queue, outstanding, ran) =
                (carriers.queue.clone(), outstanding.clone(), ran.clone());
            thread::spawn(move || {
                let (mut accepted, mut refused) = (0, 0);
                for _ in 0..EACH {
                    // Counted from after the admission to before the end: never too many by that.
                    match queue.admit() {
                        Ok(admitted) => {
                            accepted += 1;
                            outstanding.enter();
                            let (outstanding, ran) = (outstanding.clone(), ran.clone());
                            admitted.push(Job::new(move |_| {
                                ran.fetch_add(1, Ordering::Relaxed);
                                outstanding.leave();
                            }));
                        }
                        Err(reason) => {
                            assert_eq!(reason, Refused::Full);
                            refused += 1;
                            thread::yield_now();
                        }
                    }
                }
                (accepted, refused)
            })
        })
        .collect();
    let (mut accepted, mut refused) = (0, 0);
    for submitter in submitters {
        let counts = submitter.join().unwrap();
        accepted += counts.0;
        refused += counts.1;
    }
    assert_eq!(accepted + refused, 4 * EACH);
    assert_eq!(carriers.queue.accepted(), accepted);
    assert!(accepted >= LIMIT);
    carriers.finish();
    assert_eq!(ran.load(Ordering::Relaxed), accepted);
    assert!(outstanding.most() as u64 <= LIMIT, "{} at once", outstanding.most());
}
