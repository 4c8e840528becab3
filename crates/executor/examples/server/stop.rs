//! Ctrl-c: the first lets what has begun end, the second ends the process.

use std::io;
use std::process;

mod signal {
    pub(super) fn ctrl_c() -> std::io::Result<()> {
        loop {
            std::thread::park()
        }
    }
}
use greenstd::thread;

use super::say;

/// The exit code of a program that SIGINT has ended, as shells tell it.
const INTERRUPTED: i32 = 130;

/// Waits for ctrl-c. From then on, the next one ends the process at once.
pub(crate) fn wait(name: &'static str) -> io::Result<()> {
    signal::ctrl_c()?;
    say(format_args!("{name}: finishing what has begun; ctrl-c once more ends it at once"));
    thread::Builder::new().name("second ctrl-c".into()).spawn(move || {
        if signal::ctrl_c().is_ok() {
            say(format_args!("{name}: ended at once"));
            process::exit(INTERRUPTED);
        }
    })?;
    Ok(())
}
