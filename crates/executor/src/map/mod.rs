//! One function over many inputs.

mod buffered;
mod eager;
mod feeder;
mod unordered;

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::panic::Location;

use greenstd::sync::Arc;

pub use buffered::MapBuffered;
pub use eager::{Map, MapTimeout};
pub use unordered::MapUnordered;

use crate::admission::refusal::Refusal;
use crate::error::TaskError;
use crate::executor::ExecutorHandle;
use feeder::Feeder;

/// Why an item of a map has no result.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, MapError};
/// use std::num::NonZeroUsize;
///
/// const BUFFER: NonZeroUsize = NonZeroUsize::new(8).unwrap();
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let mut halves = Vec::new();
/// for half in pool.map_buffered(BUFFER, [4_u32, 0, 2], |n| 8 / n) {
///     match half {
///         Ok(half) => halves.push(half),
///         Err(MapError::Task(error)) => assert!(error.is_panicked()), // this item's job alone
///         Err(other) => return Err(other.into()),                     // no item follows
///     }
/// }
/// assert_eq!(halves, [2, 4]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum MapError<E = Infallible> {
    /// The item's job has none. The items after it come all the same, with one exception. The error may say that
    /// the *wait* was interrupted, or that the job stayed behind in a fork. Then a lazy map, or one with a time
    /// limit, cancels the rest, and no item follows.
    Task(TaskError<E>),
    /// The time was over. The rest is cancelled, and no item follows.
    TimedOut,
    /// The executor refused the next item; no item follows.
    Refused(Refusal),
}

/// An eager map that the executor refused half way. What was submitted and had not started is cancelled. Nobody
/// will see the results of the rest.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Refusal, reject_when_reached, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder()
///     .max_workers(1)
///     .check_and_reject(reject_when_reached(2))
///     .build()?;
/// // One item runs and two wait. The fourth one is refused.
/// let Err(refused) = pool.map([60; 4], |seconds| sleep(Duration::from_secs(seconds))) else {
///     unreachable!("four are too many")
/// };
/// assert_eq!((refused.reason, refused.submitted), (Refusal::Rejected, 3));
/// // `map_buffered` would have waited for room.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MapRefused {
    /// Why an item was refused.
    pub reason: Refusal,
    /// How many items had been accepted.
    pub submitted: usize,
    /// Of these, how many had not started and are cancelled.
    pub cancelled: usize,
}

/// The map of [`ExecutorHandle::map_buffered`], whose inputs have a type that can be named.
pub(crate) fn buffered<N, T, F>(
    executor: &ExecutorHandle,
    buffer: NonZeroUsize,
    inputs: N,
    function: F,
    site: &'static Location<'static>,
) -> MapBuffered<N, T>
where
    N: Iterator,
    N::Item: Send + 'static,
    T: Send + 'static,
    F: Fn(N::Item) -> T + Send + Sync + 'static,
{
    MapBuffered::new(Feeder::new(executor, buffer, inputs, move |item| Ok(function(item)), site))
}

/// That of [`ExecutorHandle::map_unordered`], likewise.
pub(crate) fn unordered<N, T, F>(
    executor: &ExecutorHandle,
    buffer: NonZeroUsize,
    inputs: N,
    function: F,
    site: &'static Location<'static>,
) -> MapUnordered<N, T>
where
    N: Iterator,
    N::Item: Send + 'static,
    T: Send + 'static,
    F: Fn(N::Item) -> T + Send + Sync + 'static,
{
    MapUnordered::new(Feeder::new(executor, buffer, inputs, move |item| Ok(function(item)), site))
}

impl ExecutorHandle {
    /// Calls `function` for every input, as a job each, and gives the results in the order of the inputs. All
    /// inputs are submitted before this returns.
    ///
    /// | | inputs | results |
    /// | --- | --- | --- |
    /// | `map` | all at once; an executor that is full refuses | in order |
    /// | [`map_buffered`](Self::map_buffered) | a few ahead; waits while the executor is full | in order |
    /// | [`map_unordered`](Self::map_unordered) | a few ahead; waits while the executor is full | as they come |
    ///
    /// Where the function returns a `Result` and an `Err` is to count as a failure, take [`try_map`](Self::try_map),
    /// [`try_map_buffered`](Self::try_map_buffered) or [`try_map_unordered`](Self::try_map_unordered).
    ///
    /// A failed item does not end the map. The drop of the iterator cancels what has not started, and asks what
    /// runs to stop. To have all items run without a look at their results, [`detach`](Map::detach) it.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let squares = pool.map(1..=4, |n| n * n)?.collect::<Result<Vec<u64>, _>>()?;
    /// assert_eq!(squares, [1, 4, 9, 16]);
    ///
    /// // A failed item is an error in its place.
    /// let halves: Vec<_> = pool.map([4_u32, 0, 2], |n| 8 / n)?.map(|half| half.ok()).collect();
    /// assert_eq!(halves, [Some(2), None, Some(4)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The executor refuses one of the inputs. What was submitted and has not started is cancelled.
    ///
    /// # Blocking
    /// Neither parks nor blocks; the iterator does.
    #[doc(alias = "par_iter")]
    #[doc(alias = "starmap")]
    #[doc(alias = "imap")]
    #[doc(alias = "parallel")]
    #[track_caller]
    pub fn map<I, T, F>(
        &self,
        inputs: impl IntoIterator<Item = I>,
        function: F,
    ) -> Result<Map<T>, MapRefused>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Fn(I) -> T + Send + Sync + 'static,
    {
        let site = Location::caller();
        let mut map = Map::empty();
        let function = Arc::new(function);
        for input in inputs {
            let function = function.clone();
            match self.submit_from(site, move || function(input)) {
                Ok(future) => map.push(future),
                Err(refused) => return Err(map.refuse(refused.reason())),
            }
        }
        Ok(map)
    }

