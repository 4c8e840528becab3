//! Crates of others, as they come, over the sockets of the executor.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod protocols;
