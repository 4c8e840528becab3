//! Jobs go in, results come out.

use executor::TaskState;
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::support::{Drops, Held, Progress, by_build, detach, eventually, ms, pool};

#[test]
fn a_job_gives_its_result_and_is_done() {
    let pool = pool(10, 2);
    let future = pool.submit(|| 2_u64.pow(8)).unwrap();
    future.wait().unwrap();
    assert!(future.is_done());
    assert_eq!(future.state(), TaskState::Done);
    assert_eq!(future.result().unwrap(), 256);
}

#[test]
fn a_job_may_submit_to_its_own_executor() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let child = pool.submit(move || handle.submit(|| "child").unwrap()).unwrap().result().unwrap();
    assert_eq!(child.result().unwrap(), "child");
}

#[test]
fn a_job_submitted_by_a_thread_that_has_exited_runs() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let handle = pool.handle();
    let futures = thread::spawn(move || {
        (0..20).map(|n| handle.submit(move || n).unwrap()).collect::<Vec<_>>()
    })
    .join()
    .unwrap();
    assert_eq!(pool.queue_size(), 20);
    held.release();
    for (n, future) in futures.into_iter().enumerate() {
        assert_eq!(future.result().unwrap(), n);
    }
}

#[test]
fn plain_threads_and_jobs_of_another_executor_wait_for_a_job() {
    let (pool, other) = (pool(4, 2), pool(4, 1));
    let held = Held::workers(&pool, 4);
    let plain: Vec<_> = (0..4)
        .map(|n| {
            let future = pool.submit(move || n).unwrap();
            thread::spawn(move || future.result().unwrap())
        })
        .collect();
    let green: Vec<_> = (4..8)
        .map(|n| {
            let future = pool.submit(move || n).unwrap();
            other.submit(move || future.result().unwrap()).unwrap()
        })
        .collect();
    held.release();
    let plain = plain.into_iter().map(|thread| thread.join().unwrap());
    let green = green.into_iter().map(|future| future.result().unwrap());
    assert_eq!(plain.chain(green).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn one_worker_runs_one_job_at_a_time_in_the_order_of_submission() {
    for carriers in [1, 2, 4] {
        let pool = pool(1, carriers);
        let order = Arc::new(Mutex::new(Vec::new()));
        for n in 0..300 {
            let order = order.clone();
            detach(&pool, move || {
                order.lock().push(("begins", n));
                if n % 10 == 0 {
                    executor::sleep(ms(1)).unwrap();
                } else {
                    executor::yield_now();
                }
                order.lock().push(("ends", n));
            });
        }
        drop(pool);
        let expected: Vec<_> = (0..300).flat_map(|n| [("begins", n), ("ends", n)]).collect();
        assert_eq!(*order.lock(), expected, "on {carriers} carriers");
    }
}

#[test]
fn jobs_of_one_submitter_start_in_order_on_one_carrier() {
    let pool = pool(50, 1);
    let order = Arc::new(Mutex::new(Vec::new()));
    for n in 0..1000 {
        let order = order.clone();
        detach(&pool, move || {
            order.lock().push(n);
            executor::yield_now();
        });
    }
    drop(pool);
    assert_eq!(*order.lock(), (0..1000).collect::<Vec<_>>());
}

#[test]
fn never_more_than_max_workers_run_at_once() {
    for carriers in [1, 2, 3] {
        let pool = pool(3, carriers);
        let running = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        for n in 0..200 {
            let (running, most) = (running.clone(), most.clone());
            detach(&pool, move || {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                if n % 3 == 0 {
                    executor::yield_now();
                } else {
                    executor::sleep(ms(1)).unwrap();
                }
                running.fetch_sub(1, Ordering::SeqCst);
            });
        }
        drop(pool);
        assert_eq!(most.load(Ordering::SeqCst), 3, "on {carriers} carriers");
    }
}

#[test]
fn jobs_one_after_the_other_use_one_worker_and_one_stack() {
    let pool = pool(10, 1);
    let stacks: Vec<usize> = (0..20)
        .map(|_| {
            let here = pool.submit(|| {
                let local = 0_u8;
                &raw const local as usize
            });
            here.unwrap().result().unwrap()
        })
        .collect();
    assert!(pool.num_workers() <= 1);
    let spread = stacks.iter().max().unwrap() - stacks.iter().min().unwrap();
    assert!(spread < 128 * 1024, "twenty jobs ran on several stacks: {stacks:x?}");
}

#[test]
fn workers_come_with_the_jobs_and_go_with_them() {
    let pool = pool(10, 2);
    assert_eq!(pool.num_workers(), 0);
    let held = Held::workers(&pool, 10);
    assert_eq!(pool.num_workers(), 10);
    held.release();
    eventually(|| pool.num_workers() == 0);
}

#[test]
fn what_a_job_holds_is_freed_when_it_has_run() {
    let pool = pool(2, 1);
    let drops = Drops::new();
    let (captured, returned) = (drops.token(), drops.clone());
    let future = pool
        .submit(move || {
            captured.keep();
            returned.token()
        })
        .unwrap();
    future.wait().unwrap();
    assert_eq!((drops.made(), drops.alive()), (2, 1), "the result alone is left");
    drop(future.result().unwrap());
    assert_eq!(drops.alive(), 0);
}

#[test]
fn the_result_of_a_job_whose_future_is_gone_is_dropped() {
    let pool = pool(2, 1);
    let drops = Drops::new();
    // Once while the job waits, once after it has ended.
    let (held, token) = (Held::workers(&pool, 2), drops.token());
    drop(pool.submit(move || token).unwrap());
    held.release();
    let token = drops.token();
    let future = pool.submit(move || token).unwrap();
    future.wait().unwrap();
    drop(future);
    eventually(|| drops.alive() == 0);
}

#[test]
fn waves_of_jobs_lose_none() {
    let pool = pool(100, 2);
    let done = Progress::new();
    let waves = by_build(20, 100);
    for wave in 1..=waves {
        for n in 0..500 {
            let done = done.clone();
            detach(&pool, move || {
                if n % 7 == 0 {
                    executor::yield_now();
                }
                done.advance();
            });
        }
        // Every other wave meets workers that are still there.
        if wave % 2 == 0 {
            done.wait_until(wave * 500);
        }
    }
    drop(pool);
    assert_eq!(done.get(), waves * 500);
}

/// Not only those that its own carrier knows of.
#[test]
fn a_job_that_never_waits_lets_jobs_from_outside_begin() {
    let pool = pool(2, 1);
    let (sender, receiver) = executor::sync::unbounded();
    let busy = pool
        .submit(move || {
            let mut looks = 0_u64;
            while receiver.try_recv().is_err() {
                looks += 1;
            }
            looks
        })
        .unwrap();
    eventually(|| busy.state() == TaskState::Running);
    let outside = pool.submit(move || sender.send(()).unwrap()).unwrap();
    outside.result().unwrap();
    busy.result().unwrap();
}
