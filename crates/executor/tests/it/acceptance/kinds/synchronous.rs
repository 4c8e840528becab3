//! What only an executor has whose jobs run in `submit`.

use std::time::Duration;

use executor::{GreenFuture, Shutdown, ShutdownError, SynchronousExecutor};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::super::support::{Progress, watch};

#[test]
fn a_job_runs_on_its_submitter_and_has_ended_when_submit_returns() {
    let executor = SynchronousExecutor::new();
    let here = greenctx::current().id();
    let job = executor.submit(move || greenctx::current().id() == here).unwrap();
    assert!(job.is_done());
    assert!(job.result().unwrap());
    assert_eq!((executor.num_carriers(), executor.queue_size(), executor.num_workers()), (0, 0, 0));
}

#[test]
fn jobs_run_in_the_order_of_the_calls_and_within_one_another() {
    let executor = SynchronousExecutor::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    let note = |text| {
        let order = order.clone();
        move || order.lock().push(text)
    };
    let (begin, inner, end) = (note("outer begins"), note("inner"), note("outer ends"));
    let own = executor.handle();
    let outer = executor.submit(move || {
        begin();
        let ended = own.submit(inner).unwrap().is_done();
        end();
        (ended, own.num_workers())
    });
    drop(executor.submit(note("next")).unwrap());
    assert_eq!(outer.unwrap().result().unwrap(), (true, 1));
    assert_eq!(*order.lock(), ["outer begins", "inner", "outer ends", "next"]);
}

#[test]
fn jobs_of_several_threads_run_at_the_same_time() {
    let _watch = watch();
    let executor = SynchronousExecutor::new();
    let met = Progress::new();
    let meet = || {
        let (own, met) = (executor.handle(), met.clone());
        thread::spawn(move || {
            let met = move || {
                met.advance();
                met.wait_until(2);
            };
            own.submit(met).unwrap().result().unwrap();
        })
    };
    let both = [meet(), meet()];
    both.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(executor.statistics().executed(), 2);
}

#[test]
fn what_many_threads_submit_is_counted_exactly() {
    let _watch = watch();
    let executor = SynchronousExecutor::new();
    let threads = (0..4).map(|_| {
        let own = executor.handle();
        thread::spawn(move || (0..500).for_each(|_| drop(own.submit(|| ()).unwrap())))
    });
    threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
    let statistics = executor.statistics();
    assert_eq!((statistics.submitted(), statistics.executed()), (2000, 2000));
    assert_eq!(statistics.run_time().count(), 2000);
}

#[test]
fn a_shutdown_waits_for_the_jobs_of_other_threads() {
    let _watch = watch();
    let executor = SynchronousExecutor::new();
    let (inside, gate) = (Progress::new(), Progress::new());
    let (own, told, pass) = (executor.handle(), inside.clone(), gate.clone());
    let submitter = thread::spawn(move || {
        let job: GreenFuture<()> = own
            .submit(move || {
                told.advance();
                pass.wait_until(1);
            })
            .unwrap();
        job.result().unwrap();
    });
    inside.wait_until(1);
    let in_time = Shutdown::wait().timeout(std::time::Duration::ZERO);
    assert!(matches!(executor.shutdown(in_time), Err(ShutdownError::TimedOut(_))));
    gate.advance();
    executor.shutdown(Shutdown::wait()).unwrap();
    assert_eq!(executor.num_workers(), 0);
    submitter.join().unwrap();
}

#[test]
fn the_number_of_callers_cannot_be_limited() {
    let executor = SynchronousExecutor::default();
    assert!(executor.resize(4).is_err());
    assert_eq!(executor.max_workers(), usize::MAX);
}

#[test]
fn a_job_that_may_expire_starts_at_once_and_does_not_expire() {
    let executor = SynchronousExecutor::new();
    let jobs: Vec<_> = [Duration::ZERO, Duration::from_secs(3600)]
        .map(|limit| executor.job().expires(limit).submit(|| 7).unwrap())
        .into();
    for job in jobs {
        assert!(job.is_done());
        assert_eq!(job.result().unwrap(), 7);
    }
    assert_eq!((executor.statistics().executed(), executor.statistics().expired()), (2, 0));
}
