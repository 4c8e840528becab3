//! Delayed jobs: becoming due against everything that can come in between.

use std::time::Duration;

use executor::schedule::First;
use executor::{AbandonReason, Shutdown, TaskError, reject_when_reached};
use greenstd::model::explore;
use greenstd::thread;

use super::{Ledger, build, executor, shut_down};

const SOON: Duration = Duration::from_millis(1);

#[test]
fn a_job_that_is_cancelled_as_it_becomes_due_ends_once() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let job = pool.submit_after(Duration::ZERO, ledger.job(|| ())).unwrap();
        let handle = job.handle();
        let canceller = thread::spawn(move || handle.cancel());
        let was_cancelled = canceller.join().unwrap();
        assert_eq!(job.result().is_err(), was_cancelled);
        ledger.settle(pool);
    });
}

#[test]
fn a_job_that_is_to_start_now_and_is_cancelled_ends_once() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        // It never becomes due by itself: in a model, the clock may reach any other moment.
        let job = pool.submit_after(Duration::MAX, ledger.job(|| ())).unwrap();
        let (handle, other) = (job.handle(), job.handle());
        let canceller = thread::spawn(move || handle.cancel());
        let has_started = other.start_now();
        let was_cancelled = canceller.join().unwrap();
        assert!(has_started || was_cancelled);
        assert_eq!(job.result().is_err(), was_cancelled);
        ledger.settle(pool);
    });
}

#[test]
fn a_job_that_is_to_start_now_against_a_shutdown_runs_or_is_cancelled() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let job = pool.submit_after(Duration::from_secs(3600), ledger.job(|| ())).unwrap();
        let handle = pool.handle();
        let closer = thread::spawn(move || shut_down(&handle));
        job.handle().start_now();
        closer.join().unwrap();
        assert!(job.is_done());
        ledger.settle(pool);
    });
}

#[test]
fn a_crowd_that_becomes_due_together_runs_once_each() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let jobs = [(); 3].map(|()| pool.submit_after(SOON, ledger.job(|| ())).unwrap());
        let first = jobs[0].handle();
        let canceller = thread::spawn(move || _ = first.cancel());
        shut_down_when_due(&pool);
        canceller.join().unwrap();
        assert!(jobs.iter().all(|job| job.is_done()));
        ledger.settle(pool);
    });
}

#[test]
fn a_shutdown_cancels_it_or_it_was_due() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let job = pool.submit_after(SOON, ledger.job(|| ())).unwrap();
        shut_down(&pool);
        assert!(job.is_done());
        if let Err(error) = job.result() {
            assert!(error.is_cancelled());
        }
        ledger.settle(pool);
    });
}

#[test]
fn a_shutdown_that_is_to_run_it_does() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let job = pool.submit_after(SOON, ledger.job(|| 7)).unwrap();
        pool.shutdown(Shutdown::wait().run_delayed()).unwrap();
        assert_eq!(job.result().unwrap(), 7);
        ledger.settle(pool);
    });
}

#[test]
fn a_submission_against_a_shutdown_is_refused_or_ends() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let handle = pool.handle();
        let closer = thread::spawn(move || shut_down(&handle));
        if let Ok(job) = pool.submit_after(Duration::ZERO, ledger.job(|| ())) {
            match job.result() {
                Ok(()) | Err(TaskError::Cancelled) => {}
                Err(error) => panic!("{error}"),
            }
        }
        closer.join().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn a_refused_one_ends_as_refused() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = executor(1, 1).check_and_reject(reject_when_reached(0)).build().unwrap();
        let busy = pool.submit(ledger.job(|| executor::yield_now())).unwrap();
        let job = pool.submit_after(Duration::ZERO, ledger.job(|| ())).unwrap();
        match job.result() {
            Ok(()) | Err(TaskError::Abandoned(AbandonReason::Refused(_))) => {}
            Err(error) => panic!("{error}"),
        }
        busy.result().unwrap();
        ledger.settle(pool);
    });
}

#[test]
fn its_own_executors_only_worker_may_wait_for_it() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let (handle, jobs) = (pool.handle(), ledger.clone());
        let parent = pool.submit(
            ledger
                .job(move || handle.submit_after(SOON, jobs.job(|| 7)).unwrap().result().unwrap()),
        );
        assert_eq!(parent.unwrap().result().unwrap(), 7);
        ledger.settle(pool);
    });
}

#[test]
fn a_schedule_that_is_stopped_is_over_once_its_runs_are() {
    explore(|| {
        let pool = build(1, 1);
        let schedule = pool.every(SOON).first(First::Now).run(|_| ()).unwrap();
        let other = schedule.clone();
        let stopper = thread::spawn(move || other.stop());
        schedule.wait().unwrap();
        assert!(schedule.has_ended() && schedule.runs().is_empty());
        stopper.join().unwrap();
        let handle = pool.handle();
        drop(pool);
        assert_eq!(schedule.statistics().runs(), handle.statistics().executed());
    });
}

#[test]
fn a_schedule_ends_with_its_executor() {
    explore(|| {
        let pool = build(1, 1);
        let schedule = pool.every(SOON).first(First::Now).run(|_| ()).unwrap();
        let handle = pool.handle();
        drop(pool);
        schedule.wait().unwrap();
        assert_eq!(schedule.statistics().runs(), handle.statistics().executed());
        assert!(handle.schedules().is_empty());
    });
}

/// Ends the executor, and lets the delayed jobs run.
fn shut_down_when_due(pool: &executor::ExecutorHandle) {
    pool.shutdown(Shutdown::wait().run_delayed()).unwrap();
}
