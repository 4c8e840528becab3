//! What a hook keeps apart: here, a list that stands for the entered spans of an OS thread.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use greenctx::{
    Carrier, CarrierBuilder, Identity, SwitchHook, assume, current, give_way, no_park, park, sleep,
    spawn, spawn_local, with_timeout, yield_now,
};
use greenstd::panics::contain;

use crate::{on, run_on};

thread_local! {
    static ENTERED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

struct Lists;

impl SwitchHook for Lists {
    type Kept = Vec<&'static str>;

    fn take(&self) -> Option<Self::Kept> {
        CALLS.set(CALLS.get() + 1);
        Some(ENTERED.take()).filter(|entered| !entered.is_empty())
    }

    fn put_back(&self, kept: Self::Kept) {
        ENTERED.set(kept);
    }
}

struct Job(u64);

impl Identity for Job {
    fn id(&self) -> u64 {
        self.0
    }

    fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "job-{}", self.0)
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn enter(name: &'static str) {
    ENTERED.with_borrow_mut(|entered| entered.push(name));
}

fn entered() -> Vec<&'static str> {
    ENTERED.with_borrow(Clone::clone)
}

fn hooked() -> CarrierBuilder {
    Carrier::builder().switch_hook(Lists)
}

#[test]
fn every_thread_finds_its_own_after_every_kind_of_wait() {
    on(hooked(), || {
        let waits: [fn(); 6] = [
            yield_now,
            || sleep(Duration::from_millis(1)).unwrap(),
            || assert!(with_timeout(Duration::from_millis(1), park).unwrap_err().is_timed_out()),
            || spawn(|| ()).join().unwrap(),
            || (0..1000).for_each(|_| give_way().unwrap()),
            || {
                let waiting = current();
                let waker = spawn(move || waiting.unpark());
                park().unwrap();
                waker.join().unwrap();
            },
        ];
        let threads = ["a", "b", "c"].map(|name| {
            spawn(move || {
                for (round, wait) in waits.iter().enumerate() {
                    assert_eq!(entered(), vec![name; round]);
                    enter(name);
                    wait();
                    assert_eq!(entered(), vec![name; round + 1]);
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(entered(), [""; 0]);
    });
}

#[test]
fn a_new_thread_finds_nothing() {
    on(hooked(), || {
        enter("of the spawner");
        assert_eq!(spawn(entered).join().unwrap(), [""; 0]);
        assert_eq!(entered(), ["of the spawner"]);
    });
}

#[test]
fn what_a_thread_leaves_behind_is_removed_also_if_it_panics() {
    on(hooked(), || {
        spawn(|| enter("left behind")).join().unwrap();
        let panicking = spawn(|| {
            enter("left behind");
            panic!("of the test");
        });
        panicking.join().unwrap_err();
        assert_eq!(spawn(entered).join().unwrap(), [""; 0]);
    });
}

#[test]
fn an_identity_finds_nothing_and_leaves_nothing() {
    on(hooked(), || {
        enter("outer");
        let seen = assume(&Job(1), || {
            let seen = entered();
            enter("inner");
            yield_now();
            assert_eq!(entered(), ["inner"]);
            seen
        });
        assert_eq!(seen, [""; 0]);
        assert_eq!(entered(), ["outer"]);
        let unwound = contain(|| {
            assume(&Job(2), || {
                enter("inner");
                panic!("of the test");
            })
        });
        assert!(unwound.is_err());
        assert_eq!(entered(), ["outer"]);
    });
}

#[test]
fn what_was_set_around_the_carrier_is_set_again_after_it() {
    enter("outside");
    let carrier = hooked().build().unwrap();
    assert_eq!(run_on(carrier, || (entered(), enter("inside")).0), [""; 0]);
    assert_eq!(entered(), ["outside"]);
}

#[test]
fn a_hook_that_waits_or_panics_is_reported_and_disturbs_nobody() {
    struct Rude;
    impl SwitchHook for Rude {
        type Kept = ();

        fn take(&self) -> Option<()> {
            CALLS.set(CALLS.get() + 1);
            match CALLS.get() % 3 {
                0 => panic!("of the test"),
                1 => yield_now(),
                _ => {}
            }
            Some(())
        }

        fn put_back(&self, (): ()) {
            let _ = sleep(Duration::from_millis(1));
        }
    }
    on(Carrier::builder().switch_hook(Rude), || {
        let rounds = Rc::new(Cell::new(0));
        let threads = [(); 3].map(|()| {
            let rounds = rounds.clone();
            spawn_local(move || {
                for _ in 0..5 {
                    rounds.set(rounds.get() + 1);
                    yield_now();
                    sleep(Duration::from_micros(100)).unwrap();
                }
                assert!(contain(|| no_park(yield_now)).is_err());
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(rounds.get(), 15);
    });
}

#[test]
fn a_park_that_does_not_wait_calls_no_hook() {
    on(hooked(), || {
        let before = CALLS.get();
        current().unpark();
        park().unwrap();
        assert_eq!(CALLS.get(), before);
    });
}
