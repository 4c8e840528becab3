//! Delayed jobs: due in the order of time, never early, admitted when they are due, gone at once when cancelled.

use std::time::Duration;

use executor::{
    AbandonReason, GreenFuture, GreenThreadPoolExecutor, Refusal, Shutdown, ShutdownError,
    SynchronousExecutor, TaskError, TaskOutcome, TaskState, reject_when_reached,
};
use greenstd::sync::{Arc, Mutex};
use greenstd::{thread, time};
use testkit::exit_code_of_fork;

use super::support::process::threads_named;
use super::support::{
    Drops, Gate, Held, PanicsInDrop, Progress, child, eventually, ms, pool, watched,
};

const LONG: Duration = Duration::from_secs(3600);

/// Delayed jobs on one worker, due so many milliseconds after one moment: in which order they run.
fn order_of(delays: &[u64]) -> Vec<u64> {
    let pool = pool(1, 1);
    let mut margin = ms(20);
    loop {
        let (ran, moment) = (Arc::new(Mutex::new(Vec::new())), time::now() + margin);
        let submit = |delay: &u64| {
            let (ran, delay) = (ran.clone(), *delay);
            pool.submit_at(moment + ms(delay), move || ran.lock().push(delay)).unwrap()
        };
        let jobs: Vec<_> = delays.iter().map(submit).collect();
        let is_in_time = time::now() < moment;
        for job in jobs {
            job.result().unwrap();
        }
        // Else one may have run before an earlier one was there.
        if is_in_time {
            return std::mem::take(&mut ran.lock());
        }
        margin *= 2;
    }
}

#[test]
fn jobs_run_in_the_order_of_their_time() {
    assert_eq!(order_of(&[60, 40, 20]), [20, 40, 60]);
    assert_eq!(order_of(&[1, 30]), [1, 30]);
}

#[test]
fn an_earlier_one_that_comes_later_runs_first() {
    let pool = watched(GreenThreadPoolExecutor::builder().name("preempt").carriers(1));
    let far = pool.submit_after(LONG, || ()).unwrap();
    // The timekeeper sleeps until then, or is about to.
    eventually(|| threads_named("preempt-time").len() == 1);
    let near = pool.submit_after(ms(1), || 7).unwrap();
    assert_eq!(near.result().unwrap(), 7);
    assert_eq!(far.state(), TaskState::Pending);
    far.cancel();
}

#[test]
fn those_of_one_moment_run_in_the_order_of_submission() {
    let pool = pool(1, 1);
    let ran = Arc::new(Mutex::new(Vec::new()));
    let due = time::now() + ms(10);
    let jobs: Vec<_> = (0..50)
        .map(|n| {
            let ran = ran.clone();
            pool.submit_at(due, move || ran.lock().push(n)).unwrap()
        })
        .collect();
    for job in jobs {
        job.result().unwrap();
    }
    assert!(ran.lock().iter().copied().eq(0..50));
}

#[test]
fn one_that_is_to_start_now_does_not_wait_for_its_time() {
    let pool = pool(1, 1);
    let job = pool.submit_after(LONG, || 7).unwrap();
    assert!(job.handle().start_now());
    assert!(!job.handle().start_now());
    assert_eq!(job.result().unwrap(), 7);
    assert_eq!((pool.num_delayed(), pool.statistics().executed()), (0, 1));
    let done = pool.submit(|| ()).unwrap();
    assert!(!done.handle().start_now(), "it was not delayed");
}

#[test]
fn where_nothing_has_threads_one_that_is_to_start_now_runs_at_once_and_here() {
    let executor = SynchronousExecutor::new();
    let here = greenctx::current().id();
    let job =
        executor.submit_after(Duration::MAX, move || greenctx::current().id() == here).unwrap();
    assert!(!job.is_done());
    assert!(job.handle().start_now());
    assert!(job.is_done());
    assert!(job.result().unwrap());
}

#[test]
fn one_that_is_to_start_now_is_refused_as_it_would_be_in_its_time() {
    let pool = watched(
        GreenThreadPoolExecutor::builder().max_workers(1).check_and_reject(reject_when_reached(0)),
    );
    let held = Held::workers(&pool, 1);
    let job = pool.submit_after(LONG, || ()).unwrap();
    assert!(job.handle().start_now());
    let refused = job.result();
    assert!(matches!(
        refused,
        Err(TaskError::Abandoned(AbandonReason::Refused(Refusal::Rejected)))
    ));
    held.release();
}

