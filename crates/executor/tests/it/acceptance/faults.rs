//! A stack that overflows, threads and stacks that the system does not give. In child processes.

use std::hint::black_box;
use std::io::ErrorKind;

use executor::{
    AbandonReason, BuildError, ExecutorHandle, GreenThreadPoolExecutor, GuardKind, Shutdown,
    TaskError, TaskHandle, wait_for_all_timeout,
};
use greenstd::sync::{Arc, Mutex};

use super::support::child::{self, Ended};
use super::support::process::{threads_named, virtual_bytes};
use super::support::sys::limit_address_space;
use super::support::{Drops, Gate, Held, Pass, Progress, eventually, ms};

const MIB: u64 = 1 << 20;
const NO_LIMIT: u64 = u64::MAX;
const STACK_BYTES: usize = 64 * 1024;

/// A recursion deeper than any stack.
fn overflow() {
    fn frame(depth: u64) -> u64 {
        let words = black_box([depth; 32]);
        if depth == u64::MAX { 0 } else { frame(depth + 1) + words[(depth % 32) as usize] }
    }
    black_box(frame(0));
}

fn deep(guard: GuardKind) -> GreenThreadPoolExecutor {
    let builder = GreenThreadPoolExecutor::builder().name("deep").max_workers(2).carriers(1);
    builder.stack_size(STACK_BYTES).stack_guard(guard).build().unwrap()
}

/// The child wrote one line, about this job, and was aborted.
#[track_caller]
fn assert_reported(ended: &Ended, job: &str) {
    ended.assert_signal(libc::SIGABRT);
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{ended}");
    let named = lines[0].contains(&format!("green thread '{job} (")) && lines[0].contains(file!());
    assert!(named, "{ended}");
    let where_and_what = "on carrier 'deep-0' has overflowed its stack of 65536 bytes";
    assert!(lines[0].ends_with(where_and_what), "{ended}");
}

#[test]
fn an_overflow_into_a_guard_by_madvise_names_the_job_and_aborts() {
    const THIS: &str =
        "acceptance::faults::an_overflow_into_a_guard_by_madvise_names_the_job_and_aborts";
    let ended = child::run(THIS, || {
        drop(deep(GuardKind::Install).job().name("recursion").submit(overflow).unwrap().result());
    });
    assert_reported(&ended, "recursion");
}

#[test]
fn an_overflow_into_a_guard_by_mprotect_names_the_job_and_aborts() {
    const THIS: &str =
        "acceptance::faults::an_overflow_into_a_guard_by_mprotect_names_the_job_and_aborts";
    let ended = child::run(THIS, || {
        drop(deep(GuardKind::Protect).job().name("recursion").submit(overflow).unwrap().result());
    });
    assert_reported(&ended, "recursion");
}

#[test]
fn an_overflow_in_a_child_on_its_parents_stack_names_the_child() {
    const THIS: &str =
        "acceptance::faults::an_overflow_in_a_child_on_its_parents_stack_names_the_child";
    let ended = child::run(THIS, || {
        let pool = deep(GuardKind::Auto);
        let handle = pool.handle();
        let parent = pool.job().name("parent").submit(move || {
            drop(handle.submit(overflow).unwrap().result());
        });
        drop(parent.unwrap().result());
    });
    // It has no name of its own, but a number.
    assert_reported(&ended, "job-2");
}

/// Every OS thread of the child wants this much address space for its stack, so that a limit meets
/// the threads and not the heap.
const BIG_THREADS: [(&str, &str); 1] = [("RUST_MIN_STACK", "67108864")];

fn build_many(drops: &Drops) -> Result<GreenThreadPoolExecutor, BuildError> {
    let token = drops.token();
    let builder = GreenThreadPoolExecutor::builder().name("starved").carriers(16);
    let initializer = move || {
        token.keep();
        Ok(())
    };
    builder.initializer(initializer).build()
}

