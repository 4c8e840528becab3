//! Turns a hang into a failure.

use std::io::Write as _;
use std::panic::Location;
use std::time::Duration;

use greenstd::thread::{self, Parker, Unparker, Wake};

/// Far beyond what any test takes. Nothing is asserted about how long a test takes otherwise.
const LIMIT: Duration = Duration::from_secs(120);

/// While it lives, the process ends with a message once the time is over.
pub(crate) struct Watchdog {
    ended: Unparker,
}

impl Watchdog {
    #[track_caller]
    pub(crate) fn start() -> Self {
        let test = Location::caller();
        let (send, receive) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let parker = Parker::new();
            let _ = send.send(parker.unparker());
            if parker.park_timeout(LIMIT) == Wake::TimedOut {
                // Not `eprintln`, which the harness would catch and lose with the process.
                let _ = writeln!(std::io::stderr(), "the test at {test} hangs");
                std::process::abort();
            }
        });
        Watchdog { ended: receive.recv().expect("the thread has begun") }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.ended.unpark();
    }
}
