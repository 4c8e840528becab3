//! Futures of jobs, awaited by the tasks of tokio.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use super::support::{Held, ms, pool};

/// A run time on the calling OS thread.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

#[test]
fn tasks_of_tokio_await_jobs_of_the_executor() {
    let pool = pool(50, 2);
    let sum = runtime().block_on(async {
        let mut tasks = JoinSet::new();
        for n in 0..500_u64 {
            let job = pool.submit(move || {
                executor::sleep(ms(n % 3)).unwrap();
                n
            });
            let job = job.unwrap();
            tasks.spawn(async move { job.await.unwrap() });
        }
        tasks.join_all().await.into_iter().sum::<u64>()
    });
    assert_eq!(sum, 124_750);
}

#[test]
fn other_tasks_go_on_while_one_awaits_a_job() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let job = pool.submit(|| "done").unwrap();
    runtime().block_on(async {
        let waiter = tokio::spawn(job);
        yield_now().await;
        assert!(!waiter.is_finished());
        // Were the OS thread of the run time blocked, this would never be reached.
        held.release();
        assert_eq!(waiter.await.unwrap().unwrap(), "done");
    });
}

#[test]
fn a_time_limit_of_tokio_gives_the_wait_up_and_not_the_job() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let mut job = pool.submit(|| 7).unwrap();
    runtime().block_on(async {
        assert!(timeout(Duration::from_millis(1), &mut job).await.is_err());
        held.release();
        assert_eq!(job.await.unwrap(), 7);
    });
}

#[test]
fn a_panic_of_a_job_is_an_error_in_async_code() {
    let pool = pool(1, 1);
    let job = pool.submit(|| panic!("on purpose")).unwrap();
    let error = runtime().block_on(job).map(drop).unwrap_err();
    assert!(error.is_panicked());
}
