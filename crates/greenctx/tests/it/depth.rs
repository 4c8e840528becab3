//! How deep stacks are used.

use std::hint::black_box;
use std::time::Duration;

use greenctx::{Builder, Carrier, GuardKind, StackPool, park, sleep, spawn, stack_left, yield_now};

use crate::{on, on_carrier, run_on};

/// Calls itself until `bytes` of the stack are used, then does `at_the_bottom`, and returns the
/// depth in frames.
fn descend(bytes: usize, at_the_bottom: &dyn Fn()) -> usize {
    fn frame(until_left: usize, at_the_bottom: &dyn Fn()) -> usize {
        let on_the_stack = black_box([1u8; 512]);
        let deeper = if stack_left().expect("a green thread") > until_left {
            frame(until_left, at_the_bottom)
        } else {
            at_the_bottom();
            0
        };
        deeper + usize::from(black_box(on_the_stack)[0])
    }
    frame(stack_left().expect("a green thread") - bytes, at_the_bottom)
}

/// Calls itself until hardly anything of the stack is left, and does `there`.
pub(crate) fn at_the_end_of_the_stack(there: &dyn Fn()) {
    const LEFT: usize = 4096;
    descend(stack_left().expect("a green thread") - LEFT, there);
}

#[test]
fn a_big_stack_holds_a_deep_recursion() {
    const MIB: usize = 1 << 20;
    for guard in [GuardKind::Install, GuardKind::Protect] {
        let pool = StackPool::builder().guard(guard).build();
        on(Carrier::builder().stacks(pool), || {
            let deep = Builder::new().stack_size(64 * MIB).spawn(|| descend(60 * MIB, &|| ()));
            let frames = deep.unwrap().join().unwrap();
            assert!(frames > 1000, "{frames} frames");
        });
    }
}

#[test]
fn the_stack_that_is_left_shrinks_with_the_depth() {
    on_carrier(|| {
        let before = stack_left().expect("a green thread");
        descend(10_000, &|| assert!(stack_left().expect("a green thread") <= before - 10_000));
        assert_eq!(stack_left().map(|left| left / 4096), Some(before / 4096), "back again");
    });
}

#[test]
fn the_depth_at_a_park_is_counted() {
    let carrier = Carrier::builder().stack_size(1 << 20).build().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || {
        let deepest = || handle.counters().deepest_stack_bytes();
        yield_now();
        let shallow = deepest();
        assert!(shallow > 0);
        descend(100_000, &yield_now);
        assert!((100_000..200_000).contains(&deepest()), "{}", deepest());
        descend(500_000, &yield_now);
        assert!((500_000..1 << 20).contains(&deepest()), "{}", deepest());
        let highest = deepest();
        yield_now();
        assert_eq!(deepest(), highest, "it is a high-water mark");
    });
}

/// A look every now and then sees all stacks; it must come to be what it is to be.
fn comes_to_be_at_least(pool: &StackPool, bytes: usize) -> usize {
    loop {
        let deepest = pool.deepest_bytes();
        if deepest >= bytes {
            return deepest;
        }
        yield_now();
    }
}

#[test]
fn the_depth_between_two_parks_is_known_of_threads_that_end_wait_or_run() {
    let pool = StackPool::new();
    assert_eq!(pool.deepest_bytes(), 0);
    on(Carrier::builder().stacks(pool.clone()).stack_size(1 << 20), move || {
        let deepest = comes_to_be_at_least(&pool, 1);
        assert!(deepest < 50_000, "{deepest}");

        // One of many, which does not park.
        let threads: Vec<_> = (0..200)
            .map(|number| spawn(move || descend(if number == 77 { 300_000 } else { 3 }, &|| ())))
            .collect();
        threads.into_iter().for_each(|thread| assert!(thread.join().unwrap() > 0));
        let deepest = comes_to_be_at_least(&pool, 300_000);
        assert!(deepest < 400_000, "{deepest}");

        let waits = spawn(|| {
            descend(500_000, &|| ());
            park().expect("nobody cancels us");
        });
        let deepest = comes_to_be_at_least(&pool, 500_000);
        assert!(deepest < 600_000, "{deepest}");
        waits.thread().unpark();
        waits.join().unwrap();

        descend(700_000, &|| ());
        let deepest = comes_to_be_at_least(&pool, 700_000);
        assert!(deepest < 800_000, "{deepest}");
    });
}

#[test]
fn the_depth_is_known_after_the_pages_were_given_back() {
    let pool = StackPool::builder().keep_warm(0).build();
    let seen = pool.clone();
    on(Carrier::builder().stacks(pool).stack_size(1 << 20), move || {
        let deep = || {
            park().expect("nobody cancels us");
            descend(300_000, &|| ());
        };
        let threads: Vec<_> = (0..200).map(|_| spawn(deep)).collect();
        yield_now();
        threads.iter().for_each(|thread| thread.thread().unpark());
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        while seen.usage().warm > 0 {
            sleep(Duration::from_millis(1)).expect("nobody cancels us");
        }
        assert!(seen.usage().cold > 100, "{:?}", seen.usage());
        comes_to_be_at_least(&seen, 300_000);
    });
}