#[test]
fn a_crowd_that_is_due_together_starts_whole_and_in_order() {
    let pool = pool(1, 1);
    let ran = Arc::new(Mutex::new(Vec::new()));
    let due = time::now() + ms(5);
    let step = Duration::from_micros(1);
    let jobs: Vec<_> = (0..2000)
        .map(|n| {
            let ran = ran.clone();
            pool.submit_at(due + step * n, move || ran.lock().push(n)).unwrap()
        })
        .collect();
    for job in jobs {
        job.result().unwrap();
    }
    assert!(ran.lock().iter().copied().eq(0..2000));
    assert_eq!((pool.num_delayed(), pool.statistics().succeeded()), (0, 2000));
}

#[test]
fn of_a_crowd_as_many_are_let_in_as_there_is_room_for() {
    let limit = reject_when_reached(9);
    let pool = watched(GreenThreadPoolExecutor::builder().max_workers(1).check_and_reject(limit));
    let held = Held::workers(&pool, 1);
    let jobs: Vec<_> = (0..1000).map(|n| pool.submit_after(ms(2), move || n).unwrap()).collect();
    eventually(|| pool.num_delayed() == 0 && pool.statistics().rejected() == 991);
    held.release();
    let results: Vec<_> = jobs.into_iter().filter_map(|job| job.result().ok()).collect();
    assert!(results.into_iter().eq(0..9));
}

#[test]
fn one_that_is_due_alone_starts_although_a_crowd_was_cancelled() {
    let pool = pool(2, 1);
    let crowd: Vec<_> = (0..1000).map(|_| pool.submit_after(LONG, || ()).unwrap()).collect();
    let alone = pool.submit_after(ms(3), || 7).unwrap();
    assert!(crowd.iter().all(GreenFuture::cancel));
    assert!(pool.num_delayed() <= 1);
    assert_eq!(alone.result().unwrap(), 7);
}

#[test]
fn no_job_starts_early_although_workers_are_idle() {
    let pool = pool(4, 2);
    for delay in [0, 1, 3, 20] {
        let start = time::now();
        let started = pool.submit_after(ms(delay), time::now).unwrap().result().unwrap();
        assert!(started >= start + ms(delay));
    }
}

#[test]
fn a_delay_of_nothing_and_a_moment_that_has_passed_are_now() {
    let pool = pool(1, 1);
    assert_eq!(pool.submit_after(Duration::ZERO, || 1).unwrap().result().unwrap(), 1);
    assert_eq!(pool.submit_at(time::now(), || 2).unwrap().result().unwrap(), 2);
}

#[test]
fn a_delay_without_end_waits_until_it_is_cancelled() {
    let pool = pool(1, 1);
    let never = pool.submit_after(Duration::MAX, || ()).unwrap();
    assert_eq!((pool.num_delayed(), pool.queue_size()), (1, 0));
    assert!(never.cancel());
    assert_eq!(pool.num_delayed(), 0);
}

#[test]
fn a_failure_and_a_panic_reach_the_future_and_are_counted() {
    let pool = pool(1, 1);
    let failing = pool.job().fallible().submit_after(ms(1), || Err::<(), _>("no")).unwrap();
    let panicking = pool.job().name("bang").submit_at(time::now(), || panic!("bang")).unwrap();
    assert_eq!(failing.result().unwrap_err().into_failure(), Some("no"));
    let Err(TaskError::<std::convert::Infallible>::Panicked(panic)) = panicking.result() else {
        panic!("it panics")
    };
    assert_eq!((panic.job(), panic.message()), ("bang", Some("bang")));
    let statistics = pool.statistics();
    assert_eq!((statistics.failed(), statistics.panicked()), (1, 1));
    let unnamed = pool.submit_after(Duration::ZERO, || panic!("bang")).unwrap();
    let error: TaskError = unnamed.result().unwrap_err();
    assert!(error.to_string().contains("delayed-3"), "{error}");
}

