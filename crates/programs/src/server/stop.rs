//! Ctrl-c: the first lets what has begun end, the second ends the process.

use std::io;
use std::process;

use executor::io::signal::{Signal, Signals};
use greenstd::thread;

use super::say;

/// The exit code of a program that SIGINT has ended, as shells tell it.
const INTERRUPTED: i32 = 130;

/// Ctrl-c, which does nothing by itself any more.
#[derive(Debug)]
pub(crate) struct CtrlC(Signals);

impl CtrlC {
    /// Notices it from now on.
    pub(crate) fn catch() -> io::Result<Self> {
        Signals::new([Signal::INTERRUPT]).map(CtrlC)
    }

    /// Waits for the first. From then on, the next one ends the process at once.
    pub(crate) fn wait(mut self, name: &'static str) -> io::Result<()> {
        self.0.wait()?;
        say(format_args!("{name}: finishing what has begun; ctrl-c once more ends it at once"));
        thread::Builder::new().name("second ctrl-c".into()).spawn(move || {
            if self.0.wait().is_ok() {
                say(format_args!("{name}: ended at once"));
                process::exit(INTERRUPTED);
            }
        })?;
        Ok(())
    }
}
