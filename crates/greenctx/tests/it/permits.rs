//! The permit table: what park and unpark do in every order, on a green thread and on a plain OS
//! thread alike.
//!
//! A park may return for no reason, so an untimed one is checked through what was granted, and only
//! a timed one through what it returns.

use std::task::Waker;
use std::time::Duration;

use greenctx::{Wake, current, park, park_deadline, park_timeout, sleep, spawn, yield_now};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};
use greenstd::time;

use crate::on_another_carrier;

const SHORT: Duration = Duration::from_millis(2);
/// Never over within a test.
const LONG: Duration = Duration::from_secs(3600);

testkit::on_both! {
    an_unpark_before_the_park_lets_it_pass,
    two_unparks_are_one_permit,
    a_thread_may_unpark_itself_by_a_waker,
    an_unpark_ends_a_park,
    an_unpark_from_another_carrier_ends_a_park,
    an_unpark_from_a_plain_thread_ends_a_park,
    a_waker_ends_a_park,
    an_unpark_ends_a_timed_park,
    an_unpark_ends_a_park_with_a_deadline,
    an_unpark_ends_a_park_with_an_endless_timeout,
    a_park_without_permit_times_out_and_never_early,
    a_park_until_a_moment_never_ends_before_it,
    a_zero_timeout_without_permit_times_out,
    a_zero_timeout_takes_a_permit,
    an_expired_deadline_without_permit_times_out,
    an_expired_deadline_takes_a_permit,
    a_permit_is_used_up_by_the_park_that_takes_it,
    a_time_out_uses_no_permit_up,
    the_timer_of_an_earlier_park_does_not_end_a_later_one,
    a_permit_from_before_a_sleep_is_kept,
    a_permit_that_comes_during_a_sleep_is_kept,
    many_permits_during_a_sleep_are_one,
    a_permit_outlives_a_yield,
    a_permit_can_be_granted_before_the_thread_first_runs,
    permits_from_elsewhere_before_the_thread_first_runs_are_kept,
    a_wake_up_that_is_owed_ends_a_park,
    a_wake_up_that_is_owed_may_be_used_late,
    a_wake_up_tells_for_whom_it_is,
    a_wake_up_that_is_owed_to_an_ended_thread_does_nothing,
    an_unpark_of_an_ended_thread_does_nothing,
    every_round_of_a_long_exchange_arrives,
}

/// Whether a permit is there; takes it.
fn take_permit() -> bool {
    park_timeout(Duration::ZERO) == Ok(Wake::Unparked)
}

fn an_unpark_before_the_park_lets_it_pass() {
    current().unpark();
    assert_eq!(park(), Ok(()));
    assert!(!take_permit());
}

fn two_unparks_are_one_permit() {
    current().unpark();
    current().unpark();
    assert_eq!(park(), Ok(()));
    assert!(!take_permit());
}

fn a_thread_may_unpark_itself_by_a_waker() {
    Waker::from(current()).wake_by_ref();
    assert!(take_permit());
    Waker::from(current()).wake();
    assert!(take_permit());
}

/// Parks by `park` until another thread has counted up and unparked this one.
fn parks_until_granted(start: impl FnOnce(Box<dyn FnOnce() + Send>), park: impl Fn()) {
    let granted = Arc::new(AtomicUsize::new(0));
    let (parker, grants) = (current(), granted.clone());
    start(Box::new(move || {
        grants.store(1, Ordering::Release);
        parker.unpark();
    }));
    // At least once, so that the permit is used up.
    park();
    while granted.load(Ordering::Acquire) == 0 {
        park();
    }
}

/// Runs the granter beside us: a sibling of a green thread, an OS thread beside an OS thread.
fn beside(grant: Box<dyn FnOnce() + Send>) {
    spawn(grant);
}

fn an_unpark_ends_a_park() {
    parks_until_granted(beside, || park().expect("nobody cancels us"));
}

fn an_unpark_from_another_carrier_ends_a_park() {
    parks_until_granted(
        |grant| drop(on_another_carrier(grant)),
        || park().expect("nobody cancels us"),
    );
}

fn an_unpark_from_a_plain_thread_ends_a_park() {
    parks_until_granted(
        |grant| drop(greenstd::thread::spawn(grant)),
        || park().expect("nobody cancels us"),
    );
}

fn a_waker_ends_a_park() {
    let granted = Arc::new(AtomicUsize::new(0));
    let (waker, grants) = (Waker::from(current()), granted.clone());
    greenstd::thread::spawn(move || {
        grants.store(1, Ordering::Release);
        waker.wake();
    });
    while granted.load(Ordering::Acquire) == 0 {
        park().expect("nobody cancels us");
    }
}

