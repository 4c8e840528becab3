//! Cancelling: queued jobs are gone at once, running ones are asked to stop.

use executor::{
    GreenFuture, GreenThreadPoolExecutor, Shutdown, TaskOutcome, WaitError, reject_when_reached,
    wait_for_all, wait_for_any,
};
use greenstd::sync::{Arc, Mutex, OnceLock};
use greenstd::thread;

use super::support::{
    Drops, Gate, Held, PanicsInDrop, Progress, by_build, eventually, ms, pool, watched,
};

#[test]
fn a_cancelled_job_never_runs_and_its_closure_is_dropped_at_once() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let token = drops.token();
    let future = pool.submit(move || unreachable!("cancelled, {}", token.number())).unwrap();
    assert!(future.cancel());
    assert_eq!(drops.alive(), 0, "the canceller has dropped the closure");
    assert!(future.is_cancelled() && future.is_done());
    assert_eq!(pool.statistics().cancelled(), 1);
    held.release();
    assert!(future.result().unwrap_err().is_cancelled());
    pool.shutdown(Shutdown::wait()).unwrap();
    let statistics = pool.statistics();
    assert_eq!((statistics.executed(), statistics.cancelled()), (1, 1));
    assert_eq!((statistics.submitted(), statistics.queued()), (2, 0));
}

#[test]
fn a_cancelled_job_frees_its_place_in_the_backlog_at_once() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(1)),
    );
    let held = Held::workers(&pool, 1);
    for _ in 0..100 {
        let queued = pool.submit(|| ()).unwrap();
        assert!(pool.submit(|| ()).unwrap_err().is_rejected());
        assert!(queued.cancel());
        assert_eq!(pool.queue_size(), 0);
    }
    held.release();
}

#[test]
fn cancelling_is_seen_by_every_waiter_at_once() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let victim = pool.submit(|| ()).unwrap();
    let handle = victim.handle();
    let other = pool.submit(|| ()).unwrap().handle();
    let waiting = Progress::new();
    let waiters: Vec<_> = (0..3)
        .map(|which| {
            let (victim, other, waiting) = (handle.clone(), other.clone(), waiting.clone());
            thread::spawn(move || {
                waiting.advance();
                match which {
                    0 => victim.wait().is_ok(),
                    1 => wait_for_any([&victim, &other]).unwrap().done == [&victim],
                    _ => executor::as_completed([&victim]).next().unwrap().is_ok(),
                }
            })
        })
        .collect();
    waiting.wait_until(3);
    assert!(handle.cancel());
    for waiter in waiters {
        // The worker is still held: nobody but the canceller can have woken them.
        assert!(waiter.join().unwrap());
    }
    held.release();
}

#[test]
fn cancelling_again_says_yes_and_does_nothing() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let future = pool.submit(|| ()).unwrap();
    let called = Progress::new();
    let progress = called.clone();
    future.add_done_callback(move |_| progress.advance());
    for _ in 0..3 {
        assert!(future.cancel());
    }
    assert_eq!((called.get(), pool.statistics().cancelled()), (1, 1));
    held.release();
    assert!(future.cancel(), "also when the executor has nothing to do with it any more");
}

#[test]
fn a_second_canceller_is_told_yes_while_the_first_one_is_still_at_it() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);

    /// Cancels the job of which it is a part, which is being cancelled.
    struct CancelsAgain(Arc<OnceLock<executor::TaskHandle>>, Arc<OnceLock<bool>>);
    impl Drop for CancelsAgain {
        fn drop(&mut self) {
            let again = thread::spawn({
                let task = self.0.get().expect("it was set before the cancelling").clone();
                move || task.cancel()
            });
            self.1.set(again.join().expect("cancelling does not panic")).expect("dropped once");
        }
    }
    let (task, second) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    let part = CancelsAgain(task.clone(), second.clone());
    let future = pool.submit(move || drop(part)).unwrap();
    task.set(future.handle()).unwrap();
    assert!(future.cancel());
    assert_eq!(second.get(), Some(&true));
    assert_eq!(pool.statistics().cancelled(), 1);
    held.release();
}

#[test]
fn a_job_that_has_ended_cannot_be_cancelled() {
    let pool = pool(2, 1);
    let done = pool.submit(|| 1).unwrap();
    let failed = pool.try_submit(|| Err::<(), _>("no")).unwrap();
    let panicked = pool.submit(|| panic!("on purpose")).unwrap();
    for handle in [done.handle(), failed.handle(), panicked.handle()] {
        handle.wait().unwrap();
        assert!(!handle.cancel() && !handle.is_cancelled());
    }
    assert_eq!(done.result().unwrap(), 1);
}

