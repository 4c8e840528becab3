//! Cancelling, at any moment of a job's life.

use std::sync::Arc;
use std::time::Duration;

use executor::{Interrupted, Shutdown, TaskError, WaitError, park, reject_when_reached, sleep};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::model::explore;
use greenstd::sync::Mutex;
use greenstd::thread;

use super::{Gate, Ledger, build, executor};

#[test]
fn a_job_runs_or_is_cancelled_and_never_both() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let jobs = [(); 2].map(|()| pool.submit(ledger.job(|| ())).unwrap());
        let handles = jobs.each_ref().map(executor::GreenFuture::handle);
        let canceller = thread::spawn(move || handles.map(|handle| handle.cancel()));
        let results = jobs.map(executor::GreenFuture::result);
        for (cancelled, result) in canceller.join().unwrap().into_iter().zip(results) {
            assert_eq!(cancelled, matches!(result, Err(TaskError::Cancelled)));
            assert_eq!(cancelled, result.is_err());
        }
        ledger.settle(pool);
    });
}

#[test]
fn a_child_is_cancelled_or_run_by_its_waiting_parent() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let slot = Arc::new(Mutex::new(None));
        let (handle, entries, theirs) = (pool.handle(), ledger.clone(), slot.clone());
        let parent = pool
            .submit(ledger.job(move || {
                let child = handle.submit(entries.job(|| 5)).unwrap();
                *theirs.lock() = Some(child.handle());
                child.result().ok()
            }))
            .unwrap();
        let child = slot.lock().clone();
        let cancelled = child.is_some_and(|child| child.cancel());
        assert_eq!(parent.result().unwrap(), if cancelled { None } else { Some(5) });
        ledger.settle(pool);
    });
}

#[test]
fn a_cancelled_job_is_woken_from_every_wait() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = executor(3, 2).check_and_reject(reject_when_reached(0)).build().unwrap();
        let waits_for_ever = pool
            .submit(ledger.job(|| {
                while !executor::is_cancelled() {
                    let _: Result<(), Interrupted> = park();
                }
            }))
            .unwrap();
        let target = waits_for_ever.handle();
        let waits_for_a_job = pool.submit(ledger.job(move || target.wait())).unwrap();
        let (handle, entries) = (pool.handle(), ledger.clone());
        let waits_for_room = pool
            .submit(ledger.job(move || {
                sleep(Duration::from_millis(1))?;
                let _ = handle.submit_wait(entries.job(|| ()));
                Ok::<_, Interrupted>(())
            }))
            .unwrap();
        // The last one ends without our help once it is cancelled; the second one may have come to run
        // it on the spot, and is then not interrupted.
        waits_for_room.cancel();
        waits_for_a_job.cancel();
        waits_for_ever.cancel();
        if let Err(error) = waits_for_room.result() {
            assert!(error.is_cancelled());
        }
        match waits_for_a_job.result() {
            Ok(waited) => assert!(matches!(waited, Ok(()) | Err(WaitError::Interrupted))),
            Err(error) => assert!(error.is_cancelled()),
        }
        if let Err(error) = waits_for_ever.result() {
            assert!(error.is_cancelled());
        }
        ledger.settle(pool);
    });
}

#[test]
fn dropping_a_map_cancels_what_has_not_started() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let entries = ledger.clone();
        let mut map = pool.map(0..3, move |_| entries.called.add(1)).unwrap();
        assert!(map.next().is_some());
        drop(map);
        let handle = pool.handle();
        drop(pool);
        let statistics = handle.statistics();
        assert_eq!(statistics.succeeded() + statistics.cancelled(), 3);
        assert_eq!(ledger.called.get(), statistics.succeeded());
    });
}

#[test]
fn nothing_starts_after_the_cancelling_of_all_that_had_not() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let (handle, entries) = (pool.handle(), ledger.clone());
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        let running = Arc::new(Gate::default());
        let runs = running.clone();
        let parent = pool.submit(ledger.job(move || {
            runs.open();
            // Accepted before and added after: there is a chance each time.
            for _ in 0..8 {
                let Ok(child) = handle.submit(entries.job(|| ())) else { return };
                let is_over = over.load(Ordering::Acquire);
                let result = child.result();
                assert!(!is_over || matches!(result, Err(TaskError::Cancelled)));
            }
        }));
        running.pass();
        pool.shutdown(Shutdown::no_wait().cancel_pending()).unwrap();
        is_over.store(true, Ordering::Release);
        parent.unwrap().result().unwrap();
        ledger.settle(pool);
    });
}
