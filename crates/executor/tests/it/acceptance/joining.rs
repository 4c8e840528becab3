//! `join`: two closures, of which an idle carrier may take the second.

use greenstd::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use executor::sync::channel;
use executor::{ExecutorHandle, Shutdown, join, sleep, yield_now};

use super::support::{by_build, eventually, pool};

/// Binary tree of joins: the sum of `first..first + leaves`, where `leaf` gives what each adds.
fn tree(first: u64, leaves: u64, leaf: &(impl Fn(u64) -> u64 + Sync)) -> u64 {
    if leaves == 1 {
        return leaf(first);
    }
    let half = leaves / 2;
    let (left, right) =
        join(|| tree(first, half, leaf), || tree(first + half, leaves - half, leaf));
    left + right
}

/// A number that tells the OS thread from all others.
fn thread_id() -> u64 {
    thread_local! {
        static HERE: u8 = const { 0 };
    }
    HERE.with(|here| std::ptr::from_ref(here).addr() as u64)
}

fn in_job<R: Send + 'static>(pool: &ExecutorHandle, run: impl FnOnce() -> R + Send + 'static) -> R {
    pool.submit(run).unwrap().result().unwrap()
}

#[test]
fn both_closures_are_called_and_borrow_from_the_caller() {
    for carriers in [1, 2] {
        let pool = pool(4, carriers);
        let length = in_job(&pool, || {
            let mut text = String::from("a");
            let numbers = [1, 2, 3];
            let ((), sum) = join(|| text.push('b'), || numbers.iter().sum::<i32>());
            assert_eq!(text, "ab");
            sum
        });
        assert_eq!(length, 6);
    }
}

#[test]
fn a_tree_of_joins_has_all_its_leaves() {
    let leaves: u64 = by_build(20_000, 1_000_000);
    for (workers, carriers) in [(1, 1), (2, 2), (64, 4)] {
        let pool = pool(workers, carriers);
        let sum = in_job(&pool, move || tree(0, leaves, &|leaf| leaf));
        assert_eq!(sum, leaves * (leaves - 1) / 2);
        let statistics = pool.statistics();
        assert_eq!((statistics.submitted(), statistics.forked()), (1, leaves - 1));
        assert!(statistics.stolen() <= statistics.forked());
    }
}

#[test]
fn the_only_worker_runs_both_in_their_order() {
    let pool = pool(1, 2);
    let order = in_job(&pool, || {
        let next = AtomicUsize::new(0);
        let take = || next.fetch_add(1, SeqCst);
        let ((a, b), c) = join(|| join(take, take), take);
        [a, b, c]
    });
    assert_eq!(order, [0, 1, 2]);
    assert_eq!(pool.statistics().stolen(), 0);
}

#[test]
fn another_worker_takes_over_what_a_waiting_parent_has_forked() {
    for carriers in [1, 2] {
        let pool = pool(2, carriers);
        let talked = in_job(&pool, || {
            let (sender, receiver) = channel::bounded(1);
            // It could not end if nobody took the second one over.
            let (received, sent) = join(|| receiver.recv(), || sender.send(7));
            sent.is_ok() && received == Ok(7)
        });
        assert!(talked);
        assert_eq!(pool.statistics().stolen(), 1);
    }
}

#[test]
fn leaves_that_wait_do_so_at_the_same_time() {
    const LEAVES: usize = 200;
    let pool = pool(1000, 2);
    let most = in_job(&pool, || {
        let (present, all) = (AtomicUsize::new(0), AtomicUsize::new(0));
        tree(0, LEAVES as u64, &|_| {
            present.fetch_add(1, SeqCst);
            // Each waits until all are there.
            while present.load(SeqCst) < LEAVES {
                sleep(Duration::from_micros(50)).unwrap();
            }
            all.fetch_add(1, SeqCst);
            0
        });
        all.load(SeqCst)
    });
    assert_eq!(most, LEAVES);
}

#[test]
fn leaves_that_sleep_and_yield_add_up() {
    let leaves: u64 = by_build(5_000, 100_000);
    let pool = pool(64, 4);
    let sum = in_job(&pool, move || {
        tree(0, leaves, &|leaf| {
            if leaf % 97 == 0 {
                sleep(Duration::from_micros(200)).unwrap();
            } else if leaf % 11 == 0 {
                yield_now();
            }
            leaf
        })
    });
    assert_eq!(sum, leaves * (leaves - 1) / 2);
}

