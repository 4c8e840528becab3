//! What other threads may do with a carrier.

use std::time::Duration;

use greenctx::{Builder, Carrier, Seat, current, park, sleep, spawn, yield_now};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, Ordering};
use greenstd::time::{self, Instant};

use crate::{on_carrier, run_on};

/// Never over within a test.
fn much_later() -> Instant {
    time::now() + Duration::from_secs(3600)
}

#[test]
fn a_sleeping_carrier_tells_another_thread_what_it_carries() {
    let carrier = Carrier::builder().name("told").build().unwrap();
    let handle = carrier.handle();
    let asker = greenstd::thread::spawn(move || {
        assert_eq!(handle.name(), "told");
        // Until all of them have parked.
        while handle.counters().parked() < 4 {
            greenstd::thread::yield_now();
        }
        let mut threads = handle.threads(much_later()).expect("it answers");
        threads.sort_by(|one, other| one.name.cmp(&other.name));
        let names: Vec<_> = threads.iter().map(|thread| thread.name.as_str()).collect();
        assert_eq!(names, ["main", "one", "two", "unnamed"]);
        assert!(threads.iter().all(|thread| !thread.has_identity && thread.id != 0));
    });
    run_on(carrier, move || {
        let named = ["one", "two"].map(|name| Builder::new().name(name).spawn(park).unwrap());
        let unnamed = spawn(park);
        let threads = [&named[0], &named[1], &unnamed].map(|handle| handle.thread().clone());
        let main = current();
        greenstd::thread::spawn(move || {
            asker.join().unwrap();
            threads.iter().for_each(greenctx::Thread::unpark);
            main.unpark();
        });
        park().expect("nobody cancels us");
    });
}

#[test]
fn a_green_thread_may_ask_its_own_carrier_and_another() {
    let (one, two) = (Carrier::new().unwrap(), Carrier::new().unwrap().handle());
    let own = one.handle();
    run_on(one, move || {
        let parked = Builder::new().name("sibling").spawn(park).unwrap();
        yield_now();
        let threads = own.threads(much_later()).expect("it answers once we park");
        assert_eq!(threads.len(), 2);
        // One that does not run does not answer.
        assert!(two.threads(time::now() + Duration::from_millis(1)).is_none());
        parked.thread().unpark();
        parked.join().unwrap().expect("nobody cancels us");
    });
}

#[test]
fn a_carrier_kept_busy_does_not_answer() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    let (started, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let asker = greenstd::thread::spawn({
        let (started, asked, handle) = (started.clone(), asked.clone(), handle.clone());
        move || {
            while !started.load(Ordering::Acquire) {
                greenstd::thread::yield_now();
            }
            let answer = handle.threads(time::now() + Duration::from_millis(5));
            asked.store(true, Ordering::Release);
            assert!(answer.is_none());
        }
    });
    run_on(carrier, move || {
        started.store(true, Ordering::Release);
        while !asked.load(Ordering::Acquire) {
            std::hint::spin_loop();
        }
    });
    asker.join().unwrap();
    // Nor does one that has ended.
    assert!(handle.threads(time::now() + Duration::from_millis(1)).is_none());
}

#[test]
fn counters_follow_what_happens() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    let after = carrier.handle();
    run_on(carrier, move || {
        let counters = handle.counters();
        assert_eq!((counters.live(), counters.parked(), counters.parks()), (1, 0, 0));
        let threads: Vec<_> = (0..10).map(|_| spawn(park)).collect();
        assert_eq!(counters.live(), 11, "they exist before they run");
        yield_now();
        assert_eq!((counters.parked(), counters.parks(), counters.unparks()), (10, 10, 0));
        threads.iter().for_each(|thread| thread.thread().unpark());
        yield_now();
        assert_eq!((counters.parked(), counters.unparks()), (0, 10));
        assert_eq!(counters.live(), 1);
        // A permit that is there is no park, and a yield is none.
        current().unpark();
        park().expect("nobody cancels us");
        assert_eq!(counters.parks(), 10);

        // The carrier sleeps, as nobody is ready: unless the time is over before it comes to that.
        let sleeps = counters.sleeps();
        while counters.sleeps() == sleeps {
            sleep(Duration::from_millis(1)).expect("nobody cancels us");
        }
    });
    assert_eq!((after.counters().live(), after.counters().parked()), (0, 0));
}

#[test]
fn a_wake_ends_the_sleep_of_a_carrier_and_disturbs_nobody() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    let main = Arc::new(greenstd::sync::OnceLock::new());
    let theirs = main.clone();
    let waker = greenstd::thread::spawn(move || {
        for round in 1..=100 {
            // Each is followed by another sleep.
            while handle.counters().sleeps() < round {
                greenstd::thread::yield_now();
            }
            if round % 2 == 0 { handle.wake() } else { handle.waker().wake() }
        }
        theirs.get().map(greenctx::Thread::unpark).expect("it was the first to be set");
    });
    run_on(carrier, move || {
        main.set(current()).expect("once");
        park().expect("nobody cancels us");
    });
    waker.join().unwrap();
}

#[test]
fn a_nudge_wakes_whoever_is_in_the_seat() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || {
        let main = Seat::current().expect("a green thread has one");
        let child = spawn(Seat::current);
        assert_ne!(child.join().unwrap(), Some(main));
        assert_eq!(Seat::from_u32(main.as_u32()), main);
        let nudger = greenstd::thread::spawn(move || {
            handle.nudge(main);
            // Nobody is there: nothing happens.
            handle.nudge(Seat::from_u32(12_345));
        });
        park().expect("nobody cancels us");
        nudger.join().unwrap();
    });
}

#[test]
fn a_handle_outlives_its_carrier() {
    let carrier = Carrier::builder().name("gone").build().unwrap();
    let handle = carrier.handle();
    carrier.run(|| ()).unwrap();
    handle.wake();
    handle.waker().wake();
    handle.nudge(Seat::from_u32(0));
    assert_eq!(handle.name(), "gone");
    assert!(format!("{handle:?}").contains("gone"));
    assert_eq!(on_carrier(|| 1), 1);
}
