//! A panic stays in its job, whatever it carries and wherever it is thrown.

use std::panic::panic_any;

use executor::{
    ExecutorHandle, GreenFuture, GreenThreadPoolExecutor, PanicPayload, SynchronousExecutor,
    TaskError, ThreadPoolExecutor,
};
use greenstd::sync::Arc;

use super::support::{
    Drops, Held, PanicsInDrop, Progress, Random, Watched, child, detach, eventually, ms, pool,
    watched,
};

#[track_caller]
fn payload<T: Send + 'static>(future: GreenFuture<T>) -> PanicPayload {
    match future.result().map(drop) {
        Err(TaskError::Panicked(payload)) => payload,
        other => panic!("the job should have panicked: {other:?}"),
    }
}

/// The executor works as ever: one worker for each of its slots, and all of them.
#[track_caller]
fn assert_unharmed(pool: &Watched) {
    Held::workers(pool, pool.max_workers()).release();
}

/// Jobs that wait for each other, of which the last one panics.
fn panic_below(pool: &ExecutorHandle, levels: u32) {
    if levels == 0 {
        panic!("away");
    }
    let handle = pool.clone();
    let child = pool.submit(move || panic_below(&handle, levels - 1)).unwrap();
    if let Err(error) = child.result() {
        panic!("one of them said: {error}");
    }
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the instrumented frames are larger")]
fn on_the_smallest_stacks_jobs_and_their_children_panic_and_print_their_backtraces() {
    const THIS: &str = "acceptance::panics::\
         on_the_smallest_stacks_jobs_and_their_children_panic_and_print_their_backtraces";
    const LEVELS: &str = "GREEN_LEVELS";
    // However much of its parent's stack is left to the last one. The first backtrace of a process goes
    // deepest, so each has a process.
    for levels in 0..8 {
        let variables = [("RUST_BACKTRACE", "1"), (LEVELS, &*levels.to_string())];
        let ended = child::run_with(THIS, &variables, || {
            let levels = std::env::var(LEVELS).unwrap().parse().unwrap();
            let builder = GreenThreadPoolExecutor::builder().carriers(1).max_workers(1);
            let pool = watched(builder.stack_size(greenctx::MIN_STACK_BYTES));
            let handle = pool.handle();
            let job = pool.submit(move || panic_below(&handle, levels)).unwrap();
            assert!(payload(job).message().unwrap().contains("away"));
        });
        ended.assert_done();
        assert!(ended.stderr.contains("stack backtrace:"), "{ended}");
    }
}

#[test]
fn a_panic_reaches_the_future_with_its_message() {
    let pool = pool(2, 1);
    let by_literal = payload(pool.submit(|| panic!("plain")).unwrap());
    assert_eq!(by_literal.message(), Some("plain"));
    let number = std::hint::black_box(42);
    let by_format = payload(pool.submit(move || panic!("with {number}")).unwrap());
    assert_eq!(by_format.message(), Some("with 42"));
    assert_eq!(*by_format.into_inner().downcast::<String>().unwrap(), "with 42");
    let by_assertion = payload(pool.submit(|| assert_eq!(1 + 1, 3)).unwrap());
    assert!(by_assertion.message().unwrap().contains("left == right"));
    let error = pool.submit(|| panic!("plain")).unwrap().result().map(drop).unwrap_err();
    assert!(error.to_string().starts_with("the job panicked: plain ("));
    assert!(format!("{error:?}").contains("plain"));
    let statistics = pool.statistics();
    assert_eq!((statistics.executed(), statistics.failures(), statistics.panicked()), (4, 4, 4));
    assert_unharmed(&pool);
}

#[test]
fn the_error_names_the_job_and_where_it_was_submitted() {
    let pool = pool(2, 1);
    let line = line!() + 1;
    let named = pool.job().name("resize").submit(|| panic!("plain")).unwrap().result().map(drop);
    let error = named.unwrap_err();
    let site = file!();
    let expected = format!("the job panicked: plain (resize, submitted at {site}:{line})");
    assert_eq!(error.to_string(), expected);
    let line = line!() + 1;
    let unnamed = payload(pool.submit(|| panic_any(17_u8)).unwrap());
    assert_eq!((unnamed.job(), unnamed.site().line()), ("job-2", line));
    let error: TaskError = TaskError::Panicked(unnamed);
    assert_eq!(error.to_string(), format!("the job panicked (job-2, submitted at {site}:{line})"));
}

#[test]
fn reports_of_panics_name_the_job_for_whoever_wants_that() {
    let path = "acceptance::panics::reports_of_panics_name_the_job_for_whoever_wants_that";
    let ended = child::run(path, || {
        executor::name_jobs_in_panics();
        executor::name_jobs_in_panics();
        let pool = pool(1, 1);
        let job = pool.job().name("resize").submit(|| panic!("no such image")).unwrap();
        drop(job.result().map(drop).unwrap_err());
        greenstd::thread::spawn(|| panic!("of no job")).join().unwrap_err();
    });
    ended.assert_done();
    let reports = ended.stderr.as_str();
    assert_eq!(reports.matches("in the job ").count(), 1, "{ended}");
    let named = format!("in the job resize ({}:", file!());
    let (before, after) = reports.split_once(&named).unwrap();
    assert!(!before.contains("panicked at"), "{ended}");
    let first = after.split_once("panicked at").unwrap();
    assert!(first.0.contains("thread 'green-0'"), "{ended}");
    assert!(first.1.contains("no such image") && first.1.contains("of no job"), "{ended}");
}

#[test]
fn reports_of_panics_name_the_job_on_executors_of_every_kind() {
    let path = "acceptance::panics::reports_of_panics_name_the_job_on_executors_of_every_kind";
    let ended = child::run(path, || {
        executor::name_jobs_in_panics();
        let threads = ThreadPoolExecutor::builder().max_workers(1).build().unwrap();
        let here = SynchronousExecutor::new();
        let callers = here.handle();
        let panics = |pool: &ExecutorHandle, name: &str| {
            let job = pool.job().name(name.to_owned()).submit(|| panic!("away"));
            drop(job.unwrap().result().map(drop).unwrap_err());
        };
        panics(&threads.handle(), "on a thread");
        panics(&callers, "on its caller");
        let green = pool(1, 1);
        let outer = green.job().name("around it").submit(move || {
            panics(&callers, "within another");
            panic!("away");
        });
        drop(outer.unwrap().result().map(drop).unwrap_err());
    });
    ended.assert_done();
    for name in ["on a thread", "on its caller", "within another", "around it"] {
        let line = format!("in the job {name} ({}:", file!());
        assert_eq!(ended.stderr.matches(&line).count(), 1, "{name}: {ended}");
    }
}

#[test]
fn any_payload_reaches_the_future() {
    let pool = pool(2, 1);
    let number = payload(pool.submit(|| panic_any(17_u8)).unwrap());
    assert_eq!(number.message(), None);
    assert_eq!(*number.into_inner().downcast::<u8>().unwrap(), 17);
    let drops = Drops::new();
    let token = drops.token();
    let object = payload(pool.submit(move || panic_any(token)).unwrap());
    assert_eq!(drops.alive(), 1);
    drop(object);
    assert_eq!(drops.alive(), 0);
    assert_eq!(pool.statistics().panicked(), 2);
    assert_unharmed(&pool);
}

#[test]
fn a_panic_in_the_drop_of_what_the_closure_holds_is_the_jobs() {
    let pool = pool(2, 1);
    let part = PanicsInDrop("in the drop of the closure");
    let future = pool
        .submit(move || {
            part.keep();
            "a result that is lost"
        })
        .unwrap();
    assert_eq!(payload(future).message(), Some("in the drop of the closure"));
    assert_eq!(pool.statistics().panicked(), 1);
    assert_unharmed(&pool);
}

#[test]
fn a_result_that_panics_when_nobody_wants_it_harms_nobody() {
    let pool = pool(1, 1);
    // Dropped by the worker, as the future is gone when the job ends.
    let held = Held::workers(&pool, 1);
    drop(pool.submit(|| PanicsInDrop("in the drop of the result")).unwrap());
    held.release();
    pool.submit(|| ()).unwrap().result().unwrap();
    assert_eq!(pool.statistics().succeeded(), 3, "the job itself went well");
    assert_unharmed(&pool);
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_harms_nobody() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    detach(&pool, || panic_any(PanicsInDrop("in the drop of the payload")));
    held.release();
    pool.submit(|| ()).unwrap().result().unwrap();
    assert_eq!(pool.statistics().panicked(), 1);
    assert_unharmed(&pool);
}

#[test]
fn a_panic_does_not_strand_what_waits_behind_it() {
    for carriers in [1, 2] {
        let pool = pool(1, carriers);
        let held = Held::workers(&pool, 1);
        let futures: Vec<_> = (0..50)
            .map(|n| {
                pool.submit(move || {
                    assert!(n % 3 != 0, "on purpose");
                    n
                })
                .unwrap()
            })
            .collect();
        held.release();
        for (n, future) in futures.into_iter().enumerate() {
            assert_eq!(future.result().is_ok(), n % 3 != 0);
        }
        assert_eq!(pool.statistics().panicked(), 17);
        assert_unharmed(&pool);
    }
}

#[test]
fn an_error_of_a_job_that_may_fail_is_a_failure_and_no_panic() {
    let pool = pool(2, 1);
    let error = pool.try_submit(|| Err::<(), _>(String::from("no"))).unwrap().result().unwrap_err();
    assert!(error.is_failed());
    assert_eq!(error.to_string(), "the job failed: no");
    assert_eq!(error.into_failure().as_deref(), Some("no"));
    assert_eq!(
        pool.job().name("x").fallible().submit(|| Ok::<_, ()>(1)).unwrap().result().unwrap(),
        1
    );
    let panicked = pool.try_submit(|| -> Result<(), String> { panic!("worse") });
    assert!(panicked.unwrap().result().unwrap_err().is_panicked());
    let statistics = pool.statistics();
    assert_eq!((statistics.failures(), statistics.failed(), statistics.panicked()), (2, 1, 1));
    // `submit` does not look into a result.
    assert_eq!(pool.submit(|| Err::<(), _>(5)).unwrap().result().unwrap(), Err(5));
    assert_eq!(pool.statistics().failures(), 2);
}

#[test]
fn a_panic_of_a_child_that_runs_on_the_spot_stops_at_the_child() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let future = pool
        .submit(move || {
            let child = handle.submit(|| -> u8 { panic!("the child's") }).unwrap();
            let error = child.result().unwrap_err();
            (error.to_string(), executor::sleep(ms(1)).is_ok())
        })
        .unwrap();
    let (error, goes_on) = future.result().unwrap();
    assert!(error.starts_with("the job panicked: the child's (") && goes_on);
    assert_eq!(pool.statistics().panicked(), 1);
    assert_unharmed(&pool);
}

