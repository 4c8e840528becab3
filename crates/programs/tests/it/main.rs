//! The programs as their users meet them, and crates of others over the sockets of the executor.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod chat;
mod crawl;
mod http;
mod inspecting;
mod protocols;
mod running;
mod thumbs;
mod top;
