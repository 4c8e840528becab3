//! Waiting for several jobs at once, of one executor or of many.

use std::time::Duration;

use executor::{
    GreenFuture, TaskHandle, Waitable, wait_for_all, wait_for_all_timeout, wait_for_any,
    wait_for_any_timeout, wait_for_first_failure, wait_for_first_failure_timeout,
};
use greenstd::thread;

use super::support::{Gate, Held, by_build, ms, pool};

fn ids<W: Waitable>(waitables: &[W]) -> Vec<u64> {
    waitables.iter().map(|waitable| waitable.task().id()).collect()
}

/// A job that waits at a gate of its own.
fn gated(pool: &executor::ExecutorHandle) -> (Gate, GreenFuture<()>) {
    let gate = Gate::new();
    let pass = gate.pass();
    (gate, pool.submit(move || pass.wait()).unwrap())
}

#[test]
fn waiting_for_any_in_a_loop_sees_them_all() {
    let pool = pool(4, 2);
    let mut left: Vec<_> = (0..10)
        .map(|n| {
            let job = move || executor::sleep(ms(10 - n)).unwrap();
            pool.submit(job).unwrap()
        })
        .collect();
    let mut seen = 0;
    while !left.is_empty() {
        let waited = wait_for_any(left).unwrap();
        assert!(!waited.done.is_empty() && waited.done.iter().all(GreenFuture::is_done));
        seen += waited.done.len();
        left = waited.not_done;
    }
    assert_eq!(seen, 10);
}

#[test]
fn waiting_for_any_ends_with_the_first_and_gives_only_what_is_done() {
    let pool = pool(3, 1);
    let jobs: Vec<_> = (0..3).map(|_| gated(&pool)).collect();
    let futures: Vec<_> = jobs.iter().map(|(_, future)| future).collect();
    jobs[1].0.open();
    let waited = wait_for_any(futures.iter().copied()).unwrap();
    assert_eq!(ids(&waited.done), [futures[1].handle().id()]);
    assert_eq!(ids(&waited.not_done), [futures[0].handle().id(), futures[2].handle().id()]);
}

#[test]
fn what_is_done_already_is_given_at_once_and_all_of_it() {
    let pool = pool(3, 1);
    let held = Held::workers(&pool, 2);
    let (done, also_done) = (pool.submit(|| ()).unwrap(), pool.submit(|| panic!("done")).unwrap());
    done.wait().unwrap();
    also_done.wait().unwrap();
    let third = Held::workers(&pool, 1);
    let pending = pool.submit(|| ()).unwrap();
    let cancelled = pool.submit(|| ()).unwrap();
    cancelled.cancel();
    let set = [pending.handle(), done.handle(), also_done.handle(), cancelled.handle()];
    for waited in [wait_for_any(&set).unwrap(), wait_for_first_failure(&set).unwrap()] {
        assert_eq!(waited.done, [&set[1], &set[2], &set[3]]);
        assert_eq!(waited.not_done, [&set[0]]);
    }
    third.release();
    held.release();
}

#[test]
fn waiting_for_all_gives_all() {
    let pool = pool(4, 2);
    let futures: Vec<_> = (0..10)
        .map(|n| {
            pool.submit(move || {
                executor::sleep(ms(n % 4)).unwrap();
                assert!(n % 5 != 0, "failures do not end the wait");
                n
            })
            .unwrap()
        })
        .collect();
    let waited = wait_for_all(futures).unwrap();
    assert!(waited.not_done.is_empty());
    let results: Vec<_> = waited.done.into_iter().map(|future| future.result().ok()).collect();
    let expected: Vec<_> = (0..10).map(|n| (n % 5 != 0).then_some(n)).collect();
    assert_eq!(results, expected, "in the order of the set");
}

#[test]
fn when_the_time_is_over_both_parts_are_given() {
    let pool = pool(3, 1);
    let (gate, first) = gated(&pool);
    let (_second_gate, second) = gated(&pool);
    gate.open();
    wait_for_all([&first]).unwrap();
    let waited = wait_for_all_timeout([&first, &second], ms(20)).unwrap();
    assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
    let waited = wait_for_any_timeout([&second], Duration::ZERO).unwrap();
    assert_eq!((waited.done.len(), waited.not_done.len()), (0, 1));
    let waited = wait_for_first_failure_timeout([&first, &second], ms(1)).unwrap();
    assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
}

