//! Limits, refusals, and waiting for room.

use std::sync::Arc;
use std::time::Duration;

use executor::{Refusal, Verdict, reject_when_reached};
use greenstd::atomic::unwatched::Counter;
use greenstd::model::{choose, explore};
use greenstd::sync::{Mutex, OnceLock};
use greenstd::thread;

use super::{Gate, Ledger, build, executor, shut_down};

#[test]
fn what_is_refused_comes_back_and_the_limit_is_never_passed() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = executor(1, 2).check_and_reject(reject_when_reached(1)).build().unwrap();
        let outstanding = Arc::new(Counter::default());
        let submitters = [(); 2].map(|()| {
            let (handle, ledger, outstanding) =
                (pool.handle(), ledger.clone(), outstanding.clone());
            thread::spawn(move || {
                let mut refused = 0;
                for _ in 0..2 {
                    let theirs = outstanding.clone();
                    let submitted = handle.submit(ledger.job(move || {
                        theirs.sub(1);
                    }));
                    match submitted {
                        Ok(future) => drop(future),
                        Err(error) => {
                            assert!(error.is_rejected());
                            drop(error.into_inner());
                            refused += 1;
                            outstanding.sub(1);
                        }
                    }
                    outstanding.add(1);
                }
                refused
            })
        });
        let refused: u64 = submitters.into_iter().map(|one| one.join().unwrap()).sum();
        shut_down(&pool);
        let statistics = pool.statistics();
        assert_eq!(statistics.rejected(), refused);
        assert_eq!(statistics.submitted() + refused, 4);
        assert!(statistics.submitted() >= 2, "the first two find room");
        ledger.settle(pool);
    });
}

#[test]
fn who_waits_for_room_gets_it() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = executor(1, 1).check_and_reject(reject_when_reached(0)).build().unwrap();
        let submitters = [(); 2].map(|()| {
            let (handle, ledger) = (pool.handle(), ledger.clone());
            thread::spawn(move || {
                for _ in 0..2 {
                    drop(handle.submit_wait(ledger.job(|| ())).unwrap());
                }
            })
        });
        for submitter in submitters {
            submitter.join().unwrap();
        }
        shut_down(&pool);
        assert_eq!(pool.statistics().succeeded(), 4);
        ledger.settle(pool);
    });
}

#[test]
fn who_gives_up_waiting_for_room_leaves_it_to_the_next() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = executor(1, 1).check_and_reject(reject_when_reached(0)).build().unwrap();
        let hasty = thread::spawn({
            let (handle, ledger) = (pool.handle(), ledger.clone());
            move || {
                let job = ledger.job(|| ());
                match handle.job().wait_timeout(Duration::from_millis(1)).submit(job) {
                    Ok(future) => drop(future),
                    Err(error) => assert_eq!(error.reason(), Refusal::TimedOut),
                }
            }
        });
        for _ in 0..3 {
            drop(pool.submit_wait(ledger.job(|| ())).unwrap());
        }
        hasty.join().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn workers_that_wait_for_their_own_backlog_do_not_hang() {
    explore(|| {
        let ledger = Ledger::new();
        let limit = reject_when_reached(choose(2));
        let pool = executor(2, 2).check_and_reject(limit).build().unwrap();
        let parents = [(); 2].map(|()| {
            let (handle, entries) = (pool.handle(), ledger.clone());
            let parent = ledger.job(move || {
                for _ in 0..2 {
                    match handle.submit_wait(entries.job(|| ())) {
                        Ok(future) => drop(future),
                        Err(error) => assert_eq!(error.reason(), Refusal::WouldDeadlock),
                    }
                }
            });
            pool.submit_wait(parent).unwrap()
        });
        for parent in parents {
            parent.result().unwrap();
        }
        ledger.settle(pool);
    });
}

