//! Nothing is kept of a job that has ended, whoever still holds a handle to it.

use executor::{Shutdown, as_completed, wait_for_all, wait_for_any};
use greenstd::sync::{Arc, Weak};

use super::support::{Held, Progress, pool};

/// A value that shows whether it is alive.
fn watched_value() -> (Arc<String>, Weak<String>) {
    let value = Arc::new(String::from("precious"));
    let weak = Arc::downgrade(&value);
    (value, weak)
}

#[track_caller]
fn assert_dead(weak: &Weak<String>, what: &str) {
    assert_eq!(weak.strong_count(), 0, "{what} is kept");
}

#[test]
fn what_a_job_captured_is_dead_when_its_end_is_seen() {
    let pool = pool(2, 1);
    for name in [None, Some("named")] {
        let (value, captured) = watched_value();
        let job = move || value.len();
        let future = match name {
            None => pool.submit(job).unwrap(),
            Some(name) => pool.job().name(name).submit(job).unwrap(),
        };
        future.wait().unwrap();
        assert_dead(&captured, "what was captured");
        assert_eq!(future.result().unwrap(), 8);
    }
}

#[test]
fn a_handle_keeps_neither_closure_nor_result() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (captured, result) = (watched_value(), watched_value());
    let (value, returned) = (captured.0, result.0);
    let future = pool
        .submit(move || {
            drop(value);
            returned
        })
        .unwrap();
    let handle = future.handle();
    drop(future);
    held.release();
    handle.wait().unwrap();
    // Without another job that would push it out.
    super::support::eventually(|| result.1.strong_count() == 0);
    assert_dead(&captured.1, "what was captured");
    assert!(handle.is_done());
}

#[test]
fn the_result_dies_with_who_took_it() {
    let pool = pool(1, 1);
    let (value, weak) = watched_value();
    let mut future = pool.submit(move || value).unwrap();
    let handle = future.handle();
    drop(future.result_timeout(std::time::Duration::MAX).unwrap().unwrap());
    assert_dead(&weak, "a result that was taken");
    drop((future, handle));
}

#[test]
fn errors_and_payloads_die_with_who_took_them() {
    let pool = pool(1, 1);
    let (error, weak_error) = watched_value();
    let (payload, weak_payload) = watched_value();
    let failed = pool.try_submit(move || Err::<(), _>(error)).unwrap();
    let panicked = pool.submit(move || std::panic::panic_any(payload)).unwrap();
    let handles = [failed.handle(), panicked.handle()];
    wait_for_all(&handles).unwrap();
    assert_eq!((weak_error.strong_count(), weak_payload.strong_count()), (1, 1));
    drop(failed.result());
    drop(panicked.result().map(drop));
    assert_dead(&weak_error, "an error that was taken");
    assert_dead(&weak_payload, "a payload that was taken");
}

#[test]
fn a_cancelled_job_keeps_nothing_however_many_hold_it() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (value, captured) = watched_value();
    let (called, by_callback) = watched_value();
    let future = pool.submit(move || value.len()).unwrap();
    future.add_done_callback(move |_| drop(called));
    let handles = [future.handle(), future.handle()];
    assert!(future.cancel());
    assert_dead(&captured, "what a cancelled job captured");
    assert_dead(&by_callback, "what its callback captured");
    held.release();
    drop((handles, future));
}

#[test]
fn waiting_keeps_no_job_alive() {
    let pool = pool(2, 1);
    let (value, weak) = watched_value();
    let future = pool.submit(move || value).unwrap();
    drop(wait_for_any([&future]).unwrap());
    drop(wait_for_all([&future]).unwrap());
    assert!(as_completed([&future]).all(|task| task.is_ok()));
    assert_eq!(weak.strong_count(), 1);
    drop(future);
    assert_dead(&weak, "a result that was waited for");
}

#[test]
fn a_callback_that_holds_the_handle_of_its_own_job_is_no_leak() {
    let pool = pool(1, 1);
    let (value, weak) = watched_value();
    let called = Progress::new();
    let progress = called.clone();
    let future = pool.submit(move || value).unwrap();
    let own = future.handle();
    future.add_done_callback(move |_| {
        assert!(own.is_done());
        progress.advance();
    });
    called.wait_until(1);
    drop(future);
    assert_dead(&weak, "the result");
}

#[test]
fn an_executor_dies_with_its_last_job_although_futures_are_left() {
    let (pool, _watch) = pool(2, 2).into_parts();
    let (value, weak) = watched_value();
    let keeper = value.clone();
    // The rejection of an executor is dropped with it, and so is whatever the jobs hold of it.
    let handle = pool.handle();
    let future = pool.submit(move || (keeper, handle.alive())).unwrap();
    pool.shutdown(Shutdown::wait()).unwrap();
    drop(pool);
    drop(value);
    assert_eq!(weak.strong_count(), 1, "the result is the future's");
    drop(future);
    assert_dead(&weak, "the result");
}

#[test]
fn what_the_settings_hold_dies_with_the_executor() {
    let (hook, initializer) = (watched_value(), watched_value());
    let (in_hook, in_initializer) = (hook.0, initializer.0);
    let builder = executor::GreenThreadPoolExecutor::builder()
        .carriers(2)
        .check_and_reject(move |_: &executor::Load| {
            let _ = in_hook.len();
            executor::Verdict::Accept
        })
        .initializer(move || {
            let _ = in_initializer.len();
            Ok(())
        });
    let (pool, watch) = super::support::watched(builder).into_parts();
    let future = pool.submit(|| 1).unwrap();
    let task = future.handle();
    drop(pool);
    // The watchdog held a handle.
    drop(watch);
    assert_dead(&hook.1, "what the hook held");
    assert_dead(&initializer.1, "what the initializer held");
    assert_eq!((future.result().unwrap(), task.is_done()), (1, true));
}
