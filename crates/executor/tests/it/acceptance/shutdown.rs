//! Shutting down: what was accepted ends, everybody who waits waits, nobody waits for himself.

use std::time::Duration;

use executor::{
    ExecutorHandle, GreenThreadPoolExecutor, Refusal, Shutdown, ShutdownError, reject_when_reached,
};
use greenstd::sync::{Arc, OnceLock};
use greenstd::thread;

use super::support::process::threads_named;
use super::support::{
    Drops, Gate, Held, Progress, by_build, detach, eventually, leftovers, ms, pool, watched,
};

/// A queued job that says where it was run.
fn count_up(pool: &ExecutorHandle, done: &Progress) {
    let progress = done.clone();
    detach(pool, move || {
        executor::yield_now();
        progress.advance();
    });
}

#[test]
fn it_waits_for_running_and_for_queued_jobs() {
    for carriers in [1, 2] {
        let pool = pool(2, carriers);
        let futures: Vec<_> =
            (0..5).map(|_| pool.submit(|| executor::sleep(ms(3)).unwrap()).unwrap()).collect();
        pool.shutdown(Shutdown::wait()).unwrap();
        assert!(futures.iter().all(executor::GreenFuture::is_done));
        assert_eq!(pool.statistics().executed(), 5);
        assert_eq!((pool.queue_size(), pool.num_workers()), (0, 0));
    }
}

#[test]
fn it_refuses_what_comes_after_and_gives_the_closure_back() {
    let pool = pool(2, 1);
    assert!(pool.alive());
    pool.shutdown(Shutdown::wait()).unwrap();
    assert!(!pool.alive());
    let refused = pool.submit(|| "back").unwrap_err();
    assert!(refused.is_shutdown() && !refused.is_rejected());
    assert_eq!(refused.into_inner()(), "back");
    assert_eq!(pool.try_submit(|| Ok::<_, ()>(())).unwrap_err().reason(), Refusal::Shutdown);
    assert_eq!(pool.submit_wait(|| ()).unwrap_err().reason(), Refusal::Shutdown);
    assert_eq!(
        pool.job().wait_timeout(ms(1)).submit(|| ()).unwrap_err().reason(),
        Refusal::Shutdown
    );
    assert_eq!(pool.statistics().rejected(), 0, "the rejection has refused nothing");
}

#[test]
fn an_idle_executor_shuts_down_whatever_the_way() {
    let ways =
        [Shutdown::wait(), Shutdown::wait().cancel_pending(), Shutdown::wait().timeout(ms(60_000))];
    for how in ways {
        for carriers in [1, 3] {
            let pool = pool(2, carriers);
            pool.shutdown(how).unwrap();
            // Again, and in other ways, is no mistake.
            pool.shutdown(how).unwrap();
            pool.shutdown(Shutdown::wait()).unwrap();
            pool.shutdown(Shutdown::no_wait()).unwrap();
        }
    }
}

#[test]
fn without_waiting_accepted_jobs_run_all_the_same() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let done = Progress::new();
    (0..5).for_each(|_| count_up(&pool, &done));
    pool.shutdown(Shutdown::no_wait()).unwrap();
    assert!(!pool.alive());
    assert_eq!(pool.queue_size(), 5);
    held.release();
    done.wait_until(5);
}

#[test]
fn a_second_shutdown_waits_too() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let done = Progress::new();
    (0..5).for_each(|_| count_up(&pool, &done));
    pool.shutdown(Shutdown::no_wait()).unwrap();
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            let (handle, done) = (pool.handle(), done.clone());
            thread::spawn(move || {
                handle.shutdown(Shutdown::wait()).unwrap();
                done.get()
            })
        })
        .collect();
    held.release();
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap(), 5, "each of them has waited");
    }
}

