//! Refusing work: the limit is exact, the hook is harmless, the closure comes back.

use executor::{
    ExecutorHandle, GreenThreadPoolExecutor, Load, Refusal, Verdict, reject_when_reached,
};
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::{Arc, Mutex, OnceLock};
use greenstd::thread;

use super::support::{Drops, Held, PanicsInDrop, Watched, by_build, pool, watched};

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
fn with_one_worker_and_one_place_the_third_job_is_refused() {
    let pool = limited(1, 1, 1);
    let held = Held::workers(&pool, 1);
    let waiting = pool.submit(|| 2).unwrap();
    let refused = pool.submit(|| 3).unwrap_err();
    assert!(refused.is_rejected() && !refused.is_shutdown());
    assert_eq!(refused.reason(), Refusal::Rejected);
    assert_eq!(pool.statistics().rejected(), 1);
    held.release();
    assert_eq!(waiting.result().unwrap(), 2);
    assert_eq!(pool.submit(refused.into_inner()).unwrap().result().unwrap(), 3);
}

#[test]
fn a_limit_of_zero_accepts_what_a_free_slot_can_take() {
    let pool = limited(2, 1, 0);
    for _ in 0..3 {
        let held = Held::workers(&pool, 2);
        assert!(pool.submit(|| ()).unwrap_err().is_rejected());
        held.release();
    }
    // A result that has been seen leaves a free slot behind.
    for n in 0..200 {
        assert_eq!(pool.submit(move || n).unwrap().result().unwrap(), n);
    }
    assert_eq!(pool.statistics().rejected(), 3);
}

#[test]
fn every_kind_of_submission_is_refused_and_counted() {
    let pool = limited(1, 1, 0);
    let held = Held::workers(&pool, 1);
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    assert!(pool.job().name("a").submit(|| ()).unwrap_err().is_rejected());
    assert!(pool.try_submit(|| Ok::<_, ()>(())).unwrap_err().is_rejected());
    assert!(pool.job().name("b").fallible().submit(|| Ok::<_, ()>(())).unwrap_err().is_rejected());
    assert_eq!(pool.statistics().rejected(), 4);
    assert_eq!(pool.statistics().submitted(), 1, "what is refused was not submitted");
    held.release();
}

#[test]
fn a_refused_closure_comes_back_as_it_was() {
    let pool = limited(1, 1, 0);
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let (token, text) = (drops.token(), String::from("precious"));
    let refused = pool
        .submit(move || {
            token.keep();
            text
        })
        .unwrap_err();
    assert_eq!(drops.alive(), 1);
    assert!(
        format!("{refused}").contains("refused") && format!("{refused:?}").contains("Rejected")
    );
    assert_eq!(refused.into_inner()(), "precious");
    assert_eq!(drops.alive(), 0);

    let refused = pool.try_submit(|| Err::<(), _>(5)).unwrap_err();
    assert_eq!(refused.into_inner()(), Err(5));
    held.release();
}

#[test]
fn the_limit_is_exact_whoever_submits_at_once() {
    let pool = limited(3, 2, 4);
    let held = Held::workers(&pool, 3);
    let accepted = Arc::new(AtomicUsize::new(0));
    let submitters: Vec<_> = (0..8)
        .map(|_| {
            let (handle, accepted) = (pool.handle(), accepted.clone());
            thread::spawn(move || {
                for _ in 0..100 {
                    if handle.submit(|| ()).is_ok() {
                        accepted.fetch_add(1, Ordering::SeqCst);
                    }
                }
            })
        })
        .collect();
    submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
    assert_eq!(accepted.load(Ordering::SeqCst), 4, "nothing started or ended meanwhile");
    assert_eq!(pool.statistics().rejected(), 796);
    held.release();
}

