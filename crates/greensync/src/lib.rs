//! Locks and channels that green threads and OS threads share.
#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "guards lend what their lock guards; see its invariants")]
mod cell;
pub mod channel;
#[allow(unsafe_code, reason = "the lists of waiting threads; see its invariants")]
mod monitor;
mod mutex;
mod semaphore;

pub use channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError,
    TrySendError, bounded, never, unbounded,
};
pub use greenctx::{Interrupted, deadline, shield};
pub use mutex::{Mutex, MutexGuard};
pub use semaphore::{AcquireError, OwnedPermit, Permit, Semaphore, TryAcquireError};