#[test]
fn if_a_carriers_thread_cannot_start_the_others_are_stopped_and_joined() {
    const THIS: &str =
        "acceptance::faults::if_a_carriers_thread_cannot_start_the_others_are_stopped_and_joined";
    let ended = child::run_with(THIS, &BIG_THREADS, || {
        let drops = Drops::new();
        for (room, may_start) in [(32 * MIB, false), (400 * MIB, true)] {
            limit_address_space(virtual_bytes() + room);
            let error = build_many(&drops).unwrap_err();
            assert_eq!(drops.alive(), 0, "those that were started have let go of the executor");
            limit_address_space(NO_LIMIT);
            let text = error.to_string();
            let BuildError::Carrier { index, error } = error else { panic!("{error}") };
            assert_eq!(index > 0, may_start, "carrier {index}");
            assert!(index < 16);
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
            assert!(text.contains(&format!("carrier {index} could not be started")), "{text}");
            // Joined; the kernel takes a moment to take them off its list.
            eventually(|| threads_named("starved-").is_empty());
        }
        // Nothing is broken for good.
        let pool = build_many(&drops).unwrap();
        assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5);
    });
    ended.assert_done();
}

/// An executor of which each stack takes a mapping of 1 GiB.
fn spacious(carriers: usize, max_workers: usize) -> GreenThreadPoolExecutor {
    let builder = GreenThreadPoolExecutor::builder().carriers(carriers).max_workers(max_workers);
    builder.stack_size(greenctx::MAX_STACK_BYTES).build().unwrap()
}

/// From now on there is no stack to be had, but some memory.
fn no_more_stacks() {
    limit_address_space(virtual_bytes() + 512 * MIB);
}

#[track_caller]
fn assert_abandoned<T>(result: Result<T, TaskError>) {
    let Err(TaskError::Abandoned(AbandonReason::NoStack(error))) = result else {
        panic!("the job should have been abandoned")
    };
    assert_eq!(error.kind(), ErrorKind::OutOfMemory, "{error}");
    assert!(error.to_string().contains("no address space for another stack"), "{error}");
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the sanitizer has no thread without address space")]
fn without_a_stack_and_without_a_worker_jobs_are_abandoned_with_the_systems_error() {
    const THIS: &str = "acceptance::faults::\
        without_a_stack_and_without_a_worker_jobs_are_abandoned_with_the_systems_error";
    let ended = child::run(THIS, || {
        for carriers in [1, 2] {
            let pool = spacious(carriers, 4);
            no_more_stacks();
            let (drops, called) = (Drops::new(), Progress::new());
            let futures: Vec<_> = (0..10)
                .map(|_| {
                    let (token, called) = (drops.token(), called.clone());
                    let future = pool.submit(move || token.keep()).unwrap();
                    future.add_done_callback(move |_| called.advance());
                    future
                })
                .collect();
            futures.into_iter().for_each(|future| assert_abandoned(future.result()));
            called.wait_until(10);
            assert_eq!((drops.alive(), pool.statistics().abandoned()), (0, 10));
            // Better times: the executor is as good as new.
            limit_address_space(NO_LIMIT);
            assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5);
            pool.shutdown(Shutdown::wait()).unwrap();
            assert_eq!(pool.statistics().submitted(), 11);
        }
    });
    ended.assert_done();
}

#[test]
fn without_a_stack_jobs_stay_queued_as_long_as_a_worker_is_live() {
    const THIS: &str =
        "acceptance::faults::without_a_stack_jobs_stay_queued_as_long_as_a_worker_is_live";
    let ended = child::run(THIS, || {
        for carriers in [1, 2] {
            let pool = spacious(carriers, 4);
            let held = Held::workers(&pool, 1);
            no_more_stacks();
            let futures: Vec<_> = (0..50).map(|n| pool.submit(move || n).unwrap()).collect();
            let waited = wait_for_all_timeout(&futures, ms(50)).unwrap();
            // A second carrier may have got a stack in time, when it looked for work as well.
            let may_run = carriers > 1 && waited.not_done.is_empty();
            assert!(may_run || (waited.done.len(), pool.queue_size()) == (0, 50), "{pool:?}");
            held.release();
            let results = futures.into_iter().map(|future| future.result().unwrap());
            assert!(results.eq(0..50));
            assert_eq!(pool.statistics().abandoned(), 0);
            limit_address_space(NO_LIMIT);
            Held::workers(&pool, 4).release();
        }
    });
    ended.assert_done();
}

