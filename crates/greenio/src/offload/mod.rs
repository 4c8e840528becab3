//! A bounded pool of OS threads for what blocks and cannot be polled.
//!
//! A [`Crew`] of OS threads: `workqueue` holds their protocol, `tickets.rs` what they do, `job.rs` the protocol of a
//! closure and its caller.

mod builder;
mod default;
mod error;
mod job;
#[cfg(all(test, green_loom))]
mod models;
mod tickets;

use std::fmt;
use std::io;
use std::panic::Location;
use std::time::Duration;

use greenctx::Waiting;
use greenstd::atomic::unwatched::Counter;
use greenstd::sync::Arc;
use workqueue::{Crew, Refused};

pub use builder::{OffloadBuildError, OffloadBuilder};
pub(crate) use default::is_green;
pub use default::unblock;
pub use error::{OffloadError, OffloadErrorKind};

use error::Why;
use job::{Job, Left, Outcome, Ticket};
use tickets::{Settings, Tickets};

/// A pool of OS threads that run closures which block, for callers that must not: a handle, cheap to clone.
///
/// There are never more threads than the limit says, nor do more closures wait than may; what is too much
/// is refused at once, and comes back. Threads are started when they are needed, and end when they have
/// been idle. When the last handle is dropped the pool is closed, and what it has accepted still runs.
///
/// A call waits for its closure. For jobs that are submitted and waited for later, with futures and statistics, the
/// crate `executor` has a `ThreadPoolExecutor`.
///
/// ```
/// use greenio::{Carrier, Offload};
///
/// let offload = Offload::builder().threads(4).max_backlog(100).name("images").build()?;
/// let answer = Carrier::new()?.run({
///     let offload = offload.clone();
///     move || offload.run(|| 6 * 7).map_err(|error| error.to_string())
/// })?;
/// assert_eq!(answer, Ok(42));
/// assert_eq!(offload.gauge().running, 0);
/// offload.shutdown()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "ThreadPool")]
#[doc(alias = "ThreadPoolExecutor")]
#[derive(Clone)]
pub struct Offload {
    pool: Arc<Pool>,
}

/// What an [`Offload`] is doing, by [`Offload::gauge`].
///
/// ```
/// use greenio::{Offload, OffloadGauge};
///
/// let offload = Offload::builder().threads(4).build()?;
/// offload.run(|| ())?;
/// let OffloadGauge { queued, running, accepted, refused, max_threads, .. } = offload.gauge();
/// assert_eq!((queued, running, accepted, refused, max_threads), (0, 0, 1, 0, 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OffloadGauge {
    /// Closures that wait for a thread.
    pub queued: u64,
    /// Closures that run.
    pub running: u64,
    /// How long the closure has waited that waits for longest.
    pub oldest: Option<Duration>,
    /// OS threads, busy or idle.
    pub threads: usize,
    /// The most threads there may be.
    pub max_threads: usize,
    /// The most closures that may wait while all threads are busy.
    pub max_backlog: usize,
    /// Closures accepted so far.
    pub accepted: u64,
    /// Closures refused so far because the pool was full.
    pub refused: u64,
}

struct Pool {
    crew: Arc<Crew<Tickets>>,
    settings: Settings,
    threads: usize,
    max_backlog: usize,
    refused: Counter,
    fork_generation: u64,
}