#[test]
fn a_panic_while_a_sibling_is_parked_in_the_middle_of_its_own() {
    let pool = pool(3, 1);

    /// Waits in the middle of the unwinding.
    struct Lingers(Progress, Progress);
    impl Drop for Lingers {
        fn drop(&mut self) {
            self.0.advance();
            self.1.wait_until(1);
        }
    }
    let (unwinding, go_on) = (Progress::new(), Progress::new());
    let lingers = Lingers(unwinding.clone(), go_on.clone());
    let first = pool
        .submit(move || {
            let _lingers = lingers;
            panic!("the first");
        })
        .unwrap();
    unwinding.wait_until(1);
    // All on the one carrier, whose OS thread is unwinding.
    let second = pool.submit(|| panic!("the second")).unwrap();
    let well = pool.submit(|| "well").unwrap();
    assert_eq!(payload(second).message(), Some("the second"));
    assert_eq!(well.result().unwrap(), "well");
    assert!(!first.is_done());
    // One that fails for itself, and catches it.
    let caught = pool.submit(|| std::panic::catch_unwind(|| panic!("caught")).is_err()).unwrap();
    assert!(caught.result().unwrap());
    go_on.advance();
    assert_eq!(payload(first).message(), Some("the first"));
    // The OS thread's own count of panics is back to where it was.
    assert!(!pool.submit(greenstd::thread::panicking).unwrap().result().unwrap());
    assert_unharmed(&pool);
}

