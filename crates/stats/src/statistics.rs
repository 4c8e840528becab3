//! The snapshot.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::NotEarlier;
use crate::timings::Timings;

/// What an executor has done up to one moment, or between two: an immutable snapshot.
///
/// [`Gatherer::snapshot`](crate::Gatherer::snapshot) makes it.
///
/// At rest, each accepted item ([`submitted`](Self::submitted)) is in exactly one state: [`queued`](Self::queued),
/// [`running`](Self::running), [`executed`](Self::executed), [`cancelled`](Self::cancelled) or
/// [`abandoned`](Self::abandoned). An item that has started ends as executed. If it was asked to stop and ended by
/// that, it ends as cancelled. Abandoned items have never run.
///
/// Sums saturate. `{}` prints a table for a terminal of 80 columns, and `{:#}` plots the two histograms below it.
/// With `serde` it can be written and read again. That loses nothing, and a field missing from the input counts
/// as 0.
///
/// ```
/// use stats::{ExecutorStatistics, Gatherer, Gauges, Outcome};
///
/// let gatherer = Gatherer::new(1, true);
/// let recorder = gatherer.recorder(0);
/// recorder.started(900);
/// recorder.finished(Outcome::Succeeded, 40_000);
/// recorder.started(100); // this one still runs
/// let now: ExecutorStatistics = gatherer.snapshot(Gauges { submitted: 2, ..Gauges::default() });
///
/// assert_eq!(now.submitted(), now.executed() + now.running());
/// println!("{now:#}");
/// assert!(now.to_string().contains("submitted"));
/// assert_eq!(format!("{now:#}").lines().next(), now.to_string().lines().next()); // the same table
/// ```
#[doc(alias = "metrics")]
#[doc(alias = "RuntimeMetrics")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExecutorStatistics {
    pub(crate) submitted: u64,
    pub(crate) rejected: u64,
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
    pub(crate) panicked: u64,
    pub(crate) timed_out: u64,
    pub(crate) cancelled: u64,
    pub(crate) abandoned: u64,
    pub(crate) expired: u64,
    pub(crate) shed: u64,
    pub(crate) callback_panics: u64,
    pub(crate) forked: u64,
    pub(crate) stolen: u64,
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
    /// Items accepted. Those that were [refused](Self::rejected) are not among them.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.rejected();
    /// let now = gatherer.snapshot(Gauges { submitted: 3, ..Gauges::default() });
    /// assert_eq!((now.submitted(), now.rejected()), (3, 1)); // four were offered
    /// ```
    pub fn submitted(&self) -> u64 {
        self.submitted
    }

    /// Items refused.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.rejected();
    /// gatherer.rejected();
    /// assert_eq!(gatherer.snapshot(Gauges::default()).rejected(), 2);
    /// ```
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Items that have run to their end in whichever way, except those that were [cancelled](Self::cancelled).
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let recorder = gatherer.recorder(0);
    /// for outcome in [Outcome::Succeeded, Outcome::Failed, Outcome::Panicked, Outcome::Cancelled] {
    ///     recorder.started(0);
    ///     recorder.finished(outcome, 0);
    /// }
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.executed(), now.succeeded(), now.cancelled()), (3, 1, 1));
    /// ```
    #[doc(alias = "completed")]
    pub fn executed(&self) -> u64 {
        self.succeeded.saturating_add(self.failures())
    }

    /// Items that returned their result.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.recorder(0).started(0);
    /// gatherer.recorder(0).finished(Outcome::Succeeded, 0);
    /// assert_eq!(gatherer.snapshot(Gauges::default()).succeeded(), 1);
    /// ```
    pub fn succeeded(&self) -> u64 {
        self.succeeded
    }

    /// Items that ran and did not succeed: [`failed`](Self::failed), [`panicked`](Self::panicked) or
    /// [`timed_out`](Self::timed_out).
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let recorder = gatherer.recorder(0);
    /// for outcome in [Outcome::Failed, Outcome::Panicked, Outcome::Panicked] {
    ///     recorder.started(0);
    ///     recorder.finished(outcome, 0);
    /// }
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.failures(), now.failed(), now.panicked()), (3, 1, 2));
    /// ```
    pub fn failures(&self) -> u64 {
        self.failed.saturating_add(self.panicked).saturating_add(self.timed_out)
    }

    /// Items that returned an error. [`failures`](Self::failures) counts those that panicked as well.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.recorder(0).started(0);
    /// gatherer.recorder(0).finished(Outcome::Failed, 0);
    /// assert_eq!(gatherer.snapshot(Gauges::default()).failed(), 1);
    /// ```
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Items that panicked.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.recorder(0).started(0);
    /// gatherer.recorder(0).finished(Outcome::Panicked, 0);
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.panicked(), now.callback_panics()), (1, 0));
    /// ```
    pub fn panicked(&self) -> u64 {
        self.panicked
    }

    /// Items that ran, had a limit of time, and ended by that.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.recorder(0).started(0);
    /// gatherer.recorder(0).finished(Outcome::TimedOut, 0);
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.timed_out(), now.failures(), now.executed()), (1, 1, 1));
    /// ```
    pub fn timed_out(&self) -> u64 {
        self.timed_out
    }

    /// Items cancelled: before they started, or while they ran if they ended by it.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.cancelled(); // before it started
    /// gatherer.recorder(0).started(0);
    /// gatherer.recorder(0).finished(Outcome::Cancelled, 0); // while it ran
    /// assert_eq!(gatherer.snapshot(Gauges::default()).cancelled(), 2);
    /// ```
    pub fn cancelled(&self) -> u64 {
        self.cancelled
    }

    /// Items that were accepted and that no worker will ever start.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.abandoned();
    /// let now = gatherer.snapshot(Gauges { submitted: 1, ..Gauges::default() });
    /// assert_eq!((now.abandoned(), now.executed()), (1, 0));
    /// ```
    pub fn abandoned(&self) -> u64 {
        self.abandoned
    }

    /// Items that were abandoned because they had not started in time. They are among the
    /// [`abandoned`](Self::abandoned).
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.abandoned();
    /// gatherer.expired();
    /// let now = gatherer.snapshot(Gauges { submitted: 2, ..Gauges::default() });
    /// assert_eq!((now.abandoned(), now.expired()), (2, 1));
    /// ```
    pub fn expired(&self) -> u64 {
        self.expired
    }

    /// Items that were abandoned because there was more to do than could be done. They are among the
    /// [`abandoned`](Self::abandoned).
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.abandoned();
    /// gatherer.shed();
    /// let now = gatherer.snapshot(Gauges { submitted: 2, ..Gauges::default() });
    /// assert_eq!((now.abandoned(), now.shed()), (2, 1));
    /// ```
    pub fn shed(&self) -> u64 {
        self.shed
    }

    /// Callbacks that panicked.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// gatherer.callback_panicked();
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.callback_panics(), now.panicked()), (1, 0)); // no item has panicked
    /// ```
    pub fn callback_panics(&self) -> u64 {
        self.callback_panics
    }

    /// Parts that items have forked. They are not items themselves, and are in none of the other counters.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let now = gatherer.snapshot(Gauges { submitted: 1, forked: 1000, ..Gauges::default() });
    /// assert_eq!((now.submitted(), now.forked()), (1, 1000));
    /// ```
    pub fn forked(&self) -> u64 {
        self.forked
    }

    /// Forked parts that ran on another green thread than the one that had forked them.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let now = gatherer.snapshot(Gauges { forked: 1000, stolen: 3, ..Gauges::default() });
    /// let share = now.stolen() as f64 / now.forked() as f64;
    /// assert!(share < 0.01); // most were run by their parents, which costs a call
    /// ```
    pub fn stolen(&self) -> u64 {
        self.stolen
    }

    /// Items that waited for a worker at the time of the snapshot.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let now = gatherer.snapshot(Gauges { submitted: 9, queued: 4, ..Gauges::default() });
    /// assert_eq!(now.queued(), 4);
    /// ```
    #[doc(alias = "backlog")]
    #[doc(alias = "queue_depth")]
    pub fn queued(&self) -> u64 {
        self.queued
    }

    /// Items that had started and not ended at the time of the snapshot. Parked ones are among them.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let recorder = gatherer.recorder(0);
    /// recorder.started(0); // it parks, say, and its worker starts another one
    /// recorder.started(0);
    /// recorder.finished(Outcome::Succeeded, 0);
    /// assert_eq!(gatherer.snapshot(Gauges::default()).running(), 1);
    /// ```
    #[doc(alias = "active")]
    pub fn running(&self) -> u64 {
        self.running
    }

    /// Items executed in a second of [`uptime`](Self::uptime), or `None` if that is zero.
    ///
    /// For the rate of the last minute, ask the [difference](Self::since) of two snapshots.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let at = |seconds| Gauges { uptime: Duration::from_secs(seconds), ..Gauges::default() };
    /// let before = gatherer.snapshot(at(100));
    /// for _ in 0..30 {
    ///     gatherer.recorder(0).started(0);
    ///     gatherer.recorder(0).finished(Outcome::Succeeded, 0);
    /// }
    /// let after = gatherer.snapshot(at(160));
    /// assert_eq!(after.since(&before)?.executed_per_second(), Some(0.5)); // of the last minute
    /// assert_eq!(after.executed_per_second(), Some(30.0 / 160.0)); // of the whole life
    /// # Ok::<(), stats::NotEarlier>(())
    /// ```
    #[doc(alias = "throughput")]
    #[doc(alias = "rate")]
    pub fn executed_per_second(&self) -> Option<f64> {
        (!self.uptime.is_zero()).then(|| self.executed() as f64 / self.uptime.as_secs_f64())
    }
}

