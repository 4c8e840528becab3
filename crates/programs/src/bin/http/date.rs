//! The time of day as HTTP writes it, formatted once a second.

use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;

/// The date of an answer.
#[derive(Debug, Default)]
pub(crate) struct Date {
    second: Option<u64>,
    text: String,
}

impl Date {
    /// Looks at the clock; the text is then that of the present second.
    pub(crate) fn look(&mut self) {
        let now = SystemTime::now();
        // Before 1970 nothing is right anyway.
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if self.second == Some(second) {
            return;
        }
        self.second = Some(second);
        let date = HttpDate::from(UNIX_EPOCH + Duration::from_secs(second));
        self.text.clear();
        write!(self.text, "{date}").expect("a String takes everything");
    }

    /// The date as of the last look.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}
