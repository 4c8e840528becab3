//! The recipes against real servers, and the guide against the recipes.
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod contexts;
mod guide;
mod http_server;
mod recipes;
