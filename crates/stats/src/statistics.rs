//! The snapshot.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::NotEarlier;
use crate::timings::Timings;

/// What an executor has done up to one moment, or between two: an immutable snapshot.
///
/// Of the items accepted ([`submitted`](Self::submitted)) each is, at rest, in exactly one state:
/// [`queued`](Self::queued), [`running`](Self::running), [`executed`](Self::executed),
/// [`cancelled`](Self::cancelled) or [`abandoned`](Self::abandoned). An item that has started ends
/// as executed, or as cancelled if it was asked to stop and ended by that; abandoned ones have never run.
///
/// Sums saturate. `{}` prints a table for a terminal of 80 columns, and `{:#}` plots the two
/// histograms below it. Serialised, it loses nothing; a field missing from the input counts as 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExecutorStatistics {
    pub(crate) submitted: u64,
    pub(crate) rejected: u64,
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
    pub(crate) panicked: u64,
    pub(crate) cancelled: u64,
    pub(crate) abandoned: u64,
    pub(crate) callback_panics: u64,
    pub(crate) parks: u64,
    pub(crate) wakes: u64,
    pub(crate) queued: u64,
    pub(crate) running: u64,
    pub(crate) parked: u64,
    pub(crate) workers: u64,
    pub(crate) stack_high_water_bytes: u64,
    pub(crate) uptime: Duration,
    pub(crate) queue_wait: Timings,
    pub(crate) run_time: Timings,
}

/// Items, by what became of them.
impl ExecutorStatistics {
    /// Items accepted; those [refused](Self::rejected) are not among them.
    pub fn submitted(&self) -> u64 {
        self.submitted
    }

    /// Items refused.
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Items that have run to their end, in whichever way but by being [cancelled](Self::cancelled).
    pub fn executed(&self) -> u64 {
        self.succeeded.saturating_add(self.failures())
    }

    /// Items that returned their result.
    pub fn succeeded(&self) -> u64 {
        self.succeeded
    }

    /// Items that ran and did not succeed: [`failed`](Self::failed) or
    /// [`panicked`](Self::panicked).
    pub fn failures(&self) -> u64 {
        self.failed.saturating_add(self.panicked)
    }

    /// Items that returned an error.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Items that panicked.
    pub fn panicked(&self) -> u64 {
        self.panicked
    }

    /// Items cancelled: before they started, or while they ran, if they ended by it.
    pub fn cancelled(&self) -> u64 {
        self.cancelled
    }

    /// Items that were accepted and that nobody will ever start.
    pub fn abandoned(&self) -> u64 {
        self.abandoned
    }

    /// Callbacks that panicked.
    pub fn callback_panics(&self) -> u64 {
        self.callback_panics
    }

    /// Items that waited for a worker at the time of the snapshot.
    pub fn queued(&self) -> u64 {
        self.queued
    }

    /// Items that had started and not ended at the time of the snapshot, parked ones included.
    pub fn running(&self) -> u64 {
        self.running
    }

    /// Items executed in a second of [`uptime`](Self::uptime), or `None` if that is zero.
    pub fn executed_per_second(&self) -> Option<f64> {
        (!self.uptime.is_zero()).then(|| self.executed() as f64 / self.uptime.as_secs_f64())
    }
}

/// Green threads.
impl ExecutorStatistics {
    /// Green threads that waited for something other than their turn at the time of the snapshot.
    pub fn parked(&self) -> u64 {
        self.parked
    }

    /// Green threads that were alive at the time of the snapshot.
    pub fn workers(&self) -> u64 {
        self.workers
    }

    /// How often a green thread has parked.
    pub fn parks(&self) -> u64 {
        self.parks
    }

    /// How often a parked green thread has been woken.
    pub fn wakes(&self) -> u64 {
        self.wakes
    }

    /// The deepest that any green thread's stack has ever been, in bytes. It includes the threads that
    /// run, and those that wait: by this number stacks are sized.
    pub fn stack_high_water_bytes(&self) -> u64 {
        self.stack_high_water_bytes
    }
}

/// Time.
impl ExecutorStatistics {
    /// The time that the snapshot covers: since the executor was made or, for a difference,
    /// [since](Self::since) the earlier snapshot.
    pub fn uptime(&self) -> Duration {
        self.uptime
    }