/// Waits in its drop: for the gate, and for a job that is submitted by then.
struct WaitsInDrop(Pass, Arc<Mutex<Option<TaskHandle>>>);

impl Drop for WaitsInDrop {
    fn drop(&mut self) {
        self.0.wait();
        let other = self.1.lock().clone().unwrap();
        other.wait().unwrap();
    }
}

#[test]
fn the_drop_of_an_abandoned_jobs_closure_may_wait_for_another_job() {
    const THIS: &str =
        "acceptance::faults::the_drop_of_an_abandoned_jobs_closure_may_wait_for_another_job";
    let ended = child::run(THIS, || {
        let pool = spacious(1, 4);
        no_more_stacks();
        let (gate, place) = (Gate::new(), Arc::default());
        let waits = WaitsInDrop(gate.pass(), Arc::clone(&place));
        let first = pool.submit(move || drop(waits)).unwrap();
        let other = pool.submit(|| ()).unwrap();
        *place.lock() = Some(other.handle());
        gate.open();
        assert_abandoned(first.result());
        assert_abandoned(other.result());
        limit_address_space(NO_LIMIT);
        assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5);
    });
    ended.assert_done();
}

/// Submits a child, and it does the same, until there is an end of it. Gives the depth.
fn nest(pool: &ExecutorHandle, depth: u64) -> u64 {
    // Large enough that the stacks are used up long before the heap.
    let frame = black_box([depth; 4096]);
    let handle = pool.clone();
    let child = pool.submit(move || nest(&handle, depth + 1)).unwrap();
    let deepest = match child.result() {
        Ok(deepest) => deepest,
        Err(error) => {
            assert_abandoned(Err::<(), _>(error));
            depth
        }
    };
    assert_eq!(black_box(&frame)[black_box(7)], depth);
    deepest
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the sanitizer has no thread without address space")]
fn without_a_stack_for_a_child_that_everybody_waits_for_it_is_abandoned() {
    const THIS: &str =
        "acceptance::faults::without_a_stack_for_a_child_that_everybody_waits_for_it_is_abandoned";
    let ended = child::run(THIS, || {
        for carriers in [1, 2] {
            // Stacks of 1 MiB, so that the levels soon need another.
            let builder = GreenThreadPoolExecutor::builder().carriers(carriers).max_workers(1);
            let pool = builder.stack_size(MIB as usize).build().unwrap();
            pool.submit(|| ()).unwrap().result().unwrap();
            limit_address_space(virtual_bytes() + 64 * MIB);
            let handle = pool.handle();
            let deepest = pool.submit(move || nest(&handle, 1)).unwrap().result().unwrap();
            limit_address_space(NO_LIMIT);
            println!("{deepest} levels, then no stack");
            assert!(deepest > 1);
            // With a time limit the parent does not run the child itself.
            let (handle, spacious) = (pool.handle(), spacious(carriers, 1));
            let inner = spacious.handle();
            let parent = spacious.submit(move || {
                no_more_stacks();
                let mut child = inner.submit(|| ()).unwrap();
                child.result_timeout(ms(60_000)).expect("not a question of time")
            });
            assert_abandoned(parent.unwrap().result().unwrap());
            limit_address_space(NO_LIMIT);
            assert_eq!(handle.submit(|| 5).unwrap().result().unwrap(), 5);
        }
    });
    ended.assert_done();
}
