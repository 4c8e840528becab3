//! What keeps the jobs between submitters and workers, and what it promises.
//!
//! An [`Engine`] is a connection to whatever keeps queues: a server, a database, or this process. An [`EngineQueue`] is
//! one queue, through one handle. The rest of this crate is written against these two traits alone. So a program does
//! not change with the engine.
//!
//! # The life of a job
//!
//! ```text
//!                     submit
//!                       │
//!                       ▼         fetch
//!        delay ───► waiting ──────────────► leased ───► complete ───► ended, with a result
//!                      ▲                      │ │
//!                      ├── again(after) ──────┘ └─────► bury ───────► ended, with a result, and a dead letter
//!                      └── its lease runs out
//! ```
//!
//! # What is promised
//!
//! 1. **At least once.** A job that was accepted is delivered until it is ended: completed, buried, cancelled or expired.
//!    Neither a lost connection nor a restart of the engine loses it, as far as the engine itself is durable.
//! 2. **One lease at a time.** A delivery comes with a lease for [`QueueOptions::lease`]. While a lease runs, the job is
//!    delivered to nobody else. [`extend`](EngineQueue::extend) begins it anew. When it runs out, the job waits again, and
//!    its next delivery has [one death more](Tally::deaths).
//! 3. **Deliveries are numbered.** [`Lease::delivery`] grows with each delivery of a job. It need not grow by one.
//! 4. **One result.** The first result that is stored for a job is the only one. Every later attempt to store another is
//!    answered by [`Answer::Fenced`]. An engine that knows of a later delivery refuses the former one's answers already
//!    then; an engine that does not may take whichever comes first.
//! 5. **Answers may be repeated.** An answer whose acknowledgement was lost is given again with the same lease. The engine
//!    says again what it said, and does nothing twice.
//! 6. **An id is accepted once.** A second submission with the same id is [`Submitted::Duplicate`], at least for
//!    [`QueueOptions::dedup`] after the first. So a submission whose acknowledgement was lost is repeated safely.
//! 7. **A delayed job is not delivered early, an expired one not at all.** Both times count from the acceptance, by the
//!    engine's clock. What has expired ends with [`Outcome::Expired`], at the latest when it would have been delivered.
//! 8. **A limit refuses, and never drops.** A full queue answers [`Submitted::Full`]. What was accepted stays.
//! 9. **A result is kept** for [`QueueOptions::keep_results`], or for [`QueueOptions::keep_durable`] if the job asked for
//!    it. A watcher gets it after a lost connection too, if the connection comes back in that time.
//!
//! What is *not* promised: that a job runs once, and an order. Jobs are delivered about in the order of their
//! submission. An engine may count [`Tally`] by one too many after it has failed itself, but never too little.
//!
//! # Errors
//!
//! Every method can fail with an [`EngineError`], and that says what is known:
//!
//! | error | was it done? | what to do |
//! | --- | --- | --- |
//! | [`EngineError::Unreachable`] | perhaps | the same call again: all of them may be repeated |
//! | [`EngineError::Refused`] | no | the same call would fail again |
//! | [`EngineError::Closed`] | no | nothing; the caller has closed it |
//! | [`EngineError::Interrupted`] | perhaps | the waiting green thread was cancelled, so end |
//!
//! # For whoever writes an engine
//!
//! * Methods are called from green threads and from plain OS threads. They wait by what the executor offers, so that a
//!   green thread parks. Nothing is called back.
//! * A call that fails for want of a connection should try to get one for a moment, and then say `Unreachable`. It must
//!   not wait for ever. The callers try again.
//! * Handles are independent. What one [watches](EngineQueue::watch) is no matter of another.
//! * The engine may leave a delay, an expiry or a cancellation to the moment at which the job would be delivered:
//!   [`fetch`](EngineQueue::fetch) then settles it, and gives out something else.
//! * A conformance suite in the tests of this crate holds an engine to this page.

mod delivery;
mod envelope;
mod error;
mod in_process;
#[cfg(feature = "nats")]
mod nats;
mod options;
mod outcome;
#[cfg(feature = "postgres")]
mod postgres;

use std::fmt;
use std::time::Duration;

use greenstd::sync::Arc;

#[cfg(feature = "postgres")]
pub use self::postgres::PostgresEngine;
pub use delivery::{Again, Answer, Delivery, Lease, LeaseState, Tally};
pub use envelope::{Encoding, Envelope, JobId, Retry};
pub use error::EngineError;
pub use in_process::{InProcess, ManualClock};
#[cfg(feature = "nats")]
pub use nats::NatsEngine;
pub use options::QueueOptions;
pub use outcome::{Cancelled, Counts, DeadLetter, Outcome, Submitted};

/// A connection to what keeps queues.
///
/// Its drop closes the connection once the handles of its queues are gone too.
///
/// ```
/// use remote::engine::{Engine, EngineError, Envelope, JobId, QueueOptions, Submitted};
///
/// /// Whichever engine it is.
/// fn bill(engine: &dyn Engine, order: u32) -> Result<Submitted, EngineError> {
///     let queue = engine.open("bills", &QueueOptions::default())?;
///     let id = JobId::from(format!("order-{order}"));
///     queue.submit(&Envelope::new(id, "bill", order.to_string().into_bytes()))
/// }
/// # let _: fn(&dyn Engine, u32) -> Result<Submitted, EngineError> = bill;
/// ```
pub trait Engine: Send + Sync + fmt::Debug {
    /// A new handle to a queue, which is made if it is not there.
    ///
    /// The first that opens a queue decides how it is kept. For the others, [`EngineQueue::options`] says how that is.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods. A name with anything but ASCII letters, digits, `-` and `_` is
    /// refused.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    fn open(
        &self,
        queue: &str,
        options: &QueueOptions,
    ) -> Result<Arc<dyn EngineQueue>, EngineError>;
}

