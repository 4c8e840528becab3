//! Pools of things that are used again.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use greenctx::{spawn, with_timeout, yield_now};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};
use greensync::{GetError, Mutex, Pool, TryGetError};

use crate::{everywhere, let_others_run, on_carrier};

const ONE: NonZeroUsize = NonZeroUsize::MIN;
const SHORT: Duration = Duration::from_millis(2);
const LONG: Duration = Duration::from_secs(3600);

/// How many there are, and the most that there have been.
#[derive(Default)]
struct Count {
    alive: AtomicUsize,
    most: AtomicUsize,
}

struct Counted(Arc<Count>);

impl Counted {
    fn new(count: &Arc<Count>) -> Self {
        let alive = count.alive.fetch_add(1, Ordering::SeqCst) + 1;
        count.most.fetch_max(alive, Ordering::SeqCst);
        Counted(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Makes 0, 1, 2 and so on.
fn numbers() -> impl Fn() -> Result<usize, &'static str> + Send + Sync {
    let next = AtomicUsize::new(0);
    move || Ok(next.fetch_add(1, Ordering::SeqCst))
}

#[test]
fn there_are_never_more_than_were_said_and_all_are_given_back() {
    let count = Arc::new(Count::default());
    let at_most = NonZeroUsize::new(3).unwrap();
    let made = count.clone();
    let pool = Pool::new(at_most, move || Counted::new(&made));
    let users = pool.clone();
    everywhere(move |user| {
        for round in 0..30 {
            let thing = users.get().unwrap();
            yield_now();
            if (user + round) % 7 == 0 {
                thing.discard();
            }
        }
    });
    assert!(count.most.load(Ordering::SeqCst) <= 3);
    let now = pool.statistics();
    assert_eq!((now.in_use, now.idle), (0, count.alive.load(Ordering::SeqCst)));
    assert_eq!(now.made + now.reused, 22 * 30);
    assert_eq!(now.made - now.dropped, now.idle as u64);
    drop(pool);
    assert_eq!(count.alive.load(Ordering::SeqCst), 0);
}

#[test]
fn the_last_that_came_back_is_the_first_to_go() {
    let pool = Pool::builder(NonZeroUsize::new(2).unwrap()).build(numbers());
    let (first, second) = (pool.get().unwrap(), pool.get().unwrap());
    assert_eq!((*first, *second), (0, 1));
    drop(second);
    drop(first);
    assert_eq!(*pool.get().unwrap(), 0);
}

#[test]
fn whoever_has_waited_longest_is_next() {
    on_carrier(|| {
        let pool = Pool::new(ONE, || ());
        let used = pool.get().unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let waiters: Vec<_> = (0..5)
            .map(|number| {
                let (pool, order) = (pool.clone(), order.clone());
                let waiter = spawn(move || {
                    let _thing = pool.get().unwrap();
                    order.lock().unwrap().push(number);
                });
                let_others_run();
                waiter
            })
            .collect();
        assert_eq!(pool.try_get().unwrap_err(), TryGetError::InUse);
        drop(used);
        assert_eq!(pool.try_get().unwrap_err(), TryGetError::InUse, "nobody is overtaken");
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
    });
}

#[test]
fn a_wait_ends_by_its_limit_by_a_deadline_and_by_cancelling() {
    on_carrier(|| {
        let pool = Pool::new(ONE, || ());
        let used = pool.get().unwrap();
        assert_eq!(pool.get_timeout(SHORT).unwrap_err(), GetError::TimedOut);
        let limited = with_timeout(SHORT, || pool.get());
        assert!(matches!(limited, Err(GetError::Interrupted(error)) if error.is_timed_out()));
        let theirs = pool.clone();
        let waiter = spawn(move || theirs.get_timeout(LONG).map(drop));
        let_others_run();
        waiter.thread().cancel();
        assert!(matches!(waiter.join().unwrap(), Err(GetError::Interrupted(_))));
        drop(used);
        assert!(pool.try_get().is_ok());
    });
}

#[test]
fn one_that_is_broken_or_dropped_by_a_panic_is_not_used_again() {
    let pool = Pool::builder(ONE).check(|number: &mut usize| *number != 2).build(numbers());
    pool.get().unwrap().discard();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _thing = pool.get().unwrap();
        std::panic::resume_unwind(Box::new("with it"));
    }));
    assert!(panicked.is_err());
    assert_eq!(*pool.get().unwrap(), 2);
    assert_eq!(*pool.get().unwrap(), 3, "the check has refused it");
    assert_eq!(pool.get().unwrap().into_inner(), 3);
    assert_eq!(*pool.get().unwrap(), 4);
    let now = pool.statistics();
    assert_eq!((now.made, now.reused, now.dropped, now.idle), (5, 1, 4, 1));
}