#[test]
fn jobs_submitted_by_many_threads_all_complete() {
    let pool = pool(8, 2);
    let ran = Progress::new();
    let submitters: Vec<_> = (0..4)
        .map(|thread| {
            let (pool, ran) = (pool.handle(), ran.clone());
            thread::spawn(move || {
                for n in 0..25 {
                    let ran = ran.clone();
                    let delay = ms((thread + n) % 7);
                    drop(pool.submit_after(delay, move || ran.advance()).unwrap());
                }
            })
        })
        .collect();
    submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
    ran.wait_until(100);
    pool.shutdown(Shutdown::wait()).unwrap();
    let statistics = pool.statistics();
    assert_eq!((statistics.submitted(), statistics.succeeded()), (100, 100));
}

#[test]
fn a_cancelled_one_never_runs_and_frees_its_closure_and_its_entry_at_once() {
    let (pool, drops) = (pool(1, 1), Drops::new());
    let token = drops.token();
    let job = pool.submit_after(LONG, move || token.keep()).unwrap();
    let called = Progress::new();
    let count = called.clone();
    job.add_done_callback(move |_| count.advance());
    assert_eq!((job.state(), job.is_done()), (TaskState::Pending, false));
    assert!(job.cancel() && job.cancel());
    assert_eq!((drops.alive(), pool.num_delayed(), called.get()), (0, 0, 1));
    assert_eq!(job.state(), TaskState::Cancelled);
    let statistics = pool.statistics();
    assert_eq!((statistics.submitted(), statistics.cancelled()), (1, 1));
    assert!(job.result().unwrap_err().is_cancelled());
    let nasty = PanicsInDrop("in the drop");
    assert!(pool.submit_after(LONG, move || nasty.keep()).unwrap().cancel());
}

#[test]
fn cancelling_against_becoming_due_has_one_winner() {
    let (pool, drops) = (pool(4, 2), Drops::new());
    let mut cancelled = 0;
    for n in 0..400 {
        let token = drops.token();
        let job = pool.submit_after(Duration::from_micros(n % 80), move || token.keep()).unwrap();
        let was_cancelled = job.cancel();
        cancelled += u64::from(was_cancelled);
        assert_eq!(job.result().is_err(), was_cancelled);
    }
    pool.shutdown(Shutdown::wait()).unwrap();
    let statistics = pool.statistics();
    assert_eq!(statistics.cancelled(), cancelled);
    assert_eq!(statistics.submitted(), statistics.executed() + cancelled);
    assert_eq!(drops.alive(), 0);
}

#[test]
fn a_refusal_at_the_moment_ends_the_future_as_refused() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(0)),
    );
    let (held, drops) = (Held::workers(&pool, 1), Drops::new());
    let token = drops.token();
    let refused = pool.submit_after(ms(1), move || token.keep()).unwrap();
    let called = Progress::new();
    let count = called.clone();
    refused.add_done_callback(move |_| count.advance());
    refused.wait().unwrap();
    assert_eq!((called.get(), drops.alive()), (1, 0));
    assert_eq!(refused.outcome(), Some(TaskOutcome::Abandoned));
    let error = refused.result().unwrap_err();
    assert!(error.to_string().contains("refused when it was due"), "{error}");
    assert!(matches!(error, TaskError::Abandoned(AbandonReason::Refused(Refusal::Rejected))));
    let statistics = pool.statistics();
    assert_eq!((statistics.rejected(), statistics.abandoned()), (1, 1));
    held.release();
    // A limit of none has room while it waits: it is no part of the backlog.
    eventually(|| pool.num_workers() == 0);
    assert_eq!(pool.submit_after(ms(1), || 7).unwrap().result().unwrap(), 7);
}

#[test]
fn a_waiter_on_the_only_worker_does_not_run_it_early_and_does_not_hang() {
    for carriers in [1, 2] {
        let pool = pool(1, carriers);
        let handle = pool.handle();
        let parent = pool.submit(move || {
            let due = time::now() + ms(10);
            let child = handle.submit_at(due, time::now).unwrap();
            child.result().unwrap() >= due
        });
        assert!(parent.unwrap().result().unwrap());
    }
}

#[test]
fn waiting_with_a_limit_leaves_it_as_it_was() {
    let pool = pool(1, 1);
    let mut job = pool.submit_after(LONG, || ()).unwrap();
    assert!(job.result_timeout(ms(1)).is_err());
    assert!(executor::wait_for_any_timeout([&job], ms(1)).unwrap().done.is_empty());
    assert!(job.cancel());
}