#[test]
fn many_jobs_fork_at_once() {
    let pool = pool(16, 4);
    let jobs: Vec<_> = (0..200)
        .map(|job| {
            pool.submit(move || {
                tree(0, 64, &|leaf| {
                    if (leaf + job) % 13 == 0 {
                        yield_now();
                    }
                    leaf
                })
            })
            .unwrap()
        })
        .collect();
    for job in jobs {
        assert_eq!(job.result().unwrap(), 64 * 63 / 2);
    }
}

#[test]
fn a_full_pool_whose_parents_wait_for_stolen_children_goes_on() {
    for workers in [1, 2, 3] {
        let pool = pool(workers, 2);
        let handle = pool.handle();
        let jobs: Vec<_> = (0..50)
            .map(|_| {
                let handle = handle.clone();
                pool.submit(move || {
                    let ask = || {
                        let jobs: Vec<_> = (0..3).map(|n| handle.submit(move || n)).collect();
                        yield_now();
                        let mut jobs = jobs.into_iter().map(Result::unwrap);
                        // One wait that does not claim, and some that do.
                        let first = jobs.next().unwrap().shared();
                        executor::wait_for_all([&first.handle()]).unwrap();
                        jobs.map(|job| job.result().unwrap()).sum::<i32>()
                    };
                    let ((a, b), c) = join(|| join(ask, ask), ask);
                    a + b + c
                })
                .unwrap()
            })
            .collect();
        for job in jobs {
            assert_eq!(job.result().unwrap(), 9);
        }
    }
}

#[test]
fn a_panic_goes_on_in_the_caller_once_both_have_ended() {
    for carriers in [1, 2] {
        let pool = pool(4, carriers);
        let ended = in_job(&pool, || {
            let other = AtomicBool::new(false);
            let first = catch_unwind(AssertUnwindSafe(|| {
                join(
                    || panic!("the first"),
                    || {
                        sleep(Duration::from_millis(1)).unwrap();
                        other.store(true, SeqCst);
                    },
                )
            }));
            let second = catch_unwind(AssertUnwindSafe(|| {
                join(|| sleep(Duration::from_millis(1)), || panic!("the second"))
            }));
            let both = catch_unwind(AssertUnwindSafe(|| {
                join(|| panic!("the first"), || panic!("the second"))
            }));
            let text = |payload: Box<dyn std::any::Any + Send>| {
                *payload.downcast::<&'static str>().unwrap()
            };
            [
                text(first.unwrap_err()),
                text(second.map(drop).unwrap_err()),
                text(both.map(drop).unwrap_err()),
            ]
        });
        assert_eq!(ended, ["the first", "the second", "the first"]);
    }
}

#[test]
fn what_was_forked_by_a_parent_that_panics_is_dropped_or_run() {
    let pool = pool(4, 2);
    for _ in 0..200 {
        in_job(&pool, || {
            let (called, dropped) = (AtomicUsize::new(0), AtomicUsize::new(0));
            struct Count<'a>(&'a AtomicUsize);
            impl Drop for Count<'_> {
                fn drop(&mut self) {
                    self.0.fetch_add(1, SeqCst);
                }
            }
            let count = Count(&dropped);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                join(
                    || std::panic::resume_unwind(Box::new(())),
                    || {
                        let _count = count;
                        called.fetch_add(1, SeqCst);
                    },
                )
            }));
            assert!(outcome.is_err());
            assert_eq!(dropped.load(SeqCst), 1);
            assert!(called.load(SeqCst) <= 1);
        });
    }
}

#[test]
fn a_cancelled_job_cancels_its_parts_and_waits_for_them() {
    let pool = pool(4, 2);
    let forked = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = forked.clone();
    let job = pool
        .submit(move || {
            let hour = || {
                seen.fetch_add(1, SeqCst);
                let slept = sleep(Duration::from_secs(3600));
                seen.fetch_sub(1, SeqCst);
                slept
            };
            let ((a, b), c) = join(|| join(hour, hour), hour);
            [a, b, c].map(|slept| slept.is_err_and(|interrupted| interrupted.is_cancelled()))
        })
        .unwrap();
    eventually(|| forked.load(SeqCst) == 3);
    assert!(!job.cancel(), "it runs, so it is asked to stop");
    assert_eq!(job.result().unwrap(), [true; 3]);
    assert_eq!(forked.load(SeqCst), 0, "it has not left before its parts");
}

#[test]
fn the_deadline_of_the_caller_holds_for_both() {
    for carriers in [1, 2] {
        let pool = pool(4, carriers);
        let (a, b) = in_job(&pool, || {
            let hour = || sleep(Duration::from_secs(3600)).unwrap_err().is_timed_out();
            executor::with_timeout(Duration::from_millis(5), || join(hour, hour))
        });
        assert!(a && b);
    }
}

