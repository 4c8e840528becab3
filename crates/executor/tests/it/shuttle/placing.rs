//! Jobs that are placed beside another one: each ends, whatever becomes of the other.

use std::sync::Arc;

use greenstd::model::explore;
use greenstd::thread;

use super::{Gate, Ledger, build};

#[test]
fn a_job_beside_one_that_may_have_started_and_may_be_cancelled_ends() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let first = pool.submit(ledger.job(|| ())).unwrap();
        let handle = first.handle();
        let second = pool.job().beside(&handle).submit(ledger.job(|| 2)).unwrap();
        let third = pool.job().beside(&second.handle()).submit(ledger.job(|| 3)).unwrap();
        let canceller = thread::spawn(move || handle.cancel());
        assert_eq!((second.result().unwrap(), third.result().unwrap()), (2, 3));
        canceller.join().unwrap();
        drop(first);
        ledger.settle(pool);
    });
}

/// Both slots are taken when it is submitted, or come to be.
#[test]
fn a_job_beside_one_that_waits_gets_the_slot_that_another_gives_back() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let gate = Arc::new(Gate::default());
        let waits = gate.clone();
        let first = pool.submit(ledger.job(move || waits.pass())).unwrap();
        drop(pool.submit(ledger.job(|| ())).unwrap());
        let second = pool.job().beside(&first.handle()).submit(ledger.job(move || gate.open()));
        second.unwrap().result().unwrap();
        first.result().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn a_job_placed_here_is_run_by_its_carrier_or_by_the_job_that_waits_for_it() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let (handle, jobs) = (pool.handle(), ledger.clone());
        let parent = ledger.job(move || {
            let waited_for = handle.job().here().submit(jobs.job(|| 1)).unwrap();
            drop(handle.job().here().submit(jobs.job(|| ())).unwrap());
            waited_for.result().unwrap()
        });
        assert_eq!(pool.submit(parent).unwrap().result().unwrap(), 1);
        ledger.settle(pool);
    });
}
