//! Threads that wait for one another.
//!
//! # What a wait depends on
//!
//! | the thread waits for | it goes on only if |
//! | --- | --- |
//! | a mutex, a read-write lock that a thread holds for writing | that thread goes on |
//! | a job that has started | the thread goes on that runs it |
//! | a green thread | that one goes on |
//! | a job in a backlog, of an executor that is *closed* | one of the jobs goes on that this executor runs |
//! | room in a backlog of such an executor | the same |
//!
//! An executor is closed if no other worker of it may start, none looks for a job, and no job of its backlog may expire.
//! A guard stays with its thread, so nobody else can unlock. A job's end is told by the thread that runs it alone.
//!
//! Every other wait may end by something that is not known here: a channel, an event, a socket. So may a wait with a
//! limit of time. These threads go on, for all that is known. The same holds for a thread that is ready, runs, or was
//! not seen. A thread is *stuck* if all that it depends on is stuck ([`graph`]).
//!
//! # No deadlock is invented
//!
//! Let S be the threads that are stuck. By the two looks (`together.rs`) all of them wait at *look-facts*, all at once.
//! And all that the table says holds then: a lock that is held by a thread of S stays held as long as that does not run,
//! and a job that it runs goes on as long. For a closed executor, nothing was accepted, started or ended between
//! *look-before* and *look-after*. All of its workers that have a job are in S, and it is closed in both looks. So nobody
//! is there that takes a job from its backlog.
//!
//! Suppose that one of S goes on later, and take the first. What ended its wait was done by another thread of S, by the
//! table; but that one has not run yet. So none of S ever goes on. Three things from outside are left: a job is cancelled, an
//! executor is given more workers, or a wait has a limit that its thread was not seen with (there is none: the limit is
//! known when the thread parks).
//!
//! *Possible* is what is less sure: an executor counts as closed although jobs of its backlog may expire, or a hook of
//! the user's decides who gets room.

mod graph;
mod scene;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::inspection::{Inspection, ThreadView, WaitsFor};
use crate::text;

pub(crate) use scene::{Group, Scene, is_spare};

/// Threads that wait for one another, so that none of them goes on. Its `Display` is some lines for a person.
///
/// ```
/// use inspect::executor::sync::{Mutex, deadlock};
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::{Deadlock, Inspect};
/// use std::sync::Arc;
///
/// deadlock::watch(true); // in debug builds it is on
/// let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let total = Arc::new(Mutex::new(0));
/// let twice = pool.job().name("twice").fallible().submit(move || {
///     let _held = total.lock()?;
///     total.lock().map(drop) // waits for itself
/// })?;
/// let found: Deadlock = loop {
///     if let Some(found) = pool.inspect().deadlocks.pop() {
///         break found;
///     }
/// };
/// assert!(found.is_certain);
/// assert_eq!(found.waits[0].name, "twice");
/// println!("{found}");
/// twice.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Deadlock {
    /// Whether nothing can dissolve it but a cancellation, or more workers. If not, a job that expires or a hook of the
    /// executor's admission may.
    pub is_certain: bool,
    /// The threads, and what each waits for. Where each waits for one, it is the next of them, and the last one for the
    /// first.
    pub waits: Vec<Link>,
    /// How many other threads wait for these.
    pub behind: usize,
}

/// One thread of a [`Deadlock`].
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::{Inspect, Link};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// for found in pool.inspect().deadlocks {
///     for Link { name, waits_for, .. } in &found.waits {
///         println!("{name} waits for {}", waits_for.kind);
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// The name of its executor.
    pub executor: String,
    /// The name of the job or the thread.
    pub name: String,
    /// The green thread.
    pub thread: u64,
    /// Where the job was submitted.
    pub site: Option<String>,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

impl Inspection {
    /// The deadlocks that are certain: each is a list of threads, of which every one waits for the next, and the last
    /// for the first. If they wait for workers of a full executor, the order says less.
    ///
    /// Locks count while mutexes are watched (see [`executor::sync::deadlock`]); jobs and threads that are waited for
    /// always do. A cycle through a channel or a semaphore is not seen. Nor is one through a job that
    /// runs another on its own stack: of such a thread, the innermost job alone is known. For executors that wait for
    /// each other, take [`inspect_all`](crate::inspect_all).
    ///
    /// ```
    /// use inspect::Inspect;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert!(pool.inspect().cycles().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cycles(&self) -> Vec<Vec<&ThreadView>> {
        let view = |link: &Link| self.threads.iter().find(|view| view.thread == link.thread);
        let certain = self.deadlocks.iter().filter(|found| found.is_certain);
        certain.map(|found| found.waits.iter().filter_map(view).collect()).collect()
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let perhaps = if self.is_certain { "" } else { "perhaps a " };
        let threads = text::counted(self.waits.len(), "thread");
        let whom = if self.waits.len() == 1 { "waits for itself" } else { "wait for one another" };
        writeln!(f, "{perhaps}deadlock: {threads} {whom}")?;
        let first = self.waits.first().map(|link| &link.executor);
        let are_several = self.waits.iter().any(|link| Some(&link.executor) != first);
        for Link { executor, name, waits_for, .. } in &self.waits {
            write!(f, "  '{name}'")?;
            if are_several {
                write!(f, " of '{executor}'")?;
            }
            let detail = waits_for.detail.as_deref().unwrap_or("unknown");
            writeln!(f, " waits for {}: {detail}", text::head(waits_for))?;
        }
        match self.behind {
            0 => Ok(()),
            1 => writeln!(f, "  1 other thread waits for them"),
            more => writeln!(f, "  {more} other threads wait for them"),
        }
    }
}
