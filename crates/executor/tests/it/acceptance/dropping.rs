//! Dropping an executor closes it and waits, wherever that is possible.

use std::panic::{AssertUnwindSafe, catch_unwind};

use executor::{GreenThreadPoolExecutor, Refusal, Shutdown, TaskOutcome, TaskState};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::support::process::threads_named;
use super::support::{
    Drops, Gate, Held, Pass, Progress, by_build, detach, eventually, ms, pool, watched,
};

#[test]
fn dropping_it_runs_all_that_was_accepted() {
    for carriers in [1, 2] {
        let (pool, _watch) = pool(3, carriers).into_parts();
        let handle = pool.handle();
        let futures: Vec<_> = (0..50)
            .map(|n| {
                pool.submit(move || {
                    executor::sleep(ms(n % 3)).unwrap();
                    n
                })
                .unwrap()
            })
            .collect();
        drop(pool);
        assert!(futures.iter().all(executor::GreenFuture::is_done));
        assert!(!handle.alive());
        assert_eq!(handle.submit(|| ()).unwrap_err().reason(), Refusal::Shutdown);
        assert_eq!(handle.statistics().executed(), 50, "a handle still tells what was");
        for (n, future) in (0..).zip(futures) {
            assert_eq!(future.result().unwrap(), n);
        }
    }
}

#[test]
fn a_scope_that_ends_by_a_panic_waits_too_and_lets_the_panic_through() {
    let done = Progress::new();
    let progress = done.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let pool = pool(2, 2);
        for _ in 0..20 {
            let progress = progress.clone();
            detach(&pool, move || {
                executor::sleep(ms(1)).unwrap();
                progress.advance();
            });
        }
        panic!("in the body");
    }));
    assert_eq!(*outcome.unwrap_err().downcast::<&str>().unwrap(), "in the body");
    assert_eq!(done.get(), 20);
}

#[test]
fn dropped_by_a_job_that_panics_it_ends_its_jobs_too() {
    // By one of its own jobs, where it cannot wait, and by a job of another, where it does.
    for its_own in [true, false] {
        let other = pool(2, 1);
        let (pool, _watch) = pool(2, 1).into_parts();
        let (handle, done) = (pool.handle(), Progress::new());
        let held = Held::workers(&handle, 2);
        for _ in 0..10 {
            let progress = done.clone();
            detach(&handle, move || {
                executor::yield_now();
                progress.advance();
            });
        }
        let place = if its_own { handle.clone() } else { other.handle() };
        let dropper = place.submit(move || {
            let _pool = pool;
            panic!("on purpose");
        });
        held.release();
        let error = dropper.unwrap().result().map(drop).unwrap_err();
        assert!(error.to_string().contains("on purpose"), "{error}");
        assert!(!handle.alive());
        assert!(its_own || done.get() == 10, "it has waited");
        handle.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(done.get(), 10);
        // Unwinding is over: a panic on the same carrier is a panic like any other.
        let unharmed = other.submit(|| panic!("again")).unwrap().result().map(drop);
        assert!(unharmed.unwrap_err().is_panicked());
    }
}

#[test]
fn dropped_by_one_of_its_own_jobs_it_ends_in_the_background() {
    let (pool, _watch) =
        watched(GreenThreadPoolExecutor::builder().carriers(2).name("selfless")).into_parts();
    let (handle, done) = (pool.handle(), Progress::new());
    let held = Held::workers(&handle, 1);
    let owner = Arc::new(Mutex::new(Some(pool)));
    let pool = owner.clone();
    let dropper = handle.submit(move || drop(pool.lock().take())).unwrap();
    for _ in 0..20 {
        let progress = done.clone();
        // Refused if the drop was faster.
        drop(handle.submit(move || progress.advance()));
    }
    dropper.result().unwrap();
    assert!(!handle.alive());
    let accepted = handle.statistics().submitted() - 2;
    held.release();
    done.wait_until(accepted as usize);
    handle.shutdown(Shutdown::wait()).unwrap();
    eventually(|| threads_named("selfless-").is_empty());
}

