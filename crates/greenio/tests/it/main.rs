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

use greenctx::{Carrier, CarrierBuilder};
use testkit::Watchdog;

/// Runs `main` on a carrier with the default settings, under a watchdog.
#[track_caller]
fn on_carrier<T: 'static>(main: impl FnOnce() -> T + 'static) -> T {
    on(Carrier::builder(), main)
}

/// Runs `main` on a carrier of one's own making, under a watchdog.
#[track_caller]
fn on<T: 'static>(builder: CarrierBuilder, main: impl FnOnce() -> T + 'static) -> T {
    let carrier = builder.build().expect("the settings are good");
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

/// Runs `main` on a plain OS thread, under a watchdog.
#[track_caller]
fn on_plain_thread<T: Send + 'static>(main: impl FnOnce() -> T + Send + 'static) -> T {
    let _watchdog = Watchdog::start(|| String::from("a plain thread"));
    greenstd::thread::spawn(main).join().unwrap()
}
