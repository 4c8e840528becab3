//! Gathers the document.

use std::time::Duration;

use executor::{ExecutorHandle, ExecutorStatistics};
use greenstd::sync::Mutex;
use greenstd::time;

use super::past::Past;
use super::{
    BacklogPage, Counters, ExecutorPage, Gauges, HogPage, Page, Reason, Recent, Threads, Times,
    Waiter,
};
use crate::ask::{Inspect, InspectOptions};
use crate::buckets;
use crate::parked::Parked;
use crate::text::nearby;
use crate::together::queued;
use crate::{Hog, HogCause, inspect_all_with};

/// A carrier gets so long to answer. One that is busy holds up the whole document, so it is short.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);

/// So many threads are looked at for the groups. A walk through a stack takes some microseconds.
const MOST_THREADS: usize = 10_000;

/// Which document this is.
const VERSION: u32 = 1;

/// The document of these executors; with the groups of their threads, if they are wanted.
pub(crate) fn build(executors: &[ExecutorHandle], past: &Mutex<Past>, groups: bool) -> Page {
    let start = time::now();
    let (statistics, recent) = {
        // One after the other, so that what is later is in no earlier snapshot.
        let mut past = past.lock();
        let statistics: Vec<_> = executors.iter().map(ExecutorHandle::statistics).collect();
        let recent = past.recent(time::now(), &statistics);
        (statistics, recent)
    };
    let threads = threads(executors, groups);
    let executors = executors.iter().zip(&statistics).zip(recent).zip(threads);
    let executors = executors.map(|(((executor, statistics), recent), threads)| {
        ExecutorPage::of(executor, statistics, recent, threads)
    });
    let executors = executors.collect();
    Page {
        version: VERSION,
        program: program(),
        pid: std::process::id(),
        took_seconds: time::since(start).as_secs_f64(),
        is_recording: false,
        bucket_seconds: buckets::BOUNDS.iter().map(buckets::Bound::seconds).collect(),
        executors,
        tables: Vec::new(),
    }
}

/// All are looked at together: jobs may wait for those of another executor.
fn threads(executors: &[ExecutorHandle], wanted: bool) -> Vec<Option<Threads>> {
    if !wanted {
        return vec![None; executors.len()];
    }
    let options = InspectOptions::new().limit(MOST_THREADS).patience(PATIENCE);
    let inspections = inspect_all_with(executors.iter().cloned(), &options);
    let threads = inspections.executors.iter();
    threads.map(|inspection| Some(Threads::of(inspection, &inspections.deadlocks))).collect()
}

fn program() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(|program| program.file_name());
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

impl ExecutorPage {
    fn of(
        executor: &ExecutorHandle,
        statistics: &ExecutorStatistics,
        recent: Option<Recent>,
        threads: Option<Threads>,
    ) -> Self {
        let parked = Parked::ask(executor, PATIENCE);
        let mut reasons: Vec<Reason> = parked.reasons.iter().map(Reason::of).collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
        let backlog = queued(executor);
        ExecutorPage {
            name: executor.name().to_owned(),
            has_ended: executor.has_ended(),
            uptime_seconds: statistics.uptime().as_secs_f64(),
            max_workers: executor.max_workers() as u64,
            counters: Counters::of(statistics),
            gauges: Gauges::of(executor, statistics),
            queue_wait: Times::of(statistics.queue_wait()),
            run: Times::of(statistics.run_time()),
            recent,
            carriers: parked.carriers,
            hogs: executor.hogs().iter().map(HogPage::of).collect(),
            longest_hold: executor.longest_hold().map(|hold| hold.as_secs_f64()),
            parked: reasons,
            ready: parked.ready,
            longest: parked.longest.iter().map(Waiter::of).collect(),
            backlog: BacklogPage {
                count: backlog.count,
                oldest: backlog.oldest.map(|oldest| oldest.as_secs_f64()),
                first: backlog.first,
            },
            threads,
        }
    }
}

impl HogPage {
    fn of(hog: &Hog) -> Self {
        let cause = match hog.cause() {
            HogCause::Computes => "computes",
            HogCause::Blocks => "blocks",
            HogCause::Starves => "starves",
        };
        HogPage {
            carrier: hog.carrier.clone(),
            job: hog.job,
            name: hog.name.clone(),
            submitted_at: hog.site.clone(),
            cause: cause.to_owned(),
            held: hog.held.as_secs_f64(),
            others: hog.others as u64,
            stack: hog.stack.iter().map(nearby).collect(),
        }
    }
}

impl Reason {
    fn of((reason, (count, longest)): (&&'static str, &(u64, Duration))) -> Self {
        Reason { reason: (*reason).to_owned(), count: *count, longest: longest.as_secs_f64() }
    }
}

impl Counters {
    fn of(statistics: &ExecutorStatistics) -> Self {
        Counters {
            submitted: statistics.submitted(),
            rejected: statistics.rejected(),
            succeeded: statistics.succeeded(),
            failed: statistics.failed(),
            panicked: statistics.panicked(),
            timed_out: statistics.timed_out(),
            cancelled: statistics.cancelled(),
            expired: statistics.expired(),
            shed: statistics.shed(),
            // The statistics count those that expired or were shed among the abandoned.
            abandoned: statistics
                .abandoned()
                .saturating_sub(statistics.expired() + statistics.shed()),
            parks: statistics.parks(),
            wakes: statistics.wakes(),
        }
    }
}

impl Gauges {
    fn of(executor: &ExecutorHandle, statistics: &ExecutorStatistics) -> Self {
        Gauges {
            queued: statistics.queued(),
            running: statistics.running(),
            workers: statistics.workers(),
            parked: statistics.parked(),
            delayed: executor.num_delayed() as u64,
            stack_deepest_bytes: statistics.stack_high_water_bytes(),
        }
    }
}
