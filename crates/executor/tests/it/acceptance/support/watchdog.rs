//! Turns a hang into a dump and a failure.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Deref;
use std::panic::Location;
use std::time::Duration;

use executor::{Builder, ExecutorHandle, GreenThreadPoolExecutor};
use greenstd::sync::{OnceLock, StaticMutex};
use greenstd::time::{self, Instant};

/// How long a test may take, unless `GREEN_WATCHDOG_SECONDS` says otherwise.
const LIMIT: Duration = Duration::from_secs(120);

static WATCHED: StaticMutex<Vec<Entry>> = StaticMutex::new(Vec::new());

struct Entry {
    number: u64,
    site: &'static Location<'static>,
    since: Instant,
    executor: Option<ExecutorHandle>,
}

/// While it lives, the watchdog minds the test that made it.
#[must_use]
pub(crate) struct Watch(u64);

/// An executor under the eyes of the watchdog, until it has been dropped.
pub(crate) struct Watched {
    executor: GreenThreadPoolExecutor,
    watch: Watch,
}

/// Watches the calling test.
#[track_caller]
pub(crate) fn watch() -> Watch {
    enter(Location::caller(), None)
}

/// Builds an executor and watches it.
#[track_caller]
pub(crate) fn watched(builder: Builder) -> Watched {
    let site = Location::caller();
    let watch = enter(site, None);
    let executor = builder.build().expect("the settings are good");
    let mut entries = WATCHED.lock();
    if let Some(entry) = entries.iter_mut().find(|entry| entry.number == watch.0) {
        entry.executor = Some(executor.handle());
    }
    Watched { executor, watch }
}

impl Watched {
    /// The executor itself, to be moved or dropped; the watch goes on as long as the second part.
    pub(crate) fn into_parts(self) -> (GreenThreadPoolExecutor, Watch) {
        (self.executor, self.watch)
    }
}

impl Deref for Watched {
    type Target = GreenThreadPoolExecutor;

    fn deref(&self) -> &GreenThreadPoolExecutor {
        &self.executor
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let ended = {
            let mut entries = WATCHED.lock();
            let place = entries.iter().position(|entry| entry.number == self.0);
            place.map(|place| entries.swap_remove(place))
        };
        drop(ended);
    }
}

fn enter(site: &'static Location<'static>, executor: Option<ExecutorHandle>) -> Watch {
    static WATCHDOG: OnceLock<()> = OnceLock::new();
    WATCHDOG.get_or_init(|| {
        // It has what a thread needs before the test limits the memory, or `std` would abort.
        let bed = greenstd::thread::Parker::new();
        let is_up = bed.unparker();
        greenstd::thread::spawn(move || {
            is_up.unpark();
            guard();
        });
        bed.park();
    });
    static NUMBER: StaticMutex<u64> = StaticMutex::new(0);
    let number = {
        let mut number = NUMBER.lock();
        *number += 1;
        *number
    };
    WATCHED.lock().push(Entry { number, site, since: time::now(), executor });
    Watch(number)
}

/// The watchdog's thread.
fn guard() {
    let seconds = std::env::var("GREEN_WATCHDOG_SECONDS").ok().and_then(|text| text.parse().ok());
    let limit = seconds.map_or(LIMIT, Duration::from_secs);
    loop {
        greenstd::thread::sleep(Duration::from_millis(500));
        let entries = WATCHED.lock();
        let now = time::now();
        let hangs = |entry: &Entry| now.saturating_duration_since(entry.since) > limit;
        if entries.iter().any(hangs) {
            let text = dump(&entries, now);
            // Not by a macro: the harness would catch that.
            let _ = std::io::stderr().write_all(text.as_bytes());
            std::process::exit(1);
        }
    }
}

fn dump(entries: &[Entry], now: Instant) -> String {
    let mut text = String::from("\n=== the watchdog ends a test that hangs; all that run now:\n");
    for entry in entries {
        let age = now.saturating_duration_since(entry.since);
        let _ = writeln!(text, "--- {} for {age:?}", entry.site);
        if let Some(executor) = &entry.executor {
            let _ = writeln!(text, "{executor:?}\n{:?}", executor.gauge());
            let _ = writeln!(text, "{}", executor.statistics());
        }
    }
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    for task in tasks {
        let read = |file| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        let _ = writeln!(text, "thread {}: {}", read("comm").trim_end(), read("wchan"));
    }
    text
}
