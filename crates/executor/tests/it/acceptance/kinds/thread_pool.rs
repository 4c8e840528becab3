//! What only an executor of OS threads has.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use executor::{AbandonReason, Refusal, Shutdown, TaskError, ThreadPoolExecutor, is_cancelled};
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::super::support::{Drops, Held, Progress, eventually};
use super::threads;

fn builder() -> executor::ThreadPoolBuilder {
    ThreadPoolExecutor::builder()
}

#[test]
fn jobs_run_on_plain_threads_with_names() {
    let (_watch, pool) = threads(builder().name("images"));
    #[expect(clippy::disallowed_methods, reason = "the name that the OS thread has for all")]
    let own_name = || std::thread::current().name().map(str::to_owned);
    let job = pool.submit(move || (greenctx::current().is_green(), own_name()));
    let (is_green, name) = job.unwrap().result().unwrap();
    assert!(!is_green);
    assert!(name.is_some_and(|name| name.starts_with("images-")));
}

#[test]
fn threads_are_started_on_demand_up_to_the_limit() {
    let (_watch, pool) = threads(builder().max_workers(3));
    assert_eq!(pool.num_threads(), 0);
    let held = Held::workers(&pool, 3);
    let waits = pool.submit(|| ()).unwrap();
    assert_eq!((pool.num_threads(), pool.num_workers(), pool.queue_size()), (3, 3, 1));
    held.release();
    waits.result().unwrap();
    assert_eq!(pool.num_threads(), 3);
}

#[test]
fn idle_threads_end() {
    let (_watch, pool) = threads(builder().max_workers(3).keep_alive(Duration::ZERO));
    Held::workers(&pool, 3).release();
    eventually(|| pool.num_threads() == 0);
    // And are started anew.
    assert_eq!(pool.submit(|| 1).unwrap().result().unwrap(), 1);
}

#[test]
fn nothing_is_lost_while_threads_come_and_go() {
    let (_watch, pool) = threads(builder().max_workers(2).keep_alive(Duration::ZERO));
    for round in 0..300 {
        let jobs: Vec<_> = (0..3).map(|n| pool.submit(move || n).unwrap()).collect();
        let sum: u32 = jobs.into_iter().map(|job| job.result().unwrap()).sum();
        assert_eq!(sum, 3, "round {round}");
    }
    assert_eq!(pool.statistics().executed(), 900);
}

#[test]
fn many_submitters_are_counted_exactly() {
    let (_watch, pool) = threads(builder().max_workers(8));
    let submitters = (0..4).map(|_| {
        let pool = pool.handle();
        thread::spawn(move || (0..500).for_each(|_| drop(pool.submit(|| ()).unwrap())))
    });
    submitters.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
    pool.shutdown(Shutdown::wait()).unwrap();
    let statistics = pool.statistics();
    assert_eq!((statistics.submitted(), statistics.executed()), (2000, 2000));
    assert_eq!(statistics.run_time().count(), 2000);
    assert_eq!((pool.num_threads(), pool.num_workers()), (0, 0));
}

#[test]
fn each_thread_is_initialized_before_its_first_job() {
    thread_local! {
        static CONNECTION: Cell<Option<usize>> = const { Cell::new(None) };
    }
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let (_watch, pool) = threads(builder().max_workers(2).initializer(move || {
        CONNECTION.set(Some(count.fetch_add(1, Ordering::Relaxed)));
        Ok(())
    }));
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let met = Progress::new();
    let jobs = [(); 2].map(|()| {
        let (seen, met) = (seen.clone(), met.clone());
        pool.submit(move || {
            seen.lock().insert(CONNECTION.get());
            met.advance();
            met.wait_until(2);
        })
    });
    jobs.into_iter().for_each(|job| job.unwrap().result().unwrap());
    assert_eq!(*seen.lock(), BTreeSet::from([Some(0), Some(1)]));
    assert_eq!(made.load(Ordering::Relaxed), 2);
}

