//! A lazy map in the order of completion.

use std::convert::Infallible;
use std::fmt;

use super::MapError;
use super::feeder::Feeder;
use crate::error::TaskError;
use crate::future::GreenFuture;
use crate::future::as_completed::AsCompleted;

/// The results of [`ExecutorHandle::map_unordered`](crate::ExecutorHandle::map_unordered), in the order
/// in which the jobs end.
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
/// for square in pool.map_unordered(BUFFER, 1..=100, |n| n * n) {
///     sum += square?;
///     if sum > 100 {
///         break; // cancels those that are under way
///     }
/// }
/// assert!(sum > 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it does nothing until its results are taken, and dropping it cancels what has not started"]
pub struct MapUnordered<N: Iterator, T: Send + 'static, E: Send + 'static = Infallible> {
    feeder: Feeder<N, T, E>,
    completed: AsCompleted<GreenFuture<T, E>>,
}

impl<N, I, T, E> MapUnordered<N, T, E>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    pub(super) fn new(feeder: Feeder<N, T, E>) -> Self {
        let mut map = MapUnordered { feeder, completed: AsCompleted::empty(None) };
        map.fill(false);
        map
    }

    fn fill(&mut self, may_wait: bool) {
        let completed = &mut self.completed;
        self.feeder.fill(completed.left(), may_wait, |future| {
            let handle = future.handle();
            completed.add(future, &handle);
        });
    }
}

/// # Blocking
/// Parks the green thread, or blocks the OS thread, until a job has ended.
impl<N, I, T, E> Iterator for MapUnordered<N, T, E>
where
    N: Iterator<Item = I>,
    I: Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    type Item = Result<T, MapError<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.completed.left() == 0 {
            self.fill(true);
        }
        if self.completed.left() == 0 {
            return self.feeder.take_refusal().map(|refusal| Err(MapError::Refused(refusal)));
        }
        let result = match self.completed.wait_next() {
            Ok(future) => future.result(),
            Err(error) => {
                // So would all others end.
                self.feeder.stop();
                self.completed.cancel_all();
                self.completed = AsCompleted::empty(None);
                Err(TaskError::of_wait(error))
            }
        };
        self.fill(false);
        Some(result.map_err(MapError::Task))
    }
}

impl<N: Iterator, T: Send + 'static, E: Send + 'static> Drop for MapUnordered<N, T, E> {
    fn drop(&mut self) {
        self.completed.cancel_all();
    }
}

impl<N: Iterator, T: Send + 'static, E: Send + 'static> fmt::Debug for MapUnordered<N, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapUnordered")
            .field("buffer", &self.feeder.buffer())
            .field("completed", &self.completed)
            .finish_non_exhaustive()
    }
}
