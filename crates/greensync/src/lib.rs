//! Locks and channels that green threads and OS threads share.
//!
//! They have the names and shapes of `std::sync` and crossbeam. Who waits parks its green thread, and the
//! carrier runs others; on a plain OS thread they block it. One object serves green threads of any carrier
//! and plain threads at once.
//!
//! ```
//! use greensync::{AcquireError, Carrier, Condvar, Mutex, Semaphore, sleep, spawn};
//! use std::time::Duration;
//!
//! static SLOTS: Semaphore = Semaphore::new(2);
//! static DONE: Mutex<Vec<u64>> = Mutex::new(Vec::new());
//! static CHANGED: Condvar = Condvar::new();
//!
//! Carrier::new()?.run(|| -> Result<(), AcquireError> {
//!     for number in 1..=6 {
//!         spawn(move || -> Result<(), AcquireError> {
//!             let _slot = SLOTS.acquire()?; // two at a time
//!             sleep(Duration::from_millis(1))?;
//!             DONE.lock()?.push(number * number);
//!             CHANGED.notify_one();
//!             Ok(())
//!         });
//!     }
//!     let done = CHANGED.wait_while(DONE.lock()?, |done| done.len() < 6)?;
//!     assert_eq!(done.iter().sum::<u64>(), 91);
//!     Ok(())
//! })??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | | what it is | who comes next |
//! | --- | --- | --- |
//! | [`Mutex`] | one at a time has the value | whoever runs takes a free lock; one that was woken in vain three times is handed it |
//! | [`RwLock`] | many read or one writes | writers and readers take turns |
//! | [`Condvar`] | waiting for a change of what a mutex guards | notifications in the order of coming |
//! | [`Semaphore`] | a number of permits | the order of coming; nobody is overtaken |
//! | [`Event`] | a flag to wait for | manual reset: all; auto reset: the order of coming |
//! | [`Barrier`] | so many wait for each other | all at once |
//! | [`WaitGroup`] | waiting until all others are done | all at once |
//! | [`OnceCell`], [`LazyLock`] | a value that is made once | one makes it; after a failure the next in the order of coming |
//! | [`bounded`], [`unbounded`], [`oneshot`](mod@oneshot) | channels | messages, and those who wait, in the order of coming |
//! | [`select!`], [`Select`] | one of several operations on channels | by chance among those that are ready; with [`select_biased!`] the first |
//!
//! # Interruption
//!
//! Every wait ends early if its green thread is cancelled, or a [`deadline`] around it passes, with an
//! [`Interrupted`]. If what it waits for is there by then, it gets that: no permit, notification or lock is
//! lost. What never has to wait is seldom interrupted, and before it has done anything: see below. Clean up that has to wait in a [`shield`]. Nothing is poisoned by a panic.
//!
//! # Giving way
//!
//! A thread that never has to wait would keep its carrier for ever: one that receives from a channel which
//! is never empty, or tries for a lock again and again. So sends, receives, selects and attempts to lock or to
//! get permits are counted, those of sockets too. Before every 64th that a green thread does without having
//! parked in between, it yields if others can run. That holds for `try_recv` and its like as well: they do not
//! wait, but others may run meanwhile, except inside [`no_park`](greenctx::no_park).
//!
//! At the same place a send, a receive, or a select that may wait, looks whether it has been interrupted, and then
//! returns that before it has done anything. So a cancellation and a deadline end also what never has to wait.
//! A lock that is free and a permit that is there are taken all the same. Looking, as by `len` or `is_set`, and
//! giving back are not counted.
//!
//! # Relationship with `std::sync` and crossbeam
//!
//! `lock()` returns an [`Interrupted`] where std's has a poison error, so `?` and `unwrap` go on working. A
//! lock may be held across a wait. That must not be done with std's: a sibling on the same carrier that
//! wants it blocks the OS thread, and the holder never goes on.
//!
//! # Blocking
//!
//! What can wait says so under a heading *Blocking*, and panics inside [`no_park`](greenctx::no_park) if it
//! has to; what has none neither parks a green thread nor blocks an OS thread. It may [give
//! way](#giving-way). Waiting allocates nothing:
//! who waits is in a list by a node on its own stack.
//!
//! # When not to use this
//!
//! Where nobody parks while holding it, `std::sync::Mutex` does as well. For counters and flags take atomics.
//! In `async` code take that code's own locks, which know its wakers. And nothing preempts: a thread that
//! was woken, or handed a lock, on a carrier that computes, holds up those that wait for it.
//!
//! # Deadlocks
//!
//! Threads that wait for one another's mutexes are found and reported: see [`deadlock`](mod@deadlock).
#![deny(unsafe_code)]

mod barrier;
#[allow(unsafe_code, reason = "guards lend what their lock guards; see its invariants")]
mod cell;
pub mod channel;
mod condvar;
pub mod deadlock;
mod event;
mod lazy_lock;
#[cfg(all(test, green_loom))]
mod models;
#[allow(unsafe_code, reason = "the lists of waiting threads; see its invariants")]
mod monitor;
mod mutex;
mod once_cell;
pub mod oneshot;
mod rwlock;
mod select;
mod semaphore;
mod share;
mod wait_group;

pub use barrier::{Barrier, BarrierWaitResult};
pub use channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError,
    TrySendError, Unsent, bounded, never, unbounded,
};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use event::Event;
pub use greenctx::{
    Carrier, Interrupted, JoinError, JoinHandle, deadline, deadline_at, no_park, shield, sleep,
    spawn, yield_now,
};
pub use lazy_lock::LazyLock;
pub use mutex::{Mutex, MutexGuard};
pub use once_cell::{OnceCell, OnceLock};
pub use oneshot::oneshot;
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use select::{
    ReadyTimeoutError, Select, SelectTimeoutError, SelectedOperation, TryReadyError, TrySelectError,
};
pub use semaphore::{AcquireError, OwnedPermit, Permit, Semaphore, TryAcquireError};
pub use wait_group::WaitGroup;

/// What [`select!`] is made of.
#[doc(hidden)]
pub mod select_parts {
    pub use crate::select::{
        ArmRef, Chosen, DEFAULT, INTERRUPTED, Outcome, RecvArm, SendArm, Wait, biased, chosen,
        fair, no_such_arm, pause,
    };
}

/// The examples of the page outside of the sources are run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
