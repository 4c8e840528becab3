//! Figures of executors for a monitoring system: text in the format OpenMetrics, which Prometheus and others scrape.
//!
//! [`render`] makes the text; to serve it is up to the program. Each family of figures has the label `executor`, the
//! executor's name:
//!
//! | family | kind | what |
//! | --- | --- | --- |
//! | `greenpool_submitted_total` | counter | jobs accepted |
//! | `greenpool_rejected_total` | counter | jobs refused, also those that were shed at their submission |
//! | `greenpool_jobs_total` | counter | jobs that have ended, each by one `outcome`: `succeeded`, `failed`, `panicked`, `timed_out`, `cancelled`, `expired`, `shed`, `abandoned` |
//! | `greenpool_callback_panics_total` | counter | callbacks that panicked |
//! | `greenpool_forks_total`, `greenpool_steals_total` | counter | parts that jobs have forked; those that another thread ran |
//! | `greenpool_parks_total`, `greenpool_wakes_total` | counter | how often green threads have parked, and have been woken |
//! | `greenpool_backlog` | gauge | jobs that wait for a worker |
//! | `greenpool_backlog_oldest_seconds` | gauge | how long the oldest of them has waited; 0 if none does |
//! | `greenpool_delayed` | gauge | jobs that are to become due later |
//! | `greenpool_running` | gauge | jobs that have started and not ended |
//! | `greenpool_workers` | gauge | green threads by `state`: `active`, `parked` |
//! | `greenpool_workers_limit`, `greenpool_carriers` | gauge | how many workers may live; how many carriers there are |
//! | `greenpool_stack_deepest_bytes` | gauge | the deepest that any stack has ever been |
//! | `greenpool_hogs` | gauge | jobs that hold a carrier now, and were reported; for executors with a [`Watchdog`](crate::Watchdog) |
//! | `greenpool_longest_hold_seconds` | gauge | the longest that a carrier was held since the watchdog began; for the same |
//! | `greenpool_uptime_seconds` | gauge | the time since the executor was made |
//! | `greenpool_parked` | gauge | parked green threads, by `reason`: only by [`render_with_waits`] |
//! | `greenpool_carriers_silent` | gauge | carriers that a job keeps busy: only by [`render_with_waits`] |
//! | `greenpool_table` | unknown | rows of [tables that the program adds](crate::PageServer::table) to its page, by `table` and `row`, without the label `executor`: only at `/metrics` of the page |
//! | `greenpool_table_age_seconds` | gauge | how old these rows are, by `table`; for the same |
//! | `greenpool_queue_wait_seconds` | histogram | from acceptance to start |
//! | `greenpool_run_seconds` | histogram | from start to end |
//!
//! The histograms hold what the statistics measure: no job if they are off, and one in `n` if they take samples.
//!
//! # Why there is a writer of our own
//!
//! The figures are counted already, and `prometheus-client` wants to count them itself: its own counters would have to
//! be fed, or a collector be written for each family. That is as long as the writer, which is a page. What the text must
//! look like is fixed by the format, and a test has it read by the parser of Prometheus.
//!
//! # Why the buckets are fixed
//!
//! A scraper subtracts one scrape from another, bucket by bucket. So each scrape of each executor has the same buckets,
//! whatever was recorded: 1 and 3 of each power of ten, from 1 µs to 100 s, and one for all that is longer. The statistics
//! keep ranges with a width of 1/64. A range that a bound cuts counts above it, so a bucket may say a little less than
//! is true, and never more.
//!
//! # Why nothing is asked of the carriers
//!
//! [`render`] reads counters, and waits for no carrier. One that a job keeps busy would hold it up, at the very time when
//! the figures are wanted. What the parked ones wait for, only their carriers can tell. So [`render_with_waits`] asks
//! them, and takes a limit of time: the threads of a carrier that keeps silent are missing, and that carrier is counted.

mod text;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use executor::{ExecutorHandle, ExecutorStatistics};

use crate::Inspect;
#[cfg(feature = "serve")]
use crate::page::TablePage;
use crate::parked::Parked;

use text::Kind;
pub(crate) use text::Writer;

/// What to send as the type of the content, by HTTP.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The figures of these executors, as text in the format OpenMetrics. See [the module](self) for what there is.
///
/// Counters never go down from one call to the next, as long as the same executors are given. Those with the same name
/// are added up, because a scraper could not tell them apart. One that is given twice counts once. An executor that has
/// ended keeps its last figures.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::metrics;
///
/// let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// pool.submit(|| 1)?.result()?;
/// let text = metrics::render([&*pool]);
/// assert!(text.contains(r#"greenpool_jobs_total{executor="shop",outcome="succeeded"} 1"#));
/// assert!(text.ends_with("# EOF\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// Neither parks the green thread nor blocks the OS thread. It takes as long as
/// [`statistics`](ExecutorHandle::statistics) does for each executor: up to some milliseconds with thousands of workers.
#[doc(alias = "prometheus")]
#[doc(alias = "openmetrics")]
pub fn render<'a>(executors: impl IntoIterator<Item = &'a ExecutorHandle>) -> String {
    families(&rows(executors)).finish()
}

