//! A map whose inputs are all submitted.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use greenstd::time::{self, Instant};

use super::{MapError, MapRefused};
use crate::admission::refusal::Refusal;
use crate::error::{TaskError, WaitError};
use crate::future::GreenFuture;

/// The results of [`ExecutorHandle::map`](crate::ExecutorHandle::map) or
/// [`try_map`](crate::ExecutorHandle::try_map), in the order of the inputs. Its drop cancels what has not started, and asks what runs to stop.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let squares = pool.map([1, 2, 3], |n| n * n)?;
/// assert_eq!(squares.len(), 3);
/// for square in squares {
///     println!("{}", square?); // waits for the item that is next
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping it cancels what has not started; take the results, or detach it"]
pub struct Map<T: Send + 'static, E: Send + 'static = Infallible> {
    futures: VecDeque<GreenFuture<T, E>>,
}

/// A [`Map`] with a time limit for all of it; made by [`Map::timeout`].
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let squares = pool.map([1, 2, 3], |n| n * n)?.timeout(Duration::from_secs(10));
/// assert_eq!(squares.collect::<Result<Vec<_>, _>>()?, [1, 4, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping it cancels what has not started; take the results"]
pub struct MapTimeout<T: Send + 'static, E: Send + 'static = Infallible> {
    map: Map<T, E>,
    until: Option<Instant>,
}

impl<T: Send + 'static, E: Send + 'static> Map<T, E> {
    pub(super) fn empty() -> Self {
        Map { futures: VecDeque::new() }
    }

    pub(super) fn push(&mut self, future: GreenFuture<T, E>) {
        self.futures.push_back(future);
    }

    pub(super) fn refuse(mut self, reason: Refusal) -> MapRefused {
        let submitted = self.futures.len();
        MapRefused { reason, submitted, cancelled: self.cancel_the_rest() }
    }

    /// Lets all items run to their end, whatever becomes of them, and gives up their results. The drop of the
    /// future of each would do the same.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// static SUM: AtomicU64 = AtomicU64::new(0);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// pool.map(1..=100, |n| SUM.fetch_add(n, Ordering::Relaxed))?.detach();
    /// drop(pool); // waits for all of them
    /// assert_eq!(SUM.load(Ordering::Relaxed), 5050);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks, but runs the drops of results that are there.
    pub fn detach(mut self) {
        drop(std::mem::take(&mut self.futures));
    }

    /// Limits the time for all of the rest, from now. When it is over, the iterator gives
    /// [`MapError::TimedOut`] once, cancels the rest, and ends.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, MapError, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let naps = pool.map([60; 3], |seconds| sleep(Duration::from_secs(seconds)))?;
    /// let mut naps = naps.timeout(Duration::from_millis(1));
    /// assert!(matches!(naps.next(), Some(Err(MapError::TimedOut))));
    /// assert!(naps.next().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timeout(self, timeout: Duration) -> MapTimeout<T, E> {
        MapTimeout { map: self, until: time::after(timeout) }
    }

    fn cancel_the_rest(&mut self) -> usize {
        // The last ones first: the workers take the others from the front meanwhile.
        let futures = std::mem::take(&mut self.futures);
        futures.into_iter().rev().filter(GreenFuture::cancel).count()
    }
}

/// # Blocking
/// Parks the green thread, or blocks the OS thread, until the next item's job has ended.
impl<T: Send + 'static, E: Send + 'static> Iterator for Map<T, E> {
    type Item = Result<T, TaskError<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.futures.pop_front()?.result())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.futures.len(), Some(self.futures.len()))
    }
}

impl<T: Send + 'static, E: Send + 'static> ExactSizeIterator for Map<T, E> {}

impl<T: Send + 'static, E: Send + 'static> Drop for Map<T, E> {
    fn drop(&mut self) {
        self.cancel_the_rest();
    }
}

/// # Blocking
/// Parks the green thread, or blocks the OS thread, until the next item's job has ended, or the time
/// is over.
impl<T: Send + 'static, E: Send + 'static> Iterator for MapTimeout<T, E> {
    type Item = Result<T, MapError<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(until) = self.until else {
            return Some(self.map.next()?.map_err(MapError::Task));
        };
        let future = self.map.futures.front_mut()?;
        let left = time::until(until);
        match future.result_timeout(left) {
            Ok(result) => {
                self.map.futures.pop_front();
                Some(result.map_err(MapError::Task))
            }
            Err(WaitError::TimedOut) => {
                self.map.cancel_the_rest();
                Some(Err(MapError::TimedOut))
            }
            Err(error) => {
                self.map.cancel_the_rest();
                Some(Err(MapError::Task(TaskError::of_wait(error))))
            }
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for Map<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("left", &self.futures.len()).finish()
    }
}

impl<T: Send + 'static, E: Send + 'static> fmt::Debug for MapTimeout<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapTimeout").field("left", &self.map.futures.len()).finish()
    }
}
