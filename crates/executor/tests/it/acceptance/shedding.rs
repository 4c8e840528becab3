//! Giving up accepted jobs under overload, where that was asked for.

use std::time::Duration;

use executor::rejection::Codel;
use executor::{AbandonReason, GreenThreadPoolExecutor, Shutdown, TaskError, sleep};

use super::support::{Drops, Watched, ms, watched};

/// With one worker, which gives up what has waited for more than 4 ms if the backlog stands.
#[track_caller]
fn hasty(statistics: bool) -> Watched {
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    watched(builder.statistics(statistics).shed_when_late(Codel::new(ms(2))))
}

#[test]
fn under_overload_late_jobs_end_as_abandoned_and_are_counted() {
    let pool = hasty(true);
    let drops = Drops::new();
    let (mut done, mut given_up) = (0, 0);
    while given_up == 0 {
        let jobs: Vec<_> = (0..200)
            .map(|_| {
                let token = drops.token();
                pool.try_submit(move || {
                    token.keep();
                    sleep(ms(1))
                })
                .unwrap()
            })
            .collect();
        for job in jobs {
            match job.result() {
                Ok(()) => done += 1,
                Err(TaskError::Abandoned(AbandonReason::Overloaded)) => given_up += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    pool.shutdown(Shutdown::wait()).unwrap();
    let statistics = pool.statistics();
    assert_eq!((statistics.executed(), statistics.abandoned()), (done, given_up));
    assert_eq!((statistics.shed(), statistics.expired()), (given_up, 0));
    assert_eq!(statistics.submitted(), done + given_up);
    assert_eq!(drops.alive(), 0, "each closure was called or dropped");
}

#[test]
fn without_statistics_late_jobs_are_given_up_all_the_same() {
    let pool = hasty(false);
    let is_given_up = |result: Result<(), TaskError<_>>| match result {
        Ok(()) => false,
        Err(error) => error.is_abandoned(),
    };
    loop {
        let jobs: Vec<_> = (0..200).map(|_| pool.try_submit(|| sleep(ms(1))).unwrap()).collect();
        // All of them are waited for: the next round begins with an empty backlog.
        let given_up = jobs.into_iter().map(|job| is_given_up(job.result()));
        if given_up.filter(|given_up| *given_up).count() > 0 {
            break;
        }
    }
    assert!(pool.statistics().abandoned() > 0);
}

#[test]
fn what_was_given_up_says_so() {
    let error: TaskError = TaskError::Abandoned(AbandonReason::Overloaded);
    assert!(error.to_string().contains("waited for too long"), "{error}");
}

#[test]
fn an_interval_that_is_too_short_is_refused_by_the_builder() {
    let codel = Codel::new(Duration::from_secs(1)).interval(Duration::from_secs(9));
    let error = GreenThreadPoolExecutor::builder().shed_when_late(codel).build().unwrap_err();
    assert!(error.to_string().contains("10000000"), "{error}");
}