#[test]
fn a_part_on_the_callers_green_thread_has_its_green_locals_and_a_stolen_one_its_own() {
    executor::green_local! {
        static NUMBER: Cell<u32> = Cell::new(0);
    }
    let pool = pool(2, 1);
    let seen = in_job(&pool, || {
        NUMBER.set(1);
        let (sender, receiver) = channel::bounded(1);
        let ((here, ()), there) = join(
            || (NUMBER.get(), receiver.recv().unwrap()),
            || {
                let number = NUMBER.get();
                sender.send(()).unwrap();
                number
            },
        );
        (here, there)
    });
    assert_eq!(seen, (1, 0));
}

#[test]
fn nothing_is_forked_where_parking_is_forbidden() {
    let pool = pool(4, 2);
    let sum = in_job(&pool, || executor::no_park(|| tree(0, 100, &|leaf| leaf)));
    assert_eq!(sum, 4950);
    assert_eq!(pool.statistics().forked(), 0);
}

#[test]
fn a_plain_thread_calls_both_itself() {
    let here = thread_id();
    let (a, b) = join(thread_id, thread_id);
    assert_eq!((a, b), (here, here));
}

#[test]
fn an_executor_joins_for_a_plain_thread() {
    let pool = pool(4, 2);
    let numbers: Vec<u64> = (0..1000).collect();
    let (left, right) = numbers.split_at(500);
    let here = thread_id();
    let sum = |part: &[u64]| (part.iter().sum::<u64>(), thread_id());
    let ((a, on_a), (b, on_b)): ((u64, u64), (u64, u64)) = pool.join(|| sum(left), || sum(right));
    assert_eq!(a + b, 499_500);
    assert!(on_a != here && on_b != here, "a job of the executor has called them");
    assert_eq!((pool.statistics().submitted(), pool.statistics().forked()), (1, 1));
}

#[test]
fn a_plain_thread_calls_both_if_the_executor_is_closed() {
    let pool = pool(4, 2);
    pool.shutdown(Shutdown::wait()).unwrap();
    let here = thread_id();
    assert_eq!(pool.join(thread_id, thread_id), (here, here));
}

#[test]
fn a_plain_thread_gets_the_panic_of_a_part() {
    let pool = pool(4, 2);
    let outcome = catch_unwind(AssertUnwindSafe(|| pool.join(|| 1, || panic!("the second"))));
    let payload = outcome.map(drop).unwrap_err();
    assert_eq!(*payload.downcast::<&'static str>().unwrap(), "the second");
    assert_eq!(pool.join(|| 1, || 2), (1, 2));
}

#[test]
fn a_job_of_another_executor_joins_too() {
    let (one, other) = (pool(2, 1), pool(2, 1));
    let handle = other.handle();
    let sum = in_job(&one, move || {
        let numbers = [1, 2, 3];
        let (a, b) = handle.join(|| numbers[0] + numbers[1], || numbers[2]);
        a + b
    });
    assert_eq!(sum, 6);
    assert_eq!((one.statistics().forked(), other.statistics().forked()), (0, 1));
}

#[test]
fn a_carrier_that_sleeps_is_woken_for_what_is_forked() {
    // More slots than carriers: one may be held by a worker that waits for its turn on the busy carrier.
    let pool = pool(16, 2);
    for _ in 0..by_build(200, 2_000) {
        // The second part runs on the other carrier, or the first would never end.
        in_job(&pool, || {
            let started = AtomicBool::new(false);
            join(
                || {
                    while !started.load(SeqCst) {
                        std::hint::spin_loop();
                    }
                },
                || started.store(true, SeqCst),
            );
        });
    }
    assert_eq!(pool.statistics().stolen(), by_build(200, 2_000));
}

#[test]
fn parts_of_parts_run_while_a_long_backlog_waits() {
    let pool = pool(4, 2);
    let ended = std::sync::Arc::new(AtomicU64::new(0));
    let forking =
        pool.submit(|| tree(0, 500, &|_| sleep(Duration::from_micros(10)).map_or(0, |()| 1)));
    let others: Vec<_> = (0..2000)
        .map(|_| {
            let ended = ended.clone();
            pool.submit(move || {
                yield_now();
                ended.fetch_add(1, SeqCst)
            })
            .unwrap()
        })
        .collect();
    assert_eq!(forking.unwrap().result().unwrap(), 500);
    for other in others {
        other.result().unwrap();
    }
    assert_eq!(ended.load(SeqCst), 2000);
}
