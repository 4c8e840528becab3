//! A worker that waits for tasks of its own executor, and the threads that end them (`stall.rs`).

use greenctx::Waiting;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread;

use super::Stage;
use crate::waiting::stall::Blocked;
use crate::waiting::waiter::Waiter;

/// *blocked-enter* to *blocked-count* against *blocked-woken* and *blocked-take-off*. The only worker waits. It is
/// off the count as soon as its wait is over, whether it has come to run or not. (The end is published by a relaxed
/// store, so that the protocol alone orders anything.)
#[test]
fn nobody_is_counted_whose_wait_is_over() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let part = stage.carriers.remove(0);
        assert!(part.jobs.start_worker());
        let pool = stage.pool;
        let ended = Arc::new(AtomicBool::new(false));
        let waiter = Waiter::counted(Blocked::new(pool.clone()));
        let waker = waiter.waker().clone();
        let ending = thread::spawn({
            let (pool, ended) = (pool.clone(), ended.clone());
            move || {
                ended.store(true, Ordering::Relaxed);
                waker.wake();
                assert!(!pool.queue().all_workers_waiting(), "it waits no more");
            }
        });
        waiter
            .wait(Waiting::on("job"), None, || ended.load(Ordering::Relaxed).then_some(()))
            .unwrap();
        ending.join().unwrap();
        drop(waiter);
        assert!(!pool.queue().all_workers_waiting());
    });
}

/// The same if it is woken for nothing before: it may be counted again, and is off in the end.
#[test]
fn who_is_woken_for_nothing_is_off_the_count_in_the_end() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let part = stage.carriers.remove(0);
        assert!(part.jobs.start_worker());
        let pool = stage.pool;
        let ended = Arc::new(AtomicBool::new(false));
        let waiter = Waiter::counted(Blocked::new(pool.clone()));
        let wakers = [waiter.waker().clone(), waiter.waker().clone()];
        let [for_nothing, for_the_end] = wakers;
        let other = thread::spawn(move || for_nothing.wake());
        let ending = thread::spawn({
            let ended = ended.clone();
            move || {
                ended.store(true, Ordering::Relaxed);
                for_the_end.wake();
            }
        });
        waiter
            .wait(Waiting::on("job"), None, || ended.load(Ordering::Relaxed).then_some(()))
            .unwrap();
        ending.join().unwrap();
        other.join().unwrap();
        drop(waiter);
        assert!(!pool.queue().all_workers_waiting());
    });
}
