//! `try_scope`: jobs that borrow from the caller's frame, the first failure of which stops the others.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use executor::{
    GreenThreadPoolExecutor, Interrupted, Refusal, Shutdown, SynchronousExecutor, TaskError,
    ThreadPoolExecutor, TryScope, no_park, park, reject_when_reached, shield, sleep, with_timeout,
};
use greenstd::atomic::{AtomicUsize, Ordering::SeqCst};
use greenstd::sync::Arc;

use super::support::{Drops, Held, Progress, by_build, ms, pool, watched};

/// Waits until it is cancelled.
fn until_cancelled() -> Result<(), Interrupted> {
    loop {
        park()?;
    }
}

#[test]
fn members_write_where_they_borrow() {
    for (workers, carriers) in [(1, 1), (16, 4)] {
        let pool = pool(workers, carriers);
        let numbers: Vec<u64> = (0..100).collect();
        let mut squares = vec![0; 100];
        let done = pool.try_scope::<Interrupted, _, _>(|scope| {
            for (number, square) in numbers.iter().zip(&mut squares) {
                let job = move || {
                    sleep(ms(number % 3))?;
                    *square = number * number;
                    Ok(())
                };
                scope.submit(job).unwrap();
            }
            "what the body returns"
        });
        assert_eq!(done.unwrap(), "what the body returns");
        assert!(squares.into_iter().eq((0..100).map(|number| number * number)));
        assert_eq!(pool.statistics().succeeded(), 100);
    }
}

#[test]
fn the_first_failure_cancels_the_others_and_they_count_as_cancelled() {
    let pool = pool(3, 2);
    let started = Progress::new();
    let failure = pool
        .try_scope(|scope| {
            for _ in 0..2 {
                let waits = || {
                    started.advance();
                    until_cancelled().map_err(io::Error::from)
                };
                scope.submit(waits).unwrap();
            }
            started.wait_until(2);
            scope.submit(|| Err(io::Error::other("the reason"))).unwrap();
            while !scope.is_stopped() {
                sleep(ms(1)).unwrap();
            }
            let late = scope.submit(|| unreachable!("it was stopped before")).unwrap();
            assert!(late.is_cancelled());
        })
        .unwrap_err();
    assert_eq!(failure.into_failure().unwrap().to_string(), "the reason");
    let statistics = pool.statistics();
    assert_eq!((statistics.failed(), statistics.cancelled(), statistics.panicked()), (1, 3, 0));
}

#[test]
fn a_panic_of_a_member_is_a_failure() {
    let pool = pool(2, 1);
    let ended = pool.try_scope::<Interrupted, _, _>(|scope| {
        scope.submit(until_cancelled).unwrap();
        scope.submit(|| panic!("of a member")).unwrap();
    });
    let TaskError::Panicked(payload) = ended.unwrap_err() else { panic!("it panicked") };
    assert_eq!(payload.message(), Some("of a member"));
}

#[test]
fn a_panic_of_the_body_goes_on_when_all_members_have_ended() {
    let pool = pool(2, 1);
    let (mut was_reached, started) = (false, Progress::new());
    let caught = catch_unwind(AssertUnwindSafe(|| {
        pool.try_scope::<Interrupted, _, ()>(|scope| {
            let slow = || {
                started.advance();
                let ended = until_cancelled();
                shield(|| sleep(ms(5)))?;
                was_reached = true;
                ended
            };
            scope.submit(slow).unwrap();
            started.wait_until(1);
            panic!("of the body")
        })
    }));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"of the body"));
    assert!(was_reached);
    assert_eq!(pool.statistics().cancelled(), 1);
}

#[test]
fn a_caller_that_is_interrupted_waits_for_the_members_all_the_same() {
    let pool = pool(4, 2);
    let (mut was_reached, started) = (false, Progress::new());
    let late = with_timeout(ms(2), || {
        pool.try_scope(|scope| {
            let slow = || {
                started.advance();
                let ended = until_cancelled();
                shield(|| sleep(ms(5)))?;
                was_reached = true;
                ended
            };
            scope.submit(slow).unwrap();
            // Else it might be cancelled before, and never be waited for.
            started.wait_until(1);
        })
    });
    assert!(matches!(late, Err(TaskError::Interrupted)), "{late:?}");
    assert!(was_reached);
}

#[test]
fn the_cancelling_of_the_job_that_has_opened_it_reaches_the_members() {
    let pool = pool(4, 2);
    let (handle, started) = (pool.handle(), Progress::new());
    let here = started.clone();
    let parent = pool
        .submit(move || {
            let mut left = [false; 3];
            let ended = handle.try_scope(|scope| {
                for left in &mut left {
                    let here = &here;
                    let waits = move || {
                        here.advance();
                        let ended = until_cancelled();
                        *left = true;
                        ended
                    };
                    scope.submit(waits).unwrap();
                }
            });
            (ended.is_err(), left)
        })
        .unwrap();
    started.wait_until(3);
    parent.cancel();
    // It has been interrupted, so it counts as cancelled if it ends by that; this one returns.
    assert_eq!(parent.result().unwrap(), (true, [true; 3]));
}