#[test]
fn a_hook_decides_without_a_lock_and_may_submit() {
    explore(|| {
        let ledger = Ledger::new();
        let own = Arc::new(OnceLock::<executor::ExecutorHandle>::new());
        let (inside, entries) = (own.clone(), ledger.clone());
        let depth = Arc::new(Mutex::new(0));
        let hook = move |load: &executor::Load| {
            let nested = std::mem::replace(&mut *depth.lock(), 1) == 1;
            if !nested {
                if let Some(handle) = inside.get() {
                    let _ = handle.submit(entries.job(|| ()));
                }
                *depth.lock() = 0;
            }
            if load.queued > 1 { Verdict::Reject } else { Verdict::Accept }
        };
        let pool = executor(1, 2).check_and_reject(hook).build().unwrap();
        assert!(own.set(pool.handle()).is_ok());
        let other = thread::spawn({
            let (handle, ledger) = (pool.handle(), ledger.clone());
            move || drop(handle.submit(ledger.job(|| ())))
        });
        drop(pool.submit(ledger.job(|| ())));
        other.join().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn resizing_loses_no_job_and_opens_the_way_for_those_who_wait() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = executor(2, 2).check_and_reject(reject_when_reached(0)).build().unwrap();
        let resizer = thread::spawn({
            let handle = pool.handle();
            move || {
                handle.resize(1).unwrap();
                handle.resize(3).unwrap();
            }
        });
        let futures: Vec<_> =
            (0..4).map(|n| pool.submit_wait(ledger.job(move || n)).unwrap()).collect();
        for (n, future) in (0..).zip(futures) {
            assert_eq!(future.result().unwrap(), n);
        }
        resizer.join().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn a_longer_bench_lets_waiting_jobs_start() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let gate = Arc::new(Gate::default());
        let theirs = gate.clone();
        let waits = pool.submit(ledger.job(move || theirs.pass())).unwrap();
        // Only a second worker can run it while the first one waits.
        let wakes = pool.submit(ledger.job(move || gate.open())).unwrap();
        pool.resize(2).unwrap();
        waits.result().unwrap();
        wakes.result().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn who_waits_for_room_is_refused_only_if_none_would_come() {
    explore(|| {
        let ledger = Ledger::new();
        let limit = reject_when_reached(choose(2));
        let pool = executor(2, 2).check_and_reject(limit).build().unwrap();
        let first = pool.submit_wait(ledger.job(|| ())).unwrap().shared();
        // Waits for the first job, and then makes room.
        drop(pool.submit_wait(ledger.job(move || first.result().unwrap())).unwrap());
        let (handle, entries) = (pool.handle(), ledger.clone());
        let parent = ledger.job(move || {
            for _ in 0..2 {
                drop(handle.submit_wait(entries.job(|| ())).unwrap());
            }
        });
        let parent = pool.submit_wait(parent).unwrap();
        parent.result().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn who_waits_for_room_and_is_waited_for_does_not_hang() {
    explore(|| {
        let ledger = Ledger::new();
        let limit = reject_when_reached(choose(2));
        let pool = executor(2, 2).check_and_reject(limit).build().unwrap();
        let (handle, entries) = (pool.handle(), ledger.clone());
        let waits_for_room = ledger.job(move || {
            for _ in 0..2 {
                match handle.submit_wait(entries.job(|| ())) {
                    Ok(future) => drop(future),
                    Err(error) => assert_eq!(error.reason(), Refusal::WouldDeadlock),
                }
            }
        });
        let waited_for = pool.submit_wait(waits_for_room).unwrap().shared();
        let waits = pool.submit_wait(ledger.job(move || waited_for.result().unwrap())).unwrap();
        waits.result().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn a_worker_that_waits_for_room_in_vain_is_told_though_others_wait_before_it() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = executor(2, 2).check_and_reject(reject_when_reached(0)).build().unwrap();
        let (handle, entries) = (pool.handle(), ledger.clone());
        let waits_for_room = ledger.job(move || {
            if let Err(error) = handle.submit_wait(entries.job(|| ())) {
                assert_eq!(error.reason(), Refusal::WouldDeadlock);
            }
        });
        let waited_for = pool.submit_wait(waits_for_room).unwrap().shared();
        let (handle, entries) = (pool.handle(), ledger.clone());
        let before_it =
            thread::spawn(move || drop(handle.submit_wait(entries.job(|| ())).unwrap()));
        let waits = pool.submit_wait(ledger.job(move || waited_for.result().unwrap())).unwrap();
        waits.result().unwrap();
        before_it.join().unwrap();
        ledger.settle(pool);
    });
}
