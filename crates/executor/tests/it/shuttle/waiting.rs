//! Parking, sleeping, and waiting for several jobs or for a limited time.

use std::sync::Arc;
use std::time::Duration;

use executor::{
    WaitError, park_timeout, sleep, wait_for_all, wait_for_any, wait_for_first_failure, yield_now,
};
use greenstd::atomic::Ordering;
use greenstd::model::explore;
use greenstd::{thread, time};

use super::{Gate, Ledger, build, shut_down, throw};

const MOMENT: Duration = Duration::from_millis(1);

#[test]
fn parked_jobs_are_woken_by_jobs_and_by_plain_threads() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(3, 2);
        let gates = [(); 2].map(|()| Arc::new(Gate::default()));
        let waiting = gates.each_ref().map(|gate| {
            let gate = gate.clone();
            pool.submit(ledger.job(move || gate.pass())).unwrap()
        });
        let [by_job, by_thread] = gates;
        drop(pool.submit(ledger.job(move || by_job.open())).unwrap());
        let other = thread::spawn(move || by_thread.open());
        for job in waiting {
            job.result().unwrap();
        }
        other.join().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn the_end_of_the_time_and_a_wake_up_do_not_both_count() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let gate = Arc::new(Gate::default());
        let theirs = gate.clone();
        let job = pool.submit(ledger.job(move || {
            *theirs.waiting.lock() = Some(greenctx::current());
            while !theirs.open.load(Ordering::Acquire) {
                let _ = park_timeout(MOMENT).unwrap();
            }
            // Nobody else wakes us; a wake-up left over is one at most.
            let until = time::now() + MOMENT;
            while time::now() < until {
                let _ = park_timeout(time::until(until)).unwrap();
            }
        }));
        let other = thread::spawn(move || gate.open());
        job.unwrap().result().unwrap();
        other.join().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn sleeping_jobs_wake_in_time_and_never_early() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(3, 2);
        for length in [1, 2, 2] {
            let job = ledger.job(move || {
                let until = time::now() + length * MOMENT;
                sleep(length * MOMENT).unwrap();
                assert!(time::now() >= until);
            });
            drop(pool.submit(job).unwrap());
        }
        shut_down(&pool);
        assert_eq!(pool.statistics().succeeded(), 3);
        ledger.settle(pool);
    });
}

#[test]
fn a_wait_set_may_hold_futures_of_two_executors() {
    explore(|| {
        let ledger = Ledger::new();
        let (one, other) = (build(1, 1), build(1, 1));
        let futures =
            [one.submit(ledger.job(|| 1)).unwrap(), other.submit(ledger.job(|| 2)).unwrap()];
        let set = futures.map(executor::GreenFuture::shared);
        let theirs = set.clone();
        // The same set, on a worker of one of them and on a plain thread.
        let inner =
            one.submit(ledger.job(move || wait_for_any(theirs).unwrap().done.len())).unwrap();
        let outer = wait_for_any(set.clone()).unwrap();
        assert!(!outer.done.is_empty());
        assert!(inner.result().unwrap() > 0);
        let all = wait_for_all(set).unwrap();
        assert_eq!(all.done.len(), 2);
        let handles = [one.handle(), other.handle()];
        drop((one, other));
        ledger.check(&[&handles[0], &handles[1]]);
    });
}

#[test]
fn workers_that_wait_for_one_of_several_let_the_backlog_run() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let (handle, entries) = (pool.handle(), ledger.clone());
        let parent = ledger.job(move || {
            let children = [1, 2].map(|n| handle.submit(entries.job(move || n)).unwrap().handle());
            let split = wait_for_any(&children).unwrap();
            assert!(!split.done.is_empty());
        });
        let parents = [pool.submit(parent).unwrap()];
        for parent in parents {
            parent.result().unwrap();
        }
        ledger.settle(pool);
    });
}

#[test]
fn workers_that_wait_for_a_limited_time_let_the_backlog_run() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let parents = [(); 2].map(|()| {
            let (handle, entries) = (pool.handle(), ledger.clone());
            let parent = ledger.job(move || {
                let mut child = handle.submit(entries.job(|| yield_now())).unwrap();
                loop {
                    match child.result_timeout(MOMENT) {
                        Ok(result) => break result.unwrap(),
                        Err(error) => assert_eq!(error, WaitError::TimedOut),
                    }
                }
            });
            pool.submit(parent).unwrap()
        });
        for parent in parents {
            parent.result().unwrap();
        }
        ledger.settle(pool);
    });
}

#[test]
fn the_first_failure_ends_a_wait() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let gate = Arc::new(Gate::default());
        let theirs = gate.clone();
        let waits = pool.submit(ledger.job(move || theirs.pass())).unwrap().handle();
        let fails = pool.submit(ledger.job(|| -> () { throw("fails") })).unwrap().handle();
        let split = wait_for_first_failure([waits, fails]).unwrap();
        assert_eq!(split.done.len(), 1);
        assert!(split.done[0].is_failed());
        gate.open();
        ledger.settle(pool);
    });
}

#[test]
fn tasks_come_in_the_order_of_their_end() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let futures = [0, 1, 2].map(|n| pool.submit(ledger.job(move || n)).unwrap());
        let mut seen: Vec<_> = executor::as_completed(futures)
            .map(|future| future.unwrap().result().unwrap())
            .collect();
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2]);
        ledger.settle(pool);
    });
}
