//! Futures of jobs, awaited in async code that some other run time drives.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};

use executor::{GreenFuture, TaskError, io, park, sleep, with_timeout};
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::Arc;
use greenstd::thread;

use super::support::{
    Drops, Gate, Held, Progress, block_on, by_build, eventually, join_all, ms, pool,
};

#[test]
fn async_code_awaits_a_result() {
    let pool = pool(2, 1);
    let sum = block_on(async {
        let first = pool.submit(|| {
            executor::sleep(ms(1)).unwrap();
            20
        });
        let second = pool.submit(|| 22).unwrap();
        first.unwrap().await.unwrap() + second.await.unwrap()
    });
    assert_eq!(sum, 42);
}

#[test]
fn async_code_meets_every_kind_of_end() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let cancelled = pool.submit(|| 1).unwrap();
    let failed = pool.try_submit(|| Err::<(), _>("no")).unwrap();
    let panicked = pool.submit(|| panic!("on purpose")).unwrap();
    assert!(cancelled.cancel());
    assert!(block_on(cancelled).unwrap_err().is_cancelled());
    held.release();
    assert_eq!(block_on(failed).unwrap_err().into_failure(), Some("no"));
    let error: TaskError = block_on(panicked).map(drop).unwrap_err();
    assert!(error.to_string().starts_with("the job panicked: on purpose ("));
}

#[test]
fn what_has_ended_is_ready_at_once() {
    let pool = pool(1, 1);
    let future = pool.submit(|| 7).unwrap();
    future.wait().unwrap();
    let (mut future, mut context) = (future, Context::from_waker(Waker::noop()));
    assert!(matches!(Pin::new(&mut future).poll(&mut context), Poll::Ready(Ok(7))));
}

#[test]
fn a_cancelling_wakes_the_task_that_awaits() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let future = pool.submit(|| ()).unwrap();
    let (handle, polled) = (future.handle(), Progress::new());
    let progress = polled.clone();
    let task = thread::spawn(move || {
        let mut future = future;
        block_on(std::future::poll_fn(|context| {
            let polled = Pin::new(&mut future).poll(context);
            progress.advance();
            polled
        }))
    });
    polled.wait_until(1);
    assert!(handle.cancel());
    assert!(task.join().unwrap().unwrap_err().is_cancelled());
    held.release();
}

#[test]
fn one_task_awaits_many_jobs_and_many_tasks_one_executor() {
    let pool = pool(20, 2);
    let tasks: Vec<_> = (0..4_u64)
        .map(|task| {
            let handle = pool.handle();
            thread::spawn(move || {
                let futures = (0..by_build(100, 1000)).map(|n| {
                    let job = move || {
                        if n % 3 == 0 {
                            executor::yield_now();
                        }
                        task * 10_000 + n
                    };
                    handle.submit(job).unwrap()
                });
                block_on(join_all(futures.collect::<Vec<_>>()))
            })
        })
        .collect();
    for (task, thread) in (0..).zip(tasks) {
        let results: Vec<u64> = thread.join().unwrap().into_iter().map(Result::unwrap).collect();
        let expected: Vec<_> = (0..by_build(100, 1000)).map(|n| task * 10_000 + n).collect();
        assert_eq!(results, expected);
    }
}

#[test]
fn green_and_plain_waiters_and_a_task_wait_side_by_side() {
    let (pool, other) = (pool(2, 1), pool(2, 1));
    let gate = Gate::new();
    let pass = gate.pass();
    let future = pool
        .submit(move || {
            pass.wait();
            5
        })
        .unwrap();
    let (first, second) = (future.handle(), future.handle());
    let plain = thread::spawn(move || first.wait().is_ok());
    let green = other.submit(move || second.wait().is_ok()).unwrap();
    let task = thread::spawn(move || block_on(future));
    gate.open();
    assert!(plain.join().unwrap() && green.result().unwrap());
    assert_eq!(task.join().unwrap().unwrap(), 5);
}

#[test]
fn a_job_drives_async_code_of_its_own() {
    /// On the calling green thread, without blocking its carrier.
    fn drive<F: Future + Unpin>(mut future: F) -> F::Output {
        let waker: Waker = greenctx::current().into();
        loop {
            match Pin::new(&mut future).poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => return output,
                Poll::Pending => executor::park().expect("nobody cancels us"),
            }
        }
    }
    let (pool, other) = (pool(2, 1), pool(1, 1));
    let handle = other.handle();
    let driver = pool.submit(move || {
        let futures: Vec<_> = (0..10).map(|n| handle.submit(move || n).unwrap()).collect();
        drive(join_all(futures)).into_iter().map(Result::unwrap).sum::<i32>()
    });
    // On the same carrier, meanwhile.
    assert_eq!(pool.submit(|| "beside").unwrap().result().unwrap(), "beside");
    assert_eq!(driver.unwrap().result().unwrap(), 45);
}

/// Counts how often it is woken.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls `future` once for the task behind `counter`.
fn poll_for(future: &mut GreenFuture<u8>, counter: &Arc<Counter>) -> bool {
    let waker = Waker::from(counter.clone());
    Pin::new(future).poll(&mut Context::from_waker(&waker)).is_ready()
}

#[test]
fn a_future_that_moves_to_another_task_wakes_that_one() {
    let pool = pool(1, 1);
    let gate = Gate::new();
    let pass = gate.pass();
    let mut future = pool
        .submit(move || {
            pass.wait();
            9
        })
        .unwrap();
    let (first, second) = (Arc::new(Counter::default()), Arc::new(Counter::default()));
    assert!(!poll_for(&mut future, &first) && !poll_for(&mut future, &first));
    assert!(!poll_for(&mut future, &second));
    gate.open();
    future.wait().unwrap();
    super::support::eventually(|| second.0.load(Ordering::SeqCst) > 0);
    assert!(poll_for(&mut future, &second));
}