#[test]
fn pending_jobs_are_cancelled_if_asked_and_running_ones_are_not() {
    for how in [Shutdown::wait().cancel_pending(), Shutdown::no_wait().cancel_pending()] {
        let pool = pool(2, 1);
        let (gate, drops) = (Gate::new(), Drops::new());
        let pass = gate.pass();
        let started = Progress::new();
        let start = started.clone();
        let running = pool
            .submit(move || {
                start.advance();
                pass.wait();
                executor::sleep(ms(1)).is_ok()
            })
            .unwrap();
        let held = Held::workers(&pool, 1);
        started.wait_until(1);
        let pending: Vec<_> = (0..50)
            .map(|_| {
                let token = drops.token();
                pool.submit(move || token).unwrap()
            })
            .collect();
        let handle = pool.handle();
        let closer = thread::spawn(move || handle.shutdown(how));
        for future in pending {
            assert!(future.result().is_err_and(|error| error.is_cancelled()));
        }
        assert_eq!(drops.alive(), 0);
        gate.open();
        held.release();
        closer.join().unwrap().unwrap();
        assert!(running.result().unwrap(), "its sleep was not interrupted");
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!((pool.statistics().executed(), pool.statistics().cancelled()), (2, 50));
    }
}

#[test]
fn of_fifty_jobs_some_run_and_the_rest_are_cancelled() {
    for carriers in [1, 2] {
        let pool = pool(5, carriers);
        let futures: Vec<_> =
            (0..50).map(|_| pool.submit(|| executor::sleep(ms(20)).unwrap()).unwrap()).collect();
        pool.shutdown(Shutdown::wait().cancel_pending()).unwrap();
        let cancelled = futures.iter().filter(|future| future.is_cancelled()).count();
        assert!(futures.iter().all(executor::GreenFuture::is_done));
        assert!(cancelled > 20, "{cancelled}");
        let statistics = pool.statistics();
        assert_eq!(statistics.cancelled(), cancelled as u64);
        assert_eq!(statistics.executed(), 50 - cancelled as u64);
    }
}

#[test]
fn a_job_that_submits_during_the_shutdown_is_refused_and_nobody_deadlocks() {
    let pool = pool(2, 1);
    let (gate, handle) = (Gate::new(), pool.handle());
    let pass = gate.pass();
    let job = pool.submit(move || {
        pass.wait();
        handle.submit(|| ()).map(drop).map_err(|error| error.reason())
    });
    let handle = pool.handle();
    let closer = thread::spawn(move || handle.shutdown(Shutdown::wait()));
    eventually(|| !pool.alive());
    gate.open();
    assert_eq!(job.unwrap().result().unwrap(), Err(Refusal::Shutdown));
    closer.join().unwrap().unwrap();
}

#[test]
fn a_job_that_shuts_its_executor_down_closes_it_and_is_told_that_it_cannot_wait() {
    for how in
        [Shutdown::wait(), Shutdown::wait().cancel_pending(), Shutdown::wait().timeout(ms(60_000))]
    {
        let pool = pool(1, 1);
        let (handle, gate) = (pool.handle(), Gate::new());
        let pass = gate.pass();
        let job = pool.submit(move || {
            pass.wait();
            let told = matches!(handle.shutdown(how), Err(ShutdownError::WouldDeadlock));
            (told, handle.alive())
        });
        let pending = pool.submit(|| "pending").unwrap();
        gate.open();
        assert_eq!(job.unwrap().result().unwrap(), (true, false));
        let cancelled = how == Shutdown::wait().cancel_pending();
        assert_eq!(pending.result().is_err_and(|error| error.is_cancelled()), cancelled);
        pool.shutdown(Shutdown::wait()).unwrap();
    }
}

#[test]
fn so_is_a_callback_and_an_initializer() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (handle, told) = (pool.handle(), Arc::new(OnceLock::new()));
    let place = told.clone();
    let future = pool.submit(|| ()).unwrap();
    future.add_done_callback(move |_| {
        place.set(handle.shutdown(Shutdown::wait()).is_err()).unwrap();
    });
    held.release();
    future.result().unwrap();
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!(told.get(), Some(&true));

    let executor = Arc::new(OnceLock::<ExecutorHandle>::new());
    let (place, built, told) = (executor.clone(), Progress::new(), Progress::new());
    let (ready, answered) = (built.clone(), told.clone());
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).initializer(move || {
        ready.wait_until(1);
        let handle = place.get().expect("it was built");
        assert!(matches!(handle.shutdown(Shutdown::wait()), Err(ShutdownError::WouldDeadlock)));
        answered.advance();
        Ok(())
    }));
    executor.set(pool.handle()).unwrap();
    built.advance();
    told.wait_until(1);
    assert!(!pool.alive());
}

