//! Waiting for the end of a number of things.

use std::fmt;
use std::panic::Location;

use greenctx::{Interrupted, Waiting};
use greenstd::sync::Arc;

use crate::giving_way::begin_operation;
use crate::monitor::{Entry, Monitor};

/// Lets threads wait until all others have dropped their clones of it. It is like crossbeam's `WaitGroup`.
///
/// Where the number of threads is known and all of them wait, take a [`Barrier`](crate::Barrier).
///
/// ```
/// use greensync::{Carrier, WaitGroup, spawn, yield_now};
///
/// Carrier::new()?.run(|| {
///     let group = WaitGroup::new();
///     for _ in 0..4 {
///         let group = group.clone();
///         spawn(move || {
///             yield_now(); // the work
///             drop(group);
///         });
///     }
///     group.wait()
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "TaskTracker")]
#[doc(alias = "CountDownLatch")]
pub struct WaitGroup {
    inner: Arc<Inner>,
}

struct Inner {
    /// How many clones there are.
    monitor: Monitor<usize>,
}

/// The one list of the monitor.
const WAITING: usize = 0;

impl WaitGroup {
    /// A group of one.
    ///
    /// ```
    /// use greensync::WaitGroup;
    ///
    /// let group = WaitGroup::new();
    /// group.wait()?; // there are no others
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    pub fn new() -> Self {
        WaitGroup { inner: Arc::new(Inner { monitor: Monitor::new(1) }) }
    }

    /// Drops this clone and waits until all others are dropped too. Several threads may wait at once.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [deadline](crate::with_timeout) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::WaitGroup;
    ///
    /// let group = WaitGroup::new();
    /// let clone = group.clone();
    /// std::thread::spawn(move || {
    ///     println!("working");
    ///     drop(clone); // at the latest when the thread ends
    /// });
    /// group.wait()?;
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    #[doc(alias = "join")]
    #[track_caller]
    pub fn wait(self) -> Result<(), Interrupted> {
        begin_operation();
        let inner = self.inner.clone();
        drop(self);
        let what = Waiting::on("wait group").at(Location::caller());
        let waited = inner.monitor.wait(what, None, |inside| match *inside.state {
            0 => Entry::Done(()),
            _ => Entry::Wait { list: WAITING, message: () },
        });
        waited.has_come().map(|_| ())
    }
}

impl Clone for WaitGroup {
    fn clone(&self) -> Self {
        self.inner.monitor.enter(|inside| *inside.state += 1);
        WaitGroup { inner: self.inner.clone() }
    }
}

impl Drop for WaitGroup {
    fn drop(&mut self) {
        self.inner.monitor.enter(|inside| {
            *inside.state -= 1;
            if *inside.state == 0 {
                inside.take_all(WAITING);
            }
        });
    }
}

impl Default for WaitGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WaitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clones = self.inner.monitor.enter(|inside| *inside.state);
        f.debug_struct("WaitGroup").field("clones", &clones).finish()
    }
}
