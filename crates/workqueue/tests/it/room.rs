//! Waiting for room.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greenstd::thread::{self, Parker};
use workqueue::{Queue, Refused};

use crate::carriers::{Carriers, Crowd, Job};
use crate::token::Token;
use crate::{Wakes, one_carrier, run_one};

/// A full queue, and three wakers that wait for room in it.
fn full_queue() -> (Queue<Token>, workqueue::Local<Token>, [Arc<Wakes>; 3]) {
    let (queue, local) = one_carrier();
    queue.set_limit(Some(2));
    assert!(queue.submit(Token::new(0)).is_ok());
    assert!(queue.submit(Token::new(1)).is_ok());
    let waiting = [Wakes::new(), Wakes::new(), Wakes::new()];
    waiting.iter().for_each(|wakes| queue.wait_for_room(wakes.waker()));
    (queue, local, waiting)
}

fn counts(waiting: &[Arc<Wakes>; 3]) -> [usize; 3] {
    waiting.each_ref().map(|wakes| wakes.count())
}

#[test]
fn each_start_and_each_end_wakes_the_next_who_waits() {
    let (_queue, mut local, waiting) = full_queue();
    let token = local.take().unwrap();
    assert_eq!(counts(&waiting), [0, 0, 0]);
    local.count_started();
    assert_eq!(counts(&waiting), [1, 0, 0]);
    drop(token);
    local.count_ended();
    assert_eq!(counts(&waiting), [1, 1, 0]);
    drop(run_one(&mut local));
    assert_eq!(counts(&waiting), [1, 1, 1], "a waker is used up by its wake");
}

#[test]
fn one_woken_for_nothing_keeps_its_place() {
    let (queue, mut local, waiting) = full_queue();
    let token = local.take().unwrap();
    local.count_started();
    assert!(matches!(queue.admit(), Err(Refused::Full)), "a start makes no room");
    queue.wait_for_room_again(&waiting[0].waker());
    // Entered once, however often it asks.
    queue.wait_for_room_again(&waiting[0].waker());
    drop(token);
    local.count_ended();
    assert_eq!(counts(&waiting), [2, 0, 0]);
    local.count_started();
    assert_eq!(counts(&waiting), [2, 1, 0]);
}

#[test]
fn one_who_gives_up_passes_a_wake_that_it_does_not_need_on() {
    let (queue, mut local, waiting) = full_queue();
    let wakers = waiting.each_ref().map(Wakes::waker);
    let token = local.take().unwrap();
    local.count_started();
    assert_eq!(counts(&waiting), [1, 0, 0]);
    queue.stop_waiting_for_room(&wakers[0], false);
    assert_eq!(counts(&waiting), [1, 1, 0], "it was woken, and took no room");
    drop(token);
    queue.stop_waiting_for_room(&wakers[1], true);
    assert_eq!(counts(&waiting), [1, 1, 0], "it took the room");
    queue.stop_waiting_for_room(&wakers[2], false);
    local.count_ended();
    assert_eq!(counts(&waiting), [1, 1, 0], "none waits any more");
}

#[test]
fn everything_that_makes_room_wakes() {
    let (queue, _local, waiting) = full_queue();
    queue.drain().into_iter().take(1).for_each(|_| queue.withdraw());
    assert_eq!(counts(&waiting), [1, 0, 0], "an item that was withdrawn");
    let admitted = queue.admit().unwrap();
    drop(admitted);
    assert_eq!(counts(&waiting), [1, 1, 0], "room that was given back");
    queue.withdraw();

    let (queue, _local, waiting) = full_queue();
    queue.set_limit(Some(10));
    assert_eq!(counts(&waiting), [1, 1, 1], "another limit");

    let (queue, _local, waiting) = full_queue();
    queue.close();
    assert_eq!(counts(&waiting), [1, 1, 1], "the end of all waiting");
}

#[test]
fn without_a_limit_each_start_and_each_end_wakes_too() {
    let (queue, mut local) = one_carrier();
    let waiting = [Wakes::new(), Wakes::new(), Wakes::new()];
    waiting.iter().for_each(|wakes| queue.wait_for_room(wakes.waker()));
    assert!(queue.submit(Token::new(0)).is_ok());
    drop(run_one(&mut local));
    assert_eq!(counts(&waiting), [1, 1, 0]);
}

