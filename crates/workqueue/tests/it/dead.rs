//! Items that were withdrawn or claimed where they wait.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};
use workqueue::{Item, Queue, Refused};

use crate::token::{Claim, Dropped, Token, numbers};
use crate::{one_carrier, run_all, run_one};

/// Submits a token and keeps the claim to it.
fn submit(queue: &Queue<Token>, number: u64, dropped: &Dropped) -> Claim {
    let token = Token::counted(number, dropped);
    let claim = token.claim();
    queue.submit(token).map_err(|(refused, _)| refused).unwrap();
    claim
}

fn withdraw(queue: &Queue<Token>, claim: &Claim) {
    assert!(claim.take());
    queue.withdraw();
}

#[test]
fn what_was_withdrawn_is_not_taken_and_its_room_is_free_at_once() {
    let (queue, mut local) = one_carrier();
    queue.set_limit(Some(3));
    let dropped = Dropped::default();
    let claims: Vec<_> = (0..3).map(|number| submit(&queue, number, &dropped)).collect();
    assert!(matches!(queue.admit(), Err(Refused::Full)));
    withdraw(&queue, &claims[1]);
    assert_eq!(queue.queued(), 2);
    submit(&queue, 3, &dropped);
    assert!(matches!(queue.admit(), Err(Refused::Full)));
    assert_eq!(numbers(run_all(&mut local)), [0, 2, 3]);
    assert!(queue.is_quiet());
    assert_eq!(dropped.count(), 4);
}

#[test]
fn withdrawing_everything_makes_the_queue_quiet() {
    let (queue, mut local) = one_carrier();
    let dropped = Dropped::default();
    let claims: Vec<_> = (0..100).map(|number| submit(&queue, number, &dropped)).collect();
    claims.iter().for_each(|claim| withdraw(&queue, claim));
    assert!(queue.is_quiet());
    assert_eq!(queue.queued(), 0);
    assert!(local.take().is_none());
    assert_eq!(dropped.count(), 100);
    assert!(queue.is_empty());
}

#[test]
fn the_dead_are_swept_out_although_nobody_takes() {
    for carrier in [None, Some(0)] {
        let (queue, _local) = one_carrier();
        let dropped = Dropped::default();
        for number in 0..100_000 {
            let token = Token::counted(number, &dropped);
            let claim = token.claim();
            let admitted = queue.admit().unwrap();
            match carrier {
                Some(carrier) => admitted.push_on_carrier(carrier, token),
                None => admitted.push(token),
            }
            withdraw(&queue, &claim);
            let left = queue.len();
            assert!(left < 1000, "{left} dead items are kept");
        }
        assert!(dropped.count() > 99_000);
    }
}

#[test]
fn the_dead_among_the_living_are_swept_out_and_the_living_keep_their_order() {
    let (queue, mut local) = one_carrier();
    let dropped = Dropped::default();
    let claims: Vec<_> = (0..10_000).map(|number| submit(&queue, number, &dropped)).collect();
    let (dying, living): (Vec<u64>, Vec<u64>) = (0..10_000).partition(|number| number % 10 != 0);
    dying.iter().for_each(|number| withdraw(&queue, &claims[*number as usize]));
    assert!(queue.len() <= 2 * living.len() + 256, "{} of {}", queue.len(), living.len());
    assert!(dropped.count() + queue.len() == 10_000, "what is out is dropped");
    assert_eq!(queue.queued(), living.len() as u64);
    assert_eq!(numbers(run_all(&mut local)), living);
}

#[test]
fn a_carrier_that_claims_its_items_where_they_are_does_not_pile_them_up() {
    // In either order: a caller may join the first item first, or the last one.
    for newest_first in [false, true] {
        let (queue, mut local) = one_carrier();
        let dropped = Dropped::default();
        for round in 0..20 {
            let mut claims: Vec<_> = (0..1000)
                .map(|number| {
                    let token = Token::counted(round * 1000 + number, &dropped);
                    let claim = token.claim();
                    queue.admit().unwrap().push_on(&local, token);
                    claim
                })
                .collect();
            if newest_first {
                claims.reverse();
            }
            for (claimed, claim) in claims.iter().enumerate() {
                assert!(claim.take());
                local.count_started();
                local.count_ended();
                local.remove_claimed(claim.key());
                let living = 1000 - claimed - 1;
                assert!(queue.len() <= living * 2 + 512, "{} for {living}", queue.len());
            }
        }
        assert!(queue.is_quiet());
        assert!(run_all(&mut local).is_empty());
        assert_eq!(dropped.count(), 20_000);
    }
}

#[test]
fn a_thief_takes_no_dead_item() {
    let (queue, mut locals) = Queue::new(2, 2);
    let dropped = Dropped::default();
    let mut expected = Vec::new();
    for number in 0..200 {
        let token = Token::counted(number, &dropped);
        let claim = token.claim();
        queue.admit().unwrap().push_on(&locals[0], token);
        if number % 4 == 3 {
            expected.push(number);
        } else {
            withdraw(&queue, &claim);
        }
    }
    let mut taken = Vec::new();
    while let Some(token) = run_one(&mut locals[1]) {
        taken.push(token.number);
    }
    taken.extend(numbers(run_all(&mut locals[0])));
    taken.sort_unstable();
    assert_eq!(taken, expected);
    assert!(queue.is_quiet());
}

/// Submits another item to the queue as it is dropped.
struct SubmitsInDrop {
    queue: Queue<SubmitsInDrop>,
    waiting: bool,
    dropped: Arc<AtomicUsize>,
    left: u32,
}

impl Item for SubmitsInDrop {
    fn is_waiting(&self) -> bool {
        self.waiting
    }
}

impl Drop for SubmitsInDrop {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        if self.left > 0 {
            let (queue, dropped) = (self.queue.clone(), self.dropped.clone());
            let next = SubmitsInDrop { queue, waiting: true, dropped, left: self.left - 1 };
            assert!(self.queue.submit(next).is_ok());
        }
    }
}

#[test]
fn no_item_is_dropped_under_a_lock() {
    let (queue, mut local) = one_carrier();
    let dropped = Arc::new(AtomicUsize::new(0));
    let token = |waiting, left| SubmitsInDrop {
        queue: queue.clone(),
        waiting,
        dropped: dropped.clone(),
        left,
    };
    // Dropped as dead by a take, and by a sweep.
    assert!(queue.submit(token(false, 1)).is_ok());
    queue.withdraw();
    assert!(local.take().is_some(), "the one that the dead one has submitted");
    for _ in 0..1000 {
        assert!(queue.submit(token(false, 0)).is_ok());
    }
    assert!(queue.submit(token(false, 1)).is_ok());
    (0..1001).for_each(|_| queue.withdraw());
    assert!(dropped.load(Ordering::Relaxed) > 500, "there was a sweep");
    // Nothing is left that holds the queue which holds it.
    while !queue.is_empty() {
        queue.drain().clear();
    }
}
