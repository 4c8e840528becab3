//! Futures with several readers.

use std::future::Future as _;
use std::task::{Context, Wake, Waker};

use executor::{TaskOutcome, WaitError, wait_for_all};
use greenstd::sync::Arc;
use greenstd::thread;

use super::support::{Drops, Gate, Held, block_on, ms, pool};

#[test]
fn every_reader_of_a_shared_future_gets_the_result() {
    let (pool, other) = (pool(2, 1), pool(4, 2));
    let gate = Gate::new();
    let pass = gate.pass();
    let shared = pool
        .submit(move || {
            pass.wait();
            String::from("for all")
        })
        .unwrap()
        .shared();
    let plain: Vec<_> = (0..3)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || shared.result().unwrap())
        })
        .collect();
    let green: Vec<_> = (0..3)
        .map(|_| {
            let shared = shared.clone();
            other.submit(move || shared.result().unwrap()).unwrap()
        })
        .collect();
    assert_eq!(shared.result_timeout(ms(1)).unwrap_err(), WaitError::TimedOut);
    gate.open();
    for reader in plain {
        assert_eq!(reader.join().unwrap(), "for all");
    }
    for reader in green {
        assert_eq!(reader.result().unwrap(), "for all");
    }
    assert_eq!(shared.result().unwrap(), "for all", "and again");
    assert_eq!(shared.result_timeout(ms(0)).unwrap().unwrap(), "for all");
}

#[test]
fn every_reader_of_a_shared_future_gets_the_same_error() {
    let pool = pool(1, 1);
    let shared = pool.try_submit(|| Err::<u8, _>(String::from("broken"))).unwrap().shared();
    let errors: Vec<_> = (0..3)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || shared.result().unwrap_err()).join().unwrap()
        })
        .collect();
    assert!(errors.iter().all(|error| Arc::ptr_eq(error, &errors[0])));
    assert_eq!(errors[0].to_string(), "the job failed: broken");

    let shared = pool.submit(|| -> u8 { panic!("on purpose") }).unwrap().shared();
    assert!(shared.result().unwrap_err().is_panicked());
    assert!(shared.clone().result().unwrap_err().is_panicked());
}

#[test]
fn a_shared_future_stands_in_wait_sets_and_frees_its_result_with_the_last_clone() {
    let pool = pool(2, 1);
    let drops = Drops::new();
    let token = Arc::new(drops.token());
    let shared = pool.submit(move || token).unwrap().shared();
    let clones = vec![shared.clone(), shared.clone()];
    let waited = wait_for_all(&clones).unwrap();
    assert_eq!(waited.done.len(), 1, "clones are one task");
    assert_eq!(shared.handle().outcome(), Some(TaskOutcome::Succeeded));
    drop(shared.result().unwrap());
    assert_eq!(drops.alive(), 1);
    drop(shared);
    assert_eq!(drops.alive(), 1, "two clones are left");
    drop(clones);
    assert_eq!(drops.alive(), 0);
}

#[test]
fn a_job_runs_a_queued_shared_future_on_the_spot() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let sum = pool
        .submit(move || {
            let shared = handle.submit(|| 20).unwrap().shared();
            shared.result().unwrap() + shared.clone().result().unwrap() + 2
        })
        .unwrap();
    assert_eq!(sum.result().unwrap(), 42);
}

#[test]
fn a_shared_future_of_a_cancelled_job_says_so_to_all() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let shared = pool.submit(|| 1).unwrap().shared();
    assert!(shared.handle().cancel());
    assert!(shared.result().unwrap_err().is_cancelled());
    assert!(shared.clone().result().unwrap_err().is_cancelled());
    held.release();
}

#[test]
fn clones_of_a_shared_future_are_awaited_side_by_side() {
    let pool = pool(2, 1);
    let gate = Gate::new();
    let pass = gate.pass();
    let shared = pool.submit(move || pass.wait()).unwrap().shared();
    let mut readers = [shared.clone(), shared.clone()].map(Box::pin);
    let mut context = Context::from_waker(Waker::noop());
    for reader in &mut readers {
        assert!(reader.as_mut().poll(&mut context).is_pending());
    }
    gate.open();
    for reader in readers {
        block_on(reader).unwrap();
    }
    // By reference, and again after the end.
    block_on(async { (&shared).await }).unwrap();
    block_on(shared).unwrap();
}

#[test]
fn a_shared_future_that_is_dropped_forgets_its_waker() {
    let pool = pool(2, 1);
    let held = Held::workers(&pool, 2);
    let shared = pool.submit(|| 7).unwrap().shared();
    let alive = Arc::new(Notes);
    let waker = Waker::from(alive.clone());
    let mut reader = Box::pin(shared.clone());
    assert!(reader.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    assert_eq!(Arc::strong_count(&alive), 2, "the job has it");
    drop(reader);
    assert_eq!(Arc::strong_count(&alive), 1);
    held.release();
    assert_eq!(block_on(shared).unwrap(), 7);
}

#[test]
fn a_job_that_awaits_a_shared_future_of_a_full_executor_is_served() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let child = handle.submit(|| 7).unwrap().shared();
        executor::io::block_on(async { (&child).await })
    });
    assert_eq!(parent.unwrap().result().unwrap().unwrap().unwrap(), 7);
}

struct Notes;

impl Wake for Notes {
    fn wake(self: Arc<Self>) {}
}
