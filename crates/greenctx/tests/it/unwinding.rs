//! A panic that parks on its way out, while siblings live their lives.
#![allow(
    clippy::disallowed_types,
    reason = "the mutex of `std` is what these tests are about: it asks whether the OS thread panics"
)]

use std::sync::Mutex;

use greenctx::{current, park, sleep, spawn, yield_now};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, Ordering};

use crate::drops::Drops;
use crate::on_carrier;

/// Waits in its drop until the gate is open.
struct ParksInDrop {
    open: Arc<AtomicBool>,
    drops: Drops,
}

impl Drop for ParksInDrop {
    fn drop(&mut self) {
        while !self.open.load(Ordering::Relaxed) {
            park().expect("nobody cancels us");
        }
        drop(self.drops.counted());
    }
}

#[test]
fn siblings_lock_panic_and_are_joined_while_a_destructor_is_parked() {
    on_carrier(|| {
        let open = Arc::new(AtomicBool::new(false));
        let drops = Drops::new();
        let guard = ParksInDrop { open: open.clone(), drops: drops.clone() };
        let unwinding = spawn(move || {
            let _guard = guard;
            panic!("the first panic");
        });
        yield_now();
        assert_eq!(drops.count(), 0, "the destructor is parked in the middle of the panic");

        // Siblings of the unwinding thread, each with what is its own.
        let siblings: Vec<_> = (0..50)
            .map(|number| {
                spawn(move || {
                    let own = Mutex::new(number);
                    for _ in 0..3 {
                        *own.lock().expect("locked and unlocked within the other's panic") += 1;
                        yield_now();
                    }
                    assert!(number % 2 == 0, "panic of sibling {number}");
                    own.into_inner().expect("it is whole")
                })
            })
            .collect();
        for (number, sibling) in siblings.into_iter().enumerate() {
            match sibling.join() {
                Ok(sum) => assert_eq!(sum, number + 3),
                Err(error) => assert!(error.to_string().contains("panic of sibling"), "{error}"),
            }
        }

        assert_eq!(drops.count(), 0);
        open.store(true, Ordering::Relaxed);
        unwinding.thread().unpark();
        let error = unwinding.join().unwrap_err();
        assert_eq!(error.to_string(), "the green thread panicked: the first panic");
        assert_eq!(drops.count(), 1);
        assert!(!std::thread::panicking());
    });
    assert!(!std::thread::panicking());
}

#[test]
fn many_panics_are_parked_at_once_and_end_in_any_order() {
    struct Sleeps(Drops);
    impl Drop for Sleeps {
        fn drop(&mut self) {
            let micros = current().id().as_u64() * 7919 % 997;
            sleep(std::time::Duration::from_micros(micros)).expect("nobody cancels us");
            yield_now();
            drop(self.0.counted());
        }
    }
    on_carrier(|| {
        let drops = Drops::new();
        let threads: Vec<_> = (0..300usize)
            .map(|number| {
                let held = (Sleeps(drops.clone()), Sleeps(drops.clone()));
                spawn(move || {
                    let _held = held;
                    std::panic::panic_any(number);
                })
            })
            .collect();
        for (number, thread) in threads.into_iter().enumerate() {
            let greenctx::JoinError::Panicked(panic) = thread.join().unwrap_err() else {
                panic!("nobody was cancelled");
            };
            assert_eq!(
                panic.into_inner().downcast_ref(),
                Some(&number),
                "the panic of another thread"
            );
        }
        assert_eq!(drops.count(), 600);
        assert!(!std::thread::panicking());
    });
}

#[test]
fn what_is_built_on_parking_does_not_poison() {
    on_carrier(|| {
        let open = Arc::new(AtomicBool::new(false));
        let guard = ParksInDrop { open: open.clone(), drops: Drops::new() };
        // Locked before the other panics, released while it does.
        let lock = Arc::new(greenstd::sync::Mutex::new(0));
        let theirs = lock.clone();
        let unwinding = spawn(move || {
            let _guard = guard;
            panic!("parked in the middle");
        });
        let sibling = {
            let held = theirs.lock();
            yield_now();
            drop(held);
            spawn(move || *theirs.lock() += 1)
        };
        sibling.join().unwrap();
        assert_eq!(*lock.lock(), 1);
        open.store(true, Ordering::Relaxed);
        unwinding.thread().unpark();
        assert!(unwinding.join().is_err());
    });
}
