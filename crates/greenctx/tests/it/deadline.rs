//! Deadlines of scopes: seen at every park point, on green threads and on plain ones.

use std::io;
use std::time::Duration;

use greenctx::{
    Interrupted, Wake, current, current_deadline, park, park_deadline, park_timeout, shield, sleep,
    sleep_until, spawn, with_deadline, with_timeout, yield_now,
};
use greenstd::time;

use crate::{on_another_carrier, on_carrier};

const SHORT: Duration = Duration::from_millis(2);
/// Never over within a test.
const LONG: Duration = Duration::from_secs(3600);

type ParkPoint = fn() -> Result<(), Interrupted>;

/// Every way to wait.
const PARK_POINTS: [ParkPoint; 6] = [
    || park(),
    || park_timeout(LONG).map(drop),
    || park_timeout(Duration::MAX).map(drop),
    || park_deadline(time::now() + LONG).map(drop),
    || sleep(LONG),
    || sleep_until(time::now() + LONG),
];

testkit::on_both! {
    a_deadline_ends_every_wait_and_never_early,
    in_a_scope_that_has_timed_out_later_waits_end_at_once,
    after_the_scope_waiting_is_as_usual,
    an_inner_scope_can_end_earlier_and_not_later,
    a_permit_that_is_there_wins_over_a_deadline_that_has_passed,
    a_shorter_time_of_the_waits_own_is_its_own_time_out,
    a_shield_hides_the_deadline_and_has_its_own,
    what_is_spawned_has_no_part_in_it,
    an_endless_deadline_is_none,
    a_panic_ends_the_scope,
    it_is_a_time_out_to_io,
}

fn a_deadline_ends_every_wait_and_never_early() {
    for wait in PARK_POINTS {
        let start = time::now();
        let interrupted = with_timeout(SHORT, wait).unwrap_err();
        assert!(interrupted.is_timed_out() && !interrupted.is_cancelled());
        assert!(time::now() >= start + SHORT);
    }
}

fn in_a_scope_that_has_timed_out_later_waits_end_at_once() {
    with_timeout(SHORT, || {
        assert!(sleep(LONG).is_err());
        for wait in PARK_POINTS {
            assert!(wait().unwrap_err().is_timed_out());
        }
    });
}

fn after_the_scope_waiting_is_as_usual() {
    assert!(with_timeout(SHORT, || sleep(LONG)).is_err());
    assert_eq!(current_deadline(), None);
    assert_eq!(sleep(SHORT), Ok(()));
}

fn an_inner_scope_can_end_earlier_and_not_later() {
    with_timeout(LONG, || {
        assert!(with_timeout(SHORT, || sleep(LONG)).unwrap_err().is_timed_out());
        assert_eq!(sleep(SHORT), Ok(()));
    });
    let outer = time::now() + SHORT;
    with_deadline(outer, || {
        with_timeout(LONG, || assert_eq!(current_deadline(), Some(outer)));
        assert!(with_timeout(LONG, || sleep(LONG)).unwrap_err().is_timed_out());
    });
}

fn a_permit_that_is_there_wins_over_a_deadline_that_has_passed() {
    with_timeout(Duration::ZERO, || {
        current().unpark();
        assert_eq!(park(), Ok(()));
        current().unpark();
        assert_eq!(park_timeout(LONG), Ok(Wake::Unparked));
        assert!(park().unwrap_err().is_timed_out());
    });
}

fn a_shorter_time_of_the_waits_own_is_its_own_time_out() {
    with_timeout(LONG, || assert_eq!(park_timeout(SHORT), Ok(Wake::TimedOut)));
    with_deadline(time::now(), || {
        let earlier = time::now().checked_sub(LONG);
        if let Some(earlier) = earlier {
            assert_eq!(park_deadline(earlier), Ok(Wake::TimedOut));
        }
    });
}

fn a_shield_hides_the_deadline_and_has_its_own() {
    with_timeout(Duration::ZERO, || {
        assert_eq!(shield(|| sleep(SHORT)), Ok(()));
        let inner = shield(|| with_timeout(SHORT, || sleep(LONG)));
        assert!(inner.unwrap_err().is_timed_out());
        assert!(sleep(SHORT).is_err());
    });
}

fn what_is_spawned_has_no_part_in_it() {
    let spawned = with_timeout(Duration::ZERO, || spawn(|| (current_deadline(), sleep(SHORT))));
    assert_eq!(spawned.join().unwrap(), (None, Ok(())));
}

fn an_endless_deadline_is_none() {
    with_timeout(Duration::MAX, || {
        assert_eq!(current_deadline(), None);
        assert_eq!(sleep(SHORT), Ok(()));
    });
}

fn a_panic_ends_the_scope() {
    let panicked =
        greenstd::panics::contain(|| with_timeout(Duration::ZERO, || panic!("in a scope")));
    assert!(panicked.is_err());
    assert_eq!(current_deadline(), None);
}

fn it_is_a_time_out_to_io() {
    let error = io::Error::from(with_timeout(Duration::ZERO, park).unwrap_err());
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Interrupted>));
}

#[test]
fn a_cancellation_is_told_from_a_deadline_and_comes_first() {
    on_carrier(|| {
        let waiting = spawn(|| with_timeout(LONG, park));
        yield_now();
        waiting.thread().cancel();
        let interrupted = waiting.join().unwrap().unwrap_err();
        assert!(interrupted.is_cancelled() && !interrupted.is_timed_out());
        let error = io::Error::from(interrupted);
        // Else `std` would try again for ever.
        assert_ne!(error.kind(), io::ErrorKind::Interrupted);
        let own = spawn(|| {
            current().cancel();
            with_timeout(Duration::ZERO, park)
        });
        assert!(own.join().unwrap().unwrap_err().is_cancelled());
    });
}

#[test]
fn a_join_ends_at_the_deadline_and_the_thread_goes_on() {
    on_carrier(|| {
        let sleeper = spawn(|| sleep(Duration::from_millis(20)));
        assert_eq!(with_timeout(SHORT, || sleeper.wait_timeout(LONG).map_err(|_| ())), Err(()));
        assert_eq!(sleeper.join().unwrap(), Ok(()));
    });
}

#[test]
fn siblings_have_deadlines_of_their_own() {
    on_carrier(|| {
        let threads: Vec<_> = (1..50_u64)
            .map(|n| {
                spawn(move || {
                    let own = time::now() + Duration::from_millis(n % 7);
                    let timed_out = with_deadline(own, park).unwrap_err().is_timed_out();
                    (timed_out, time::now() >= own)
                })
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), (true, true));
        }
    });
}

/// A grant from elsewhere against the deadline: whichever comes first, nothing is lost.
#[test]
fn a_grant_from_another_carrier_races_with_the_deadline() {
    on_carrier(|| {
        for _ in 0..200 {
            let waiter = current();
            let granter = on_another_carrier(move || waiter.unpark());
            let waited = with_timeout(Duration::from_micros(50), park);
            if waited.is_err() {
                park().unwrap();
            }
            granter.join().unwrap();
        }
    });
}