/// Green threads.
impl ExecutorStatistics {
    /// Green threads that waited for something other than their turn, at the time of the snapshot.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let now = gatherer.snapshot(Gauges { parked: 2, workers: 3, ..Gauges::default() });
    /// assert_eq!(now.workers() - now.parked(), 1); // one runs, or waits for its turn
    /// ```
    pub fn parked(&self) -> u64 {
        self.parked
    }

    /// Green threads that were alive at the time of the snapshot.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let now = gatherer.snapshot(Gauges { workers: 3, ..Gauges::default() });
    /// assert_eq!(now.workers(), 3);
    /// ```
    pub fn workers(&self) -> u64 {
        self.workers
    }

    /// How often a green thread has parked.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let before = gatherer.snapshot(Gauges { parks: 100, ..Gauges::default() });
    /// let after = gatherer.snapshot(Gauges { parks: 140, ..Gauges::default() });
    /// assert_eq!(after.since(&before)?.parks(), 40);
    /// # Ok::<(), stats::NotEarlier>(())
    /// ```
    pub fn parks(&self) -> u64 {
        self.parks
    }

    /// How often a parked green thread has been woken.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let now = gatherer.snapshot(Gauges { parks: 7, wakes: 5, ..Gauges::default() });
    /// assert_eq!(now.parks() - now.wakes(), 2); // two are still parked
    /// ```
    pub fn wakes(&self) -> u64 {
        self.wakes
    }