    /// As [`map`](Self::map), for a function that may fail. An `Err` counts as a failure, and comes as
    /// [`TaskError::Failed`] in the item's place. It does not end the map: to stop at the first one, stop taking.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, TaskError};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let numbers = pool.try_map(["1", "2", "3"], |text| text.parse::<u32>())?;
    /// assert_eq!(numbers.collect::<Result<Vec<_>, _>>()?, [1, 2, 3]);
    ///
    /// let mut numbers = pool.try_map(["1", "x"], |text| text.parse::<u32>())?;
    /// assert!(matches!(numbers.next(), Some(Ok(1))));
    /// assert!(matches!(numbers.next(), Some(Err(TaskError::Failed(_)))));
    /// assert_eq!(pool.statistics().failed(), 1); // with `map`, it would be a value like others
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The executor refuses one of the inputs. What was submitted and has not started is cancelled.
    ///
    /// # Blocking
    /// Neither parks nor blocks; the iterator does.
    #[track_caller]
    pub fn try_map<I, T, E, F>(
        &self,
        inputs: impl IntoIterator<Item = I>,
        function: F,
    ) -> Result<Map<T, E>, MapRefused>
    where
        I: Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
        F: Fn(I) -> Result<T, E> + Send + Sync + 'static,
    {
        let site = Location::caller();
        let mut map = Map::empty();
        let function = Arc::new(function);
        for input in inputs {
            let function = function.clone();
            match self.try_submit_from(site, move || function(input)) {
                Ok(future) => map.push(future),
                Err(refused) => return Err(map.refuse(refused.reason())),
            }
        }
        Ok(map)
    }

    /// As [`map`](Self::map), but lazy. At most `buffer` items are submitted and not yet given, and inputs are
    /// asked for as results are taken. Take it for inputs without end, and for large results.
    ///
    /// Where the executor refuses an item, the map waits until results have been taken, or for room.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::num::NonZeroUsize;
    ///
    /// const BUFFER: NonZeroUsize = NonZeroUsize::new(8).unwrap();
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let squares = pool.map_buffered(BUFFER, 1_u64.., |n| n * n); // inputs without end
    /// let first = squares.take(3).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(first, [1, 4, 9]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks; the iterator does.
    #[doc(alias = "buffered")]
    #[doc(alias = "imap")]
    #[track_caller]
    pub fn map_buffered<I, T, F>(
        &self,
        buffer: NonZeroUsize,
        inputs: impl IntoIterator<Item = I>,
        function: F,
    ) -> MapBuffered<impl Iterator<Item = I>, T>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Fn(I) -> T + Send + Sync + 'static,
    {
        let (inputs, site) = (inputs.into_iter(), Location::caller());
        MapBuffered::new(Feeder::new(self, buffer, inputs, move |input| Ok(function(input)), site))
    }

    /// As [`map_buffered`](Self::map_buffered), for a function that may fail. An `Err` counts as a failure, and comes as
    /// [`TaskError::Failed`] in the item's place. It does not end the map: to stop at the first one, stop taking.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::num::NonZeroUsize;
    ///
    /// const BUFFER: NonZeroUsize = NonZeroUsize::new(8).unwrap();
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let parsed = pool.try_map_buffered(BUFFER, ["1", "2", "x", "3"], |text| text.parse::<u32>());
    /// let sum: u32 = parsed.filter_map(|number| number.ok()).sum();
    /// assert_eq!(sum, 6);
    ///
    /// // The first failure ends this, and cancels those that are under way.
    /// let parsed = pool.try_map_buffered(BUFFER, ["1", "x"].into_iter().cycle(), |text| text.parse::<u32>());
    /// assert!(parsed.collect::<Result<Vec<_>, _>>().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks; the iterator does.
    #[doc(alias = "try_buffered")]
    #[track_caller]
    pub fn try_map_buffered<I, T, E, F>(
        &self,
        buffer: NonZeroUsize,
        inputs: impl IntoIterator<Item = I>,
        function: F,
    ) -> MapBuffered<impl Iterator<Item = I>, T, E>
    where
        I: Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
        F: Fn(I) -> Result<T, E> + Send + Sync + 'static,
    {
        let (inputs, site) = (inputs.into_iter(), Location::caller());
        MapBuffered::new(Feeder::new(self, buffer, inputs, function, site))
    }

