//! In which order items are taken.

use greenstd::sync::{Arc, Mutex};
use workqueue::Queue;

use crate::carriers::Carriers;
use crate::token::{Token, numbers};
use crate::{one_carrier, run_all, run_one};

#[test]
fn one_carrier_takes_in_the_order_of_submission() {
    let (queue, mut local) = one_carrier();
    // Several batches, with more coming in between.
    for number in 0..500 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    let mut taken = numbers((0..100).map_while(|_| run_one(&mut local)));
    for number in 500..600 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    taken.extend(numbers(run_all(&mut local)));
    assert_eq!(taken, (0..600).collect::<Vec<_>>());
}

#[test]
fn many_workers_on_one_carrier_take_in_the_order_of_submission() {
    let (queue, mut locals) = Queue::new(1, 100);
    for number in 0..500 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    assert_eq!(numbers(run_all(&mut locals[0])), (0..500).collect::<Vec<_>>());
}

#[test]
fn what_a_carrier_submits_to_itself_comes_first() {
    let (queue, mut locals) = Queue::new(2, 2);
    let admit = || queue.admit().unwrap();
    admit().push(Token::new(0));
    admit().push_on(&locals[0], Token::new(1));
    admit().push_on_carrier(0, Token::new(2));
    assert_eq!(numbers(run_all(&mut locals[0])), [1, 2, 0]);
}

#[test]
#[should_panic(expected = "index out of bounds")]
fn a_carrier_that_there_is_not_is_a_panic() {
    let (queue, _local) = one_carrier();
    queue.admit().unwrap().push_on_carrier(1, Token::new(0));
}

#[test]
fn what_is_moved_to_another_carrier_keeps_its_order() {
    let (queue, mut locals) = Queue::new(3, 3);
    for number in 0..300 {
        queue.admit().unwrap().push_on_carrier(0, Token::new(number));
    }
    let stolen = numbers((0..100).map_while(|_| run_one(&mut locals[1])));
    assert_eq!(stolen, (0..100).collect::<Vec<_>>());
    // First what was left, then what is taken back from the thief.
    let rest = numbers(run_all(&mut locals[0]));
    let taken_back = rest.partition_point(|number| *number >= rest[0]);
    assert!(rest[..taken_back].is_sorted() && rest[taken_back..].is_sorted(), "{rest:?}");
    assert_eq!(rest.len(), 200);
}

#[test]
fn with_one_worker_in_all_carriers_take_strictly_in_the_order_of_submission() {
    let (queue, mut locals) = Queue::new(3, 1);
    for number in 0..300 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    let mut taken = Vec::new();
    for turn in 0.. {
        // Whichever carrier has the one worker.
        let Some(token) = run_one(&mut locals[turn * 7 % 3]) else { break };
        taken.push(token.number);
    }
    assert_eq!(taken, (0..300).collect::<Vec<_>>());
}

/// Submits the next numbers in turn from outside and on each of three carriers.
fn submit_everywhere(queue: &Queue<Token>, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let admitted = queue.admit().unwrap();
        assert_eq!(admitted.number(), number);
        match number % 4 {
            0 => admitted.push(Token::new(number)),
            carrier => admitted.push_on_carrier(carrier as usize - 1, Token::new(number)),
        }
    }
}

/// Takes everything, on whichever carrier has the one worker.
fn take_everywhere(locals: &mut [workqueue::Local<Token>]) -> Vec<u64> {
    (0..).map_while(|turn| Some(run_one(&mut locals[turn * 7 % 3])?.number)).collect()
}

#[test]
fn with_one_worker_in_all_it_does_not_matter_who_submits() {
    let (queue, mut locals) = Queue::new(3, 1);
    submit_everywhere(&queue, 0..300);
    assert_eq!(take_everywhere(&mut locals), (0..300).collect::<Vec<_>>());
}

#[test]
fn once_one_worker_is_left_what_waits_is_in_the_order_of_submission() {
    let (queue, mut locals) = Queue::new(3, 3);
    submit_everywhere(&queue, 0..300);
    // Batches are moved meanwhile.
    let mut taken = numbers((0..30).map_while(|turn| run_one(&mut locals[turn % 3])));
    queue.set_max_workers(1);
    submit_everywhere(&queue, 300..400);
    let then = take_everywhere(&mut locals);
    assert!(then.is_sorted(), "{then:?}");
    taken.extend(then);
    taken.sort_unstable();
    assert_eq!(taken, (0..400).collect::<Vec<_>>());

    // And back: a carrier's own come first again.
    queue.set_max_workers(2);
    queue.admit().unwrap().push(Token::new(400));
    queue.admit().unwrap().push_on(&locals[0], Token::new(401));
    assert_eq!(run_one(&mut locals[0]).unwrap().number, 401);
}

#[test]
fn with_one_worker_what_was_claimed_in_the_line_does_not_pile_up() {
    for in_order in [true, false] {
        let (queue, mut locals) = Queue::new(2, 1);
        for round in 0..1000 {
            let mut claims: Vec<_> = (0..100)
                .map(|number| {
                    let token = Token::new(100 * round + number);
                    let claim = token.claim();
                    queue.admit().unwrap().push_on(&locals[0], token);
                    claim
                })
                .collect();
            if !in_order {
                claims.reverse();
            }
            for claim in claims {
                assert!(claim.take());
                locals[0].count_started();
                locals[0].count_ended();
                locals[0].remove_claimed(claim.key());
            }
            assert!(queue.len() < 1000, "{} dead", queue.len());
        }
    }
}

#[test]
fn with_one_worker_in_all_real_carriers_run_one_at_a_time_in_order() {
    const ITEMS: u64 = 20_000;
    let carriers = Carriers::start(3, 1);
    let order = Arc::new(Mutex::new(Vec::new()));
    for number in 0..ITEMS {
        let order = order.clone();
        carriers.submit(move |_| {
            // Nobody else is inside, else they would wait for each other's lock.
            order.try_lock().expect("one worker").push(number);
        });
    }
    carriers.finish();
    assert_eq!(*order.lock(), (0..ITEMS).collect::<Vec<_>>());
}

#[test]
fn draining_takes_everything_out_in_order() {
    let (queue, mut locals) = Queue::new(2, 2);
    for number in 0..100 {
        let admitted = queue.admit().unwrap();
        match number % 2 {
            0 => admitted.push(Token::new(number)),
            _ => admitted.push_on_carrier(1, Token::new(number)),
        }
    }
    let taken = locals[0].take().unwrap();
    let drained = numbers(queue.drain());
    assert_eq!(drained.len(), 99);
    assert!(queue.is_empty());
    let is_even = |number: &u64| number.is_multiple_of(2);
    let even: Vec<_> = drained.iter().copied().filter(is_even).collect();
    let odd: Vec<_> = drained.iter().copied().filter(|number| !is_even(number)).collect();
    assert_eq!(odd, (1..100).step_by(2).collect::<Vec<_>>());
    assert!(even.len() == 49 && !even.contains(&taken.number));
    assert!(locals[0].take().is_none() && locals[1].take().is_none());

    // They are still outstanding, until the caller has ended them.
    assert_eq!(queue.queued(), 100);
    locals[0].count_started();
    locals[0].count_ended();
    drained.iter().for_each(|_| queue.withdraw());
    assert!(queue.is_quiet());
}