    /// How long items waited between being accepted and being started, all together.
    pub fn queue_wait_total(&self) -> Duration {
        self.queue_wait.sum()
    }

    /// How long items ran, all together: time on the wall, from start to end, parking included.
    pub fn run_total(&self) -> Duration {
        self.run_time.sum()
    }

    /// The mean queue wait; `None` if nothing has started or timings are off.
    pub fn average_queue_wait(&self) -> Option<Duration> {
        self.queue_wait.mean()
    }

    /// The mean run time; `None` if nothing has ended or timings are off.
    pub fn average_run(&self) -> Option<Duration> {
        self.run_time.mean()
    }

    /// How long items waited between being accepted and being started; each is counted when it
    /// starts. Empty if timings are off.
    pub fn queue_wait(&self) -> &Timings {
        &self.queue_wait
    }

    /// How long items ran, from start to end; each is counted when it ends. Empty if timings are
    /// off.
    pub fn run_time(&self) -> &Timings {
        &self.run_time
    }
}

/// Several snapshots.
impl ExecutorStatistics {
    /// Two executors as if they were one.
    ///
    /// Counters, gauges and histograms add up; the stack high-water mark and the uptime are the
    /// larger of the two.
    pub fn merge(&self, other: &ExecutorStatistics) -> ExecutorStatistics {
        let sum = |number: fn(&Self) -> u64| number(self).saturating_add(number(other));
        ExecutorStatistics {
            submitted: sum(|s| s.submitted),
            rejected: sum(|s| s.rejected),
            succeeded: sum(|s| s.succeeded),
            failed: sum(|s| s.failed),
            panicked: sum(|s| s.panicked),
            cancelled: sum(|s| s.cancelled),
            abandoned: sum(|s| s.abandoned),
            callback_panics: sum(|s| s.callback_panics),
            parks: sum(|s| s.parks),
            wakes: sum(|s| s.wakes),
            queued: sum(|s| s.queued),
            running: sum(|s| s.running),
            parked: sum(|s| s.parked),
            workers: sum(|s| s.workers),
            stack_high_water_bytes: self.stack_high_water_bytes.max(other.stack_high_water_bytes),
            uptime: self.uptime.max(other.uptime),
            queue_wait: self.queue_wait.merge(&other.queue_wait),
            run_time: self.run_time.merge(&other.run_time),
        }
    }

    /// What happened since `earlier`, an earlier snapshot of the same executor.
    ///
    /// Counters and histograms are differences, and the uptime is the time between the two
    /// snapshots. `queued`, `running`, `parked`, `workers` and the stack high-water mark are those
    /// of `self`. For the minima and maxima see [`Timings::since`].
    ///
    /// # Errors
    ///
    /// If `earlier` is ahead of `self` in anything that only grows: then it is later, or of
    /// another executor.
    pub fn since(&self, earlier: &ExecutorStatistics) -> Result<ExecutorStatistics, NotEarlier> {
        let growth = |quantity, number: fn(&Self) -> u64| {
            number(self).checked_sub(number(earlier)).ok_or(NotEarlier::in_quantity(quantity))
        };
        let timings = |quantity, timings: fn(&Self) -> &Timings| {
            timings(self).since(timings(earlier)).map_err(|_| NotEarlier::in_quantity(quantity))
        };
        Ok(ExecutorStatistics {
            submitted: growth("submitted", |s| s.submitted)?,
            rejected: growth("rejected", |s| s.rejected)?,
            succeeded: growth("succeeded", |s| s.succeeded)?,
            failed: growth("failed", |s| s.failed)?,
            panicked: growth("panicked", |s| s.panicked)?,
            cancelled: growth("cancelled", |s| s.cancelled)?,
            abandoned: growth("abandoned", |s| s.abandoned)?,
            callback_panics: growth("callback_panics", |s| s.callback_panics)?,
            parks: growth("parks", |s| s.parks)?,
            wakes: growth("wakes", |s| s.wakes)?,
            uptime: self
                .uptime
                .checked_sub(earlier.uptime)
                .ok_or(NotEarlier::in_quantity("uptime"))?,
            queue_wait: timings("queue_wait", |s| &s.queue_wait)?,
            run_time: timings("run_time", |s| &s.run_time)?,
            queued: self.queued,
            running: self.running,
            parked: self.parked,
            workers: self.workers,
            stack_high_water_bytes: self.stack_high_water_bytes,
        })
    }
}
