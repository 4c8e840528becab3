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
mod thread_end;
mod unwinding;
mod work;

use greenctx::{Carrier, CarrierBuilder, MIN_STACK_BYTES};
use testkit::Watchdog;

/// The smallest stacks on which a test's own frames have room: the sanitizer makes them larger.
const SMALL_STACK_BYTES: usize =
    if cfg!(feature = "sanitizer") { 4 * MIN_STACK_BYTES } else { MIN_STACK_BYTES };

/// Runs `main` on a carrier with the default settings, under a watchdog.
#[track_caller]
fn on_carrier<T: 'static>(main: impl FnOnce() -> T + 'static) -> T {
    on(Carrier::builder(), main)
}

/// Runs `main` on a carrier of one's own making, under a watchdog.
#[track_caller]
fn on<T: 'static>(builder: CarrierBuilder, main: impl FnOnce() -> T + 'static) -> T {
    run(builder.build().expect("the settings are good"), main)
}

/// Runs `main` on a carrier that was made before, under a watchdog.
#[track_caller]
fn run<T: 'static>(carrier: Carrier, main: impl FnOnce() -> T + 'static) -> T {
    let watchdog = Watchdog::over(carrier.handle());
    let failure = watchdog.failure();
    let main = move || {
        greenstd::panics::contain(main).unwrap_or_else(|payload| {
            failure.tell(greenstd::panics::message(&*payload));
            std::panic::resume_unwind(payload)
        })
    };
    carrier.run(main).expect("there is a stack for main")
}

/// Runs `main` on a carrier of an OS thread of its own.
#[track_caller]
fn on_another_carrier<T: Send + 'static>(
    main: impl FnOnce() -> T + Send + 'static,
) -> greenstd::thread::JoinHandle<T> {
    let carrier = move || Carrier::new().expect("the settings are good");
    greenstd::thread::spawn(move || carrier().run(main).expect("there is a stack for main"))
}