    /// The deepest that any green thread's stack has ever been, in bytes.
    ///
    /// The threads that run or wait now are included. Size your stacks by this number.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let gauges = Gauges { stack_high_water_bytes: 12_000, ..Gauges::default() };
    /// let enough = gatherer.snapshot(gauges).stack_high_water_bytes() * 2; // with a reserve
    /// assert!(enough <= 64 * 1024, "stacks of 64 KiB would do");
    /// ```
    pub fn stack_high_water_bytes(&self) -> u64 {
        self.stack_high_water_bytes
    }
}

/// Time.
impl ExecutorStatistics {
    /// The time that the snapshot covers.
    ///
    /// It begins when the executor was made. For a difference it begins at the earlier snapshot: see
    /// [`since`](Self::since).
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, false);
    /// let at = |seconds| Gauges { uptime: Duration::from_secs(seconds), ..Gauges::default() };
    /// let (before, after) = (gatherer.snapshot(at(100)), gatherer.snapshot(at(160)));
    /// assert_eq!(after.since(&before)?.uptime(), Duration::from_secs(60));
    /// # Ok::<(), stats::NotEarlier>(())
    /// ```
    pub fn uptime(&self) -> Duration {
        self.uptime
    }

    /// How long items waited between their acceptance and their start, all together. Zero if timings are off.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// gatherer.recorder(0).started(200);
    /// gatherer.recorder(0).started(400);
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!(now.queue_wait_total(), Duration::from_nanos(600));
    /// ```
    pub fn queue_wait_total(&self) -> Duration {
        self.queue_wait.sum()
    }

    /// How long items ran, all together. Zero if timings are off.
    ///
    /// It is wall-clock time from start to end, and includes the time during which an item was parked.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// for run_ns in [1_000, 2_000] {
    ///     gatherer.recorder(0).started(0);
    ///     gatherer.recorder(0).finished(Outcome::Succeeded, run_ns);
    /// }
    /// assert_eq!(gatherer.snapshot(Gauges::default()).run_total(), Duration::from_micros(3));
    /// ```
    pub fn run_total(&self) -> Duration {
        self.run_time.sum()
    }

    /// The mean queue wait, or `None` if nothing has started or timings are off.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// gatherer.recorder(0).started(200);
    /// gatherer.recorder(0).started(400);
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!(now.average_queue_wait(), Some(Duration::from_nanos(300)));
    /// ```
    pub fn average_queue_wait(&self) -> Option<Duration> {
        self.queue_wait.mean()
    }

    /// The mean run time, or `None` if nothing has ended or timings are off.
    ///
    /// A mean hides the few slow ones: ask [`run_time`](Self::run_time) for a percentile as well.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// let recorder = gatherer.recorder(0);
    /// assert_eq!(gatherer.snapshot(Gauges::default()).average_run(), None);
    /// for run_ns in [1_000, 1_000, 1_000, 97_000] {
    ///     recorder.started(0);
    ///     recorder.finished(Outcome::Succeeded, run_ns);
    /// }
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!(now.average_run(), Some(Duration::from_micros(25)));
    /// assert!(now.run_time().percentile(75.0) < Some(Duration::from_micros(2))); // most were faster
    /// ```
    pub fn average_run(&self) -> Option<Duration> {
        self.run_time.mean()
    }

    /// How long items waited between their acceptance and their start. Empty if timings are off.
    ///
    /// Each item is counted when it starts.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// gatherer.recorder(0).started(1_000);
    /// let now = gatherer.snapshot(Gauges { submitted: 2, queued: 1, ..Gauges::default() });
    /// assert_eq!(now.queue_wait().count(), 1); // the second one has not started yet
    /// assert_eq!(now.queue_wait().max(), Some(Duration::from_micros(1)));
    /// ```
    pub fn queue_wait(&self) -> &Timings {
        &self.queue_wait
    }

    /// How long items ran, from start to end. Empty if timings are off.
    ///
    /// Each item is counted when it ends.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    /// use std::time::Duration;
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// let recorder = gatherer.recorder(0);
    /// recorder.started(0);
    /// recorder.finished(Outcome::Succeeded, 7_000);
    /// recorder.started(0); // this one has not ended yet
    /// let now = gatherer.snapshot(Gauges::default());
    /// assert_eq!((now.run_time().count(), now.run_time().min()), (1, Some(Duration::from_micros(7))));
    /// ```
    pub fn run_time(&self) -> &Timings {
        &self.run_time
    }
}