#[test]
fn as_the_last_thing_that_a_job_or_its_result_or_its_callback_holds() {
    for way in 0..3 {
        let (pool, _watch) = pool(2, 1).into_parts();
        let (handle, gate) = (pool.handle(), Gate::new());
        let pass = gate.pass();
        match way {
            0 => detach(&handle, move || {
                pass.wait();
                drop(pool);
            }),
            1 => drop(handle.submit(move || {
                pass.wait();
                pool
            })),
            _ => {
                let future = handle.submit(move || pass.wait()).unwrap();
                future.add_done_callback(move |_| drop(pool));
            }
        }
        let next = handle.submit(|| "pending").unwrap();
        gate.open();
        assert_eq!(next.result().unwrap(), "pending");
        eventually(|| !handle.alive());
        handle.shutdown(Shutdown::wait()).unwrap();
    }
}

#[test]
fn as_part_of_a_queued_job_that_a_plain_thread_cancels() {
    let (pool, _watch) = pool(1, 1).into_parts();
    let handle = pool.handle();
    let held = Held::workers(&handle, 1);
    let future = handle.submit(move || drop(pool)).unwrap();
    let canceller = thread::spawn(move || future.cancel());
    eventually(|| !handle.alive());
    held.release();
    assert!(canceller.join().unwrap());
    handle.shutdown(Shutdown::wait()).unwrap();
}

#[test]
fn dropped_while_others_shut_it_down() {
    for _ in 0..by_build(20, 200) {
        let (pool, _watch) = pool(2, 2).into_parts();
        let done = Progress::new();
        for _ in 0..10 {
            let progress = done.clone();
            detach(&pool, move || progress.advance());
        }
        let closers: Vec<_> = (0..2)
            .map(|_| {
                let handle = pool.handle();
                thread::spawn(move || handle.shutdown(Shutdown::wait()).unwrap())
            })
            .collect();
        drop(pool);
        assert_eq!(done.get(), 10);
        closers.into_iter().for_each(|closer| closer.join().unwrap());
    }
}

#[test]
fn dropped_by_a_job_of_another_executor_it_is_waited_for() {
    let outer = pool(2, 1);
    let (inner, _watch) = pool(2, 1).into_parts();
    let done = Progress::new();
    for _ in 0..10 {
        let progress = done.clone();
        detach(&inner, move || {
            executor::yield_now();
            progress.advance();
        });
    }
    let count = done.clone();
    let seen = outer.submit(move || {
        drop(inner);
        count.get()
    });
    assert_eq!(seen.unwrap().result().unwrap(), 10);
}

#[test]
fn nothing_is_left_of_an_executor_that_was_dropped() {
    let drops = Drops::new();
    for carriers in [1, 3] {
        let (pool, _watch) =
            watched(GreenThreadPoolExecutor::builder().carriers(carriers).name("leftover"))
                .into_parts();
        for n in 0..100 {
            let (token, held) = (drops.token(), drops.token());
            let future = pool
                .submit(move || {
                    held.keep();
                    assert!(n % 10 != 0, "on purpose");
                    token
                })
                .unwrap();
            let token = drops.token();
            future.add_done_callback(move |_| token.keep());
            if n % 3 == 0 {
                future.cancel();
            }
        }
        drop(pool);
        assert_eq!(drops.alive(), 0);
        eventually(|| threads_named("leftover-").is_empty());
    }
}

#[test]
fn a_future_outlives_its_executor_with_its_result() {
    let drops = Drops::new();
    let token = drops.token();
    let future = {
        let pool = pool(1, 1);
        pool.submit(move || token).unwrap()
    };
    assert_eq!(drops.alive(), 1);
    drop(future.result().unwrap());
    assert_eq!(drops.alive(), 0);
}

#[test]
fn a_job_whose_canceller_is_about_to_drop_its_closure_is_cancelled_for_all() {
    /// Takes its time to be dropped.
    struct Slow(Progress, Pass);
    impl Drop for Slow {
        fn drop(&mut self) {
            self.0.advance();
            self.1.wait();
        }
    }
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (gate, begun) = (Gate::new(), Progress::new());
    let slow = Slow(begun.clone(), gate.pass());
    let job = pool.submit(move || drop(slow)).unwrap();
    let handle = job.handle();
    let first = greenstd::thread::spawn(move || job.cancel());
    begun.wait_until(1);
    assert!(handle.cancel());
    assert_eq!((handle.state(), handle.is_done()), (TaskState::Cancelled, false));
    assert_eq!(handle.outcome(), None);
    gate.open();
    assert!(first.join().unwrap());
    assert_eq!(handle.outcome(), Some(TaskOutcome::Cancelled));
    held.release();
}