/// A job that waits in `wait`, is cancelled there, and tells how that ended.
fn interrupted_in(wait: impl FnOnce() -> bool + Send + 'static) -> bool {
    let pool = pool(2, 1);
    let future = pool.submit(wait).unwrap();
    eventually(|| pool.statistics().parked() == 1);
    assert!(!future.cancel(), "it runs");
    assert!(!future.is_cancelled() && !future.is_done() || future.is_done());
    let interrupted = future.result().unwrap();
    assert_eq!(pool.statistics().cancelled(), 0, "a job that has run was not cancelled");
    interrupted
}

#[test]
fn a_running_job_is_interrupted_where_it_waits() {
    assert!(interrupted_in(|| executor::sleep(ms(3_600_000)).is_err()), "sleep");
    assert!(interrupted_in(|| executor::park().is_err()), "park");
    assert!(interrupted_in(|| executor::park_timeout(ms(3_600_000)).is_err()), "park_timeout");
}

#[test]
fn a_job_that_waits_for_another_is_interrupted() {
    let other = pool(1, 1);
    let held = Held::workers(&other, 1);
    let mut future = other.submit(|| ()).unwrap();
    let handles = [future.handle(), other.submit(|| ()).unwrap().handle()];
    let [first, second] = handles.clone();
    assert!(interrupted_in(move || first.wait() == Err(WaitError::Interrupted)));
    assert!(interrupted_in(move || {
        second.wait_timeout(ms(3_600_000)) == Err(WaitError::Interrupted)
    }));
    let set = handles.clone();
    assert!(interrupted_in(move || {
        wait_for_any(&set).is_err_and(|error| error == WaitError::Interrupted)
    }));
    let set = handles.clone();
    assert!(interrupted_in(move || {
        wait_for_all(&set).is_err_and(|error| error == WaitError::Interrupted)
    }));
    let set = handles.clone();
    assert!(interrupted_in(move || {
        let next = executor::as_completed(&set).next().unwrap();
        next.is_err_and(|error| error.reason == WaitError::Interrupted && error.left == 2)
    }));
    assert!(interrupted_in(move || {
        let by_time = future.result_timeout(ms(3_600_000)).map(drop);
        // The cancellation stays in force: the next wait ends at once.
        by_time == Err(WaitError::Interrupted) && future.wait() == Err(WaitError::Interrupted)
    }));
    let doomed: GreenFuture<()> = other.submit(|| ()).unwrap();
    let mark = doomed.handle();
    assert!(interrupted_in(move || {
        matches!(doomed.result(), Err(executor::TaskError::Interrupted))
    }));
    held.release();
    mark.wait().unwrap();
    assert_eq!(mark.outcome(), Some(TaskOutcome::Succeeded), "what was waited for goes on");
}

#[test]
fn a_job_that_computes_sees_its_cancellation() {
    let pool = pool(1, 1);
    let started = Progress::new();
    let start = started.clone();
    let future = pool
        .submit(move || {
            start.advance();
            while !executor::is_cancelled() {
                std::hint::spin_loop();
            }
            "stopped"
        })
        .unwrap();
    started.wait_until(1);
    assert!(!future.cancel());
    assert_eq!(future.result().unwrap(), "stopped");
    assert!(!pool.submit(executor::is_cancelled).unwrap().result().unwrap(), "the next job is not");
}

#[test]
fn cleaning_up_under_a_shield_is_not_interrupted() {
    let pool = pool(1, 1);
    let future = pool
        .submit(|| {
            let interrupted = executor::sleep(ms(3_600_000)).is_err();
            let shielded = executor::shield(|| executor::sleep(ms(2)).is_ok());
            (interrupted, shielded, executor::sleep(ms(2)).is_err())
        })
        .unwrap();
    eventually(|| pool.statistics().parked() == 1);
    future.cancel();
    assert_eq!(future.result().unwrap(), (true, true, true));
}

#[test]
fn cancelling_a_parent_leaves_the_child_that_it_runs_on_the_spot_alone() {
    let pool = pool(1, 1);
    let (handle, started, gate) = (pool.handle(), Progress::new(), Gate::new());
    let (start, pass) = (started.clone(), gate.pass());
    let parent = pool
        .submit(move || {
            let child = handle.submit(move || {
                start.advance();
                pass.wait();
                executor::sleep(ms(1)).is_ok()
            });
            let child = child.unwrap().shared();
            // On this stack: the child has an identity, and a cancellation, of its own.
            let undisturbed = child.result();
            (undisturbed.is_ok_and(|well| well), executor::sleep(ms(1)).is_err())
        })
        .unwrap();
    started.wait_until(1);
    assert!(!parent.cancel());
    gate.open();
    assert_eq!(parent.result().unwrap(), (true, true));
}

