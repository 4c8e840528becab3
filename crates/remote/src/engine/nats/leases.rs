//! Until when the leases of this handle run, by its own clock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use greenstd::sync::Mutex;
use greenstd::time;

/// The deadlines, by the numbers of the deliveries.
#[derive(Debug, Default)]
pub(super) struct Leases {
    until: Mutex<HashMap<u64, Instant>>,
}

impl Leases {
    /// A lease runs for that long, from `start`.
    pub(super) fn begin(&self, delivery: u64, start: Instant, lease: Duration) {
        if let Some(until) = start.checked_add(lease) {
            self.until.lock().insert(delivery, until);
        }
    }

    /// Whether it still runs. What this handle has not given out does not.
    pub(super) fn runs(&self, delivery: u64) -> bool {
        self.until.lock().get(&delivery).is_some_and(|until| time::now() < *until)
    }

    /// The job has been answered for.
    pub(super) fn end(&self, delivery: u64) {
        self.until.lock().remove(&delivery);
    }
}
