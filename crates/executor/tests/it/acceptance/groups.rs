//! Groups: jobs that are stopped and waited for together.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use executor::{
    GreenThreadPoolExecutor, Interrupted, Refusal, TaskError, WaitError, no_park, park,
    reject_when_reached, sleep, with_timeout,
};
use greenstd::atomic::{AtomicUsize, Ordering::SeqCst};
use greenstd::sync::{Arc, Mutex, OnceLock};
use greenstd::thread;

use super::support::{Drops, Gate, Held, Progress, by_build, ms, pool, watched};

/// Waits until it is cancelled.
fn until_cancelled() -> Result<u32, Interrupted> {
    loop {
        park()?;
    }
}

fn at_most(limit: usize) -> NonZeroUsize {
    NonZeroUsize::new(limit).unwrap()
}

#[test]
fn values_come_in_the_order_of_submission() {
    for (workers, carriers) in [(1, 1), (16, 4)] {
        let pool = pool(workers, carriers);
        let group = pool.group();
        for n in 0..100_u64 {
            group.submit(move || sleep(ms(n % 3)).map(|()| n)).unwrap();
        }
        let values: Result<Vec<_>, _> = group.finish().unwrap().into_iter().collect();
        assert_eq!(values.unwrap(), (0..100).collect::<Vec<_>>());
    }
}

#[test]
fn a_group_without_members_has_finished() {
    let pool = pool(1, 1);
    assert!(pool.group::<u32>().finish().unwrap().is_empty());
    assert!(pool.group::<u32>().first_success().finish().unwrap_err().failures.is_empty());
    assert!(pool.group::<u32>().all_whatever().finish().is_empty());
    assert!(pool.group::<u32>().join_next().is_none());
}

#[test]
fn the_first_failure_cancels_the_others_and_they_count_as_cancelled() {
    let pool = pool(3, 2);
    let group = pool.try_group();
    let started = Progress::new();
    let (here, there) = (started.clone(), started.clone());
    let parked = group.try_submit(move || {
        here.advance();
        until_cancelled().map_err(io::Error::from)
    });
    let unwraps = group.submit(move || {
        there.advance();
        until_cancelled().unwrap()
    });
    started.wait_until(2);
    group.try_submit(|| Err(io::Error::other("the reason"))).unwrap();
    let queued: Vec<_> = (0..10).map(|_| group.submit(|| 1).unwrap()).collect();
    let failure = group.finish().unwrap_err();
    assert_eq!(failure.into_failure().unwrap().to_string(), "the reason");
    assert!(parked.unwrap().is_cancelled() && unwraps.unwrap().is_cancelled());
    let cancelled = 2 + queued.iter().filter(|queued| queued.is_cancelled()).count() as u64;
    let statistics = pool.statistics();
    assert_eq!((statistics.failed(), statistics.cancelled()), (1, cancelled));
    assert_eq!(statistics.panicked(), 0);
}

#[test]
fn a_failure_stops_the_group_before_anybody_joins() {
    let pool = pool(4, 2);
    let group = pool.group();
    let waiting = group.submit(|| until_cancelled().is_err()).unwrap();
    group.submit(|| panic!("at once")).unwrap();
    waiting.wait().unwrap();
    assert!(group.is_stopped());
    let TaskError::Panicked(payload) = group.finish().unwrap_err() else { unreachable!() };
    assert_eq!(payload.message(), Some("at once"));
}

#[test]
fn the_first_success_cancels_the_others() {
    let pool = pool(4, 2);
    let group = pool.try_group().first_success();
    let slow: Vec<_> = (0..3).map(|_| group.try_submit(until_cancelled).unwrap()).collect();
    group.try_submit(|| Ok(7)).unwrap();
    assert_eq!(group.finish().unwrap(), 7);
    assert!(slow.iter().all(executor::TaskHandle::is_cancelled));
}

