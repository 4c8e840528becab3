//! Threads that wait until so many are there.

use std::fmt;

use greenctx::Interrupted;

use crate::monitor::{Entry, Monitor, Waited};
use crate::share::take_part;

/// Lets a number of threads wait until all of them have come. It can be used again at once.
///
/// As [`std::sync::Barrier`], but the wait can be interrupted: such a thread does not count any more.
///
/// ```
/// use greenctx::{Carrier, Interrupted, spawn};
/// use greensync::Barrier;
///
/// static START: Barrier = Barrier::new(4);
///
/// Carrier::new()?.run(|| {
///     let threads: Vec<_> = (0..4).map(|_| spawn(|| START.wait())).collect();
///     let mut leaders = 0;
///     for thread in threads {
///         leaders += usize::from(thread.join().unwrap()?.is_leader());
///     }
///     assert_eq!(leaders, 1);
///     Ok::<_, Interrupted>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Barrier {
    size: usize,
    /// How many wait.
    monitor: Monitor<usize>,
}

/// What a thread learns that has passed a [`Barrier`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarrierWaitResult {
    is_leader: bool,
}

/// The one list of the monitor.
const WAITING: usize = 0;

impl Barrier {
    greenstd::const_unless_loom! {
        /// A barrier that `size` threads pass together. With 0, as with 1, nobody waits.
        pub fn new(size: usize) -> Self {
            Barrier { size, monitor: Monitor::new(0) }
        }
    }

    /// Waits until as many threads wait as the barrier's size says, the caller included.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [`deadline`](crate::deadline) around the call passes. It has left then, and the others wait for
    /// another one.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait(&self) -> Result<BarrierWaitResult, Interrupted> {
        take_part();
        let waited = self.monitor.wait_with(
            None,
            |inside| {
                if *inside.state + 1 < self.size {
                    *inside.state += 1;
                    return Entry::Wait { list: WAITING, message: () };
                }
                *inside.state = 0;
                inside.take_all(WAITING);
                Entry::Done(())
            },
            || (),
            |inside| *inside.state -= 1,
        );
        match waited {
            Waited::Done(()) => Ok(BarrierWaitResult { is_leader: true }),
            Waited::Woken(()) | Waited::TimedOut(()) => Ok(BarrierWaitResult { is_leader: false }),
            Waited::Interrupted(interrupted, ()) => Err(interrupted),
        }
    }
}

impl BarrierWaitResult {
    /// Whether the caller was the last one to come. One of those that pass together is.
    pub fn is_leader(&self) -> bool {
        self.is_leader
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").field("size", &self.size).finish_non_exhaustive()
    }
}