/// Several snapshots.
impl ExecutorStatistics {
    /// Two executors as if they were one.
    ///
    /// Counters, gauges and histograms add up. The stack high-water mark and the uptime are the larger of the two. For
    /// two snapshots of *one* executor take [`since`](Self::since).
    ///
    /// ```
    /// use stats::{Gatherer, Gauges};
    /// use std::time::Duration;
    ///
    /// let [one, other] = [(10, 60), (5, 90)].map(|(submitted, seconds)| {
    ///     let uptime = Duration::from_secs(seconds);
    ///     Gatherer::new(1, false).snapshot(Gauges { submitted, uptime, ..Gauges::default() })
    /// });
    /// let both = one.merge(&other);
    /// assert_eq!((both.submitted(), both.uptime()), (15, Duration::from_secs(90)));
    /// ```
    #[doc(alias = "add")]
    #[doc(alias = "combine")]
    pub fn merge(&self, other: &ExecutorStatistics) -> ExecutorStatistics {
        let sum = |number: fn(&Self) -> u64| number(self).saturating_add(number(other));
        ExecutorStatistics {
            submitted: sum(|s| s.submitted),
            rejected: sum(|s| s.rejected),
            succeeded: sum(|s| s.succeeded),
            failed: sum(|s| s.failed),
            panicked: sum(|s| s.panicked),
            timed_out: sum(|s| s.timed_out),
            cancelled: sum(|s| s.cancelled),
            abandoned: sum(|s| s.abandoned),
            expired: sum(|s| s.expired),
            shed: sum(|s| s.shed),
            callback_panics: sum(|s| s.callback_panics),
            forked: sum(|s| s.forked),
            stolen: sum(|s| s.stolen),
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
    /// Counters and histograms are differences, and the uptime is the time between the two snapshots. `queued`,
    /// `running`, `parked`, `workers` and the stack high-water mark are those of `self`. For the minima and maxima see
    /// [`Timings::since`].
    ///
    /// # Errors
    /// [`NotEarlier`] if `earlier` is ahead of `self` in anything that only grows. Then it is later, or of another
    /// executor.
    ///
    /// ```
    /// use stats::{Gatherer, Gauges, Outcome};
    ///
    /// let gatherer = Gatherer::new(1, true);
    /// let recorder = gatherer.recorder(0);
    /// recorder.started(0);
    /// recorder.finished(Outcome::Succeeded, 1_000);
    /// let before = gatherer.snapshot(Gauges::default());
    /// recorder.started(0);
    /// recorder.finished(Outcome::Failed, 9_000);
    /// let after = gatherer.snapshot(Gauges::default());
    ///
    /// let lately = after.since(&before)?;
    /// assert_eq!((lately.succeeded(), lately.failed(), lately.run_time().count()), (0, 1, 1));
    /// assert!(before.since(&after).is_err());
    /// # Ok::<(), stats::NotEarlier>(())
    /// ```
    #[doc(alias = "diff")]
    #[doc(alias = "delta")]
    #[doc(alias = "sub")]
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
            timed_out: growth("timed out", |s| s.timed_out)?,
            cancelled: growth("cancelled", |s| s.cancelled)?,
            abandoned: growth("abandoned", |s| s.abandoned)?,
            expired: growth("expired", |s| s.expired)?,
            shed: growth("shed", |s| s.shed)?,
            callback_panics: growth("callback_panics", |s| s.callback_panics)?,
            forked: growth("forked", |s| s.forked)?,
            stolen: growth("stolen", |s| s.stolen)?,
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
