//! What the crate promises, through its public API.
//!
//! What ends or limits a process runs in a child: the same binary, called again for one test
//! (`testkit::child`). Wherever something could hang, a watchdog turns that into a dump and a failure.
#![cfg(not(any(green_loom, green_shuttle)))]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod cancel;
mod compile_fail;
mod deadline;
mod depth;
mod drops;
mod fairness;
mod fork;
mod handle;
mod hold;
mod hook;
mod identity;
mod join;
mod limit;
mod limits;
mod local_values;
mod no_park;
mod os;
mod overflow;
mod panics;
mod permits;
mod pinned;
mod plain_threads;
mod reactor;
#[cfg(feature = "sanitizer")]
mod sanitizer;
mod sleep;
mod spawn;
mod stacks;
mod storm;
mod survey;
mod thread_end;
mod trace;
mod unwinding;
mod work;

use greenctx::{CarrierBuilder, MIN_STACK_BYTES};
use testkit::{on_another_carrier, on_carrier, run_on};

/// The smallest stacks on which a test's own frames have room: the sanitizer makes them larger.
const SMALL_STACK_BYTES: usize =
    if cfg!(feature = "sanitizer") { 4 * MIN_STACK_BYTES } else { MIN_STACK_BYTES };

/// Runs `main` on a carrier of one's own making, under a watchdog.
#[track_caller]
fn on<T: 'static>(builder: CarrierBuilder, main: impl FnOnce() -> T + 'static) -> T {
    run_on(builder.build().expect("the settings are good"), main)
}
