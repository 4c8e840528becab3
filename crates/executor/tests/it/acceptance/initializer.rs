//! What runs on each carrier before its first job, and what if that fails.

use std::cell::Cell;
use std::error::Error;

use executor::{
    AbandonReason, ExecutorHandle, GreenFuture, GreenThreadPoolExecutor, Refusal, Shutdown,
    TaskError, TaskOutcome, reject_when_reached,
};
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::support::process::{os_thread, threads_named};
use super::support::{Drops, Gate, Held, PanicsInDrop, Progress, eventually, ms, watched};

/// One that fails, and what the message contains.
type Failure = (fn() -> Result<(), Box<dyn Error + Send + Sync>>, &'static str);

greenstd::thread_local! {
    /// Whether an initializer has run on this OS thread.
    static READY: Cell<bool> = const { Cell::new(false) };
}

/// Lets the carrier look several times for something else to do, and wait for it.
fn look_around() {
    for _ in 0..200 {
        executor::yield_now();
    }
    executor::sleep(ms(1)).expect("nobody cancels an initializer");
}

#[test]
fn it_runs_once_on_every_carrier_before_any_job() {
    let (threads, gate) = (Arc::new(Mutex::new(Vec::new())), Gate::new());
    let (seen, pass) = (threads.clone(), gate.pass());
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(3).initializer(move || {
        pass.wait();
        look_around();
        READY.with(|ready| ready.set(true));
        seen.lock().push(os_thread());
        Ok(())
    }));
    let futures: Vec<_> = (0..300)
        .map(|_| {
            pool.submit(|| {
                executor::yield_now();
                READY.with(Cell::get)
            })
            .unwrap()
        })
        .collect();
    gate.open();
    assert!(futures.into_iter().all(|future| future.result().unwrap()));
    eventually(|| threads.lock().len() == 3);
    Held::workers(&pool, 100).release();
    pool.shutdown(Shutdown::wait()).unwrap();
    let mut threads = threads.lock().clone();
    assert_eq!(threads.len(), 3, "once each");
    threads.sort();
    threads.dedup();
    assert_eq!(threads.len(), 3);
    assert_eq!(pool.statistics().submitted(), 400, "it is no job");
}

#[test]
fn jobs_wait_for_it() {
    let (first, gate, entered) = (Gate::new(), Gate::new(), Progress::new());
    let (submitted, pass, enter) = (first.pass(), gate.pass(), entered.clone());
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).initializer(move || {
        submitted.wait();
        look_around();
        enter.advance();
        pass.wait();
        Ok(())
    }));
    let futures: Vec<_> = (0..10).map(|n| pool.submit(move || n).unwrap()).collect();
    let cancelled = pool.submit(|| ()).unwrap();
    assert!(cancelled.cancel());
    first.open();
    entered.wait_until(1);
    assert_eq!((pool.queue_size(), pool.num_workers()), (10, 0));
    gate.open();
    for (n, future) in futures.into_iter().enumerate() {
        assert_eq!(future.result().unwrap(), n);
    }
}

#[test]
fn a_shutdown_waits_for_it_although_there_is_no_job() {
    let (gate, done) = (Gate::new(), Progress::new());
    let (pass, progress) = (gate.pass(), done.clone());
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).initializer(move || {
        pass.wait();
        progress.advance();
        Ok(())
    }));
    let handle = pool.handle();
    let closer = thread::spawn(move || handle.shutdown(Shutdown::wait()));
    eventually(|| !pool.alive());
    gate.open();
    closer.join().unwrap().unwrap();
    assert_eq!(done.get(), 1);
}

/// The ways in which an initializer can fail.
fn failures() -> [Failure; 4] {
    [
        (|| Err("no database".into()), "no database"),
        (|| panic!("with a string"), "with a string"),
        (|| std::panic::panic_any(17), "panicked"),
        (|| std::panic::panic_any(PanicsInDrop("a payload that panics")), "panicked"),
    ]
}

#[track_caller]
fn assert_abandoned<T: Send + 'static>(future: GreenFuture<T>, message: &str) {
    let handle = future.handle();
    let error = future.result().map(drop).unwrap_err();
    assert!(error.is_abandoned() && error.to_string().contains(message), "{error}");
    assert!(matches!(error, TaskError::Abandoned(AbandonReason::Broken(_))), "{error:?}");
    assert!(handle.is_done() && handle.is_failed() && !handle.is_cancelled() && !handle.cancel());
    assert_eq!(handle.outcome(), Some(TaskOutcome::Abandoned));
}

#[track_caller]
fn assert_broken(pool: &ExecutorHandle) {
    assert!(!pool.alive());
    let refused = pool.submit(|| "back").unwrap_err();
    assert_eq!((refused.reason(), refused.into_inner()()), (Refusal::Broken, "back"));
    assert_eq!(pool.submit_wait(|| ()).unwrap_err().reason(), Refusal::Broken);
    assert_eq!(pool.try_submit(|| Ok::<_, ()>(())).unwrap_err().reason(), Refusal::Broken);
    assert_eq!(pool.map(0..3, |n| n).unwrap_err().reason, Refusal::Broken);
}

