//! Groups: members against the stopping of their group, and of the job that it belongs to.

use std::sync::Arc;

use executor::{GreenThreadPoolExecutor, Interrupted, TaskError, park};
use greenstd::model::{choose, explore};
use greenstd::thread;

use super::{Gate, Ledger, build};

/// Waits until it is cancelled.
fn until_cancelled() -> Result<(), Interrupted> {
    loop {
        park()?;
    }
}

/// As [`Ledger::settle`], for jobs that have run and count as cancelled all the same.
fn settle(pool: GreenThreadPoolExecutor) {
    let handle = pool.handle();
    drop(pool);
    let statistics = handle.statistics();
    assert_eq!(statistics.submitted(), statistics.executed() + statistics.cancelled());
}

#[test]
fn a_member_that_comes_while_its_group_is_stopped_is_cancelled() {
    explore(|| {
        let pool = build(2, 1);
        let group = pool.try_group();
        let handle = group.handle();
        let canceller = thread::spawn(move || handle.cancel());
        // It would wait for ever.
        group.try_submit(until_cancelled).unwrap();
        let outcome = group.finish().unwrap_err();
        assert!(outcome.is_cancelled());
        canceller.join().unwrap();
        settle(pool);
    });
}

#[test]
fn a_failure_against_the_coming_and_going_of_others_stops_them_all() {
    explore(|| {
        let pool = build(2, 2);
        let group = pool.try_group();
        group.try_submit(|| Err(None)).unwrap();
        for _ in 0..2 {
            group.try_submit(|| until_cancelled().map_err(Some)).unwrap();
        }
        assert!(matches!(group.finish(), Err(TaskError::Failed(None))));
        assert_eq!(pool.statistics().cancelled(), 2);
        settle(pool);
    });
}

#[test]
fn a_group_hears_of_its_jobs_cancelling_however_they_fall() {
    explore(|| {
        let pool = build(2, 2);
        let handle = pool.handle();
        let (ended, started) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
        let member_ended = ended.clone();
        let has_started = started.clone();
        let parent = pool
            .submit(move || {
                has_started.open();
                let group = handle.try_group();
                let member = group.try_submit(until_cancelled);
                member.unwrap().add_done_callback(move |_| member_ended.open());
                // It hears nothing itself, and waits for the end of the member.
                executor::shield(|| ended.pass());
                drop(group);
            })
            .unwrap();
        // From here on, about when the group is made.
        started.pass();
        assert!(!parent.cancel());
        let _ = parent.result();
        settle(pool);
    });
}

#[test]
fn a_dropped_group_leaves_nothing_behind() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let group = pool.group();
        for _ in 0..2 {
            let _ = group.submit(ledger.job(|| _ = until_cancelled())).unwrap();
        }
        drop(group);
        assert_eq!(ledger.made.get(), ledger.dropped.get());
        ledger.settle(pool);
    });
}

#[test]
fn submitters_wait_for_places_and_get_them() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let group = pool.group().limit(std::num::NonZeroUsize::MIN);
        let (handle, entries) = (group.handle(), ledger.clone());
        let other = thread::spawn(move || {
            handle.submit(entries.job(|| 1)).unwrap();
        });
        group.submit(ledger.job(|| 2)).unwrap();
        other.join().unwrap();
        assert_eq!(group.finish().unwrap().into_iter().sum::<i32>(), 3);
        ledger.settle(pool);
    });
}

#[test]
fn a_scope_outlives_its_members_whoever_stops_them() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let mut reached = [false; 2];
        let outcome = pool.try_scope(|scope| {
            let [first, second] = &mut reached;
            let fails = ledger.job(|| Err(None));
            scope
                .submit(move || {
                    *first = true;
                    fails()
                })
                .unwrap();
            let waits = ledger.job(|| until_cancelled().map_err(Some));
            scope
                .submit(move || {
                    let ended = waits();
                    *second = true;
                    ended
                })
                .unwrap();
            // By the failure, by a member, or by the caller.
            let stops = || {
                scope.cancel();
                Ok(())
            };
            scope.submit(stops).unwrap();
            if choose(2) == 0 {
                scope.cancel();
            }
        });
        assert!(outcome.is_err());
        drop(pool);
        assert_eq!(ledger.made.get(), ledger.dropped.get());
    });
}
