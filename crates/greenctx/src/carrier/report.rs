//! Asking a carrier what its green threads are doing.

use std::fmt;

use greenstd::sync::Mutex;

use crate::identity::Identity;
use crate::thread::Thread;

/// What a carrier says of one of its green threads; see [`CarrierHandle::threads`].
///
/// ```
/// use greenctx::{Carrier, ThreadReport};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// let threads: Option<Vec<ThreadReport>> =
///     carrier.run(move || handle.threads(Instant::now() + Duration::from_secs(60)))?;
/// for thread in threads.iter().flatten() {
///     assert_eq!(thread.name, "main");
///     assert!(!thread.has_identity);
/// }
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// [`CarrierHandle::threads`]: crate::CarrierHandle::threads
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadReport {
    /// The name of what runs on it: that of the identity which it has assumed, else its own.
    pub name: String,
    /// The id of what runs on it: that of the identity, else its own.
    pub id: u64,
    /// Whether it has assumed an [`Identity`](crate::Identity): it runs a job, say, and is no idle worker.
    pub has_identity: bool,
}

impl ThreadReport {
    pub(crate) fn of(thread: &Thread, identity: Option<&dyn Identity>) -> Self {
        let mut name = String::new();
        let id = match identity {
            Some(identity) => {
                // Writing to a string does not fail.
                let _ = identity.write_name(&mut name);
                identity.id()
            }
            None => {
                name.push_str(thread.name().unwrap_or("unnamed"));
                thread.id().as_u64()
            }
        };
        ThreadReport { name, id, has_identity: identity.is_some() }
    }
}

type Look = dyn FnMut(&dyn Identity) + Send;

/// What is to be shown the identities.
pub(crate) struct Visit(pub(crate) Box<Look>);

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visit")
    }
}

/// A question to a carrier, with room for the answer.
pub(crate) struct ReportRequest {
    asker: Thread,
    answer: Mutex<Option<Vec<ThreadReport>>>,
}

impl ReportRequest {
    pub(crate) fn new(asker: Thread) -> Self {
        ReportRequest { asker, answer: Mutex::new(None) }
    }

    pub(crate) fn answer(&self, reports: Vec<ThreadReport>) {
        *self.answer.lock() = Some(reports);
        self.asker.unpark();
    }

    pub(crate) fn take(&self) -> Option<Vec<ThreadReport>> {
        self.answer.lock().take()
    }
}

impl fmt::Debug for ReportRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportRequest").finish_non_exhaustive()
    }
}
