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
