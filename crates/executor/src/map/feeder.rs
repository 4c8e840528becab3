//! Submitting inputs one by one, as a lazy map asks for them.

use std::panic::Location;

use greenstd::sync::Arc;

use crate::executor::ExecutorHandle;
use crate::future::GreenFuture;
use crate::submit::Refusal;

type Job<T> = Box<dyn FnOnce() -> T + Send>;

pub(super) struct Feeder<N, F, T> {
    executor: ExecutorHandle,
    inputs: N,
    function: Arc<F>,
    site: &'static Location<'static>,
    /// Refused, and to be tried again.
    held: Option<Job<T>>,
    exhausted: bool,
}

/// What came of feeding.
pub(super) enum Fed<T> {
    /// An input was submitted.
    Submitted(GreenFuture<T>),
    /// There is an input, and no room for it now.
    NoRoom,
    /// There are no more inputs.
    Exhausted,
    /// No input will be accepted any more.
    Refused(Refusal),
}

impl<N, I, F, T> Feeder<N, F, T>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    F: Fn(I) -> T + Send + Sync + 'static,
{
    pub(super) fn new(
        executor: &ExecutorHandle,
        inputs: N,
        function: F,
        site: &'static Location<'static>,
    ) -> Self {
        Feeder {
            executor: executor.clone(),
            inputs,
            function: Arc::new(function),
            site,
            held: None,
            exhausted: false,
        }
    }

    /// Submits the next input; waits for room if it may.
    pub(super) fn feed(&mut self, may_wait: bool) -> Fed<T> {
        let Some(job) = self.next_job() else { return Fed::Exhausted };
        let submitted = match may_wait {
            true => self.executor.submit_waiting_from(self.site, job),
            false => self.executor.submit_from(self.site, job),
        };
        match submitted {
            Ok(future) => Fed::Submitted(future),
            Err(refused) if refused.is_rejected() && !may_wait => {
                self.held = Some(refused.into_inner());
                Fed::NoRoom
            }
            Err(refused) => {
                self.exhausted = true;
                Fed::Refused(refused.reason())
            }
        }
    }

    fn next_job(&mut self) -> Option<Job<T>> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        if self.exhausted {
            return None;
        }
        let Some(input) = self.inputs.next() else {
            self.exhausted = true;
            return None;
        };
        let function = self.function.clone();
        Some(Box::new(move || function(input)))
    }
}