#[test]
fn without_a_success_all_failures_are_told() {
    let pool = pool(4, 2);
    let group = pool.try_group::<u32, _>().first_success();
    for text in ["one", "two"] {
        group.try_submit(move || text.parse()).unwrap();
    }
    let none = group.finish().unwrap_err();
    assert!(none.failures.len() == 2 && none.failures.iter().all(TaskError::is_failed));
}

#[test]
fn whatever_happens_all_results_are_there() {
    let pool = pool(4, 2);
    let group = pool.try_group().all_whatever();
    group.submit(|| 1).unwrap();
    group.try_submit(|| Err("no")).unwrap();
    group.submit(|| panic!("too bad")).unwrap();
    let last = group.submit(|| until_cancelled().unwrap_or(4)).unwrap();
    last.cancel();
    let results = group.finish();
    assert!(matches!(results[0], Ok(1)));
    assert!(matches!(results[1], Err(TaskError::Failed("no"))));
    assert!(matches!(results[2], Err(TaskError::Panicked(_))));
    assert!(matches!(results[3], Ok(4) | Err(TaskError::Cancelled)));
}

#[test]
fn a_member_that_was_cancelled_alone_stops_nobody() {
    let pool = pool(4, 2);
    let group = pool.try_group();
    let gate = Gate::new();
    let pass = gate.pass();
    let victim = group.try_submit(until_cancelled).unwrap();
    let other = group.submit(move || {
        pass.wait();
        1
    });
    victim.cancel();
    let _ = victim.wait();
    assert!(!group.is_stopped());
    gate.open();
    assert!(group.finish().unwrap_err().is_cancelled(), "one value is missing");
    assert!(!other.unwrap().is_cancelled());
}

#[test]
fn results_come_as_members_end() {
    let pool = pool(4, 2);
    let mut group = pool.group();
    let gate = Gate::new();
    let pass = gate.pass();
    group
        .submit(move || {
            pass.wait();
            1
        })
        .unwrap();
    group.submit(|| 2).unwrap();
    assert_eq!(group.join_next().unwrap().unwrap(), 2);
    assert_eq!(group.join_next_timeout(ms(1)).unwrap_err(), WaitError::TimedOut);
    gate.open();
    assert_eq!(group.results().map(Result::unwrap).collect::<Vec<_>>(), [1]);
    assert!(group.join_next().is_none());
    group.submit(|| 3).unwrap();
    assert_eq!(group.finish().unwrap(), [3], "what was taken is not given again");
}

#[test]
fn never_more_are_in_flight_than_the_limit() {
    let pool = pool(16, 2);
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let group = pool.group().limit(at_most(3));
    for _ in 0..by_build(200, 2_000) {
        let (now, most) = (now.clone(), most.clone());
        let job = move || {
            most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
            executor::yield_now();
            now.fetch_sub(1, SeqCst);
        };
        group.submit(job).unwrap();
    }
    group.finish().unwrap();
    assert!(most.load(SeqCst) <= 3);
}

#[test]
fn a_full_group_refuses_what_is_not_to_wait() {
    let pool = pool(4, 2);
    let group = pool.group().limit(at_most(1));
    let gate = Gate::new();
    let pass = gate.pass();
    group
        .submit(move || {
            pass.wait();
            1
        })
        .unwrap();
    let refused = group.submit_as(pool.job(), || 2).unwrap_err();
    assert_eq!(refused.reason(), Refusal::Rejected);
    assert_eq!(refused.into_inner()(), 2);
    let late = group.submit_as(pool.job().wait_timeout(ms(1)), || 2).unwrap_err();
    assert_eq!(late.reason(), Refusal::TimedOut);
    gate.open();
    group.submit(|| 3).unwrap();
    assert_eq!(group.finish().unwrap(), [1, 3]);
}

#[test]
fn a_job_that_the_executor_refuses_leaves_its_place() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(0)),
    );
    let held = Held::workers(&pool, 1);
    let group = pool.group().limit(at_most(1));
    assert!(group.submit_as(pool.job(), || 1).unwrap_err().is_rejected());
    held.release();
    group.submit(|| 2).unwrap();
    assert_eq!(group.finish().unwrap(), [2]);
}

