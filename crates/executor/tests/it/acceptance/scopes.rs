//! `scope`: any number of parts that borrow from the caller's frame.

use greenstd::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use executor::{ExecutorHandle, Scope, Shutdown, join, scope, sleep, yield_now};

use super::support::{by_build, eventually, pool};

fn in_job<R: Send + 'static>(pool: &ExecutorHandle, run: impl FnOnce() -> R + Send + 'static) -> R {
    pool.submit(run).unwrap().result().unwrap()
}

/// A tree with ten branches at each node: the sum of `first..first + leaves`.
fn tree(first: u64, leaves: u64, leaf: &(impl Fn(u64) -> u64 + Sync)) -> u64 {
    if leaves == 1 {
        return leaf(first);
    }
    let each = leaves / 10;
    let mut sums = [0; 10];
    scope(|scope| {
        for (branch, sum) in (0..).zip(&mut sums) {
            scope.submit(move || *sum = tree(first + branch * each, each, leaf));
        }
    });
    sums.iter().sum()
}

#[test]
fn parts_write_where_they_borrow() {
    for (workers, carriers) in [(1, 1), (2, 2), (64, 4)] {
        let pool = pool(workers, carriers);
        let leaves = by_build(10_000, 1_000_000);
        let sum = in_job(&pool, move || tree(0, leaves, &|leaf| leaf));
        assert_eq!(sum, leaves * (leaves - 1) / 2);
        let statistics = pool.statistics();
        assert_eq!((statistics.submitted(), statistics.forked()), (1, (leaves - 1) / 9 * 10));
    }
}

#[test]
fn parts_that_sleep_and_yield_add_up() {
    let leaves = by_build(1_000, 100_000);
    let pool = pool(64, 4);
    let sum = in_job(&pool, move || {
        tree(0, leaves, &|leaf| {
            match leaf % 97 {
                0 => sleep(Duration::from_micros(200)).unwrap(),
                1..10 => yield_now(),
                _ => {}
            }
            leaf
        })
    });
    assert_eq!(sum, leaves * (leaves - 1) / 2);
}

#[test]
fn parts_that_wait_do_so_at_the_same_time() {
    const PARTS: usize = 100;
    let pool = pool(1000, 2);
    let present = in_job(&pool, || {
        let present = AtomicUsize::new(0);
        scope(|scope| {
            for _ in 0..PARTS {
                scope.submit(|| {
                    present.fetch_add(1, SeqCst);
                    while present.load(SeqCst) < PARTS {
                        sleep(Duration::from_micros(50)).unwrap();
                    }
                });
            }
        });
        present.load(SeqCst)
    });
    assert_eq!(present, PARTS);
}

/// Submits two parts that do the same, down to `depth`.
fn grow<'scope>(scope: &'scope Scope<'scope, '_>, depth: u32, nodes: &'scope AtomicU64) {
    nodes.fetch_add(1, SeqCst);
    if depth.is_multiple_of(3) {
        yield_now();
    }
    if depth > 0 {
        scope.submit(move || grow(scope, depth - 1, nodes));
        scope.submit(move || grow(scope, depth - 1, nodes));
    }
}

#[test]
fn parts_submit_parts_to_the_same_scope() {
    for (workers, carriers) in [(1, 1), (2, 2), (3, 2), (64, 4)] {
        let pool = pool(workers, carriers);
        for _ in 0..by_build(10, 100) {
            let nodes = in_job(&pool, || {
                let nodes = AtomicU64::new(0);
                scope(|scope| grow(scope, 8, &nodes));
                nodes.load(SeqCst)
            });
            assert_eq!(nodes, 511);
        }
    }
}

