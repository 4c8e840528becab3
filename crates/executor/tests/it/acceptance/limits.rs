//! Limits of time that a job is described with.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use executor::{
    Interrupted, TaskError, TaskOutcome, TaskState, park, sleep, wait_for_first_failure,
    with_timeout, yield_now,
};
use greenctx::current_deadline;
use greenstd::time;

use super::support::{ms, pool};

const LONG: Duration = Duration::from_secs(3600);

/// An error of a user's own, which cannot be looked into.
#[derive(Debug)]
enum OfOnesOwn {
    Wait(Interrupted),
    Syntax,
}

impl fmt::Display for OfOnesOwn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("of one's own")
    }
}

impl Error for OfOnesOwn {}

/// Computes until the caller's limit has passed.
fn use_up_the_time() {
    while !time::has_passed(current_deadline()) {
        std::hint::spin_loop();
    }
}

#[test]
fn a_job_that_returns_the_error_of_its_limit_has_timed_out() {
    let pool = pool(4, 2);
    let limited = pool.job().timeout(ms(2)).fallible();
    let plain = limited.clone().submit(|| sleep(LONG)).unwrap();
    let io = limited.clone().submit(|| io::Result::Ok(sleep(LONG)?)).unwrap();
    let boxed = limited.clone().submit(|| Ok::<_, Box<dyn Error + Send + Sync>>(park()?)).unwrap();
    let own = limited.submit(|| park().map_err(OfOnesOwn::Wait)).unwrap();
    let handles = [plain.handle(), io.handle(), boxed.handle(), own.handle()];
    assert!(matches!(plain.result(), Err(TaskError::TimedOut)));
    assert!(matches!(io.result(), Err(TaskError::TimedOut)));
    assert!(matches!(boxed.result(), Err(TaskError::TimedOut)));
    match own.result() {
        Err(TaskError::TimedOut) => {}
        Err(TaskError::Failed(OfOnesOwn::Wait(interrupted))) => unreachable!("{interrupted}"),
        other => unreachable!("{other:?}"),
    }
    for handle in handles {
        assert_eq!(handle.outcome(), Some(TaskOutcome::TimedOut));
        assert_eq!((handle.state(), handle.is_failed()), (TaskState::Done, true));
    }
    let statistics = pool.statistics();
    assert_eq!((statistics.timed_out(), statistics.failed()), (4, 0));
    assert_eq!((statistics.failures(), statistics.executed()), (4, 4));
}

#[test]
fn a_job_that_unwraps_the_error_of_its_limit_has_timed_out() {
    let pool = pool(1, 1);
    let job = pool.job().timeout(ms(2)).submit(|| sleep(LONG).unwrap()).unwrap();
    assert!(job.result().unwrap_err().is_timed_out());
    assert_eq!((pool.statistics().timed_out(), pool.statistics().panicked()), (1, 0));
}

#[test]
fn a_job_that_has_an_answer_when_its_time_is_over_gives_it() {
    let pool = pool(1, 1);
    let limited = pool.job().timeout(ms(2));
    let value = limited.clone().submit(|| sleep(LONG).is_err_and(|error| error.is_timed_out()));
    assert!(value.unwrap().result().unwrap());
    let computed = limited.fallible().submit(|| {
        use_up_the_time();
        Ok::<_, Interrupted>("late")
    });
    assert_eq!(computed.unwrap().result().unwrap(), "late");
    assert_eq!(pool.statistics().succeeded(), 2);
}

#[test]
fn what_is_about_something_else_is_not_taken_for_the_limit() {
    let pool = pool(1, 1);
    let limited = pool.job().timeout(ms(2));
    let late = limited.clone().fallible().submit(|| {
        use_up_the_time();
        "forty-two".parse::<u32>()
    });
    assert!(late.unwrap().result().unwrap_err().is_failed());
    let late = limited.clone().fallible().submit(|| {
        use_up_the_time();
        Err::<(), _>(OfOnesOwn::Syntax)
    });
    assert!(late.unwrap().result().unwrap_err().is_failed());
    let panicked = limited.submit(|| {
        let _ = sleep(LONG);
        panic!("no such image")
    });
    assert!(panicked.unwrap().result().unwrap_err().is_panicked());
    // The limit of an inner scope is the job's own affair.
    let early = pool.job().timeout(LONG).fallible().submit(|| with_timeout(ms(1), || sleep(LONG)));
    let interrupted = early.unwrap().result().unwrap_err().into_failure();
    assert!(interrupted.is_some_and(|interrupted| interrupted.is_timed_out()));
    assert_eq!(pool.statistics().timed_out(), 0);
}