#[test]
fn a_job_that_keeps_its_carrier_busy_delays_none_on_another() {
    let pool = pool(4, 2);
    let (started, pass) = (Progress::new(), Arc::new(Mutex::new(false)));
    let (begun, go_on) = (started.clone(), pass.clone());
    let hog = pool.submit(move || {
        begun.advance();
        while !*pass.lock() {
            thread::yield_now();
        }
    });
    started.wait_until(1);
    pool.submit_after(ms(1), || ()).unwrap().result().unwrap();
    *go_on.lock() = true;
    hog.unwrap().result().unwrap();
}

#[test]
fn a_hundred_thousand_wait_without_a_worker_or_a_stack() {
    let pool = pool(1000, 2);
    let jobs: Vec<GreenFuture<()>> =
        (0..100_000).map(|_| pool.submit_after(LONG, || ()).unwrap()).collect();
    assert_eq!((pool.num_delayed(), pool.num_workers(), pool.queue_size()), (100_000, 0, 0));
    pool.shutdown(Shutdown::wait()).unwrap();
    assert!(jobs.iter().all(GreenFuture::is_cancelled));
    assert_eq!(pool.statistics().cancelled(), 100_000);
}

#[test]
fn a_shutdown_cancels_those_that_are_not_due_and_calls_their_callbacks() {
    let ways = [Shutdown::wait(), Shutdown::no_wait(), Shutdown::wait().cancel_pending()];
    for how in ways {
        let (pool, drops, called) = (pool(1, 1), Drops::new(), Progress::new());
        let job = |drops: &Drops| {
            let token = drops.token();
            pool.submit_after(Duration::from_secs(100), move || token.keep()).unwrap()
        };
        let jobs = [job(&drops), job(&drops)];
        for job in &jobs {
            let called = called.clone();
            job.add_done_callback(move |_| called.advance());
        }
        pool.shutdown(how).unwrap();
        assert_eq!((drops.alive(), called.get()), (0, 2));
        assert!(jobs.iter().all(GreenFuture::is_cancelled));
        assert!(!pool.alive());
        let refused = pool.submit_after(ms(1), || "back").unwrap_err();
        assert_eq!((refused.reason(), refused.into_inner()()), (Refusal::Shutdown, "back"));
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(pool.statistics().cancelled(), 2);
    }
}

#[test]
fn a_shutdown_lets_a_delayed_job_that_runs_end() {
    let pool = pool(1, 1);
    let (gate, started) = (Gate::new(), Progress::new());
    let (pass, begun) = (gate.pass(), started.clone());
    let running = pool.submit_after(ms(1), move || {
        begun.advance();
        pass.wait();
        7
    });
    let waiting = pool.submit_after(LONG, || ()).unwrap();
    started.wait_until(1);
    pool.shutdown(Shutdown::no_wait().cancel_pending()).unwrap();
    assert!(waiting.is_cancelled());
    gate.open();
    assert_eq!(running.unwrap().result().unwrap(), 7);
    pool.shutdown(Shutdown::wait()).unwrap();
}

#[test]
fn a_shutdown_runs_them_if_it_is_asked_to() {
    for carriers in [1, 2] {
        let pool = pool(1, carriers);
        let jobs: Vec<_> = (0..10).map(|n| pool.submit_after(ms(n), move || n).unwrap()).collect();
        pool.shutdown(Shutdown::no_wait().run_delayed()).unwrap();
        assert!(!pool.alive());
        assert!(pool.submit(|| ()).is_err_and(|refused| refused.is_shutdown()));
        assert!(pool.submit_wait(|| ()).is_err_and(|refused| refused.is_shutdown()));
        assert!(pool.submit_after(ms(1), || ()).is_err_and(|refused| refused.is_shutdown()));
        pool.shutdown(Shutdown::wait().run_delayed()).unwrap();
        assert!(jobs.into_iter().map(|job| job.result().unwrap()).eq(0..10));
    }
}

#[test]
fn a_shutdown_that_runs_them_says_what_is_left_and_a_second_one_cancels() {
    let pool = pool(1, 1);
    let job = pool.submit_after(LONG, || ()).unwrap();
    let how = Shutdown::wait().run_delayed().timeout(ms(1));
    let Err(ShutdownError::TimedOut(left)) = pool.shutdown(how) else { panic!("it takes an hour") };
    assert_eq!((left.delayed, left.queued), (1, 0));
    assert!(left.to_string().starts_with("1 delayed, 0 queued"), "{left}");
    pool.shutdown(Shutdown::wait()).unwrap();
    assert!(job.is_cancelled());
}

