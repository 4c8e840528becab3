//! Stacks: counted, used again, of many sizes, given back when idle.

use std::time::Duration;

use greenctx::{
    Builder, Carrier, CarrierBuilder, GuardKind, MAX_STACK_BYTES, MIN_STACK_BYTES, StackPool, park,
    sleep, spawn, stack_left, stack_size, yield_now,
};

use crate::depth::at_the_end_of_the_stack;
use crate::{SMALL_STACK_BYTES, on, on_carrier};

fn over(pool: &StackPool) -> CarrierBuilder {
    Carrier::builder().stacks(pool.clone())
}

fn at_once(threads: usize) {
    let handles: Vec<_> =
        (0..threads).map(|_| spawn(|| park().expect("nobody cancels us"))).collect();
    yield_now();
    handles.iter().for_each(|handle| handle.thread().unpark());
    handles.into_iter().for_each(|handle| handle.join().unwrap());
}

#[test]
fn every_thread_that_lives_at_once_has_a_stack_of_its_own() {
    let pool = StackPool::new();
    assert_eq!(pool.usage().stacks, 0, "nothing is reserved before it is wanted");
    on(over(&pool), || at_once(10));
    assert_eq!(pool.usage().stacks, 11, "ten, and main's");
}

#[test]
fn a_stack_is_used_again_after_its_thread_has_ended() {
    let pool = StackPool::new();
    on(over(&pool), || {
        for number in 0..1000 {
            assert_eq!(spawn(move || number).join().unwrap(), number);
        }
    });
    assert_eq!(pool.usage().stacks, 2);
    // Another carrier finds them in the pool.
    assert_eq!(pool.usage().warm, 2);
    on(over(&pool), || at_once(1));
    assert_eq!(pool.usage().stacks, 2);
}

#[test]
fn the_stack_of_a_panicked_thread_is_used_again() {
    let pool = StackPool::new();
    on(over(&pool), || {
        for _ in 0..100 {
            assert!(spawn(|| panic!("away")).join().is_err());
        }
    });
    assert_eq!(pool.usage().stacks, 2);
}

#[test]
fn what_a_thread_writes_on_its_stack_stays_its_own() {
    on(Carrier::builder().stack_size(SMALL_STACK_BYTES), || {
        let threads: Vec<_> = (0..500u64)
            .map(|number| {
                spawn(move || {
                    let mut words = [number; 500];
                    for round in 0..10 {
                        yield_now();
                        assert!(words.iter().all(|word| *word == number + round));
                        words.iter_mut().for_each(|word| *word += 1);
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn sizes_are_rounded_up_to_a_power_of_two() {
    on_carrier(|| {
        assert_eq!(stack_size(), Some(greenctx::DEFAULT_STACK_BYTES));
        for (asked, given) in [
            (MIN_STACK_BYTES, MIN_STACK_BYTES),
            (MIN_STACK_BYTES + 1, 2 * MIN_STACK_BYTES),
            (1_000_000, 1 << 20),
            (1 << 20, 1 << 20),
            (MAX_STACK_BYTES - 1, MAX_STACK_BYTES),
            (MAX_STACK_BYTES, MAX_STACK_BYTES),
        ] {
            let thread = Builder::new().stack_size(asked).spawn(stack_size).unwrap();
            assert_eq!(thread.join().unwrap(), Some(given), "{asked} bytes");
        }
    });
    let carrier = Carrier::builder().stack_size(300_000);
    assert_eq!(on(carrier, stack_size), Some(512 * 1024));
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the instrumented frames are larger")]
fn a_thread_has_the_size_that_was_asked_for_to_itself() {
    on_carrier(|| {
        for bytes in [MIN_STACK_BYTES, 64 * 1024, greenctx::DEFAULT_STACK_BYTES, 1 << 20] {
            let body = move || {
                let left = stack_left().expect("a green thread");
                at_the_end_of_the_stack(&|| ());
                left
            };
            let left = Builder::new().stack_size(bytes).spawn(body).unwrap().join().unwrap();
            assert!(left < bytes, "{left} of {bytes}");
            // The first frames are larger without optimisation.
            assert!(left >= bytes - 4096, "{left} of {bytes}");
        }
    });
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the instrumented frames are larger")]
fn sizes_are_kept_apart() {
    let pool = StackPool::new();
    on(over(&pool), || {
        for bytes in [MIN_STACK_BYTES, 1 << 20, MIN_STACK_BYTES, 1 << 20] {
            let left = Builder::new().stack_size(bytes).spawn(stack_left).unwrap();
            let left = left.join().unwrap().expect("a green thread");
            assert!(left < bytes, "{left} of {bytes}");
            assert!(left > bytes / 4, "{left} of {bytes}");
        }
    });
    assert_eq!(pool.usage().stacks, 3, "two sizes, each used twice, and main's");
}

#[test]
fn threads_run_with_every_kind_of_guard() {
    for guard in [GuardKind::Auto, GuardKind::Install, GuardKind::Protect] {
        let pool = StackPool::builder().guard(guard).build();
        on(over(&pool), || at_once(50));
        assert_eq!(pool.usage().stacks, 51);
    }
}

#[test]
fn an_idle_carrier_gives_the_pages_of_unused_stacks_back() {
    let pool = StackPool::builder().keep_warm(10).build();
    let seen = pool.clone();
    on(over(&pool), move || {
        at_once(1000);
        assert_eq!(seen.usage().cold, 0, "there was no leisure yet");
        // Idle, as everybody waits. It keeps as many as it was told to.
        while seen.usage().warm > 10 {
            sleep(Duration::from_millis(1)).expect("nobody cancels us");
        }
        let usage = seen.usage();
        assert_eq!(usage.stacks, 1001);
        assert_eq!(usage.warm, 10);
        // The rest, but for the few that the carrier keeps to itself.
        assert!(usage.cold > 900, "{usage:?}");

        // They serve again.
        at_once(1000);
        assert_eq!(seen.usage().stacks, 1001);
    });
}

#[test]
fn a_pool_that_keeps_everything_warm_gives_nothing_back() {
    let pool = StackPool::builder().keep_warm(10_000).build();
    let seen = pool.clone();
    on(over(&pool), move || {
        at_once(500);
        sleep(Duration::from_millis(1)).expect("nobody cancels us");
        assert_eq!(seen.usage().cold, 0);
        assert!(seen.usage().warm > 400, "{:?}", seen.usage());
    });
}

#[test]
fn carriers_share_a_pool() {
    let pool = StackPool::new();
    let carriers: Vec<_> = (0..4)
        .map(|_| {
            let pool = pool.clone();
            greenstd::thread::spawn(move || {
                for _ in 0..5 {
                    on(over(&pool), || at_once(200));
                }
            })
        })
        .collect();
    carriers.into_iter().for_each(|carrier| carrier.join().unwrap());
    let usage = pool.usage();
    assert!(usage.stacks <= 4 * 201, "more than ever lived at once: {usage:?}");
    assert_eq!(usage.warm + usage.cold, usage.stacks, "all are back");
}
