//! Turns a hang into a failure.

use std::io::Write as _;
use std::panic::Location;
use std::time::Duration;

use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;
use greenstd::thread::{self, Blocker};
use greenstd::time;

/// Far beyond what any test takes. Nothing is asserted about how long a test takes otherwise.
const LIMIT: Duration = Duration::from_secs(120);

/// While it lives, the process ends once the time is over.
pub(crate) struct Watchdog {
    watched: Arc<Watched>,
}

struct Watched {
    blocker: Blocker,
    has_ended: AtomicBool,
}

impl Watchdog {
    /// Watches over the test that calls.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let test = Location::caller();
        let watched =
            Arc::new(Watched { blocker: Blocker::unbound(), has_ended: AtomicBool::new(false) });
        let watching = watched.clone();
        thread::spawn(move || {
            watching.blocker.bind();
            let deadline = time::now() + LIMIT;
            while !watching.has_ended.load(Ordering::Acquire) {
                if time::now() >= deadline {
                    // Not `eprintln`, which the harness would catch and lose with the process.
                    let text = format!("the test at {test} hangs\n");
                    let _ = std::io::stderr().write_all(text.as_bytes());
                    std::process::abort();
                }
                let _ = watching.blocker.park_deadline(Some(deadline));
            }
        });
        Watchdog { watched }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.watched.has_ended.store(true, Ordering::Release);
        self.watched.blocker.unpark();
    }
}