#[test]
fn an_empty_set_is_not_waited_for() {
    let none: [TaskHandle; 0] = [];
    for waited in [
        wait_for_any(&none).unwrap(),
        wait_for_all(&none).unwrap(),
        wait_for_first_failure(&none).unwrap(),
    ] {
        assert!(waited.done.is_empty() && waited.not_done.is_empty());
    }
}

#[test]
fn a_job_stands_in_a_set_once() {
    let pool = pool(1, 1);
    let future = pool.submit(|| ()).unwrap();
    let handle = future.handle();
    let twice = [&handle, &handle, &handle.clone()];
    assert_eq!(wait_for_all(twice).unwrap().done.len(), 1);
    assert_eq!(wait_for_any(twice).unwrap().done.len(), 1);
    assert_eq!(wait_for_first_failure([handle.clone(), future.handle()]).unwrap().done.len(), 1);
}

#[test]
fn the_first_failure_ends_the_wait() {
    let pool = pool(4, 2);
    let (bad_gate, good_gate, slow_gate) = (Gate::new(), Gate::new(), Gate::new());
    let (bad, good, slow) = (bad_gate.pass(), good_gate.pass(), slow_gate.pass());
    let bad = pool.try_submit(move || {
        bad.wait();
        Err::<(), _>("no")
    });
    let (bad, good) = (bad.unwrap().handle(), pool.submit(move || good.wait()).unwrap().handle());
    let slow = pool.submit(move || slow.wait()).unwrap().handle();
    let set = [slow.clone(), good.clone(), bad.clone()];
    // A success does not end it.
    good_gate.open();
    good.wait().unwrap();
    let waited = wait_for_first_failure_timeout(&set, ms(1)).unwrap();
    assert_eq!(waited.done, [&good]);
    let waiter = thread::spawn(move || {
        let waited = wait_for_first_failure(set).unwrap();
        (waited.done, waited.not_done)
    });
    bad_gate.open();
    assert_eq!(waiter.join().unwrap(), (vec![good, bad], vec![slow]));
}

#[test]
fn a_panic_is_a_failure_and_a_cancelled_job_is_none() {
    let pool = pool(1, 1);
    let (gate, first) = gated(&pool);
    let cancelled = pool.submit(|| ()).unwrap();
    let panics = pool.submit(|| panic!("on purpose")).unwrap();
    let last = pool.submit(|| ()).unwrap();
    let set = [first.handle(), cancelled.handle(), panics.handle(), last.handle()];
    assert!(cancelled.cancel());
    let waited = wait_for_first_failure_timeout(&set, ms(1)).unwrap();
    assert_eq!(waited.done, [&set[1]], "it has ended, and the wait went on");
    gate.open();
    let waited = wait_for_first_failure(&set).unwrap();
    assert!(waited.done.contains(&&set[2]));
    // With no failure at all, the wait is one for all.
    let waited = wait_for_first_failure([&set[0], &set[1], &set[3]]).unwrap();
    assert_eq!(waited.done.len(), 3);
}

#[test]
fn jobs_of_two_executors_and_three_carriers_stand_in_one_set() {
    let (one, two) = (pool(3, 1), pool(3, 2));
    let (first_gate, second_gate) = (Gate::new(), Gate::new());
    let mut set = Vec::new();
    for _ in 0..3 {
        let (first, second) = (first_gate.pass(), second_gate.pass());
        set.push(one.submit(move || first.wait()).unwrap().handle());
        set.push(two.submit(move || second.wait()).unwrap().handle());
    }
    // Waiters of all kinds: plain, on either executor, on a third.
    let third = pool(6, 1);
    let any = |set: Vec<TaskHandle>| wait_for_any(set).unwrap().done.len();
    let all = |set: Vec<TaskHandle>| wait_for_all(set).unwrap().done.len();
    let failure = |set: Vec<TaskHandle>| wait_for_first_failure(set).unwrap().done.len();
    let plain: Vec<_> = [any, all, failure]
        .into_iter()
        .map(|wait| {
            let set = set.clone();
            thread::spawn(move || wait(set))
        })
        .collect();
    let green: Vec<_> = [any, all, failure]
        .into_iter()
        .map(|wait| {
            let set = set.clone();
            third.submit(move || wait(set)).unwrap()
        })
        .collect();
    first_gate.open();
    let waited = wait_for_any(&set).unwrap().done;
    assert!(waited.iter().all(|task| task.submitted_at() == set[0].submitted_at()));
    second_gate.open();
    let counts: Vec<_> = plain.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(counts[0] >= 1 && counts[1..] == [6, 6], "{counts:?}");
    let counts: Vec<_> = green.into_iter().map(|future| future.result().unwrap()).collect();
    assert!(counts[0] >= 1 && counts[1..] == [6, 6], "{counts:?}");
}

