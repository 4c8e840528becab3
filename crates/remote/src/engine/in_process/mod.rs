//! An engine without a server: queues in the memory of this process.
//!
//! It keeps all that [the contract](super) promises, strictly, but for one thing: it ends with the process. So it is for
//! tests, and for programs that are enough for one machine today.
//!
//! `book.rs` is a queue as a state machine: each step is told the time, and nothing in it waits. `handle.rs` puts a lock
//! around it, and waits. `clock.rs` says what time it is.
//!
//! # Protocol: who waits, and who wakes
//!
//! All of a queue is behind one lock, under which nothing waits and nobody else's code runs. Whoever finds nothing to
//! take does this:
//!
//! 1. *enter*: under the lock it looks, finds nothing, and leaves an event among those that wait for jobs, or for results
//!    of its handle.
//! 2. *sleep*: without the lock it waits for the event, its own time limit, or the next moment at which the book has
//!    something to do.
//! 3. *look again*: under the lock, whatever has ended the sleep. It takes its event out if that is still there.
//!
//! Whoever changes the book takes events out under the same lock, and sets them. One new job wakes one that waits for
//! jobs. If something is due earlier than anything before, all are woken, and then sleep for less. *No wake-up is lost:* an event is
//! entered under the lock under which nothing was found, so each later change sees it. *None is wasted:* a waiter that
//! was woken and leaves without having taken anything wakes the next, if jobs are there (*pass on*).

mod book;
mod clock;
mod handle;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use greenstd::sync::{Arc, Mutex};

use self::clock::Clock;
pub use self::clock::ManualClock;
use self::handle::{Handle, Shared};
use super::{Engine, EngineError, EngineQueue, QueueOptions};

/// Queues in the memory of this process.
///
/// Clones share their queues. What is in them ends with the last clone and the last handle.
///
/// ```
/// use remote::engine::{Engine, Envelope, InProcess, JobId, Outcome, QueueOptions, Submitted};
/// use std::time::Duration;
///
/// let engine = InProcess::new();
/// let queue = engine.open("bills", &QueueOptions::default())?;
/// let id = JobId::from("order-17");
/// let envelope = Envelope::new(id.clone(), "bill", b"[17]".to_vec());
/// assert_eq!(queue.submit(&envelope)?, Submitted::Accepted);
/// assert_eq!(queue.submit(&envelope)?, Submitted::Duplicate);
///
/// let delivery = queue.fetch(1, Duration::ZERO)?.pop().ok_or("it was accepted")?;
/// assert!(queue.complete(&delivery.lease, &Outcome::Succeeded(b"42".to_vec()))?.is_stored());
/// assert_eq!(queue.result(&id)?, Some(Outcome::Succeeded(b"42".to_vec())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct InProcess {
    clock: Clock,
    queues: Arc<Mutex<HashMap<String, Arc<Shared>>>>,
}

impl InProcess {
    /// An engine with no queue yet.
    ///
    /// ```
    /// use remote::engine::{Engine, InProcess, QueueOptions};
    ///
    /// let queue = InProcess::new().open("bills", &QueueOptions::default())?;
    /// assert_eq!(queue.counts()?.waiting, 0);
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    pub fn new() -> Self {
        Self::by(Clock::real())
    }

    /// An engine whose time passes when the clock is turned.
    ///
    /// ```
    /// use remote::engine::{Engine, Envelope, InProcess, JobId, ManualClock, QueueOptions};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let queue = InProcess::with_clock(&clock).open("bills", &QueueOptions::default())?;
    /// let _accepted = queue.submit(&Envelope::new(JobId::unique(), "bill", b"[17]".to_vec()))?;
    /// let first = queue.fetch(1, Duration::ZERO)?;
    /// clock.turn(queue.options().lease); // its worker says nothing
    /// let second = queue.fetch(1, Duration::ZERO)?;
    /// assert_eq!((first[0].tally.deaths, second[0].tally.deaths), (0, 1));
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    pub fn with_clock(clock: &ManualClock) -> Self {
        Self::by(Clock::Manual(clock.clone()))
    }

    fn by(clock: Clock) -> Self {
        InProcess { clock, queues: Arc::default() }
    }
}

impl Engine for InProcess {
    fn open(
        &self,
        queue: &str,
        options: &QueueOptions,
    ) -> Result<Arc<dyn EngineQueue>, EngineError> {
        super::check_name(queue)?;
        let mut queues = self.queues.lock();
        let shared = queues
            .entry(queue.to_owned())
            .or_insert_with(|| Shared::new(queue, options.clone(), self.clock.clone()));
        Ok(Arc::new(Handle::new(shared.clone())))
    }
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<String> = self.queues.lock().keys().cloned().collect();
        names.sort_unstable();
        f.debug_struct("InProcess").field("queues", &names).finish()
    }
}

/// A moment of the engine's clock.
type Moment = Duration;
