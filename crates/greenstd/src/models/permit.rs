//! Models of the permit (`permit.rs`), and of the threads that park on it (`thread.rs`).

use std::time::Duration;

use crate::atomic::{AtomicU32, Ordering};
use crate::model::explore;
use crate::permit::{Begin, Permit};
use crate::sync::Arc;
use crate::thread::{self, Blocker, Wake};
use crate::time;

const FORCED_SWITCHES: usize = 3;

/// A word that is handed over by a permit, and by nothing else: its accesses order nothing.
#[derive(Default)]
struct Message(AtomicU32);

impl Message {
    fn write(&self) {
        self.0.store(1, Ordering::Relaxed);
    }

    fn is_there(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 1
    }
}

/// Steps 1, 2 and 4: one grant before, during or after the park ends it, and what the granter wrote
/// is seen.
#[test]
fn a_grant_ends_the_park_and_brings_the_message() {
    explore(FORCED_SWITCHES, || {
        let blocker = Arc::new(Blocker::current());
        let message = Arc::new(Message::default());
        let granter = thread::spawn({
            let (blocker, message) = (blocker.clone(), message.clone());
            move || {
                message.write();
                blocker.unpark();
            }
        });
        blocker.park();
        assert!(message.is_there());
        granter.join().unwrap();
    });
}

/// Steps 1 and 2: two granters; the owner looks at what it waits for after each park, and misses
/// nothing although the two grants may melt into one permit.
#[test]
fn two_grants_lose_no_message() {
    explore(FORCED_SWITCHES, || {
        let blocker = Arc::new(Blocker::current());
        let messages = [(); 2].map(|()| Arc::new(Message::default()));
        let granters = messages.each_ref().map(|message| {
            let (blocker, message) = (blocker.clone(), message.clone());
            thread::spawn(move || {
                message.write();
                blocker.unpark();
            })
        });
        while !messages.iter().all(|message| message.is_there()) {
            blocker.park();
        }
        for granter in granters {
            granter.join().unwrap();
        }
    });
}

/// Step 2: of all granters, the one that finds the owner parked makes it runnable, and no other;
/// grants do not add up.
#[test]
fn one_granter_makes_the_owner_runnable() {
    explore(FORCED_SWITCHES, || {
        let permit = Arc::new(Permit::new());
        let granters = [(); 2].map(|()| {
            let permit = permit.clone();
            thread::spawn(move || permit.grant())
        });
        let begin = permit.begin_park();
        let wakes: usize = granters.map(|one| usize::from(one.join().unwrap())).into_iter().sum();
        match begin {
            Begin::Sleep => {
                assert_eq!(wakes, 1);
                assert!(permit.end_park());
            }
            Begin::Taken => assert_eq!(wakes, 0),
        }
        // At most one more permit: the other granter's, if it came after the first was taken.
        permit.end_park();
        assert_eq!(permit.begin_park(), Begin::Sleep);
    });
}

/// Step 2, the other way round: the granter that finds the owner parked sees what the owner wrote
/// before.
#[test]
fn who_makes_the_owner_runnable_sees_how() {
    explore(FORCED_SWITCHES, || {
        let permit = Arc::new(Permit::new());
        let message = Arc::new(Message::default());
        let granter = thread::spawn({
            let (permit, message) = (permit.clone(), message.clone());
            move || {
                if permit.grant() {
                    assert!(message.is_there());
                }
            }
        });
        message.write();
        let _ = permit.begin_park();
        granter.join().unwrap();
    });
}

/// Steps 3 and 4: the owner's timer and a granter; exactly one of them makes the owner runnable, and
/// a permit that came in time or late is not lost.
#[test]
fn a_timer_and_a_grant_do_not_both_end_a_park() {
    explore(FORCED_SWITCHES, || {
        let permit = Arc::new(Permit::new());
        let message = Arc::new(Message::default());
        let granter = thread::spawn({
            let (permit, message) = (permit.clone(), message.clone());
            move || {
                message.write();
                permit.grant()
            }
        });
        if permit.begin_park() == Begin::Sleep {
            let timed_out = permit.retract();
            let woken = permit.end_park();
            assert!(timed_out || woken);
            if woken {
                assert!(message.is_there());
            }
            assert_ne!(granter.join().unwrap(), timed_out);
            if !woken {
                assert_eq!(permit.begin_park(), Begin::Taken, "the permit came after the park");
            }
        }
    });
}

/// All steps: a timed park against a grant. If the time was over first, the permit is there for the
/// next park.
#[test]
fn a_permit_outlives_a_park_that_timed_out() {
    explore(FORCED_SWITCHES, || {
        let blocker = Arc::new(Blocker::unbound());
        let owner = thread::spawn({
            let blocker = blocker.clone();
            move || {
                blocker.bind();
                let deadline = time::now() + Duration::from_nanos(1);
                if blocker.park_deadline(Some(deadline)) == Wake::TimedOut {
                    blocker.park();
                }
            }
        });
        blocker.unpark();
        owner.join().unwrap();
    });
}