#[test]
fn parts_are_submitted_from_within_joins_and_inner_scopes() {
    let pool = pool(16, 4);
    for _ in 0..by_build(50, 1_000) {
        let called = in_job(&pool, || {
            let called = AtomicU64::new(0);
            let count = || _ = called.fetch_add(1, SeqCst);
            scope(|outer| {
                for _ in 0..4 {
                    outer.submit(|| {
                        join(|| outer.submit(count), || outer.submit(count));
                        scope(|inner| {
                            inner.submit(|| outer.submit(count));
                            inner.submit(count);
                        });
                        yield_now();
                    });
                }
            });
            called.load(SeqCst)
        });
        assert_eq!(called, 16);
    }
}

executor::green_local! {
    static PARTS_HERE: Cell<u32> = Cell::new(0);
}

#[test]
fn parts_that_one_thief_runs_have_green_locals_of_their_own() {
    const PARTS: usize = 200;
    let pool = pool(2, 2);
    in_job(&pool, || {
        let (ended, fresh) = (AtomicUsize::new(0), AtomicUsize::new(0));
        scope(|scope| {
            for _ in 0..PARTS {
                scope.submit(|| {
                    let before = PARTS_HERE.with(|parts| parts.replace(parts.get() + 1));
                    fresh.fetch_add(usize::from(before == 0), SeqCst);
                    ended.fetch_add(1, SeqCst);
                });
            }
            // All are run by thieves: the owner has not come to them.
            while ended.load(SeqCst) < PARTS {
                yield_now();
            }
        });
        assert_eq!(fresh.load(SeqCst), PARTS);
    });
    assert_eq!(pool.statistics().stolen(), PARTS as u64);
}

#[test]
fn what_a_thief_has_not_started_the_owner_runs() {
    let pool = pool(2, 2);
    in_job(&pool, || {
        let (started, is_let_go) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (started, is_let_go) = (&started, &is_let_go);
        scope(|scope| {
            scope.submit(|| {
                started.fetch_add(1, SeqCst);
                while is_let_go.load(SeqCst) < 20 {
                    yield_now();
                }
            });
            // Some of them lie there when the thief comes, and it keeps none for later.
            for _ in 0..20 {
                scope.submit(|| _ = is_let_go.fetch_add(1, SeqCst));
            }
            while started.load(SeqCst) == 0 {
                yield_now();
            }
        });
    });
}

#[test]
fn parts_of_two_scopes_that_take_turns_end_each_in_its_scope() {
    let pool = pool(8, 2);
    in_job(&pool, || {
        for _ in 0..by_build(20, 200) {
            let (outer_parts, inner_parts) = (AtomicUsize::new(0), AtomicUsize::new(0));
            scope(|outer| {
                scope(|inner| {
                    for part in 0..300 {
                        inner.submit(|| _ = inner_parts.fetch_add(1, SeqCst));
                        if part % 3 == 0 {
                            outer.submit(|| _ = outer_parts.fetch_add(1, SeqCst));
                        }
                    }
                });
                assert_eq!(inner_parts.load(SeqCst), 300);
            });
            assert_eq!(outer_parts.load(SeqCst), 100);
        }
    });
    assert_eq!(pool.statistics().submitted(), 1);
}

#[test]
fn a_full_pool_whose_scopes_wait_for_stolen_parts_goes_on() {
    for workers in [1, 2, 3] {
        let pool = pool(workers, 2);
        let handle = pool.handle();
        let jobs: Vec<_> = (0..30)
            .map(|_| {
                let handle = handle.clone();
                pool.submit(move || {
                    let sum = AtomicU64::new(0);
                    scope(|scope| {
                        for n in 0..4 {
                            let (handle, sum) = (&handle, &sum);
                            scope.submit(move || {
                                yield_now();
                                let job = handle.submit(move || n).unwrap().shared();
                                executor::wait_for_all([&job.handle()]).unwrap();
                                sum.fetch_add(n, SeqCst);
                            });
                        }
                    });
                    sum.load(SeqCst)
                })
                .unwrap()
            })
            .collect();
        for job in jobs {
            assert_eq!(job.result().unwrap(), 6);
        }
    }
}

