//! A descriptor that threads wait for, and the loop of every operation on it.

mod registrations;
mod timeout;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

pub(crate) use registrations::Registrations;
pub(crate) use timeout::Timeout;

use crate::closed::Closed;
use crate::reactor::{self, Direction, View};

/// A descriptor in non-blocking mode, owned by `T`, with its registrations.
///
/// Everything here takes `&self` and may be called by several threads at once, green or not.
pub(crate) struct Source<T: AsFd> {
    /// `None` only while the source is taken apart.
    inner: Option<T>,
    registrations: Registrations,
}

impl<T: AsFd> Source<T> {
    /// `inner` is in non-blocking mode.
    pub(crate) fn new(inner: T) -> Self {
        Source { inner: Some(inner), registrations: Registrations::new() }
    }

    #[inline]
    pub(crate) fn get(&self) -> &T {
        self.inner.as_ref().expect("a source has its descriptor until it is taken apart")
    }

    /// Gives the descriptor back, in non-blocking mode and registered nowhere. The source is good for
    /// nothing then.
    pub(crate) fn take_apart(&mut self) -> T {
        let inner = self.inner.take().expect("a source is taken apart once");
        self.registrations.end(inner.as_fd());
        inner
    }

    /// Ends all waits, present and future, with [`Closed`]. The descriptor goes with the source.
    pub(crate) fn close(&self) {
        self.registrations.close();
    }

    /// The error of operations on a closed source.
    #[inline]
    pub(crate) fn check_open(&self) -> io::Result<()> {
        match self.registrations.is_closed() {
            false => Ok(()),
            true => Err(Closed::error()),
        }
    }

    /// Performs `operation` as soon as it does not say *would block*.
    ///
    /// `fell_short` tells of a result whether it shows by itself that the next operation would block.
    ///
    /// # Errors
    /// Those of `operation`; [`Closed`]; `TimedOut` after `timeout`; if the wait is interrupted. When a wait
    /// ends by one of the latter two, the operation is tried once more: the answer wins. But each time that
    /// the thread has used its share of operations up, one is not tried if the thread is interrupted: it
    /// would else never be, where a peer does not pause.
    #[inline]
    pub(crate) fn perform<R>(
        &self,
        direction: Direction,
        timeout: Option<&Timeout>,
        mut operation: impl FnMut(&T) -> io::Result<R>,
        fell_short: impl Fn(&R) -> bool,
    ) -> io::Result<R> {
        reactor::count_operation()?;
        match self.attempt(direction, &mut operation, &fell_short) {
            Some(result) => result,
            None => self.wait_and_perform(direction, timeout, operation, fell_short),
        }
    }

    /// As [`perform`](Self::perform), after an attempt that has failed already.
    #[inline(never)]
    pub(crate) fn wait_and_perform<R>(
        &self,
        direction: Direction,
        timeout: Option<&Timeout>,
        mut operation: impl FnMut(&T) -> io::Result<R>,
        fell_short: impl Fn(&R) -> bool,
    ) -> io::Result<R> {
        let deadline = timeout.and_then(Timeout::deadline);
        loop {
            let view = match self.registrations.wait(self.get().as_fd(), direction, deadline) {
                Ok(view) => view,
                Err(error) => return self.attempt_at_last(&mut operation, error),
            };
            // After *source-mark* the wait is over too, so look which it was.
            if self.registrations.is_closed() {
                return Err(Closed::error());
            }
            if let Some(result) =
                self.attempt_after(Some(view), direction, &mut operation, &fell_short)
            {
                return result;
            }
        }
    }

    /// Performs `operation` once, and waits for nothing. It does not give way either, however often it is called:
    /// pools of connections ask their connections under locks of `std`, which no sibling may find held.
    ///
    /// It is tried whatever is known of the direction: if the caller never waits, nobody may have looked for
    /// events since.
    ///
    /// # Errors
    /// Those of `operation`, of the kind `WouldBlock` too; [`Closed`].
    pub(crate) fn perform_at_once<R>(
        &self,
        direction: Direction,
        operation: impl FnOnce(&T) -> io::Result<R>,
        fell_short: impl FnOnce(&R) -> bool,
    ) -> io::Result<R> {
        self.check_open()?;
        let view = self.registrations.view(direction);
        let result = operation(self.get());
        if let Some(view) = view {
            reactor::with_existing(|reactor| match (&result, reactor) {
                (Err(error), Some(reactor)) if error.kind() == io::ErrorKind::WouldBlock => {
                    reactor.would_block(view, direction);
                }
                (Ok(value), Some(reactor)) if fell_short(value) => {
                    reactor.fell_short(view, direction);
                }
                _ => {}
            });
        }
        result
    }

    /// One attempt, unless the direction is known not to be ready; `None` if it would block.
    #[inline]
    fn attempt<R>(
        &self,
        direction: Direction,
        operation: &mut impl FnMut(&T) -> io::Result<R>,
        fell_short: &impl Fn(&R) -> bool,
    ) -> Option<io::Result<R>> {
        // No more than a short cut. What counts is *source-register*, when the thread has to wait.
        if self.registrations.is_closed() {
            return Some(Err(Closed::error()));
        }
        let view = self.registrations.view(direction);
        if view.is_some_and(|view| !view.is_ready) {
            return None;
        }
        self.attempt_after(view, direction, operation, fell_short)
    }

    /// The attempt that follows a look at the entry.
    #[inline]
    fn attempt_after<R>(
        &self,
        view: Option<View>,
        direction: Direction,
        operation: &mut impl FnMut(&T) -> io::Result<R>,
        fell_short: &impl Fn(&R) -> bool,
    ) -> Option<io::Result<R>> {
        // ready-try
        let result = operation(self.get());
        match &result {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // ready-clear: without a view, this OS thread has not registered yet, and will do so with
                // the flag clear.
                if let Some(view) = view {
                    reactor::with_existing(|reactor| {
                        reactor.iter().for_each(|reactor| reactor.would_block(view, direction));
                    });
                }
                return None;
            }
            Ok(value) => {
                if let Some(view) = view
                    && fell_short(value)
                {
                    reactor::with_existing(|reactor| {
                        reactor.iter().for_each(|reactor| reactor.fell_short(view, direction));
                    });
                }
            }
            Err(_) => {}
        }
        Some(result)
    }

    /// The wait has ended by `error`: one attempt more, whatever is known.
    #[cold]
    fn attempt_at_last<R>(
        &self,
        operation: &mut impl FnMut(&T) -> io::Result<R>,
        error: io::Error,
    ) -> io::Result<R> {
        self.check_open()?;
        match operation(self.get()) {
            Err(last) if last.kind() == io::ErrorKind::WouldBlock => Err(error),
            result => result,
        }
    }
}

impl<T: AsFd> AsFd for Source<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get().as_fd()
    }
}

impl<T: AsFd> Drop for Source<T> {
    fn drop(&mut self) {
        if let Some(inner) = &self.inner {
            self.registrations.end(inner.as_fd());
        }
    }
}

impl<T: AsFd + fmt::Debug> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