#[test]
fn a_job_may_shut_another_executor_down_and_wait() {
    let (pool, other) = (pool(2, 1), pool(2, 2));
    let done = Progress::new();
    (0..20).for_each(|_| count_up(&other, &done));
    let handle = other.handle();
    let closed = pool.submit(move || handle.shutdown(Shutdown::wait()).is_ok()).unwrap();
    assert!(closed.result().unwrap());
    assert_eq!(done.get(), 20);
}

#[test]
fn a_callback_of_a_canceller_may_shut_the_executor_down_and_wait() {
    // The job whose end calls back is not one that the shutdown could wait for.
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (handle, ended) = (pool.handle(), Arc::new(OnceLock::new()));
    let place = ended.clone();
    let future = pool.submit(|| ()).unwrap();
    future.add_done_callback(move |_| {
        let outcome = handle.shutdown(Shutdown::wait());
        // Either will do: that it has waited, or that it cannot. But not a hang.
        assert!(matches!(outcome, Ok(()) | Err(ShutdownError::WouldDeadlock)), "{outcome:?}");
        place.set(()).unwrap();
    });
    let canceller = thread::spawn(move || future.cancel());
    eventually(|| !pool.alive());
    held.release();
    assert!(canceller.join().unwrap());
    assert_eq!(ended.get(), Some(&()));
}

#[test]
fn when_the_time_is_over_the_leftovers_are_listed_by_name() {
    let pool = watched(GreenThreadPoolExecutor::builder().max_workers(3).carriers(1).name("slow"));
    let gate = Gate::new();
    let started = Progress::new();
    for name in ["reader", "writer"] {
        let (pass, start) = (gate.pass(), started.clone());
        drop(pool.job().name(name).submit(move || {
            start.advance();
            pass.wait();
        }));
    }
    let held = Held::workers(&pool, 1);
    started.wait_until(2);
    let pending = [pool.submit(|| ()).unwrap(), pool.submit(|| ()).unwrap()];
    let mut left = leftovers(&pool, 0);
    let text = ShutdownError::TimedOut(left.clone()).to_string();
    left.running.sort();
    assert_eq!(left.running.len(), 3, "{left:?}");
    assert!(left.running[0].starts_with("job-3 (") && left.running[0].contains("held.rs"));
    assert!(left.running[1].starts_with("reader (") && left.running[1].contains("shutdown.rs"));
    assert!(left.running[2].starts_with("writer ("));
    assert_eq!(left.queued, 2);
    assert!(text.contains("reader") && text.contains("2 queued"), "{text}");
    assert!(!pool.alive());
    // It goes on all the same, and can be waited for again.
    gate.open();
    held.release();
    pool.shutdown(Shutdown::wait().timeout(ms(60_000))).unwrap();
    assert!(pending.iter().all(executor::GreenFuture::is_done));
}

