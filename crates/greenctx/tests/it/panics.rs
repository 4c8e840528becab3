//! Panics stay where they belong.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use greenctx::{Carrier, JoinError, MIN_STACK_BYTES, spawn, stack_left, yield_now};
use greenstd::panics::Payload;
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};

use crate::drops::Drops;
use crate::{on, on_carrier};
use testkit::child;

fn payload(error: JoinError) -> Payload {
    match error {
        JoinError::Panicked(panic) => panic.into_inner(),
        other => panic!("not a panic: {other}"),
    }
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the instrumented frames are larger")]
fn a_panic_on_the_smallest_stack_prints_its_backtrace_and_is_what_join_returns() {
    const THIS: &str =
        "panics::a_panic_on_the_smallest_stack_prints_its_backtrace_and_is_what_join_returns";
    if child::case().is_some() {
        on(Carrier::builder().stack_size(MIN_STACK_BYTES), || {
            let error = spawn(|| panic!("away, with {:?} left", stack_left())).join().unwrap_err();
            assert!(error.to_string().contains("away"), "{error}");
        });
        return;
    }
    for backtrace in ["1", "full"] {
        let output = child::run_with_backtrace(THIS, "", backtrace);
        let text = child::describe(&output);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("away, with") && text.contains("stack backtrace:"), "{text}");
    }
}

#[test]
fn a_panic_is_what_join_returns() {
    on_carrier(|| {
        let error = spawn(|| panic!("literal")).join().unwrap_err();
        assert_eq!(error.to_string(), "the green thread panicked: literal");
        assert!(format!("{error:?}").contains("literal"));
        assert_eq!(payload(error).downcast_ref(), Some(&"literal"));

        let error = spawn(|| panic!("number {}", 7)).join().unwrap_err();
        assert_eq!(error.to_string(), "the green thread panicked: number 7");

        let error = spawn(|| panic_any(vec![1, 2, 3])).join().unwrap_err();
        assert_eq!(error.to_string(), "the green thread panicked");
        assert_eq!(payload(error).downcast_ref(), Some(&vec![1, 2, 3]));
    });
}

#[test]
fn a_panic_of_a_thread_on_plain_ground_is_what_join_returns() {
    let error = spawn(|| panic!("on an OS thread")).join().unwrap_err();
    assert_eq!(error.to_string(), "the green thread panicked: on an OS thread");
}

#[test]
fn siblings_go_on_after_a_panic() {
    on_carrier(|| {
        let siblings: Vec<_> = (0..100)
            .map(|number| {
                spawn(move || {
                    (0..number).for_each(|_| yield_now());
                    assert!(number % 3 != 0, "every third");
                    number
                })
            })
            .collect();
        for (number, sibling) in siblings.into_iter().enumerate() {
            match sibling.join() {
                Ok(same) => assert_eq!(same, number),
                Err(_) => assert_eq!(number % 3, 0),
            }
        }
        assert!(!std::thread::panicking());
    });
}

#[test]
fn what_a_panicking_thread_holds_is_dropped() {
    on_carrier(|| {
        let drops = Drops::new();
        let (captured, local) = (drops.counted(), drops.clone());
        let thread = spawn(move || {
            let _on_the_stack = local.counted();
            let _captured = captured;
            yield_now();
            panic!("away");
        });
        assert!(thread.join().is_err());
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_payload_whose_drop_panics_does_not_reach_the_carrier() {
    on_carrier(|| {
        let drops = Drops::new();
        // The handle is gone before the end, after it, and used.
        let nasty = drops.nasty();
        drop(spawn(move || panic_any(nasty)));
        let nasty = drops.nasty();
        let ended = spawn(move || panic_any(nasty));
        yield_now();
        assert!(ended.is_finished());
        drop(ended);
        let nasty = drops.nasty();
        let payload = payload(spawn(move || panic_any(nasty)).join().unwrap_err());
        assert_eq!(drops.count(), 2);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(payload))).is_err());
        assert_eq!(drops.count(), 3);
        assert_eq!(spawn(|| 1).join().unwrap(), 1);
    });
}

#[test]
fn a_result_whose_drop_panics_does_not_reach_the_carrier() {
    on_carrier(|| {
        let drops = Drops::new();
        let nasty = drops.nasty();
        drop(spawn(move || nasty));
        let nasty = drops.nasty();
        let ended = spawn(move || nasty);
        yield_now();
        drop(ended);
        assert_eq!(drops.count(), 2);
        assert_eq!(spawn(|| 1).join().unwrap(), 1);
    });
}

#[test]
fn a_captured_value_whose_drop_panics_is_a_panic_of_the_thread() {
    on_carrier(|| {
        let drops = Drops::new();
        let nasty = drops.nasty();
        let error = spawn(move || drop(nasty)).join().unwrap_err();
        assert_eq!(error.to_string(), "the green thread panicked: dropped");
        // A closure that does not touch what it has captured drops it as it ends.
        let nasty = drops.nasty();
        let error = spawn(move || {
            let _untouched = &nasty;
        });
        assert!(error.join().is_err());
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn the_panic_of_main_comes_after_the_other_threads_have_ended() {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = ended.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        Carrier::new().unwrap().run(move || {
            for _ in 0..10 {
                let count = count.clone();
                drop(spawn(move || {
                    (0..20).for_each(|_| yield_now());
                    count.fetch_add(1, Ordering::Relaxed);
                }));
            }
            panic_any(String::from("main is gone"));
        })
    }));
    let payload = outcome.expect_err("main has panicked");
    assert_eq!(payload.downcast_ref(), Some(&String::from("main is gone")));
    assert_eq!(ended.load(Ordering::Relaxed), 10);
    // The OS thread is whole.
    assert!(!std::thread::panicking());
    assert_eq!(on_carrier(|| 1), 1);
}
