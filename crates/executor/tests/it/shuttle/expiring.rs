//! Jobs that are to start in time: their last moment against everything that can come in between.

use std::time::Duration;

use executor::{AbandonReason, TaskError, sleep};
use greenstd::model::explore;
use greenstd::thread;

use super::{Ledger, build, shut_down};

const SOON: Duration = Duration::from_millis(1);

#[test]
fn a_job_starts_or_expires_and_is_counted_so() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let busy = pool.submit(ledger.job(|| sleep(SOON).unwrap())).unwrap();
        let limited = pool.job().expires(SOON).submit(ledger.job(|| 7)).unwrap();
        let has_expired = match limited.result() {
            Ok(7) => false,
            Err(TaskError::Abandoned(AbandonReason::Expired)) => true,
            other => panic!("{other:?}"),
        };
        busy.result().unwrap();
        assert_eq!(pool.statistics().expired(), u64::from(has_expired));
        ledger.settle(pool);
    });
}

#[test]
fn a_job_that_is_cancelled_as_it_expires_ends_once() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let busy = pool.submit(ledger.job(|| sleep(SOON).unwrap())).unwrap();
        let limited = pool.job().expires(Duration::ZERO).submit(ledger.job(|| ())).unwrap();
        let handle = limited.handle();
        let canceller = thread::spawn(move || handle.cancel());
        let was_cancelled = canceller.join().unwrap();
        match limited.result() {
            Err(TaskError::Cancelled) => assert!(was_cancelled),
            Ok(()) | Err(TaskError::Abandoned(_)) => assert!(!was_cancelled),
            Err(error) => panic!("{error}"),
        }
        busy.result().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn its_last_moment_may_come_while_the_executor_ends() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        drop(pool.submit(ledger.job(|| sleep(SOON).unwrap())).unwrap());
        let limited = pool.job().expires(SOON).submit(ledger.job(|| ())).unwrap();
        let delayed = pool.submit_after(SOON, ledger.job(|| ())).unwrap();
        shut_down(&pool);
        assert!(limited.is_done() && delayed.is_done());
        ledger.settle(pool);
    });
}

#[test]
fn a_delayed_job_may_expire_once_it_is_due() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let busy = pool.submit(ledger.job(|| sleep(2 * SOON).unwrap())).unwrap();
        let job = pool.job().expires(SOON).submit_after(SOON, ledger.job(|| ())).unwrap();
        match job.result() {
            Ok(()) | Err(TaskError::Abandoned(AbandonReason::Expired)) => {}
            Err(error) => panic!("{error}"),
        }
        busy.result().unwrap();
        ledger.settle(pool);
    });
}