#[test]
fn a_job_without_a_limit_fails_by_an_inner_one() {
    let pool = pool(1, 1);
    let job = pool.try_submit(|| with_timeout(ms(1), || sleep(LONG))).unwrap();
    assert!(job.result().unwrap_err().is_failed());
}

#[test]
fn a_limit_is_in_force_where_a_waiter_runs_the_job_on_the_spot() {
    for in_time in [false, true] {
        let pool = pool(1, 1);
        let handle = pool.handle();
        let parent = pool.submit(move || {
            let child = handle.job().timeout(ms(2)).fallible().submit(|| sleep(LONG)).unwrap();
            // In the first case it runs on the parent's own stack.
            match in_time {
                false => child.result(),
                true => with_timeout(LONG, || child.result()),
            }
        });
        assert!(parent.unwrap().result().unwrap().unwrap_err().is_timed_out());
    }
}

#[test]
fn a_limit_begins_with_the_job_and_ends_with_it() {
    let pool = pool(1, 1);
    let held = super::support::Held::workers(&pool, 1);
    let limited = pool.job().timeout(LONG);
    let before = time::now();
    let first = limited.clone().submit(current_deadline).unwrap();
    let submitted = time::now();
    held.release();
    let deadline = first.result().unwrap().unwrap();
    assert!(deadline >= before + LONG && submitted <= deadline);
    let handle = pool.handle();
    let parent = limited.submit(move || {
        let child = handle.submit(current_deadline).unwrap();
        (child.result().unwrap(), current_deadline().is_some())
    });
    assert_eq!(parent.unwrap().result().unwrap(), (None, true), "its children have no part in it");
    assert_eq!(pool.submit(current_deadline).unwrap().result().unwrap(), None);
}

#[test]
fn a_limit_of_zero_ends_the_first_wait_and_an_endless_one_none() {
    let pool = pool(1, 1);
    let at_once = pool.job().timeout(Duration::ZERO).fallible();
    assert!(at_once.clone().submit(|| sleep(LONG)).unwrap().result().unwrap_err().is_timed_out());
    assert!(at_once.submit(|| Ok::<_, ()>(7)).unwrap().result().is_ok());
    let for_ever = pool.job().timeout(Duration::MAX).fallible();
    assert_eq!(for_ever.submit(|| sleep(ms(1)).map(|()| 7)).unwrap().result().unwrap(), 7);
    let twice = pool.job().timeout(Duration::ZERO).timeout(LONG);
    assert!(
        twice.submit(|| sleep(ms(1)).is_ok()).unwrap().result().unwrap(),
        "the last one counts"
    );
}

#[test]
fn a_wait_for_the_first_failure_ends_by_a_job_that_has_timed_out() {
    let pool = pool(4, 2);
    let slow = pool.submit(park).unwrap();
    let limited = pool.job().timeout(ms(2)).fallible().submit(|| sleep(LONG)).unwrap();
    let set = wait_for_first_failure([slow.handle(), limited.handle()]).unwrap();
    assert_eq!((set.done.len(), set.not_done.len()), (1, 1));
    slow.cancel();
}

#[test]
fn a_job_that_was_cancelled_first_counts_as_cancelled() {
    let pool = pool(1, 1);
    let job = pool.job().timeout(ms(1)).fallible().submit(|| {
        use_up_the_time();
        while !executor::is_cancelled() {
            executor::shield(yield_now);
        }
        sleep(LONG)
    });
    let job = job.unwrap();
    super::support::eventually(|| job.state() == TaskState::Running);
    assert!(!job.cancel());
    assert!(job.result().unwrap_err().is_cancelled());
}

#[test]
fn a_timed_out_job_is_an_io_error_of_that_kind() {
    let pool = pool(1, 1);
    let job = pool.job().timeout(Duration::ZERO).fallible().submit(|| io::Result::Ok(park()?));
    let error = io::Error::from(job.unwrap().result().unwrap_err());
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.to_string().starts_with("the job timed out"));
}
