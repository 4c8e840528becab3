//! Green threads on one carrier.
//!
//! A *green thread* is a closure with a stack of its own. It waits by switching to another green thread,
//! instead of blocking its OS thread, the *carrier*. A switch costs a few nanoseconds, a waiting green thread
//! about one page of memory. The code in it is plain blocking Rust.
//!
//! ```
//! use greenctx::{Carrier, current, park, sleep, spawn};
//! use std::error::Error;
//! use std::time::Duration;
//!
//! let sum = Carrier::new()?.run(|| -> Result<u64, Box<dyn Error>> {
//!     // A thousand threads that sleep side by side, on the one OS thread we are on.
//!     let sleepers: Vec<_> = (0..1000u64)
//!         .map(|n| {
//!             spawn(move || {
//!                 sleep(Duration::from_millis(5))?;
//!                 Ok::<_, greenctx::Interrupted>(n)
//!             })
//!         })
//!         .collect();
//!     // A thread of any kind may wake another one.
//!     let main = current();
//!     std::thread::spawn(move || main.unpark());
//!     park()?;
//!     let mut sum = 0;
//!     for sleeper in sleepers {
//!         sum += sleeper.join()??;
//!     }
//!     Ok(sum)
//! })??;
//! assert_eq!(sum, 499_500);
//! # Ok::<(), Box<dyn Error>>(())
//! ```
//!
//! Everything works on a plain OS thread too, where it blocks that thread. So what is built on this crate
//! runs anywhere.
//!
//! # What to take
//!
//! | I want to | take |
//! | --- | --- |
//! | run green threads on this OS thread | [`Carrier::run`] |
//! | start a green thread | [`spawn`]; with a name, a stack size or an error: [`Builder`] |
//! | start one with an `Rc` or another value that is not `Send` | [`spawn_local`] |
//! | wait for its result | [`JoinHandle::join`], or [`wait_timeout`](JoinHandle::wait_timeout) |
//! | let a thread wait until another one wakes it | [`park`] and [`Thread::unpark`]; with a limit: [`park_deadline`] |
//! | wait for the first of several events | [`park`], with the same [`Thread`] handed to each of them |
//! | wait for some time | [`sleep`]; at a fixed rate: [`sleep_until`] |
//! | let others run during a long computation | [`yield_now`] if [`is_anybody_waiting`] |
//! | limit the time of all waits in some code | [`with_timeout`] |
//! | stop a green thread | [`Thread::cancel`]; it sees [`Interrupted`] or [`is_cancelled`] |
//! | clean up after a cancellation, with waits | [`shield`] |
//! | keep a value for each green thread | [`green_local!`] |
//! | make sure that some code does not wait | [`no_park`] |
//! | keep apart what a library keeps by OS thread | [`SwitchHook`] |
//! | choose the size of stacks, share them between carriers | [`CarrierBuilder::stack_size`], [`StackPool`] |
//! | see how deep stacks are used | [`StackPool::deepest_bytes`], [`stack_left`] |
//! | see what green threads wait for, and their stacks | [`CarrierHandle::survey`] |
//! | see what a carrier does | [`CarrierHandle::counters`], [`CarrierHandle::threads`] |
//! | see what its threads did in the last seconds | [`CarrierHandle::start_trace`], [`CarrierHandle::snapshot_trace`] |
//!
//! For those who build pools, locks, channels and sockets on this crate:
//!
//! | I want to | take |
//! | --- | --- |
//! | feed a carrier with jobs from outside | [`Work`], [`Spawner`], [`Carrier::run_with`], [`CarrierHandle::wake`] |
//! | run jobs that have a name, a cancellation and green-locals | [`Identity`], [`assume`], [`assume_until`] |
//! | let a carrier sleep where events come from | [`Reactor`], [`Notify`], [`install_reactor`] |
//! | say in reports what a thread waits for | [`waiting`] |
//! | wake a thread of a list of waiters | [`Thread::wakeup`] |
//! | refuse to wait inside [`no_park`] | [`is_parking_forbidden`], [`refuse_to_park`] |
//! | be fair in operations that seldom wait | [`count_operation`], [`give_way`] |
//! | know whether a job may have ended because it was cancelled, or because its time was over | [`has_been_interrupted`], [`has_timed_out`] |
//! | know how long a wait may last | [`Limit`], [`current_deadline`] |
//! | notice a fork | [`watch_forks`], [`fork_generation`], [`is_left_behind`] |
//!
//! # Blocking
//!
//! An item that can wait says so under a heading *Blocking*. An item without that heading neither parks a
//! green thread nor blocks an OS thread.
//!
//! # When not to use this
//!
//! * For a pool with a worker limit, a backlog, futures and several carriers, take the crate `executor`,
//!   which is built on this one.
//! * For computation without waiting, take rayon.
//! * If your code is `async` already, it has its own tasks.
//! * On other systems than Linux with glibc, on x86-64 or aarch64, it does not compile.
//!
//! # Soundness
//!
//! No `unsafe` is asked of you. These rules make it so; each has a test.
//!
//! 1. A started green thread never leaves its carrier's OS thread. So thread-locals keep their addresses,
//!    and what is not `Send` stays where it is. Only closures that have not started move between threads, and
//!    these are `Send`.
//! 2. A carrier's OS thread goes on until all its green threads have ended. So nobody outside can hold a
//!    reference into a stack or a thread-local that is gone. No green thread sits in a thread-local.
//! 3. A stack is used again only after its green thread has returned. A leaked one never is.
//! 4. A green thread suspends from its own stack alone. On the scheduler's stack and in signal handlers there
//!    is no current green thread.
//! 5. Stacks are never unwound from outside. Cancelling sets a flag and resumes the thread as usual, and its
//!    park point returns [`Interrupted`]. Destructors may park, also while unwinding.
//! 6. Nothing here poisons. [`std::thread::panicking`] is a fact about an OS thread: it is wrong for the
//!    siblings of a green thread that is parked in the middle of a panic.
//! 7. An overflowing stack hits its guard. The process says which green thread it was, and aborts.
//! 8. After a thread is made runnable, nothing of it is touched: it may be gone.
//! 9. Two holes remain that no library can close. In both, [`no_park`] turns a mistake into a panic.
//!    * Some code sets a *scoped* thread-local to a pointer, calls you, and then restores it (`scoped-tls`).
//!      It assumes that nobody else runs on the OS thread meanwhile: do not park in such a call. A
//!      [`SwitchHook`] helps where the value can be taken away and put back; the executor has one for spans of
//!      `tracing`.
//!    * The initial value of a `thread_local!` must not park while it is made. A sibling may make one
//!      meanwhile, which is then dropped while that sibling uses it. Take [`green_local!`], or make the value
//!      before.
//!
//!    For the same reason, do not hold a `std` mutex or a borrowed thread-local across a park: a sibling that
//!    wants it blocks the carrier for good.
//! 10. With `panic = "abort"` everything builds and runs; a panic then ends the process, as it says. A fork is
//!     noticed ([`fork_generation`]), since carriers do not follow into the child.
#![warn(missing_docs)]
// Examples import what they use, and nothing else.
#![doc(test(attr(deny(unused))))]
#[cfg(not(target_os = "linux"))]
compile_error!(
    "greenctx runs on Linux alone: stacks, guards and waits are made of its system calls"
);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!(
    "greenctx runs on x86-64 and aarch64 alone: other processors are untried, and on some of them \
     (riscv64, armv7, loongarch64) the compiler does not probe the stack in functions with large \
     frames, which could step over the guard of a stack into somebody else's"
);
#[cfg(not(all(target_pointer_width = "64", target_endian = "little")))]
compile_error!("greenctx runs with pointers of 64 bits, the low byte first; all else is untried");
#[cfg(all(target_os = "linux", not(target_env = "gnu")))]
compile_error!(
    "greenctx is meant for glibc, with which it is tested; musl and other C libraries are untried"
);