#[test]
fn an_awaited_future_that_is_dropped_leaves_its_job_running_and_no_waker_behind() {
    let pool = pool(1, 1);
    let (gate, drops, counter) = (Gate::new(), Drops::new(), Arc::new(Counter::default()));
    let (pass, token) = (gate.pass(), drops.token());
    let mut future = pool
        .submit(move || {
            pass.wait();
            token.keep();
            1
        })
        .unwrap();
    let handle = future.handle();
    assert!(!poll_for(&mut future, &counter));
    drop(future);
    assert_eq!(drops.alive(), 1, "its job goes on");
    gate.open();
    handle.wait().unwrap();
    pool.shutdown(executor::Shutdown::wait()).unwrap();
    assert_eq!((drops.alive(), Arc::strong_count(&counter)), (0, 1));
}

#[test]
fn the_loser_of_a_race_can_be_awaited_later() {
    let pool = pool(2, 1);
    let gate = Gate::new();
    let pass = gate.pass();
    let mut slow = pool
        .submit(move || {
            pass.wait();
            "slow"
        })
        .unwrap();
    let mut fast = pool.submit(|| "fast").unwrap();
    let winner =
        block_on(std::future::poll_fn(|context| match Pin::new(&mut slow).poll(context) {
            Poll::Pending => Pin::new(&mut fast).poll(context),
            ready => ready,
        }));
    assert_eq!(winner.unwrap(), "fast");
    gate.open();
    assert_eq!(block_on(slow).unwrap(), "slow");
}

#[test]
fn a_result_that_was_taken_cannot_be_awaited() {
    let pool = pool(1, 1);
    let mut future = pool.submit(|| 3).unwrap();
    assert_eq!(block_on(&mut future).unwrap(), 3);
    let again = catch_unwind(AssertUnwindSafe(|| block_on(&mut future).map(drop)));
    assert!(again.is_err());
}

#[test]
fn a_waker_that_panics_harms_nobody() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in a waker");
        }
    }
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let mut future = pool.submit(|| 4).unwrap();
    let waker = Waker::from(Arc::new(Panics));
    assert!(Pin::new(&mut future).poll(&mut Context::from_waker(&waker)).is_pending());
    let handle = future.handle();
    let waiter = thread::spawn(move || handle.wait().is_ok());
    held.release();
    assert!(waiter.join().unwrap(), "the others are woken");
    assert_eq!(future.result().unwrap(), 4);
    assert_eq!(pool.submit(|| "unharmed").unwrap().result().unwrap(), "unharmed");
}

#[test]
fn a_future_remembers_the_last_waker_only_and_forgets_it_when_it_is_dropped() {
    struct Idle;
    impl Wake for Idle {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let mut job = pool.submit(|| ()).unwrap();
    let handle = job.handle();
    let tasks: Vec<_> = (0..100).map(|_| std::sync::Arc::new(Idle)).collect();
    let known = || tasks.iter().filter(|task| std::sync::Arc::strong_count(task) > 1).count();
    for task in &tasks {
        let waker = task.clone().into();
        assert!(Pin::new(&mut job).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(known(), 1);
    drop(job);
    assert_eq!(known(), 0);
    held.release();
    handle.wait().unwrap();
}

#[test]
fn a_job_awaits_its_own_queued_children_in_a_pool_of_one() {
    for (workers, carriers) in [(1, 1), (1, 2), (2, 1)] {
        let pool = pool(workers, carriers);
        let handle = pool.handle();
        let parent = pool.submit(move || {
            let one = io::block_on(handle.submit(|| 1).unwrap()).unwrap().unwrap();
            let inner = handle.clone();
            let nested = handle.submit(move || {
                let child = inner.submit(|| sleep(ms(1))).unwrap();
                io::block_on(child).unwrap().unwrap().unwrap();
                2
            });
            let many: Vec<_> = (0..10).map(|n| handle.submit(move || n).unwrap()).collect();
            let nested = io::block_on(async {
                let nested = nested.unwrap().await.unwrap();
                (nested, join_all(many).await)
            });
            (one, nested.unwrap())
        });
        let (one, (two, many)) = parent.unwrap().result().unwrap();
        let many: Vec<_> = many.into_iter().map(Result::unwrap).collect();
        assert_eq!((one, two, many), (1, 2, (0..10).collect()));
        assert!(pool.num_workers() <= workers);
    }
}

/// Ready at the second poll; wakes itself.
struct OnceMore(bool);

impl Future for OnceMore {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn who_awaits_a_child_and_something_else_goes_on_by_either() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let (mut first, second) = (handle.submit(park).unwrap(), handle.submit(|| 7).unwrap());
        let stop = first.handle();
        let own = greenctx::current();
        greenstd::thread::spawn(move || own.unpark()).join().unwrap();
        // Interrupted while the first one runs in its slot. On a busy machine the time may be over before that starts.
        while !stop.is_running() {
            let waited =
                with_timeout(ms(5), || io::block_on(async { (&mut first).await.map(drop) }));
            assert!(waited.unwrap_err().is_timed_out());
        }
        // It waits again, with the first still running, and for something that is not a job.
        io::block_on(OnceMore(false)).unwrap();
        stop.cancel();
        io::block_on(second).unwrap().unwrap()
    });
    assert_eq!(parent.unwrap().result().unwrap(), 7);
    eventually(|| pool.num_workers() <= 1);
}
