//! Green-locals: one value for each green thread.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use greenctx::{current, green_local, sleep, spawn, spawn_local, yield_now};
use greenstd::panics::contain;
use greenstd::sync::{Arc, Mutex};

use crate::drops::{Counted, Drops, Nasty};
use crate::on_carrier;
use testkit::Watchdog;

green_local! {
    static NUMBER: Cell<u64> = Cell::new(7);
    static WORDS: RefCell<Vec<String>> = RefCell::new(Vec::new());
    static KEPT: RefCell<Vec<Counted>> = RefCell::new(Vec::new());
}

#[test]
fn every_thread_has_a_value_of_its_own() {
    on_carrier(|| {
        NUMBER.set(1);
        let child = spawn(|| {
            let before = NUMBER.get();
            NUMBER.set(2);
            (before, NUMBER.get())
        });
        assert_eq!(child.join().unwrap(), (7, 2));
        assert_eq!(NUMBER.get(), 1);
    });
}

#[test]
fn a_value_stays_with_its_thread_across_parks() {
    on_carrier(|| {
        let threads: Vec<_> = (0..100u64)
            .map(|number| {
                spawn(move || {
                    NUMBER.set(number);
                    for round in 0..10 {
                        WORDS.with(|words| words.borrow_mut().push(format!("{number}.{round}")));
                        yield_now();
                        assert_eq!(NUMBER.get(), number);
                    }
                    WORDS.with(RefCell::take)
                })
            })
            .collect();
        for (number, thread) in threads.into_iter().enumerate() {
            let words: Vec<_> = (0..10).map(|round| format!("{number}.{round}")).collect();
            assert_eq!(thread.join().unwrap(), words);
        }
    });
}

#[test]
fn a_value_may_be_in_use_across_a_park() {
    on_carrier(|| {
        let sibling = spawn(|| NUMBER.with(|number| number.replace(1)));
        NUMBER.with(|number| {
            number.set(5);
            yield_now();
            assert_eq!(number.get(), 5);
        });
        assert_eq!(sibling.join().unwrap(), 7);
    });
}

thread_local! {
    static MADE: Cell<u32> = const { Cell::new(0) };
}

green_local! {
    static MADE_ON_USE: u32 = {
        MADE.set(MADE.get() + 1);
        MADE.get()
    };
}

#[test]
fn a_value_is_made_on_first_use() {
    on_carrier(|| {
        spawn(|| ()).join().unwrap();
        assert_eq!(MADE.get(), 0);
        let user = spawn(|| (MADE_ON_USE.with(|made| *made), MADE_ON_USE.with(|made| *made)));
        assert_eq!(user.join().unwrap(), (1, 1));
        assert_eq!(spawn(|| MADE_ON_USE.with(|made| *made)).join().unwrap(), 2);
    });
}

