//! Items that go from one carrier to another.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use greenstd::thread;
use workqueue::Queue;

use crate::carriers::{Carriers, Job};
use crate::token::{Token, numbers};
use crate::{run_all, run_one};

#[test]
fn a_carrier_without_items_takes_from_a_sibling() {
    let (queue, mut locals) = Queue::new(2, 2);
    for number in 0..4 {
        queue.admit().unwrap().push_on(&locals[0], Token::new(number));
    }
    assert_eq!(run_one(&mut locals[1]).unwrap().number, 0);
    // Half of them are moved, the others stay.
    assert_eq!(numbers(run_all(&mut locals[0])), [2, 3, 1]);
}

#[test]
fn a_share_of_what_comes_from_outside_is_left_for_the_others() {
    let (queue, mut locals) = Queue::new(4, 4);
    for number in 0..40 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    let firsts: Vec<_> = locals.iter_mut().map(|local| run_one(local).unwrap().number).collect();
    assert!(firsts.is_sorted());
    assert!(firsts[1] <= 10, "the first has left enough: {firsts:?}");
}

#[test]
fn every_item_is_taken_once_by_whichever_carrier() {
    const CARRIERS: usize = 4;
    const ITEMS: u64 = 40_000;
    let (queue, locals) = Queue::<Token>::new(CARRIERS, CARRIERS);
    let takers: Vec<_> = locals
        .into_iter()
        .map(|mut local| {
            let queue = queue.clone();
            thread::spawn(move || {
                let mut taken = Vec::new();
                loop {
                    match run_one(&mut local) {
                        Some(token) => taken.push(token.number),
                        None if queue.is_exhausted() => return taken,
                        None => thread::yield_now(),
                    }
                }
            })
        })
        .collect();
    let submitters: Vec<_> = (0..2)
        .map(|half| {
            let queue = queue.clone();
            thread::spawn(move || {
                for number in (half..ITEMS).step_by(2) {
                    let admitted = queue.admit().unwrap();
                    match number % 3 {
                        // Never to the last one, which has to steal.
                        0 => admitted.push_on_carrier(number as usize % 3, Token::new(number)),
                        _ => admitted.push(Token::new(number)),
                    }
                }
            })
        })
        .collect();
    submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
    queue.close();
    let mut all: Vec<_> = takers.into_iter().flat_map(|taker| taker.join().unwrap()).collect();
    all.sort_unstable();
    assert_eq!(all, (0..ITEMS).collect::<Vec<_>>());
}

/// Whoever comes waits until everybody is there.
fn meet(inside: &AtomicUsize, everybody: usize) {
    inside.fetch_add(1, Ordering::SeqCst);
    while inside.load(Ordering::SeqCst) < everybody {
        thread::yield_now();
    }
}

#[test]
fn as_many_items_run_at_once_as_there_are_carriers_with_a_free_slot() {
    for round in 0..500 {
        let carriers = Carriers::start(3, 3);
        // Three that need each other: none must wait behind another one. Sometimes for carriers that
        // are asleep, sometimes for such as are about to be.
        let inside = Arc::new(AtomicUsize::new(0));
        for _ in 0..round % 5 * 20 {
            thread::yield_now();
        }
        for _ in 0..3 {
            let inside = inside.clone();
            carriers.submit(move |_| meet(&inside, 3));
        }
        carriers.finish();
    }
}

#[test]
fn meetings_one_after_the_other_all_take_place() {
    const MEETINGS: usize = 3000;
    let carriers = Carriers::start(3, 3);
    let held = Arc::new(AtomicU64::new(0));
    for meeting in 0..MEETINGS {
        let inside = Arc::new(AtomicUsize::new(0));
        let invite = |number: usize| {
            let (inside, held) = (inside.clone(), held.clone());
            Job::new(move |_| {
                meet(&inside, 3);
                if number == 0 {
                    held.fetch_add(1, Ordering::SeqCst);
                }
            })
        };
        match meeting % 2 {
            0 => (0..3).for_each(|number| drop(carriers.queue.submit(invite(number)))),
            _ => {
                // Submitted on the carrier that is going to be the first to come.
                let jobs = [invite(1), invite(2)];
                let first = invite(0);
                carriers.submit(move |local| {
                    let queue = local.queue();
                    jobs.into_iter().for_each(|job| queue.admit().unwrap().push_on(local, job));
                    queue.admit().unwrap().push_on(local, first);
                });
            }
        }
        // So that carriers fall asleep in between, or are about to.
        while held.load(Ordering::SeqCst) <= meeting as u64 {
            thread::yield_now();
        }
    }
    carriers.finish();
}
