//! What is the same for executors of all kinds.

use std::num::NonZeroUsize;

use executor::{
    Executor, Refusal, Shutdown, ShutdownError, TaskError, TaskState, as_completed, wait_for_all,
    wait_for_any, wait_for_first_failure,
};
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::super::support::{Drops, Gate, Held, Progress, block_on, leftovers};
use super::{on_every_kind, on_every_limited_kind};

#[test]
fn a_job_gives_its_value() {
    on_every_kind(|executor| {
        assert_eq!(executor.submit(|| 6 * 7).unwrap().result().unwrap(), 42);
        assert_eq!(executor.submit_wait(|| "room").unwrap().result().unwrap(), "room");
        let described = executor.job().name("described").submit(|| vec![1, 2]).unwrap();
        assert_eq!(described.handle().name(), Some("described"));
        assert_eq!(described.result().unwrap(), [1, 2]);
    });
}

#[test]
fn an_executor_is_lent_and_kept_alike() {
    fn lent(executor: &impl Executor) -> u32 {
        executor.submit(|| 1).unwrap().result().unwrap()
    }
    on_every_kind(|executor| {
        let kept: Arc<dyn Executor> = executor.executor.clone();
        let boxed: Box<dyn Executor> = Box::new(executor.handle());
        let unsized_: &dyn Executor = &*executor.executor;
        assert_eq!(lent(&kept) + lent(&boxed) + lent(&executor.handle()), 3);
        assert_eq!(lent(unsized_.as_handle()), 1);
    });
}

#[test]
fn a_failure_is_an_error_and_counted() {
    on_every_kind(|executor| {
        let failed = executor.try_submit(|| "x".parse::<u32>()).unwrap();
        assert!(failed.result().is_err_and(|error| error.is_failed()));
        let failed = executor.job().fallible().submit(|| Err::<(), _>("no")).unwrap();
        assert!(matches!(failed.result(), Err(TaskError::Failed("no"))));
        let statistics = executor.statistics();
        assert_eq!((statistics.failed(), statistics.executed()), (2, 2));
    });
}