#[test]
fn under_way_the_limit_is_never_exceeded() {
    let (workers, backlog, rounds) = (2, 3, by_build(3000, 30_000));
    let pool = limited(workers, 2, backlog);
    // Outstanding at most as long as the job is: counted out in the job's last instruction.
    let outstanding = Arc::new(AtomicUsize::new(0));
    let submitters: Vec<_> = (0..3)
        .map(|_| {
            let (handle, outstanding) = (pool.handle(), outstanding.clone());
            thread::spawn(move || {
                let mut refused = 0;
                for n in 0..rounds {
                    let count = outstanding.clone();
                    let submitted = handle.submit(move || {
                        let now = count.fetch_add(1, Ordering::SeqCst) + 1;
                        if n % 5 == 0 {
                            executor::yield_now();
                        }
                        count.fetch_sub(1, Ordering::SeqCst);
                        now
                    });
                    match submitted {
                        Ok(future) => future.on_done(move |now| {
                            assert!(now.is_ok_and(|now| now <= workers), "too many run");
                        }),
                        Err(error) if error.is_rejected() => refused += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
                refused
            })
        })
        .collect();
    let refused: u64 = submitters.into_iter().map(|submitter| submitter.join().unwrap()).sum();
    pool.shutdown(executor::Shutdown::wait()).unwrap();
    let statistics = pool.statistics();
    assert_eq!(statistics.rejected(), refused);
    assert_eq!(statistics.submitted() + refused, 3 * rounds);
    assert_eq!((statistics.panicked(), statistics.callback_panics()), (0, 0));
}

#[test]
fn nobody_is_refused_as_long_as_there_is_room() {
    // Five submitters, each with one job outstanding at a time, and five places.
    for (workers, backlog) in [(5, 0), (2, 3), (1, 4)] {
        let pool = limited(workers, 2, backlog);
        let submitters: Vec<_> = (0..5_u64)
            .map(|which| {
                let handle = pool.handle();
                thread::spawn(move || {
                    for n in 0..by_build(1000, 10_000) {
                        let future = match handle.submit(move || which + n) {
                            Ok(future) => future,
                            Err(refused) => panic!("round {n}: {refused}"),
                        };
                        assert_eq!(future.result().unwrap(), which + n);
                    }
                })
            })
            .collect();
        for submitter in submitters {
            submitter.join().expect("no submission was refused");
        }
        assert_eq!(pool.statistics().rejected(), 0);
    }
}

#[test]
fn submitting_again_and_again_lets_others_make_room() {
    let pool = limited(2, 1, 0);
    let handle = pool.handle();
    let submits = pool.submit(move || {
        drop(handle.submit(|| ()).unwrap());
        loop {
            if let Ok(accepted) = handle.submit(|| 7) {
                return accepted.result().unwrap();
            }
        }
    });
    assert_eq!(submits.unwrap().result().unwrap(), 7);
}

#[test]
fn the_hook_sees_the_load() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let loads = seen.clone();
    let hook = move |load: &Load| {
        loads.lock().push((load.queued, load.running, load.max_workers));
        if load.queued >= 2 { Verdict::Reject } else { Verdict::Accept }
    };
    let builder = GreenThreadPoolExecutor::builder().max_workers(2).carriers(1);
    let pool = watched(builder.check_and_reject(hook));
    let held = Held::workers(&pool, 2);
    seen.lock().clear();
    assert!(pool.submit(|| ()).is_ok() && pool.submit(|| ()).is_ok());
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    assert_eq!(*seen.lock(), [(0, 2, 2), (1, 2, 2), (2, 2, 2)]);
    held.release();
}

#[test]
fn the_hook_may_submit_to_the_executor_that_asks_it() {
    let executor = Arc::new(OnceLock::<ExecutorHandle>::new());
    let asked = Arc::new(AtomicUsize::new(0));
    let (place, count) = (executor.clone(), asked.clone());
    let hook = move |_: &Load| {
        // The inner submission asks the hook too.
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            let inner = place.get().expect("the executor is built").submit(|| "inner").unwrap();
            assert_eq!(inner.result().unwrap(), "inner");
        }
        Verdict::Accept
    };
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).check_and_reject(hook));
    executor.set(pool.handle()).unwrap();
    assert_eq!(pool.submit(|| "outer").unwrap().result().unwrap(), "outer");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(pool.statistics().executed(), 2);
}

#[test]
fn a_panicking_hook_refuses_and_gives_the_closure_back() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let hook = move |_: &Load| match count.fetch_add(1, Ordering::SeqCst) {
        0 => panic!("with a string"),
        1 => std::panic::panic_any(PanicsInDrop("a payload that panics")),
        _ => Verdict::Accept,
    };
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).check_and_reject(hook));
    let refused = pool.submit(|| "still here").unwrap_err();
    assert!(refused.is_rejected());
    let refused = pool.submit(refused.into_inner()).unwrap_err();
    assert!(refused.is_rejected());
    assert_eq!(pool.submit(refused.into_inner()).unwrap().result().unwrap(), "still here");
    assert_eq!((pool.statistics().rejected(), pool.statistics().executed()), (2, 1));
}

#[test]
fn without_a_rejection_everything_is_accepted() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let futures: Vec<_> = (0..10_000).map(|n| pool.submit(move || n).unwrap()).collect();
    assert_eq!(pool.queue_size(), 10_000);
    held.release();
    let sum: i64 = futures.into_iter().map(|future| future.result().unwrap()).sum();
    assert_eq!(sum, 49_995_000);
}