#[test]
fn one_that_fails_or_panics_breaks_the_executor_and_what_waits_is_abandoned() {
    for (fail, message) in failures() {
        let gate = Gate::new();
        let pass = gate.pass();
        let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).initializer(move || {
            pass.wait();
            fail()
        }));
        let (drops, called) = (Drops::new(), Progress::new());
        let futures: Vec<_> = (0..20)
            .map(|_| {
                let (token, progress) = (drops.token(), called.clone());
                let future = pool.submit(move || token).unwrap();
                future.add_done_callback(move |_| progress.advance());
                future
            })
            .collect();
        gate.open();
        for future in futures {
            assert_abandoned(future, message);
        }
        assert_eq!(drops.alive(), 0);
        called.wait_until(20);
        assert_broken(&pool);
        // It ends like any other.
        pool.shutdown(Shutdown::wait()).unwrap();
        let statistics = pool.statistics();
        assert_eq!((statistics.submitted(), statistics.abandoned()), (20, 20));
        assert_eq!((statistics.executed(), statistics.queued()), (0, 0));
    }
}

#[test]
fn everybody_who_waits_learns_of_it() {
    let gate = Gate::new();
    let pass = gate.pass();
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let pool = watched(builder.check_and_reject(reject_when_reached(1)).initializer(move || {
        pass.wait();
        Err("no database".into())
    }));
    let futures = [pool.submit(|| ()).unwrap(), pool.submit(|| ()).unwrap()];
    let (entered, [first, second]) = (Progress::new(), futures.each_ref().map(GreenFuture::handle));
    let (handle, progress) = (pool.handle(), entered.clone());
    let for_room = thread::spawn(move || {
        progress.advance();
        handle.submit_wait(|| ()).map(drop).map_err(|refused| refused.reason())
    });
    let progress = entered.clone();
    let for_one = thread::spawn(move || {
        progress.advance();
        first.wait()
    });
    let progress = entered.clone();
    let for_failure = thread::spawn(move || {
        progress.advance();
        executor::wait_for_first_failure([&second]).map(|waited| waited.done.len())
    });
    entered.wait_until(3);
    gate.open();
    assert_eq!(for_room.join().unwrap(), Err(Refusal::Broken));
    for_one.join().unwrap().unwrap();
    assert_eq!(for_failure.join().unwrap(), Ok(1), "to be abandoned is a failure");
    for future in futures {
        assert_abandoned(future, "no database");
    }
}

#[test]
fn what_runs_already_on_another_carrier_comes_to_its_end() {
    let (calls, well, gate) = (Arc::new(AtomicUsize::new(0)), Progress::new(), Gate::new());
    let (count, initialized, pass) = (calls.clone(), well.clone(), gate.pass());
    let builder = GreenThreadPoolExecutor::builder().max_workers(2).carriers(2).name("half");
    let pool = watched(builder.initializer(move || {
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            initialized.advance();
            return Ok(());
        }
        pass.wait();
        Err("the second one".into())
    }));
    well.wait_until(1);
    let (handle, going, may_end) = (pool.handle(), Progress::new(), Gate::new());
    let (progress, end) = (going.clone(), may_end.pass());
    let running = pool
        .submit(move || {
            progress.advance();
            end.wait();
            handle.submit(|| ()).map(drop).map_err(|refused| refused.reason())
        })
        .unwrap();
    let held = Held::workers(&pool, 1);
    going.wait_until(1);
    let pending: Vec<_> = (0..10).map(|_| pool.submit(|| ()).unwrap()).collect();
    gate.open();
    for future in pending {
        assert_abandoned(future, "the second one");
    }
    assert_broken(&pool);
    may_end.open();
    assert_eq!(running.result().unwrap(), Err(Refusal::Broken), "it ran to its end");
    held.release();
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!((pool.statistics().executed(), pool.statistics().abandoned()), (2, 10));
    eventually(|| threads_named("half-").is_empty());
}

#[test]
fn submissions_against_the_break_are_abandoned_or_refused() {
    for carriers in [1, 2, 3] {
        let entered = Progress::new();
        let begin = entered.clone();
        let pool =
            watched(GreenThreadPoolExecutor::builder().carriers(carriers).initializer(move || {
                begin.wait_until(1);
                Err("no database".into())
            }));
        let submitters: Vec<_> = (0..3)
            .map(|_| {
                let (handle, entered) = (pool.handle(), entered.clone());
                thread::spawn(move || {
                    let mut accepted = Vec::new();
                    let refused = loop {
                        match handle.submit(|| ()) {
                            Ok(future) => accepted.push(future),
                            Err(refused) => break refused.reason(),
                        }
                        if accepted.len() == 50 {
                            entered.advance();
                        }
                    };
                    (accepted, refused)
                })
            })
            .collect();
        for submitter in submitters {
            let (accepted, refused) = submitter.join().unwrap();
            assert_eq!(refused, Refusal::Broken);
            for future in accepted {
                assert_abandoned(future, "no database");
            }
        }
        pool.shutdown(Shutdown::wait()).unwrap();
        let statistics = pool.statistics();
        assert_eq!(statistics.abandoned(), statistics.submitted());
    }
}

#[test]
fn a_broken_executor_may_be_dropped_at_once() {
    for (fail, _) in failures() {
        let builder = GreenThreadPoolExecutor::builder().carriers(2).name("broken");
        let (pool, _watch) = watched(builder.initializer(fail)).into_parts();
        // Accepted or refused, whichever is faster.
        let future = pool.submit(|| ()).ok();
        drop(pool);
        if let Some(future) = future {
            assert!(future.is_done());
        }
        eventually(|| threads_named("broken-").is_empty());
    }
}