    /// As [`map_buffered`](Self::map_buffered), but gives the results in the order in which the jobs end. So
    /// one slow item does not hold up the others.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::num::NonZeroUsize;
    ///
    /// const BUFFER: NonZeroUsize = NonZeroUsize::new(8).unwrap();
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut squares = pool.map_unordered(BUFFER, 1..=4, |n| n * n).collect::<Result<Vec<u64>, _>>()?;
    /// squares.sort_unstable(); // they came as they were ready
    /// assert_eq!(squares, [1, 4, 9, 16]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks; the iterator does.
    #[doc(alias = "buffer_unordered")]
    #[doc(alias = "imap_unordered")]
    #[doc(alias = "for_each_concurrent")]
    #[track_caller]
    pub fn map_unordered<I, T, F>(
        &self,
        buffer: NonZeroUsize,
        inputs: impl IntoIterator<Item = I>,
        function: F,
    ) -> MapUnordered<impl Iterator<Item = I>, T>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Fn(I) -> T + Send + Sync + 'static,
    {
        let (inputs, site) = (inputs.into_iter(), Location::caller());
        MapUnordered::new(Feeder::new(self, buffer, inputs, move |input| Ok(function(input)), site))
    }

    /// As [`map_unordered`](Self::map_unordered), for a function that may fail. An `Err` counts as a failure, and comes as
    /// [`TaskError::Failed`] in the item's place. It does not end the map: to stop at the first one, stop taking.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::num::NonZeroUsize;
    ///
    /// const BUFFER: NonZeroUsize = NonZeroUsize::new(8).unwrap();
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let parsed = pool.try_map_unordered(BUFFER, ["1", "2", "x", "3"], |text| text.parse::<u32>());
    /// let sum: u32 = parsed.filter_map(|number| number.ok()).sum();
    /// assert_eq!(sum, 6);
    ///
    /// // The first failure ends this, and cancels those that are under way.
    /// let parsed = pool.try_map_unordered(BUFFER, ["1", "x"].into_iter().cycle(), |text| text.parse::<u32>());
    /// assert!(parsed.collect::<Result<Vec<_>, _>>().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks; the iterator does.
    #[doc(alias = "try_buffer_unordered")]
    #[doc(alias = "try_for_each_concurrent")]
    #[track_caller]
    pub fn try_map_unordered<I, T, E, F>(
        &self,
        buffer: NonZeroUsize,
        inputs: impl IntoIterator<Item = I>,
        function: F,
    ) -> MapUnordered<impl Iterator<Item = I>, T, E>
    where
        I: Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
        F: Fn(I) -> Result<T, E> + Send + Sync + 'static,
    {
        let (inputs, site) = (inputs.into_iter(), Location::caller());
        MapUnordered::new(Feeder::new(self, buffer, inputs, function, site))
    }
}

impl<E: fmt::Display> fmt::Display for MapError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MapError::Task(error) => error.fmt(f),
            MapError::TimedOut => f.write_str("the time was over before the map had ended"),
            MapError::Refused(refusal) => refusal.fmt(f),
        }
    }
}

/// For every `E` that can be shown, as [`TaskError`].
impl<E: fmt::Debug + fmt::Display + 'static> Error for MapError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            MapError::Task(error) => Some(error),
            MapError::Refused(refusal) => Some(refusal),
            MapError::TimedOut => None,
        }
    }
}

impl<E: fmt::Debug + fmt::Display + Send + Sync + 'static> From<MapError<E>> for io::Error {
    fn from(error: MapError<E>) -> Self {
        match error {
            MapError::Task(error) => error.into(),
            MapError::TimedOut => io::Error::new(io::ErrorKind::TimedOut, error),
            MapError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<MapRefused> for io::Error {
    fn from(refused: MapRefused) -> Self {
        io::Error::new(io::Error::from(refused.reason).kind(), refused)
    }
}

impl fmt::Display for MapRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({} items had been accepted, {} of them are cancelled)",
            self.reason, self.submitted, self.cancelled
        )
    }
}

impl Error for MapRefused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.reason)
    }
}
