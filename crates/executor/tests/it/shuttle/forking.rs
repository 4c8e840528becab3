//! Fork-join, with real stacks: children that are stolen, wait, panic, and are cancelled.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use executor::{Scope, join, scope, yield_now};
use greenstd::atomic::unwatched::Counter;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::model::explore;

use super::{Ledger, build, shut_down, throw};

/// A tree of joins, whose leaves let others run.
fn tree(leaves: u64) -> u64 {
    if leaves == 1 {
        yield_now();
        return 1;
    }
    let half = leaves / 2;
    let (left, right) = join(|| tree(half), || tree(leaves - half));
    left + right
}

#[test]
fn a_tree_of_joins_has_all_its_leaves() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let job = pool.submit(ledger.job(|| tree(4))).unwrap();
        assert_eq!(job.result().unwrap(), 4);
        let statistics = pool.statistics();
        assert_eq!((statistics.submitted(), statistics.forked()), (1, 3));
        assert!(statistics.stolen() <= 3);
        ledger.settle(pool);
    });
}

#[test]
fn one_worker_for_two_carriers_runs_all_parts() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let jobs = [(); 2].map(|()| pool.submit(ledger.job(|| tree(3))).unwrap());
        for job in jobs {
            assert_eq!(job.result().unwrap(), 3);
        }
        ledger.settle(pool);
    });
}

/// Submits a tree of parts to one scope, and counts its leaves.
fn grow<'scope>(scope: &'scope Scope<'scope, '_>, leaves: u64, seen: &'scope Counter) {
    if leaves == 1 {
        yield_now();
        seen.add(1);
        return;
    }
    let half = leaves / 2;
    scope.submit(move || grow(scope, half, seen));
    scope.submit(move || grow(scope, leaves - half, seen));
}

#[test]
fn parts_that_submit_parts_have_all_ended_when_their_scope_has() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let job = ledger.job(|| {
            let seen = Counter::new(0);
            scope(|scope| grow(scope, 3, &seen));
            seen.get()
        });
        assert_eq!(pool.submit(job).unwrap().result().unwrap(), 3);
        assert_eq!(pool.statistics().forked(), 4);
        ledger.settle(pool);
    });
}

#[test]
fn a_scope_with_one_worker_runs_its_parts_itself() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let job = ledger.job(|| {
            let mut parts = [0; 3];
            scope(|scope| {
                for part in &mut parts {
                    scope.submit(|| *part = tree(2));
                }
            });
            parts
        });
        assert_eq!(pool.submit(job).unwrap().result().unwrap(), [2; 3]);
        assert_eq!(pool.statistics().stolen(), 0);
        ledger.settle(pool);
    });
}

#[test]
fn a_scope_is_left_with_a_panic_after_all_its_parts() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let job = ledger.job(|| {
            let mut others = [false; 2];
            let [first, last] = &mut others;
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                scope(|scope| {
                    scope.submit(|| {
                        *first = {
                            yield_now();
                            true
                        }
                    });
                    scope.submit(|| throw("a part"));
                    scope.submit(|| {
                        *last = {
                            yield_now();
                            true
                        }
                    });
                });
            }));
            assert!(outcome.is_err());
            others
        });
        assert_eq!(pool.submit(job).unwrap().result().unwrap(), [true; 2]);
        ledger.settle(pool);
    });
}

#[test]
fn a_part_is_taken_over_while_its_parent_waits() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let job = ledger.job(|| {
            let (called, parent) = (AtomicBool::new(false), greenctx::current());
            join(
                || {
                    while !called.load(Ordering::Acquire) {
                        executor::park().unwrap();
                    }
                },
                || {
                    called.store(true, Ordering::Release);
                    parent.unpark();
                },
            );
        });
        pool.submit(job).unwrap().result().unwrap();
        assert_eq!(pool.statistics().stolen(), 1);
        ledger.settle(pool);
    });
}

#[test]
fn parents_and_parts_that_wait_for_jobs_do_not_fill_the_pool() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let (handle, book) = (pool.handle(), ledger.clone());
        let job = ledger.job(move || {
            let ask = || {
                let job = handle.submit(book.job(|| 1)).unwrap().shared();
                yield_now();
                // This wait does not claim the job.
                executor::wait_for_all([&job.handle()]).unwrap();
                1
            };
            let (a, b) = join(ask, ask);
            a + b
        });
        assert_eq!(pool.submit(job).unwrap().result().unwrap(), 2);
        ledger.settle(pool);
    });
}

#[test]
fn a_panic_waits_for_the_other_part() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let job = ledger.job(|| {
            let ended = Counter::default();
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                join(
                    || {
                        yield_now();
                        throw("first")
                    },
                    || {
                        yield_now();
                        ended.add(1);
                    },
                )
            }));
            assert_eq!(*outcome.unwrap_err().downcast::<&str>().unwrap(), "first");
            ended.get()
        });
        assert!(pool.submit(job).unwrap().result().unwrap() <= 1);
        ledger.settle(pool);
    });
}

#[test]
fn a_cancelled_job_waits_for_its_parts() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let inside = Arc::new(Counter::default());
        let seen = inside.clone();
        let job = ledger.job(move || {
            let wait = || {
                let mut parks = 0;
                while executor::park().is_ok() {
                    parks += 1;
                    assert!(parks < 100, "woken for nothing again and again");
                }
                seen.add(1);
            };
            join(wait, wait);
            assert_eq!(seen.get(), 2);
        });
        let future = pool.submit(job).unwrap();
        future.cancel();
        let _ = future.wait();
        drop(future);
        shut_down(&pool);
        ledger.settle(pool);
    });
}

#[test]
fn a_plain_thread_lends_its_frame_to_a_job() {
    explore(|| {
        let pool = build(2, 1);
        let handle = pool.handle();
        let ending = greenstd::thread::spawn(move || {
            let _ = handle.shutdown(executor::Shutdown::wait().cancel_pending());
        });
        let numbers = [1, 2];
        assert_eq!(pool.join(|| numbers[0], || numbers[1]), (1, 2));
        ending.join().unwrap();
        drop(pool);
    });
}