#[test]
fn a_closure_that_panics_when_the_canceller_drops_it_harms_nobody() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let part = PanicsInDrop("in the drop of the closure");
    let future = pool.submit(move || part.keep()).unwrap();
    assert!(future.cancel());
    assert!(future.is_cancelled());
    held.release();
    assert!(future.result().unwrap_err().is_cancelled());
    assert_eq!(pool.submit(|| 1).unwrap().result().unwrap(), 1);
}

#[test]
fn jobs_cancelled_where_they_wait_do_not_pile_up() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    for _ in 0..by_build(20_000, 200_000) {
        let token = drops.token();
        let future = pool.submit(move || token).unwrap();
        assert!(future.cancel());
    }
    assert_eq!(drops.alive(), 0);
    assert_eq!(pool.queue_size(), 0);
    held.release();
}

#[test]
fn cancelling_against_starting_has_one_winner() {
    for carriers in [1, 2] {
        let pool = pool(4, carriers);
        let ran = Arc::new(Mutex::new(0));
        let (mut cancelled, rounds) = (0, by_build(2000, 20_000));
        for _ in 0..rounds {
            let ran = ran.clone();
            let future = pool.submit(move || *ran.lock() += 1).unwrap();
            if future.cancel() {
                cancelled += 1;
                assert!(future.result().unwrap_err().is_cancelled());
            } else {
                future.result().unwrap();
            }
        }
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(*ran.lock() + cancelled, rounds);
        let statistics = pool.statistics();
        assert_eq!((statistics.cancelled(), statistics.executed()), (cancelled, *ran.lock()));
    }
}

#[test]
fn submitting_cancelling_and_shutting_down_does_not_hang() {
    for how in [Shutdown::wait(), Shutdown::wait().cancel_pending()] {
        let pool = pool(1, 1);
        let held = Held::workers(&pool, 1);
        let future = pool.submit(|| ()).unwrap();
        assert!(future.cancel());
        held.release();
        pool.shutdown(how).unwrap();
        assert!(!pool.alive());
    }
}

#[test]
fn handles_outlive_their_executor() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let cancelled = pool.submit(|| ()).unwrap();
    cancelled.cancel();
    held.release();
    let done = pool.submit(|| 5).unwrap();
    let handle = done.handle();
    let (executor, _watch) = pool.into_parts();
    drop(executor);
    assert!(cancelled.cancel() && !handle.cancel());
    let called = Progress::new();
    let progress = called.clone();
    handle.add_done_callback(move |_| progress.advance());
    handle.add_done_callback(|_| panic!("nobody counts it any more"));
    assert_eq!(called.get(), 1);
    handle.wait().unwrap();
    assert_eq!(done.result().unwrap(), 5);
}

/// Waits until `future` waits in its job, and asks it to stop.
fn stop<T: Send + 'static, E: Send + 'static>(
    pool: &GreenThreadPoolExecutor,
    future: &GreenFuture<T, E>,
) {
    eventually(|| pool.statistics().parked() == 1);
    assert!(!future.cancel(), "it runs, and is only asked");
}

/// The job has ended as one that was cancelled, for everybody who looks.
#[track_caller]
fn assert_stopped<T: Send + 'static, E: Send + 'static>(
    pool: &GreenThreadPoolExecutor,
    future: GreenFuture<T, E>,
) {
    let handle = future.handle();
    handle.wait().unwrap();
    assert_eq!(handle.outcome(), Some(TaskOutcome::Cancelled));
    assert!(handle.is_cancelled() && handle.is_done() && !handle.is_failed());
    assert!(handle.cancel(), "it is cancelled already");
    let gate = Gate::new();
    let pass = gate.pass();
    let other = pool.submit(move || pass.wait()).unwrap().handle();
    let ended = executor::wait_for_first_failure_timeout([&handle, &other], ms(1)).unwrap();
    assert_eq!((ended.done.len(), ended.not_done.len()), (1, 1), "the wait did not end by it");
    gate.open();
    other.wait().unwrap();
    assert!(future.result().is_err_and(|error| error.is_cancelled()));
    let statistics = pool.statistics();
    let counted = (statistics.cancelled(), statistics.failures(), statistics.panicked());
    assert_eq!(counted, (1, 0, 0));
    assert_eq!((statistics.submitted(), statistics.executed(), statistics.running()), (2, 1, 0));
}

