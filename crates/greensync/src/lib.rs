//! Locks and channels that green threads and OS threads share.
#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "guards lend what their lock guards; see its invariants")]
mod cell;
#[allow(unsafe_code, reason = "the lists of waiting threads; see its invariants")]
mod monitor;
mod mutex;
mod semaphore;

pub use greenctx::{Interrupted, deadline, shield};
pub use mutex::{Mutex, MutexGuard};
pub use semaphore::{AcquireError, OwnedPermit, Permit, Semaphore, TryAcquireError};
