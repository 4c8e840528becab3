//! Queues on a server of NATS, by its JetStream.
//!
//! # What lies where
//!
//! A queue `q` has four streams and one durable consumer, all made at the first [`open`](Engine::open):
//!
//! | stream | holds | kept |
//! | --- | --- | --- |
//! | `GREENPOOL_q_JOBS` | the jobs that have not ended, a message each | until acknowledged; refuses when full |
//! | `GREENPOOL_q_RECORDS` | the last record of each job; its result is one | for `keep_results` |
//! | `GREENPOOL_q_DURABLE` | the same for those with durable results | for `keep_durable` |
//! | `GREENPOOL_q_DEAD` | the dead letters | for `keep_dead` |
//!
//! Leases are the acknowledgement time of the consumer. Delays, tallies and fences are the engine's own, in records,
//! since old servers have none of them.
//!
//! # The protocol
//!
//! 1. *Submission* stores the job under its id. The server tells duplicates, and refuses when there is no room.
//! 2. *Fetch* takes messages. One that comes for the first time, and has no delay, is given out as it is, without a look
//!    at its record. For all others a *claim* is written first: a record that names the delivery.
//! 3. *The end* is a record with the result. Then the submitter is told, and the message acknowledged.
//! 4. *Putting back* is a record with the new tally and the time at which the job is due. Then the message is given back
//!    with a delay. A delivery before that time only gives it back again.
//!
//! Each record replaces the one that its writer knows, by compare-and-set. So of two deliveries of one job, only one can
//! write its end, and a claim fences all earlier deliveries. A first delivery knows of no record; so its end is refused
//! once anything else was written.
//!
//! *Why nothing is lost.* A message goes only by an acknowledgement or a cancellation, and each comes after the record
//! of the end. If a worker ends between the two, the lease runs out, the next delivery finds the record, tells the
//! submitter, and acknowledges. If the submitter is not told, it finds the record by itself: see `results.rs`.
//!
//! *Why each death is counted.* Every delivery but the first claims the job before it is given out. So a claim that is
//! still there at the next delivery is that of a dead one; and where there is no record, the first has died. The server
//! numbers deliveries too, but it also counts those that it could give to nobody. A record that was removed for its age
//! makes failures deaths. Records of jobs that run, or wait for their time, are renewed before.
//!
//! # What a job costs
//!
//! In the usual case, a job that is delivered once and succeeds, somebody waits for the server twice:
//!
//! | step | message to the server | who waits |
//! | --- | --- | --- |
//! | submission | the job | the submitter, until it is stored |
//! | fetch | one request for as many jobs as there are slots | the worker's puller, for all of them at once |
//! | end | the record with the result | the runner, until it is stored |
//! | | the result, to the submitter | nobody |
//! | | the acknowledgement | nobody; in a queue with a limit, the runner |
//!
//! The last two follow the record without waiting for each other. They may not overtake it: a submitter must not see a
//! result that another delivery could still replace, and an acknowledged job must have its end. Records are read only
//! for what came twice, was delayed, or has been waited for without a word; see `results.rs`. What goes without saying is
//! left out of jobs and records, and a submitter is told no more than the result; see `terse.rs`.
//!
//! Clocks matter for delays and expiries alone: the server's for the time of submission, the worker's for now.

mod answers;
mod cancel;
mod connection;
mod credentials;
mod dead;
mod fetch;
mod leases;
mod names;
mod queue;
mod record;
mod results;
mod settle;
mod store;
mod streams;
mod terse;
mod token;
mod wire;

use async_nats::ConnectOptions;
use greenstd::sync::Arc;

use self::connection::Served;
use self::queue::NatsQueue;
use super::{Engine, EngineError, EngineQueue, QueueOptions};

/// A connection to a server of NATS with JetStream, version 2.9 or later.
///
/// An OS thread of its own reads and writes the socket. It connects anew when the connection is lost, for as long as the
/// engine or one of its queues lives. Jobs are on disk, so they outlive the server's process.
///
/// ```no_run
/// use remote::engine::{Engine, NatsEngine, QueueOptions};
///
/// let engine = NatsEngine::connect("nats://127.0.0.1:4222")?;
/// let queue = engine.open("images", &QueueOptions::default())?;
/// println!("{} jobs wait", queue.counts()?.waiting);
/// # Ok::<(), remote::engine::EngineError>(())
/// ```
#[derive(Debug)]
pub struct NatsEngine {
    served: Arc<Served>,
    replicas: usize,
}

impl NatsEngine {
    /// Connects to a server, or to the first of several that are separated by commas.
    ///
    /// A URL may have a user and a password, or a token alone (`nats://shop:secret@HOST`). The first that has them says it
    /// for all. What is not plain text in them is written as in every URL: `%40` for `@`. With `tls://` the connection is
    /// encrypted.
    ///
    /// ```
    /// use remote::engine::{EngineError, NatsEngine};
    ///
    /// // Nobody listens there.
    /// let refused = NatsEngine::connect("nats://127.0.0.1:1");
    /// assert!(matches!(refused, Err(EngineError::Unreachable(_))));
    /// ```
    ///
    /// # Errors
    /// [`EngineError::Unreachable`] if there is no server, or it does not let us in.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, for 5 s at most.
    pub fn connect(url: &str) -> Result<Self, EngineError> {
        Self::connect_with(url, ConnectOptions::new())
    }

    /// As [`connect`](Self::connect), with options of the crate `async-nats`: credentials, certificates, a name. Events,
    /// pings and how it connects anew are the engine's own matter. A password in the URL comes before one in the options.
    ///
    /// ```no_run
    /// use async_nats::ConnectOptions;
    /// use remote::engine::{Engine, NatsEngine};
    ///
    /// let options = ConnectOptions::with_token("secret".into()).name("thumbs");
    /// let engine = NatsEngine::connect_with("nats://queue.example.org", options)?;
    /// let jobs = engine.open("images", &Default::default())?;
    /// println!("{} jobs wait", jobs.counts()?.waiting);
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Blocking
    /// As [`connect`](Self::connect).
    pub fn connect_with(url: &str, options: ConnectOptions) -> Result<Self, EngineError> {
        Ok(NatsEngine { served: Arc::new(Served::open(url, options)?), replicas: 1 })
    }

    /// On how many servers of a cluster queues are kept that are made from now on. One, unless said otherwise.
    ///
    /// ```no_run
    /// use remote::engine::{Engine, NatsEngine};
    ///
    /// let engine = NatsEngine::connect("nats://a.example.org,nats://b.example.org")?.replicas(3);
    /// let jobs = engine.open("images", &Default::default())?;
    /// println!("{} jobs wait", jobs.counts()?.waiting);
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    #[must_use]
    pub fn replicas(self, replicas: usize) -> Self {
        NatsEngine { replicas, ..self }
    }
}

impl Engine for NatsEngine {
    fn open(
        &self,
        queue: &str,
        options: &QueueOptions,
    ) -> Result<Arc<dyn EngineQueue>, EngineError> {
        Ok(Arc::new(NatsQueue::open(self.served.clone(), queue, options, self.replicas)?))
    }
}