/// Lets everybody else run before it goes.
struct SlowToGo(#[expect(dead_code, reason = "it is counted as it is dropped")] Counted);

impl Drop for SlowToGo {
    fn drop(&mut self) {
        (0..10).for_each(|_| yield_now());
    }
}

green_local! {
    static SLOW: RefCell<Option<SlowToGo>> = RefCell::new(None);
}

#[test]
fn values_are_dropped_before_a_join_returns() {
    on_carrier(|| {
        let drops = Drops::new();
        let keep = |drops: &Drops| {
            let slow = SlowToGo(drops.counted());
            move || SLOW.with(|kept| *kept.borrow_mut() = Some(slow))
        };
        spawn(keep(&drops)).join().unwrap();
        assert_eq!(drops.count(), 1);
        spawn_local(keep(&drops)).join().unwrap();
        assert_eq!(drops.count(), 2);
        // Also those of a thread that panics.
        let (keep, panics) = (keep(&drops), || panic!("away"));
        let panicked = spawn(move || {
            keep();
            panics()
        });
        assert!(panicked.join().is_err());
        assert_eq!(drops.count(), 3);
    });
}

#[test]
fn the_values_of_main_are_dropped_before_run_returns() {
    let drops = Drops::new();
    let counted = drops.counted();
    on_carrier(move || KEPT.with(|kept| kept.borrow_mut().push(counted)));
    assert_eq!(drops.count(), 1);
}

/// Tells in which order it and its like are dropped.
struct Orderly(&'static str, RefCell<Option<Arc<Mutex<Vec<&'static str>>>>>);

impl Orderly {
    fn report_to(&self, order: &Arc<Mutex<Vec<&'static str>>>) {
        *self.1.borrow_mut() = Some(order.clone());
    }
}

impl Drop for Orderly {
    fn drop(&mut self) {
        if let Some(order) = self.1.take() {
            order.lock().push(self.0);
        }
    }
}

green_local! {
    static FIRST: Orderly = Orderly("first", RefCell::default());
    static SECOND: Orderly = Orderly("second", RefCell::default());
    static THIRD: Orderly = Orderly("third", RefCell::default());
}

#[test]
fn what_was_made_last_is_dropped_first() {
    on_carrier(|| {
        let order = Arc::new(Mutex::new(Vec::new()));
        let theirs = order.clone();
        let thread = spawn(move || {
            SECOND.with(|value| value.report_to(&theirs));
            FIRST.with(|value| value.report_to(&theirs));
            THIRD.with(|value| value.report_to(&theirs));
        });
        thread.join().unwrap();
        assert_eq!(*order.lock(), ["third", "first", "second"]);
    });
}

/// Uses others of its thread as it goes: one that is still there and one that is not.
struct LooksBack;

impl Drop for LooksBack {
    fn drop(&mut self) {
        let name = current().name().map(String::from).unwrap_or_default();
        WORDS.with(|words| words.borrow_mut().push(name));
        let drops = KEPT.with(|kept| kept.borrow().len());
        assert_eq!(drops, 1, "made before, so dropped after");
    }
}

green_local! {
    static LOOKS_BACK: LooksBack = LooksBack;
}

#[test]
fn a_destructor_may_use_and_make_other_values_and_park() {
    on_carrier(|| {
        let drops = Drops::new();
        let counted = drops.counted();
        let thread = spawn(move || {
            KEPT.with(|kept| kept.borrow_mut().push(counted));
            LOOKS_BACK.with(|_| yield_now());
        });
        thread.join().unwrap();
        assert_eq!(drops.count(), 1);
    });
}

green_local! {
    static NASTY: RefCell<Vec<Nasty>> = RefCell::new(Vec::new());
}

#[test]
fn a_destructor_that_panics_keeps_its_panic_to_itself() {
    on_carrier(|| {
        let drops = Drops::new();
        let (nasty, counted) = (drops.nasty(), drops.counted());
        let thread = spawn(move || {
            KEPT.with(|kept| kept.borrow_mut().push(counted));
            NASTY.with(|kept| kept.borrow_mut().push(nasty));
            "done"
        });
        assert_eq!(thread.join().unwrap(), "done");
        assert_eq!(drops.count(), 2, "the others are dropped all the same");
    });
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

green_local! {
    static REENTRANT: u32 = {
        let depth = DEPTH.get();
        DEPTH.set(depth + 1);
        if depth == 0 {
            // Asked for while it is being made: the inner one is first.
            assert_eq!(REENTRANT.with(|value| *value), 1);
        }
        depth
    };
    static PANICS_ONCE: u32 = {
        let depth = DEPTH.get();
        DEPTH.set(depth + 1);
        assert!(depth > 0, "the first time");
        depth
    };
}

#[test]
fn a_value_asked_for_while_it_is_made_is_the_one_that_stays() {
    on_carrier(|| {
        assert_eq!(REENTRANT.with(|value| *value), 1);
        assert_eq!(REENTRANT.with(|value| *value), 1);
    });
}

#[test]
fn a_value_whose_making_panicked_is_made_at_the_next_use() {
    on_carrier(|| {
        assert!(contain(|| PANICS_ONCE.with(|_| ())).is_err());
        assert_eq!(PANICS_ONCE.with(|value| *value), 1);
    });
}

/// Uses itself as it goes, and tells whether that went without a panic.
struct UsesItself(RefCell<Option<Arc<Mutex<Vec<bool>>>>>);

impl Drop for UsesItself {
    fn drop(&mut self) {
        if let Some(log) = self.0.take() {
            let used = contain(|| {
                USES_ITSELF.with(|value| *value.0.borrow_mut() = Some(log.clone()));
            });
            log.lock().push(used.is_ok());
        }
    }
}

/// Uses the other one of the two as it goes, and makes it if need be.
struct UsesTheOther(Cell<u32>, fn(u32));

impl Drop for UsesTheOther {
    fn drop(&mut self) {
        // If it panics, that ends here.
        (self.1)(self.0.get() + 1);
    }
}

green_local! {
    static USES_ITSELF: UsesItself = UsesItself(RefCell::default());
    static PING: UsesTheOther = UsesTheOther(Cell::new(0), |n| PONG.with(|pong| pong.0.set(n)));
    static PONG: UsesTheOther = UsesTheOther(Cell::new(0), |n| PING.with(|ping| ping.0.set(n)));
}

/// Runs `run` on a green thread and on a plain one, to their end.
fn on_either_kind_of_thread(run: impl Fn() + Clone + Send + 'static) {
    let theirs = run.clone();
    on_carrier(move || spawn(theirs).join().unwrap());
    let _watchdog = Watchdog::start(|| String::from("a plain thread"));
    greenstd::thread::spawn(run).join().unwrap();
}

#[test]
fn a_value_that_is_being_dropped_is_not_made_anew_for_its_own_destructor() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let theirs = log.clone();
    on_either_kind_of_thread(move || {
        USES_ITSELF.with(|value| *value.0.borrow_mut() = Some(theirs.clone()));
    });
    assert_eq!(*log.lock(), [false, false]);
}

#[test]
fn destructors_that_use_one_another_come_to_an_end() {
    on_either_kind_of_thread(|| PING.with(|ping| ping.0.set(1)));
}

green_local! {
    static MADE_SLOWLY: String = {
        let number = current().id().as_u64();
        sleep(Duration::from_millis(1)).unwrap();
        number.to_string()
    };
}

#[test]
fn a_value_may_wait_while_it_is_made_and_stays_what_it_is() {
    on_carrier(|| {
        let use_it = || {
            MADE_SLOWLY.with(|value| {
                let own = current().id().as_u64().to_string();
                assert_eq!(*value, own);
                // The siblings make theirs.
                sleep(Duration::from_millis(2)).unwrap();
                assert_eq!(*value, own);
            });
        };
        let threads: Vec<_> = (0..10).map(|_| spawn(use_it)).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// Sleeps as it goes, and uses a green-local.
struct SleepsAndUses;

impl Drop for SleepsAndUses {
    fn drop(&mut self) {
        sleep(Duration::from_millis(1)).unwrap();
        NUMBER.set(NUMBER.get() + 1);
    }
}

green_local! {
    static NESTED: (u32, SleepsAndUses) = {
        let depth = DEPTH.get();
        DEPTH.set(depth + 1);
        if depth == 0 {
            NESTED.with(|_| ());
        }
        (depth, SleepsAndUses)
    };
}

#[test]
fn the_surplus_value_of_an_initializer_that_calls_itself_may_wait_as_it_is_dropped() {
    on_carrier(|| {
        assert_eq!(NESTED.with(|value| value.0), 1, "the inner one is first");
        assert_eq!(NUMBER.get(), 8, "the outer one is gone");
    });
}

#[test]
fn statics_without_size_are_told_apart() {
    green_local! {
        static ONE: Cell<u8> = Cell::new(1);
        static TWO: Cell<u8> = Cell::new(2);
    }
    on_carrier(|| {
        assert_eq!((ONE.get(), TWO.get()), (1, 2));
        ONE.set(3);
        assert_eq!((ONE.get(), TWO.get()), (3, 2));
    });
}
