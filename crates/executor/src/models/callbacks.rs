//! Callbacks against the end.

use greenstd::atomic::unwatched::Counter;
use greenstd::model::explore;
use greenstd::sync::{Arc, StaticMutex};
use greenstd::thread;

use super::Stage;
use crate::future::task_handle::TaskHandle;

/// Step 5: one that is added before, during or after the end is called once, and sees the end.
#[test]
fn a_callback_is_called_once() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let future = stage.handle.submit(|| ()).unwrap();
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        let called = Arc::new(Counter::default());
        let calls = called.clone();
        future.add_done_callback(move |task| {
            assert!(task.is_done());
            calls.add(1);
        });
        working.join().unwrap();
        assert_eq!(called.get(), 1);
    });
}

/// The same with two, one of which is added by another thread; each adder's are called in the order of
/// their adding, whoever calls them.
#[test]
fn callbacks_are_called_in_order_by_whoever_calls() {
    explore(2, || {
        let mut stage = Stage::new(1, None);
        let future = stage.handle.submit(|| ()).unwrap();
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        let called = Arc::new(StaticMutex::new(Vec::new()));
        let other = future.handle();
        let adding = thread::spawn({
            let called = called.clone();
            move || other.add_done_callback(move |_| called.lock().push(10))
        });
        for n in 0..2 {
            let called = called.clone();
            future.add_done_callback(move |_| called.lock().push(n));
        }
        adding.join().unwrap();
        working.join().unwrap();
        let called = called.lock();
        let own: Vec<_> = called.iter().copied().filter(|&n| n < 10).collect();
        assert_eq!(own, [0, 1]);
        assert_eq!(called.len(), 3);
    });
}

/// Steps 5 and 8: a callback that consumes the result, which by then nobody else does.
#[test]
fn a_callback_may_take_the_result() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let future = stage.handle.submit(|| 5).unwrap();
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        let seen = Arc::new(Counter::default());
        let sum = seen.clone();
        future.on_done(move |result| {
            sum.add(result.unwrap());
        });
        working.join().unwrap();
        assert_eq!(seen.get(), 5);
    });
}

/// The protocol of `task/rare.rs`: a task has no list yet, and two threads come with a callback each.
#[test]
fn two_that_come_first_have_one_list() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        let future = stage.handle.submit(|| ()).unwrap();
        let called = Arc::new(Counter::default());
        let add_one = |task: &TaskHandle, called: &Arc<Counter>| {
            let calls = called.clone();
            task.add_done_callback(move |_| _ = calls.add(1));
        };
        let (other, calls) = (future.handle(), called.clone());
        let adding = thread::spawn(move || add_one(&other, &calls));
        add_one(&future.handle(), &called);
        adding.join().unwrap();
        stage.carriers.pop().unwrap().work();
        assert_eq!(called.get(), 2);
    });
}
