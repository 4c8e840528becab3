//! What `top` is for a machine, for a program with executors: its jobs, what they wait for, and since when.
//!
//! ```text
//! cargo run --release --bin greenpool-top -- 127.0.0.1:6060
//! ```
//!
//! The program to be looked at serves a page by `inspect::serve`. This one asks for the same document as the browser does,
//! so both show the same. With `--once` it prints everything as plain text and ends.
//!
//! ```text
//!  source ─► document ─► model ─► views ─► section ─► layout ─► view    the terminal
//!                          ▲                                  └► plain   --once
//!                         keys
//! ```

mod arguments;
mod document;
mod headline;
mod keys;
mod layout;
mod live;
mod model;
mod plain;
mod scroll;
mod section;
mod source;
mod units;
mod view;
#[cfg(test)]
mod view_tests;
mod views;

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use greenstd::thread;
use inspect::page::Page;
use programs::server::say;

use arguments::Arguments;
use source::{Source, Trouble};

/// A program can say what it has done in the last second if it was asked before.
const BETWEEN_TWO_LOOKS: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("greenpool-top: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let source = Source::new(arguments.address.clone());
    let cannot = |trouble: Trouble| {
        let address = source.address();
        format!(
            "{address}: {trouble}\nDoes the program run, and serve a page by inspect::serve there?"
        )
    };
    if arguments.once {
        let page = look_twice(&source).map_err(cannot)?;
        return Ok(print(&plain::text(&page, &source.address()))?);
    }
    // Before the terminal is taken, so that an error is read on the ordinary screen.
    let first = source.page(false).map_err(cannot)?;
    if !io::stdout().is_terminal() {
        return Err("the standard output is no terminal; --once prints plain text".into());
    }
    Ok(live::run(source, first, arguments.interval)?)
}

/// With rates, which the first document lacks if nobody has asked lately.
fn look_twice(source: &Source) -> Result<Page, Trouble> {
    let page = source.page(true)?;
    if page.executors.iter().all(|executor| executor.recent.is_some()) {
        return Ok(page);
    }
    thread::sleep(BETWEEN_TWO_LOOKS);
    source.page(true)
}

fn print(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        // Who has read enough may go.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
