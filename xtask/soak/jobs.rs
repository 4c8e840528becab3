//! The jobs: short ones, ones that wait, that fail, that have children, that are cancelled.

use std::hint::black_box;
use std::time::Duration;

use executor::{ExecutorHandle, GreenFuture, SubmitError, sleep};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering};

/// Jobs are of these kinds in turn.
const KINDS: u64 = 20;
/// How many steps a job computes: some microseconds.
const STEPS: u64 = 4_000;

/// Offers jobs, and counts what becomes of them.
#[derive(Clone)]
pub(crate) struct Jobs {
    executor: ExecutorHandle,
    counts: Arc<Counts>,
}

/// What has become of the jobs, counted by the jobs themselves.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) offered: AtomicU64,
    pub(crate) accepted: AtomicU64,
    /// Refused for want of room.
    pub(crate) refused: AtomicU64,
    /// Refused because the executor was being shut down: children of the last jobs.
    pub(crate) too_late: AtomicU64,
    pub(crate) cancelled: AtomicU64,
    /// Closures that were called.
    pub(crate) called: AtomicU64,
    /// Closures that were dropped, called or not.
    pub(crate) dropped: AtomicU64,
}

/// Goes with each closure, and counts its end.
struct Token(Arc<Counts>);

type Outcome = Result<u64, &'static str>;

impl Jobs {
    pub(crate) fn new(executor: ExecutorHandle) -> Self {
        Jobs { executor, counts: Arc::default() }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Offers job number `number`, which the executor may refuse.
    pub(crate) fn offer(&self, number: u64) {
        let submitted = self.executor.try_submit(self.job(number));
        if let Some(future) = self.count(submitted)
            && number.is_multiple_of(3 * KINDS)
            && future.cancel()
        {
            self.counts.cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a submission; its future, if it was accepted.
    fn count<F>(
        &self,
        submitted: Result<GreenFuture<u64, &'static str>, SubmitError<F>>,
    ) -> Option<GreenFuture<u64, &'static str>> {
        self.counts.offered.fetch_add(1, Ordering::Relaxed);
        match submitted {
            Ok(future) => {
                self.counts.accepted.fetch_add(1, Ordering::Relaxed);
                Some(future)
            }
            Err(error) => {
                let counts = &*self.counts;
                let count = if error.is_shutdown() { &counts.too_late } else { &counts.refused };
                count.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }

    fn job(&self, number: u64) -> impl FnOnce() -> Outcome + Send + 'static {
        let token = Token(self.counts.clone());
        let parent = number.is_multiple_of(KINDS / 2).then(|| self.clone());
        move || {
            token.0.called.fetch_add(1, Ordering::Relaxed);
            match (number % KINDS, parent) {
                (_, Some(jobs)) => Ok(jobs.child(number)),
                (1 | 2, _) => {
                    sleep(Duration::from_millis(1 + number / KINDS % 5))
                        .map_err(|_| "cancelled")?;
                    Ok(number)
                }
                (3, _) => Err("as it should"),
                _ => Ok(compute(number)),
            }
        }
    }

    /// A job's own child: if it is accepted, the job waits for it.
    fn child(&self, number: u64) -> u64 {
        let submitted = self.executor.try_submit(self.job(number + 4));
        let child = self.count(submitted);
        child.and_then(|child| child.result().ok()).unwrap_or_default()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

fn compute(seed: u64) -> u64 {
    (0..STEPS).fold(seed, |sum, step| black_box(sum.rotate_left(5) ^ step))
}
