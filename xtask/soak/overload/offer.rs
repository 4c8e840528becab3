//! The clients: they offer jobs at a rate that does not ask what becomes of them.

use std::error::Error;
use std::hint::black_box;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use executor::{ExecutorHandle, ExecutorStatistics, sleep};
use greenstd::sync::Arc;
use greenstd::sync::atomic::Ordering::Relaxed;
use greenstd::thread;

use super::ledger::{Histogram, Ledger, SLICES_PER_SECOND, sum};
use super::{MEAN_RUN, WORKERS};
use crate::process;

const TICK: Duration = Duration::from_millis(1);
/// A job computes so many steps besides its sleep: some ten microseconds.
const STEPS: u64 = 10_000;
/// Without a terminal, a line is printed that often.
const LINE_SECONDS: u64 = 5;

pub(super) struct Clients {
    executor: ExecutorHandle,
    ledger: Arc<Ledger>,
    random: Random,
}

/// A phase that is over.
#[derive(Debug)]
pub(super) struct Phase {
    pub(super) from: Duration,
    pub(super) until: Duration,
    /// From an offer to its answer.
    pub(super) times: Arc<Histogram>,
    /// The mean time for which jobs have run.
    pub(super) mean_run: Duration,
    /// The memory in use two seconds after the begin, and the most after that.
    pub(super) rss_at_height: u64,
    pub(super) rss_max: u64,
}

impl Phase {
    /// How many jobs a second can be done, as they turned out to be.
    pub(super) fn capacity(&self, nominal: f64) -> f64 {
        if self.mean_run.is_zero() { nominal } else { WORKERS as f64 / self.mean_run.as_secs_f64() }
    }
}

impl Clients {
    pub(super) fn new(executor: ExecutorHandle, ledger: Arc<Ledger>) -> Self {
        Clients { executor, ledger, random: Random(0x9E37_79B9_7F4A_7C15) }
    }

    pub(super) fn into_ledger(self) -> Arc<Ledger> {
        self.ledger
    }

    /// Offers `rate` jobs a second for a time, at random, and shows each second.
    pub(super) fn offer(&mut self, rate: f64, time: Duration) -> Result<Phase, Box<dyn Error>> {
        let before = self.executor.statistics();
        let from = self.ledger.elapsed();
        let until = from + time;
        let times = Histogram::new();
        let (mut rss_at_height, mut rss_max) = (process::rss_bytes()?, 0);
        let (mut due, mut second) = (from, 1);
        loop {
            let now = self.ledger.elapsed();
            if now >= from + Duration::from_secs(second) {
                let rss = process::rss_bytes()?;
                if second <= 2 {
                    rss_at_height = rss;
                }
                rss_max = rss_max.max(rss);
                self.show(now, rss)?;
                second += 1;
            }
            if now >= until {
                break;
            }
            while due <= now {
                self.offer_one(&times);
                due += Duration::from_secs_f64(self.random.exponential(1.0 / rate));
            }
            thread::sleep(TICK);
        }
        let mean_run = mean_run(&before, &self.executor.statistics())?;
        Ok(Phase { from, until, times, mean_run, rss_at_height, rss_max })
    }

    fn offer_one(&mut self, times: &Arc<Histogram>) {
        let offered = self.ledger.elapsed();
        let slice = self.ledger.slice(offered);
        slice.offered.fetch_add(1, Relaxed);
        let run = Duration::from_secs_f64(self.random.exponential(MEAN_RUN.as_secs_f64()));
        let (ledger, times) = (self.ledger.clone(), times.clone());
        let submitted = self.executor.submit(move || {
            black_box((0..STEPS).fold(0, |sum: u64, step| black_box(sum.rotate_left(5) ^ step)));
            // Not cancelled by anybody.
            let _ = sleep(run);
            ledger.answered(offered, &times);
        });
        match submitted {
            Ok(job) => {
                let ledger = self.ledger.clone();
                job.on_done(move |result| {
                    if result.is_err() {
                        ledger.slice(offered).shed.fetch_add(1, Relaxed);
                    }
                });
            }
            Err(_) => {
                slice.refused.fetch_add(1, Relaxed);
            }
        }
    }

    fn show(&self, now: Duration, rss: u64) -> io::Result<()> {
        let slices = self.ledger.between(now.saturating_sub(Duration::from_secs(1)), now);
        let a_second =
            SLICES_PER_SECOND as u64 * slices.len().max(1) as u64 / SLICES_PER_SECOND as u64;
        let rate = |count| sum(slices, count) * SLICES_PER_SECOND as u64 / a_second;
        let line = format!(
            "{:>6.0} s {:>7}/s offered {:>7}/s refused {:>6} waiting {:>5} MiB",
            now.as_secs_f64(),
            rate(|slice| &slice.offered),
            rate(|slice| &slice.refused),
            self.executor.queue_size(),
            rss >> 20
        );
        let mut stdout = io::stdout();
        if stdout.is_terminal() {
            write!(stdout, "\r{line}")?;
            stdout.flush()
        } else if now.as_secs().is_multiple_of(LINE_SECONDS) {
            writeln!(stdout, "{line}")
        } else {
            Ok(())
        }
    }
}

/// The mean run time of the jobs that have ended in between.
fn mean_run(
    before: &ExecutorStatistics,
    after: &ExecutorStatistics,
) -> Result<Duration, Box<dyn Error>> {
    Ok(after.since(before)?.average_run().unwrap_or_default())
}

/// Random numbers by a xorshift, so that a run can be repeated.
struct Random(u64);

impl Random {
    /// Of that mean, as the gaps of random arrivals are.
    fn exponential(&mut self, mean: f64) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let fraction = ((self.0 >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
        -fraction.ln() * mean
    }
}
