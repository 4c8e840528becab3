//! Deadlines of scopes around what waits for jobs, and in jobs.

use std::num::NonZeroUsize;
use std::time::Duration;

use executor::{
    ExecutorHandle, Refusal, Shutdown, TaskError, WaitError, as_completed, park,
    reject_when_reached, sleep, wait_for_all, with_timeout,
};
use greenctx::current_deadline;

use super::support::{Gate, Held, ms, pool, watched};
use executor::GreenThreadPoolExecutor;

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_wait_for_a_job_ends_at_the_deadline_and_the_job_goes_on() {
    let pool = pool(4, 2);
    let held = Held::workers(&pool, 1);
    let gate = Gate::new();
    let pass = gate.pass();
    let mut slow = pool.submit(move || pass.wait()).unwrap();
    assert_eq!(with_timeout(ms(1), || slow.wait()), Err(WaitError::TimedOut));
    let waited = with_timeout(ms(1), || slow.result_timeout(LONG));
    assert!(matches!(waited, Err(WaitError::TimedOut)));
    gate.open();
    slow.result().unwrap();
    held.release();
}

#[test]
fn a_result_is_not_there_in_time_but_one_that_is_there_is_taken() {
    let pool = pool(4, 2);
    let (late, done) = (pool.submit(park).unwrap(), pool.submit(|| 7).unwrap());
    let handle = late.handle();
    done.wait().unwrap();
    with_timeout(Duration::ZERO, || {
        assert!(matches!(late.result(), Err(TaskError::Interrupted)));
        assert_eq!(done.result().unwrap(), 7);
    });
    handle.cancel();
}

#[test]
fn jobs_have_the_deadline_too_and_their_children_have_not() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let child = handle.submit(current_deadline).unwrap();
        // Run on the spot, on this very stack.
        let of_the_child = with_timeout(LONG, || child.result()).unwrap();
        (of_the_child, with_timeout(ms(1), park).is_err_and(|error| error.is_timed_out()))
    });
    assert_eq!(parent.unwrap().result().unwrap(), (None, true));
}

#[test]
fn a_wait_set_ends_at_the_deadline() {
    let pool = pool(4, 2);
    let held = Held::workers(&pool, 2);
    let jobs = [pool.submit(park).unwrap()];
    let waited = with_timeout(ms(1), || wait_for_all(&jobs));
    assert!(waited.is_err() || waited.is_ok_and(|sets| sets.not_done.len() == 1));
    jobs[0].cancel();
    held.release();
}

#[test]
fn a_wait_for_room_ends_at_the_deadline_and_gives_the_closure_back() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let pool = watched(builder.check_and_reject(reject_when_reached(0)));
    let held = Held::workers(&pool, 1);
    let refused = with_timeout(ms(1), || pool.submit_wait(|| 7)).unwrap_err();
    assert_eq!(refused.reason(), Refusal::TimedOut);
    assert_eq!(refused.into_inner()(), 7);
    held.release();
}

/// A job that waits until it is cancelled, and the parent's wait for it under a deadline.
#[test]
fn a_deadline_ends_the_wait_for_ones_own_queued_child() {
    for carriers in [1, 2] {
        for workers in [1, 10] {
            let pool = pool(workers, carriers);
            let handle = pool.handle();
            let parent = pool.submit(move || {
                // Never ends by itself: run on the waiter's stack, the wait would not either.
                let mut child = handle.submit(park).unwrap();
                assert_eq!(with_timeout(ms(5), || child.wait()), Err(WaitError::TimedOut));
                assert!(matches!(child.result_timeout(ms(1)), Err(WaitError::TimedOut)));
                let sets = with_timeout(ms(5), || wait_for_all([&child])).unwrap();
                assert_eq!(sets.not_done.len(), 1);
                child.cancel();
                assert!(child.result().is_ok_and(|parked| parked.unwrap_err().is_cancelled()));
            });
            parent.unwrap().result().unwrap();
        }
    }
}

#[test]
fn a_deadline_ends_every_kind_of_wait_for_ones_own_queued_children() {
    const MANY: NonZeroUsize = NonZeroUsize::MIN;
    let waits: [fn(&ExecutorHandle); 7] = [
        |pool| drop(pool.submit(park).unwrap().result()),
        |pool| drop(as_completed([pool.submit(park).unwrap()]).next()),
        |pool| drop(pool.submit(|| park().is_ok()).unwrap().shared().result()),
        |pool| drop(executor::io::block_on(pool.submit(park).unwrap())),
        |pool| drop(pool.map(0..2, |_| park()).unwrap().next()),
        |pool| drop(pool.map_buffered(MANY, 0..2, |_| park()).next()),
        |pool| {
            let group = pool.group();
            group.submit(|| park().is_ok()).unwrap();
            drop(group.finish());
        },
    ];
    for wait in waits {
        let pool = pool(1, 1);
        let handle = pool.handle();
        let parent = pool.submit(move || with_timeout(ms(5), || wait(&handle)));
        parent.unwrap().result().unwrap();
        pool.shutdown(Shutdown::wait().cancel_pending().cancel_running()).unwrap();
    }
}

#[test]
fn a_child_that_is_waited_for_with_a_limit_runs_in_its_parents_slot() {
    let pool = pool(2, 1);
    let held = Held::workers(&pool, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        // Every worker is taken, and one does not wait.
        let mut by_its_own = handle.submit(|| sleep(ms(1))).unwrap();
        by_its_own.result_timeout(LONG).unwrap().unwrap().unwrap();
        let of_the_scope = handle.submit(|| sleep(ms(1))).unwrap();
        with_timeout(LONG, || of_the_scope.result()).unwrap().unwrap();
        handle.num_workers()
    });
    assert_eq!(parent.unwrap().result().unwrap(), 2);
    held.release();
}

#[test]
fn who_goes_on_before_its_children_have_ended_starts_no_further_ones() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let children: Vec<_> = (0..100).map(|_| handle.submit(park).unwrap()).collect();
        for child in &children {
            let _ = child.wait_timeout(ms(1));
        }
        let workers = handle.num_workers();
        for child in &children {
            child.cancel();
        }
        workers
    });
    let workers = parent.unwrap().result().unwrap();
    assert!(workers <= 3, "{workers} workers, where there may be one");
}

#[test]
fn whoever_is_past_its_deadline_begins_no_child() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let child = handle.submit(|| ()).unwrap();
        assert_eq!(with_timeout(Duration::ZERO, || child.wait()), Err(WaitError::TimedOut));
        assert!(child.cancel(), "it has not started");
    });
    parent.unwrap().result().unwrap();
}
