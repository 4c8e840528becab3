//! A lazy map in the order of the inputs.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;

use super::MapError;
use super::feeder::Feeder;
use crate::error::TaskError;
use crate::future::GreenFuture;

/// The results of [`ExecutorHandle::map_buffered`](crate::ExecutorHandle::map_buffered), in the order
/// of the inputs.
/// Its drop cancels what has not started, and asks what runs to stop.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use std::num::NonZeroUsize;
///
/// const BUFFER: NonZeroUsize = NonZeroUsize::new(8).unwrap();
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let mut sum = 0;
/// for square in pool.map_buffered(BUFFER, 1..=100, |n| n * n) {
///     sum += square?;
///     if sum > 100 {
///         break; // cancels those that are under way
///     }
/// }
/// assert!(sum > 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it does nothing until its results are taken, and dropping it cancels what has not started"]
pub struct MapBuffered<N: Iterator, T: Send + 'static, E: Send + 'static = Infallible> {
    feeder: Feeder<N, T, E>,
    futures: VecDeque<GreenFuture<T, E>>,
}

impl<N, I, T, E> MapBuffered<N, T, E>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    pub(super) fn new(feeder: Feeder<N, T, E>) -> Self {
        let mut map = MapBuffered { feeder, futures: VecDeque::new() };
        map.fill(false);
        map
    }

    fn fill(&mut self, may_wait: bool) {
        let futures = &mut self.futures;
        self.feeder.fill(futures.len(), may_wait, |future| futures.push_back(future));
    }
}

/// # Blocking
/// Parks the green thread, or blocks the OS thread, until the next item's job has ended.
impl<N, I, T, E> Iterator for MapBuffered<N, T, E>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    type Item = Result<T, MapError<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.futures.is_empty() {
            self.fill(true);
        }
        let Some(future) = self.futures.pop_front() else {
            return self.feeder.take_refusal().map(|refusal| Err(MapError::Refused(refusal)));
        };
        let result = future.result();
        if result.as_ref().is_err_and(TaskError::is_of_the_wait) {
            // So would all others be.
            self.feeder.stop();
            self.cancel_the_rest();
        }
        self.fill(false);
        Some(result.map_err(MapError::Task))
    }
}

impl<N: Iterator, T: Send + 'static, E: Send + 'static> MapBuffered<N, T, E> {
    fn cancel_the_rest(&mut self) {
        // The last ones first: the workers take the others from the front meanwhile.
        for future in self.futures.drain(..).rev() {
            future.cancel();
        }
    }
}

impl<N: Iterator, T: Send + 'static, E: Send + 'static> Drop for MapBuffered<N, T, E> {
    fn drop(&mut self) {
        self.cancel_the_rest();
    }
}

impl<N: Iterator, T: Send + 'static, E: Send + 'static> fmt::Debug for MapBuffered<N, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapBuffered")
            .field("buffer", &self.feeder.buffer())
            .field("submitted", &self.futures.len())
            .finish_non_exhaustive()
    }
}
