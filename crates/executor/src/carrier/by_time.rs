//! What workers do besides, where the rejection or the shedding goes by time.
//!
//! It is kept off the way of all other executors: these look at one flag.

use greenstd::ticks::Ticks;

use super::Local;
use crate::admission::notes::Notes;
use crate::error::AbandonReason;
use crate::rejection::CheckAndReject;
use crate::task::{self, Job, Place};

impl Local {
    #[inline]
    pub(crate) fn goes_by_time(&self) -> bool {
        self.goes_by_time
    }

    /// Runs a job that was taken, or gives it up; the time at which it has ended, if that was looked at.
    #[inline(never)]
    pub(super) fn run_by_time(&self, job: &Job, place: Place, now: Ticks) -> Ticks {
        if self.pool.shedding().is_some_and(|shedding| shedding.gives_up(job.core().accepted())) {
            task::abandon(job, &self.pool, AbandonReason::Overloaded);
        } else if job.core().state.claim_to_run(place) {
            let end = self.run_claimed_by_time(job, now);
            self.tell_hook(Notes::tell_if_due);
            return end;
        }
        Ticks::default()
    }

    /// As [`task::run_claimed`], and notes the start and the end.
    #[inline(never)]
    pub(crate) fn run_claimed_by_time(&self, job: &Job, now: Ticks) -> Ticks {
        let Some(pace) = self.pool.pace() else { return task::run_claimed(self, job, now) };
        let timing = self.pool.timing();
        let accepted = job.core().accepted();
        let is_timed = accepted != Ticks::default();
        let start = if now == Ticks::default() { timing.now() } else { now };
        let at_ns = pace.job_starts(&self.pool, start);
        self.notes.started(at_ns, is_timed.then(|| timing.nanos_between(accepted, start)));
        let end = task::run_claimed(self, job, start);
        self.notes.ended(is_timed.then(|| timing.nanos_between(start, end)));
        end
    }

    /// A worker has found no job: so no other worker waits for its turn either.
    #[inline]
    pub(super) fn note_end_of_jobs(&self) {
        if self.goes_by_time {
            self.ran_dry();
            self.tell_hook(Notes::tell);
        }
    }

    /// A shift is over. If there is no job, nobody might tell the hook of the last ones.
    #[inline]
    pub(super) fn note_end_of_shift(&self) {
        if self.goes_by_time && !self.jobs.borrow().has_work() {
            self.tell_hook(Notes::tell);
        }
    }

    /// The carrier has found no job. It is a lull if there is a slot for one.
    #[inline]
    pub(super) fn note_lull(&self) {
        if self.goes_by_time && self.pool.queue().live_workers() < self.pool.queue().max_workers() {
            self.ran_dry();
        }
    }

    fn ran_dry(&self) {
        if let Some(pace) = self.pool.pace() {
            pace.ran_dry();
        }
    }

    #[inline(never)]
    fn tell_hook(&self, tell: impl Fn(&Notes, &dyn CheckAndReject)) {
        if let Some(hook) = self.pool.settings().rejection.as_deref() {
            tell(&self.notes, hook);
        }
    }
}
