//! What a submitter says of a job.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use greenstd::sync::Arc;
use serde::{Deserialize, Serialize};

/// What a job is called, in its queue. To submit another job by the same id is no more than to ask for the first.
///
/// ```
/// use remote::engine::JobId;
///
/// let id = JobId::from("order-17");
/// assert_eq!(id.as_str(), "order-17");
/// assert_ne!(JobId::unique(), JobId::unique());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct JobId(Arc<str>);

/// A job as it is sent: a function by name, its arguments, and what is to become of it.
///
/// ```
/// use remote::engine::{Envelope, JobId};
/// use std::time::Duration;
///
/// let mut envelope = Envelope::new(JobId::from("order-17"), "bill.v2", b"[17]".to_vec());
/// envelope.delay = Duration::from_secs(10);
/// envelope.retry.limit = 5;
/// assert_eq!(envelope.function, "bill.v2");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Envelope {
    /// By this it is deduplicated, cancelled and found again.
    pub id: JobId,
    /// The name of the function, with its version.
    pub function: String,
    /// How the payload is written, and so how the result shall be.
    pub encoding: Encoding,
    /// The arguments.
    pub payload: Vec<u8>,
    /// Whatever else goes along, such as the context of a trace. Names and values are printable ASCII.
    pub headers: BTreeMap<String, String>,
    /// How long after its acceptance it may be delivered first.
    pub delay: Duration,
    /// How long after its acceptance an attempt may start at the latest.
    pub expires: Option<Duration>,
    /// What becomes of it when it fails. The engine does not look at it.
    pub retry: Retry,
    /// Whether the result is kept for [`keep_durable`](super::QueueOptions::keep_durable).
    pub durable: bool,
}

/// How arguments and results are written.
///
/// ```
/// use remote::engine::Encoding;
///
/// assert_eq!(Encoding::default(), Encoding::Json);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As text that people and other languages can read.
    #[default]
    Json,
    /// By the crate `postcard`: small and quick, for Rust on both sides.
    Postcard,
}

/// How often a job is run again, and when.
///
/// ```
/// use remote::engine::Retry;
/// use std::time::Duration;
///
/// let retry = Retry { limit: 5, ..Retry::default() };
/// assert_eq!(retry.pause(1), Duration::from_secs(1));
/// assert_eq!(retry.pause(4), Duration::from_secs(8));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How many failures are followed by another attempt.
    pub limit: u32,
    /// How long the first pause is at most. Each further one is twice as long. See [`pause_of`](Self::pause_of).
    pub first: Duration,
    /// How long a pause is at most.
    pub longest: Duration,
    /// How many deaths of a worker a job may be there for. With so many behind it, it is not run again.
    pub deaths: u32,
}

impl JobId {
    /// An id that no other job has, on any machine.
    ///
    /// ```
    /// use remote::engine::JobId;
    ///
    /// assert_ne!(JobId::unique(), JobId::unique());
    /// ```
    pub fn unique() -> Self {
        unique::next()
    }

    /// It as text.
    ///
    /// ```
    /// use remote::engine::JobId;
    ///
    /// assert_eq!(JobId::from("order-17").as_str(), "order-17");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Envelope {
    /// A job that may start at once, does not expire, and is not run again when it fails.
    ///
    /// ```
    /// use remote::engine::{Envelope, JobId};
    ///
    /// let envelope = Envelope::new(JobId::unique(), "bill", b"[17]".to_vec());
    /// assert!(envelope.delay.is_zero() && envelope.expires.is_none() && !envelope.durable);
    /// ```
    pub fn new(id: JobId, function: impl Into<String>, payload: Vec<u8>) -> Self {
        Envelope {
            id,
            function: function.into(),
            encoding: Encoding::default(),
            payload,
            headers: BTreeMap::new(),
            delay: Duration::ZERO,
            expires: None,
            retry: Retry::default(),
            durable: false,
        }
    }
}

impl Retry {
    /// The pause of a job after so many failures: up to a quarter shorter than [`pause`](Self::pause) says.
    ///
    /// How much shorter depends on the job's id and on the number. So many jobs that fail at one moment, because a server
    /// is down, do not all come back at one moment. For one job it is the same each time, on every machine.
    ///
    /// ```
    /// use remote::engine::{JobId, Retry};
    ///
    /// let retry = Retry::default();
    /// let pauses = ["a", "b"].map(|id| retry.pause_of(&JobId::from(id), 3));
    /// assert_ne!(pauses[0], pauses[1]);
    /// assert!(pauses.iter().all(|&it| it <= retry.pause(3) && it >= retry.pause(3) * 3 / 4));
    /// ```
    pub fn pause_of(&self, id: &JobId, failures: u32) -> Duration {
        let whole = self.pause(failures);
        whole - (whole / 4).mul_f64(share_of(id, failures))
    }

    /// The pause after so many failures, at its longest.
    ///
    /// ```
    /// use remote::engine::Retry;
    ///
    /// let retry = Retry::default();
    /// assert_eq!(retry.pause(1), retry.first);
    /// assert_eq!(retry.pause(1000), retry.longest);
    /// ```
    pub fn pause(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }
}

/// A share of at most one for each job and number, evenly spread: the FNV-1a hash of both, with its high bits mixed in.
///
/// Not by the hasher of `std`, which may give another share in its next version.
fn share_of(id: &JobId, number: u32) -> f64 {
    let bytes = id.as_str().bytes().chain(number.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    f64::from((mixed >> 32) as u32) / f64::from(u32::MAX)
}

impl Default for Retry {
    /// No second attempt after a failure, pauses from a second to ten minutes, and an end after two deaths.
    fn default() -> Self {
        Retry {
            limit: 0,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(600),
            deaths: 2,
        }
    }
}

impl From<&str> for JobId {
    fn from(id: &str) -> Self {
        JobId(id.into())
    }
}

impl From<String> for JobId {
    fn from(id: String) -> Self {
        JobId(id.into())
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.0.to_string()
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Ids that nobody else makes: the process has 64 random bits of its own, and counts.
mod unique {
    use std::hash::{BuildHasher, Hasher, RandomState};
    use std::process;

    use greenstd::atomic::unwatched::Counter;
    use greenstd::sync::OnceLock;

    use super::JobId;

    static SEED: OnceLock<u64> = OnceLock::new();
    static MADE: Counter = Counter::new(0);

    pub(super) fn next() -> JobId {
        // The standard library seeds its hashers from the operating system.
        let seed = SEED.get_or_init(|| RandomState::new().build_hasher().finish());
        let number = MADE.add(1);
        // A fork has the same seed.
        JobId::from(format!("{seed:016x}-{:x}-{number:x}", process::id()))
    }
}
