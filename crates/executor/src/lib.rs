//! A green-thread pool executor: jobs in plain blocking style, thousands in flight on a few OS threads.
//!
//! ```
//! use executor::{GreenThreadPoolExecutor, Interrupted, Shutdown, reject_when_wait_exceeds, sleep};
//! use std::time::Duration;
//!
//! let pool = GreenThreadPoolExecutor::builder()
//!     .max_workers(1000) // jobs in flight
//!     .carriers(2) // OS threads
//!     .check_and_reject(reject_when_wait_exceeds(Duration::from_millis(250))) // in the backlog
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
//! A job is a closure that is `Send`. It runs on a *green thread*, which has a stack of its own and stays on
//! the OS thread that started it, the *carrier*. While it waits, the carrier runs others. It waits by
//! [`sleep`], for a future of any executor, for room in a backlog, for a lock or a socket. At most
//! `max_workers` jobs run at once, and the others wait in the backlog. What the rejection does not let into the
//! backlog goes back to the submitter.
//!
//! # What to take
//!
//! | I want to | take |
//! | --- | --- |
//! | start an executor | [`GreenThreadPoolExecutor::builder`], [`Builder`] |
//! | submit a job | [`submit`](ExecutorHandle::submit); one that may fail: [`try_submit`](ExecutorHandle::try_submit) |
//! | give a job a name, or say how long it may wait for room | [`job`](ExecutorHandle::job), [`JobBuilder`] |
//! | write code for executors of any kind | the trait [`Executor`] |
//! | run jobs that block an OS thread | [`ThreadPoolExecutor`] |
//! | run jobs on the caller, in a test | [`SynchronousExecutor`] |
//! | submit from inside a job, or from another thread | an [`ExecutorHandle`] |
//! | refuse work under overload | [`Builder::check_and_reject`] with [`reject_when_wait_exceeds`]; the guide to [overload](guides::overload) |
//! | let some jobs give way under overload | [`JobBuilder::low`] |
//! | say when to come back | [`SubmitError::retry_after`] |
//! | slow down a submitter that is too fast | [`submit_wait`](ExecutorHandle::submit_wait); for a limited time: [`JobBuilder::wait_timeout`] |
//! | run a job later | [`submit_after`](ExecutorHandle::submit_after), [`submit_at`](ExecutorHandle::submit_at) |
//! | run a function again and again | [`every`](ExecutorHandle::every), the guide to [schedules](guides::schedules) |
//! | do something else with a refused job | [`SubmitError::into_inner`] |
//! | wait for a result | [`GreenFuture::result`]; for a limited time: [`result_timeout`](GreenFuture::result_timeout) |
//! | wait for a result in `async` code | `.await` on the [`GreenFuture`]; the guide [beside async](guides::beside_async) |
//! | wait for `async` code in a job | [`io::block_on`] |
//! | be called when a job has ended | [`GreenFuture::on_done`], [`TaskHandle::add_done_callback`] |
//! | give one result to several readers | [`GreenFuture::shared`] |
//! | wait for the first of several jobs | [`wait_for_any`]; for a limited time: [`wait_for_any_timeout`] |
//! | handle each of several jobs as it ends | [`as_completed`] |
//! | wait for all jobs | [`wait_for_all`]; until one fails: [`wait_for_first_failure`] |
//! | call a function for many inputs | [`map`](ExecutorHandle::map) |
//! | the same for inputs without end, or large results | [`map_buffered`](ExecutorHandle::map_buffered), [`map_unordered`](ExecutorHandle::map_unordered) |
//! | the same, where an `Err` is a failure | [`try_map`](ExecutorHandle::try_map) and its lazy siblings |
//! | submit jobs that belong together, and stop them together | [`group`](ExecutorHandle::group), [`try_group`](ExecutorHandle::try_group), the guide to [structured work](guides::structured) |
//! | the same, with jobs that borrow | [`try_scope`](ExecutorHandle::try_scope) |
//! | stop a job | [`GreenFuture::cancel`], [`TaskHandle::cancel`]; the job sees [`Interrupted`] or [`is_cancelled`] |
//! | limit the time of all waits in some code | [`with_timeout`] |
//! | limit the time for which a job runs, or until it starts | [`JobBuilder::timeout`], [`JobBuilder::expires`] |
//! | clean up after a cancellation, with waits | [`shield`] |
//! | let others run during a long computation | [`yield_now`] if [`is_anybody_waiting`] |
//! | start a green thread beside a job, on its carrier | [`spawn`] |
//! | keep a value for each job | [`green_local!`] |
//! | prepare each carrier | [`Builder::initializer`] |
//! | change how many jobs may run | [`resize`](ExecutorHandle::resize) |
//! | list the jobs that run, and stop some | [`running`](ExecutorHandle::running) |
//! | see what waits and what runs | [`gauge`](ExecutorHandle::gauge), [`statistics`](ExecutorHandle::statistics), the guide to [tracing](guides::tracing) |
//! | know which job has panicked | [`TaskError::Panicked`], [`name_jobs_in_panics`] |
//! | end in order | [`shutdown`](ExecutorHandle::shutdown), [`Shutdown`] |
//! | read how it all goes together | [`guides`] |
//!
//! # What it promises
//!
//! * Every accepted job ends in exactly one way: with a result, with an error, by a panic that stays in the
//!   job, cancelled, or abandoned with a reason. No future hangs because of the executor.
//! * A refused closure comes back unharmed. A limit on the backlog is exact, however many threads submit.
//! * `result()` never returns before the statistics have counted the job.
//! * Jobs of one submitter start in the order of their submission. On one carrier that is exact. Several
//!   carriers take them in that order, in batches of up to 32. With `max_workers(1)`, jobs run one after the
//!   other in the order of submission, whoever submits them. The exception is a job that is run on the spot,
//!   see below.
//! * No accepted job starves: not behind jobs that submit their successors without end, and not on a carrier
//!   that is blocked. For the latter, another carrier must take jobs, and there must be a worker for it.
//! * An executor cannot deadlock by waiting for its own backlog. A job may wait for a job of its own executor
//!   that has not started. It then runs that job on the spot, or lends it its worker slot. That holds for
//!   `result`, `wait`, wait sets and [`io::block_on`].
//! * It cannot see beyond itself. Two executors whose jobs wait for each other's can deadlock, if each has all
//!   its workers in such waits. Give one of them enough workers for all that wait, or use one executor.
//! * A shutdown waits for what was accepted, as often as it is called, or says what is left.
//!
//! # Blocking
//!
//! An item that can wait says so under a heading *Blocking*. An item without that heading neither parks a green
//! thread nor blocks an OS thread. Everything works on green threads of any executor and on plain OS threads.
//!
//! A wait on a green thread panics inside [`no_park`]. It ends with an error once that green thread has been
//! cancelled. There are three exceptions, which wait all the same: to build an executor, to shut it down, and
//! to drop it.
//!
//! A wait may use up a permit that was meant for [`park`]. So look at what you wait for before you park.
//!
//! # When not to use this
//!
//! * For pure computation, take rayon. Nothing preempts here: a long computation holds up its carrier.
//! * For code that is `async` already, take tokio.
//! * A blocking call of `std` blocks the whole carrier. Take those of [`io`] instead, or [`io::unblock`].
//! * For green threads without a pool, take the crate `greenctx`, on which this one is built.
//!
//! Some code must not wait in a job; the crate `greenctx` has the rules, and the reasons. Do not hold a `std`
//! mutex or a borrowed thread-local while a job waits. Let no initial value of a `thread_local!` wait: take
//! [`green_local!`]. Do not wait inside a scoped thread-local of another library.
//!
//! # Features
//!
//! | feature | by default | what it is |
//! | --- | --- | --- |
//! | `io` | yes | sockets, files, processes, offloaded calls: the crate `greenio` as `executor::io` |
//! | `sync` | yes | locks, channels, `select!`: the crate `greensync` as `executor::sync` |
//! | `tracing` | no | spans of the crate `tracing` stay with their job across waits, and `Builder::trace_jobs` opens one for each |
//! | `cron` | no | schedules by patterns of wall time, in any time zone: `ExecutorHandle::cron`, by the crate `jiff` |
//!
//! Without all, what is left is the pool: submit, futures, wait sets, map, rejection, shutdown.
#![deny(unsafe_code)]
#![warn(missing_docs)]
// Examples import what they use, and nothing else.
#![doc(test(attr(deny(unused))))]

