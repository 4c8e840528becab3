//! Where an idle carrier sleeps.

use std::error::Error;
use std::fmt;

use greenstd::sync::Arc;
use greenstd::thread::Blocker;
use greenstd::time::Instant;

use crate::carrier::Local;

/// The one place in which a carrier sleeps: until a deadline, a notification, or an event for one of its
/// green threads.
///
/// The default reactor only parks the carrier's OS thread. A crate that waits for sockets supplies one that
/// sleeps in `epoll_wait`, and delivers events by [`Thread::unpark`](crate::Thread::unpark). A reactor runs
/// no user code.
///
/// ```
/// use greenctx::{Carrier, Notify, Reactor, Thread, current, park};
/// use std::sync::{Arc, mpsc};
/// use std::time::Instant;
///
/// /// A message is an event for the one thread that waits; an empty one is a notification.
/// struct Channel(mpsc::Receiver<Option<Thread>>, mpsc::Sender<Option<Thread>>);
/// struct Notifier(mpsc::Sender<Option<Thread>>);
/// impl Notify for Notifier {
///     fn notify(&self) {
///         let _ = self.0.send(None);
///     }
/// }
/// impl Reactor for Channel {
///     fn notifier(&self) -> Arc<dyn Notify> {
///         Arc::new(Notifier(self.1.clone()))
///     }
///     fn wait(&mut self, deadline: Option<Instant>) {
///         let event = match deadline {
///             Some(at) => self.0.recv_timeout(at.saturating_duration_since(Instant::now())).ok(),
///             None => self.0.recv().ok(),
///         };
///         if let Some(Some(thread)) = event {
///             thread.unpark();
///         }
///     }
/// }
///
/// let (events, receiver) = mpsc::channel();
/// let channel = Channel(receiver, events.clone());
/// Carrier::builder().reactor(Box::new(channel)).build()?.run(move || {
///     let waiter = current();
///     std::thread::spawn(move || events.send(Some(waiter)));
///     park() // the carrier sleeps in the channel until the event comes
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "epoll")]
#[doc(alias = "Driver")]
pub trait Reactor {
    /// What ends a [`wait`](Self::wait) from another thread. The carrier asks once, before the first wait.
    fn notifier(&self) -> Arc<dyn Notify>;

    /// Sleeps until `deadline` (for ever if there is none), a notification or an event.
    ///
    /// A notification that came since the last wait ended counts. The call may return early for no reason.
    ///
    /// # Blocking
    /// Blocks the OS thread: that is its purpose.
    fn wait(&mut self, deadline: Option<Instant>);

    /// Delivers the events that are there, without sleeping. A busy carrier calls it every few dozen switches.
    fn poll(&mut self) {}
}

/// Makes the carrier of the calling green thread sleep in `reactor` from now on.
///
/// For crates whose green threads begin to wait for something of which the default reactor knows nothing.
/// The reactor is dropped on the carrier's OS thread when the carrier has ended.
///
/// ```
/// use greenctx::{Notify, Reactor, install_reactor};
/// use std::sync::Arc;
/// use std::time::Instant;
///
/// struct Nothing;
/// impl Notify for Nothing {
///     fn notify(&self) {}
/// }
/// impl Reactor for Nothing {
///     fn notifier(&self) -> Arc<dyn Notify> {
///         Arc::new(Nothing)
///     }
///     fn wait(&mut self, _: Option<Instant>) {}
/// }
///
/// // A plain OS thread has no carrier: the reactor comes back.
/// assert!(install_reactor(Box::new(Nothing)).is_err());
/// // A green thread has one.
/// greenctx::Carrier::new()?.run(|| assert!(install_reactor(Box::new(Nothing)).is_ok()))?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Errors
/// [`ReactorInUse`] with the reactor, if the caller is on no carrier, or if the carrier has one already that
/// is not the default: by [`CarrierBuilder::reactor`](crate::CarrierBuilder::reactor) or an earlier call.
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

/// Why a reactor could not be installed. It holds that reactor.
///
/// ```
/// use greenctx::{Notify, Reactor, ReactorInUse, install_reactor};
/// # use std::sync::Arc;
/// # use std::time::Instant;
/// # struct MyReactor;
/// # impl Notify for MyReactor {
/// #     fn notify(&self) {}
/// # }
/// # impl Reactor for MyReactor {
/// #     fn notifier(&self) -> Arc<dyn Notify> {
/// #         Arc::new(MyReactor)
/// #     }
/// #     fn wait(&mut self, _: Option<Instant>) {}
/// # }
///
/// let refused: Result<(), ReactorInUse> = install_reactor(Box::new(MyReactor));
/// if let Err(error) = refused {
///     assert!(error.to_string().contains("a plain OS thread has no reactor"));
///     let _mine: Box<dyn Reactor> = error.into_reactor();
/// }
/// ```
pub struct ReactorInUse {
    reactor: Box<dyn Reactor>,
    is_on_carrier: bool,
}

impl ReactorInUse {
    /// The reactor that was not installed.
    ///
    /// ```
    /// use greenctx::{Reactor, install_reactor};
    ///
    /// /// Installs the reactor, or gives it back to be used in another way.
    /// fn install(reactor: Box<dyn Reactor>) -> Option<Box<dyn Reactor>> {
    ///     install_reactor(reactor).err().map(|error| error.into_reactor())
    /// }
    /// # struct Mine;
    /// # impl greenctx::Notify for Mine {
    /// #     fn notify(&self) {}
    /// # }
    /// # impl Reactor for Mine {
    /// #     fn notifier(&self) -> std::sync::Arc<dyn greenctx::Notify> {
    /// #         std::sync::Arc::new(Mine)
    /// #     }
    /// #     fn wait(&mut self, _: Option<std::time::Instant>) {}
    /// # }
    /// assert!(install(Box::new(Mine)).is_some()); // there is no carrier here
    /// ```
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
///
/// ```
/// use greenctx::Notify;
///
/// /// Wakes a thread that sleeps in `std::thread::park`.
/// struct WakeThread(std::thread::Thread);
/// impl Notify for WakeThread {
///     fn notify(&self) {
///         self.0.unpark();
///     }
/// }
///
/// WakeThread(std::thread::current()).notify();
/// std::thread::park(); // returns at once
/// ```
pub trait Notify: Send + Sync {
    /// Makes the reactor's current wait return, or the next one if none is under way.
    ///
    /// The carrier calls it once a sleep, so a second call need not be cheap.
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