#[test]
fn members_submit_more() {
    fn visit<'scope>(
        scope: &'scope TryScope<'scope, '_, Refusal>,
        depth: u32,
        nodes: &'scope AtomicUsize,
    ) -> Result<(), Refusal> {
        nodes.fetch_add(1, SeqCst);
        for _ in 0..if depth == 0 { 0 } else { 2 } {
            scope.submit(move || visit(scope, depth - 1, nodes))?;
        }
        Ok(())
    }
    let pool = pool(8, 2);
    let nodes = AtomicUsize::new(0);
    pool.try_scope(|scope| visit(scope, 8, &nodes)).unwrap().unwrap();
    assert_eq!(nodes.load(SeqCst), 511);
}

#[test]
fn what_is_refused_comes_back_and_is_dropped_once() {
    let pool = watched(
        GreenThreadPoolExecutor::builder().max_workers(1).check_and_reject(reject_when_reached(0)),
    );
    pool.shutdown(Shutdown::wait()).unwrap();
    let drops = Drops::new();
    let mut ran = 0;
    let token = drops.token();
    pool.try_scope::<Interrupted, _, _>(|scope| {
        let ran = &mut ran;
        let job = move || {
            token.keep();
            *ran += 1;
            Ok(())
        };
        let refused = scope.submit(job).unwrap_err();
        assert!(refused.is_shutdown() && drops.alive() == 1);
        refused.into_inner()().unwrap();
    })
    .unwrap();
    assert_eq!((ran, drops.alive()), (1, 0));
}

#[test]
fn where_nobody_may_wait_nothing_is_submitted() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let job = pool.submit(move || {
        no_park(|| {
            handle.try_scope::<Interrupted, _, _>(|scope| {
                scope.submit(|| Ok(())).unwrap_err().reason()
            })
        })
    });
    assert_eq!(job.unwrap().result().unwrap().unwrap(), Refusal::WouldDeadlock);
}

#[test]
fn every_closure_is_gone_when_the_scope_ends_however_it_ends() {
    for fails_at in [0, 3, 50, usize::MAX] {
        let pool = pool(3, 2);
        let (drops, owner) = (Drops::new(), Arc::new(()));
        let ended = pool.try_scope(|scope| {
            for n in 0..100 {
                let (token, borrowed) = (drops.token(), &owner);
                let job = move || {
                    token.keep();
                    assert_eq!(Arc::strong_count(borrowed), 1);
                    if n == fails_at { Err("it fails") } else { Ok(()) }
                };
                scope.submit(job).unwrap();
            }
        });
        assert_eq!(ended.is_err(), fails_at != usize::MAX);
        assert_eq!(drops.alive(), 0);
    }
}

#[test]
fn a_shutdown_that_cancels_ends_the_scope() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (text, handle) = (String::from("borrowed"), pool.handle());
    let ended = pool.try_scope::<Interrupted, _, _>(|scope| {
        let job = || {
            assert_eq!(text, "borrowed");
            Ok(())
        };
        let queued = scope.submit(job).unwrap();
        handle.shutdown(Shutdown::no_wait().cancel_pending()).unwrap();
        assert!(queued.is_cancelled());
    });
    assert!(ended.unwrap_err().is_cancelled());
    held.release();
}

#[test]
fn executors_of_all_kinds_have_it() {
    let threads = ThreadPoolExecutor::builder().max_workers(2).build().unwrap();
    let caller = SynchronousExecutor::new();
    for executor in [threads.handle(), caller.handle()] {
        let sum = AtomicUsize::new(0);
        let ended = executor.try_scope(|scope| {
            for n in 0..10 {
                let sum = &sum;
                let job = move || {
                    sum.fetch_add(n, SeqCst);
                    if n == 9 { Err("nine") } else { Ok(()) }
                };
                scope.submit(job).unwrap();
            }
        });
        assert_eq!(ended.unwrap_err().into_failure(), Some("nine"));
        assert_eq!(sum.load(SeqCst), 45);
    }
}

#[test]
fn scopes_in_scopes_fail_and_borrow_under_load() {
    let pool = pool(64, 4);
    let total = AtomicUsize::new(0);
    let rounds = by_build(50, 500);
    let outer = pool.try_scope::<usize, _, _>(|scope| {
        for round in 0..rounds {
            let (pool, total) = (&pool, &total);
            let member = move || {
                let mut parts = [0; 8];
                let inner = pool.try_scope(|scope| {
                    for (n, part) in parts.iter_mut().enumerate() {
                        let job = move || {
                            *part = 1;
                            if round % 2 == 0 && n == 5 { Err(n) } else { Ok(()) }
                        };
                        if scope.submit(job).is_err() {
                            break;
                        }
                    }
                });
                assert_eq!(inner.is_err(), round % 2 == 0);
                total.fetch_add(parts.iter().sum::<usize>(), SeqCst);
                Ok(())
            };
            scope.submit(member).unwrap();
        }
    });
    outer.unwrap();
    assert!((rounds * 9 / 2..=rounds * 8).contains(&total.load(SeqCst)));
}
