//! What happens when a job has ended: which callback is called, when, and what it may do.

use executor::{GreenThreadPoolExecutor, Refusal, TaskOutcome, reject_when_reached};
use greenstd::sync::{Arc, Mutex, OnceLock};

use super::support::process::os_thread;
use super::support::{Drops, Held, PanicsInDrop, Progress, pool, watched};

/// A list that callbacks write to.
type Log = Arc<Mutex<Vec<String>>>;

fn log() -> (Log, impl Fn(&str) + Clone + Send + 'static) {
    let log = Log::default();
    let writer = log.clone();
    (log, move |entry: &str| writer.lock().push(entry.to_owned()))
}

#[test]
fn a_callback_sees_the_outcome_of_each_kind_of_end() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (log, write) = log();
    let good = pool.try_submit(|| Ok::<_, &str>(1)).unwrap();
    let bad = pool.try_submit(|| Err::<i32, _>("no")).unwrap();
    let ugly = pool.submit(|| panic!("on purpose")).unwrap();
    let gone = pool.submit(|| ()).unwrap();
    let handles = [good.handle(), bad.handle(), ugly.handle(), gone.handle()];
    for (which, handle) in handles.iter().enumerate() {
        let write = write.clone();
        handle.add_done_callback(move |task| {
            write(&format!("{which} {:?}", task.outcome().unwrap()));
        });
    }
    assert!(gone.cancel());
    assert_eq!(*log.lock(), ["3 Cancelled"], "by the canceller, at once");
    held.release();
    drop(pool);
    assert_eq!(*log.lock(), ["3 Cancelled", "0 Succeeded", "1 Failed", "2 Panicked"]);
}

#[test]
fn callbacks_are_called_in_the_order_of_their_adding() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (log, write) = log();
    let future = pool.submit(|| ()).unwrap();
    for n in 0..20 {
        let write = write.clone();
        future.add_done_callback(move |_| write(&n.to_string()));
    }
    held.release();
    drop(pool);
    assert_eq!(*log.lock(), (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_panicking_callback_stops_no_other() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (log, write) = log();
    let future = pool.submit(|| 5).unwrap();
    for n in 0..6 {
        let write = write.clone();
        future.add_done_callback(move |_| {
            write(&n.to_string());
            match n {
                1 => panic!("with a string"),
                2 => std::panic::panic_any(PanicsInDrop("a payload that panics")),
                3 => std::panic::resume_unwind(Box::new(17)),
                _ => {}
            }
        });
    }
    held.release();
    assert_eq!(future.result().unwrap(), 5);
    let next = pool.submit(|| "the worker goes on").unwrap();
    assert_eq!(next.result().unwrap(), "the worker goes on");
    assert_eq!(*log.lock(), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(pool.statistics().callback_panics(), 3);
    assert_eq!(pool.statistics().failures(), 0, "the job itself did not fail");
}

#[test]
fn a_callback_added_after_the_end_is_called_at_once_and_its_panic_stays_inside() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let cancelled = pool.submit(|| ()).unwrap();
    cancelled.cancel();
    held.release();
    let good = pool.submit(|| ()).unwrap();
    let bad = pool.submit(|| panic!("on purpose")).unwrap();
    good.wait().unwrap();
    bad.wait().unwrap();
    let here = os_thread();
    for (future, outcome) in [
        (&good, TaskOutcome::Succeeded),
        (&bad, TaskOutcome::Panicked),
        (&cancelled, TaskOutcome::Cancelled),
    ] {
        let called = Progress::new();
        let (progress, adder) = (called.clone(), here.clone());
        future.add_done_callback(move |task| {
            assert_eq!(task.outcome(), Some(outcome));
            assert_eq!(os_thread(), adder);
            progress.advance();
        });
        assert_eq!(called.get(), 1);
        future.add_done_callback(|_| panic!("not thrown at the adder"));
    }
    assert_eq!(pool.statistics().callback_panics(), 3);
}

#[test]
fn a_callback_added_by_a_callback_comes_after_those_added_before() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (log, write) = log();
    let future = pool.submit(|| ()).unwrap();
    let (first, inner) = (write.clone(), write.clone());
    future.add_done_callback(move |task| {
        first("first");
        task.add_done_callback(move |_| inner("nested"));
    });
    for name in ["second", "third"] {
        let write = write.clone();
        future.add_done_callback(move |_| write(name));
    }
    held.release();
    drop(pool);
    assert_eq!(*log.lock(), ["first", "second", "third", "nested"]);
}

