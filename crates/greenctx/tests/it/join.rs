//! Waiting for threads to end.

use std::time::Duration;

use greenctx::{JoinError, JoinHandle, park, sleep, spawn, yield_now};
use greenstd::time;

use crate::drops::Drops;
use crate::{on_another_carrier, on_carrier};

const SHORT: Duration = Duration::from_millis(2);

#[test]
fn joining_waits_for_the_result() {
    on_carrier(|| {
        let slow = spawn(|| {
            (0..10).for_each(|_| yield_now());
            "late"
        });
        assert!(!slow.is_finished());
        assert_eq!(slow.join().unwrap(), "late");
    });
}

#[test]
fn joining_a_thread_that_has_ended_returns_at_once() {
    on_carrier(|| {
        let ended = spawn(|| 5);
        yield_now();
        assert!(ended.is_finished());
        // Nothing is parked for it.
        assert_eq!(greenctx::no_park(|| ended.join()).unwrap(), 5);
    });
}

#[test]
fn a_result_can_be_joined_on_another_carrier_and_on_a_plain_thread() {
    let (there, here) = on_carrier(|| {
        let start = |number: u32| {
            spawn(move || {
                sleep(SHORT).expect("nobody cancels us");
                number
            })
        };
        let (one, two) = (start(1), start(2));
        let there = on_another_carrier(move || one.join().unwrap());
        let here = greenstd::thread::spawn(move || two.join().unwrap());
        (there, here)
    });
    assert_eq!((there.join().unwrap(), here.join().unwrap()), (1, 2));
}

#[test]
fn a_result_outlives_its_carrier() {
    let handle = on_carrier(|| spawn(|| String::from("kept")));
    assert!(handle.is_finished());
    assert_eq!(handle.join().unwrap(), "kept");
}

#[test]
fn a_result_that_nobody_joins_is_dropped() {
    let drops = Drops::new();
    let (early, late) = (drops.clone(), drops.clone());
    on_carrier(move || {
        // The handle is dropped before the thread ends, and after.
        drop(spawn(move || early.counted()));
        let handle = spawn(move || late.counted());
        yield_now();
        assert!(handle.is_finished());
    });
    assert_eq!(drops.count(), 2);
}

#[test]
fn waiting_for_a_time_says_whether_the_thread_has_ended() {
    fn waits(start: impl Fn() -> JoinHandle<()>, finish: impl Fn(&JoinHandle<()>)) {
        let handle = start();
        assert_eq!(handle.wait_timeout(Duration::ZERO), Ok(false));
        let earliest = time::now() + SHORT;
        assert_eq!(handle.wait_timeout(SHORT), Ok(false));
        assert!(time::now() >= earliest, "it gave up too early");
        finish(&handle);
        assert_eq!(handle.wait_timeout(Duration::MAX), Ok(true));
        assert_eq!(handle.wait_timeout(Duration::ZERO), Ok(true));
        handle.join().unwrap();
    }
    // Untimed, so that only the permit ends it.
    let start = || spawn(|| park().expect("nobody cancels us"));
    let finish = |handle: &JoinHandle<()>| handle.thread().unpark();
    on_carrier(move || waits(start, finish));
    waits(start, finish);
}

#[test]
fn a_stray_permit_does_not_end_a_join() {
    on_carrier(|| {
        let main = greenctx::current();
        let slow = spawn(move || {
            for _ in 0..20 {
                main.unpark();
                yield_now();
            }
            3
        });
        assert_eq!(slow.wait_timeout(Duration::MAX), Ok(true));
        assert_eq!(slow.join().unwrap(), 3);
    });
}

#[test]
fn a_chain_of_threads_each_joins_the_next() {
    fn chain(length: u32) -> u32 {
        if length == 0 { 0 } else { 1 + spawn(move || chain(length - 1)).join().unwrap() }
    }
    assert_eq!(on_carrier(|| chain(2000)), 2000);
}

#[test]
fn a_cancelled_join_is_interrupted_and_the_other_thread_goes_on() {
    on_carrier(|| {
        let drops = Drops::new();
        let theirs = drops.clone();
        let other = spawn(move || {
            park().expect("nobody cancels us");
            theirs.counted()
        });
        let unpark_other = other.thread().clone();
        let joiner = spawn(move || other.join().map(drop));
        yield_now();
        joiner.thread().cancel();
        let error = joiner.join().unwrap().unwrap_err();
        assert!(matches!(error, JoinError::Interrupted(_)), "{error:?}");
        assert!(error.to_string().contains("cancelled"), "{error}");
        assert_eq!(drops.count(), 0);
        unpark_other.unpark();
        (0..3).for_each(|_| yield_now());
        assert_eq!(drops.count(), 1);
    });
}
