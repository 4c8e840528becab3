//! What a future tells, in every state of its job, and the result that it owns.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use executor::{
    ExecutorHandle, GreenFuture, Shutdown, TaskError, TaskOutcome, TaskState, WaitError,
    wait_for_any_timeout,
};
use greenstd::{thread, time};

use super::support::sys::waker_that_is_cloned_by;
use super::support::{
    Drops, Gate, Held, PanicsInDrop, Progress, child, detach, eventually, ms, pool,
};

/// What can be read off a future at one moment.
type Readings = (bool, bool, bool, TaskState, Option<TaskOutcome>);

fn readings<T: Send + 'static, E: Send + 'static>(future: &GreenFuture<T, E>) -> Readings {
    let handle = future.handle();
    let by_future = (
        future.is_done(),
        future.is_running(),
        future.is_cancelled(),
        future.state(),
        future.outcome(),
    );
    let by_handle = (
        handle.is_done(),
        handle.is_running(),
        handle.is_cancelled(),
        handle.state(),
        handle.outcome(),
    );
    assert_eq!(by_future, by_handle);
    by_future
}

#[test]
fn the_states_of_a_job_read_as_they_should() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let pending = pool.try_submit(|| Ok::<_, String>(1)).unwrap();
    assert_eq!(readings(&pending), (false, false, false, TaskState::Pending, None));
    let cancelled = pool.submit(|| 2).unwrap();
    assert!(cancelled.cancel());
    let outcome = Some(TaskOutcome::Cancelled);
    assert_eq!(readings(&cancelled), (true, false, true, TaskState::Cancelled, outcome));
    held.release();
    pending.wait().unwrap();
    let outcome = Some(TaskOutcome::Succeeded);
    assert_eq!(readings(&pending), (true, false, false, TaskState::Done, outcome));

    let (gate, started) = (Gate::new(), Progress::new());
    let (pass, start) = (gate.pass(), started.clone());
    let running = pool
        .submit(move || {
            start.advance();
            pass.wait();
        })
        .unwrap();
    started.wait_until(1);
    assert_eq!(readings(&running), (false, true, false, TaskState::Running, None));
    gate.open();

    let failed = pool.try_submit(|| Err::<(), _>("no")).unwrap();
    failed.wait().unwrap();
    let outcome = Some(TaskOutcome::Failed);
    assert_eq!(readings(&failed), (true, false, false, TaskState::Done, outcome));
    assert!(failed.handle().is_failed());

    let panicked = pool.submit(|| panic!("on purpose")).unwrap();
    panicked.wait().unwrap();
    let outcome = Some(TaskOutcome::Panicked);
    assert_eq!(readings(&panicked), (true, false, false, TaskState::Done, outcome));
    assert!(panicked.handle().is_failed());
}

#[test]
fn polling_with_no_time_at_all_tells_the_state() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let zero = Duration::ZERO;
    let mut pending = pool.submit(|| 1).unwrap();
    assert_eq!(pending.result_timeout(zero).unwrap_err(), WaitError::TimedOut);
    let mut cancelled = pool.submit(|| 1).unwrap();
    cancelled.cancel();
    assert!(cancelled.result_timeout(zero).unwrap().unwrap_err().is_cancelled());
    held.release();

    let (gate, started) = (Gate::new(), Progress::new());
    let (pass, start) = (gate.pass(), started.clone());
    let mut running = pool
        .submit(move || {
            start.advance();
            pass.wait();
        })
        .unwrap();
    started.wait_until(1);
    assert_eq!(running.result_timeout(zero).unwrap_err(), WaitError::TimedOut);
    assert_eq!(running.wait_timeout(zero).unwrap_err(), WaitError::TimedOut);
    assert!(running.try_result().is_none());
    gate.open();
    running.wait().unwrap();
    running.result_timeout(zero).unwrap().unwrap();

    let mut failed = pool.try_submit(|| Err::<(), _>("no")).unwrap();
    failed.wait().unwrap();
    assert_eq!(failed.result_timeout(zero).unwrap().unwrap_err().into_failure(), Some("no"));
    let mut panicked = pool.submit(|| panic!("on purpose")).unwrap();
    panicked.wait().unwrap();
    assert!(panicked.result_timeout(zero).unwrap().unwrap_err().is_panicked());
    assert_eq!(pending.result().unwrap(), 1);
}

#[test]
fn a_wait_that_timed_out_leaves_the_future_as_it_was() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let mut future = pool.submit(|| "late").unwrap();
    for _ in 0..3 {
        assert_eq!(future.result_timeout(ms(1)).unwrap_err(), WaitError::TimedOut);
    }
    held.release();
    assert_eq!(future.result_timeout(Duration::MAX).unwrap().unwrap(), "late");
}