#[test]
fn one_that_cannot_be_made_or_checked_leaves_its_place() {
    let tries = AtomicUsize::new(0);
    let pool = Pool::builder(ONE)
        .check(|_: &mut usize| std::panic::resume_unwind(Box::new("checking")))
        .build(move || match tries.fetch_add(1, Ordering::SeqCst) {
            0 => Err("the server is down"),
            1 => std::panic::resume_unwind(Box::new("making")),
            number => Ok(number),
        });
    assert_eq!(pool.get().unwrap_err(), GetError::Make("the server is down"));
    assert!(catch_unwind(AssertUnwindSafe(|| pool.get().map(drop))).is_err());
    assert_eq!(*pool.get_timeout(SHORT).unwrap(), 2);
    assert!(catch_unwind(AssertUnwindSafe(|| pool.get().map(drop))).is_err());
    assert_eq!(*pool.try_get().unwrap(), 3);
    assert_eq!(pool.statistics().in_use, 0);
}

#[test]
fn one_that_is_too_old_or_was_idle_for_too_long_is_not_used_again() {
    let old = Pool::builder(ONE).max_age(Duration::ZERO).build(numbers());
    let idle = Pool::builder(ONE).max_idle(Duration::ZERO).build(numbers());
    let young = Pool::builder(ONE).max_age(LONG).max_idle(LONG).build(numbers());
    for number in 0..3 {
        assert_eq!(*old.get().unwrap(), number);
        assert_eq!(*idle.get().unwrap(), number);
        assert_eq!(*young.get().unwrap(), 0);
    }
    for pool in [old, idle, young] {
        pool.sweep();
        let now = pool.statistics();
        assert_eq!(now.made, now.dropped + now.idle as u64);
    }
}

#[test]
fn a_closed_pool_gives_nothing_and_keeps_nothing() {
    on_carrier(|| {
        let count = Arc::new(Count::default());
        let made = count.clone();
        let pool = Pool::new(NonZeroUsize::new(2).unwrap(), move || Counted::new(&made));
        let (used, idle) = (pool.get().unwrap(), pool.get().unwrap());
        drop(idle);
        let last = pool.get().unwrap();
        let theirs = pool.clone();
        let waiter = spawn(move || theirs.get().map(drop));
        let_others_run();
        assert!(pool.close() && !pool.close());
        assert_eq!(waiter.join().unwrap(), Err(GetError::Closed));
        assert!(matches!(pool.try_get(), Err(TryGetError::Closed)));
        assert!(matches!(pool.get_timeout(LONG), Err(GetError::Closed)));
        drop((used, last));
        assert_eq!(count.alive.load(Ordering::SeqCst), 0);
        assert_eq!((pool.statistics().dropped, pool.statistics().in_use), (2, 0));
    });
}

#[test]
fn making_and_checking_may_use_the_pool_itself() {
    let pool = Pool::builder(NonZeroUsize::new(2).unwrap())
        .check(|inner: &mut Option<Pool<u8>>| {
            inner.as_ref().is_none_or(|inner| inner.get().is_ok())
        })
        .build(|| Ok::<_, ()>(Some(Pool::new(ONE, || 7))));
    for _ in 0..3 {
        let used = pool.get().unwrap();
        assert_eq!(pool.statistics().in_use, 1);
        drop(used);
    }
}
