//! Where an idle carrier sleeps.

use std::error::Error;
use std::fmt;

use greenstd::sync::Arc;
use greenstd::thread::Blocker;
use greenstd::time::Instant;

use crate::carrier::Local;

/// The one place in which a carrier sleeps: until a deadline, or until somebody notifies it, or
/// until an event for one of its green threads arrives.
///
/// The default only parks the carrier's OS thread. A crate that waits for sockets supplies one that
/// sleeps in `epoll_wait`, and there delivers events by [`Thread::unpark`](crate::Thread::unpark).
/// A reactor runs no user code.
pub trait Reactor {
    /// What ends a [`wait`](Self::wait) from another thread. Asked once, before the first wait.
    fn notifier(&self) -> Arc<dyn Notify>;

    /// Sleeps until `deadline` (for ever if there is none), a notification or an event. A
    /// notification that came since the last wait ended counts. May return early for no reason.
    ///
    /// # Blocking
    /// Blocks the OS thread: that is its purpose.
    fn wait(&mut self, deadline: Option<Instant>);

    /// Delivers the events that are there, without sleeping. Called every few dozen switches of a
    /// busy carrier.
    fn poll(&mut self) {}
}

/// Makes the carrier of the calling green thread sleep in `reactor` from now on: for crates whose green
/// threads begin to wait for something that the default reactor knows nothing of. The reactor is dropped
/// on the carrier's OS thread when the carrier has ended.
///
/// # Errors
/// With the reactor back, if the carrier has one that is not the default (by
/// [`CarrierBuilder::reactor`](crate::CarrierBuilder::reactor) or an earlier call), or if the caller is on
/// no carrier.
///
/// # Blocking
/// Neither parks nor blocks.
pub fn install_reactor(reactor: Box<dyn Reactor>) -> Result<(), ReactorInUse> {
    let mut reactor = Some(reactor);
    let installed = Local::try_with(|local| local.install_reactor(&mut reactor));
    match reactor {
        None => Ok(()),
        Some(reactor) => Err(ReactorInUse { reactor, is_on_carrier: installed.is_some() }),
    }
}

/// Why a reactor could not be installed; has it back.
pub struct ReactorInUse {
    reactor: Box<dyn Reactor>,
    is_on_carrier: bool,
}

impl ReactorInUse {
    /// The reactor that was not installed.
    pub fn into_reactor(self) -> Box<dyn Reactor> {
        self.reactor
    }
}

impl fmt::Display for ReactorInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.is_on_carrier {
            true => "the carrier sleeps in a reactor of its own already",
            false => "a plain OS thread has no reactor: install it on a green thread",
        })
    }
}

impl fmt::Debug for ReactorInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReactorInUse")
            .field("is_on_carrier", &self.is_on_carrier)
            .finish_non_exhaustive()
    }
}

impl Error for ReactorInUse {}

/// Ends a carrier's wait from any thread.
pub trait Notify: Send + Sync {
    /// Makes the reactor's current wait return, or the next one if none is under way. Cheap when
    /// repeated is not asked for: the carrier is notified once a sleep.
    fn notify(&self);
}

/// The default reactor: parks the OS thread.
pub(crate) struct ThreadPark {
    blocker: Arc<Blocker>,
}

impl ThreadPark {
    /// For the current thread.
    pub(crate) fn new() -> Self {
        ThreadPark { blocker: Arc::new(Blocker::current()) }
    }
}

impl Reactor for ThreadPark {
    fn notifier(&self) -> Arc<dyn Notify> {
        self.blocker.clone()
    }

    fn wait(&mut self, deadline: Option<Instant>) {
        let _ = self.blocker.park_deadline(deadline);
    }
}

impl Notify for Blocker {
    fn notify(&self) {
        self.unpark();
    }
}

impl fmt::Debug for dyn Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reactor")
    }
}