#[test]
fn a_wait_with_a_limit_is_never_over_early() {
    const SHORT: Duration = Duration::from_millis(3);
    type Wait = fn(&mut GreenFuture<()>);
    const WAYS: [Wait; 6] = [
        |future| drop(future.result_timeout(SHORT)),
        |future| assert!(future.wait_timeout(SHORT).is_err()),
        |future| drop(executor::wait_for_any_timeout([&*future], SHORT)),
        |future| drop(executor::wait_for_all_timeout([&*future], SHORT)),
        |future| drop(executor::wait_for_first_failure_timeout([&*future], SHORT)),
        |future| assert!(executor::as_completed([&*future]).timeout(SHORT).next().is_some()),
    ];
    fn wait_in_all_ways(future: &mut GreenFuture<()>) {
        for (which, wait) in WAYS.into_iter().enumerate() {
            let begin = time::now();
            wait(future);
            let waited = time::since(begin);
            assert!(waited >= SHORT, "way {which} took {waited:?}");
        }
    }
    let (pool, other) = (pool(1, 1), pool(1, 1));
    let held = Held::workers(&pool, 1);
    let mut future = pool.submit(|| ()).unwrap();
    // On a plain thread, and in a job.
    wait_in_all_ways(&mut future);
    other.submit(move || wait_in_all_ways(&mut future)).unwrap().result().unwrap();
    held.release();
}

#[test]
fn waiters_are_woken_by_success_failure_panic_and_cancelling() {
    let pool = pool(3, 1);
    let gate = Gate::new();
    let passes = [gate.pass(), gate.pass(), gate.pass()];
    let [good, bad, ugly] = passes;
    let good = pool.submit(move || good.wait()).unwrap();
    let bad = pool
        .try_submit(move || {
            bad.wait();
            Err::<(), _>("bad")
        })
        .unwrap();
    let ugly = pool
        .submit(move || {
            ugly.wait();
            panic!("ugly");
        })
        .unwrap();
    let pending = pool.submit(|| ()).unwrap();
    let canceller = pending.handle();
    let waiters = [
        thread::spawn(move || good.result().is_ok()),
        thread::spawn(move || bad.result().is_err_and(|error| error.is_failed())),
        thread::spawn(move || ugly.result().is_err_and(|error: TaskError| error.is_panicked())),
        thread::spawn(move || pending.result().is_err_and(|error| error.is_cancelled())),
    ];
    assert!(canceller.cancel());
    gate.open();
    for (which, waiter) in waiters.into_iter().enumerate() {
        assert!(waiter.join().unwrap(), "waiter {which}");
    }
}

#[test]
fn a_result_is_taken_once() {
    let pool = pool(1, 1);
    let drops = Drops::new();
    let token = drops.token();
    let mut future = pool.submit(move || token).unwrap();
    drop(future.result_timeout(Duration::MAX).unwrap().unwrap());
    assert_eq!(drops.alive(), 0);
    assert_eq!(future.result_timeout(Duration::MAX).map(drop), Err(WaitError::Taken));
    assert!(future.try_result().is_none());
    assert_eq!(future.outcome(), Some(TaskOutcome::Succeeded), "the outcome stays");
    let again = catch_unwind(AssertUnwindSafe(|| future.result().map(drop)));
    let payload = again.unwrap_err();
    let message = payload.downcast_ref::<String>().map(String::as_str);
    let message = message.or(payload.downcast_ref::<&str>().copied()).unwrap();
    assert!(message.contains("was taken before"), "{message}");
}

#[test]
fn a_dropped_future_leaves_its_job_running() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let done = Progress::new();
    let progress = done.clone();
    detach(&pool, move || progress.advance());
    held.release();
    done.wait_until(1);
}

#[test]
fn on_done_consumes_the_result_of_each_kind() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (seen, all) = (Progress::new(), Drops::new());
    let (early, token) = (seen.clone(), all.token());
    pool.submit(move || token).unwrap().on_done(move |result| {
        result.unwrap().keep();
        early.advance();
    });
    let cancelled = pool.submit(|| 7).unwrap();
    let (handle, progress) = (cancelled.handle(), seen.clone());
    cancelled.on_done(move |result| {
        assert!(result.unwrap_err().is_cancelled());
        progress.advance();
    });
    assert!(handle.cancel());
    seen.wait_until(1);
    held.release();
    seen.wait_until(2);
    let late = pool.submit(|| 8).unwrap();
    late.wait().unwrap();
    let progress = seen.clone();
    late.on_done(move |result| {
        assert_eq!(result.unwrap(), 8);
        progress.advance();
    });
    assert_eq!(seen.get(), 3, "the adder calls it if the job has ended");
    assert_eq!(all.alive(), 0);
    assert_eq!(pool.statistics().callback_panics(), 0);
}

