//! Threads by what they wait for and by their stacks, and the deadlocks among them.

use std::collections::HashSet;
use std::time::Duration;

use super::{DeadlockLink, DeadlockPage, Group, Threads, Waiter};
use crate::inspection::{Inspection, ThreadView};
use crate::text::{few, groups, nearby};
use crate::{Deadlock, Link};

impl Threads {
    /// `deadlocks` are those of all executors.
    pub(super) fn of(inspection: &Inspection, deadlocks: &[Deadlock]) -> Self {
        let ours: HashSet<u64> = inspection.threads.iter().map(|view| view.thread).collect();
        let is_ours =
            |found: &&Deadlock| found.waits.iter().any(|link| ours.contains(&link.thread));
        Threads {
            groups: groups(&inspection.threads)
                .iter()
                .map(|threads| Group::of(inspection, threads))
                .collect(),
            deadlocks: deadlocks.iter().filter(is_ours).map(DeadlockPage::of).collect(),
            is_cut_short: inspection.is_cut_short,
        }
    }
}

impl DeadlockPage {
    fn of(found: &Deadlock) -> Self {
        let link = |link: &Link| DeadlockLink {
            executor: link.executor.clone(),
            name: link.name.clone(),
            submitted_at: link.site.clone(),
            reason: link.waits_for.kind.clone(),
            at: link.waits_for.site.clone(),
            detail: link.waits_for.detail.clone(),
        };
        DeadlockPage {
            is_certain: found.is_certain,
            waits: found.waits.iter().map(link).collect(),
            behind: found.behind as u64,
        }
    }
}

impl Group {
    fn of(inspection: &Inspection, threads: &[&ThreadView]) -> Self {
        let first = threads[0];
        let waited = threads.iter().map(|thread| thread.waited);
        let least: Duration = waited.clone().min().unwrap_or_default();
        let most = waited.max().unwrap_or_default();
        let waits = first.waits_for.as_ref();
        let details = threads.iter().filter_map(|it| it.waits_for.as_ref()?.detail.clone());
        Group {
            count: threads.len() as u64,
            is_job: first.is_job,
            reason: waits.map(|waits| waits.kind.clone()),
            at: waits.and_then(|waits| waits.site.clone()),
            waited: [least.as_secs_f64(), most.as_secs_f64()],
            names: few(threads.iter().map(|thread| thread.name.clone())),
            details: few(details),
            submitted_at: few(threads.iter().filter_map(|thread| thread.site.clone())),
            stack: inspection.stack_of(first).iter().map(nearby).collect(),
        }
    }
}

impl Waiter {
    pub(super) fn of(thread: &ThreadView) -> Self {
        let waits = thread.waits_for.as_ref();
        Waiter {
            id: thread.id,
            name: thread.name.clone(),
            submitted_at: thread.site.clone(),
            reason: waits.map(|waits| waits.kind.clone()),
            at: waits.and_then(|waits| waits.site.clone()),
            detail: waits.and_then(|waits| waits.detail.clone()),
            waited: thread.waited.as_secs_f64(),
            at_most: thread.at_most.map(|at_most| at_most.as_secs_f64()),
            carrier: thread.carrier.clone(),
        }
    }
}
