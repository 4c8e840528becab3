//! What the progress bar shows.

use indicatif::ProgressBar;
use programs::progress;
use url::Url;

const TEMPLATE: &str =
    "{elapsed:>4} {bar:30} {human_pos}/{human_len} addresses{prefix}, {wide_msg}";

/// How far the work has come.
pub(crate) struct Progress {
    bar: ProgressBar,
    broken: u64,
}

impl Progress {
    /// Nothing found, nothing done.
    pub(crate) fn new() -> Self {
        Progress { bar: progress::bar(TEMPLATE), broken: 0 }
    }

    /// One more address to be looked at.
    pub(crate) fn found(&self) {
        self.bar.inc_length(1);
    }

    /// One more has been looked at.
    pub(crate) fn done(&self, url: &Url) {
        if !self.bar.is_hidden() {
            self.bar.set_message(url.to_string());
        }
        self.bar.inc(1);
    }

    /// There is nothing there.
    pub(crate) fn broken(&mut self) {
        self.broken += 1;
        self.bar.set_prefix(format!(", {} broken", self.broken));
    }

    /// Takes the bar off the terminal for good.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
