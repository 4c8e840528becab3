//! Condition variables.

use std::time::Duration;

use greenctx::{JoinHandle, current, spawn};
use greensync::{Condvar, Interrupted, Mutex};

use crate::{let_others_run, on_carrier};

type Pair = (Mutex<Vec<usize>>, Condvar);

const fn pair() -> Pair {
    (Mutex::new(Vec::new()), Condvar::new())
}

/// Waits for one notification and notes that it came.
fn wait(pair: &'static Pair, number: usize) -> JoinHandle<Result<(), Interrupted>> {
    let waiting = spawn(move || {
        let guard = pair.0.lock()?;
        let mut guard = pair.1.wait(guard)?;
        guard.push(number);
        Ok(())
    });
    let_others_run();
    waiting
}

#[test]
fn a_wait_unlocks_the_mutex_and_holds_it_again_afterwards() {
    static PAIR: Pair = pair();
    on_carrier(|| {
        let waiting = wait(&PAIR, 1);
        let guard = PAIR.0.try_lock().expect("the waiter has unlocked it");
        PAIR.1.notify_one();
        let_others_run();
        assert!(!waiting.is_finished(), "we hold the mutex");
        drop(guard);
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert_eq!(*PAIR.0.lock().unwrap(), [1]);
    });
}

#[test]
fn notifications_go_to_waiters_in_the_order_of_their_coming() {
    static PAIR: Pair = pair();
    on_carrier(|| {
        let waiting: Vec<_> = (0..5).map(|number| wait(&PAIR, number)).collect();
        for count in 1..=3 {
            PAIR.1.notify_one();
            let_others_run();
            assert_eq!(PAIR.0.lock().unwrap().len(), count);
        }
        PAIR.1.notify_all();
        waiting.into_iter().for_each(|waiting| waiting.join().unwrap().unwrap());
        assert_eq!(*PAIR.0.lock().unwrap(), [0, 1, 2, 3, 4]);
    });
}

#[test]
fn a_notification_without_a_waiter_is_lost() {
    static PAIR: Pair = pair();
    on_carrier(|| {
        PAIR.1.notify_one();
        let guard = PAIR.0.lock().unwrap();
        let (_guard, result) = PAIR.1.wait_timeout(guard, Duration::from_millis(1)).unwrap();
        assert!(result.timed_out());
        assert!(PAIR.0.try_lock().is_none(), "the guard is there again");
    });
}

#[test]
fn an_interrupted_waiter_uses_up_no_notification_and_does_not_hold_the_mutex() {
    static PAIR: Pair = pair();
    on_carrier(|| {
        let (first, second) = (wait(&PAIR, 1), wait(&PAIR, 2));
        first.thread().cancel();
        assert!(first.join().unwrap().unwrap_err().is_cancelled());
        assert!(PAIR.0.try_lock().is_some());
        PAIR.1.notify_one();
        assert_eq!(second.join().unwrap(), Ok(()));
        assert_eq!(*PAIR.0.lock().unwrap(), [2]);
    });
}

#[test]
fn who_is_notified_and_then_cancelled_gets_the_mutex_all_the_same() {
    static PAIR: Pair = pair();
    on_carrier(|| {
        let waiting = wait(&PAIR, 1);
        let guard = PAIR.0.lock().unwrap();
        PAIR.1.notify_one();
        let_others_run();
        // It waits for the mutex now.
        waiting.thread().cancel();
        let_others_run();
        assert!(!waiting.is_finished());
        drop(guard);
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_wait_for_a_condition_ends_when_it_holds() {
    static VALUE: Mutex<u8> = Mutex::new(0);
    static CHANGED: Condvar = Condvar::new();
    on_carrier(|| {
        let waiting =
            spawn(|| CHANGED.wait_while(VALUE.lock().unwrap(), |value| *value < 2).map(|v| *v));
        let limited = spawn(|| {
            let guard = VALUE.lock().unwrap();
            let long = Duration::from_secs(3600);
            let (value, result) = CHANGED.wait_timeout_while(guard, long, |v| *v < 2).unwrap();
            (*value, result.timed_out())
        });
        for _ in 0..2 {
            let_others_run();
            assert!(!waiting.is_finished() && !limited.is_finished());
            *VALUE.lock().unwrap() += 1;
            CHANGED.notify_all();
        }
        assert_eq!(waiting.join().unwrap(), Ok(2));
        assert_eq!(limited.join().unwrap(), (2, false));
    });
}

#[test]
fn a_wait_for_a_condition_with_a_limit_ends_by_it() {
    let (value, changed) = (Mutex::new(0), Condvar::new());
    let short = Duration::from_millis(1);
    let guard = value.lock().unwrap();
    let (guard, result) = changed.wait_timeout_while(guard, short, |_| true).unwrap();
    assert!(result.timed_out());
    let (_, result) = changed.wait_timeout_while(guard, Duration::ZERO, |_| false).unwrap();
    assert!(!result.timed_out(), "the answer wins");
}

#[test]
fn no_wait_is_needed_for_what_holds_already() {
    on_carrier(|| {
        let thread = spawn(|| {
            current().cancel();
            let (value, changed) = (Mutex::new(1), Condvar::new());
            let value = changed.wait_while(value.lock().unwrap(), |value| *value == 0).unwrap();
            assert_eq!(*value, 1);
        });
        thread.join().unwrap();
    });
}
