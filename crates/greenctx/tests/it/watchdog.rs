//! Turns a hang into a dump and a failure.

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::Location;
use std::time::Duration;

use greenctx::CarrierHandle;
use greenstd::sync::Arc;
use greenstd::thread::{self, Blocker, Wake};
use greenstd::time;

/// Far beyond what any test takes. Nothing is asserted about how long a test takes otherwise.
const LIMIT: Duration = Duration::from_secs(120);

/// While it lives, the process ends with a dump of what is pending once the time is over.
pub(crate) struct Watchdog {
    done: Arc<Blocker>,
}

impl Watchdog {
    /// Watches over a test; `pending` describes what it is waiting for.
    #[track_caller]
    pub(crate) fn start(pending: impl FnOnce() -> String + Send + 'static) -> Self {
        let test = Location::caller();
        let done = Arc::new(Blocker::unbound());
        let watched = done.clone();
        thread::spawn(move || {
            watched.bind();
            if watched.park_deadline(time::now().checked_add(LIMIT)) == Wake::TimedOut {
                // Not `eprintln`, which the harness would catch and lose with the process.
                let text = format!("the test at {test} hangs; pending:\n{}\n", pending());
                let _ = std::io::stderr().write_all(text.as_bytes());
                std::process::abort();
            }
        });
        Watchdog { done }
    }

    /// Watches over a test whose green threads are on one carrier.
    #[track_caller]
    pub(crate) fn over(carrier: CarrierHandle) -> Self {
        Self::start(move || describe(&carrier))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.done.unpark();
    }
}

fn describe(carrier: &CarrierHandle) -> String {
    let counters = carrier.counters();
    let mut text = format!(
        "carrier '{}' with {} green threads, {} of them parked; {} parks, {} sleeps\n",
        carrier.name(),
        counters.live(),
        counters.parked(),
        counters.parks(),
        counters.sleeps()
    );
    match carrier.threads(time::now() + Duration::from_secs(5)) {
        Some(threads) => threads.iter().for_each(|thread| {
            let _ = writeln!(text, "  '{}' (id {})", thread.name, thread.id);
        }),
        None => text.push_str("  it does not answer: a green thread keeps its OS thread\n"),
    }
    text
}
