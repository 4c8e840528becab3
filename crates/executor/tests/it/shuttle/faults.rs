//! Panics in everything that is not ours.

use executor::{TaskError, Verdict};
use greenstd::model::explore;
use greenstd::panics::contain;
use greenstd::thread;

use super::{Bang, Ledger, build, executor, throw};

#[test]
fn a_panic_ends_its_own_job_alone() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let panics = pool.submit(ledger.job(|| -> u32 { throw("job") })).unwrap();
        let result_bangs = pool.submit(ledger.job(|| Bang)).unwrap();
        let payload_bangs = pool.submit(ledger.job(|| -> u32 { throw(Bang) })).unwrap();
        let captured = Bang;
        let capture_bangs = pool.submit(ledger.job(move || drop(captured))).unwrap();
        // Whoever has the last hold on a result drops it, and has its panic.
        let _ = contain(|| drop(result_bangs));
        let _ = contain(|| drop(payload_bangs)).map_err(std::mem::forget);
        match panics.result() {
            Err(TaskError::Panicked(payload)) => assert_eq!(payload.message(), Some("job")),
            other => panic!("{other:?}"),
        }
        assert!(matches!(capture_bangs.result(), Err(TaskError::Panicked(_))));
        let fine = pool.submit(ledger.job(|| 1)).unwrap();
        assert_eq!(fine.result().unwrap(), 1);
        ledger.settle(pool);
    });
}

#[test]
fn a_panic_in_a_cancelled_closure_harms_nobody() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let captured = Bang;
        let job = pool.submit(ledger.job(move || std::mem::forget(captured))).unwrap();
        let cancelled = job.cancel();
        assert_eq!(job.result().is_err(), cancelled);
        ledger.settle(pool);
    });
}

#[test]
fn a_callback_that_panics_is_counted_and_the_others_run() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let job = pool.submit(ledger.job(|| ())).unwrap();
        let handle = job.handle();
        let other = thread::spawn(move || handle.add_done_callback(|_| throw("callback")));
        job.add_done_callback(|_| throw(Bang));
        other.join().unwrap();
        job.result().unwrap();
        let handle = pool.handle();
        ledger.settle(pool);
        assert_eq!(handle.statistics().callback_panics(), 2);
    });
}

#[test]
fn a_hook_that_panics_refuses() {
    explore(|| {
        let ledger = Ledger::new();
        let hook = |_: &executor::Load| -> Verdict { throw("hook") };
        let pool = executor(1, 1).check_and_reject(hook).build().unwrap();
        let error = pool.submit(ledger.job(|| ())).unwrap_err();
        assert!(error.is_rejected());
        drop(error.into_inner());
        ledger.settle(pool);
    });
}