/// As [`render`], with what parked green threads wait for, which the carriers are asked for.
///
/// Each executor gets `patience` to answer. A carrier that a job keeps busy for longer is counted as silent, and its
/// threads are missing. A carrier needs about 0.15 µs for each of its green threads.
///
/// ```
/// use inspect::executor::{GreenThreadPoolExecutor, sleep};
/// use inspect::metrics;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let job = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// let line = r#"greenpool_parked{executor="shop",reason="sleep"} 1"#;
/// let sleeps = || metrics::render_with_waits([&*pool], Duration::from_secs(1)).contains(line);
/// while !sleeps() {}
/// job.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread, until all carriers have answered or `patience` is over.
pub fn render_with_waits<'a>(
    executors: impl IntoIterator<Item = &'a ExecutorHandle>,
    patience: Duration,
) -> String {
    with_waits(executors, patience).finish()
}

/// The same, to be gone on with.
pub(crate) fn with_waits<'a>(
    executors: impl IntoIterator<Item = &'a ExecutorHandle>,
    patience: Duration,
) -> Writer {
    let executors: Vec<_> = executors.into_iter().collect();
    let mut writer = families(&rows(executors.iter().copied()));
    waits(&mut writer, &executors, patience);
    writer
}

/// Adds what the program shows on its page besides. Whether a row only ever goes up, the program alone knows.
#[cfg(feature = "serve")]
pub(crate) fn tables(writer: &mut Writer, tables: &[TablePage]) {
    if tables.is_empty() {
        return;
    }
    writer.family("table", Kind::Unknown, "Rows of the tables that the program adds.");
    for table in tables {
        for row in &table.rows {
            writer.sample("", &[("table", &table.name), ("row", &row.name)], row.value);
        }
    }
    writer.family("table_age_seconds", Kind::Gauge, "How old these rows are.");
    for table in tables {
        if let Some(age) = table.age_seconds {
            writer.sample("", &[("table", &table.name)], age);
        }
    }
}

fn families(rows: &[Row]) -> Writer {
    let mut writer = Writer::default();
    counters(&mut writer, rows);
    gauges(&mut writer, rows);
    for (name, help, timings) in HISTOGRAMS {
        writer.family(name, Kind::Histogram, help);
        for row in rows {
            writer.histogram(&row.name, timings(&row.statistics));
        }
    }
    writer
}

/// All executors of one name.
struct Row {
    name: String,
    statistics: ExecutorStatistics,
    oldest_seconds: f64,
    max_workers: u64,
    carriers: u64,
    delayed: u64,
    /// By a watchdog.
    hold: Option<Hold>,
}

/// What holds carriers, and has held one longest.
#[derive(Clone, Copy)]
struct Hold {
    hogs: usize,
    longest: Duration,
}

type Number = fn(&ExecutorStatistics) -> u64;
type Histogram = (&'static str, &'static str, fn(&ExecutorStatistics) -> &stats::Timings);

const COUNTERS: &[(&str, &str, Number)] = &[
    ("submitted", "Jobs accepted.", ExecutorStatistics::submitted),
    ("rejected", "Jobs refused.", ExecutorStatistics::rejected),
    ("callback_panics", "Callbacks that panicked.", ExecutorStatistics::callback_panics),
    ("forks", "Parts that jobs have forked.", ExecutorStatistics::forked),
    ("steals", "Forked parts that another green thread ran.", ExecutorStatistics::stolen),
    ("parks", "How often a green thread has parked.", ExecutorStatistics::parks),
    ("wakes", "How often a parked green thread was woken.", ExecutorStatistics::wakes),
];

/// A job that has ended is in one of them.
const OUTCOMES: &[(&str, Number)] = &[
    ("succeeded", ExecutorStatistics::succeeded),
    ("failed", ExecutorStatistics::failed),
    ("panicked", ExecutorStatistics::panicked),
    ("timed_out", ExecutorStatistics::timed_out),
    ("cancelled", ExecutorStatistics::cancelled),
    ("expired", ExecutorStatistics::expired),
    ("shed", ExecutorStatistics::shed),
    // The statistics count those that expired or were shed among the abandoned, and read all at once.
    ("abandoned", |statistics| {
        statistics.abandoned().saturating_sub(statistics.expired() + statistics.shed())
    }),
];

const HISTOGRAMS: &[Histogram] = &[
    (
        "queue_wait_seconds",
        "How long jobs waited from acceptance to start.",
        ExecutorStatistics::queue_wait,
    ),
    ("run_seconds", "How long jobs ran, their waits included.", ExecutorStatistics::run_time),
];

