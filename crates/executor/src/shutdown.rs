//! The end of an executor.
//!
//! 1. Schedules end, and delayed jobs are cancelled, or waited for if that was asked for. Submissions are refused
//!    from here on. Once no delayed job is left the queue is closed: see `timekeeper/mod.rs`. That is one bit of the
//!    word that counts accepted jobs: a submission is accepted before it, and will end, or is refused.
//! 2. If pending jobs are to be cancelled, a flag makes workers cancel what they take, and the caller
//!    takes what waits out of the backlog and cancels it. (A job that was accepted and is not yet in
//!    the backlog meets the flag.) If running jobs are to be cancelled, the carriers are asked for them (`running.rs`),
//!    after that.
//! 3. All carriers are woken. Each goes on until the queue is exhausted (closed, and every accepted
//!    job ended) and its own green threads have ended; then its OS thread ends.
//! 4. The last carrier to end opens a latch. All callers that are to wait do so on that, and hold no lock
//!    meanwhile. The carriers count themselves off by releases and acquires of one number, so whoever has
//!    waited sees what all of them did. (Named steps: `shutdown-carrier-release`,
//!    `shutdown-carrier-acquire`.)
//! 5. A waiter that is a plain OS thread then joins the carriers' OS threads, so that their
//!    thread-locals are gone too when it returns. One does it, the others wait for that.
//!
//! A caller on a carrier's OS thread does not join: a green thread would block its carrier. A destructor of
//! one of its thread-locals runs after the carrier has ended. It might wait for itself, or for a carrier whose
//! thread-locals wait for this one's. The thread then ends without being joined.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::io;
use std::panic::Location;
use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::time;

use crate::carrier;
use crate::future::task_handle::TaskHandle;
use crate::group::tree;
use crate::pool::{self, Pool, Queued};
use crate::running::{self, Census};
use crate::task;
use crate::timekeeper::Undue;

/// How an executor is shut down.
///
/// | | the jobs that wait | the caller |
/// | --- | --- | --- |
/// | [`wait()`](Self::wait) | run | waits for all jobs and carriers |
/// | [`no_wait()`](Self::no_wait) | run | goes on at once |
/// | [`cancel_pending()`](Self::cancel_pending) after either | are cancelled | as above |
/// | [`cancel_running()`](Self::cancel_running) after either | as above; those that run are asked to stop | as above |
/// | [`timeout(limit)`](Self::timeout) after either | as above | waits for so long, then hears what is left |
///
/// Schedules end first. Delayed jobs that are not due are cancelled, or run if [`run_delayed`](Self::run_delayed)
/// says so.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Shutdown};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let job = pool.submit(|| 42)?;
/// pool.shutdown(Shutdown::wait().timeout(Duration::from_secs(10)))?;
/// assert_eq!(job.result()?, 42); // results outlive the executor
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it says how; ExecutorHandle::shutdown does it"]
pub struct Shutdown {
    wait: bool,
    cancel_pending: bool,
    cancel_running: bool,
    run_delayed: bool,
    timeout: Option<Duration>,
}

/// Why a shutdown did not come to its end. The executor is closed all the same.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Shutdown, ShutdownError};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let handle = pool.handle();
/// let job = pool.submit(move || handle.shutdown(Shutdown::wait()))?;
/// match job.result()? {
///     // A job would wait for its own end. The executor is closed; its owner waits, not its job.
///     Err(ShutdownError::WouldDeadlock) => assert!(!pool.alive()),
///     other => unreachable!("{other:?}"),
/// }
/// pool.shutdown(Shutdown::wait())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The time was over; this was left.
    TimedOut(Leftovers),
    /// The caller would wait for its own end. It runs on the executor itself, or in the destructor of a
    /// thread-local of one of its carriers. Or it is a callback, or the drop of the closure, of a job that is being
    /// cancelled.
    WouldDeadlock,
    /// This process is a fork: the executor runs in its parent.
    Forked,
}

/// What a shutdown with a time limit leaves behind. The executor goes on to end in the background.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Shutdown, ShutdownError, sleep};
/// use std::sync::mpsc::channel;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let (sender, started) = channel();
/// let job = pool.job().name("poll").fallible().submit(move || {
///     let _ = sender.send(());
///     sleep(Duration::from_secs(60))
/// })?;
/// started.recv()?;
/// let how = Shutdown::wait().timeout(Duration::from_millis(1));
/// let Err(ShutdownError::TimedOut(left)) = pool.shutdown(how) else { unreachable!("it sleeps") };
/// assert_eq!((left.queued, left.running.len()), (0, 1));
/// assert!(left.to_string().starts_with("0 queued, 1 running: poll"));
/// for handle in &left.handles {
///     handle.cancel();
/// }
/// assert!(job.result().is_err_and(|error| error.is_cancelled()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Leftovers {
    /// The jobs that have started and not ended: by name, and where they were submitted. Of a job
    /// without a name that keeps its carrier busy, only the number is known.
    pub running: Vec<String>,
    /// The handles of those of which more is known: to cancel them, or to wait for them.
    pub handles: Vec<TaskHandle>,
    /// How many jobs wait to start.
    pub queued: u64,
    /// How many jobs wait for their time.
    pub delayed: usize,
    /// Carriers that were too busy to say what else runs on them, but for jobs with names.
    pub busy_carriers: Vec<String>,
}

