//! Thumbnails and hashes of the images in a directory, made by workers in this process or in others.
//!
//! ```text
//! cargo run --release --bin thumbs -- DIR                           # in this process
//! cargo run --release --bin thumbs -- DIR --workers 3               # in three others, by a nats-server of its own
//! cargo run --release --bin thumbs -- DIR --nats nats://HOST:4222   # by workers that are there already
//! cargo run --release --bin thumbs -- work --nats nats://HOST:4222  # such a worker
//! cargo run --release --bin thumbs -- dead list --nats nats://HOST:4222
//! ```
//!
//! One image is one job. Workers on other machines must see the directory under the same path. A worker ends in order by
//! SIGTERM or ctrl-c: it finishes what it has begun. One that is killed costs a few seconds, and no image.

mod arguments;
mod dead;
mod image_job;
mod server;
mod submit;
mod work;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Some(Command::Work(work)) => work::run(&work),
        Some(Command::Dead(dead)) => dead::run(&dead),
        None => submit::run(&arguments.submit),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            say(format_args!("thumbs: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// What ends the program early.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Prints a line on stderr. Should nobody read it, nobody misses it.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}
