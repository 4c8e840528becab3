//! Closures and results that take up most of a stack. In child processes, as they might overflow it.

use std::hint::black_box;

use executor::GreenThreadPoolExecutor;

use super::support::child;

const KIB: usize = 1 << 10;
const STACK_BYTES: usize = 128 * KIB;

/// What a job captures or returns: all but what the frames around it take. In debug builds, where the
/// compiler keeps every copy that the program makes, tests have several on the stack themselves.
const LARGE: usize = if cfg!(debug_assertions) { 60 } else { 100 } * KIB;

type Large = [u8; LARGE];

fn pool() -> GreenThreadPoolExecutor {
    let builder = GreenThreadPoolExecutor::builder().name("large").max_workers(2).carriers(1);
    builder.stack_size(STACK_BYTES).build().unwrap()
}

/// Never inlined: it would make a copy in the frame of its caller.
#[inline(never)]
fn sum(large: &Large) -> u64 {
    black_box(large).iter().map(|&byte| u64::from(byte)).sum()
}

/// Runs the test `name` in a child process, where it must succeed.
#[track_caller]
fn must_fit(name: &str, test: fn(&GreenThreadPoolExecutor)) {
    child::run(&format!("acceptance::large::{name}"), || test(&pool())).assert_done();
}

#[test]
fn a_job_may_capture_most_of_its_stack() {
    must_fit("a_job_may_capture_most_of_its_stack", |pool| {
        let large: Large = [1; LARGE];
        let future = pool.submit(move || sum(&large)).unwrap();
        assert_eq!(future.result().unwrap(), LARGE as u64);
    });
}

#[test]
fn a_job_may_return_most_of_its_stack() {
    must_fit("a_job_may_return_most_of_its_stack", |pool| {
        let future = pool.submit(|| -> Large { [black_box(1); LARGE] }).unwrap();
        assert_eq!(sum(&future.result().unwrap()), LARGE as u64);
    });
}

#[test]
fn a_child_that_runs_on_its_parents_stack_may_be_large() {
    must_fit("a_child_that_runs_on_its_parents_stack_may_be_large", |pool| {
        let handle = pool.handle();
        let parent = pool.submit(move || {
            const QUARTER: usize = LARGE / 4;
            let child = handle.submit(|| -> [u8; QUARTER] { [black_box(1); QUARTER] }).unwrap();
            child.result().unwrap().iter().map(|&byte| u64::from(byte)).sum::<u64>()
        });
        assert_eq!(parent.unwrap().result().unwrap(), LARGE as u64 / 4);
    });
}

#[test]
fn inputs_and_results_of_a_map_may_be_large() {
    must_fit("inputs_and_results_of_a_map_may_be_large", |pool| {
        const THIRD: usize = LARGE / 3;
        let sums = pool.map([[1_u8; THIRD]; 2], |input| {
            assert_eq!(black_box(&input).len(), THIRD);
            input
        });
        for sum in sums.unwrap() {
            assert_eq!(sum.unwrap().iter().map(|&byte| usize::from(byte)).sum::<usize>(), THIRD);
        }
    });
}

#[test]
fn a_closure_that_finds_no_room_on_the_stack_is_reported_as_the_job() {
    const THIS: &str =
        "acceptance::large::a_closure_that_finds_no_room_on_the_stack_is_reported_as_the_job";
    let ended = child::run(THIS, || {
        let larger = [1_u8; STACK_BYTES + 8 * KIB];
        let job = move || black_box(&larger).len();
        drop(pool().job().name("elephant").submit(job).unwrap().result());
    });
    ended.assert_signal(libc::SIGABRT);
    assert!(ended.stderr.contains("green thread 'elephant ("), "{ended}");
}