impl Shutdown {
    /// Waits until every accepted job has run and ended, then until the carriers have.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 42)?;
    /// pool.shutdown(Shutdown::wait())?;
    /// assert!(job.is_done());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "graceful")]
    pub fn wait() -> Self {
        Shutdown { wait: true, ..Self::no_wait() }
    }

    /// Returns at once. Accepted jobs run and end in the background.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.submit(|| 42)?;
    /// pool.shutdown(Shutdown::no_wait())?;
    /// assert!(!pool.alive());
    /// assert_eq!(job.result()?, 42); // it was accepted, so it runs
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn no_wait() -> Self {
        Shutdown {
            wait: false,
            cancel_pending: false,
            cancel_running: false,
            run_delayed: false,
            timeout: None,
        }
    }

    /// Cancels the jobs that have not started. Those that run are not asked to stop; for that, take
    /// [`cancel_running`](Self::cancel_running) too.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
    /// let running = pool.try_submit(|| sleep(Duration::from_millis(1)))?;
    /// let waiting = pool.submit(|| 42)?;
    /// pool.shutdown(Shutdown::wait().cancel_pending())?;
    /// for job in [running.handle(), waiting.handle()] {
    ///     assert!(job.is_done()); // it has run, or was cancelled before it started
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "shutdownNow")]
    #[doc(alias = "shutdown_now")]
    #[doc(alias = "cancel_futures")]
    pub fn cancel_pending(mut self) -> Self {
        self.cancel_pending = true;
        self
    }

    /// Asks the jobs that run to stop, as if each was [cancelled](crate::TaskHandle::cancel). Jobs that have not
    /// started still run, if they are not [cancelled](Self::cancel_pending) as well.
    ///
    /// A job that computes, and has no name, hears of it at its next wait or [`yield_now`](crate::yield_now). While
    /// there is one, even a shutdown that does not wait takes up to 0.2 seconds.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let endless = pool.try_submit(|| sleep(Duration::from_secs(3600)))?;
    /// pool.shutdown(Shutdown::wait().cancel_pending().cancel_running())?;
    /// assert!(endless.result().is_err_and(|error| error.is_cancelled()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "shutdownNow")]
    #[doc(alias = "kill")]
    pub fn cancel_running(mut self) -> Self {
        self.cancel_running = true;
        self
    }

    /// Lets the delayed jobs become due, and run then. Without it those that are not due are cancelled, so that a
    /// shutdown does not take as long as the longest delay.
    ///
    /// Schedules end in any case. [`cancel_pending`](Self::cancel_pending) cancels the delayed jobs too, whatever this
    /// says. So does a second shutdown that does not say it.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let soon = pool.submit_after(Duration::from_millis(1), || 42)?;
    /// pool.shutdown(Shutdown::wait().run_delayed())?;
    /// assert_eq!(soon.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "setExecuteExistingDelayedTasksAfterShutdownPolicy")]
    pub fn run_delayed(mut self) -> Self {
        self.run_delayed = true;
        self
    }

    /// Waits for at most `timeout`, also after [`no_wait`](Self::no_wait), and then says what is left. That
    /// takes up to 0.2 seconds more while a carrier is busy.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Shutdown, ShutdownError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let job = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
    /// let in_a_while = Shutdown::wait().cancel_pending().timeout(Duration::from_millis(1));
    /// if let Err(ShutdownError::TimedOut(left)) = pool.shutdown(in_a_while) {
    ///     println!("still there: {left}");
    ///     job.cancel(); // asks it to stop
    /// }
    /// pool.shutdown(Shutdown::wait())?;
    /// assert!(job.is_done());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "graceful")]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.wait = true;
        self.timeout = Some(timeout);
        self
    }
}

#[track_caller]
pub(crate) fn shut_down(pool: &Arc<Pool>, how: Shutdown) -> Result<(), ShutdownError> {
    if pool.is_forked() {
        return Err(ShutdownError::Forked);
    }
    let until = how.timeout.and_then(time::after);
    // Steps 1 and 3: the closing wakes the carriers.
    let undue = if how.run_delayed && !how.cancel_pending { Undue::Keep } else { Undue::TakeOut };
    pool.timekeeper().close(pool, undue).end(pool);
    // Step 2, and step 3 for what is cancelled.
    if how.cancel_pending {
        cancel_pending(pool);
    }
    if how.cancel_running {
        cancel_running(pool);
    }
    let hosts = pool.hosts();
    if !how.wait {
        return Ok(());
    }
    let is_in_job = hosts.is_some_and(|hosts| hosts.roll.has_current_thread());
    if carrier::has_served(pool) || is_in_job || is_ending(pool) {
        return Err(ShutdownError::WouldDeadlock);
    }
    let what = pool::ITS_END.with_object(pool.id() as usize).at(Location::caller());
    // Step 4, and then step 5.
    if pool.terminated().wait(&what, until) {
        join_carriers(pool);
        return Ok(());
    }
    Err(ShutdownError::TimedOut(leftovers(pool)))
}

