//! Threads that wait until so many are there.

use std::fmt;
use std::panic::Location;

use greenctx::{Interrupted, Waiting};

use crate::giving_way::begin_operation;
use crate::monitor::{Entry, Monitor, Waited};

/// Lets a number of threads wait until all of them have come. It can be used again at once.
///
/// It is like [`std::sync::Barrier`], but the wait can be interrupted. Such a thread does not count any more.
///
/// ```
/// use greensync::{Barrier, Carrier, spawn};
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// static START: Barrier = Barrier::new(4);
/// static READY: AtomicUsize = AtomicUsize::new(0);
///
/// Carrier::new()?.run(|| {
///     for _ in 0..4 {
///         spawn(|| {
///             READY.fetch_add(1, Ordering::Relaxed);
///             START.wait()?;
///             assert_eq!(READY.load(Ordering::Relaxed), 4); // all have come
///             Ok::<(), greensync::Interrupted>(())
///         });
///     }
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "CyclicBarrier")]
#[doc(alias = "rendezvous")]
pub struct Barrier {
    size: usize,
    /// How many wait.
    monitor: Monitor<usize>,
}

/// What a thread learns that has passed a [`Barrier`].
///
/// ```
/// use greensync::Barrier;
///
/// let alone = Barrier::new(1);
/// let result = alone.wait()?;
/// assert!(result.is_leader());
/// # Ok::<(), greensync::Interrupted>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarrierWaitResult {
    is_leader: bool,
}

/// The one list of the monitor.
const WAITING: usize = 0;

impl Barrier {
    greenstd::const_unless_loom! {
        /// A barrier that `size` threads pass together. With 0, as with 1, no thread waits.
        ///
        /// ```
        /// use greensync::Barrier;
        ///
        /// static START: Barrier = Barrier::new(2); // `new` is const
        /// std::thread::scope(|scope| {
        ///     scope.spawn(|| START.wait());
        ///     START.wait().map(drop)
        /// })?;
        /// # Ok::<(), greensync::Interrupted>(())
        /// ```
        pub fn new(size: usize) -> Self {
            Barrier { size, monitor: Monitor::new(0) }
        }
    }

    /// Waits until as many threads wait as the barrier's size says, the caller included.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [deadline](crate::with_timeout) around the call passes. It has left then, and the others wait for
    /// another one.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::Barrier;
    ///
    /// let round = Barrier::new(3);
    /// std::thread::scope(|scope| {
    ///     for _ in 0..3 {
    ///         scope.spawn(|| {
    ///             round.wait()?; // all three have come
    ///             round.wait()?; // and the next round begins
    ///             Ok::<(), greensync::Interrupted>(())
    ///         });
    ///     }
    /// });
    /// ```
    #[track_caller]
    pub fn wait(&self) -> Result<BarrierWaitResult, Interrupted> {
        begin_operation();
        let what = Waiting::on("barrier").at(Location::caller());
        let waited = self.monitor.wait_with(
            what,
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
    /// Whether the caller came last. That is true for one of the threads that pass together.
    ///
    /// ```
    /// use greensync::Barrier;
    ///
    /// let barrier = Barrier::new(4);
    /// let leaders = std::thread::scope(|scope| {
    ///     let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| barrier.wait())).collect();
    ///     let results = threads.into_iter().filter_map(|thread| thread.join().ok()?.ok());
    ///     results.filter(|result| result.is_leader()).count()
    /// });
    /// assert_eq!(leaders, 1); // it may do what is to be done once
    /// ```
    pub fn is_leader(&self) -> bool {
        self.is_leader
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").field("size", &self.size).finish_non_exhaustive()
    }
}
