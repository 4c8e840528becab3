//! Green threads on one carrier.
//!
//! A *green thread* is a closure with a stack of its own that waits by switching to another one
//! instead of blocking its OS thread, the *carrier*. A switch costs a few nanoseconds, a waiting
//! green thread about one page of memory, and the code in it is plain blocking Rust.
//!
//! ```
//! use greenctx::{Carrier, Interrupted, current, park, sleep, spawn};
//! use std::time::Duration;
//!
//! let sum = Carrier::new()?.run(|| {
//!     let main = current();
//!     // A thousand threads that sleep side by side, on the one OS thread we are on.
//!     let sleepers: Vec<_> = (0..1000u64)
//!         .map(|n| {
//!             spawn(move || {
//!                 sleep(Duration::from_millis(5))?;
//!                 Ok::<_, Interrupted>(n)
//!             })
//!         })
//!         .collect();
//!     let waker = spawn(move || main.unpark());
//!     park()?;
//!     waker.join().unwrap();
//!     sleepers.into_iter().map(|sleeper| sleeper.join().unwrap()).sum::<Result<u64, _>>()
//! })??;
//! assert_eq!(sum, 499_500);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is here: stacks by the million (see [`StackPool`]), [`spawn`], [`park`] and
//! [`Thread::unpark`] across carriers and plain threads, timers, [green-locals](green_local!),
//! cooperative [cancellation](Thread::cancel), a report when a stack overflows. Everything works on a
//! plain OS thread too: it then blocks that thread, so that what is built on top runs anywhere.
//!
//! # Blocking
//!
//! What can wait says so under a heading *Blocking*; what has none neither parks a green thread nor
//! blocks an OS thread.
//!
//! # When not to use this
//!
//! For a pool with a worker limit, a backlog, futures and several carriers, take the crate
//! `executor`, which is built on this one. For computation without waiting, take rayon. If your code
//! is `async` already, it has its own tasks.
//!
//! # Soundness
//!
//! No `unsafe` is asked of you. These are the rules that make it so; each has a test.
//!
//! 1. A started green thread never leaves its carrier's OS thread, so thread-locals keep their
//!    addresses and what is not `Send` stays where it is. Only closures that have not started move
//!    between threads, and these are `Send`.
//! 2. A carrier's OS thread goes on until all its green threads have ended: nobody outside can hold a
//!    reference into a stack or a thread-local that is gone. No green thread sits in a thread-local.
//! 3. A stack is used again only after its green thread has returned. A leaked one never is.
//! 4. A green thread suspends from its own stack alone; on the scheduler's stack and in signal
//!    handlers there is no current green thread.
//! 5. Stacks are never unwound from outside. Cancelling sets a flag and resumes the thread as usual,
//!    and its park point returns [`Interrupted`]. Destructors may park, also while unwinding.
//! 6. Nothing here poisons: [`std::thread::panicking`] is a fact about an OS thread, and wrong for
//!    the siblings of a green thread that is parked in the middle of a panic.
//! 7. An overflowing stack hits its guard; the process says which green thread it was and aborts.
//! 8. After making a thread runnable, nothing of it is touched: it may be gone.
//! 9. Two holes no library can close, and in both [`no_park`] turns a mistake into a panic. Code that
//!    sets a *scoped* thread-local to a pointer, calls you and then restores it (`scoped-tls`) assumes
//!    that nobody else runs on the OS thread meanwhile: do not park in such a call. Where what was set
//!    can be taken away and put back, a [`SwitchHook`] does so at each wait; the executor has one for
//!    spans of `tracing`. And the initial value of a `thread_local!` must not park while it is made:
//!    a sibling that makes one meanwhile has it dropped while it uses it. Take [`green_local!`], or
//!    make the value before. For the same reason, do not hold a `std` mutex or a borrowed
//!    thread-local across a park: a sibling that wants it blocks the carrier for good.
//! 10. With `panic = "abort"` everything builds and runs; a panic then ends the process, as it says.
//!     A fork is noticed ([`fork_generation`]), since carriers do not follow into the child.
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
mod deadline;
mod fork;
mod hook;
mod identity;
mod interrupt;
mod local;
#[cfg(all(test, green_loom))]
mod models;
mod overflow;
mod park;
mod permit;
mod reactor;
mod share;
mod spawn;
mod stack;
mod thread;
mod timer_slack;
mod timers;
mod work;

pub use carrier::{
    AskedForThreads, Carrier, CarrierBuilder, CarrierHandle, DEFAULT_STACK_BYTES, Slot, Spawner,
    ThreadReport,
};
pub use counters::CarrierCounters;
pub use deadline::{current_deadline, deadline, deadline_at, wait_limit};
pub use fork::{generation as fork_generation, is_left_behind, watch as watch_forks};
pub use hook::SwitchHook;
pub use identity::{Identity, assume, identity, with_identity};
pub use interrupt::{Interrupted, has_been_interrupted, is_cancelled, shield};
pub use local::{AccessError, GreenLocal};
pub use park::{
    Wake, is_anybody_waiting, is_parking_forbidden, no_park, park, park_timeout, park_until, sleep,
    sleep_until, stack_left, stack_size, yield_now,
};
pub use reactor::{Notify, Reactor, ReactorInUse, install_reactor};
pub use share::{count_operation, give_way};
pub use spawn::{Builder, JoinError, JoinHandle, spawn, spawn_local};
pub use stack::{
    GuardKind, MAX_STACK_BYTES, MIN_STACK_BYTES, StackError, StackPool, StackPoolBuilder,
    StackSizeError, StackUse,
};
pub use thread::{Thread, ThreadId, Wakeup, current, with_current};
pub use work::{Found, Work};

/// Pages outside of the sources; their examples are run with those of the documentation.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}

    #[doc = include_str!("../../../docs/soundness.md")]
    mod soundness {}
}
