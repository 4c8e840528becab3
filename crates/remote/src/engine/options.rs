//! How a queue is kept.

use std::time::Duration;

/// How a queue is kept. The first that opens it decides.
///
/// ```
/// use remote::engine::QueueOptions;
/// use std::time::Duration;
///
/// let options = QueueOptions { max_jobs: Some(10_000), ..QueueOptions::default() };
/// assert_eq!(options.lease, Duration::from_secs(30));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueOptions {
    /// For how long a worker has a job without another word. It is the time after which a dead worker is noticed, and says
    /// nothing of how long jobs may run.
    pub lease: Duration,
    /// For how long an id is remembered at least.
    pub dedup: Duration,
    /// How many jobs that have not ended it may have.
    pub max_jobs: Option<u64>,
    /// For how long the result of a job is kept.
    pub keep_results: Duration,
    /// For how long a durable result is kept.
    pub keep_durable: Duration,
    /// For how long a dead letter is kept.
    pub keep_dead: Duration,
}

impl Default for QueueOptions {
    /// A lease of 30 s, ids for ten minutes, no limit, results for ten minutes, durable ones for a week, dead letters for
    /// thirty days.
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        QueueOptions {
            lease: Duration::from_secs(30),
            dedup: Duration::from_secs(600),
            max_jobs: None,
            keep_results: Duration::from_secs(600),
            keep_durable: 7 * DAY,
            keep_dead: 30 * DAY,
        }
    }
}