#[test]
fn a_job_that_returns_the_interruption_it_was_given_counts_as_cancelled() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "only to be seen in a report")]
    struct Wrapped(executor::Interrupted);

    let pools = [(); 5].map(|()| pool(2, 1));
    let [as_it_is, as_io, boxed, as_text, wrapped] = &pools;

    let future = as_it_is.try_submit(executor::park).unwrap();
    stop(as_it_is, &future);
    assert_stopped(as_it_is, future);

    let future = as_io.try_submit(|| std::io::Result::Ok(executor::park()?)).unwrap();
    stop(as_io, &future);
    assert_stopped(as_io, future);

    type Boxed = Box<dyn std::error::Error + Send + Sync>;
    let future = boxed.try_submit(|| Ok::<_, Boxed>(executor::park()?)).unwrap();
    stop(boxed, &future);
    assert_stopped(boxed, future);

    let job = || executor::park().map_err(|error| format!("nothing came: {error}"));
    let future = as_text.try_submit(job).unwrap();
    stop(as_text, &future);
    assert_stopped(as_text, future);

    let future = wrapped.try_submit(|| executor::park().map_err(Wrapped)).unwrap();
    stop(wrapped, &future);
    assert_stopped(wrapped, future);
}

#[test]
fn a_job_that_unwraps_the_interruption_it_was_given_counts_as_cancelled() {
    let pools = [(); 3].map(|()| pool(2, 1));
    let [plain, by_io, by_child] = &pools;

    let future = plain.submit(|| executor::park().expect("somebody unparks me")).unwrap();
    stop(plain, &future);
    assert_stopped(plain, future);

    let future = by_io.submit(|| executor::park().map_err(std::io::Error::from).unwrap()).unwrap();
    stop(by_io, &future);
    assert_stopped(by_io, future);

    let elsewhere = self::pool(1, 1);
    let never = Held::workers(&elsewhere, 1);
    let other = elsewhere.submit(|| ()).unwrap();
    let future = by_child.submit(move || other.wait().unwrap()).unwrap();
    stop(by_child, &future);
    assert_stopped(by_child, future);
    never.release();
}

#[test]
fn a_job_that_ends_otherwise_although_it_was_asked_to_stop_ends_as_it_does() {
    // It heard of it and succeeded all the same.
    let willing = pool(2, 1);
    let future = willing.submit(|| executor::park().is_err()).unwrap();
    stop(&willing, &future);
    assert!(future.result().unwrap());
    assert_eq!((willing.statistics().succeeded(), willing.statistics().cancelled()), (1, 0));

    // It heard of it, and failed by something else.
    let broken = pool(2, 1);
    let future = broken
        .try_submit(|| {
            let _ = executor::park();
            Err::<(), _>(std::io::Error::other("the disk is full"))
        })
        .unwrap();
    stop(&broken, &future);
    assert!(future.result().is_err_and(|error| error.is_failed()));
    assert_eq!((broken.statistics().failed(), broken.statistics().cancelled()), (1, 0));

    // It heard of it, and has a fault.
    let faulty = pool(2, 1);
    let future = faulty
        .submit(|| {
            let _ = executor::park();
            panic!("a fault of its own");
        })
        .unwrap();
    stop(&faulty, &future);
    assert!(future.result().is_err_and(|error: executor::TaskError| error.is_panicked()));
    assert_eq!((faulty.statistics().panicked(), faulty.statistics().cancelled()), (1, 0));

    // It never heard of it.
    let deaf = pool(2, 1);
    let asked = Gate::new();
    let pass = asked.pass();
    let job = move || {
        pass.wait();
        Err::<(), _>(5)
    };
    let future = deaf.try_submit(job).unwrap();
    stop(&deaf, &future);
    asked.open();
    assert!(future.result().is_err_and(|error| error.is_failed()));
}

#[test]
fn an_interruption_by_a_deadline_is_a_failure_and_no_cancelling() {
    let pool = pool(1, 1);
    let future = pool.try_submit(|| executor::with_timeout(ms(1), executor::park)).unwrap();
    assert!(future.result().is_err_and(|error| error.is_failed()));
    assert_eq!((pool.statistics().failed(), pool.statistics().cancelled()), (1, 0));
}