#[test]
fn a_leftover_that_computes_without_parking_is_listed_by_name_too() {
    let pool = watched(GreenThreadPoolExecutor::builder().max_workers(2).carriers(1).name("busy"));
    let stop = Arc::new(greenstd::atomic::AtomicBool::new(false));
    let (flag, started) = (stop.clone(), Progress::new());
    let start = started.clone();
    let spinner = pool.job().name("spinner").submit(move || {
        start.advance();
        while !flag.load(greenstd::atomic::Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    });
    started.wait_until(1);
    let outcome = pool.shutdown(Shutdown::wait().timeout(ms(1)));
    stop.store(true, greenstd::atomic::Ordering::Relaxed);
    let Err(ShutdownError::TimedOut(left)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(left.busy_carriers, ["busy-0"]);
    assert_eq!(left.running.len(), 1);
    assert!(left.running[0].contains("spinner"), "{left:?}");
    spinner.unwrap().result().unwrap();
}

#[test]
fn many_threads_shut_down_at_once() {
    for round in 0..by_build(20, 200) {
        let pool = pool(3, 1 + round % 3);
        let done = Progress::new();
        (0..20).for_each(|_| count_up(&pool, &done));
        let closers: Vec<_> = (0..4)
            .map(|which| {
                let handle = pool.handle();
                thread::spawn(move || match which {
                    0 => handle.shutdown(Shutdown::no_wait()).unwrap(),
                    1 => handle.shutdown(Shutdown::wait().timeout(ms(60_000))).unwrap(),
                    _ => handle.shutdown(Shutdown::wait()).unwrap(),
                })
            })
            .collect();
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(done.get(), 20);
        closers.into_iter().for_each(|closer| closer.join().unwrap());
    }
}

#[test]
fn submissions_against_a_shutdown_are_accepted_and_run_or_refused() {
    for round in 0..by_build(30, 300) {
        let pool = pool(4, 1 + round % 2);
        let done = Progress::new();
        let submitters: Vec<_> = (0..3)
            .map(|_| {
                let (handle, done) = (pool.handle(), done.clone());
                thread::spawn(move || {
                    let mut accepted = 0;
                    loop {
                        let progress = done.clone();
                        match handle.submit(move || progress.advance()) {
                            Ok(future) => drop(future),
                            Err(refused) => {
                                assert!(refused.is_shutdown());
                                return accepted;
                            }
                        }
                        accepted += 1;
                    }
                })
            })
            .collect();
        done.wait_until(50);
        pool.shutdown(Shutdown::wait()).unwrap();
        let ran = done.get();
        let accepted: usize = submitters.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!(ran, accepted, "whatever was accepted had run when the shutdown returned");
        assert_eq!(pool.statistics().submitted(), accepted as u64);
    }
}

#[test]
fn jobs_that_are_parked_are_waited_for() {
    let pool = pool(200, 2);
    let gate = Gate::new();
    let futures: Vec<_> = (0..200)
        .map(|_| {
            let pass = gate.pass();
            pool.submit(move || pass.wait()).unwrap()
        })
        .collect();
    eventually(|| pool.statistics().parked() == 200);
    let left = leftovers(&pool, 0);
    assert_eq!((left.running.len(), left.queued), (200, 0));
    gate.open();
    pool.shutdown(Shutdown::wait()).unwrap();
    assert!(futures.iter().all(executor::GreenFuture::is_done));
}

#[test]
fn the_carriers_threads_are_gone_when_it_returns() {
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(3).name("leaving"));
    Held::workers(&pool, 3).release();
    // Each takes its name when it begins to run.
    eventually(|| threads_named("leaving-").len() == 3);
    pool.shutdown(Shutdown::wait()).unwrap();
    // Joined; the kernel takes a moment to take them off its list.
    eventually(|| threads_named("leaving-").is_empty());
}

#[test]
fn an_idle_executor_sleeps_instead_of_polling() {
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(2).name("sleeper"));
    Held::workers(&pool, 4).release();
    eventually(|| threads_named("sleeper-").len() == 2);
    let carriers = threads_named("sleeper-");
    let turns = || -> Vec<u64> {
        carriers.iter().map(|&thread| super::support::process::voluntary_switches(thread)).collect()
    };
    // One that polls would never be so quiet. When it has settled nobody knows: on a busy machine that may take long.
    eventually(|| {
        let before = turns();
        greenstd::thread::sleep(Duration::from_millis(250));
        before == turns()
    });
}

#[test]
fn a_bounded_executor_whose_submitters_wait_shuts_down() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(1)),
    );
    let done = Progress::new();
    let submitters: Vec<_> = (0..4)
        .map(|_| {
            let (handle, done) = (pool.handle(), done.clone());
            thread::spawn(move || {
                let mut accepted = 0;
                loop {
                    let progress = done.clone();
                    match handle.submit_wait(move || progress.advance()) {
                        Ok(future) => drop(future),
                        Err(refused) => {
                            assert_eq!(refused.reason(), Refusal::Shutdown);
                            return accepted;
                        }
                    }
                    accepted += 1;
                }
            })
        })
        .collect();
    done.wait_until(100);
    pool.shutdown(Shutdown::wait()).unwrap();
    let accepted: usize = submitters.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(done.get(), accepted);
}