#[test]
fn the_only_worker_waits_for_its_queued_children_in_every_way() {
    type Wait = fn(&[GreenFuture<u32>]) -> usize;
    let ways: [Wait; 5] = [
        |set| wait_for_all(set).unwrap().done.len(),
        |set| wait_for_all_timeout(set, ms(60_000)).unwrap().done.len(),
        |set| {
            let mut left: Vec<_> = set.iter().collect();
            while !left.is_empty() {
                left = wait_for_any(left).unwrap().not_done;
            }
            set.len()
        },
        |set| wait_for_first_failure_timeout(set, ms(60_000)).unwrap().done.len(),
        |set| executor::as_completed(set).map(Result::unwrap).count(),
    ];
    for (which, wait) in ways.into_iter().enumerate() {
        for (workers, carriers) in [(1, 1), (1, 2), (2, 2)] {
            let pool = pool(workers, carriers);
            let handle = pool.handle();
            let parent = pool.submit(move || {
                let children: Vec<_> = (0..5).map(|n| handle.submit(move || n).unwrap()).collect();
                wait(&children)
            });
            assert_eq!(parent.unwrap().result().unwrap(), 5, "way {which}, {workers} workers");
        }
    }
}

#[test]
fn the_only_worker_waits_for_a_child_of_its_own_and_a_job_elsewhere_that_wants_the_child() {
    type Wait = fn([TaskHandle; 2]);
    let ways: [Wait; 4] = [
        |set| drop(wait_for_any(set).unwrap()),
        |set| drop(wait_for_all(set).unwrap()),
        |set| drop(wait_for_first_failure(set).unwrap()),
        |set| executor::as_completed(set).for_each(|task| drop(task.unwrap())),
    ];
    for wait in ways {
        let (pool, other) = (pool(1, 1), pool(1, 1));
        let (handle, elsewhere) = (pool.handle(), other.handle());
        let parent = pool.submit(move || {
            let child = handle.submit(|| 1).unwrap().shared();
            let mine = child.handle().clone();
            let theirs = elsewhere.submit(move || child.result().unwrap()).unwrap();
            wait([theirs.handle(), mine]);
            theirs.result().unwrap()
        });
        assert_eq!(parent.unwrap().result().unwrap(), 1);
    }
}

#[test]
fn a_hundred_jobs_that_end_while_the_wait_begins() {
    let pool = pool(100, 2);
    for _ in 0..by_build(20, 300) {
        let gate = Gate::new();
        let futures: Vec<_> = (0..100)
            .map(|_| {
                let pass = gate.pass();
                pool.submit(move || pass.wait()).unwrap()
            })
            .collect();
        gate.open();
        let waited = wait_for_all(&futures).unwrap();
        assert!(waited.not_done.is_empty());
        assert_eq!(wait_for_any(&futures).unwrap().done.len(), 100);
    }
}

#[test]
fn sets_of_thousands_are_waited_for_by_turns() {
    // One waiter a round, as an engine does that reacts to each end.
    let pool = pool(50, 2);
    let held = Held::workers(&pool, 50);
    let mut left: Vec<_> =
        (0..by_build(300, 2000)).map(|n| pool.submit(move || n).unwrap()).collect();
    held.release();
    let mut sum = 0;
    let count = left.len() as u64;
    while !left.is_empty() {
        let waited = wait_for_any(left).unwrap();
        sum += waited.done.into_iter().map(|future| future.result().unwrap()).sum::<u64>();
        left = waited.not_done;
    }
    assert_eq!(sum, count * (count - 1) / 2);
}
