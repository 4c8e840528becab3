//! What the crate promises, through its public API.
#![cfg(not(any(green_loom, green_shuttle)))]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod child;
mod offload;
mod watchdog;

use greenctx::Carrier;
use greenstd::thread::JoinHandle;
use watchdog::Watchdog;

/// Runs `main` on a carrier of the calling thread, under a watchdog.
#[track_caller]
fn on_carrier<T: 'static>(main: impl FnOnce() -> T + 'static) -> T {
    let _watchdog = Watchdog::start();
    Carrier::new().unwrap().run(main).unwrap()
}

/// Runs `main` on a carrier of an OS thread of its own.
fn on_another_carrier<T: Send + 'static>(
    main: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    greenstd::thread::spawn(move || Carrier::new().unwrap().run(main).unwrap())
}