mod alternate_stack;
mod attention;
mod carrier;
mod context;
mod counters;
mod cpu;
mod deadline;
mod fork;
mod here;
mod hold;
mod hook;
mod identity;
mod interrupt;
mod join_error;
mod limit;
mod local;
#[cfg(all(test, green_loom))]
mod models;
mod origin;
mod overflow;
mod park;
mod per_process;
mod permit;
mod reactor;
mod role;
mod share;
mod spawn;
mod stack;
mod survey;
mod thread;
mod timer_slack;
mod timers;
pub mod trace;
mod waiting;
mod work;

pub use carrier::{
    AskedForThreads, Carrier, CarrierBuilder, CarrierHandle, DEFAULT_STACK_BYTES, Seat, Spawner,
    ThreadReport,
};
pub use counters::CarrierCounters;
pub use cpu::time_stamp;
pub use deadline::{current_deadline, with_deadline, with_timeout};
pub use fork::{generation as fork_generation, is_left_behind, watch as watch_forks};
pub use here::{Here, here, set_mark};
pub use hold::{Capture, CaptureSignal, CaptureSignalError, Doze, Progress};
pub use hook::SwitchHook;
pub use identity::{Identity, assume, assume_until, with_identity};
pub use interrupt::{Interrupted, has_been_interrupted, has_timed_out, is_cancelled, shield};
pub use join_error::{JoinError, ThreadPanic};
pub use limit::Limit;
pub use local::{AccessError, GreenLocal};
pub use origin::{Origin, origin};
pub use park::{
    Wake, is_anybody_waiting, is_parking_forbidden, no_park, park, park_deadline, park_timeout,
    refuse_to_park, sleep, sleep_until, stack_left, stack_size, yield_now,
};
pub use per_process::PerProcess;
pub use reactor::{Notify, Reactor, ReactorInUse, install_reactor};
pub use share::{count_operation, give_way};
pub use spawn::{Builder, JoinHandle, spawn, spawn_local};
pub use stack::{
    GuardKind, MAX_STACK_BYTES, MIN_STACK_BYTES, StackError, StackPool, StackPoolBuilder,
    StackSizeError, StackUse,
};
pub use survey::{
    NoAnswer, Registers, Slice, StackCopy, Survey, SurveyOptions, SurveyedState, SurveyedThread,
    WaitMark,
};
pub use thread::{Thread, ThreadId, Wakeup, current, with_current};
pub use waiting::{Waiting, waiting};
pub use work::{Found, Work};

/// Pages outside of the sources; their examples are run with those of the documentation.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}

    #[doc = include_str!("../../../docs/soundness.md")]
    mod soundness {}
}
