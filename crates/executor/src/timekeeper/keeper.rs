//! The timekeeper's thread.

use std::io;
use std::num::NonZeroU64;

use greenstd::sync::Arc;
use greenstd::thread;

use super::book::{Book, Found, Keeper, Next};
use super::{REST, Timekeeper};
use crate::ending_thread;
use crate::error::AbandonReason;
use crate::pool::Pool;
use crate::schedule::delayed;
use crate::shutdown;
use crate::task;

/// It runs little code of ours; but the user's hook and callbacks may be on it.
const STACK_BYTES: usize = 1024 * 1024;

/// Starts the thread, for a book that has none. The caller holds the lock, so that a shutdown that finds the book closed
/// finds the thread too.
pub(super) fn start(book: &mut Book, pool: &Arc<Pool>) -> io::Result<()> {
    if !ending_thread::is_there_room() {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    let name = format!("{}-time", pool.settings().name).replace('\0', "");
    let theirs = pool.clone();
    let builder = thread::Builder::new().name(name).stack_size(STACK_BYTES);
    pool.keep_thread(builder.spawn(move || keep_time(&theirs))?);
    book.keeper = Keeper::Awake;
    Ok(())
}

fn keep_time(pool: &Arc<Pool>) {
    // Should the kernel not know of it, what is due is a little late, which it may be.
    let _ = rustix::thread::set_current_timer_slack(Some(NonZeroU64::MIN));
    let timekeeper = pool.timekeeper();
    // A job that runs here at once is seen by those that shut down, and holds none of the others.
    let at_most = if pool.runs_jobs_in_submit() { 1 } else { usize::MAX };
    loop {
        match timekeeper.look(at_most) {
            Next::See(found) => found.see_to(pool),
            Next::Sleep { until } => {
                // Woken or not, it looks again. Nobody cancels a plain thread.
                let _ = greenctx::park_deadline(timekeeper.moment(until));
            }
            Next::End => return,
        }
    }
}

impl Timekeeper {
    fn look(&self, at_most: usize) -> Next {
        let now = self.now();
        let rests_until = now.saturating_add(REST.as_nanos() as u64);
        self.book.lock().next(now, rests_until, at_most)
    }
}

impl Found {
    fn see_to(self, pool: &Arc<Pool>) {
        // What it calls there must not wait for the end of the executor: that waits for this.
        delayed::let_in(pool, self.due);
        for schedule in self.alarms {
            // It is no job, and no job has that number.
            shutdown::while_ending(pool, 0, || schedule.look());
        }
        for job in self.expired {
            task::abandon(&job, pool, AbandonReason::Expired);
        }
    }
}