#[test]
fn members_that_would_all_wait_for_a_place_are_told() {
    let pool = pool(4, 2);
    let group = pool.group().limit(at_most(1));
    let handle = group.handle();
    group
        .submit(move || {
            let refused = handle.submit(|| 2).unwrap_err();
            assert_eq!(refused.reason(), Refusal::WouldDeadlock);
            refused.into_inner()() // so it does it itself
        })
        .unwrap();
    assert_eq!(group.finish().unwrap(), [2]);
}

#[test]
fn members_submit_more_to_their_own_group() {
    let pool = pool(8, 2);
    let group = pool.group();
    let handle = group.handle();
    group
        .submit(move || {
            for n in 1..=10 {
                handle.submit(move || n).unwrap();
            }
            0
        })
        .unwrap();
    assert_eq!(group.finish().unwrap().into_iter().sum::<i32>(), 55);
}

#[test]
fn a_pool_of_one_worker_serves_a_group_of_its_own_job() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let mut group = handle.group().limit(at_most(1));
        for n in 0..10 {
            group.submit(move || n).unwrap();
        }
        let first = group.join_next().unwrap().unwrap();
        first + group.finish().unwrap().into_iter().sum::<u32>()
    });
    assert_eq!(parent.unwrap().result().unwrap(), 45);
}

#[test]
fn a_dropped_group_cancels_its_members_and_waits_for_them() {
    let pool = pool(2, 2);
    let drops = Drops::new();
    let group = pool.group();
    let started = Progress::new();
    for _ in 0..10 {
        let (token, started) = (drops.token(), started.clone());
        let job = move || {
            started.advance();
            let _ = until_cancelled();
            drop(token);
        };
        group.submit(job).unwrap();
    }
    started.wait_until(2);
    drop(group);
    assert_eq!(drops.alive(), 0, "all have ended");
    assert_eq!(pool.statistics().cancelled(), 8, "these had not started");
}

#[test]
fn a_group_that_unwinding_drops_is_waited_for() {
    let pool = pool(2, 2);
    let ended = Arc::new(AtomicUsize::new(0));
    let theirs = ended.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let group = pool.group();
        let started = Progress::new();
        let here = started.clone();
        group
            .submit(move || {
                here.advance();
                let _ = until_cancelled();
                theirs.fetch_add(1, SeqCst);
            })
            .unwrap();
        started.wait_until(1);
        panic!("in the body");
    }));
    assert!(outcome.is_err());
    assert_eq!(ended.load(SeqCst), 1);
}

#[test]
fn a_cancelled_job_waits_for_its_group_all_the_same() {
    let pool = pool(4, 2);
    let handle = pool.handle();
    let ended = Arc::new(AtomicUsize::new(0));
    let (theirs, started) = (ended.clone(), Progress::new());
    let here = started.clone();
    let parent = pool
        .try_submit(move || {
            let group = handle.try_group();
            group
                .try_submit(move || {
                    let outcome = until_cancelled();
                    executor::shield(|| sleep(ms(5))).unwrap();
                    theirs.fetch_add(1, SeqCst);
                    outcome
                })
                .unwrap();
            here.advance();
            group.finish()
        })
        .unwrap();
    started.wait_until(1);
    parent.cancel();
    let outcome = parent.result().unwrap_err();
    assert!(outcome.is_cancelled(), "it has passed on what it was told: {outcome:?}");
    assert_eq!(pool.statistics().cancelled(), 2);
    // A member that had not started is not waited for.
    assert!(ended.load(SeqCst) <= 1);
}

#[test]
fn a_deadline_around_the_finish_stops_the_group() {
    let pool = pool(4, 2);
    let group = pool.try_group();
    let member = group.try_submit(until_cancelled).unwrap();
    let late = with_timeout(ms(1), || group.finish());
    assert!(matches!(late, Err(TaskError::Interrupted)));
    assert!(member.is_cancelled());
}