impl Offload {
    /// Describes a pool, which [`build`](OffloadBuilder::build) then makes.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// let offload = Offload::builder().threads(4).build()?;
    /// assert_eq!(offload.gauge().max_threads, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> OffloadBuilder {
        OffloadBuilder::new()
    }

    fn new(threads: usize, max_backlog: usize, settings: Settings) -> Self {
        greenctx::watch_forks();
        let crew = tickets::crew(threads, max_backlog, settings.clone());
        let fork_generation = greenctx::fork_generation();
        let refused = Counter::new(0);
        Offload {
            pool: Arc::new(Pool { crew, settings, threads, max_backlog, refused, fork_generation }),
        }
    }

    /// Another pool with the same settings: this one may have stayed behind in a fork's parent.
    fn made_anew(&self) -> Self {
        Offload::new(self.pool.threads, self.pool.max_backlog, self.pool.settings.clone())
    }

    /// Runs `blocking` on a thread of the pool and waits for what it returns.
    ///
    /// A panic of `blocking` goes on in the caller, as if it had been called. An interrupted wait (see
    /// *Errors*) does not interrupt `blocking` once it has started: it goes on unattended, and its result
    /// is dropped. If it has not started, it never will, its room is free at once, and it comes back in
    /// the error. On a thread of this very pool `blocking` is called in place: were all of them to wait
    /// for each other, none would go on.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// // A pool of its own for one resource. For all else take `unblock`, which has the default pool.
    /// let offload = Offload::builder().threads(2).name("database").build()?;
    /// let rows = offload.run(|| vec!["a", "b"])?;
    /// assert_eq!(rows, ["a", "b"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The error says why, and gives `blocking` back unless it has started:
    /// - the pool is full: all threads are busy and as many closures wait as may;
    /// - the pool was shut down;
    /// - this process was forked, and the pool, or the carrier of the calling green thread, stayed behind in
    ///   its parent;
    /// - there is no thread, and the operating system gives none;
    /// - the calling green thread was cancelled, or a [deadline](greenctx::with_timeout) around the call
    ///   has passed.
    ///
    /// # Panics
    /// With the panic of `blocking`, and inside [`no_park`](greenctx::no_park).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    #[doc(alias = "spawn_blocking")]
    #[doc(alias = "block_in_place")]
    #[track_caller]
    pub fn run<T, F>(&self, blocking: F) -> Result<T, OffloadError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if greenctx::fork_generation() != self.pool.fork_generation || greenctx::is_left_behind() {
            return Err(OffloadError::new(Why::Forked, Some(blocking)));
        }
        if self.pool.crew.is_own_thread() {
            return Ok(blocking());
        }
        assert!(!greenctx::is_parking_forbidden(), "a closure was offloaded inside no_park");
        let queue = self.pool.crew.queue();
        let admitted = match queue.admit() {
            Ok(admitted) => admitted,
            Err(refused) => return Err(OffloadError::new(self.why(refused), Some(blocking))),
        };
        let job = Job::new(blocking);
        admitted.push(Ticket(job.clone()));
        let outcome = match job.wait() {
            Ok(outcome) => outcome,
            Err(interrupted) => match job.leave() {
                Left::Outcome(outcome) => outcome,
                Left::Withdrawn(blocking) => {
                    queue.withdraw();
                    return Err(OffloadError::new(Why::Interrupted(interrupted), Some(*blocking)));
                }
                Left::Unattended => {
                    return Err(OffloadError::new(Why::Interrupted(interrupted), None));
                }
            },
        };
        match outcome {
            Outcome::Returned(result) => Ok(*result),
            Outcome::Panicked(payload) => std::panic::resume_unwind(payload),
            Outcome::Refused(why, blocking) => Err(OffloadError::new(why, Some(*blocking))),
        }
    }

    fn why(&self, refused: Refused) -> Why {
        match refused {
            Refused::Full => {
                self.pool.refused.add(1);
                let Pool { threads, max_backlog, .. } = *self.pool;
                Why::Full { threads, max_backlog }
            }
            Refused::Closed => Why::ShutDown,
        }
    }

    /// What waits, what runs, and how many threads there are.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// let offload = Offload::builder().build()?;
    /// assert_eq!(offload.gauge().accepted, 0);
    /// offload.run(|| ())?;
    /// assert_eq!(offload.gauge().accepted, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "metrics")]
    pub fn gauge(&self) -> OffloadGauge {
        let crew = &self.pool.crew;
        let gauge = crew.queue().gauge();
        OffloadGauge {
            queued: gauge.queued,
            running: gauge.running,
            oldest: gauge.oldest,
            threads: crew.threads(),
            max_threads: self.pool.threads,
            max_backlog: self.pool.max_backlog,
            accepted: crew.queue().accepted(),
            refused: self.pool.refused.get(),
        }
    }

    /// Accepts nothing more, and waits until what was accepted has run and all threads have ended. May be
    /// called by several, and again: each waits.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// let offload = Offload::builder().build()?;
    /// offload.run(|| ())?;
    /// offload.shutdown()?; // all its threads have ended
    /// assert_eq!(offload.gauge().threads, 0);
    /// assert!(offload.run(|| ()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Deadlock`](io::ErrorKind::Deadlock) on a thread of the pool itself, which would wait for its own end;
    /// if the wait is interrupted. In both cases the pool is closed nonetheless. An error also comes if the
    /// pool stayed behind in a fork's parent.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    #[track_caller]
    pub fn shutdown(&self) -> io::Result<()> {
        if greenctx::fork_generation() != self.pool.fork_generation {
            return Err(OffloadError::<()>::new(Why::Forked, None).into());
        }
        let crew = &self.pool.crew;
        crew.queue().close();
        if crew.is_own_thread() {
            let text = "a thread of an offload pool cannot wait for the end of the pool";
            return Err(io::Error::new(io::ErrorKind::Deadlock, text));
        }
        let waker = greenctx::current().into();
        let what = Waiting::on("the end of an offload pool").at(Location::caller());
        while !(crew.queue().is_quiet_or_wake(&waker) && crew.is_deserted_or_wake(&waker)) {
            greenctx::waiting(&what, greenctx::park)?;
        }
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.crew.queue().close();
    }
}

impl fmt::Debug for Offload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offload").field("gauge", &self.gauge()).finish()
    }
}
