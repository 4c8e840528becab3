//! What has a behaviour of its own.
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod nats_server;
mod proxy;
