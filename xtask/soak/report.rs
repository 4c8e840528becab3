//! What was seen, and whether it is as it must be.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use executor::ExecutorStatistics;
use greenstd::sync::atomic::{AtomicU64, Ordering};

use crate::jobs::{Counts, Jobs};
use crate::process;

/// How much the memory may grow after the load has come to its height.
const GROWTH_BYTES: u64 = 32 << 20;
const MIB: u64 = 1 << 20;
/// Without a terminal, a line is printed that often.
const LINE_INTERVAL: u64 = 5;

/// Samples of a soak.
pub(crate) struct Report {
    before: ExecutorStatistics,
    /// The memory when the backlog was full for the first time.
    rss_at_height: u64,
    rss_max: u64,
    samples: u64,
    last: Totals,
    last_elapsed: Duration,
    is_terminal: bool,
}

#[derive(Clone, Copy)]
struct Totals {
    offered: u64,
    refused: u64,
    called: u64,
}

impl Report {
    /// Begins with what has been done so far.
    pub(crate) fn new(before: ExecutorStatistics, jobs: &Jobs) -> io::Result<Self> {
        let rss = process::rss_bytes()?;
        println!(" elapsed   offered/s   refused/s     begun/s    memory");
        Ok(Report {
            before,
            rss_at_height: rss,
            rss_max: rss,
            samples: 0,
            last: Totals::of(jobs.counts()),
            last_elapsed: Duration::ZERO,
            is_terminal: io::stdout().is_terminal(),
        })
    }

    /// Looks at the counts, and shows them.
    pub(crate) fn sample(&mut self, jobs: &Jobs, elapsed: Duration) -> io::Result<()> {
        let rss = process::rss_bytes()?;
        self.samples += 1;
        if self.samples <= 2 {
            self.rss_at_height = rss;
        }
        self.rss_max = self.rss_max.max(rss);
        let now = Totals::of(jobs.counts());
        let seconds = elapsed.saturating_sub(self.last_elapsed).as_secs_f64().max(0.001);
        let rate = |now: u64, last: u64| (now - last) as f64 / seconds;
        let line = format!(
            "{:>6.0} s {:>11.0} {:>11.0} {:>11.0} {:>5} MiB",
            elapsed.as_secs_f64(),
            rate(now.offered, self.last.offered),
            rate(now.refused, self.last.refused),
            rate(now.called, self.last.called),
            rss / MIB
        );
        (self.last, self.last_elapsed) = (now, elapsed);
        self.show(&line)
    }

    /// Checks everything, after the executor has ended.
    pub(crate) fn end(
        &self,
        statistics: &ExecutorStatistics,
        jobs: &Jobs,
        threads_before: u64,
    ) -> Result<(), Box<dyn Error>> {
        let counts = jobs.counts();
        let [offered, accepted, refused] =
            [&counts.offered, &counts.accepted, &counts.refused].map(load);
        let too_late = load(&counts.too_late);
        let [cancelled, called, dropped] =
            [&counts.cancelled, &counts.called, &counts.dropped].map(load);
        println!("\n\n{statistics}\n");
        let while_offered = statistics.since(&self.before)?;
        let wait = while_offered.queue_wait().percentile(99.0).unwrap_or_default();
        println!("queue wait, p99, while overloaded: {wait:.1?}\n");

        let checks = [
            ("accepted + refused = offered", accepted + refused + too_late, offered),
            ("the statistics count as many accepted", statistics.submitted(), accepted),
            ("and as many refused", statistics.rejected(), refused),
            ("executed + cancelled = accepted", statistics.executed() + cancelled, accepted),
            ("each executed job was called once", called, statistics.executed()),
            ("each closure was dropped once", dropped, offered),
            ("nothing is left in the backlog", statistics.queued() + statistics.running(), 0),
            ("the carriers' threads are gone", process::threads()?, threads_before),
        ];
        let mut wrong = 0;
        for (what, is, must_be) in checks {
            wrong += judge(what, &format!("{is} = {must_be}"), is == must_be);
        }
        let growth = self.rss_max.saturating_sub(self.rss_at_height);
        let text = format!("{} of {} MiB", growth / MIB, GROWTH_BYTES / MIB);
        wrong += judge("the memory has grown within its bound", &text, growth <= GROWTH_BYTES);
        wrong +=
            judge("jobs were refused, as it was overloaded", &refused.to_string(), refused > 0);
        if wrong == 0 { Ok(()) } else { Err(format!("{wrong} checks failed").into()) }
    }

    fn show(&self, line: &str) -> io::Result<()> {
        let mut stdout = io::stdout();
        if self.is_terminal {
            write!(stdout, "\r{line}")?;
            stdout.flush()
        } else if self.samples % LINE_INTERVAL == 1 {
            writeln!(stdout, "{line}")
        } else {
            Ok(())
        }
    }
}

impl Totals {
    fn of(counts: &Counts) -> Self {
        Totals {
            offered: load(&counts.offered),
            refused: load(&counts.refused),
            called: load(&counts.called),
        }
    }
}

fn load(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// Prints a verdict; 1 if it is wrong.
pub(crate) fn judge(what: &str, is: &str, right: bool) -> usize {
    println!("{} {what:<42} {is}", if right { "ok  " } else { "FAIL" });
    usize::from(!right)
}