greenctx::green_local! {
    /// The jobs that the caller is ending unrun, as one that was cancelled: their executors, and their numbers.
    static ENDING: RefCell<Vec<(u64, u64)>> = RefCell::new(Vec::new());
}

/// Runs `end`, which ends job `id` of `pool` unrun and thereby calls foreign code. `pool` cannot end
/// before that code has returned, so it must not wait for the end of `pool`.
pub(crate) fn while_ending(pool: &Pool, id: u64, end: impl FnOnce()) {
    ENDING.with(|ending| ending.borrow_mut().push((pool.id(), id)));
    end();
    ENDING.with(|ending| ending.borrow_mut().pop());
}

fn is_ending(pool: &Pool) -> bool {
    is_any_ending(|(ending, _)| ending == pool.id())
}

/// Whether the caller is ending a job unrun of which `is_it` says so, by its executor and its number.
pub(crate) fn is_any_ending(is_it: impl Fn((u64, u64)) -> bool) -> bool {
    ENDING.with(|ending| ending.borrow().iter().any(|&job| is_it(job)))
}

pub(crate) fn on_drop(pool: &Arc<Pool>) {
    if pool.is_forked() {
        return;
    }
    // On one of its own carriers: closed, and the jobs end in the background.
    let _ = shut_down(pool, Shutdown::wait());
}

fn cancel_pending(pool: &Pool) {
    pool.cancel_from_now_on();
    for Queued(job) in pool.queue().drain() {
        task::cancel(&job, pool);
    }
    pool.queue().wake_all();
}

fn join_carriers(pool: &Pool) {
    if greenctx::current().is_green() || carrier::has_served_any() {
        // The latch will do.
        return;
    }
    if let Some(hosts) = pool.hosts() {
        return hosts.join(pool);
    }
    let threads = pool.take_threads();
    if threads.is_empty() {
        pool.joined().wait(&pool::ITS_END, None);
        return;
    }
    for thread in threads {
        // A carrier's function catches what jobs throw; a panic of a thread-local's destructor was
        // reported by the panic hook.
        let _ = thread.join();
    }
    pool.joined().open();
}

/// Asks the jobs that run to stop. One that computes, and has no name, hears of it when its carrier comes to its
/// messages.
fn cancel_running(pool: &Pool) {
    for carrier in pool.carriers() {
        // Here no foreign code may run: their groups are told below, or by themselves.
        task::visit(carrier, |job| tree::ask_to_stop(&job));
    }
    for job in Census::take(pool).jobs.into_values() {
        tree::cancel(&job);
    }
}

fn leftovers(pool: &Pool) -> Leftovers {
    let (queued, delayed) = (pool.queue().queued(), pool.timekeeper().num_delayed());
    let Census { jobs, unknown, busy_carriers } = Census::take(pool);
    let mut names = Vec::new();
    for job in jobs.values() {
        let mut name = String::new();
        // Writing to a string does not fail.
        let _ = job.core().write_name(&mut name);
        names.push(name);
    }
    names.extend(unknown.into_iter().map(running::describe));
    let handles = jobs.into_values().map(TaskHandle::new).collect();
    Leftovers { running: names, handles, queued, delayed, busy_carriers }
}

impl fmt::Display for Leftovers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.delayed > 0 {
            write!(f, "{} delayed, ", self.delayed)?;
        }
        write!(f, "{} queued, {} running", self.queued, self.running.len())?;
        if !self.running.is_empty() {
            write!(f, ": {}", self.running.join(", "))?;
        }
        if !self.busy_carriers.is_empty() {
            write!(f, " (kept busy: {})", self.busy_carriers.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShutdownError::TimedOut(left) => write!(f, "the shutdown timed out with {left}"),
            ShutdownError::WouldDeadlock => f.write_str(
                "the executor cannot wait for its own end on one of its carriers; it is closed, and \
                 ends in the background",
            ),
            ShutdownError::Forked => {
                f.write_str("this process was forked; the executor runs in its parent")
            }
        }
    }
}

impl Error for ShutdownError {}

impl From<ShutdownError> for io::Error {
    fn from(error: ShutdownError) -> Self {
        let kind = match error {
            ShutdownError::TimedOut(_) => io::ErrorKind::TimedOut,
            ShutdownError::WouldDeadlock => io::ErrorKind::Deadlock,
            ShutdownError::Forked => io::ErrorKind::InvalidInput,
        };
        io::Error::new(kind, error)
    }
}
