//! Values that are made once.

use greenctx::{spawn, yield_now};
use greenstd::panics::{contain, message};
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greensync::{Interrupted, LazyLock, OnceCell, OnceLock};

use crate::{let_others_run, on_carrier};

#[test]
fn it_has_the_shape_of_stds() {
    let mut cell = OnceLock::new();
    assert_eq!((cell.get(), format!("{cell:?}").as_str()), (None, "OnceCell(<empty>)"));
    assert_eq!(cell.set(1), Ok(()));
    assert_eq!(cell.set(2), Err(2));
    assert_eq!((cell.get(), cell.wait()), (Some(&1), Ok(&1)));
    *cell.get_mut().unwrap() = 3;
    assert_eq!(cell.clone(), OnceCell::from(3));
    assert_eq!(cell.take(), Some(3));
    assert_eq!(cell.get_or_init(|| 4), Ok(&4));
    assert_eq!(cell.into_inner(), Some(4));
    assert_eq!(OnceCell::<u8>::default(), OnceCell::new());
}

#[test]
fn others_wait_for_the_one_that_makes_it() {
    static CELL: OnceCell<usize> = OnceCell::new();
    on_carrier(|| {
        let waits_only = spawn(|| CELL.wait().copied());
        let threads: Vec<_> = (0..5)
            .map(|number| {
                spawn(move || {
                    let made = CELL.get_or_init(|| {
                        let_others_run();
                        number
                    });
                    made.copied()
                })
            })
            .collect();
        yield_now();
        assert_eq!(CELL.set(9), Err(9), "it is being made");
        for thread in threads {
            assert_eq!(thread.join().unwrap(), Ok(0));
        }
        assert_eq!(waits_only.join().unwrap(), Ok(0));
    });
}

#[test]
fn after_an_error_or_a_panic_the_next_one_makes_it() {
    #[derive(Debug, PartialEq)]
    enum Failed {
        Here,
        Interrupted,
    }
    impl From<Interrupted> for Failed {
        fn from(_: Interrupted) -> Self {
            Failed::Interrupted
        }
    }
    static CELL: OnceCell<usize> = OnceCell::new();
    static TRIES: AtomicU64 = AtomicU64::new(0);
    on_carrier(|| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                spawn(move || {
                    let made = CELL.get_or_try_init(|| {
                        TRIES.fetch_add(1, Ordering::Relaxed);
                        let_others_run();
                        match number {
                            0 => Err(Failed::Here),
                            1 => panic!("on the way"),
                            _ => Ok(number),
                        }
                    });
                    made.copied()
                })
            })
            .collect();
        let mut outcomes = threads.into_iter().map(|thread| thread.join());
        assert_eq!(outcomes.next().unwrap().unwrap(), Err(Failed::Here));
        assert!(outcomes.next().unwrap().is_err());
        assert!(outcomes.all(|outcome| outcome.unwrap() == Ok(2)));
        assert_eq!(TRIES.load(Ordering::Relaxed), 3);
    });
}

#[test]
fn a_failure_passes_the_turn_on_also_to_one_who_was_cancelled_meanwhile() {
    static CELL: OnceCell<u8> = OnceCell::new();
    on_carrier(|| {
        let failing = spawn(|| {
            let made = contain(|| {
                CELL.get_or_init(|| {
                    let_others_run();
                    panic!("on the way");
                })
                .map(drop)
            });
            made.is_err()
        });
        yield_now();
        let cancelled = spawn(|| CELL.get_or_init(|| 1).copied());
        let last = spawn(|| CELL.get_or_init(|| 2).copied());
        assert!(failing.join().unwrap());
        cancelled.thread().cancel();
        assert!(matches!(cancelled.join().unwrap(), Ok(1)));
        assert_eq!(last.join().unwrap(), Ok(1));
    });
}

#[test]
fn what_makes_it_must_not_want_it() {
    static CELL: OnceCell<u8> = OnceCell::new();
    on_carrier(|| {
        let outcome = contain(|| CELL.get_or_init(|| *CELL.get_or_init(|| 1).unwrap()).map(drop));
        let payload = outcome.expect_err("it would wait for itself");
        assert!(message(&*payload).unwrap().contains("wants that value"));
        assert_eq!(CELL.get_or_init(|| 2), Ok(&2));
    });
}

#[test]
fn a_lazy_value_is_made_at_its_first_use() {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let lazy = LazyLock::new(|| MADE.fetch_add(1, Ordering::Relaxed) + 5);
    assert_eq!(
        (MADE.load(Ordering::Relaxed), format!("{lazy:?}").as_str()),
        (0, "LazyLock(<not made>)")
    );
    assert_eq!((*lazy, *LazyLock::force(&lazy)), (5, 5));
    assert_eq!(MADE.load(Ordering::Relaxed), 1);
    assert_eq!(*LazyLock::<u8>::default(), 0);
}

#[test]
fn a_lazy_value_whose_function_has_panicked_says_so_at_each_use() {
    static LAZY: LazyLock<u8> = LazyLock::new(|| panic!("on the way"));
    on_carrier(|| {
        assert!(contain(|| *LAZY).is_err());
        for _ in 0..2 {
            let payload = contain(|| *LAZY).expect_err("its function is used up");
            assert!(message(&*payload).unwrap().contains("panicked before"));
        }
    });
}
