//! Jobs on other machines, through the public API.
#![cfg(not(any(green_loom, green_shuttle)))]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod engine;
mod faults;
mod hooks;
mod ids;
#[cfg(feature = "nats")]
mod nats;
mod opening;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "nats", feature = "postgres"))]
mod processes;
mod shown;
#[cfg(feature = "tracing")]
mod spans;
mod submitting;
mod support;
mod working;
