//! What the sockets promise, through the public API.
//!
//! What limits a process runs in a child: the same binary, called again for one test (`testkit::child`). Wherever
//! something could hang, a watchdog turns that into a dump and a failure.
#![cfg(not(any(green_loom, green_shuttle)))]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod at_once;
mod block_on;
mod close;
mod copies;
mod datagrams;
mod descriptors;
mod echo;
mod exhaustion;
mod fork;
mod fs;
mod interruptions;
mod many;
mod offload;
mod old_kernels;
mod pairs;
mod process;
mod resolve;
mod scheduling;
mod signal;
mod storm;
mod streams;

use greenctx::CarrierBuilder;
use testkit::{on_another_carrier, on_carrier, on_plain_thread, run_on};

/// Runs `main` on a carrier of one's own making, under a watchdog.
#[track_caller]
fn on<T: 'static>(builder: CarrierBuilder, main: impl FnOnce() -> T + 'static) -> T {
    run_on(builder.build().expect("the settings are good"), main)
}