fn an_unpark_ends_a_timed_park() {
    parks_until_granted(beside, || assert_eq!(park_timeout(LONG), Ok(Wake::Unparked)));
}

fn an_unpark_ends_a_park_with_a_deadline() {
    parks_until_granted(beside, || {
        assert_eq!(park_deadline(time::now() + LONG), Ok(Wake::Unparked));
    });
}

fn an_unpark_ends_a_park_with_an_endless_timeout() {
    parks_until_granted(beside, || assert_eq!(park_timeout(Duration::MAX), Ok(Wake::Unparked)));
}

fn a_park_without_permit_times_out_and_never_early() {
    let earliest = time::now() + SHORT;
    assert_eq!(park_timeout(SHORT), Ok(Wake::TimedOut));
    assert!(time::now() >= earliest);
}

fn a_park_until_a_moment_never_ends_before_it() {
    let deadline = time::now() + SHORT;
    assert_eq!(park_deadline(deadline), Ok(Wake::TimedOut));
    assert!(time::now() >= deadline);
}

fn a_zero_timeout_without_permit_times_out() {
    assert_eq!(park_timeout(Duration::ZERO), Ok(Wake::TimedOut));
}

fn a_zero_timeout_takes_a_permit() {
    current().unpark();
    assert_eq!(park_timeout(Duration::ZERO), Ok(Wake::Unparked));
    assert_eq!(park_timeout(Duration::ZERO), Ok(Wake::TimedOut));
}

fn an_expired_deadline_without_permit_times_out() {
    let past = time::now();
    yield_now();
    assert_eq!(park_deadline(past), Ok(Wake::TimedOut));
}

fn an_expired_deadline_takes_a_permit() {
    let past = time::now();
    current().unpark();
    assert_eq!(park_deadline(past), Ok(Wake::Unparked));
    assert_eq!(park_deadline(past), Ok(Wake::TimedOut));
}

fn a_permit_is_used_up_by_the_park_that_takes_it() {
    for _ in 0..3 {
        current().unpark();
        assert_eq!(park_timeout(LONG), Ok(Wake::Unparked));
        assert_eq!(park_timeout(SHORT), Ok(Wake::TimedOut));
    }
}

fn a_time_out_uses_no_permit_up() {
    assert_eq!(park_timeout(SHORT), Ok(Wake::TimedOut));
    current().unpark();
    assert_eq!(park_timeout(LONG), Ok(Wake::Unparked));
}

fn the_timer_of_an_earlier_park_does_not_end_a_later_one() {
    current().unpark();
    assert_eq!(park_timeout(SHORT), Ok(Wake::Unparked));
    parks_until_granted(beside, || assert_eq!(park_timeout(LONG), Ok(Wake::Unparked)));
    let earliest = time::now() + 20 * SHORT;
    assert_eq!(park_timeout(20 * SHORT), Ok(Wake::TimedOut));
    assert!(time::now() >= earliest);
}

fn a_permit_from_before_a_sleep_is_kept() {
    current().unpark();
    let earliest = time::now() + SHORT;
    sleep(SHORT).expect("nobody cancels us");
    assert!(time::now() >= earliest, "the permit must not end a sleep");
    assert!(take_permit());
    assert!(!take_permit());
}

fn a_permit_that_comes_during_a_sleep_is_kept() {
    let sleeper = current();
    let granter = spawn(move || sleeper.unpark());
    let earliest = time::now() + 5 * SHORT;
    sleep(5 * SHORT).expect("nobody cancels us");
    assert!(time::now() >= earliest, "the permit must not end a sleep");
    while !granter.is_finished() {
        sleep(SHORT).expect("nobody cancels us");
    }
    assert!(take_permit());
}

fn many_permits_during_a_sleep_are_one() {
    let sleeper = current();
    let granter = spawn(move || {
        for _ in 0..10 {
            sleeper.unpark();
            yield_now();
        }
    });
    let earliest = time::now() + 10 * SHORT;
    while !granter.is_finished() || time::now() < earliest {
        sleep(SHORT).expect("nobody cancels us");
    }
    assert!(take_permit());
    assert!(!take_permit());
}

fn a_permit_outlives_a_yield() {
    current().unpark();
    yield_now();
    assert!(take_permit());
}

fn a_permit_can_be_granted_before_the_thread_first_runs() {
    let thread = spawn(park);
    thread.thread().unpark();
    assert_eq!(thread.join().expect("it does not panic"), Ok(()));
}

