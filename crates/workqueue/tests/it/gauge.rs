//! The figures: what waits, what runs, how old the oldest is.

use std::time::Duration;

use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;
use greenstd::{thread, time};
use workqueue::{Gauge, Queue};

use crate::token::Token;
use crate::{one_carrier, run_one};

fn counts<T: workqueue::Item>(queue: &Queue<T>) -> (u64, u64) {
    let gauge = queue.gauge();
    assert_eq!(gauge.queued, queue.queued());
    (gauge.queued, gauge.running)
}

#[test]
fn an_empty_queue_has_nothing_to_show() {
    let (queue, _local) = one_carrier::<Token>();
    assert_eq!(queue.gauge(), Gauge::default());
    assert_eq!((queue.accepted(), queue.len()), (0, 0));
    assert!(queue.is_empty() && queue.is_quiet());
}

#[test]
fn an_item_goes_from_queued_to_running_to_nothing() {
    let (queue, mut local) = one_carrier();
    for number in 0..3 {
        assert!(queue.submit(Token::new(number)).is_ok());
    }
    assert_eq!(counts(&queue), (3, 0));
    let first = local.take().unwrap();
    assert_eq!(counts(&queue), (3, 0), "taken is not yet started");
    local.count_started();
    assert_eq!(counts(&queue), (2, 1));
    let second = local.take().unwrap();
    local.count_started();
    assert_eq!(counts(&queue), (1, 2), "a carrier may have several at once");
    local.count_ended();
    local.count_ended();
    drop((first, second));
    assert_eq!(counts(&queue), (1, 0));
    let admitted = queue.admit().unwrap();
    assert_eq!(counts(&queue), (2, 0), "room that was granted counts");
    drop(admitted);
    assert_eq!(counts(&queue), (1, 0));
    drop(run_one(&mut local));
    assert_eq!(counts(&queue), (0, 0));
    assert_eq!(queue.accepted(), 4);
}

#[test]
fn what_is_withdrawn_meanwhile_does_not_look_as_if_it_ran() {
    let (queue, mut local) = one_carrier();
    for number in 0..1000 {
        assert!(queue.submit(Token::new(number)).is_ok());
        drop(run_one(&mut local));
    }
    let (withdrawing, is_over) = (queue.clone(), Arc::new(AtomicBool::new(false)));
    let over = is_over.clone();
    let withdrawer = thread::spawn(move || {
        while !over.load(Ordering::Acquire) {
            // Room that is given back is an item that is withdrawn.
            drop(withdrawing.admit().unwrap());
        }
    });
    let looks = 20_000;
    let wrong = (0..looks).filter(|_| queue.gauge().running > 0).count();
    is_over.store(true, Ordering::Release);
    withdrawer.join().unwrap();
    assert_eq!(wrong, 0, "of {looks} looks");
}

#[test]
fn the_oldest_is_the_one_that_has_waited_longest_in_any_queue() {
    const HOUR: Duration = Duration::from_secs(3600);
    let now = time::now();
    let ago = |hours| now.checked_sub(hours * HOUR).expect("the clock reaches that far back");
    let hours_waited = |queue: &Queue<Token>| {
        let oldest = queue.gauge().oldest;
        oldest.map(|oldest| oldest.as_secs() / HOUR.as_secs())
    };
    let (queue, mut locals) = Queue::new(2, 2);
    let admit = || queue.admit().unwrap();
    admit().push(Token::new(0).accepted_at(ago(1)));
    assert_eq!(hours_waited(&queue), Some(1));
    let third = Token::new(1).accepted_at(ago(3));
    let claim = third.claim();
    admit().push_on(&locals[1], third);
    admit().push_on(&locals[0], Token::new(2).accepted_at(ago(2)));
    assert_eq!(hours_waited(&queue), Some(3));
    // One that is dead does not wait.
    assert!(claim.take());
    queue.withdraw();
    assert_eq!(hours_waited(&queue), Some(2));
    assert_eq!(run_one(&mut locals[0]).unwrap().number, 2);
    assert_eq!(hours_waited(&queue), Some(1));
    assert_eq!(run_one(&mut locals[1]).unwrap().number, 0);
    assert_eq!(hours_waited(&queue), None);
}

#[test]
fn the_age_is_at_least_the_time_since_the_acceptance() {
    let (queue, mut local) = one_carrier();
    let accepted = time::now();
    assert!(queue.submit(Token::new(0).accepted_at(accepted)).is_ok());
    assert!(queue.submit(Token::new(1).accepted_at(time::now())).is_ok());
    let at_least = time::since(accepted);
    assert!(queue.gauge().oldest >= Some(at_least));
    drop(run_one(&mut local));
    drop(run_one(&mut local));
    assert_eq!(queue.gauge().oldest, None);
}

#[test]
fn items_that_do_not_know_when_they_were_accepted_have_no_age() {
    let (queue, _local) = one_carrier();
    assert!(queue.submit(Token::new(0)).is_ok());
    assert_eq!((queue.gauge().queued, queue.gauge().oldest), (1, None));
}

#[test]
fn a_queue_describes_itself() {
    let (queue, local) = one_carrier();
    assert!(queue.submit(Token::new(0)).is_ok());
    queue.close();
    let text = format!("{queue:?} {local:?}");
    for part in ["accepted: 1", "queued: 1", "closed: true", "carrier: 0"] {
        assert!(text.contains(part), "{text}");
    }
}