#[test]
fn what_comes_to_a_stopped_group_is_cancelled_and_never_runs() {
    let pool = pool(4, 2);
    let group = pool.try_group().limit(at_most(1));
    group.try_submit(|| Err(io::Error::other("the reason"))).unwrap();
    while !group.is_stopped() {
        thread::yield_now();
    }
    for _ in 0..100 {
        let late = group.submit(|| unreachable!("the group is stopped")).unwrap();
        assert!(late.is_cancelled());
    }
    assert!(group.finish().unwrap_err().is_failed());
    assert_eq!(pool.statistics().cancelled(), 100);
}

#[test]
fn what_comes_to_a_finished_group_is_given_back() {
    let pool = pool(4, 2);
    let group = pool.group();
    let handle = group.handle();
    group.submit(|| 1).unwrap();
    group.finish().unwrap();
    let refused = handle.submit(|| 2).unwrap_err();
    assert_eq!(refused.reason(), Refusal::GroupClosed);
    assert_eq!(refused.into_inner()(), 2);
}

#[test]
fn a_member_that_owns_its_group_does_not_wait_for_itself() {
    let pool = pool(4, 2);
    let group = pool.group();
    let own = Arc::new(OnceLock::new());
    let slot: Arc<OnceLock<Mutex<Option<executor::Group<u32>>>>> = own.clone();
    let gate = Gate::new();
    let pass = gate.pass();
    let member = group
        .submit(move || {
            pass.wait();
            drop(own.get().unwrap().lock().take());
            1
        })
        .unwrap();
    assert!(slot.set(Mutex::new(Some(group))).is_ok());
    gate.open();
    member.wait().unwrap();
}

#[test]
fn a_group_in_a_closure_that_is_cancelled_does_not_wait_for_itself() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let group = pool.group();
    let handle = group.handle();
    let member = handle.submit(move || drop(group)).unwrap();
    handle.cancel();
    assert!(member.is_cancelled());
    held.release();
}

#[test]
fn no_group_is_waited_for_where_parking_is_forbidden() {
    let pool = pool(4, 2);
    let handle = pool.handle();
    let member = pool.submit(move || {
        let group = handle.group();
        let member = group.submit(|| until_cancelled().is_err()).unwrap();
        no_park(|| drop(group));
        member
    });
    member.unwrap().result().unwrap().wait().unwrap();
}

#[test]
fn members_that_are_given_up_go_on() {
    let pool = pool(4, 2);
    let group = pool.group();
    let gate = Gate::new();
    let pass = gate.pass();
    group
        .submit(move || {
            pass.wait();
            1
        })
        .unwrap();
    let futures = group.detach();
    gate.open();
    let results: Vec<_> = futures.into_iter().map(|future| future.result().unwrap()).collect();
    assert_eq!(results, [1]);
}

#[test]
fn jobs_of_several_executors_form_one_group() {
    let (one, other) = (pool(2, 1), pool(2, 1));
    let group = one.try_group();
    let far = group.try_submit_as(other.job().name("far"), until_cancelled).unwrap();
    group.submit(|| panic!("near")).unwrap();
    assert!(group.finish().unwrap_err().is_panicked());
    assert!(far.is_cancelled());
    assert_eq!(other.statistics().submitted(), 1);
}

#[test]
fn many_submitters_and_failures_at_once_lose_nobody() {
    let pool = pool(16, 4);
    for round in 0..by_build(20, 200) {
        let group = pool.try_group().limit(at_most(8));
        let threads: Vec<_> = (0..3)
            .map(|which| {
                let handle = group.handle();
                thread::spawn(move || {
                    for n in 0..50 {
                        let fails = which == 1 && n == round % 50;
                        let job = move || if fails { Err("failed") } else { Ok(n) };
                        handle.try_submit(job).unwrap();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(group.finish().unwrap_err().is_failed());
    }
    let statistics = pool.statistics();
    assert_eq!(statistics.submitted(), statistics.executed() + statistics.cancelled());
}
