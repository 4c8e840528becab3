//! What a function may know of the job that it runs for.

use std::cell::RefCell;
use std::collections::BTreeMap;

use executor::green_local;

use crate::engine::{Delivery, JobId};

/// The job for which a function runs.
///
/// ```
/// use remote::{JobContext, current_job};
///
/// /// Notes a payment once, however often it is run: by the id, in the transaction of the payment itself.
/// fn reference() -> Option<String> {
///     current_job().map(|job: JobContext| format!("payment {}, attempt {}", job.id, job.attempt))
/// }
/// assert_eq!(reference(), None); // no worker runs this
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobContext {
    /// Its id, which is the same in each attempt.
    pub id: JobId,
    /// The name of the function, with its version.
    pub function: String,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// The number of this delivery, larger than that of each earlier one: a fence for what the function writes elsewhere.
    pub delivery: u64,
    /// What the submitter has sent along, such as the context of a trace.
    pub headers: BTreeMap<String, String>,
}

green_local! {
    static CURRENT: RefCell<Option<JobContext>> = RefCell::new(None);
}

/// The job for which the calling function runs; `None` outside of a worker.
///
/// ```
/// use remote::current_job;
///
/// assert!(current_job().is_none());
/// ```
pub fn current_job() -> Option<JobContext> {
    CURRENT.with(|current| current.borrow().clone())
}

/// From now on, in this job of the executor.
pub(crate) fn enter(context: JobContext) {
    CURRENT.with(|current| *current.borrow_mut() = Some(context));
}

impl JobContext {
    pub(crate) fn of(delivery: &Delivery) -> Self {
        JobContext {
            id: delivery.envelope.id.clone(),
            function: delivery.envelope.function.clone(),
            attempt: delivery.attempt(),
            delivery: delivery.lease.delivery(),
            headers: delivery.envelope.headers.clone(),
        }
    }
}
