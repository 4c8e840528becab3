//! The last moments of a plain OS thread: in the destructors of its thread-locals, and in C's `atexit`
//! handlers, one waits as ever.

use std::cell::RefCell;
use std::time::Duration;

use greenctx::{
    Builder, Carrier, Wake, current, green_local, park, park_timeout, sleep, spawn, with_timeout,
};

use crate::drops::Drops;
use testkit::{OnDrop, Watchdog, at_exit, child};

thread_local! {
    static FIRST: RefCell<Option<OnDrop>> = const { RefCell::new(None) };
    static SECOND: RefCell<Option<OnDrop>> = const { RefCell::new(None) };
    static THIRD: RefCell<Option<OnDrop>> = const { RefCell::new(None) };
}

/// Has `call` called by the destructor of a thread-local, on an OS thread that has waited: what the library
/// keeps for the thread was made after the thread-local, so is destroyed before it.
fn in_a_destructor(call: impl FnOnce() + Send + 'static) {
    let thread = greenstd::thread::spawn(move || {
        FIRST.set(Some(OnDrop::new(call)));
        sleep(Duration::from_millis(1)).unwrap();
    });
    thread.join().unwrap();
}

/// What can be done by this crate alone.
const WAITS: [fn(); 7] = [
    || assert_eq!(sleep(Duration::from_millis(1)), Ok(())),
    || assert_eq!(park_timeout(Duration::from_millis(1)), Ok(Wake::TimedOut)),
    || {
        let this = current();
        assert_eq!(this, current());
        let other = greenstd::thread::spawn(move || this.unpark());
        assert_eq!(park(), Ok(()));
        other.join().unwrap();
    },
    || {
        let slept = with_timeout(Duration::from_millis(1), || sleep(Duration::from_secs(3600)));
        assert!(slept.unwrap_err().is_timed_out());
    },
    || assert_eq!(spawn(|| sleep(Duration::from_millis(1))).join().unwrap(), Ok(())),
    || {
        let handle = Builder::new().name("late").spawn(|| current().name().map(String::from));
        assert_eq!(handle.unwrap().join().unwrap().as_deref(), Some("late"));
    },
    || {
        let slept = || {
            spawn(|| sleep(Duration::from_millis(1))).join().unwrap().unwrap();
            sleep(Duration::from_millis(1))
        };
        assert_eq!(Carrier::new().unwrap().run(slept).unwrap(), Ok(()));
    },
];

#[test]
fn whatever_waits_does_so_in_the_destructor_of_a_thread_local_too() {
    const THIS: &str = "thread_end::whatever_waits_does_so_in_the_destructor_of_a_thread_local_too";
    if child::case().is_some() {
        let _watchdog = Watchdog::start(|| String::from("a destructor"));
        return WAITS.into_iter().for_each(in_a_destructor);
    }
    // In a child, as a panic of such a destructor ends the process.
    child::succeeds(THIS, "");
}

#[test]
fn each_of_several_destructors_may_wait() {
    const THIS: &str = "thread_end::each_of_several_destructors_may_wait";
    if child::case().is_none() {
        return child::succeeds(THIS, "");
    }
    let _watchdog = Watchdog::start(|| String::from("destructors"));
    let drops = Drops::new();
    let counted = || {
        let drops = drops.clone();
        move || {
            WAITS.iter().for_each(|wait| wait());
            drop(drops.counted());
        }
    };
    let (first, second, third) = (counted(), counted(), counted());
    let thread = greenstd::thread::spawn(move || {
        FIRST.set(Some(OnDrop::new(first)));
        SECOND.set(Some(OnDrop::new(second)));
        sleep(Duration::from_millis(1)).unwrap();
        THIRD.set(Some(OnDrop::new(third)));
    });
    thread.join().unwrap();
    assert_eq!(drops.count(), 3);
}

green_local! {
    static KEPT: RefCell<Option<OnDrop>> = RefCell::new(None);
}

#[test]
fn a_green_local_that_a_destructor_makes_is_dropped() {
    const THIS: &str = "thread_end::a_green_local_that_a_destructor_makes_is_dropped";
    if child::case().is_none() {
        return child::succeeds(THIS, "");
    }
    let drops = Drops::new();
    let counted = drops.counted();
    let thread = greenstd::thread::spawn(move || {
        FIRST.set(Some(OnDrop::new(|| {
            KEPT.with(|kept| *kept.borrow_mut() = Some(OnDrop::new(|| drop(counted))));
        })));
        // The thread's green-locals come later, so they have gone once by then.
        KEPT.with(|_| ());
    });
    thread.join().unwrap();
    assert_eq!(drops.count(), 1);
}

#[test]
fn whatever_waits_does_so_in_a_handler_of_atexit_too() {
    const THIS: &str = "thread_end::whatever_waits_does_so_in_a_handler_of_atexit_too";
    const DONE: i32 = 77;
    if child::case().is_some() {
        let _watchdog = Watchdog::start(|| String::from("a handler of atexit"));
        at_exit(|| {
            WAITS.iter().for_each(|wait| wait());
            testkit::exit_at_once(DONE);
        });
        sleep(Duration::from_millis(1)).unwrap();
        std::process::exit(0);
    }
    let output = child::run(THIS, "");
    assert_eq!(output.status.code(), Some(DONE), "{}", child::describe(&output));
}
