//! What the progress bar shows.

use indicatif::ProgressBar;
use programs::progress;

use crate::say;

const TEMPLATE: &str = "{elapsed:>4} {wide_bar} {human_pos}/{human_len} files, {msg}";

/// How far the work has come.
pub(crate) struct Progress {
    bar: ProgressBar,
    bytes: u64,
}

impl Progress {
    /// Nothing found, nothing done.
    pub(crate) fn new() -> Self {
        Progress { bar: progress::bar(TEMPLATE), bytes: 0 }
    }

    /// The walk has found one more file.
    pub(crate) fn found(&self) {
        self.bar.inc_length(1);
    }

    /// One more file is done with.
    pub(crate) fn done(&mut self, bytes: u64) {
        self.bytes += bytes;
        if !self.bar.is_hidden() {
            self.bar.set_message(indicatif::BinaryBytes(self.bytes).to_string());
        }
        self.bar.inc(1);
    }

    /// Says something on stderr, beside the bar.
    pub(crate) fn say(&self, line: std::fmt::Arguments<'_>) {
        self.aside(|| say(line));
    }

    /// Takes the bar off the terminal for as long as `write` writes to it.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the bar off the terminal for good.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
