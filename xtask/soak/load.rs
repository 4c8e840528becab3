//! How jobs are offered: as many as the executor takes, or at a rate that does not ask.

use std::error::Error;
use std::time::Duration;

use greenstd::sync::atomic::Ordering;
use greenstd::{thread, time};

use crate::jobs::Jobs;
use crate::report::Report;

const CALIBRATION: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(1);
const SAMPLE: Duration = Duration::from_secs(1);

/// Keeps the backlog full for a while; how many jobs a second were begun.
pub(crate) fn capacity(jobs: &Jobs) -> Result<f64, Box<dyn Error>> {
    let start = time::now();
    let elapsed = || time::since(start);
    let counts = jobs.counts();
    let mut number = 0;
    while elapsed() < CALIBRATION {
        let refused = counts.refused.load(Ordering::Relaxed);
        while counts.refused.load(Ordering::Relaxed) == refused {
            jobs.offer(number);
            number += 1;
        }
        // The backlog lasts longer than that.
        thread::sleep(TICK);
    }
    let rate = counts.called.load(Ordering::Relaxed) as f64 / elapsed().as_secs_f64();
    if rate < 1.0 { Err("the executor ran no job; does it work at all?".into()) } else { Ok(rate) }
}

/// Offers `rate` jobs a second for `duration`, whatever becomes of them, and takes a sample each second.
pub(crate) fn open_loop(
    jobs: &Jobs,
    rate: f64,
    duration: Duration,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let start = time::now();
    let mut offered = 0;
    let mut next_sample = SAMPLE;
    loop {
        let elapsed = time::since(start);
        if elapsed >= next_sample || elapsed >= duration {
            report.sample(jobs, elapsed)?;
            next_sample += SAMPLE;
        }
        if elapsed >= duration {
            return Ok(());
        }
        let due = (elapsed.as_secs_f64() * rate) as u64;
        if offered >= due {
            thread::sleep(TICK);
        }
        // Should this thread be late, it still comes by to take its samples.
        let batch_end = due.min(offered + 10_000);
        while offered < batch_end {
            jobs.offer(offered);
            offered += 1;
        }
    }
}