#[test]
fn a_panic_stays_in_its_job() {
    on_every_kind(|executor| {
        let bad = executor.job().name("bad").submit(|| -> u32 { panic!("no such image") }).unwrap();
        match bad.result() {
            Err(TaskError::Panicked(panic)) => {
                assert_eq!((panic.job(), panic.message()), ("bad", Some("no such image")));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(executor.submit(|| 1).unwrap().result().unwrap(), 1);
        assert_eq!(executor.statistics().panicked(), 1);
    });
}

#[test]
fn the_submitters_line_is_named_in_a_panic() {
    on_every_kind(|executor| {
        let line = line!() + 1;
        let bad = executor.submit(|| panic!("here")).unwrap();
        let Err(TaskError::Panicked(panic)) = bad.result() else { panic!("it panics") };
        assert_eq!((panic.site().file(), panic.site().line()), (file!(), line));
    });
}

#[test]
fn results_are_counted_before_they_are_seen() {
    on_every_kind(|executor| {
        for n in 1..=100 {
            executor.submit(|| ()).unwrap().result().unwrap();
            let statistics = executor.statistics();
            assert_eq!((statistics.submitted(), statistics.executed()), (n, n));
            assert_eq!(executor.queue_size(), 0);
        }
    });
}

#[test]
fn times_are_measured() {
    on_every_kind(|executor| {
        for _ in 0..10 {
            executor.submit(|| ()).unwrap().result().unwrap();
        }
        assert_eq!(executor.statistics().run_time().count(), 10);
        assert_eq!(executor.statistics().queue_wait().count(), 10);
    });
}

#[test]
fn every_map_gives_all_results() {
    on_every_kind(|executor| {
        let few = NonZeroUsize::new(3).unwrap();
        let squares: Result<Vec<u64>, _> = executor.map(0..10, |n: u64| n * n).unwrap().collect();
        assert_eq!(squares.unwrap().iter().sum::<u64>(), 285);
        let buffered = executor.map_buffered(few, 0..10_u64, |n| n * n);
        assert_eq!(buffered.map(Result::unwrap).collect::<Vec<_>>()[9], 81);
        let unordered = executor.map_unordered(few, 0..10_u64, |n| n * n);
        assert_eq!(unordered.map(Result::unwrap).sum::<u64>(), 285);
        assert_eq!(executor.statistics().executed(), 30);
    });
}

#[test]
fn callbacks_are_called_in_order_and_their_panics_counted() {
    on_every_kind(|executor| {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let called = Progress::new();
        let job = executor.submit(|| ()).unwrap().handle();
        for n in 0..3 {
            let (calls, called) = (calls.clone(), called.clone());
            job.add_done_callback(move |job| {
                assert_eq!(job.state(), TaskState::Done);
                calls.lock().push(n);
                called.advance();
                assert_ne!(n, 1, "the second one panics");
            });
        }
        called.wait_until(3);
        executor.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(*calls.lock(), [0, 1, 2]);
        assert_eq!(executor.statistics().callback_panics(), 1);
    });
}

#[test]
fn futures_can_be_awaited() {
    on_every_kind(|executor| {
        let job = executor.submit(|| 42).unwrap();
        assert_eq!(block_on(job).unwrap(), 42);
    });
}

#[test]
fn wait_sets_take_them() {
    on_every_kind(|executor| {
        let submit = |n| executor.submit(move || n).unwrap();
        assert!(!wait_for_any([submit(1), submit(2)]).unwrap().done.is_empty());
        assert_eq!(wait_for_all([submit(1), submit(2)]).unwrap().done.len(), 2);
        let bad = executor.try_submit(|| Err::<u32, _>("no")).unwrap();
        let good = executor.submit(|| 1).unwrap();
        let split = wait_for_first_failure([good.handle(), bad.handle()]).unwrap();
        assert!(split.done.contains(&bad.handle()));
        let sum: u32 =
            as_completed((1..=4).map(submit)).map(|job| job.unwrap().result().unwrap()).sum();
        assert_eq!(sum, 10);
    });
}

#[test]
fn a_job_submits_to_its_own_executor_and_waits() {
    on_every_kind(|executor| {
        let own = executor.handle();
        let parent = executor.submit(move || {
            let children: Vec<_> = (0..20).map(|n| own.submit(move || n).unwrap()).collect();
            children.into_iter().map(|child| child.result().unwrap()).sum::<u32>()
        });
        assert_eq!(parent.unwrap().result().unwrap(), 190);
    });
}

#[test]
fn a_chain_of_jobs_that_wait_for_the_next_ends() {
    fn link(own: &executor::ExecutorHandle, left: u32) -> u32 {
        if left == 0 {
            return 0;
        }
        let next = own.clone();
        own.submit(move || link(&next, left - 1)).unwrap().result().unwrap() + 1
    }
    on_every_kind(|executor| {
        let own = executor.handle();
        let chain = executor.submit(move || link(&own, 30)).unwrap();
        assert_eq!(chain.result().unwrap(), 30);
    });
}

#[test]
fn a_job_may_wait_for_any_of_its_queued_children() {
    on_every_limited_kind(|executor| {
        let own = executor.handle();
        let parent = executor.submit(move || {
            let child = own.submit(|| 7).unwrap();
            let done = wait_for_any([child]).unwrap().done;
            done.into_iter().map(|child| child.result().unwrap()).sum::<u32>()
        });
        assert_eq!(parent.unwrap().result().unwrap(), 7);
    });
}

#[test]
fn a_job_may_wait_for_a_limited_time_for_its_queued_child() {
    on_every_limited_kind(|executor| {
        let own = executor.handle();
        let parent = executor.submit(move || {
            let mut child = own.submit(|| 7).unwrap();
            child.result_timeout(std::time::Duration::from_secs(60)).unwrap().unwrap()
        });
        assert_eq!(parent.unwrap().result().unwrap(), 7);
    });
}

#[test]
fn a_job_that_awaits_its_queued_child_in_block_on_runs_it() {
    on_every_limited_kind(|executor| {
        let own = executor.handle();
        let parent = executor.submit(move || {
            let child = own.submit(|| 7).unwrap();
            executor::io::block_on(child).unwrap().unwrap()
        });
        assert_eq!(parent.unwrap().result().unwrap(), 7);
    });
}

#[test]
fn the_only_worker_is_not_left_waiting_for_room() {
    on_every_limited_kind(|executor| {
        let own = executor.handle();
        let parent = executor.submit(move || {
            let _waits = own.submit(|| ()).unwrap();
            own.submit_wait(|| ()).unwrap_err().reason()
        });
        assert_eq!(parent.unwrap().result().unwrap(), Refusal::WouldDeadlock);
    });
}

#[test]
fn the_limit_is_exact_and_the_closure_comes_back() {
    on_every_limited_kind(|executor| {
        let held = Held::workers(executor.as_handle(), 1);
        let waits = executor.submit(|| 2).unwrap();
        let refused = executor.submit(|| 3).unwrap_err();
        assert_eq!(refused.reason(), Refusal::Rejected);
        assert_eq!((executor.statistics().rejected(), executor.queue_size()), (1, 1));
        held.release();
        assert_eq!(waits.result().unwrap(), 2);
        assert_eq!(executor.submit(refused.into_inner()).unwrap().result().unwrap(), 3);
    });
}

#[test]
fn a_submitter_waits_for_room() {
    on_every_limited_kind(|executor| {
        let jobs: Vec<_> = (0..100).map(|n| executor.submit_wait(move || n).unwrap()).collect();
        let sum: u32 = jobs.into_iter().map(|job| job.result().unwrap()).sum();
        assert_eq!((sum, executor.statistics().rejected()), (4950, 0));
    });
}

#[test]
fn a_job_that_waits_is_cancelled_and_dropped_at_once() {
    on_every_limited_kind(|executor| {
        let held = Held::workers(executor.as_handle(), 1);
        let drops = Drops::new();
        let token = drops.token();
        let waits = executor.submit(move || drop(token)).unwrap();
        assert!(waits.cancel());
        assert_eq!((drops.dropped(), executor.queue_size()), (1, 0));
        assert!(waits.result().is_err_and(|error| error.is_cancelled()));
        held.release();
        assert_eq!(executor.statistics().cancelled(), 1);
    });
}

#[test]
fn one_worker_keeps_the_order() {
    on_every_limited_kind(|executor| {
        let order = Arc::new(Mutex::new(Vec::new()));
        for n in 0..50 {
            let order = order.clone();
            drop(executor.submit_wait(move || order.lock().push(n)).unwrap());
        }
        executor.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(*order.lock(), (0..50).collect::<Vec<_>>());
    });
}

#[test]
fn after_a_shutdown_all_has_ended_and_nothing_is_accepted() {
    on_every_kind(|executor| {
        let ended = Arc::new(AtomicUsize::new(0));
        for _ in 0..50 {
            let ended = ended.clone();
            drop(executor.submit(move || ended.fetch_add(1, Ordering::Relaxed)).unwrap());
        }
        assert!(executor.alive());
        executor.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(ended.load(Ordering::Relaxed), 50);
        assert!(!executor.alive());
        assert_eq!(executor.submit(|| ()).unwrap_err().reason(), Refusal::Shutdown);
        assert_eq!(executor.submit_wait(|| ()).unwrap_err().reason(), Refusal::Shutdown);
        executor.shutdown(Shutdown::wait()).unwrap();
    });
}

#[test]
fn an_unused_executor_shuts_down() {
    on_every_kind(|executor| {
        executor.shutdown(Shutdown::wait().cancel_pending()).unwrap();
        assert_eq!(executor.num_workers(), 0);
    });
}

#[test]
fn several_threads_wait_for_one_shutdown() {
    on_every_kind(|executor| {
        drop(executor.submit(|| ()).unwrap());
        let others: Vec<_> = (0..3)
            .map(|_| {
                let handle = executor.handle();
                thread::spawn(move || handle.shutdown(Shutdown::wait()).is_ok())
            })
            .collect();
        assert!(others.into_iter().all(|other| other.join().unwrap()));
    });
}

#[test]
fn a_job_cannot_wait_for_the_end_of_its_executor() {
    on_every_kind(|executor| {
        let own = executor.handle();
        let job = executor.submit(move || own.shutdown(Shutdown::wait())).unwrap();
        assert!(matches!(job.result().unwrap(), Err(ShutdownError::WouldDeadlock)));
        assert!(!executor.alive());
        executor.shutdown(Shutdown::wait()).unwrap();
    });
}

#[test]
fn a_callback_cannot_wait_for_the_end_of_its_executor() {
    // (On a synchronous executor the job ends before there is anything to add a callback to.)
    on_every_limited_kind(|executor| {
        let own = executor.handle();
        let (sender, receiver) = std::sync::mpsc::channel();
        let held = Held::workers(executor.as_handle(), 1);
        let job = executor.submit(|| ()).unwrap().handle();
        job.add_done_callback(move |_| {
            let refused = own.shutdown(Shutdown::wait());
            let _ = sender.send(matches!(refused, Err(ShutdownError::WouldDeadlock)));
        });
        held.release();
        assert!(receiver.recv().unwrap());
        executor.shutdown(Shutdown::wait()).unwrap();
    });
}

#[test]
fn a_shutdown_in_time_says_what_runs() {
    on_every_kind(|executor| {
        let (own, gate, inside) = (executor.handle(), Gate::new(), Progress::new());
        let (pass, told) = (gate.pass(), inside.clone());
        let submitter = thread::spawn(move || {
            let job = own.job().name("stuck").submit(move || {
                told.advance();
                pass.wait();
            });
            job.unwrap().result().unwrap();
        });
        inside.wait_until(1);
        assert!(executor.num_workers() >= 1);
        let left = leftovers(&executor.handle(), 0);
        assert_eq!(left.running.len(), 1);
        assert!(left.running[0].starts_with("stuck"), "{left}");
        gate.open();
        executor.shutdown(Shutdown::wait()).unwrap();
        submitter.join().unwrap();
    });
}

#[test]
fn fork_join_works_in_its_jobs() {
    on_every_kind(|executor| {
        let job = executor.submit(|| {
            let (a, b) = executor::join(|| 20, || 22);
            a + b
        });
        assert_eq!(job.unwrap().result().unwrap(), 42);
        assert_eq!(executor.as_handle().join(|| 1, || 2), (1, 2));
    });
}

#[test]
fn a_job_with_a_timeout_ends_by_it() {
    on_every_kind(|executor| {
        let limited = executor.job().timeout(std::time::Duration::from_millis(1)).fallible();
        let slow = limited.submit(|| executor::sleep(std::time::Duration::from_secs(3600)));
        assert!(matches!(slow.unwrap().result(), Err(TaskError::TimedOut)));
    });
}

#[test]
fn a_delayed_job_runs_when_it_is_due() {
    on_every_kind(|executor| {
        let delay = std::time::Duration::from_millis(2);
        let later = executor.as_handle().submit_after(delay, || 42).unwrap();
        assert_eq!(later.result().unwrap(), 42);
        let never = std::time::Duration::from_secs(3600);
        let undue = executor.as_handle().submit_after(never, || ()).unwrap();
        executor.shutdown(Shutdown::wait()).unwrap();
        assert!(undue.result().is_err_and(|error| error.is_cancelled()));
    });
}
