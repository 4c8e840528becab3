//! Sleeping: in order, never too early, for ever.

use std::time::Duration;

use greenctx::{Wake, park, park_deadline, sleep, sleep_until, spawn, yield_now};
use greenstd::sync::{Arc, Mutex};
use greenstd::time;

use crate::on_carrier;

#[test]
fn sleepers_wake_in_the_order_of_their_deadlines_and_never_early() {
    on_carrier(|| {
        let mut margin = Duration::from_millis(20);
        while !were_served_in_order(margin) {
            margin *= 2;
        }
    });
}

/// Has many sleep until shortly after `margin`; `false` if not all of them slept in time, so that there
/// was no order to keep.
fn were_served_in_order(margin: Duration) -> bool {
    let order = Arc::new(Mutex::new(Vec::new()));
    let base = time::now() + margin;
    let sleepers: Vec<_> = (0..200u64)
        .map(|number| {
            let order = order.clone();
            // Not in the order of their starting.
            let deadline = base + Duration::from_micros(number * 7919 % 200 * 20);
            spawn(move || {
                sleep_until(deadline).expect("nobody cancels us");
                assert!(time::now() >= deadline, "too early");
                order.lock().push(deadline);
            })
        })
        .collect();
    yield_now();
    let all_sleep = time::now() < base;
    sleepers.into_iter().for_each(|sleeper| sleeper.join().unwrap());
    let order = order.lock();
    assert_eq!(order.len(), 200);
    assert!(!all_sleep || order.is_sorted(), "a later deadline was served first");
    all_sleep
}

#[test]
fn equal_deadlines_are_served_in_the_order_of_arming() {
    on_carrier(|| {
        let mut margin = Duration::from_millis(10);
        loop {
            let order = Arc::new(Mutex::new(Vec::new()));
            let deadline = time::now() + margin;
            let sleepers: Vec<_> = (0..500)
                .map(|number| {
                    let order = order.clone();
                    spawn(move || {
                        sleep_until(deadline).expect("nobody cancels us");
                        order.lock().push(number);
                    })
                })
                .collect();
            yield_now();
            let all_sleep = time::now() < deadline;
            sleepers.into_iter().for_each(|sleeper| sleeper.join().unwrap());
            if all_sleep {
                break assert_eq!(*order.lock(), (0..500).collect::<Vec<_>>());
            }
            // The last ones came too late to sleep.
            margin *= 2;
        }
    });
}

#[test]
fn a_sleep_is_at_least_as_long_as_asked_for() {
    fn sleeps() {
        for micros in [0, 1, 10, 100, 1000, 5000] {
            let earliest = time::now() + Duration::from_micros(micros);
            sleep(Duration::from_micros(micros)).expect("nobody cancels us");
            assert!(time::now() >= earliest, "a sleep of {micros} µs was too short");
        }
    }
    sleeps();
    on_carrier(sleeps);
}

#[test]
fn a_past_deadline_is_no_sleep() {
    let past = time::now();
    assert_eq!(sleep_until(past), Ok(()));
    on_carrier(move || assert_eq!(sleep_until(past), Ok(())));
}

#[test]
fn durations_beyond_the_clock_are_for_ever() {
    on_carrier(|| {
        let endless = [Duration::MAX, Duration::from_secs(u64::MAX / 4), year(10_000), year(600)];
        let sleepers = endless.map(|duration| spawn(move || sleep(duration)));
        yield_now();
        // Others still wake in time, and the carrier can sleep for them.
        sleep(Duration::from_millis(2)).expect("nobody cancels us");
        for sleeper in &sleepers {
            assert!(!sleeper.is_finished());
            sleeper.thread().unpark();
        }
        yield_now();
        for sleeper in sleepers {
            assert!(!sleeper.is_finished(), "a permit does not end a sleep");
            sleeper.thread().cancel();
            assert!(sleeper.join().unwrap().is_err());
        }
    });
}

#[test]
fn a_deadline_far_away_is_no_trouble_to_the_sleep_of_the_carrier() {
    on_carrier(|| {
        // No shorter timer beside it: the carrier itself sleeps towards that deadline.
        let sleeper = spawn(|| sleep(year(10_000)));
        let canceller = sleeper.thread().clone();
        greenstd::thread::spawn(move || {
            greenstd::thread::sleep(Duration::from_millis(5));
            canceller.cancel();
        });
        assert!(sleeper.join().unwrap().is_err());
    });
}

fn year(count: u64) -> Duration {
    Duration::from_secs(count * 31_556_952)
}

#[test]
fn timers_that_are_ended_early_leave_nothing_behind() {
    on_carrier(|| {
        let far = time::now() + Duration::from_secs(3600);
        let parked = spawn(move || {
            for _ in 0..10_000 {
                park_deadline(far).expect("nobody cancels us");
            }
            // What it waited for before does not end this one.
            let soon = time::now() + Duration::from_millis(2);
            sleep_until(soon).expect("nobody cancels us");
            assert!(time::now() >= soon);
        });
        while !parked.is_finished() {
            parked.thread().unpark();
            yield_now();
        }
        parked.join().unwrap();
    });
}

#[test]
fn a_timer_that_was_ended_early_does_not_end_the_next_park() {
    on_carrier(|| {
        let mut margin = Duration::from_millis(5);
        loop {
            let deadline = time::now() + margin;
            let parked = spawn(move || {
                let first = park_deadline(deadline).expect("nobody cancels us");
                park().expect("nobody cancels us");
                first
            });
            yield_now();
            parked.thread().unpark();
            sleep_until(deadline + Duration::from_millis(1)).expect("nobody cancels us");
            let has_ended = parked.is_finished();
            parked.thread().unpark();
            if parked.join().unwrap() == Wake::Unparked {
                break assert!(!has_ended, "the timer of before has ended a park");
            }
            // The unpark was too late: there was nothing to end early.
            margin *= 2;
        }
    });
}

#[test]
fn sleepers_and_parkers_of_one_carrier_do_not_mix_up() {
    on_carrier(|| {
        let sleepers: Vec<_> = (0..100)
            .map(|number| {
                spawn(move || {
                    for round in 0..5 {
                        let deadline = time::now() + Duration::from_micros(number * 13 + round);
                        sleep_until(deadline).expect("nobody cancels us");
                        assert!(time::now() >= deadline);
                    }
                })
            })
            .collect();
        let parkers: Vec<_> = (0..100).map(|_| spawn(park)).collect();
        sleepers.into_iter().for_each(|sleeper| sleeper.join().unwrap());
        for parker in parkers {
            assert!(!parker.is_finished(), "a timer of somebody else has ended a park");
            parker.thread().unpark();
            parker.join().unwrap().expect("nobody cancels us");
        }
    });
}
