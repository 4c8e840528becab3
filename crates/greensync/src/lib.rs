//! Locks and channels that green threads and OS threads share.
//!
//! They have the names and shapes of `std::sync` and crossbeam. A green thread that waits parks, and its
//! carrier runs others; an OS thread blocks. One object serves green threads of any carrier and plain OS threads
//! at once.
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
//! # What to take for what
//!
//! | I want to | take |
//! | --- | --- |
//! | change a value from several threads | [`Mutex`] |
//! | read a value often and change it seldom | [`RwLock`] |
//! | wait until a value that a mutex guards has changed | [`Condvar`] |
//! | let only so many threads do something at once | [`Semaphore`] |
//! | hand such a permit to another thread, or keep it in a struct | [`Semaphore::acquire_owned`] |
//! | share a few things that are dear to make, such as connections | [`Pool`] |
//! | tell all threads that something has happened | [`Event::new`] |
//! | wake one thread for each signal | [`Event::auto_reset`] |
//! | let a fixed number of threads wait for each other | [`Barrier`] |
//! | wait for the end of any number of threads | [`WaitGroup`] |
//! | make a value once, when it is first used | [`LazyLock`] in a `static`, else [`OnceCell`] |
//! | send messages, and slow down a sender that is too fast | [`bounded`] |
//! | send messages without ever waiting | [`unbounded`] |
//! | hand a message over from thread to thread | [`bounded`]`(0)` |
//! | send one answer | [`oneshot`](mod@oneshot) |
//! | wait for the first of several channels | [`select!`]; [`Select`] if their number is known at run time alone |
//! | prefer one of these channels | [`select_biased!`], [`Select::new_biased`] |
//! | switch one of these channels off | [`never()`] |
//! | do something at a moment, or each so often, among these | [`after`], [`at`], [`tick`] |
//! | wait for a limited time | the methods that end in `_timeout` and `_deadline`, or [`with_timeout`] around any code |
//! | look without waiting | the methods that begin with `try_` |
//! | clean up in a thread that is cancelled | [`shield`] |
//! | find out why threads hang | [`deadlock`](mod@deadlock) |
//!
//! # Whose turn it is
//!
//! | | the next one |
//! | --- | --- |
//! | [`Mutex`] | a running thread takes a free lock; a waiter that was woken in vain three times is handed it |
//! | [`RwLock`] | writers and readers take turns |
//! | [`Condvar`] | the one that has waited longest |
//! | [`Semaphore`] | the one that has waited longest; no thread is overtaken |
//! | [`Event`] | manual reset: all; auto reset: the one that has waited longest |
//! | [`Pool`] | the one that has waited longest; no thread is overtaken |
//! | [`Barrier`], [`WaitGroup`] | all at once |
//! | [`OnceCell`], [`LazyLock`] | one makes the value; after a failure, the one that has waited longest |
//! | [`bounded`], [`unbounded`] | messages in the order in which they were sent; of the threads, the one that has waited longest |
//! | [`select!`], [`Select`] | by chance among the operations that are ready; with [`select_biased!`] the first |
//!
//! # Interruption
//!
//! Every wait ends early, with an [`Interrupted`], if its green thread is cancelled or a [deadline](with_timeout)
//! around it passes. If what it waits for is there by then, it gets that: no permit, notification or lock is lost. An
//! operation that never has to wait is seldom interrupted, and then before it has done anything: see [giving
//! way](#giving-way). Clean up in a [`shield`] if the cleaning has to wait. A panic poisons nothing.
//!
//! # Giving way
//!
//! A thread that never has to wait would keep its carrier for ever. An example is one that receives from a
//! channel which is never empty, or one that tries for a lock again and again. So sends, receives, selects and
//! attempts to lock or to get permits are counted, and operations on sockets with them. Before every 64th that a
//! green thread does without having parked in between, it yields if others can run. That holds for `try_recv`
//! and its like as well. They do not wait, but others may run meanwhile, except inside [`no_park`].
//!
//! The 64th operation is the end of the thread's *turn*. There, a send, a receive, or a select that may wait also
//! looks whether the thread has been interrupted. If so, it returns that before it has done anything. So a
//! cancellation and a deadline also end a loop that never has to wait. A lock that is free and a permit that is
//! there are taken all the same. Calls that only look, as `len` or `is_set`, and calls that give back are not
//! counted.
//!
//! # Relationship with `std::sync` and crossbeam
//!
//! `lock()` returns an [`Interrupted`] where std's returns a poison error, so `?` and `unwrap` go on working. A
//! lock may be held across a wait. That must not be done with a lock of std: a sibling on the same carrier that
//! wants it blocks the OS thread, and the holder never goes on.
//!
//! # Blocking
//!
//! Whatever can wait says so under a heading *Blocking*, and panics inside [`no_park`] if it
//! has to. Whatever has no such heading neither parks a green thread nor blocks an OS thread. Waiting allocates
//! nothing: a waiting thread is in a list by a node on its own stack.
//!
//! # When not to use this
//!
//! - Threads that never park while they hold a lock: `std::sync::Mutex` does as well, and needs no `?`.
//! - Counters and flags: take atomics.
//! - `async` code: take its own locks, which know its wakers. (A [`oneshot::Receiver`] can be awaited.)
//! - Nothing preempts. A thread that was woken, or handed a lock, may be on a carrier that computes. It then
//!   holds up the threads that wait for it.
#![deny(unsafe_code)]

mod barrier;
#[allow(unsafe_code, reason = "guards lend what their lock guards; see its invariants")]
mod cell;
pub mod channel;
mod condvar;
pub mod deadlock;
mod event;
mod giving_way;
mod lazy_lock;
#[cfg(all(test, green_loom))]
mod models;
#[allow(unsafe_code, reason = "the lists of waiting threads; see its invariants")]
mod monitor;
mod mutex;
mod once_cell;
pub mod oneshot;
mod pool;
mod rwlock;
mod select;
mod semaphore;
mod wait_group;

pub use barrier::{Barrier, BarrierWaitResult};
pub use channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError,
    TrySendError, Unsent, after, at, bounded, never, tick, unbounded,
};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use event::Event;
pub use greenctx::{
    Carrier, Interrupted, JoinError, JoinHandle, no_park, shield, sleep, spawn, with_deadline,
    with_timeout, yield_now,
};
pub use lazy_lock::LazyLock;
pub use mutex::{Mutex, MutexGuard};
pub use once_cell::{OnceCell, OnceLock};
pub use oneshot::oneshot;
pub use pool::{GetError, Pool, PoolBuilder, PoolStatistics, Pooled, TryGetError};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use select::{
    ReadyTimeoutError, Select, SelectTimeoutError, SelectedOperation, TryReadyError, TrySelectError,
};
pub use semaphore::{AcquireError, OwnedPermit, Permit, Semaphore, TryAcquireError};
pub use wait_group::WaitGroup;

/// The parts of which [`select!`] is made. They may change at any time.
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
