//! Submitting inputs one by one, as a lazy map asks for them.

use std::num::NonZeroUsize;
use std::panic::Location;

use greenstd::sync::Arc;

use crate::admission::refusal::Refusal;
use crate::executor::ExecutorHandle;
use crate::future::GreenFuture;

type Job<T, E> = Box<dyn FnOnce() -> Result<T, E> + Send>;

/// What is called for each input. Where it cannot fail, its error is `Infallible`.
type Function<I, T, E> = dyn Fn(I) -> Result<T, E> + Send + Sync;

pub(super) struct Feeder<N: Iterator, T, E> {
    executor: ExecutorHandle,
    /// How many jobs may be under way.
    buffer: usize,
    inputs: N,
    function: Arc<Function<N::Item, T, E>>,
    site: &'static Location<'static>,
    /// Refused, and to be tried again.
    held: Option<Job<T, E>>,
    exhausted: bool,
    /// Why no further input will be accepted.
    refused: Option<Refusal>,
}

/// What came of feeding.
enum Fed<T, E> {
    /// An input was submitted.
    Submitted(GreenFuture<T, E>),
    /// There is an input, and no room for it now.
    NoRoom,
    /// There is none, or none will be accepted any more.
    Over,
}

impl<N, I, T, E> Feeder<N, T, E>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    pub(super) fn new(
        executor: &ExecutorHandle,
        buffer: NonZeroUsize,
        inputs: N,
        function: impl Fn(I) -> Result<T, E> + Send + Sync + 'static,
        site: &'static Location<'static>,
    ) -> Self {
        Feeder {
            executor: executor.clone(),
            buffer: buffer.get(),
            inputs,
            function: Arc::new(function),
            site,
            held: None,
            exhausted: false,
            refused: None,
        }
    }

    /// Submits inputs and hands their futures to `add`, until there is no more input or no more room. That is room
    /// in the executor, and in the buffer, which holds `under_way` already. With nothing of ours under way, only
    /// others make room: it waits for some, if it may.
    pub(super) fn fill(
        &mut self,
        mut under_way: usize,
        may_wait: bool,
        mut add: impl FnMut(GreenFuture<T, E>),
    ) {
        while under_way < self.buffer
            && let Fed::Submitted(future) = self.feed(may_wait && under_way == 0)
        {
            add(future);
            under_way += 1;
        }
    }

    /// Why an input was refused for good; says so once.
    pub(super) fn take_refusal(&mut self) -> Option<Refusal> {
        self.refused.take()
    }

    /// No further input is asked for.
    pub(super) fn stop(&mut self) {
        self.exhausted = true;
        self.refused = None;
        self.held = None;
    }

    fn feed(&mut self, may_wait: bool) -> Fed<T, E> {
        let Some(job) = self.next_job() else { return Fed::Over };
        let submitted = match may_wait {
            true => self.executor.try_submit_waiting_from(self.site, job),
            false => self.executor.try_submit_from(self.site, job),
        };
        match submitted {
            Ok(future) => Fed::Submitted(future),
            Err(refused) if refused.is_rejected() && !may_wait => {
                self.held = Some(refused.into_inner());
                Fed::NoRoom
            }
            Err(refused) => {
                self.exhausted = true;
                self.refused = Some(refused.reason());
                Fed::Over
            }
        }
    }

    fn next_job(&mut self) -> Option<Job<T, E>> {
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

impl<N: Iterator, T, E> Feeder<N, T, E> {
    pub(super) fn buffer(&self) -> usize {
        self.buffer
    }
}