#[test]
fn a_limit_may_be_set_while_the_queue_is_in_use() {
    let (queue, mut local) = one_carrier();
    for number in 0..2 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    let _token = local.take().unwrap();
    local.count_started();
    queue.set_limit(Some(1));
    let wakes = Wakes::new();
    queue.wait_for_room(wakes.waker());
    assert!(matches!(queue.admit(), Err(Refused::Full)));
    local.count_ended();
    assert_eq!(wakes.count(), 1);
}

#[test]
fn a_queue_that_is_unlimited_wakes_nobody_for_room() {
    let (queue, mut locals) = Queue::unlimited(1, 1);
    queue.set_limit(None);
    let wakes = Wakes::new();
    queue.wait_for_room(wakes.waker());
    assert!(queue.submit(Token::new(0)).is_ok());
    drop(run_one(&mut locals[0]));
    assert_eq!(wakes.count(), 0);
    queue.close();
    assert_eq!(wakes.count(), 1);
}

#[test]
#[should_panic(expected = "was made unlimited")]
fn a_queue_that_is_unlimited_stays_so() {
    Queue::<Token>::unlimited(1, 1).0.set_limit(Some(1));
}

/// Submits as soon as there is room.
fn submit_waiting(queue: &Queue<Job>, job: Job) {
    let parker = Parker::new();
    let waker = parker.waker();
    let (_, mut job) = match queue.submit(job) {
        Ok(()) => return,
        Err(refused) => refused,
    };
    queue.wait_for_room(waker.clone());
    loop {
        match queue.submit(job) {
            Ok(()) => break,
            Err((refused, same)) => {
                assert_eq!(refused, Refused::Full);
                job = same;
            }
        }
        parker.park();
        queue.wait_for_room_again(&waker);
    }
    queue.stop_waiting_for_room(&waker, true);
}

#[test]
fn nobody_who_waits_for_room_is_forgotten() {
    const SUBMITTERS: u64 = 8;
    const EACH: u64 = 3000;
    for limit in [1, 3] {
        let carriers = Carriers::start(2, 2);
        carriers.queue.set_limit(Some(limit));
        let outstanding = Crowd::default();
        let ran = Arc::new(AtomicU64::new(0));
        let submitters: Vec<_> = (0..SUBMITTERS)
            .map(|_| {
                let (queue, ran, inside) =
                    (carriers.queue.clone(), ran.clone(), outstanding.clone());
                thread::spawn(move || {
                    for _ in 0..EACH {
                        let (ran, inside) = (ran.clone(), inside.clone());
                        submit_waiting(
                            &queue,
                            Job::new(move |_| {
                                inside.enter();
                                ran.fetch_add(1, Ordering::Relaxed);
                                inside.leave();
                            }),
                        );
                    }
                })
            })
            .collect();
        submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
        carriers.finish();
        assert_eq!(ran.load(Ordering::Relaxed), SUBMITTERS * EACH);
        assert!(outstanding.most() as u64 <= limit);
    }
}

#[test]
fn those_who_give_up_take_no_wake_with_them() {
    const EACH: u64 = 2000;
    let carriers = Carriers::start(2, 2);
    carriers.queue.set_limit(Some(2));
    let ran = Arc::new(AtomicU64::new(0));
    let patient: Vec<_> = (0..3)
        .map(|_| {
            let (queue, ran) = (carriers.queue.clone(), ran.clone());
            thread::spawn(move || {
                for _ in 0..EACH {
                    let ran = ran.clone();
                    submit_waiting(
                        &queue,
                        Job::new(move |_| {
                            ran.fetch_add(1, Ordering::Relaxed);
                        }),
                    );
                }
            })
        })
        .collect();
    let impatient: Vec<_> = (0..2)
        .map(|_| {
            let queue = carriers.queue.clone();
            thread::spawn(move || {
                for _ in 0..EACH {
                    let wakes = Wakes::new();
                    queue.wait_for_room(wakes.waker());
                    thread::yield_now();
                    queue.stop_waiting_for_room(&wakes.waker(), false);
                }
            })
        })
        .collect();
    patient.into_iter().chain(impatient).for_each(|thread| thread.join().unwrap());
    carriers.finish();
    assert_eq!(ran.load(Ordering::Relaxed), 3 * EACH);
}