/// Long enough that the carrier's look into its inbox, which comes every few dozen turns, falls between
/// the grant and the first run more than once.
fn permits_from_elsewhere_before_the_thread_first_runs_are_kept() {
    for _ in 0..200 {
        let (first, second) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (passed, again) = (first.clone(), second.clone());
        let parker = spawn(move || {
            park().expect("nobody cancels us");
            passed.store(1, Ordering::Release);
            while again.load(Ordering::Acquire) == 0 {
                park().expect("nobody cancels us");
            }
        });
        let thread = parker.thread().clone();
        let granter = greenstd::thread::spawn(move || {
            thread.unpark();
            thread
        });
        // Blocks the carrier, so the grant is there when the parker first runs.
        let thread = granter.join().expect("it does not panic");
        yield_now();
        while first.load(Ordering::Acquire) == 0 {
            yield_now();
        }
        // The word must be as it was for later granters.
        let granter = greenstd::thread::spawn(move || {
            second.store(1, Ordering::Release);
            thread.unpark();
        });
        parker.join().expect("it does not panic");
        granter.join().expect("it does not panic");
    }
}

fn a_wake_up_that_is_owed_ends_a_park() {
    let waiter = spawn(|| park_timeout(LONG));
    yield_now();
    waiter.thread().wakeup().wake();
    assert_eq!(waiter.join().expect("it does not panic"), Ok(Wake::Unparked));
    let own = current().wakeup();
    own.wake();
    assert!(take_permit());
    let (asleep, elsewhere) = (current(), current());
    beside(Box::new(move || asleep.wakeup().wake()));
    assert_eq!(park_timeout(LONG), Ok(Wake::Unparked));
    drop(on_another_carrier(move || elsewhere.wakeup().wake()));
    assert_eq!(park_timeout(LONG), Ok(Wake::Unparked));
}

fn a_wake_up_that_is_owed_may_be_used_late() {
    let waiter = spawn(|| park_timeout(LONG));
    let owed = waiter.thread().wakeup();
    for _ in 0..3 {
        yield_now();
        assert_eq!(park_timeout(SHORT), Ok(Wake::TimedOut));
    }
    owed.wake();
    assert_eq!(waiter.join().expect("it does not panic"), Ok(Wake::Unparked));
}

fn a_wake_up_tells_for_whom_it_is() {
    let (waiter, other) = (spawn(|| ()), spawn(|| ()));
    let owed = waiter.thread().wakeup();
    assert!(owed.is_for(waiter.thread()));
    assert!(!owed.is_for(other.thread()));
    waiter.join().expect("it does not panic");
    // It keeps its name, whoever has the place by now.
    let successor = spawn(|| ());
    assert!(!owed.is_for(successor.thread()));
    let own = current();
    let elsewhere = on_another_carrier(move || own.wakeup().is_for(&own));
    assert!(elsewhere.join().expect("it does not panic"));
}

fn a_wake_up_that_is_owed_to_an_ended_thread_does_nothing() {
    let ended = spawn(|| ());
    let owed = ended.thread().wakeup();
    ended.join().expect("it does not panic");
    let successor = spawn(|| park_timeout(SHORT));
    owed.wake();
    assert_eq!(successor.join().expect("it does not panic"), Ok(Wake::TimedOut));
}

fn an_unpark_of_an_ended_thread_does_nothing() {
    let ended = spawn(|| ());
    let (thread, waker) = (ended.thread().clone(), Waker::from(ended.thread().clone()));
    ended.join().expect("it does not panic");
    // Whoever has its place now is not meant.
    let successor = spawn(|| park_timeout(SHORT));
    thread.unpark();
    waker.wake();
    assert_eq!(successor.join().expect("it does not panic"), Ok(Wake::TimedOut));
}

fn every_round_of_a_long_exchange_arrives() {
    const ROUNDS: usize = 1000;
    let turn = Arc::new(AtomicUsize::new(0));
    let (first, turns) = (current(), turn.clone());
    let second = spawn(move || {
        for round in 0..ROUNDS {
            while turns.load(Ordering::Acquire) != 2 * round + 1 {
                park().expect("nobody cancels us");
            }
            turns.store(2 * round + 2, Ordering::Release);
            first.unpark();
        }
    });
    for round in 0..ROUNDS {
        turn.store(2 * round + 1, Ordering::Release);
        second.thread().unpark();
        while turn.load(Ordering::Acquire) != 2 * round + 2 {
            park().expect("nobody cancels us");
        }
    }
    second.join().expect("it does not panic");
}
