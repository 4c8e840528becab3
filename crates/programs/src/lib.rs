//! What the programs share: an HTTP client, a frame for servers, a live page about what they do, a progress bar, and an end
//! by ctrl-c; text of others made fit for a terminal, and the terminal as a whole.
//!
//! The programs themselves are in `src/bin`, a folder each. `cargo run --release --bin crawl` runs one;
//! each has `--help`.
#![forbid(unsafe_code)]

pub mod http_client;
pub mod inspecting;
pub mod interrupt;
pub mod printable;
pub mod progress;
pub mod server;
pub mod terminal;
