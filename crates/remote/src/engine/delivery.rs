//! What a worker gets, and what it says of it.

use serde::{Deserialize, Serialize};

use super::{Envelope, JobId};

/// A job that was given to a worker, for the time of a lease.
///
/// ```
/// use remote::engine::{Delivery, Envelope, JobId, Lease, Tally};
///
/// let id = JobId::from("order-17");
/// let delivery = Delivery {
///     envelope: Envelope::new(id.clone(), "bill", b"[17]".to_vec()),
///     lease: Lease::new(id, 3, "the engine's own"),
///     tally: Tally { failures: 1, deaths: 1, unknown: 0 },
/// };
/// assert_eq!(delivery.attempt(), 3);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The job as it was submitted.
    pub envelope: Envelope,
    /// What the worker answers with.
    pub lease: Lease,
    /// What has happened to the job before.
    pub tally: Tally,
}

/// The right to run a job and to end it, until it runs out.
///
/// ```
/// use remote::engine::{JobId, Lease};
///
/// let lease = Lease::new(JobId::from("order-17"), 3, "ack.17");
/// assert_eq!((lease.id().as_str(), lease.delivery(), lease.token()), ("order-17", 3, "ack.17"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lease {
    id: JobId,
    delivery: u64,
    token: Box<str>,
}

/// What has happened to a job so far.
///
/// ```
/// use remote::engine::Tally;
///
/// assert_eq!(Tally::default().failures, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// How often it has failed and was put back: [`Again::Failed`].
    pub failures: u32,
    /// How often its lease ran out: its worker has died, was cut off, or stood still.
    pub deaths: u32,
    /// How often it was put back by a worker that does not know its function: [`Again::Unknown`].
    pub unknown: u32,
}

/// Why a job is put back.
///
/// ```
/// use remote::engine::Again;
///
/// assert_ne!(Again::Failed("no such image".into()), Again::GivenBack);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Again {
    /// It has failed, with this text.
    Failed(String),
    /// The worker does not know the function.
    Unknown,
    /// It was not begun: the worker ends, or has no room. Nothing is counted.
    GivenBack,
}

/// What an engine says to an answer of a worker.
///
/// ```
/// use remote::engine::Answer;
///
/// assert!(Answer::Stored.is_stored() && !Answer::Fenced.is_stored());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a fenced answer has changed nothing"]
pub enum Answer {
    /// It counts.
    Stored,
    /// It came too late, and changes nothing: another delivery, or the end of the job, was faster.
    Fenced,
}

/// What has become of a lease.
///
/// ```
/// use remote::engine::LeaseState;
///
/// assert_ne!(LeaseState::Extended, LeaseState::Lost);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseState {
    /// It has begun anew.
    Extended,
    /// It has begun anew, and the job has been cancelled: whoever runs it should end it.
    Cancelled,
    /// It is over. The job runs elsewhere, or will, or has ended.
    Lost,
}

impl Delivery {
    /// The number of this attempt, from 1. What was given back before it began does not count.
    ///
    /// ```
    /// use remote::engine::{Delivery, Envelope, JobId, Lease, Tally};
    ///
    /// let id = JobId::from("order-17");
    /// let envelope = Envelope::new(id.clone(), "bill", b"[17]".to_vec());
    /// let lease = Lease::new(id, 1, "");
    /// assert_eq!(Delivery { envelope, lease, tally: Tally::default() }.attempt(), 1);
    /// ```
    pub fn attempt(&self) -> u32 {
        self.tally.failures.saturating_add(self.tally.deaths).saturating_add(1)
    }
}

impl Lease {
    /// A lease, as an engine makes it. The token is its own.
    ///
    /// ```
    /// use remote::engine::{JobId, Lease};
    ///
    /// let lease = Lease::new(JobId::from("order-17"), 1, "");
    /// assert_eq!(lease.delivery(), 1);
    /// ```
    pub fn new(id: JobId, delivery: u64, token: impl Into<Box<str>>) -> Self {
        Lease { id, delivery, token: token.into() }
    }

    /// Of which job.
    ///
    /// ```
    /// use remote::engine::{JobId, Lease};
    ///
    /// assert_eq!(Lease::new(JobId::from("order-17"), 1, "").id().as_str(), "order-17");
    /// ```
    pub fn id(&self) -> &JobId {
        &self.id
    }

    /// The number of the delivery. It is larger than that of all earlier deliveries of this job.
    ///
    /// ```
    /// use remote::engine::{JobId, Lease};
    ///
    /// assert_eq!(Lease::new(JobId::from("order-17"), 3, "").delivery(), 3);
    /// ```
    pub fn delivery(&self) -> u64 {
        self.delivery
    }

    /// By what the engine knows it.
    ///
    /// ```
    /// use remote::engine::{JobId, Lease};
    ///
    /// assert_eq!(Lease::new(JobId::from("order-17"), 1, "ack.17").token(), "ack.17");
    /// ```
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl Answer {
    /// Whether it counts.
    ///
    /// ```
    /// use remote::engine::Answer;
    ///
    /// assert!(Answer::Stored.is_stored());
    /// ```
    pub fn is_stored(self) -> bool {
        self == Answer::Stored
    }
}
