//! The end of an executor.

use greenstd::atomic::unwatched::Counter;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread;

use super::Stage;
use crate::executor::GreenThreadPoolExecutor;
use crate::pool::ITS_END;
use crate::shutdown::Shutdown;
use crate::{Refusal, TaskError};

/// Step 4 of `shutdown.rs`: the last carrier opens the latch, and every thread that waits for it goes on,
/// and sees what both carriers did.
#[test]
fn the_last_carrier_lets_all_waiters_go() {
    explore(3, || {
        let stage = Stage::new(2, None);
        let traces = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let carriers = traces.each_ref().map(|trace| {
            let (pool, trace) = (stage.pool.clone(), trace.clone());
            thread::spawn(move || {
                trace.store(true, Ordering::Relaxed);
                pool.carrier_ended();
            })
        });
        assert!(stage.pool.terminated().wait(&ITS_END, None));
        assert!(traces.iter().all(|trace| trace.load(Ordering::Relaxed)));
        for carrier in carriers {
            carrier.join().unwrap();
        }
    });
}

/// Steps 1 and 2: a submission against a shutdown that cancels what is pending, and a worker. The job is
/// refused, or it is accepted and ends: run, or cancelled by the worker or by the caller.
#[test]
fn a_submission_is_refused_or_ends() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let worker = stage.carriers.pop().unwrap();
        let handle = stage.handle.clone();
        let submitting = thread::spawn(move || match handle.submit(|| 1) {
            Ok(future) => {
                // The worker comes by once more after every push.
                worker.work();
                match future.result() {
                    Ok(result) => assert_eq!(result, 1),
                    Err(error) => assert!(matches!(error, TaskError::Cancelled)),
                }
            }
            Err(error) => assert_eq!(error.reason(), Refusal::Shutdown),
        });
        stage.handle.shutdown(Shutdown::no_wait().cancel_pending()).unwrap();
        submitting.join().unwrap();
        assert!(stage.pool.queue().is_exhausted());
    });
}

/// All of it, with a real carrier and real stacks: a job is submitted, its result taken, and the
/// executor dropped.
#[test]
fn an_executor_runs_its_job_and_ends() {
    explore(3, || {
        let executor = build();
        let future = executor.submit(|| 1).unwrap();
        assert_eq!(future.result().unwrap(), 1);
        drop(executor);
    });
}

/// The same, dropped while somebody else submits: the job is refused, or runs.
#[test]
fn an_executor_that_ends_runs_what_it_has_accepted() {
    explore(2, || {
        let executor = build();
        let called = Arc::new(Counter::default());
        let (handle, calls) = (executor.handle(), called.clone());
        let submitting = thread::spawn(move || {
            let submitted = handle.submit(move || calls.add(1));
            match submitted {
                Ok(future) => {
                    drop(future);
                    1
                }
                Err(error) => {
                    assert_eq!(error.reason(), Refusal::Shutdown);
                    0
                }
            }
        });
        drop(executor);
        let accepted = submitting.join().unwrap();
        assert_eq!(called.get(), accepted);
    });
}

fn build() -> GreenThreadPoolExecutor {
    GreenThreadPoolExecutor::builder()
        .max_workers(1)
        .carriers(1)
        .stack_size(64 * 1024)
        .statistics(false)
        .build()
        .unwrap()
}
