//! Turns a hang into a dump and a failure.
//!
//! A carrier goes on until all its green threads have ended. So when the first one fails and the others
//! wait for it, nothing would ever end either: the watchdog is told, waits a little, and dumps too.

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::Location;
use std::time::Duration;

use greenctx::CarrierHandle;
use greenstd::sync::{Arc, Mutex};
use greenstd::thread::{self, Blocker, Wake};
use greenstd::time;

/// Far beyond what any test takes. Nothing is asserted about how long a test takes otherwise.
const LIMIT: Duration = Duration::from_secs(300);

/// What is left to the others once the test has failed.
const GRACE: Duration = Duration::from_secs(5);

/// While it lives, the process ends with a dump of what is pending once the time is over.
#[derive(Debug)]
pub struct Watchdog {
    watched: Arc<Watched>,
}

/// Tells a watchdog that its test has failed.
#[derive(Debug, Clone)]
pub struct Failure {
    watched: Arc<Watched>,
}

#[derive(Debug)]
struct Watched {
    changed: Blocker,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Runs,
    Failed(String),
    Ended,
}

impl Watchdog {
    /// Watches over a test; `pending` describes what it is waiting for.
    #[track_caller]
    pub fn start(pending: impl FnOnce() -> String + Send + 'static) -> Self {
        let test = Location::caller();
        let watched =
            Arc::new(Watched { changed: Blocker::unbound(), state: Mutex::new(State::Runs) });
        let watching = watched.clone();
        thread::spawn(move || {
            if let Some(failure) = watching.wait() {
                // Not `eprintln`, which the harness would catch and lose with the process.
                let text = format!("the test at {test} {failure}; pending:\n{}\n", pending());
                let _ = std::io::stderr().write_all(text.as_bytes());
                std::process::abort();
            }
        });
        Watchdog { watched }
    }

    /// Watches over a test whose green threads are on one carrier.
    #[track_caller]
    pub fn over(carrier: CarrierHandle) -> Self {
        Self::start(move || describe(&carrier))
    }

    /// By which the watchdog can be told that its test has failed.
    pub fn failure(&self) -> Failure {
        Failure { watched: self.watched.clone() }
    }
}

impl Failure {
    /// The test has failed, with this message; it may hang now.
    pub fn tell(&self, message: Option<&str>) {
        let text = format!("has failed ({}), and hangs", message.unwrap_or("no text"));
        *self.watched.state.lock() = State::Failed(text);
        self.watched.changed.unpark();
    }
}

impl Watched {
    /// Until the test has ended; or what is wrong with it.
    fn wait(&self) -> Option<String> {
        self.changed.bind();
        let mut limit = LIMIT;
        while self.changed.park_deadline(time::after(limit)) == Wake::Unparked {
            match &*self.state.lock() {
                State::Runs => {}
                State::Failed(_) => limit = GRACE,
                State::Ended => return None,
            }
        }
        match &*self.state.lock() {
            State::Failed(text) => Some(text.clone()),
            _ => Some(String::from("hangs")),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        *self.watched.state.lock() = State::Ended;
        self.watched.changed.unpark();
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
