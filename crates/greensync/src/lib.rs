//! Locks and channels that green threads and OS threads share.
#![deny(unsafe_code)]

pub mod channel;
#[allow(unsafe_code, reason = "the lists of waiting threads; see its invariants")]
mod monitor;

pub use channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError,
    TrySendError, bounded, never, unbounded,
};
