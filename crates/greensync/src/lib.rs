//! Locks and channels that green threads and OS threads share.
#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "the lists of waiting threads; see its invariants")]
mod monitor;