#[test]
fn our_locks_and_futures_work_in_destructors_that_run_during_a_panic() {
    let pool = pool(2, 1);

    struct Waits(Option<GreenFuture<u8>>, Progress);
    impl Drop for Waits {
        fn drop(&mut self) {
            assert_eq!(self.0.take().unwrap().result().unwrap(), 9);
            self.1.advance();
        }
    }
    let (waited, handle) = (Progress::new(), pool.handle());
    let progress = waited.clone();
    let future = pool
        .submit(move || {
            let child = handle.submit(|| {
                executor::sleep(ms(1)).unwrap();
                9
            });
            let _waits = Waits(Some(child.unwrap()), progress);
            panic!("the parent's");
        })
        .unwrap();
    assert_eq!(payload(future).message(), Some("the parent's"));
    assert_eq!(waited.get(), 1);
    assert_unharmed(&pool);
}

#[test]
fn a_park_inside_no_park_is_a_panic_of_the_job() {
    let pool = pool(1, 1);
    let future = pool.submit(|| executor::no_park(|| executor::sleep(ms(1)))).unwrap();
    assert!(payload(future).message().unwrap().contains("no_park"));
    assert!(pool.submit(|| executor::sleep(ms(1)).is_ok()).unwrap().result().unwrap());
}

#[test]
fn a_thousand_panics_of_all_kinds_cost_no_worker() {
    let mut random = Random::for_test("a_thousand_panics_of_all_kinds_cost_no_worker");
    let pool = pool(4, 2);
    let drops = Drops::new();
    for _ in 0..1000 {
        let (kind, token) = (random.within(0..5), drops.token());
        let job = move || {
            token.keep();
            let part = PanicsInDrop("of a part");
            match kind {
                0 => panic!("plain"),
                1 => panic_any(Arc::new(token)),
                2 => panic_any(part),
                3 => {
                    executor::yield_now();
                    drop(part);
                }
                // Thrown when the result is dropped, if not here.
                _ => std::mem::forget(part),
            }
        };
        let future = pool.submit(job).unwrap();
        if random.within(0..2) == 0 {
            future.wait().unwrap();
        }
        // If the job has ended, its result is this thread's to drop, and so is what that throws.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(future)));
    }
    eventually(|| pool.statistics().executed() == 1000);
    assert_unharmed(&pool);
    pool.shutdown(executor::Shutdown::wait()).unwrap();
    assert_eq!(drops.alive(), 0);
}
