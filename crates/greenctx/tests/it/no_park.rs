//! Sections in which parking is a mistake.

use std::time::Duration;

use greenctx::{JoinHandle, no_park, park, park_deadline, park_timeout, sleep, sleep_until, spawn};
use greenctx::{current, yield_now};
use greenstd::panics::{contain, message};
use greenstd::time;

use crate::on_carrier;

#[track_caller]
fn forbidden<R>(what: impl FnOnce() -> R) {
    let payload = contain(|| no_park(what)).map(|_| ()).expect_err("it was allowed");
    let text = message(&*payload).expect("the panic has a text");
    assert!(text.contains("no_park"), "{text}");
}

fn parked() -> JoinHandle<()> {
    spawn(|| park().expect("nobody cancels us"))
}

#[test]
fn every_park_point_inside_panics() {
    on_carrier(|| {
        forbidden(park);
        forbidden(|| park_timeout(Duration::from_secs(1)));
        forbidden(|| park_deadline(time::now()));
        forbidden(|| sleep(Duration::from_secs(1)));
        forbidden(|| sleep(Duration::MAX));
        forbidden(|| sleep_until(time::now()));
        forbidden(yield_now);
        // Even where it would not have waited: whether it does is chance.
        current().unpark();
        forbidden(park);
        assert_eq!(park(), Ok(()), "the permit is still there");
    });
}

#[test]
fn waiting_for_another_thread_inside_panics() {
    on_carrier(|| {
        let one = parked();
        let wake_one = one.thread().clone();
        forbidden(|| one.join());
        let two = parked();
        forbidden(|| two.wait_timeout(Duration::from_secs(1)));
        wake_one.unpark();
        two.thread().unpark();
        two.join().unwrap();
    });
}

#[test]
fn parking_is_allowed_again_afterwards() {
    on_carrier(|| {
        assert_eq!(no_park(|| 5), 5);
        yield_now();
        forbidden(yield_now);
        yield_now();
        assert!(contain(|| no_park(|| panic!("something else"))).is_err());
        yield_now();
        sleep(Duration::from_micros(10)).expect("nobody cancels us");
    });
}

#[test]
fn sections_nest() {
    on_carrier(|| {
        no_park(|| {
            assert_eq!(no_park(|| 1), 1);
            forbidden(yield_now);
            assert!(contain(yield_now).is_err(), "the outer section is still open");
        });
        yield_now();
    });
}

#[test]
fn what_does_not_wait_is_allowed_inside() {
    on_carrier(|| {
        let sleeper = parked();
        let child = no_park(|| {
            sleeper.thread().unpark();
            current().unpark();
            spawn(|| 3)
        });
        assert_eq!(child.join().unwrap(), 3);
        sleeper.join().unwrap();
    });
}

#[test]
fn a_section_binds_its_own_thread_alone() {
    on_carrier(|| {
        let payload = contain(|| no_park(yield_now)).expect_err("it was allowed");
        drop(payload);
        let sibling = spawn(|| {
            yield_now();
            park_timeout(Duration::from_micros(10))
        });
        no_park(|| ());
        assert!(sibling.join().unwrap().is_ok());
    });
}
