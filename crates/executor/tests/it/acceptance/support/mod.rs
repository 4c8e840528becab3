//! What the tests share: a watchdog, gates instead of sleeps, drop counters, child processes.

mod block_on;
pub(crate) mod child;
mod drops;
mod gate;
mod held;
mod leftovers;
pub(crate) mod process;
pub(crate) mod sys;
mod watchdog;

pub(crate) use block_on::{block_on, join_all};
pub(crate) use drops::{Drops, PanicsInDrop, Token};
pub(crate) use gate::{Gate, Pass, Progress};
pub(crate) use held::Held;
pub(crate) use leftovers::leftovers;
pub(crate) use testkit::Random;
pub(crate) use watchdog::{Watch, Watched, watch, watched};

use std::time::Duration;

use executor::{ExecutorHandle, GreenThreadPoolExecutor};

/// A watched executor that is otherwise as the defaults have it.
#[track_caller]
pub(crate) fn pool(max_workers: usize, carriers: usize) -> Watched {
    watched(GreenThreadPoolExecutor::builder().max_workers(max_workers).carriers(carriers))
}

/// Submits a job in whose result nobody is interested.
#[track_caller]
pub(crate) fn detach(pool: &ExecutorHandle, job: impl FnOnce() + Send + 'static) {
    drop(pool.submit(job).expect("the executor accepts the job"));
}

/// Waits until `condition` holds. The watchdog ends a test in which it never does.
pub(crate) fn eventually(condition: impl Fn() -> bool) {
    while !condition() {
        // On a green thread this parks, so that the carrier goes on.
        let _ = executor::sleep(Duration::from_micros(200));
    }
}

/// Milliseconds, for short waits in jobs.
pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// One number in a debug build, where everything is slow, and another in a release build.
pub(crate) fn by_build<T>(debug: T, release: T) -> T {
    if cfg!(debug_assertions) { debug } else { release }
}

/// The size of a stack that holds as much under the address sanitizer, whose frames are larger.
pub(crate) fn stack_for_frames(bytes: usize) -> usize {
    if cfg!(feature = "sanitizer") { 2 * bytes } else { bytes }
}

/// Calls `run` with more than half of a stack of the default size in use, in debug and in release alike: a
/// child that is waited for there does not run on its parent's stack.
#[inline(never)]
pub(crate) fn deep_down<R>(run: impl FnOnce() -> R) -> R {
    // Lent, not moved: without optimisation each move would be a copy more on the stack.
    let mut frame = [0_u8; 66 * 1024];
    std::hint::black_box(&mut frame);
    let result = run();
    std::hint::black_box(&frame);
    result
}
