//! One function over many inputs.

mod buffered;
mod eager;
mod feeder;
mod unordered;

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
#[derive(Debug)]
#[non_exhaustive]
pub enum MapError {
    /// The item's job has none. The items after it come all the same; but where a lazy map or one with
    /// a time limit says that the *wait* was interrupted, or stayed behind in a fork, what had not
    /// started is cancelled, and no item follows.
    Task(TaskError),
    /// The time was over; what had not started is cancelled, and no item follows.
    TimedOut,
    /// The executor refused the next item; no item follows.
    Refused(Refusal),
}

/// An eager map that the executor refused half way. What was submitted and had not started is
/// cancelled; nobody will see the results of the rest.
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

impl ExecutorHandle {
    /// Calls `function` for every input, as a job each, and gives the results in the order of the
    /// inputs. All inputs are submitted before this returns.
    ///
    /// A failed item is given as an error in its place and does not end the map. Dropping the iterator
    /// cancels what has not started: [`detach`](Map::detach) it to have all items run without looking at
    /// their results.
    ///
    /// # Errors
    /// If the executor refuses one of the inputs: what was submitted and has not started is cancelled.
    ///
    /// # Blocking
    /// Neither parks nor blocks; the iterator does.
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

    /// As [`map`](Self::map), but lazy: at most `buffer` items are submitted and not yet given, and
    /// inputs are asked for as results are taken. For inputs without end, and for results that are
    /// large.
    ///
    /// Where the executor refuses an item, the map waits until results have been taken, or for room.
    ///
    /// # Blocking
    /// Neither parks nor blocks; the iterator does.
    #[track_caller]
    pub fn map_buffered<I, T, F>(
        &self,
        buffer: NonZeroUsize,
        inputs: impl IntoIterator<Item = I>,
        function: F,
    ) -> MapBuffered<impl Iterator<Item = I>, F, T>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Fn(I) -> T + Send + Sync + 'static,
    {
        MapBuffered::new(Feeder::new(
            self,
            buffer,
            inputs.into_iter(),
            function,
            Location::caller(),
        ))
    }

    /// As [`map_buffered`](Self::map_buffered), but gives the results in the order in which the jobs
    /// end.
    ///
    /// # Blocking
    /// Neither parks nor blocks; the iterator does.
    #[track_caller]
    pub fn map_unordered<I, T, F>(
        &self,
        buffer: NonZeroUsize,
        inputs: impl IntoIterator<Item = I>,
        function: F,
    ) -> MapUnordered<impl Iterator<Item = I>, F, T>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Fn(I) -> T + Send + Sync + 'static,
    {
        MapUnordered::new(Feeder::new(
            self,
            buffer,
            inputs.into_iter(),
            function,
            Location::caller(),
        ))
    }
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MapError::Task(error) => error.fmt(f),
            MapError::TimedOut => f.write_str("the time was over before the map had ended"),
            MapError::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl Error for MapError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            MapError::Task(error) => Some(error),
            MapError::Refused(refusal) => Some(refusal),
            MapError::TimedOut => None,
        }
    }
}

impl From<MapError> for io::Error {
    fn from(error: MapError) -> Self {
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
