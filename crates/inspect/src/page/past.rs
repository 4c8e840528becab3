//! What has happened since a moment ago: the statistics of earlier documents are kept for a while.
//!
//! Whoever asks could subtract two documents. But percentiles of the time in between cannot be had from two sets of
//! percentiles. So the last few snapshots stay here, and each document says what has happened since one of them. Askers do
//! not disturb one another: what is taken is the latest snapshot that is about a second old.

use std::collections::VecDeque;
use std::time::Duration;

use executor::ExecutorStatistics;
use greenstd::time::Instant;

use super::{Recent, Times};

/// A snapshot to compare with is at least so old.
const LEAST: Duration = Duration::from_millis(900);

/// It is no older than this.
const MOST: Duration = Duration::from_secs(10);

/// Snapshots are this far apart at least. So few are kept, whoever asks how often.
const APART: Duration = Duration::from_millis(450);

/// Earlier statistics of the same executors; the latest comes last.
#[derive(Default)]
pub(crate) struct Past {
    moments: VecDeque<(Instant, Vec<ExecutorStatistics>)>,
}

impl Past {
    /// What each executor has done since about a second ago, and keeps the present for later.
    pub(super) fn recent(
        &mut self,
        now: Instant,
        statistics: &[ExecutorStatistics],
    ) -> Vec<Option<Recent>> {
        let age = |at: Instant| now.saturating_duration_since(at);
        self.moments.retain(|(at, _)| age(*at) <= MOST);
        let earlier = self.moments.iter().rev().find(|(at, _)| age(*at) >= LEAST);
        let recent = statistics.iter().enumerate().map(|(number, statistics)| {
            let (at, earlier) = earlier?;
            let done = statistics.since(earlier.get(number)?).ok()?;
            Some(Recent::of(age(*at), &done))
        });
        let recent = recent.collect();
        if self.moments.back().is_none_or(|(at, _)| age(*at) >= APART) {
            self.moments.push_back((now, statistics.to_vec()));
        }
        recent
    }
}

impl Recent {
    fn of(time: Duration, done: &ExecutorStatistics) -> Self {
        let unstarted = done.cancelled() + done.abandoned();
        let ended = done.executed() + unstarted;
        Recent {
            seconds: time.as_secs_f64(),
            submitted: done.submitted(),
            rejected: done.rejected(),
            ended,
            unsuccessful: ended - done.succeeded(),
            wakes: done.wakes(),
            queue_wait: Times::of(done.queue_wait()),
            run: Times::of(done.run_time()),
        }
    }
}

#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod tests {
    use super::Past;
    use greenstd::time;
    use stats::{Gatherer, Gauges, Outcome};
    use std::time::Duration;

    #[test]
    fn what_was_done_in_the_last_second_is_told_to_all_who_ask() {
        let gatherer = Gatherer::new(1, true);
        let mut past = Past::default();
        let start = time::now();
        let mut ask = |ms| {
            let snapshot = gatherer.snapshot(Gauges::default());
            let mut recent = past.recent(start + Duration::from_millis(ms), &[snapshot]);
            recent.remove(0).map(|recent| (recent.ended, (recent.seconds * 1e3).round() as u64))
        };
        let work = || {
            gatherer.recorder(0).started(1);
            gatherer.recorder(0).finished(Outcome::Succeeded, 1);
        };
        assert_eq!(ask(0), None);
        work();
        assert_eq!(ask(500), None);
        work();
        assert_eq!(ask(1000), Some((2, 1000)));
        // Another one asks in between.
        assert_eq!(ask(1100), Some((2, 1100)));
        work();
        assert_eq!(ask(1500), Some((2, 1000)));
        assert_eq!(ask(2000), Some((1, 1000)));
        // After a long silence there is nothing to compare with.
        assert_eq!(ask(60_000), None);
    }
}