#[test]
fn the_first_panic_goes_on_once_all_have_ended() {
    for carriers in [1, 2] {
        let pool = pool(8, carriers);
        in_job(&pool, || {
            let ended = AtomicUsize::new(0);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                scope(|scope| {
                    for part in 0..20 {
                        let ended = &ended;
                        scope.submit(move || {
                            yield_now();
                            ended.fetch_add(1, SeqCst);
                            assert_ne!(part, 7, "a part");
                        });
                    }
                    yield_now();
                    ended.fetch_add(1, SeqCst);
                });
            }));
            assert!(outcome.is_err());
            assert_eq!(ended.load(SeqCst), 21);
        });
    }
}

#[test]
fn a_body_that_panics_waits_for_its_parts() {
    let pool = pool(8, 2);
    in_job(&pool, || {
        let ended = AtomicUsize::new(0);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            scope(|scope| {
                for _ in 0..10 {
                    scope.submit(|| {
                        yield_now();
                        ended.fetch_add(1, SeqCst);
                    });
                }
                panic!("the body");
            });
        }));
        let payload = outcome.map(|(): ()| ()).unwrap_err();
        assert_eq!(*payload.downcast::<&'static str>().unwrap(), "the body");
        assert_eq!(ended.load(SeqCst), 10);
    });
}

#[test]
fn a_cancelled_job_cancels_all_parts_and_waits_for_them() {
    let pool = pool(8, 2);
    let inside = Arc::new(AtomicUsize::new(0));
    let seen = inside.clone();
    let job = pool
        .submit(move || {
            let interrupted = AtomicUsize::new(0);
            scope(|scope| {
                for _ in 0..6 {
                    scope.submit(|| {
                        seen.fetch_add(1, SeqCst);
                        let slept = sleep(Duration::from_secs(3600));
                        interrupted.fetch_add(usize::from(slept.is_err()), SeqCst);
                    });
                }
            });
            interrupted.load(SeqCst)
        })
        .unwrap();
    eventually(|| inside.load(SeqCst) == 6);
    job.cancel();
    assert_eq!(job.result().unwrap(), 6);
}

#[test]
fn a_plain_thread_calls_each_part_where_it_is_submitted() {
    let mut called = 0;
    scope(|scope| scope.submit(|| called += 1));
    let outcome = catch_unwind(AssertUnwindSafe(|| scope(|scope| scope.submit(|| panic!("part")))));
    assert!(outcome.is_err());
    assert_eq!(called, 1);
}

#[test]
fn an_executor_opens_a_scope_for_a_plain_thread() {
    let pool = pool(4, 2);
    let mut squares = [0; 100];
    let length = pool.scope(|scope| {
        for (n, square) in squares.iter_mut().enumerate() {
            scope.submit(move || *square = n * n);
        }
        n_of(scope)
    });
    assert_eq!((length, squares[99]), (7, 9801));
    assert_eq!((pool.statistics().submitted(), pool.statistics().forked()), (1, 100));
    pool.shutdown(Shutdown::wait()).unwrap();
    pool.scope(|scope| scope.submit(|| squares[0] = 1));
    assert_eq!(squares[0], 1);
}

fn n_of(_: &Scope<'_, '_>) -> u32 {
    7
}

#[test]
fn a_part_that_is_submitted_on_another_executor_is_called_there() {
    let (one, other) = (pool(2, 1), pool(2, 1));
    let handle = other.handle();
    let sum = in_job(&one, move || {
        let sum = AtomicU64::new(0);
        scope(|outer| {
            outer.submit(|| {
                let (sum, handle) = (&sum, &handle);
                handle.join(
                    || outer.submit(move || _ = sum.fetch_add(1, SeqCst)),
                    || outer.submit(move || _ = sum.fetch_add(2, SeqCst)),
                );
            });
        });
        sum.load(SeqCst)
    });
    assert_eq!(sum, 3);
}
