//! Locks and channels that green threads and OS threads share.
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
#[doc(hidden)]
pub mod select;
mod semaphore;
mod wait_group;

pub use barrier::{Barrier, BarrierWaitResult};
pub use channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError,
    TrySendError, bounded, never, unbounded,
};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use event::Event;
pub use greenctx::{Interrupted, deadline, shield};
pub use lazy_lock::LazyLock;
pub use mutex::{Mutex, MutexGuard};
pub use once_cell::{OnceCell, OnceLock};
pub use oneshot::oneshot;
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use semaphore::{AcquireError, OwnedPermit, Permit, Semaphore, TryAcquireError};
pub use wait_group::WaitGroup;
