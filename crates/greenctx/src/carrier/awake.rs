//! How many carriers of the process are awake, so that none spins on a CPU that another one needs.
//!
//! The counts are hints. A carrier that blocks its OS thread counts as awake. So do, in a forked child, those
//! carriers that were awake at the fork: its own ones then spin less.

use std::num::NonZeroUsize;

use greenstd::atomic::unwatched::Counter;
use greenstd::thread;

static AWAKE: Counter = Counter::new(0);

/// How many CPUs the process may use; 0 if it has not been asked yet.
static CPUS: Counter = Counter::new(0);

/// A carrier counts as awake while it has this, except in [`pause`](Self::pause).
#[derive(Debug)]
pub(super) struct Awake(());

impl Awake {
    pub(super) fn begin() -> Self {
        if CPUS.get() == 0 {
            CPUS.set(thread::available_parallelism().map_or(1, NonZeroUsize::get) as u64);
        }
        AWAKE.add(1);
        Awake(())
    }

    /// Calls `sleep`, during which the carrier does not count.
    pub(super) fn pause(&self, sleep: impl FnOnce()) {
        AWAKE.sub(1);
        sleep();
        AWAKE.add(1);
    }

    /// Whether each carrier that is awake, the caller's among them, can have a CPU for itself.
    pub(super) fn has_cpu_for_itself(&self) -> bool {
        AWAKE.get() <= CPUS.get()
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        AWAKE.sub(1);
    }
}
