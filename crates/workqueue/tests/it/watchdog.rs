//! Turns a hang into a dump and a failure.

use std::io::Write;
use std::panic::Location;
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::thread::{self, Blocker, Wake};
use greenstd::time;
use workqueue::{Item, Queue};

/// Far beyond what any test takes. Nothing is asserted about how long a test takes otherwise.
const LIMIT: Duration = Duration::from_secs(300);

/// While it lives, the process ends with a dump of the queue once the time is over.
pub(crate) struct Watchdog {
    done: Arc<Blocker>,
}

impl Watchdog {
    /// Watches over a test that works on `queue`.
    #[track_caller]
    pub(crate) fn over<T: Item>(queue: &Queue<T>) -> Self {
        let test = Location::caller();
        let queue = queue.clone();
        let done = Arc::new(Blocker::unbound());
        let watched = done.clone();
        thread::spawn(move || {
            watched.bind();
            if watched.park_deadline(time::after(LIMIT)) == Wake::TimedOut {
                // Not `eprintln`, which the harness would catch and lose with the process.
                let (sleeping, gauge) = (queue.sleeping_carriers(), queue.gauge());
                let text = format!(
                    "the test at {test} hangs; {queue:?}\n{gauge:?}, {sleeping} carriers asleep\n"
                );
                let _ = std::io::stderr().write_all(text.as_bytes());
                std::process::abort();
            }
        });
        Watchdog { done }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.done.unpark();
    }
}