#[test]
fn the_worker_calls_back_or_the_canceller() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (ran, cancelled) = (pool.submit(os_thread).unwrap(), pool.submit(os_thread).unwrap());
    let (by_worker, by_canceller) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    for (future, place) in [(&ran, &by_worker), (&cancelled, &by_canceller)] {
        let place = place.clone();
        future.add_done_callback(move |_| place.set(os_thread()).unwrap());
    }
    assert!(cancelled.cancel());
    assert!(cancelled.cancel(), "again");
    assert_eq!(by_canceller.get(), Some(&os_thread()));
    held.release();
    let worker = ran.result().unwrap();
    drop(pool);
    assert_eq!(by_worker.get(), Some(&worker));
}

#[test]
fn all_callbacks_have_been_called_when_shutdown_returns() {
    let pool = pool(2, 2);
    let (good, bad) = (Progress::new(), Progress::new());
    for n in 0..10 {
        let (good, bad) = (good.clone(), bad.clone());
        let future = pool
            .submit(move || {
                executor::yield_now();
                assert!(n % 2 == 0, "on purpose");
            })
            .unwrap();
        future.add_done_callback(move |task| {
            // Slow callbacks are waited for too.
            executor::yield_now();
            if task.is_failed() { bad.advance() } else { good.advance() }
        });
    }
    pool.shutdown(executor::Shutdown::wait()).unwrap();
    assert_eq!((good.get(), bad.get()), (5, 5));
}

#[test]
fn a_callback_comes_after_the_statistics_and_before_the_slot_is_free() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(0)),
    );
    let held = Held::workers(&pool, 1);
    held.release();
    let (gate, handle) = (super::support::Gate::new(), pool.handle());
    let pass = gate.pass();
    let future = pool.submit(move || pass.wait()).unwrap();
    let (seen, called) = (Arc::new(OnceLock::new()), Progress::new());
    let (place, progress) = (seen.clone(), called.clone());
    future.add_done_callback(move |_| {
        let refused = handle.submit(|| ()).map_err(|error| error.reason());
        place.set((handle.statistics().executed(), refused.map(drop))).unwrap();
        progress.advance();
    });
    gate.open();
    future.result().unwrap();
    // The result comes first: a pool that is closed now might refuse the callback as closed.
    called.wait_until(1);
    assert_eq!(seen.get(), Some(&(2, Err(Refusal::Rejected))));
}

#[test]
fn a_callback_called_by_a_canceller_may_submit_and_cancel() {
    let pool = pool(2, 1);
    let held = Held::workers(&pool, 2);
    let (first, second) = (pool.submit(|| 1).unwrap(), pool.submit(|| 2).unwrap());
    let (handle, to_cancel) = (pool.handle(), second.handle());
    let child = Arc::new(OnceLock::new());
    let place = child.clone();
    first.add_done_callback(move |_| {
        assert!(to_cancel.cancel());
        place.set(handle.submit(|| 3).unwrap().shared()).unwrap();
    });
    assert!(first.cancel());
    assert!(second.is_cancelled());
    held.release();
    assert_eq!(child.get().unwrap().result().unwrap(), 3);
    assert_eq!(pool.statistics().callback_panics(), 0);
}

#[test]
fn callbacks_on_a_worker_may_submit_and_wait_and_cancel() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let first = pool.submit(|| 1).unwrap();
    let victim = pool.submit(|| unreachable!("it is cancelled first")).unwrap();
    let (handle, to_cancel, done) = (pool.handle(), victim.handle(), Progress::new());
    let progress = done.clone();
    first.add_done_callback(move |_| {
        assert!(to_cancel.cancel());
        let child = handle.submit(|| 2).unwrap();
        assert_eq!(child.result().unwrap(), 2);
        progress.advance();
    });
    held.release();
    done.wait_until(1);
    assert!(victim.is_cancelled());
}

#[test]
fn what_callbacks_hold_is_freed_once_they_were_called() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let (ran, cancelled) = (pool.submit(|| ()).unwrap(), pool.submit(|| ()).unwrap());
    for future in [&ran, &cancelled] {
        let token = drops.token();
        future.add_done_callback(move |_| token.keep());
    }
    assert_eq!(drops.alive(), 2);
    cancelled.cancel();
    assert_eq!(drops.alive(), 1);
    held.release();
    pool.shutdown(executor::Shutdown::wait()).unwrap();
    assert_eq!(drops.alive(), 0);
}
