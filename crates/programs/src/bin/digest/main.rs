//! Prints the SHA-256 of every regular file below a directory, exactly as `sha256sum` does, and at the
//! end the executor's statistics.
//!
//! ```text
//! cargo run --release --bin digest -- [DIR] [--max-backlog N]
//! ```
//!
//! One file is one job. The hashes go to stdout in the order of the walk; everything else goes to
//! stderr. A file that cannot be read is reported and counted as a failure, and the rest goes on; the
//! exit code is then 1.

mod arguments;
mod error;
mod hash;
mod line;
mod output;
mod pipeline;
mod progress;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

fn main() -> ExitCode {
    match pipeline::run(&Arguments::parse()) {
        Ok(report) => {
            say(format_args!("\n{:#}", report.statistics));
            if report.unreadable == 0 {
                return ExitCode::SUCCESS;
            }
            say(format_args!("\ndigest: {} could not be read", report.unreadable));
            ExitCode::FAILURE
        }
        // Whoever reads our output has had enough.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("digest: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints a line on stderr. Should nobody read it, nobody misses it.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}
