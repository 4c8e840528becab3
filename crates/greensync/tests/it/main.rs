//! What the crate promises, through its public API.
//!
//! Every kind of thread is there: green threads on one carrier, on two, and plain OS threads. Wherever
//! something could hang, a watchdog turns that into a failure.
#![cfg(not(any(green_loom, green_shuttle)))]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod channel;
mod stage;
mod watchdog;