#[test]
fn many_shutdowns_at_once_wait_for_all_callbacks() {
    let (pool, called) = (pool(1, 2), Progress::new());
    for _ in 0..100 {
        let called = called.clone();
        let job = pool.submit_after(LONG, || ()).unwrap();
        job.add_done_callback(move |_| called.advance());
    }
    let closers: Vec<_> = (0..4)
        .map(|_| {
            let (pool, called) = (pool.handle(), called.clone());
            thread::spawn(move || {
                pool.shutdown(Shutdown::wait()).unwrap();
                assert_eq!(called.get(), 100);
            })
        })
        .collect();
    closers.into_iter().for_each(|closer| closer.join().unwrap());
}

#[test]
fn a_callback_that_shuts_down_is_told_that_it_cannot_wait() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(0)),
    );
    let held = Held::workers(&pool, 1);
    let (told, handle) = (Progress::new(), pool.handle());
    let tell = told.clone();
    let refused = pool.submit_after(ms(1), || ()).unwrap();
    // On the timekeeper, or here if it has been refused already.
    let cancelled = pool.submit_after(LONG, || ()).unwrap();
    let (second, also) = (pool.handle(), told.clone());
    refused.add_done_callback(move |_| {
        let _ = handle.shutdown(Shutdown::no_wait());
        tell.advance();
    });
    cancelled.add_done_callback(move |_| {
        let waited = second.shutdown(Shutdown::wait());
        assert!(matches!(waited, Err(ShutdownError::WouldDeadlock)));
        also.advance();
    });
    told.wait_until(2);
    held.release();
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!(pool.statistics().callback_panics(), 0);
}

#[test]
fn a_dropped_executor_cancels_them_and_its_timekeeper_is_gone() {
    let pool = watched(GreenThreadPoolExecutor::builder().name("late").carriers(1));
    let job = pool.submit_after(LONG, || ()).unwrap();
    eventually(|| threads_named("late-time").len() == 1);
    drop(pool);
    assert!(job.is_cancelled());
    // Joined; the kernel takes a moment to take it off its list.
    eventually(|| threads_named("late-time").is_empty());
}

#[test]
fn an_executor_without_delayed_jobs_has_no_timekeeper() {
    let pool = watched(GreenThreadPoolExecutor::builder().name("untimed").carriers(1));
    pool.submit(|| ()).unwrap().result().unwrap();
    assert!(threads_named("untimed-time").is_empty());
}

#[test]
fn a_dropped_future_loses_nothing() {
    let (pool, ran) = (pool(1, 1), Progress::new());
    let count = ran.clone();
    drop(pool.submit_after(ms(2), move || count.advance()).unwrap());
    ran.wait_until(1);
}

#[test]
fn a_broken_executor_abandons_them() {
    let gate = Gate::new();
    let pass = gate.pass();
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).initializer(move || {
        pass.wait();
        Err("no database".into())
    }));
    let job = pool.submit_after(LONG, || ()).unwrap();
    gate.open();
    let error = job.result().unwrap_err();
    assert!(matches!(error, TaskError::Abandoned(AbandonReason::Broken(_))), "{error}");
    assert_eq!(pool.submit_after(ms(1), || ()).unwrap_err().reason(), Refusal::Broken);
}

#[test]
fn in_a_forked_child_they_are_refused_and_waits_for_them_are_errors() {
    let path =
        "acceptance::delayed::in_a_forked_child_they_are_refused_and_waits_for_them_are_errors";
    let ended = child::run(path, || {
        let pool = pool(1, 1);
        let job = pool.submit_after(LONG, || ()).unwrap();
        let mut job = Some(job);
        let code = exit_code_of_fork(|| {
            let refused = pool.submit_after(ms(1), || ()).unwrap_err();
            assert_eq!(refused.reason(), Refusal::Forked);
            let job = job.take().unwrap();
            assert!(!job.cancel());
            assert_eq!(pool.num_delayed(), 0);
            let error = job.result().unwrap_err();
            assert!(matches!(error, TaskError::Abandoned(AbandonReason::Forked)), "{error}");
            0
        });
        assert_eq!(code, 0);
        pool.shutdown(Shutdown::wait()).unwrap();
    });
    ended.assert_done();
}
