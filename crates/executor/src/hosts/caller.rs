//! Running a job where it is submitted.
//!
//! The job is admitted and counted as others are, but it never waits in the backlog. So its submitter is the one that
//! claims it.

use greenstd::sync::Mutex;
use greenstd::ticks::Ticks;
use workqueue::{Admitted, Local};

use super::runner::Runner;
use super::{Hosts, SharedBook, Staff};
use crate::pool::{Pool, Queued};
use crate::task::{self, Place, QueueRef};

/// The submitter, as the one that runs the job.
struct Caller<'p> {
    pool: &'p Pool,
    hosts: &'p Hosts,
    counts: &'p Mutex<Local<Queued>>,
}

/// Runs a job that was admitted, and that nobody has taken: in its submission, or once it is due on the thread that
/// keeps the time. It starts now, so it cannot expire.
#[cold]
#[inline(never)]
pub(crate) fn run(pool: &Pool, admitted: Admitted<'_, Queued>, job: QueueRef) {
    // From here on the task has the room.
    admitted.start_at_once();
    let caller = Caller::of(pool);
    if !job.core().state.claim_to_run(Place { carrier: 0, seat: 0 }) {
        // Whoever had its handle has cancelled it.
        return;
    }
    // A caller is a worker, of which there may be any number.
    let has_slot = caller.counts.lock().start_worker();
    debug_assert!(has_slot, "the number of callers has no limit");
    caller.hosts.roll.during(&job, || task::run_claimed(&caller, &job, Ticks::default()));
    // It has never lain in the backlog.
    drop(job);
    // It tells those that wait for the end.
    let _nothing_waits = caller.counts.lock().retire_worker();
}

impl<'p> Caller<'p> {
    fn of(pool: &'p Pool) -> Self {
        let hosts = pool.hosts().expect("such an executor has hosts");
        let Staff::Callers(counts) = &hosts.staff else {
            unreachable!("such an executor has callers for hosts")
        };
        Caller { pool, hosts, counts }
    }
}

impl Runner for Caller<'_> {
    type Book<'a>
        = SharedBook<'a>
    where
        Self: 'a;

    fn pool(&self) -> &Pool {
        self.pool
    }

    fn book(&self) -> SharedBook<'_> {
        self.hosts.book(self.pool, 0)
    }

    fn count_started(&self) {
        self.counts.lock().count_started();
    }

    fn count_ended(&self) {
        self.counts.lock().count_ended();
    }
}