#[test]
fn a_failed_initializer_breaks_the_pool() {
    for fails in [|| Err("no database".into()), || panic!("no database")] {
        let (_watch, pool) = threads(builder().max_workers(1).initializer(fails));
        match pool.submit(|| ()).unwrap().result() {
            Err(TaskError::Abandoned(AbandonReason::Broken(why))) => {
                assert!(why.ends_with("no database"), "{why}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(pool.submit(|| ()).unwrap_err().reason(), Refusal::Broken);
        assert_eq!(pool.statistics().abandoned(), 1);
        pool.shutdown(Shutdown::wait()).unwrap();
    }
}

#[test]
fn thread_locals_are_gone_when_a_shutdown_returns() {
    thread_local! {
        static HELD: Cell<Option<super::super::support::Token>> = const { Cell::new(None) };
    }
    let drops = Drops::new();
    let (_watch, pool) = threads(builder().max_workers(2));
    let token = drops.token();
    pool.submit(move || HELD.set(Some(token))).unwrap().result().unwrap();
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!(drops.dropped(), 1);
}

#[test]
fn pending_jobs_are_cancelled_by_a_shutdown_that_says_so() {
    let (_watch, pool) = threads(builder().max_workers(1));
    let held = Held::workers(&pool, 1);
    let waits = pool.submit(|| ()).unwrap();
    pool.shutdown(Shutdown::no_wait().cancel_pending()).unwrap();
    assert!(waits.result().is_err_and(|error| error.is_cancelled()));
    held.release();
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!(pool.statistics().cancelled(), 1);
}

#[test]
fn a_job_that_runs_hears_that_it_is_cancelled_and_no_other_does() {
    let (_watch, pool) = threads(builder().max_workers(2));
    let started = Progress::new();
    let here = started.clone();
    let stopped = pool
        .submit(move || {
            here.advance();
            eventually(is_cancelled);
            is_cancelled()
        })
        .unwrap();
    started.wait_until(1);
    assert!(!pool.submit(is_cancelled).unwrap().result().unwrap());
    assert!(!stopped.cancel(), "it runs");
    assert!(stopped.result().unwrap());
    // The thread goes on to the next job.
    let later = [(); 2].map(|()| pool.submit(is_cancelled).unwrap());
    later.into_iter().for_each(|job| assert!(!job.result().unwrap()));
    assert!(!is_cancelled());
}

#[test]
fn a_job_that_its_waiter_runs_on_the_spot_does_not_hear_that_the_waiter_is_cancelled() {
    let (_watch, pool) = threads(builder().max_workers(1));
    let (own, started) = (pool.handle(), Progress::new());
    let here = started.clone();
    let outer = pool
        .submit(move || {
            let child = own.submit(is_cancelled).unwrap();
            here.advance();
            eventually(is_cancelled);
            (child.result().unwrap(), is_cancelled())
        })
        .unwrap();
    started.wait_until(1);
    outer.cancel();
    assert_eq!(outer.result().unwrap(), (false, true));
}

#[test]
fn the_last_owner_may_go_in_a_job() {
    let (_watch, pool) = threads(builder().max_workers(2));
    let (own, ended) = (pool.handle(), Progress::new());
    let told = ended.clone();
    let job = own.submit(move || {
        drop(pool);
        told.advance();
    });
    ended.wait_until(1);
    job.unwrap().result().unwrap();
    own.shutdown(Shutdown::wait()).unwrap();
}

#[test]
fn a_full_pool_whose_threads_wait_for_their_children_goes_on() {
    let (_watch, pool) = threads(builder().max_workers(2));
    let parents = [(); 2].map(|()| {
        let own = pool.handle();
        pool.submit(move || {
            let children: Vec<_> = (0..50).map(|n| own.submit(move || n).unwrap()).collect();
            children.into_iter().map(|child| child.result().unwrap()).sum::<u32>()
        })
    });
    parents.into_iter().for_each(|parent| assert_eq!(parent.unwrap().result().unwrap(), 1225));
    assert_eq!(pool.statistics().executed(), 102);
}

#[test]
fn a_long_chain_does_not_overflow_a_threads_stack() {
    fn link(own: &executor::ExecutorHandle, left: u32) -> u32 {
        if left == 0 {
            return 0;
        }
        // Each takes a piece of the stack: some thirty of them would fill it.
        let frame = std::hint::black_box([0_u8; 64 << 10]);
        let next = own.clone();
        let rest = own.submit(move || link(&next, left - 1)).unwrap().result().unwrap();
        std::hint::black_box(&frame);
        rest + 1
    }
    let (_watch, pool) = threads(builder().max_workers(1));
    let own = pool.handle();
    assert_eq!(pool.submit(move || link(&own, 200)).unwrap().result().unwrap(), 200);
}

#[test]
fn a_claimed_child_leaves_nothing_in_the_queue() {
    let (_watch, pool) = threads(builder().max_workers(1));
    let own = pool.handle();
    let drops = Drops::new();
    let made = drops.clone();
    let parent = pool.submit(move || {
        (0..1000).for_each(|_| {
            let token = made.token();
            own.submit(move || drop(token)).unwrap().result().unwrap();
        });
        own.queue_size()
    });
    assert_eq!(parent.unwrap().result().unwrap(), 0);
    assert_eq!(drops.dropped(), 1000);
}

#[test]
fn a_pool_is_resized_within_its_threads() {
    let (_watch, pool) = threads(builder().max_workers(4));
    pool.resize(1).unwrap();
    let held = Held::workers(&pool, 1);
    let waits = pool.submit(|| ()).unwrap();
    assert_eq!((pool.num_workers(), pool.queue_size()), (1, 1));
    pool.resize(2).unwrap();
    waits.result().unwrap();
    held.release();
    assert!(pool.resize(5).is_err() && pool.resize(0).is_err());
}

#[test]
fn settings_out_of_range_are_refused() {
    assert!(builder().max_workers(0).build().is_err());
    assert!(builder().max_workers(5000).build().is_err());
    assert!(builder().stack_size(10).build().is_err());
}
