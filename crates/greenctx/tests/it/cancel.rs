//! Cancellation: cooperative, lasting, and seen at every park point.

use std::time::Duration;

use greenctx::{
    Interrupted, JoinHandle, Wake, current, is_cancelled, park, park_deadline, park_timeout,
    shield, sleep, sleep_until, spawn, yield_now,
};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, Ordering};
use greenstd::time;

use crate::{on_another_carrier, on_carrier};

const LONG: Duration = Duration::from_secs(3600);

type ParkPoint = fn() -> Result<(), Interrupted>;

/// Every way to wait.
const PARK_POINTS: [ParkPoint; 7] = [
    || park(),
    || park_timeout(LONG).map(drop_wake),
    || park_timeout(Duration::MAX).map(drop_wake),
    || park_deadline(time::now() + LONG).map(drop_wake),
    || sleep(LONG),
    || sleep(Duration::MAX),
    || sleep_until(time::now() + LONG),
];

fn drop_wake(_: Wake) {}

#[test]
fn a_cancelled_thread_is_interrupted_wherever_it_waits() {
    on_carrier(|| {
        for wait in PARK_POINTS {
            let waiting = spawn(wait);
            yield_now();
            assert!(!waiting.is_finished());
            waiting.thread().cancel();
            let interrupted = waiting.join().unwrap().unwrap_err();
            assert!(interrupted.to_string().contains("cancelled"), "{interrupted}");
        }
    });
}

#[test]
fn a_cancellation_before_the_wait_interrupts_it_at_once() {
    on_carrier(|| {
        for wait in PARK_POINTS {
            // Before it first runs.
            let unstarted = spawn(wait);
            unstarted.thread().cancel();
            assert!(unstarted.join().unwrap().is_err());
            // While it runs.
            let own = spawn(move || {
                current().cancel();
                wait()
            });
            assert!(own.join().unwrap().is_err());
        }
    });
}

#[test]
fn a_cancellation_reaches_a_thread_from_anywhere() {
    fn cancelled_by(start: impl FnOnce(Box<dyn FnOnce() + Send>)) {
        let waiting = spawn(park);
        yield_now();
        let thread = waiting.thread().clone();
        start(Box::new(move || thread.cancel()));
        assert!(waiting.join().unwrap().is_err());
    }
    on_carrier(|| {
        cancelled_by(|cancel| drop(spawn(cancel)));
        cancelled_by(|cancel| drop(on_another_carrier(cancel)));
        cancelled_by(|cancel| drop(greenstd::thread::spawn(cancel)));
    });
}

#[test]
fn a_cancellation_lasts() {
    on_carrier(|| {
        let thread = spawn(|| {
            assert!(!is_cancelled());
            current().cancel();
            for wait in PARK_POINTS {
                assert!(is_cancelled());
                assert!(wait().is_err());
            }
            // It is no park point: there is nothing to wait for.
            yield_now();
        });
        thread.join().unwrap();
        assert!(!is_cancelled(), "the cancellation of another thread");
    });
}

#[test]
fn a_permit_beside_a_cancellation_is_still_there_in_a_shield() {
    on_carrier(|| {
        let thread = spawn(|| {
            current().unpark();
            current().cancel();
            assert!(park().is_err(), "cancelled, permit or not");
            shield(|| assert_eq!(park_timeout(Duration::ZERO), Ok(Wake::Unparked)));
        });
        thread.join().unwrap();
    });
}

#[test]
fn a_cancelled_sleep_keeps_the_permit_that_came_meanwhile() {
    on_carrier(|| {
        let sleeper = spawn(|| {
            assert!(sleep(LONG).is_err());
            shield(|| park_timeout(Duration::ZERO))
        });
        yield_now();
        sleeper.thread().unpark();
        yield_now();
        assert!(!sleeper.is_finished());
        sleeper.thread().cancel();
        assert_eq!(sleeper.join().unwrap(), Ok(Wake::Unparked));
    });
}

#[test]
fn in_a_shield_waiting_is_as_usual() {
    on_carrier(|| {
        let thread = spawn(|| {
            current().cancel();
            // The cancellation has granted a permit, which tells nobody anything.
            while shield(|| park_timeout(Duration::ZERO)) == Ok(Wake::Unparked) {}
            let deadline = time::now() + Duration::from_millis(2);
            shield(|| {
                assert!(!is_cancelled());
                sleep_until(deadline).expect("out of sight");
                // Nested shields end one by one.
                shield(|| assert!(!is_cancelled()));
                assert!(!is_cancelled());
                assert_eq!(park_timeout(Duration::from_micros(100)), Ok(Wake::TimedOut));
            });
            assert!(time::now() >= deadline);
            assert!(is_cancelled());
            assert!(park().is_err());
        });
        thread.join().unwrap();
    });
}

#[test]
fn a_shield_ends_with_a_panic_in_it() {
    on_carrier(|| {
        let thread = spawn(|| {
            current().cancel();
            let panicked = greenstd::panics::contain(|| shield(|| panic!("in the shield")));
            assert!(panicked.is_err());
            assert!(is_cancelled());
            assert!(park().is_err());
        });
        thread.join().unwrap();
    });
}

#[test]
fn a_thread_cancelled_in_a_shielded_wait_goes_on_waiting() {
    on_carrier(|| {
        let ready = Arc::new(AtomicBool::new(false));
        let go = ready.clone();
        let cleaning = spawn(move || {
            shield(|| {
                while !go.load(Ordering::Relaxed) {
                    park().expect("out of sight");
                }
            });
            park()
        });
        yield_now();
        cleaning.thread().cancel();
        (0..3).for_each(|_| yield_now());
        assert!(!cleaning.is_finished());
        ready.store(true, Ordering::Relaxed);
        cleaning.thread().unpark();
        assert!(cleaning.join().unwrap().is_err());
    });
}

#[test]
fn a_cancellation_after_the_end_does_nothing() {
    on_carrier(|| {
        let ended = spawn(|| 1);
        let thread = ended.thread().clone();
        ended.join().unwrap();
        // It takes the seat that was freed.
        let successor: JoinHandle<_> = spawn(|| (is_cancelled(), park_timeout(Duration::ZERO)));
        thread.cancel();
        assert_eq!(successor.join().unwrap(), (false, Ok(Wake::TimedOut)));
    });
}
