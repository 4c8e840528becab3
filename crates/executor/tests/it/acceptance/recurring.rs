//! Recurring work: a job that submits to its own executor, again and again, until it is told to stop.

use executor::{
    ExecutorHandle, GreenFuture, Refusal, Shutdown, is_cancelled, reject_when_reached, sleep,
};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;

use super::support::{Drops, Progress, ms, pool, watched};

/// Why the recurring work ended, and how many of its jobs were accepted.
type Ended = (Option<Refusal>, usize);

/// Submits a job every now and then until `stop`, a refusal, or its cancellation.
fn recur(
    pool: &ExecutorHandle,
    stop: &Arc<AtomicBool>,
    (ran, drops): (&Progress, &Drops),
) -> GreenFuture<Ended> {
    let (handle, stop, ran, drops) = (pool.clone(), stop.clone(), ran.clone(), drops.clone());
    let worker = pool.job().name("recurring").submit(move || {
        let mut accepted = 0;
        while !stop.load(Ordering::SeqCst) && !is_cancelled() {
            let (ran, token) = (ran.clone(), drops.token());
            match handle.submit(move || drop((ran.advance(), token))) {
                Ok(future) => drop(future),
                Err(refused) => return (Some(refused.reason()), accepted),
            }
            accepted += 1;
            // Interrupted, it sees its cancellation above.
            let _ = sleep(ms(1));
        }
        (None, accepted)
    });
    worker.unwrap()
}

#[test]
fn recurring_work_on_its_own_executor_ends_when_told() {
    for (workers, carriers) in [(2, 1), (3, 2)] {
        let (pool, drops) = (pool(workers, carriers), Drops::new());
        let (stop, ran) = (Arc::new(AtomicBool::new(false)), Progress::new());
        let worker = recur(&pool, &stop, (&ran, &drops));
        ran.wait_until(20);
        assert!(worker.is_running());
        stop.store(true, Ordering::SeqCst);
        let (why, accepted) = worker.result().unwrap();
        assert_eq!(why, None);
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!((ran.get(), drops.alive()), (accepted, 0));
        assert_eq!(pool.statistics().executed(), accepted as u64 + 1);
    }
}

#[test]
fn recurring_work_on_its_own_executor_ends_with_the_executor() {
    let ways = [Shutdown::wait(), Shutdown::wait().cancel_pending()];
    for (carriers, how) in [1, 2].into_iter().flat_map(|carriers| ways.map(|how| (carriers, how))) {
        let (pool, drops) = (pool(2, carriers), Drops::new());
        let (stop, ran) = (Arc::new(AtomicBool::new(false)), Progress::new());
        let worker = recur(&pool, &stop, (&ran, &drops));
        ran.wait_until(5);
        pool.shutdown(how).unwrap();
        let (why, accepted) = worker.result().unwrap();
        assert_eq!(why, Some(Refusal::Shutdown));
        assert!(ran.get() <= accepted && drops.alive() == 0);
        let statistics = pool.statistics();
        assert_eq!(statistics.executed() + statistics.cancelled(), accepted as u64 + 1);
    }
}

#[test]
fn recurring_work_on_its_own_executor_can_be_cancelled() {
    let (pool, drops) = (pool(1, 1), Drops::new());
    let (stop, ran) = (Arc::new(AtomicBool::new(false)), Progress::new());
    // The only worker: what it submits runs when it is over.
    let worker = recur(&pool, &stop, (&ran, &drops));
    super::support::eventually(|| pool.queue_size() >= 5);
    assert!(!worker.cancel(), "it runs, and is asked to stop");
    let (why, accepted) = worker.result().unwrap();
    assert_eq!(why, None);
    ran.wait_until(accepted);
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!((ran.get(), drops.alive()), (accepted, 0));
}

#[test]
fn recurring_work_meets_the_backlog_limit_of_its_own_executor() {
    let builder = executor::GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let (pool, drops) = (watched(builder.check_and_reject(reject_when_reached(3))), Drops::new());
    let (stop, ran) = (Arc::new(AtomicBool::new(false)), Progress::new());
    let worker = recur(&pool, &stop, (&ran, &drops));
    assert_eq!(worker.result().unwrap(), (Some(Refusal::Rejected), 3));
    ran.wait_until(3);
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!((ran.get(), drops.alive()), (3, 0));
}
