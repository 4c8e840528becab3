//! Results: which threads get them, and which one runs the job for them.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use executor::{ExecutorHandle, GreenFuture};
use greenstd::atomic::unwatched::Counter;
use greenstd::model::explore;
use greenstd::sync::Mutex;
use greenstd::thread::{self, Parker};

use super::{Ledger, build, executor, shut_down};

#[test]
fn two_submitters_get_their_own_results() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let submitters: Vec<_> = (0..2)
            .map(|submitter| {
                let (handle, ledger) = (pool.handle(), ledger.clone());
                thread::spawn(move || {
                    let futures = [0, 1].map(|n| {
                        let job = ledger.job(move || 10 * submitter + n);
                        handle.submit(job).unwrap()
                    });
                    for (n, future) in (0..).zip(futures) {
                        assert_eq!(future.result().unwrap(), 10 * submitter + n);
                    }
                    // Each result was counted before it could be had.
                    assert!(handle.statistics().executed() >= 2);
                })
            })
            .collect();
        for submitter in submitters {
            submitter.join().unwrap();
        }
        ledger.settle(pool);
    });
}

#[test]
fn a_full_executor_runs_what_its_jobs_wait_for() {
    fn nest(handle: &ExecutorHandle, ledger: &Arc<Ledger>, depth: u32) -> u32 {
        if depth == 0 {
            return 1;
        }
        let children = [(); 2].map(|()| {
            let (inner, entries) = (handle.clone(), ledger.clone());
            handle.submit(ledger.job(move || nest(&inner, &entries, depth - 1))).unwrap()
        });
        children.into_iter().map(|child| child.result().unwrap()).sum()
    }
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let (handle, entries) = (pool.handle(), ledger.clone());
        let root = pool.submit(ledger.job(move || nest(&handle, &entries, 2))).unwrap();
        assert_eq!(root.result().unwrap(), 4);
        ledger.settle(pool);
    });
}

#[test]
fn a_waiter_with_little_stack_lends_its_slot() {
    /// Uses more than half of a stack of 64 KiB, then waits for a child that does the same.
    #[inline(never)]
    fn burrow(handle: &ExecutorHandle, ledger: &Arc<Ledger>, depth: u32) -> u32 {
        let fill = std::hint::black_box([1u8; 36 * 1024]);
        let child = (depth > 0).then(|| {
            let (inner, entries) = (handle.clone(), ledger.clone());
            handle.submit(ledger.job(move || burrow(&inner, &entries, depth - 1))).unwrap()
        });
        let below = child.map_or(0, |child| child.result().unwrap());
        below + u32::from(std::hint::black_box(&fill)[0])
    }
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let roots = [(); 2].map(|()| {
            let (handle, entries) = (pool.handle(), ledger.clone());
            pool.submit(ledger.job(move || burrow(&handle, &entries, 1))).unwrap()
        });
        for root in roots {
            assert_eq!(root.result().unwrap(), 2);
        }
        ledger.settle(pool);
    });
}

#[test]
fn two_waiters_of_one_executor_meet_at_one_job() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let child = pool.submit(ledger.job(|| 7)).unwrap().shared();
        let parents = [(); 2].map(|()| {
            let child = child.clone();
            pool.submit(ledger.job(move || child.result().unwrap())).unwrap()
        });
        for parent in parents {
            assert_eq!(parent.result().unwrap(), 7);
        }
        ledger.settle(pool);
    });
}

#[test]
fn the_result_of_a_dropped_future_is_dropped_once() {
    struct Counted(Arc<Counter>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.add(1);
        }
    }
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let drops = Arc::new(Counter::default());
        for _ in 0..2 {
            let result = Counted(drops.clone());
            drop(pool.submit(ledger.job(move || result)).unwrap());
        }
        ledger.settle(pool);
        assert_eq!(drops.get(), 2);
    });
}

#[test]
fn every_callback_is_called_once_in_order() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let called = Arc::new(Mutex::new(Vec::new()));
        let future = pool.submit(ledger.job(|| ())).unwrap();
        let handle = future.handle();
        let other = thread::spawn({
            let called = called.clone();
            move || handle.add_done_callback(move |_| called.lock().push(10))
        });
        for n in 0..2 {
            let called = called.clone();
            future.add_done_callback(move |task| {
                assert!(task.is_done());
                called.lock().push(n);
            });
        }
        other.join().unwrap();
        ledger.settle(pool);
        let mut called = called.lock().clone();
        let own: Vec<_> = called.iter().copied().filter(|&n| n < 10).collect();
        assert_eq!(own, [0, 1]);
        called.sort_unstable();
        assert_eq!(called, [0, 1, 10]);
    });
}

#[test]
fn a_future_can_be_awaited() {
    fn block_on<T: Send + 'static>(future: GreenFuture<T>) -> T {
        let parker = Parker::new();
        let waker = parker.waker();
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(result) => return result.unwrap(),
                Poll::Pending => parker.park(),
            }
        }
    }
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let (first, second) =
            (pool.submit(ledger.job(|| 1)).unwrap(), pool.submit(ledger.job(|| 2)).unwrap());
        let other = thread::spawn(move || block_on(second));
        assert_eq!(block_on(first), 1);
        assert_eq!(other.join().unwrap(), 2);
        ledger.settle(pool);
    });
}

#[test]
fn a_future_that_moves_between_tasks_wakes_the_last() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let mut future = Box::pin(pool.submit(ledger.job(|| 1)).unwrap());
        // Polled once by a task that then gives it away.
        let first = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if first.is_pending() {
            let parker = Parker::new();
            let waker = parker.waker();
            while future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                parker.park();
            }
        }
        ledger.settle(pool);
    });
}

#[test]
fn one_worker_runs_jobs_strictly_in_order() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = executor(1, 2).build().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        for n in 0..4 {
            let seen = seen.clone();
            let job = ledger.job(move || {
                let depth = Arc::strong_count(&seen);
                seen.lock().push(n);
                executor::yield_now();
                let mut seen = seen.lock();
                assert_eq!(seen.pop(), Some(n), "another job ran in between ({depth} left)");
                seen.push(n);
            });
            drop(pool.submit(job).unwrap());
        }
        shut_down(&pool);
        assert_eq!(*seen.lock(), [0, 1, 2, 3]);
        ledger.settle(pool);
    });
}