fn rows<'a>(executors: impl IntoIterator<Item = &'a ExecutorHandle>) -> Vec<Row> {
    let (mut rows, mut seen) = (Vec::<Row>::new(), HashSet::new());
    for executor in executors {
        if !seen.insert(executor.number()) {
            continue;
        }
        let new = Row {
            name: executor.name().to_owned(),
            statistics: executor.statistics(),
            oldest_seconds: executor.gauge().oldest.unwrap_or_default().as_secs_f64(),
            max_workers: executor.max_workers() as u64,
            carriers: executor.num_carriers() as u64,
            delayed: executor.num_delayed() as u64,
            hold: executor
                .longest_hold()
                .map(|longest| Hold { hogs: executor.hogs().len(), longest }),
        };
        match rows.iter_mut().find(|row| row.name == new.name) {
            Some(row) => row.add(&new),
            None => rows.push(new),
        }
    }
    rows
}

impl Row {
    fn add(&mut self, other: &Row) {
        self.statistics = self.statistics.merge(&other.statistics);
        self.oldest_seconds = self.oldest_seconds.max(other.oldest_seconds);
        self.max_workers = self.max_workers.saturating_add(other.max_workers);
        self.carriers = self.carriers.saturating_add(other.carriers);
        self.delayed = self.delayed.saturating_add(other.delayed);
        self.hold = match (self.hold, other.hold) {
            (Some(one), Some(two)) => {
                Some(Hold { hogs: one.hogs + two.hogs, longest: one.longest.max(two.longest) })
            }
            (one, two) => one.or(two),
        };
    }
}

fn counters(writer: &mut Writer, rows: &[Row]) {
    for (name, help, number) in COUNTERS {
        writer.family(name, Kind::Counter, help);
        for row in rows {
            writer.sample("_total", &[("executor", &row.name)], number(&row.statistics));
        }
    }
    writer.family("jobs", Kind::Counter, "Jobs that have ended, by outcome.");
    for row in rows {
        for (outcome, number) in OUTCOMES {
            let labels = [("executor", row.name.as_str()), ("outcome", outcome)];
            writer.sample("_total", &labels, number(&row.statistics));
        }
    }
}

fn gauges(writer: &mut Writer, rows: &[Row]) {
    let mut gauge = |name, help, value: &dyn Fn(&Row) -> f64| {
        writer.family(name, Kind::Gauge, help);
        for row in rows {
            writer.sample("", &[("executor", &row.name)], value(row));
        }
    };
    gauge("backlog", "Jobs that wait for a worker.", &|row| row.statistics.queued() as f64);
    gauge("backlog_oldest_seconds", "How long the oldest job of the backlog has waited.", &|row| {
        row.oldest_seconds
    });
    gauge("delayed", "Jobs that are to become due later.", &|row| row.delayed as f64);
    gauge("running", "Jobs that have started and not ended.", &|row| {
        row.statistics.running() as f64
    });
    gauge("workers_limit", "How many workers may live.", &|row| row.max_workers as f64);
    gauge("carriers", "Carriers.", &|row| row.carriers as f64);
    gauge("stack_deepest_bytes", "The deepest that any stack has been.", &|row| {
        row.statistics.stack_high_water_bytes() as f64
    });
    gauge("uptime_seconds", "The time since the executor was made.", &|row| {
        row.statistics.uptime().as_secs_f64()
    });
    holds(writer, rows);
    writer.family("workers", Kind::Gauge, "Green threads that are alive, by state.");
    for row in rows {
        let parked = row.statistics.parked();
        // Both are read while threads move, so they may disagree a little.
        let active = row.statistics.workers().saturating_sub(parked);
        for (state, count) in [("active", active), ("parked", parked)] {
            writer.sample("", &[("executor", &row.name), ("state", state)], count);
        }
    }
}

/// What the carriers say; executors of one name are added up.
fn waits(writer: &mut Writer, executors: &[&ExecutorHandle], patience: Duration) {
    let mut parked: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut silent: BTreeMap<&str, usize> = BTreeMap::new();
    let mut seen = HashSet::new();
    for executor in executors.iter().filter(|executor| seen.insert(executor.number())) {
        let answer = Parked::ask(executor, patience);
        for (reason, (count, _)) in answer.reasons {
            *parked.entry((executor.name(), reason)).or_default() += count;
        }
        let carriers = answer.carriers.iter().filter(|carrier| !carrier.has_answered);
        *silent.entry(executor.name()).or_default() += carriers.count();
    }
    writer.family("parked", Kind::Gauge, "Parked green threads, by what they wait for.");
    for ((executor, reason), count) in parked {
        writer.sample("", &[("executor", executor), ("reason", reason)], count);
    }
    writer.family("carriers_silent", Kind::Gauge, "Carriers that a job keeps busy.");
    for (executor, count) in silent {
        writer.sample("", &[("executor", executor)], count);
    }
}

/// Those that nobody watches have none.
fn holds(writer: &mut Writer, rows: &[Row]) {
    let watched = || rows.iter().filter_map(|row| Some((&row.name, row.hold?)));
    writer.family("hogs", Kind::Gauge, "Jobs that hold a carrier and were reported.");
    for (name, hold) in watched() {
        writer.sample("", &[("executor", name)], hold.hogs);
    }
    let help = "The longest that a carrier was held.";
    writer.family("longest_hold_seconds", Kind::Gauge, help);
    for (name, hold) in watched() {
        writer.sample("", &[("executor", name)], hold.longest.as_secs_f64());
    }
}
