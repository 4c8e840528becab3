//! The whole interface on a plain OS thread: it blocks that thread instead of parking a green one.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use greenctx::{
    Builder, Wake, current, green_local, is_anybody_waiting, is_cancelled, no_park, park,
    park_timeout, shield, sleep, spawn, stack_left, stack_size, yield_now,
};
use greenstd::time;

use crate::drops::{Counted, Drops};
use crate::on_carrier;
use crate::os::thread_number;
use testkit::child;

#[test]
fn spawn_starts_an_os_thread() {
    let handle = Builder::new().name("plain").stack_size(1 << 20).spawn(|| {
        let name = std::fs::read_to_string("/proc/thread-self/comm").unwrap();
        (thread_number(), current(), name)
    });
    let handle = handle.unwrap();
    let outside = handle.thread().clone();
    let (number, inside, name) = handle.join().unwrap();
    assert_ne!(number, thread_number());
    assert_eq!(inside, outside);
    assert!(!inside.is_green());
    assert_eq!(inside.name(), Some("plain"));
    assert_eq!(name.trim(), "plain", "debuggers see the name too");
}

#[test]
fn green_questions_have_plain_answers() {
    assert_eq!((stack_left(), stack_size()), (None, None));
    assert!(!is_anybody_waiting());
    assert!(!is_cancelled());
    assert!(greenctx::Seat::current().is_none());
    yield_now();
}

#[test]
fn a_handle_is_the_same_every_time() {
    assert_eq!(current(), current());
    let other = greenstd::thread::spawn(current).join().unwrap();
    assert_ne!(other, current());
}

#[test]
fn cancelling_has_no_effect() {
    current().cancel();
    assert!(!is_cancelled());
    current().unpark();
    assert_eq!(park(), Ok(()));
    assert_eq!(park_timeout(Duration::ZERO), Ok(Wake::TimedOut), "it grants no permit either");
    assert_eq!(sleep(Duration::from_millis(1)), Ok(()));
}

#[test]
fn scopes_just_call_what_is_in_them() {
    let earliest = time::now() + Duration::from_millis(1);
    no_park(|| sleep(Duration::from_millis(1))).unwrap();
    assert!(time::now() >= earliest);
    assert_eq!(shield(|| 5), 5);
}

#[test]
fn the_permits_of_others_do_not_wake_a_carrier_for_good() {
    // The token of the OS thread itself belongs to everybody: the permits of our own do not.
    on_carrier(|| {
        for _ in 0..100 {
            assert_eq!(park_timeout(Duration::from_micros(50)), Ok(Wake::TimedOut));
        }
    });
}

green_local! {
    static COUNT: Cell<u32> = Cell::new(0);
    static SLOW: RefCell<Option<SlowToGo>> = RefCell::new(None);
}

/// Gives whoever waits for it every opportunity to go on too early.
struct SlowToGo(#[expect(dead_code, reason = "it is counted as it is dropped")] Counted);

impl Drop for SlowToGo {
    fn drop(&mut self) {
        greenstd::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn green_locals_are_thread_locals() {
    COUNT.set(1);
    let other = greenstd::thread::spawn(|| {
        COUNT.set(COUNT.get() + 1);
        COUNT.get()
    });
    assert_eq!((other.join().unwrap(), COUNT.get()), (1, 1));
    // Those of the green threads on an OS thread are not those of the OS thread.
    assert_eq!(on_carrier(|| COUNT.get()), 0);
    assert_eq!(COUNT.get(), 1);
}

#[test]
fn green_locals_are_dropped_before_a_join_returns() {
    let drops = Drops::new();
    let kept = SlowToGo(drops.counted());
    let thread = spawn(move || SLOW.with(|slow| *slow.borrow_mut() = Some(kept)));
    thread.join().unwrap();
    assert_eq!(drops.count(), 1);
}

/// Uses another green-local as it goes.
struct UsesAnother;

impl Drop for UsesAnother {
    fn drop(&mut self) {
        COUNT.set(COUNT.get() + 1);
    }
}

green_local! {
    static USES_ANOTHER: UsesAnother = UsesAnother;
}

#[test]
fn the_destructor_of_a_green_local_may_use_another() {
    const THIS: &str = "plain_threads::the_destructor_of_a_green_local_may_use_another";
    if child::case().is_some() {
        let thread = greenstd::thread::spawn(|| USES_ANOTHER.with(|_| ()));
        return thread.join().unwrap();
    }
    // In a child, as a mistake here ends the process.
    child::succeeds(THIS, "");
}

/// Parks as it goes, and is counted after that.
struct ParksAtTheEnd(Drops);

impl Drop for ParksAtTheEnd {
    fn drop(&mut self) {
        assert_eq!(park_timeout(Duration::from_millis(1)), Ok(Wake::TimedOut));
        current().unpark();
        assert_eq!(park(), Ok(()));
        drop(self.0.counted());
    }
}

green_local! {
    static PARKS: RefCell<Option<ParksAtTheEnd>> = RefCell::new(None);
}

#[test]
fn the_destructor_of_a_green_local_may_park() {
    let drops = Drops::new();
    let kept = ParksAtTheEnd(drops.clone());
    // Started by others, and never parked before.
    let thread = greenstd::thread::spawn(|| PARKS.with(|parks| *parks.borrow_mut() = Some(kept)));
    thread.join().unwrap();
    assert_eq!(drops.count(), 1);
}
