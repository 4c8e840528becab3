//! Models of the queue's protocols. Each names the steps that it checks, as the proofs number them.

mod admission;
mod idle;
mod line;
mod locked;
mod pinned;
mod slots;
mod stall;
mod waiters;
mod whole;

use std::task::Waker;

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::step;
use greenstd::sync::Arc;
use greenstd::thread::Blocker;

use crate::Queue;

/// A number whose accesses order nothing, so that only the protocol under test does.
#[derive(Default)]
struct Tell(AtomicUsize);

impl Tell {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one off, if it is not zero.
    fn take(&self) -> bool {
        let mut present = self.get();
        while present > 0 {
            match self.0.compare_exchange(
                present,
                present - 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => present = now,
            }
        }
        false
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where a model's thread sleeps; made before the thread, which binds it.
fn bed() -> (Arc<Blocker>, Waker) {
    let blocker = Arc::new(Blocker::unbound());
    (blocker.clone(), blocker.into())
}

/// What a carrier looks at once more before it sleeps, after the items.
fn is_finished(queue: &Queue<u32>) -> bool {
    step::IDLE_FINISH_RECHECK.holds(|| queue.is_exhausted())
}
