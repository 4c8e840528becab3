//! What has become of the jobs, by the second and by the phase. Its size does not depend on their number.

use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering::Relaxed};
use greenstd::time::{self, Instant};

use super::PATIENCE;

/// Each bucket of the histogram is wider by this than the one before.
const STEP: f64 = 1.01;
/// From 1 µs to some minutes.
const BUCKETS: usize = 2048;

/// Counts by the time at which a job was offered.
#[derive(Debug)]
pub(super) struct Ledger {
    start: Instant,
    /// By tenths of a second.
    slices: Box<[Slice]>,
}

/// What was offered in a tenth of a second, and what has become of it.
#[derive(Debug, Default)]
pub(super) struct Slice {
    pub(super) offered: AtomicU64,
    pub(super) refused: AtomicU64,
    /// Accepted, and given up before it started.
    pub(super) shed: AtomicU64,
    pub(super) in_time: AtomicU64,
    pub(super) late: AtomicU64,
}

/// The times from an offer to its answer, within a phase.
#[derive(Debug)]
pub(super) struct Histogram {
    buckets: Box<[AtomicU64]>,
}

/// How many slices there are in a second.
pub(super) const SLICES_PER_SECOND: usize = 10;

impl Ledger {
    /// For as long as that, and a little more.
    pub(super) fn new(time: Duration) -> Arc<Self> {
        let slices = (time.as_secs() as usize + 2) * SLICES_PER_SECOND;
        Arc::new(Ledger {
            start: time::now(),
            slices: (0..slices).map(|_| Slice::default()).collect(),
        })
    }

    pub(super) fn elapsed(&self) -> Duration {
        time::since(self.start)
    }

    /// The slice of an offer at that time.
    pub(super) fn slice(&self, offered: Duration) -> &Slice {
        let index = (offered.as_secs_f64() * SLICES_PER_SECOND as f64) as usize;
        &self.slices[index.min(self.slices.len() - 1)]
    }

    /// The slices of a time from its begin to its end.
    pub(super) fn between(&self, from: Duration, until: Duration) -> &[Slice] {
        let index =
            |time: Duration| (time.as_secs_f64() * SLICES_PER_SECOND as f64).round() as usize;
        let until = index(until).min(self.slices.len());
        &self.slices[index(from).min(until)..until]
    }

    /// The answer to an offer at that time has come.
    pub(super) fn answered(&self, offered: Duration, histogram: &Histogram) {
        let took = self.elapsed().saturating_sub(offered);
        histogram.count(took);
        let slice = self.slice(offered);
        if took <= PATIENCE { &slice.in_time } else { &slice.late }.fetch_add(1, Relaxed);
    }
}

/// The sum of one count over some slices.
pub(super) fn sum(slices: &[Slice], count: fn(&Slice) -> &AtomicU64) -> u64 {
    slices.iter().map(|slice| count(slice).load(Relaxed)).sum()
}

impl Histogram {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Histogram { buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect() })
    }

    fn count(&self, time: Duration) {
        let micros = (time.as_secs_f64() * 1e6).max(1.0);
        let bucket = (micros.ln() / STEP.ln()) as usize;
        self.buckets[bucket.min(BUCKETS - 1)].fetch_add(1, Relaxed);
    }

    /// So many percent took no longer than this.
    pub(super) fn percentile(&self, percent: f64) -> Duration {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let wanted = counts.iter().sum::<u64>() as f64 * percent / 100.0;
        let mut seen = 0;
        let bucket = counts.iter().position(|count| {
            seen += count;
            seen as f64 >= wanted
        });
        let micros = STEP.powi(bucket.unwrap_or(0) as i32 + 1);
        Duration::from_secs_f64(micros / 1e6)
    }
}
