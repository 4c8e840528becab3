//! Jobs in the order in which they end.

use std::time::Duration;

use executor::{WaitError, as_completed};
use greenstd::thread;

use super::support::{Drops, Gate, Held, by_build, ms, pool};

#[test]
fn jobs_come_in_the_order_of_their_end() {
    let pool = pool(5, 1);
    let gates: Vec<_> = (0..5).map(|_| Gate::new()).collect();
    let futures: Vec<_> = gates
        .iter()
        .enumerate()
        .map(|(n, gate)| {
            let pass = gate.pass();
            pool.submit(move || {
                pass.wait();
                n
            })
            .unwrap()
        })
        .collect();
    let mut completed = as_completed(futures);
    assert_eq!(completed.left(), 5);
    for which in [3, 0, 4, 1, 2] {
        gates[which].open();
        assert_eq!(completed.next().unwrap().unwrap().result().unwrap(), which);
    }
    assert!(completed.next().is_none() && completed.next().is_none());
}

#[test]
fn those_that_have_ended_come_first_and_every_kind_of_end_counts() {
    let pool = pool(2, 1);
    let held = Held::workers(&pool, 1);
    let good = pool.submit(|| 1).unwrap();
    let bad = pool.submit(|| panic!("on purpose")).unwrap();
    bad.wait().unwrap();
    let second = Held::workers(&pool, 1);
    let (late, cancelled) = (pool.submit(|| 2).unwrap(), pool.submit(|| 3).unwrap());
    cancelled.cancel();
    let handles = [late.handle(), cancelled.handle(), bad.handle(), good.handle()];
    let mut completed = as_completed(&handles);
    let first: Vec<_> = completed.by_ref().take(3).map(|task| task.unwrap().id()).collect();
    assert!(!first.contains(&late.handle().id()));
    second.release();
    held.release();
    assert_eq!(completed.next().unwrap().unwrap(), &handles[0]);
}

#[test]
fn a_job_comes_once() {
    let pool = pool(1, 1);
    let future = pool.submit(|| ()).unwrap();
    let handles = [future.handle(), future.handle(), future.handle()];
    assert_eq!(as_completed(&handles).map(Result::unwrap).count(), 1);
}

#[test]
fn nothing_comes_of_nothing() {
    let none: [executor::TaskHandle; 0] = [];
    assert!(as_completed(none).timeout(Duration::ZERO).next().is_none());
}

#[test]
fn when_the_time_is_over_it_says_how_many_are_left_and_ends() {
    let pool = pool(2, 1);
    let held = Held::workers(&pool, 1);
    let done: Vec<_> = (0..2).map(|n| pool.submit(move || n).unwrap()).collect();
    done.iter().for_each(|future| future.wait().unwrap());
    let second = Held::workers(&pool, 1);
    let pending: Vec<_> = (2..4).map(|n| pool.submit(move || n).unwrap()).collect();
    let mut completed = as_completed(done.iter().chain(&pending)).timeout(ms(2));
    assert!(completed.next().unwrap().is_ok() && completed.next().unwrap().is_ok());
    let error = completed.next().unwrap().unwrap_err();
    assert_eq!((error.reason, error.left, error.of), (WaitError::TimedOut, 2, 4));
    assert!(error.to_string().starts_with("2 (of 4)"), "{error}");
    assert!(completed.next().is_none());
    drop(completed);
    second.release();
    held.release();
    // Its end has harmed nobody: they are done like all others.
    pending.into_iter().for_each(|future| assert!(future.result().is_ok()));
}

#[test]
fn nothing_is_kept_of_a_job_that_was_given() {
    let pool = pool(3, 1);
    let drops = Drops::new();
    let futures: Vec<_> = (0..3)
        .map(|_| {
            let token = drops.token();
            pool.submit(move || token).unwrap()
        })
        .collect();
    let mut completed = as_completed(futures);
    for left in [2, 1, 0] {
        drop(completed.next().unwrap().unwrap().result().unwrap());
        assert_eq!(drops.alive(), left);
    }
}

#[test]
fn dropping_it_detaches_its_futures() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let token = drops.token();
    let future = pool.submit(move || token).unwrap();
    let handle = future.handle();
    drop(as_completed([future]));
    assert!(!handle.is_done(), "it is not cancelled");
    held.release();
    handle.wait().unwrap();
    pool.shutdown(executor::Shutdown::wait()).unwrap();
    assert_eq!(drops.alive(), 0);
}

#[test]
fn jobs_of_several_executors_come_to_plain_threads_and_to_jobs() {
    let (one, two, third) = (pool(2, 1), pool(2, 2), pool(2, 1));
    let futures = |count: u64| -> Vec<_> {
        (0..count)
            .map(|n| {
                let pool = if n % 2 == 0 { &one } else { &two };
                let job = move || {
                    executor::sleep(ms(n % 3)).unwrap();
                    n
                };
                pool.submit(job).unwrap()
            })
            .collect()
    };
    let sum = |futures: Vec<executor::GreenFuture<u64>>| -> u64 {
        as_completed(futures).map(|future| future.unwrap().result().unwrap()).sum()
    };
    let (for_plain, for_green) = (futures(40), futures(40));
    let plain = thread::spawn(move || sum(for_plain));
    let green = third.submit(move || sum(for_green)).unwrap();
    assert_eq!((plain.join().unwrap(), green.result().unwrap()), (780, 780));
}

#[test]
fn ten_thousand_completions_are_no_matter() {
    let pool = pool(100, 2);
    let count = by_build(5000, 100_000);
    let futures: Vec<_> = (0..count).map(|n| pool.submit(move || n).unwrap()).collect();
    let sum: u64 = as_completed(futures).map(|future| future.unwrap().result().unwrap()).sum();
    assert_eq!(sum, count * (count - 1) / 2);
}