mod admission;
mod builder;
mod carrier;
mod ending_thread;
mod error;
mod executor;
#[allow(
    unsafe_code,
    reason = "children lie in their parents' frames; see the invariants of each file"
)]
mod fork;
mod future;
pub mod group;
#[cfg(all(feature = "io", feature = "sync"))]
pub mod guides;
mod hosts;
mod inside;
pub mod job;
mod limits;
mod looking;
mod map;
#[cfg(all(test, green_loom))]
mod models;
mod naming;
mod panic_hook;
mod placing;
mod pool;
pub mod rejection;
mod running;
pub mod schedule;
mod shutdown;
mod siblings;
mod spans;
mod stopping;
#[allow(unsafe_code, reason = "the task cell; see its invariants")]
mod task;
mod timekeeper;
mod waiting;

pub use admission::refusal::{Refusal, SubmitError};
pub use builder::{BuildError, Builder};
pub use error::{AbandonReason, PanicPayload, TaskError, WaitError};
pub use executor::{ExecutorHandle, GreenThreadPoolExecutor};
pub use fork::{Scope, join, scope};
pub use future::GreenFuture;
pub use future::as_completed::{AsCompleted, NotCompleted, as_completed};
pub use future::shared_future::SharedFuture;
pub use future::task_handle::{TaskHandle, TaskOutcome, TaskState};
pub use future::wait_set::{
    DoneAndNotDone, Waitable, wait_for_all, wait_for_all_timeout, wait_for_any,
    wait_for_any_timeout, wait_for_first_failure, wait_for_first_failure_timeout,
};
pub use group::{Group, GroupHandle, TryScope};
pub use inside::{current, submit};
pub use job::JobBuilder;
pub use looking::{Outlook, QueuedJob};
pub use map::{Map, MapBuffered, MapError, MapRefused, MapTimeout, MapUnordered};
pub use panic_hook::name_jobs_in_panics;
pub use rejection::{
    CheckAndReject, Load, RejectWhenReached, RejectWhenWaitExceeds, Verdict, reject_when_reached,
    reject_when_wait_exceeds,
};
pub use running::RunningJob;
pub use schedule::{Schedule, ScheduleBuilder};
pub use shutdown::{Leftovers, Shutdown, ShutdownError};
pub use siblings::{Executor, SynchronousExecutor, ThreadPoolBuilder, ThreadPoolExecutor};
pub use stopping::is_cancelled;

pub use greenctx::{
    GuardKind, Interrupted, JoinError, JoinHandle, green_local, is_anybody_waiting, no_park, park,
    park_timeout, shield, sleep, sleep_until, spawn, with_deadline, with_timeout, yield_now,
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
