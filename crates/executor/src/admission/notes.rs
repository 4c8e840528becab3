//! What a carrier's workers tell the rejection's hook, in batches.

use std::cell::Cell;
use std::time::Duration;

use greenstd::panics;

use crate::admission::pace::LOOK_NS;
use crate::rejection::{Batch, CheckAndReject};

/// So many jobs are told of at once.
const BATCH_JOBS: u64 = 64;

/// What has happened on one carrier since the hook was last told. The carrier's own thread alone uses it.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    waits: Cell<Batch>,
    runs: Cell<Batch>,
    /// When a job last started, and when the hook was last told.
    last_start_ns: Cell<u64>,
    told_ns: Cell<u64>,
}

impl Notes {
    pub(crate) fn started(&self, at_ns: u64, wait_ns: Option<u64>) {
        self.last_start_ns.set(at_ns);
        add(&self.waits, wait_ns);
    }

    pub(crate) fn ended(&self, run_ns: Option<u64>) {
        add(&self.runs, run_ns);
    }

    /// Tells the hook, if there is enough to tell, or it has not heard for a while.
    pub(crate) fn tell_if_due(&self, hook: &dyn CheckAndReject) {
        let jobs = self.waits.get().jobs.max(self.runs.get().jobs);
        let unheard_ns = self.last_start_ns.get().saturating_sub(self.told_ns.get());
        if jobs >= BATCH_JOBS || unheard_ns >= LOOK_NS {
            self.tell(hook);
        }
    }

    /// Tells the hook what there is to tell. It is foreign code, and may wait. So what it is told is taken out first.
    pub(crate) fn tell(&self, hook: &dyn CheckAndReject) {
        self.told_ns.set(self.last_start_ns.get());
        let (waits, runs) = (self.waits.take(), self.runs.take());
        if waits.jobs > 0 {
            contain(|| hook.started(&waits));
        }
        if runs.jobs > 0 {
            contain(|| hook.ended(&runs));
        }
    }
}

fn contain(call: impl FnOnce()) {
    if let Err(payload) = panics::contain(call) {
        panics::dispose(payload);
    }
}

/// One job more, if it was timed.
fn add(batch: &Cell<Batch>, time_ns: Option<u64>) {
    let Some(time) = time_ns.map(Duration::from_nanos) else { return };
    let Batch { jobs, total, longest } = batch.get();
    batch.set(Batch {
        jobs: jobs + 1,
        total: total.saturating_add(time),
        longest: longest.max(time),
    });
}