#[test]
fn four_readers_never_see_a_job_go_back() {
    let pool = pool(4, 2);
    let rank = |state| match state {
        TaskState::Pending => 0,
        TaskState::Running => 1,
        TaskState::Done | TaskState::Cancelled => 2,
    };
    for n in 0..50 {
        let future = pool.submit(executor::yield_now).unwrap();
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let handle = future.handle();
                thread::spawn(move || {
                    let mut before = 0;
                    // Cancelled for all as soon as it is claimed for that, it ends a moment later.
                    while before < 2 || !handle.is_done() {
                        let outcome = handle.outcome();
                        let now = rank(handle.state());
                        assert!(now >= before, "from {before} back to {now}");
                        assert!(outcome.is_none() || now == 2, "{outcome:?} and then not ended");
                        before = now;
                    }
                    handle.outcome().unwrap()
                })
            })
            .collect();
        if n % 2 == 0 {
            future.cancel();
        }
        let seen: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    }
}

#[test]
fn debug_output_names_the_state() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let future = pool.job().name("reader").submit(|| ()).unwrap();
    let text = format!("{future:?}");
    assert!(text.contains("Queued") && text.contains("reader"), "{text}");
    assert!(text.contains("futures.rs"), "{text}");
    future.cancel();
    assert!(format!("{:?}", future.handle()).contains("Cancelled"));
    held.release();
    let future = pool.submit(|| ()).unwrap();
    future.wait().unwrap();
    assert!(format!("{future:?}").contains("Succeeded"));
    assert!(format!("{pool:?}", pool = *pool).contains("GreenThreadPoolExecutor"));
}

/// What waits for a job, and takes its future along.
type Wait = fn(GreenFuture<PanicsInDrop>);

#[test]
fn a_future_whose_wait_panics_leaves_its_job_on_its_own() {
    let path = "acceptance::futures::a_future_whose_wait_panics_leaves_its_job_on_its_own";
    let waits: [Wait; 6] = [
        |future| drop(future.result()),
        |mut future| drop(future.result_timeout(ms(60_000))),
        |future| assert_eq!(future.wait(), Ok(())),
        |future| drop(executor::wait_for_all([future])),
        |future| drop(executor::as_completed([future]).next()),
        |future| drop(executor::io::block_on(future)),
    ];
    // In a child: what drops such a result where nobody expects it ends the process.
    let ended = child::run(path, || {
        let pool = pool(2, 1);
        for wait in waits {
            let gate = Gate::new();
            let (handle, pass) = (pool.handle(), gate.pass());
            let outer = pool.submit(move || {
                let inner = handle.submit(move || {
                    pass.wait();
                    PanicsInDrop("a result")
                });
                let inner = inner.unwrap();
                let job = inner.handle();
                eventually(|| job.is_running());
                let waited = AssertUnwindSafe(|| executor::no_park(|| wait(inner)));
                assert!(catch_unwind(waited).is_err());
                job
            });
            let inner = outer.unwrap().result().unwrap();
            gate.open();
            inner.wait().unwrap();
        }
        // All workers are still there.
        assert_eq!(pool.map(0..10, |n| n).unwrap().map(Result::unwrap).sum::<u32>(), 45);
    });
    ended.assert_done();
}

/// What submits jobs whose results panic when they are dropped, and waits for them.
type Batch = fn(&ExecutorHandle, fn(u32) -> PanicsInDrop);

#[test]
fn maps_and_groups_whose_wait_panics_leave_their_jobs_on_their_own() {
    let path =
        "acceptance::futures::maps_and_groups_whose_wait_panics_leave_their_jobs_on_their_own";
    let two = NonZeroUsize::new(2).unwrap();
    let batches: [Batch; 3] = [
        |pool, item| drop(pool.map(0..2, item).unwrap().next()),
        |pool, item| drop(pool.map_unordered(NonZeroUsize::MIN, 0..2, item).next()),
        |pool, item| {
            let group = pool.group();
            group.submit(move || item(0)).unwrap();
            group.submit(move || item(1)).unwrap();
            drop(group.finish());
        },
    ];
    let ended = child::run(path, || {
        let pool = pool(two.get() + 1, 1);
        for batch in batches {
            let handle = pool.handle();
            let outer = pool.submit(move || {
                let sleeps = |_| {
                    let _ = executor::sleep(ms(5));
                    PanicsInDrop("a result")
                };
                let waited = AssertUnwindSafe(|| executor::no_park(|| batch(&handle, sleeps)));
                assert!(catch_unwind(waited).is_err());
            });
            outer.unwrap().result().unwrap();
        }
        pool.shutdown(Shutdown::wait()).unwrap();
    });
    ended.assert_done();
}

