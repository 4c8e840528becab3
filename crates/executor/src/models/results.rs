//! Which thread ends a task, and which one sees its result.

use std::pin::pin;
use std::task::{Context, Poll};

use greenstd::atomic::unwatched::Counter;
use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread::{self, Parker};

use super::{Counted, Stage};
use crate::error::TaskError;

/// The claim: a worker that took the job from the backlog, a waiter that runs it on the spot and a
/// canceller. One of them ends it; the closure is called or dropped, once; nobody else touches the
/// task's cell (loom sees to that).
#[test]
fn a_job_is_claimed_by_one() {
    explore(2, || {
        let mut stage = Stage::new(2, None);
        let (called, dropped) = (Arc::new(Counter::default()), Arc::new(Counter::default()));
        let (calls, captured) = (called.clone(), Counted(dropped.clone()));
        let future = stage
            .handle
            .submit(move || {
                calls.add(1);
                drop(captured);
                7
            })
            .unwrap();
        let waiter = stage.carriers.pop().unwrap();
        let worker = stage.carriers.pop().unwrap();
        let job = future.handle().job().clone();
        let handle = future.handle();
        let waiting = thread::spawn(move || waiter.claim(&job));
        let working = thread::spawn(move || worker.work());
        let cancelled = handle.cancel();
        waiting.join().unwrap();
        working.join().unwrap();
        assert_eq!(called.get(), u64::from(!cancelled));
        assert_eq!(dropped.get(), 1);
        match future.result() {
            Ok(result) => assert!(result == 7 && !cancelled),
            Err(error) => assert!(cancelled && matches!(error, TaskError::Cancelled)),
        }
        let statistics = stage.handle.statistics();
        assert_eq!(statistics.executed(), u64::from(!cancelled));
        assert_eq!(statistics.cancelled(), u64::from(cancelled));
        assert_eq!(statistics.running(), 0);
        assert!(stage.pool.queue().is_quiet());
    });
}

/// Steps 2, 4 and 7, and the announcing of a waiter: nobody waits for ever, the result is whole, and it
/// is counted before it can be had.
#[test]
fn a_waiter_gets_the_result_and_finds_it_counted() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let future = stage.handle.submit(|| vec![1, 2, 3]).unwrap();
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        assert_eq!(future.result().unwrap(), [1, 2, 3]);
        assert_eq!(stage.handle.statistics().executed(), 1);
        working.join().unwrap();
    });
}

/// The same with two waiters, of whom one only waits. The job is run where it lies, so that the queue adds no steps.
#[test]
fn two_waiters_are_both_woken() {
    explore(2, || {
        let mut stage = Stage::new(1, None);
        let future = stage.handle.submit(|| 1).unwrap();
        let (other, job) = (future.handle(), future.handle().job().clone());
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.claim(&job));
        let waiting = thread::spawn(move || {
            other.wait().unwrap();
            assert!(other.is_done());
        });
        assert_eq!(future.result().unwrap(), 1);
        waiting.join().unwrap();
        working.join().unwrap();
    });
}

/// Step 3: with one place in all, whoever has the result can submit the next job.
#[test]
fn the_room_is_free_before_the_result_is_there() {
    explore(3, || {
        let mut stage = Stage::new(1, Some(1));
        let future = stage.handle.submit(|| 1).unwrap();
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        assert_eq!(future.result().unwrap(), 1);
        let next = stage.handle.submit(|| 2).expect("the first job has made room");
        working.join().unwrap();
        drop(next);
    });
}

/// The announcing of a waiter that does not look again by itself: a task that awaits the future.
#[test]
fn who_awaits_a_result_is_woken_for_it() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let mut future = pin!(stage.handle.submit(|| 1).unwrap());
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        let bed = Parker::new();
        let waker = bed.waker();
        let result = loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(result) => break result,
                Poll::Pending => bed.park(),
            }
        };
        assert_eq!(result.unwrap(), 1);
        working.join().unwrap();
    });
}

/// A canceller against a waiter: the waiter sees it at once, and nothing is run.
#[test]
fn a_waiter_sees_the_cancelling() {
    explore(3, || {
        let stage = Stage::new(1, None);
        let future = stage.handle.submit(|| 1).unwrap();
        let handle = future.handle();
        let canceller = thread::spawn(move || assert!(handle.cancel()));
        assert!(matches!(future.result(), Err(TaskError::Cancelled)));
        canceller.join().unwrap();
    });
}

/// Step 8: the future is dropped while the job ends. One of the two threads drops the result, once, and sees it
/// whole.
#[test]
fn a_result_that_nobody_wants_is_dropped_once() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let dropped = Arc::new(Counter::default());
        let result = Counted(dropped.clone());
        let future = stage.handle.submit(move || result).unwrap();
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        drop(future);
        working.join().unwrap();
        assert_eq!(dropped.get(), 1);
    });
}

/// The same with a callback, after which the room is given back: so nothing else orders what comes before the
/// publication, as the fence of the queue does otherwise.
#[test]
fn a_result_that_nobody_wants_is_dropped_once_after_the_callbacks() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let dropped = Arc::new(Counter::default());
        let result = Counted(dropped.clone());
        let future = stage.handle.submit(move || result).unwrap();
        future.add_done_callback(|_| {});
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        drop(future);
        working.join().unwrap();
        assert_eq!(dropped.get(), 1);
    });
}

/// Two readers of a shared future: one takes the result from the task, both have it. As above, the job is run where it
/// lies.
#[test]
fn two_readers_share_a_result() {
    explore(2, || {
        let mut stage = Stage::new(1, None);
        let future = stage.handle.submit(|| 1).unwrap();
        let job = future.handle().job().clone();
        let future = future.shared();
        let other = future.clone();
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.claim(&job));
        let reading = thread::spawn(move || assert_eq!(other.result().unwrap(), 1));
        assert_eq!(future.result().unwrap(), 1);
        reading.join().unwrap();
        working.join().unwrap();
    });
}

/// R1 to R3 of `job.rs`: the pair and a further reference are given up by two threads, the last one by whichever comes
/// last.
#[test]
fn a_task_is_freed_once_and_after_all_that_was_done_with_it() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        // A name is dropped with the task.
        let name: Arc<str> = Arc::from("job");
        let future = stage.handle.job().name(name.clone()).submit(|| 1).unwrap();
        let handle = future.handle();
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        // The worker drops the result, if the future goes first.
        drop(future);
        drop(handle);
        working.join().unwrap();
        assert_eq!(Arc::strong_count(&name), 1);
    });
}

/// P1 to P3 of `pair.rs`: the future goes while the backlog's entry, which is dead, goes. The later one frees the task,
/// and sees what the other did.
#[test]
fn the_pair_of_references_is_given_up_once() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let name: Arc<str> = Arc::from("job");
        let future = stage.handle.job().name(name.clone()).submit(|| 1).unwrap();
        assert!(future.cancel());
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        drop(future);
        working.join().unwrap();
        assert_eq!(Arc::strong_count(&name), 1);
    });
}
