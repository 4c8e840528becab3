//! How a job ends, and how many there are.

use serde::{Deserialize, Serialize};

use super::{Envelope, Tally};

/// How a job has ended.
///
/// ```
/// use remote::engine::Outcome;
///
/// assert!(Outcome::Succeeded(b"42".to_vec()).is_success());
/// assert!(!Outcome::Panicked("no such image".into()).is_success());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Outcome {
    /// It has a value, in the encoding of its envelope.
    Succeeded(Vec<u8>),
    /// It has returned an error.
    Failed {
        /// The error, in the encoding of its envelope.
        error: Vec<u8>,
        /// What the error says.
        text: String,
    },
    /// It has panicked, with this text.
    Panicked(String),
    /// It was cancelled.
    Cancelled,
    /// It had not started in time.
    Expired,
    /// It was there when that many workers died, and was not run again.
    WorkersDied(u32),
    /// No worker knew its function.
    UnknownFunction,
    /// Its arguments, or its result, could not be read or written; the text says why.
    Malformed(String),
}

/// What an engine says to a submission.
///
/// ```
/// use remote::engine::Submitted;
///
/// assert_ne!(Submitted::Accepted, Submitted::Full);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a full queue has not taken the job"]
pub enum Submitted {
    /// It will run.
    Accepted,
    /// A job with this id was accepted before. This one was not taken; the result of that one is the result.
    Duplicate,
    /// The queue has as many jobs as it may have.
    Full,
}

/// What has become of a cancelled job.
///
/// ```
/// use remote::engine::Cancelled;
///
/// assert_ne!(Cancelled::BeforeStart, Cancelled::Asked);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// It had not started, and will not.
    BeforeStart,
    /// It is leased, and its worker will be told. Or it is to be cancelled when it would be delivered next.
    Asked,
    /// It has ended before, or there is no such job.
    TooLate,
}

/// A job that is not run any more, for people to look at.
///
/// ```
/// use remote::engine::{DeadLetter, Envelope, JobId, Outcome, Tally};
///
/// let letter = DeadLetter {
///     envelope: Envelope::new(JobId::from("order-17"), "bill", b"[17]".to_vec()),
///     outcome: Outcome::Panicked("no such order".into()),
///     tally: Tally::default(),
/// };
/// assert_eq!(letter.envelope.id.as_str(), "order-17");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The job as it was submitted.
    pub envelope: Envelope,
    /// How it has ended.
    pub outcome: Outcome,
    /// What had happened to it before its last attempt.
    pub tally: Tally,
}

/// How many jobs a queue has.
///
/// ```
/// use remote::engine::Counts;
///
/// let counts = Counts { waiting: 3, leased: 1, dead: 0 };
/// assert_eq!(counts.waiting + counts.leased, 4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Those that wait for a worker, or for their time.
    pub waiting: u64,
    /// Those that a worker has. An engine may count those among them that wait for another attempt.
    pub leased: u64,
    /// The dead letters.
    pub dead: u64,
}

impl Outcome {
    /// Whether there is a value.
    ///
    /// ```
    /// use remote::engine::Outcome;
    ///
    /// assert!(!Outcome::Expired.is_success());
    /// ```
    pub fn is_success(&self) -> bool {
        matches!(self, Outcome::Succeeded(_))
    }
}