/// Each in a list that is dropped as a whole: the second panic would be one too many.
#[test]
fn several_results_whose_drops_panic_do_not_end_the_process() {
    let path = "acceptance::futures::several_results_whose_drops_panic_do_not_end_the_process";
    let drops: [Batch; 4] = [
        |pool, item| {
            let futures: Vec<_> = (0..3).map(|n| pool.submit(move || item(n)).unwrap()).collect();
            futures.iter().for_each(|future| future.wait().unwrap());
        },
        |pool, item| {
            let futures: Vec<_> = (0..3).map(|n| pool.submit(move || item(n)).unwrap()).collect();
            futures.iter().for_each(|future| future.wait().unwrap());
            drop(executor::as_completed(futures));
        },
        |pool, item| {
            let before = pool.statistics().succeeded();
            let map = pool.map(0..3, item).unwrap();
            eventually(|| pool.statistics().succeeded() == before + 3);
            drop(map);
        },
        |pool, item| {
            let before = pool.statistics().succeeded();
            let group = pool.group();
            (0..3).for_each(|n| drop(group.submit(move || item(n)).unwrap()));
            eventually(|| pool.statistics().succeeded() == before + 3);
            drop(group);
        },
    ];
    let ended = child::run(path, || {
        let pool = pool(2, 1);
        for drops in drops {
            let _ = catch_unwind(AssertUnwindSafe(|| drops(&pool, |_| PanicsInDrop("a result"))));
        }
        pool.shutdown(Shutdown::wait()).unwrap();
    });
    ended.assert_done();
}

/// On one carrier, the job runs when the one that tries lets it.
#[test]
fn trying_for_a_result_again_and_again_lets_the_job_run() {
    let pool = pool(2, 1);
    let handle = pool.handle();
    let tries = pool.submit(move || {
        let mut other = handle.submit(|| 7).unwrap();
        loop {
            if let Some(result) = other.try_result() {
                return result.unwrap();
            }
        }
    });
    assert_eq!(tries.unwrap().result().unwrap(), 7);
}

#[test]
fn who_waits_by_the_same_waker_twice_is_forgotten_only_once() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let mut future = pool.submit(|| 7).unwrap();
    let handle = future.handle();
    // The future is polled by the thread's own waker, by which the other waits wait as well.
    let waker = Waker::from(greenctx::current());
    let mut context = Context::from_waker(&waker);
    assert!(Pin::new(&mut future).poll(&mut context).is_pending());
    assert!(matches!(handle.wait_timeout(ms(1)), Err(WaitError::TimedOut)));
    let waited = wait_for_any_timeout([&handle], ms(1)).unwrap();
    assert_eq!(waited.not_done.len(), 1);
    // On another thread: to wait for the held job here could use up the wake-up of the poll.
    let waits = thread::spawn(move || {
        held.release();
        // Entered after the poll, so woken after it.
        handle.wait()
    });
    waits.join().unwrap().unwrap();
    // With the entry of the poll gone too, nobody would have woken this thread.
    executor::park().unwrap();
    let ended = Pin::new(&mut future).poll(&mut context);
    assert!(matches!(ended, Poll::Ready(Ok(7))));
}

#[test]
fn cloning_a_waker_may_use_the_job_that_it_is_for() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let mut future = pool.submit(|| 7).unwrap();
    let called = Progress::new();
    let (handle, progress) = (future.handle(), called.clone());
    let waker = waker_that_is_cloned_by(Box::new(move || {
        let progress = progress.clone();
        // Takes the lock of the job's list.
        handle.add_done_callback(move |_| progress.advance());
    }));
    let mut context = Context::from_waker(&waker);
    assert!(Pin::new(&mut future).poll(&mut context).is_pending());
    held.release();
    assert_eq!(future.result().unwrap(), 7);
    called.wait_until(1);
}

#[test]
fn all_who_wait_for_one_job_are_woken_whoever_leaves_meanwhile() {
    const WAITERS: usize = 2000;
    let pool = pool(WAITERS, 2);
    let elsewhere = self::pool(1, 1);
    let held = Held::workers(&elsewhere, 1);
    let future = elsewhere.submit(|| ()).unwrap();
    let waiters: Vec<_> = (0..WAITERS)
        .map(|which| {
            let handle = future.handle();
            // Every third one gives up now and then, and waits again.
            let wait = move || match which % 3 {
                0 => {
                    while handle.wait_timeout(ms(5)).is_err() {}
                    Ok(())
                }
                _ => handle.wait(),
            };
            pool.submit(wait).unwrap()
        })
        .collect();
    eventually(|| pool.statistics().running() == WAITERS as u64);
    eventually(|| pool.statistics().parks() > 2 * WAITERS as u64);
    held.release();
    for waiter in waiters {
        waiter.result().unwrap().unwrap();
    }
}
