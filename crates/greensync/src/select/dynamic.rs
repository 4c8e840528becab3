//! A select over a number of operations that is known at run time alone.

use std::fmt;
use std::time::Duration;

use greenctx::Interrupted;
use greenstd::time::Instant;

use super::arms::{RecvArm, SendArm};
use crate::monitor::deadline_after;
use crate::monitor::select::{Numbered, Patience, Selected, select};

/// Waits for several channel operations and does the first one that can be done, and no other: for as many
/// as there are at run time. If their number is known, [`select!`](crate::select!) is handier.
///
/// ```
/// use greensync::{RecvArm, Select, unbounded};
///
/// let (senders, receivers): (Vec<_>, Vec<_>) = (0..5).map(|_| unbounded()).unzip();
/// senders[3].send("hello").unwrap();
///
/// let mut arms: Vec<_> = receivers.iter().map(RecvArm::new).collect();
/// let mut select = Select::new();
/// for arm in &mut arms {
///     select.recv(arm);
/// }
/// let chosen = select.wait().unwrap();
/// assert_eq!((chosen, arms.remove(chosen).into_received()), (3, Some("hello")));
/// ```
///
/// The operations are numbered from 0 on in the order in which they are added. If several can be done, chance decides. An
/// operation that was done in an earlier select, and still has its result, is chosen at once.
#[derive(Default)]
pub struct Select<'a> {
    arms: Vec<Numbered<'a>>,
}

impl<'a> Select<'a> {
    /// Without an operation yet: as it is, it would wait for ever.
    pub fn new() -> Self {
        Select::default()
    }

    /// Adds an operation, and returns its number.
    pub fn recv<T>(&mut self, arm: &'a mut RecvArm<'_, T>) -> usize {
        let number = self.arms.len();
        self.arms.push(arm.numbered(number));
        number
    }

    /// Adds an operation, and returns its number.
    pub fn send<T>(&mut self, arm: &'a mut SendArm<'_, T>) -> usize {
        let number = self.arms.len();
        self.arms.push(arm.numbered(number));
        number
    }

    /// Waits until one of the operations has been done; which one. It may have failed, on a closed channel.
    ///
    /// # Errors
    /// If it has to wait and the green thread is cancelled, or the deadline of a scope passes. Then none has been
    /// done.
    ///
    /// # Panics
    /// In [`greenctx::no_park`], if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait(self) -> Result<usize, Interrupted> {
        let chosen = self.run(Patience::ForEver)?;
        Ok(chosen.expect("there was no time limit"))
    }

    /// Does one of the operations, if one can be done at once; which one.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    pub fn now(self) -> Option<usize> {
        self.run(Patience::None).ok().flatten()
    }

    /// As [`wait`](Self::wait), for `timeout` at most; `None` if none could be done in time.
    ///
    /// # Errors
    /// As `wait`.
    ///
    /// # Panics
    /// As `wait`.
    ///
    /// # Blocking
    /// As `wait`.
    pub fn wait_timeout(self, timeout: Duration) -> Result<Option<usize>, Interrupted> {
        self.run(deadline_after(timeout).map_or(Patience::ForEver, Patience::Until))
    }

    /// As [`wait`](Self::wait), until `deadline` at most; `None` if none could be done in time.
    ///
    /// # Errors
    /// As `wait`.
    ///
    /// # Panics
    /// As `wait`.
    ///
    /// # Blocking
    /// As `wait`.
    pub fn wait_deadline(self, deadline: Instant) -> Result<Option<usize>, Interrupted> {
        self.run(Patience::Until(deadline))
    }

    fn run(mut self, patience: Patience) -> Result<Option<usize>, Interrupted> {
        match select(&mut self.arms, patience) {
            Selected::Arm(number) => Ok(Some(number)),
            Selected::TimedOut => Ok(None),
            Selected::Interrupted(interrupted) => Err(interrupted),
        }
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select").field("operations", &self.arms.len()).finish()
    }
}
