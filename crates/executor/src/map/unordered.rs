//! A lazy map in the order of completion.

use std::fmt;
use std::num::NonZeroUsize;

use super::MapError;
use super::feeder::{Fed, Feeder};
use crate::as_completed::AsCompleted;
use crate::error::{TaskError, WaitError};
use crate::future::GreenFuture;
use crate::submit::Refusal;

/// The results of [`ExecutorHandle::map_unordered`](crate::ExecutorHandle::map_unordered), in the
/// order in which the jobs end. Dropping it cancels what has not started.
pub struct MapUnordered<N, F, T: Send + 'static> {
    feeder: Feeder<N, F, T>,
    buffer: usize,
    completed: AsCompleted<GreenFuture<T>>,
    refused: Option<Refusal>,
}

impl<N, I, F, T> MapUnordered<N, F, T>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    F: Fn(I) -> T + Send + Sync + 'static,
{
    pub(super) fn new(feeder: Feeder<N, F, T>, buffer: NonZeroUsize) -> Self {
        let mut map = MapUnordered {
            feeder,
            buffer: buffer.get(),
            completed: AsCompleted::empty(None),
            refused: None,
        };
        map.fill(false);
        map
    }

    fn fill(&mut self, may_wait: bool) {
        while self.completed.left() < self.buffer {
            // With nothing of ours under way, room is made by others only.
            match self.feeder.feed(may_wait && self.completed.left() == 0) {
                Fed::Submitted(future) => {
                    let handle = future.handle();
                    self.completed.add(future, &handle);
                }
                Fed::NoRoom | Fed::Exhausted => break,
                Fed::Refused(refusal) => self.refused = Some(refusal),
            }
        }
    }
}

/// # Blocking
/// Parks the green thread, or blocks the OS thread, until a job has ended.
impl<N, I, F, T> Iterator for MapUnordered<N, F, T>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    F: Fn(I) -> T + Send + Sync + 'static,
{
    type Item = Result<T, MapError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.completed.left() == 0 {
            self.fill(true);
        }
        if self.completed.left() == 0 {
            return self.refused.take().map(|refusal| Err(MapError::Refused(refusal)));
        }
        let result = match self.completed.wait_next() {
            Ok(future) => future.result(),
            Err(WaitError::Forked) => Err(TaskError::Abandoned(crate::AbandonReason::Forked)),
            Err(_) => Err(TaskError::Interrupted),
        };
        self.fill(false);
        Some(result.map_err(MapError::Task))
    }
}

impl<N, F, T: Send + 'static> Drop for MapUnordered<N, F, T> {
    fn drop(&mut self) {
        self.completed.cancel_all();
    }
}

impl<N, F, T: Send + 'static> fmt::Debug for MapUnordered<N, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapUnordered")
            .field("buffer", &self.buffer)
            .field("completed", &self.completed)
            .finish_non_exhaustive()
    }
}