/// A queue, through one handle. [The module](self) says what it promises.
///
/// ```
/// use remote::engine::{EngineError, EngineQueue, Outcome};
/// use std::time::Duration;
///
/// /// A worker that echoes the arguments of one job. `remote` has a better one.
/// fn echo_one(queue: &dyn EngineQueue) -> Result<bool, EngineError> {
///     let mut deliveries = queue.fetch(1, Duration::from_secs(1))?;
///     let Some(delivery) = deliveries.pop() else { return Ok(false) };
///     let outcome = Outcome::Succeeded(delivery.envelope.payload);
///     Ok(queue.complete(&delivery.lease, &outcome)?.is_stored())
/// }
/// # let _: fn(&dyn EngineQueue) -> Result<bool, EngineError> = echo_one;
/// ```
///
/// # Blocking
/// Each method but `name`, `options`, `watch`, `unwatch` and `stop_waiting` parks the green thread, or blocks the OS
/// thread, until the engine has answered.
pub trait EngineQueue: Send + Sync + fmt::Debug {
    /// What it is called.
    fn name(&self) -> &str;

    /// How it is kept.
    fn options(&self) -> &QueueOptions;

    /// Submits a job, unless its id was accepted before or the queue is full.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods. A job that is too large is refused.
    fn submit(&self, envelope: &Envelope) -> Result<Submitted, EngineError>;

    /// Takes up to `max` jobs. If there is none, it waits for the first one for at most `wait`, and then gives what
    /// there is. It may give none before that time is over.
    ///
    /// Nothing is taken that is not returned. What arrives too late for this call goes back at once, and that is no death.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn fetch(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, EngineError>;

    /// Begins leases anew. The answer says of each, in the same order, what has become of it.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn extend(&self, leases: &[Lease]) -> Result<Vec<LeaseState>, EngineError>;

    /// Ends the job with a result, and tells those that watch it.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods. A result that is too large is refused, and the lease goes on.
    fn complete(&self, lease: &Lease, outcome: &Outcome) -> Result<Answer, EngineError>;

    /// Puts the job back. It is delivered again, but not before `after` has passed; `why` is counted in its [`Tally`].
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn again(&self, lease: &Lease, after: Duration, why: &Again) -> Result<Answer, EngineError>;

    /// Ends the job with a result as [`complete`](Self::complete) does, and keeps job and result as a [`DeadLetter`].
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn bury(&self, delivery: &Delivery, outcome: &Outcome) -> Result<Answer, EngineError>;

    /// From now on [`results`](Self::results) of this handle gives the result of this job once. If there is a result
    /// already, that counts. To watch before the submission loses nothing.
    fn watch(&self, id: &JobId);

    /// Takes [`watch`](Self::watch) back. A result that is under way already may still come.
    fn unwatch(&self, id: &JobId);

    /// Takes up to `max` results of jobs that this handle watches. If there is none, it waits for the first one for at
    /// most `wait`. It may give none before that time is over.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn results(&self, max: usize, wait: Duration) -> Result<Vec<(JobId, Outcome)>, EngineError>;

    /// The result of a job, if there is one and it is still kept. Watched or not makes no difference.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn result(&self, id: &JobId) -> Result<Option<Outcome>, EngineError>;

    /// Cancels a job. If it waits, it ends by [`Outcome::Cancelled`] and is not delivered any more. If it is leased, its
    /// worker learns by [`extend`](Self::extend).
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn cancel(&self, id: &JobId) -> Result<Cancelled, EngineError>;

    /// Up to `max` dead letters, the oldest first.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn dead(&self, max: usize) -> Result<Vec<DeadLetter>, EngineError>;

    /// Submits the job of a dead letter anew, with the same id, and forgets the letter and its result so far. The delay
    /// is left out, and the expiry counts from now. `false` if there is no such letter.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn retry_dead(&self, id: &JobId) -> Result<bool, EngineError>;

    /// Forgets a dead letter. Its result stays as long as results do. `false` if there is no such letter.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn drop_dead(&self, id: &JobId) -> Result<bool, EngineError>;

    /// How many jobs there are.
    ///
    /// # Errors
    /// See [the errors](self#errors) of all methods.
    fn counts(&self) -> Result<Counts, EngineError>;

    /// Ends the waits of `fetch` and `results` of this handle: those under way, and those to come. They give
    /// [`EngineError::Closed`]. All other methods go on as before.
    fn stop_waiting(&self);
}

/// Whether a queue may be called so: engines make names of their own of it.
fn check_name(queue: &str) -> Result<(), EngineError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if queue.is_empty() || !queue.bytes().all(is_allowed) {
        return Err(EngineError::Refused(format!("{queue:?} is no name for a queue")));
    }
    Ok(())
}
