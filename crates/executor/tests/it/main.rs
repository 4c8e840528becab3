//! The executor, tested through its public API.
//!
//! `docs/acceptance.md` says which test answers which promise. `GREEN_SEED` repeats a random test,
//! `GREEN_WATCHDOG_SECONDS` changes after how long a test counts as hanging.
#![deny(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

#[cfg(not(any(green_loom, green_shuttle)))]
mod acceptance;
#[cfg(green_shuttle)]
mod shuttle;
