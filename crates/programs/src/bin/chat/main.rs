//! A chat room over websockets, with the crate `tungstenite` as it comes; and many clients of it.
//!
//! ```text
//! cargo run --release --bin chat -- --addr 127.0.0.1:8090 --carriers 2
//! cargo run --release --bin chat -- --addr 127.0.0.1:8090 --clients 10000
//! ```
//!
//! Each client is a job that reads and a job that writes, both in plain blocking style. Everything that
//! the program itself says goes to stderr, what the clients found to stdout.

mod arguments;
mod client;
mod connection;
mod descriptors;
mod end;
mod error;
mod frame;
mod load;
mod memory;
mod room;
mod server;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    descriptors::raise_limit();
    let ended = match arguments.clients {
        Some(clients) => load::run(&arguments, clients),
        None => server::run(&arguments),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("chat: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints a line on stderr. Should nobody read it, nobody misses it.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}
