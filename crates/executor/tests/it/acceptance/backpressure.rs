//! Waiting for room instead of being refused.

use std::time::Duration;

use executor::{
    ExecutorHandle, GreenThreadPoolExecutor, Load, Refusal, Shutdown, Verdict, reject_when_reached,
};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::support::{Drops, Gate, Held, Progress, Watched, eventually, ms, pool, watched};

#[track_caller]
fn limited(max_workers: usize, carriers: usize, backlog: usize) -> Watched {
    watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(max_workers)
            .carriers(carriers)
            .check_and_reject(reject_when_reached(backlog)),
    )
}

#[test]
fn plain_threads_wait_for_room_and_all_get_it() {
    let pool = limited(1, 1, 1);
    let held = Held::workers(&pool, 1);
    let filler = pool.submit(|| ()).unwrap();
    let submitters: Vec<_> = (0..6)
        .map(|n| {
            let handle = pool.handle();
            thread::spawn(move || handle.submit_wait(move || n).unwrap().result().unwrap())
        })
        .collect();
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    held.release();
    let results: Vec<_> = submitters.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(results, [0, 1, 2, 3, 4, 5]);
    filler.result().unwrap();
    assert_eq!(pool.statistics().rejected(), 1, "whoever waits is not refused");
}

#[test]
fn jobs_of_another_executor_wait_for_room() {
    let (pool, other) = (limited(1, 1, 0), pool(8, 2));
    let held = Held::workers(&pool, 1);
    let futures: Vec<_> = (0..8)
        .map(|n| {
            let handle = pool.handle();
            other.submit(move || handle.submit_wait(move || n).unwrap().result().unwrap()).unwrap()
        })
        .collect();
    eventually(|| other.statistics().parked() == 8);
    held.release();
    let results: Vec<_> = futures.into_iter().map(|future| future.result().unwrap()).collect();
    assert_eq!(results, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn who_waits_in_vain_gets_the_closure_back_in_time() {
    let pool = limited(1, 1, 0);
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let token = drops.token();
    let refused = pool.job().wait_timeout(ms(2)).submit(move || token).unwrap_err();
    assert_eq!(refused.reason(), Refusal::TimedOut);
    assert_eq!(drops.alive(), 1);
    drop(refused.into_inner()());
    let refused = pool.job().wait_timeout(ms(2)).fallible().submit(|| Err::<(), _>(7)).unwrap_err();
    assert_eq!((refused.reason(), refused.into_inner()()), (Refusal::TimedOut, Err(7)));
    assert_eq!(
        pool.job().wait_timeout(Duration::ZERO).submit(|| ()).unwrap_err().reason(),
        Refusal::TimedOut
    );
    held.release();
    assert_eq!(pool.job().wait_timeout(ms(2)).submit(|| 1).unwrap().result().unwrap(), 1);
    let future = pool.job().wait().fallible().submit(|| Ok::<_, ()>(2)).unwrap();
    assert_eq!(future.result().unwrap(), 2);
}

#[test]
fn a_wait_that_timed_out_harms_neither_executor() {
    let (full, pool) = (limited(1, 1, 0), limited(2, 1, 2));
    let held = Held::workers(&full, 1);
    let handle = full.handle();
    let refused =
        pool.submit(move || handle.job().wait_timeout(ms(1)).submit(|| ()).unwrap_err().reason());
    assert_eq!(refused.unwrap().result().unwrap(), Refusal::TimedOut);
    // Both have all their slots and places.
    held.release();
    Held::workers(&full, 1).release();
    let held = Held::workers(&pool, 2);
    let waiting = [pool.submit(|| ()).unwrap(), pool.submit(|| ()).unwrap()];
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    held.release();
    waiting.into_iter().for_each(|future| future.result().unwrap());
}

#[test]
fn room_comes_by_cancelling_by_resizing_and_by_the_end_of_a_job() {
    let pool = limited(1, 1, 1);
    let held = Held::workers(&pool, 1);
    let queued = pool.submit(|| ()).unwrap();
    let wait = |pool: &ExecutorHandle| {
        let (handle, entered) = (pool.clone(), Progress::new());
        let progress = entered.clone();
        let thread = thread::spawn(move || {
            progress.advance();
            handle.submit_wait(|| ()).unwrap()
        });
        entered.wait_until(1);
        thread
    };
    let waiter = wait(&pool);
    assert!(queued.cancel());
    let second = waiter.join().unwrap();
    let waiter = wait(&pool);
    pool.resize(2).unwrap();
    let third = waiter.join().unwrap();
    // With a second worker the two end by themselves.
    second.result().unwrap();
    third.result().unwrap();
    pool.resize(1).unwrap();
    let filler = pool.submit(|| ()).unwrap();
    let waiter = wait(&pool);
    held.release();
    waiter.join().unwrap().result().unwrap();
    filler.result().unwrap();
}

#[test]
fn with_a_hook_of_ones_own_too() {
    let closed = Arc::new(AtomicBool::new(false));
    let flag = closed.clone();
    let hook = move |load: &Load| {
        let refuse = flag.load(Ordering::SeqCst) || load.queued > 0;
        if refuse { Verdict::Reject } else { Verdict::Accept }
    };
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let pool = watched(builder.check_and_reject(hook));
    let held = Held::workers(&pool, 1);
    let first = pool.submit(|| ()).unwrap();
    let handle = pool.handle();
    let waiter = thread::spawn(move || handle.submit_wait(|| "in").unwrap().result().unwrap());
    held.release();
    assert_eq!(waiter.join().unwrap(), "in");
    first.result().unwrap();
    closed.store(true, Ordering::SeqCst);
    assert_eq!(
        pool.job().wait_timeout(ms(2)).submit(|| ()).unwrap_err().reason(),
        Refusal::TimedOut
    );
}

#[test]
fn a_shutdown_ends_the_wait_and_gives_the_closure_back() {
    let pool = limited(1, 1, 0);
    let held = Held::workers(&pool, 1);
    let other = pool_of_waiters(&pool);
    pool.shutdown(Shutdown::no_wait()).unwrap();
    for waiter in other.1 {
        assert_eq!(waiter.join().unwrap(), (Refusal::Shutdown, "back"));
    }
    held.release();
}

type Waiters = Vec<greenstd::thread::JoinHandle<(Refusal, &'static str)>>;

/// A plain thread and a green one that wait for room in `pool`.
fn pool_of_waiters(pool: &Watched) -> (Watched, Waiters) {
    let other = super::support::pool(1, 1);
    let wait = |handle: ExecutorHandle| {
        let refused = handle.submit_wait(|| "back").unwrap_err();
        (refused.reason(), refused.into_inner()())
    };
    let (first, second, entered) = (pool.handle(), pool.handle(), Progress::new());
    let progress = entered.clone();
    let plain = thread::spawn(move || {
        progress.advance();
        wait(first)
    });
    let green = other.submit(move || wait(second)).unwrap();
    entered.wait_until(1);
    eventually(|| other.statistics().parked() == 1);
    let green = thread::spawn(move || green.result().unwrap());
    (other, vec![plain, green])
}

#[test]
fn a_cancelled_job_stops_waiting_for_room() {
    let (full, pool) = (limited(1, 1, 0), pool(2, 1));
    let held = Held::workers(&full, 1);
    let handle = full.handle();
    let waiter = pool
        .submit(move || {
            let refused = handle.submit_wait(|| "back").unwrap_err();
            (refused.reason(), refused.into_inner()())
        })
        .unwrap();
    eventually(|| pool.statistics().parked() == 1);
    waiter.cancel();
    assert_eq!(waiter.result().unwrap(), (Refusal::Interrupted, "back"));
    held.release();
}

#[test]
fn room_that_a_waiter_leaves_behind_goes_to_the_next() {
    let (full, pool) = (limited(1, 1, 0), pool(4, 1));
    let held = Held::workers(&full, 1);
    let (first, second) = (full.handle(), full.handle());
    let quitter = pool.submit(move || drop(first.submit_wait(|| ()))).unwrap();
    eventually(|| pool.statistics().parked() == 1);
    let stayer = pool.submit(move || second.submit_wait(|| 5).unwrap().result().unwrap()).unwrap();
    eventually(|| pool.statistics().parked() == 2);
    quitter.cancel();
    held.release();
    assert_eq!(stayer.result().unwrap(), 5);
    quitter.result().unwrap();
}

/// Every worker of `pool` fills the backlog and then waits for room. Returns why they were refused.
fn all_workers_wait(pool: &Watched, workers: usize, jobs_each: usize) -> Vec<Refusal> {
    let refusals = Arc::new(Mutex::new(Vec::new()));
    let (gate, ready) = (Gate::new(), Progress::new());
    let parents: Vec<_> = (0..workers)
        .map(|_| {
            let (handle, pass, ready) = (pool.handle(), gate.pass(), ready.clone());
            let refusals = refusals.clone();
            pool.submit(move || {
                ready.advance();
                pass.wait();
                for n in 0..jobs_each {
                    match handle.submit_wait(move || n) {
                        Ok(child) => drop(child),
                        Err(refused) => {
                            refusals.lock().push(refused.reason());
                            assert_eq!(refused.into_inner()(), n);
                        }
                    }
                }
            })
            .unwrap()
        })
        .collect();
    ready.wait_until(workers);
    gate.open();
    parents.into_iter().for_each(|parent| parent.result().unwrap());
    refusals.lock().clone()
}

#[test]
fn when_every_worker_waits_for_room_the_last_one_is_told() {
    for (workers, carriers, backlog) in [(1, 1, 1), (1, 1, 5), (3, 1, 2), (2, 2, 3), (4, 2, 1)] {
        let pool = limited(workers, carriers, backlog);
        let refusals = all_workers_wait(&pool, workers, backlog + 5);
        assert!(!refusals.is_empty(), "{workers} workers, {backlog} places");
        assert!(refusals.iter().all(|&reason| reason == Refusal::WouldDeadlock), "{refusals:?}");
        pool.shutdown(Shutdown::wait()).unwrap();
        let statistics = pool.statistics();
        assert_eq!(statistics.executed(), statistics.submitted());
    }
}

#[test]
fn also_with_a_backlog_of_none() {
    for (workers, carriers) in [(1, 1), (3, 2)] {
        let pool = limited(workers, carriers, 0);
        let refusals = all_workers_wait(&pool, workers, 3);
        assert!(!refusals.is_empty());
        assert!(refusals.iter().all(|&reason| reason == Refusal::WouldDeadlock), "{refusals:?}");
    }
}

#[test]
fn workers_that_wait_for_room_are_not_left_with_what_others_submit() {
    // A plain thread fills the backlog again as soon as there is room, while all workers wait.
    let pool = limited(2, 2, 1);
    let stop = Arc::new(AtomicBool::new(false));
    let (handle, flag) = (pool.handle(), stop.clone());
    let outsider = thread::spawn(move || {
        while !flag.load(Ordering::SeqCst) {
            drop(handle.submit(|| ()));
        }
    });
    let done = Progress::new();
    for _ in 0..super::support::by_build(300, 3000) {
        let (handle, progress) = (pool.handle(), done.clone());
        let parent = pool.submit_wait(move || {
            for _ in 0..3 {
                match handle.submit_wait(|| ()) {
                    Ok(child) => drop(child),
                    Err(refused) => assert_eq!(refused.reason(), Refusal::WouldDeadlock),
                }
            }
            progress.advance();
        });
        drop(parent.unwrap());
    }
    done.wait_until(super::support::by_build(300, 3000));
    stop.store(true, Ordering::SeqCst);
    outsider.join().unwrap();
}
