//! Pauses between calls that are repeated.

use std::time::Duration;

use executor::{Interrupted, sleep};
use greenstd::time::{self, Instant};

const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(500);

/// Pauses, each twice as long as the one before, up to half a second.
pub(crate) struct Pauses {
    next: Duration,
}

impl Pauses {
    pub(crate) fn new() -> Self {
        Pauses { next: FIRST }
    }

    /// The next pause, which ends at `until` at the latest.
    pub(crate) fn pause(&mut self, until: Option<Instant>) -> Result<(), Interrupted> {
        let pause = until.map_or(self.next, |until| self.next.min(time::until(until)));
        self.next = (self.next * 2).min(LONGEST);
        sleep(pause)
    }
}
