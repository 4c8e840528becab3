//! A lazy map in the order of the inputs.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroUsize;

use super::MapError;
use super::feeder::{Fed, Feeder};
use crate::future::GreenFuture;
use crate::submit::Refusal;

/// The results of [`ExecutorHandle::map_buffered`](crate::ExecutorHandle::map_buffered), in the order
/// of the inputs. Dropping it cancels what has not started.
pub struct MapBuffered<N, F, T: Send + 'static> {
    feeder: Feeder<N, F, T>,
    buffer: usize,
    futures: VecDeque<GreenFuture<T>>,
    refused: Option<Refusal>,
}

impl<N, I, F, T> MapBuffered<N, F, T>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    F: Fn(I) -> T + Send + Sync + 'static,
{
    pub(super) fn new(feeder: Feeder<N, F, T>, buffer: NonZeroUsize) -> Self {
        let mut map =
            MapBuffered { feeder, buffer: buffer.get(), futures: VecDeque::new(), refused: None };
        map.fill(false);
        map
    }

    fn fill(&mut self, may_wait: bool) {
        while self.futures.len() < self.buffer {
            // With nothing of ours under way, room is made by others only.
            match self.feeder.feed(may_wait && self.futures.is_empty()) {
                Fed::Submitted(future) => self.futures.push_back(future),
                Fed::NoRoom | Fed::Exhausted => break,
                Fed::Refused(refusal) => self.refused = Some(refusal),
            }
        }
    }
}

/// # Blocking
/// Parks the green thread, or blocks the OS thread, until the next item's job has ended.
impl<N, I, F, T> Iterator for MapBuffered<N, F, T>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    F: Fn(I) -> T + Send + Sync + 'static,
{
    type Item = Result<T, MapError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.futures.is_empty() {
            self.fill(true);
        }
        let Some(future) = self.futures.pop_front() else {
            return self.refused.take().map(|refusal| Err(MapError::Refused(refusal)));
        };
        let result = future.result();
        self.fill(false);
        Some(result.map_err(MapError::Task))
    }
}

impl<N, F, T: Send + 'static> Drop for MapBuffered<N, F, T> {
    fn drop(&mut self) {
        for future in self.futures.drain(..).rev() {
            future.cancel();
        }
    }
}

impl<N, F, T: Send + 'static> fmt::Debug for MapBuffered<N, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapBuffered")
            .field("buffer", &self.buffer)
            .field("submitted", &self.futures.len())
            .finish_non_exhaustive()
    }
}
