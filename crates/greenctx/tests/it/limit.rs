//! The limit of a wait: its own deadline, and that of a scope around it.

use std::time::Duration;

use greenctx::{Carrier, Interrupted, Limit, Wake, current, park_deadline, shield, with_deadline};
use greenstd::time;

const LONG: Duration = Duration::from_secs(3600);

/// Runs a test on a green thread and on a plain one.
fn everywhere(test: fn()) {
    Carrier::new().unwrap().run(test).unwrap();
    test();
}

#[test]
fn of_two_deadlines_the_earlier_one_ends_the_wait() {
    everywhere(|| {
        let (soon, late) = (time::now(), time::now() + LONG);
        with_deadline(late, || {
            let limit = Limit::of_wait(Some(soon)).unwrap();
            assert_eq!(limit.earliest(), Some(soon));
            assert_eq!(limit.end_wait(), Ok(Wake::TimedOut));
        });
        with_deadline(soon, || {
            let limit = Limit::of_wait(Some(late)).unwrap();
            assert_eq!(limit.earliest(), Some(soon));
            assert!(limit.end_wait().is_err_and(|error| error.is_timed_out()));
        });
    });
}

#[test]
fn if_both_pass_at_once_it_is_the_waits_own() {
    everywhere(|| {
        let moment = time::now();
        with_deadline(moment, || {
            let limit = Limit::of_wait(Some(moment)).unwrap();
            assert_eq!(limit.end_wait(), Ok(Wake::TimedOut));
            assert_eq!(park_deadline(moment), Ok(Wake::TimedOut), "a park says the same");
        });
    });
}

#[test]
fn without_a_deadline_it_never_passes() {
    everywhere(|| {
        let limit = Limit::of_wait(None).unwrap();
        assert_eq!(limit.earliest(), None);
        assert!(!limit.has_passed());
    });
}

#[test]
fn a_shield_hides_the_scope_and_the_cancellation() {
    Carrier::new()
        .unwrap()
        .run(|| {
            current().cancel();
            assert!(Limit::of_wait(None).is_err_and(|error: Interrupted| !error.is_timed_out()));
            with_deadline(time::now(), || {
                let limit = shield(|| Limit::of_wait(None)).unwrap();
                assert_eq!(limit.earliest(), None);
            });
        })
        .unwrap();
}

#[test]
fn a_park_without_a_deadline_waits_for_its_permit() {
    everywhere(|| {
        current().unpark();
        assert_eq!(park_deadline(None), Ok(Wake::Unparked));
        current().unpark();
        assert_eq!(park_deadline(time::after(Duration::MAX)), Ok(Wake::Unparked));
    });
}
