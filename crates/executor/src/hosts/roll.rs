//! The jobs that run on hosts now, and on which threads.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use greenctx::ThreadId;
use greenstd::sync::Mutex;

use crate::task::Job;

/// Who runs what. A job is on it from before its start until after its end.
#[derive(Default)]
pub(crate) struct Roll(Mutex<BTreeMap<u64, (Job, ThreadId)>>);

greenctx::green_local! {
    /// The jobs in whose frames the caller is, the innermost last.
    static HERE: RefCell<Vec<Job>> = RefCell::new(Vec::new());
}

/// Whether the job of an executor without carriers that the caller is in has been asked to stop.
pub(crate) fn is_cancelled_here() -> bool {
    HERE.try_with(|here| {
        let here = here.borrow();
        here.last().is_some_and(|job| job.core().state.load().is_cancel_requested())
    })
    .unwrap_or(false)
}

/// Writes the name of the job of an executor without carriers that the caller is in. `false` if it is in none.
pub(crate) fn write_name_here(out: &mut dyn fmt::Write) -> bool {
    HERE.try_with(|here| {
        let here = here.borrow();
        here.last().is_some_and(|job| job.core().write_name(out).is_ok())
    })
    .unwrap_or(false)
}

impl Roll {
    /// Calls `run`, which runs the job, with the job on the roll. `run` does not unwind.
    pub(crate) fn during<R>(&self, job: &Job, run: impl FnOnce() -> R) -> R {
        let id = job.core().id();
        self.0.lock().insert(id, (job.clone(), greenctx::current().id()));
        // At the end of an OS thread there may be no such list any more. Then the job hears nothing.
        let is_entered = HERE.try_with(|here| here.borrow_mut().push(job.clone())).is_ok();
        let result = run();
        if is_entered {
            let innermost = HERE.try_with(|here| here.borrow_mut().pop());
            drop(innermost);
        }
        let entry = self.0.lock().remove(&id);
        // It may be the last reference to the job; what that drops is not dropped under the lock.
        drop(entry);
        result
    }

    /// Whether the calling thread is in one of the jobs, or in what one of them has called.
    pub(crate) fn has_current_thread(&self) -> bool {
        let current = greenctx::current().id();
        self.0.lock().values().any(|(_, thread)| *thread == current)
    }

    /// The jobs, in the order of their submission.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        self.0.lock().values().map(|(job, _)| job.clone()).collect()
    }
}
