//! A green-thread pool executor: jobs in plain blocking style, thousands in flight on a few OS threads.
//!
//! ```
//! use executor::{GreenThreadPoolExecutor, Interrupted, Shutdown, reject_when_reached, sleep};
//! use std::time::Duration;
//!
//! let pool = GreenThreadPoolExecutor::builder()
//!     .max_workers(1000)                           // jobs in flight
//!     .carriers(2)                                 // OS threads
//!     .check_and_reject(reject_when_reached(10_000)) // the backlog behind them
//!     .name("fetch")
//!     .build()?;
//!
//! let answer = pool.try_submit(|| {
//!     sleep(Duration::from_millis(5))?; // parks the job, not the thread
//!     Ok::<_, Interrupted>(41 + 1)
//! })?;
//! assert_eq!(answer.result()?, 42);
//!
//! let squares: Result<Vec<u64>, _> = pool.map(0..100, |n| n * n)?.collect();
//! assert_eq!(squares?[99], 9801);
//!
//! pool.shutdown(Shutdown::wait())?;
//! assert_eq!(pool.statistics().executed(), 101);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A job is a closure that is `Send`. It runs on a green thread: a stack of its own, which stays on the
//! OS thread (the *carrier*) that started it. When it waits (by [`sleep`], for a future of any executor,
//! for room in a backlog), the carrier runs others meanwhile. At most `max_workers` jobs run at once,
//! the others wait in the backlog, and what the rejection does not let into the backlog is handed back
//! to the submitter.
//!
//! # What it promises
//!
//! * Every accepted job ends in exactly one way: with a result, with an error, by a panic that stays in
//!   the job, cancelled, or abandoned with a reason. No future hangs because of the executor.
//! * A refused closure comes back unharmed. A limit on the backlog is exact, however many submit.
//! * `result()` never returns before the statistics have counted the job.
//! * Jobs of one submitter start in the order of their submission, exactly so on one carrier; several
//!   carriers hand them out in that order, a batch of up to 32 at a time. With `max_workers(1)`, jobs run
//!   one after the other in the order of submission, whoever submits them. The exception is a job that
//!   somebody runs on the spot, see below.
//! * No accepted job starves: neither behind jobs that submit their successors without end, nor on a
//!   carrier that is blocked, as long as another one takes jobs and there is a worker for it.
//! * A job that waits for a job of its own executor which has not started runs it on the spot, or lends
//!   it its worker slot; so an executor cannot deadlock by waiting for its own backlog: by `result`, `wait`,
//!   wait sets or [`io::block_on`]. It cannot see beyond itself: two executors whose jobs wait for each
//!   other's can deadlock, if each has all its workers in such waits. Give one of them workers enough for
//!   all that wait, or use one executor.
//! * Shutting down waits for what was accepted, as often as it is called, or says what is left.
//!
//! # Blocking
//!
//! What can wait says so under a heading *Blocking*; what has none neither parks a green thread nor
//! blocks an OS thread. Everything works from green threads of any executor and from plain OS threads.
//! On a green thread a wait panics inside [`no_park`], and ends with an error once that green thread
//! has been cancelled; but building an executor, shutting it down and dropping it wait all the same. A
//! wait may use up a permit that was meant for [`park`]: look at what you wait for before you park.
//!
//! # When not to use this
//!
//! For pure computation take rayon. For code that is `async` take tokio. Blocking calls of `std` block
//! the whole carrier, as does a long computation; there is no preemption. Do not hold a `std` mutex or
//! a borrowed thread-local while a job waits, let no initial value of a `thread_local!` wait (take
//! [`green_local!`]), and read the rules in the crate `greenctx` about scoped thread-locals.
//!
//! # Features
//!
//! | feature | by default | what it is |
//! | --- | --- | --- |
//! | `io` | yes | sockets, files, processes, offloaded calls: the crate `greenio` as `executor::io` |
//! | `sync` | yes | locks, channels, `select!`: the crate `greensync` as `executor::sync` |
//!
//! Without both, what is left is the pool: submit, futures, wait sets, map, rejection, shutdown.
#![deny(unsafe_code)]

mod admission;
mod builder;
mod carrier;
mod ending_thread;
mod error;
mod executor;
mod future;
#[cfg(all(feature = "io", feature = "sync"))]
pub mod guides;
mod map;
#[cfg(all(test, green_loom))]
mod models;
mod panic_hook;
mod pool;
pub mod rejection;
mod shutdown;
mod spans;
#[allow(unsafe_code, reason = "the task cell; see its invariants")]
mod task;
mod waiting;

pub use admission::refusal::{Refusal, SubmitError};
pub use builder::{BuildError, Builder};
pub use error::{AbandonReason, PanicPayload, TaskError, WaitError};
pub use executor::{ExecutorHandle, GreenThreadPoolExecutor};
pub use future::GreenFuture;
pub use future::as_completed::{AsCompleted, NotCompleted, as_completed};
pub use future::shared_future::SharedFuture;
pub use future::task_handle::{TaskHandle, TaskOutcome, TaskState};
pub use future::wait_set::{
    DoneAndNotDone, Waitable, wait_for_all, wait_for_any, wait_for_first_failure,
};
pub use map::{Map, MapBuffered, MapError, MapRefused, MapTimeout, MapUnordered};
pub use panic_hook::name_jobs_in_panics;
pub use rejection::{CheckAndReject, Load, RejectWhenReached, Verdict, reject_when_reached};
pub use shutdown::{Leftovers, Shutdown, ShutdownError};

pub use greenctx::{
    GuardKind, Interrupted, JoinError, JoinHandle, deadline, deadline_at, green_local,
    is_anybody_waiting, is_cancelled, no_park, park, park_timeout, shield, sleep, sleep_until,
    spawn, yield_now,
};
#[cfg(feature = "io")]
#[doc(no_inline)]
pub use greenio as io;
#[cfg(feature = "sync")]
#[doc(no_inline)]
pub use greensync as sync;
pub use stats::ExecutorStatistics;
pub use workqueue::Gauge;

/// Pages outside of the sources; their examples are run with those of the documentation.
#[cfg(all(doctest, feature = "io", feature = "sync"))]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}

    #[doc = include_str!("../../../README.md")]
    mod workspace_readme {}
}
