//! A number of permits.

use std::fmt;
use std::io;
use std::panic::Location;
use std::time::Duration;

use greenctx::{Interrupted, Waiting};
use greenstd::sync::Arc;
use greenstd::time::{self, Instant};

use crate::giving_way::begin_operation;
use crate::monitor::{Entry, Inside, Monitor, Waited};

/// A number of permits, of which each holder has some. A thread that finds too few left waits.
///
/// It limits how many threads do something at a time. For one at a time take a [`Mutex`](crate::Mutex).
///
/// # Fairness
/// Permits go to the waiting threads in the order in which they came (FIFO), straight from the thread that
/// gives them back. No thread is overtaken. While one waits, [`try_acquire`](Self::try_acquire) gets nothing
/// either, so a large request is not starved by small ones behind it.
///
/// ```
/// use greensync::{Carrier, Semaphore, sleep, spawn};
/// use std::time::Duration;
///
/// static CONNECTIONS: Semaphore = Semaphore::new(3);
///
/// Carrier::new()?.run(|| {
///     for _ in 0..10 {
///         spawn(|| {
///             let _permit = CONNECTIONS.acquire()?; // three at a time
///             sleep(Duration::from_millis(1))?;
///             Ok::<(), greensync::AcquireError>(())
///         });
///     }
/// })?;
/// assert_eq!(CONNECTIONS.available_permits(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "BoundedSemaphore")]
#[doc(alias = "throttle")]
#[doc(alias = "limit concurrency")]
pub struct Semaphore {
    monitor: Monitor<State, Request>,
}

struct State {
    permits: usize,
    closed: bool,
}

/// One in the queue.
struct Request {
    wanted: usize,
    /// Whether it was taken off the queue because of the closing.
    refused: bool,
}

/// The one list of the monitor.
const QUEUE: usize = 0;

/// Why [`Semaphore::acquire`] gave no permits.
///
/// ```
/// use greensync::{AcquireError, Semaphore, with_timeout};
/// use std::time::Duration;
///
/// let permits = Semaphore::new(0);
/// match with_timeout(Duration::from_millis(1), || permits.acquire()) {
///     Err(AcquireError::Interrupted(why)) => assert!(why.is_timed_out()), // pass it on with `?`
///     Err(AcquireError::Closed) => unreachable!("not closed yet"), // no more work: end
///     Ok(_permit) => unreachable!("there are no permits"),
/// }
/// permits.close();
/// assert_eq!(permits.acquire().err(), Some(AcquireError::Closed));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquireError {
    /// It is [closed](Semaphore::close).
    Closed,
    /// The wait was interrupted.
    Interrupted(Interrupted),
}

/// Why [`Semaphore::try_acquire`] gave no permits at once.
///
/// ```
/// use greensync::{Semaphore, TryAcquireError};
///
/// let permits = Semaphore::new(0);
/// match permits.try_acquire() {
///     Ok(_permit) => unreachable!("there are no permits"),
///     Err(TryAcquireError::NoPermits) => {} // do something else, and try later
///     Err(TryAcquireError::Closed) => unreachable!("not closed"), // there never will be one
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryAcquireError {
    /// It is [closed](Semaphore::close).
    Closed,
    /// There are too few left, or others wait for some.
    NoPermits,
}

impl Semaphore {
    greenstd::const_unless_loom! {
        /// A semaphore with so many permits.
        ///
        /// ```
        /// use greensync::Semaphore;
        ///
        /// static SLOTS: Semaphore = Semaphore::new(8); // `new` is const
        /// assert_eq!(SLOTS.available_permits(), 8);
        /// ```
        pub fn new(permits: usize) -> Self {
            Semaphore { monitor: Monitor::new(State { permits, closed: false }) }
        }
    }

    /// Takes one permit, and waits for it if there is none. The drop of the [`Permit`] gives it back.
    ///
    /// # Errors
    /// [`AcquireError::Closed`] if the semaphore is closed, before or meanwhile.
    /// [`AcquireError::Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [deadline](crate::with_timeout) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::Semaphore;
    ///
    /// let slots = Semaphore::new(2);
    /// let permit = slots.acquire()?;
    /// assert_eq!(slots.available_permits(), 1);
    /// drop(permit);
    /// assert_eq!(slots.available_permits(), 2);
    /// # Ok::<(), greensync::AcquireError>(())
    /// ```
    #[doc(alias = "wait")]
    #[doc(alias = "down")]
    #[track_caller]
    pub fn acquire(&self) -> Result<Permit<'_>, AcquireError> {
        self.acquire_many(1)
    }

    /// As [`acquire`](Self::acquire), for `count` permits at once, which one [`Permit`] holds.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    /// As [`acquire`](Self::acquire).
    ///
    /// # Blocking
    /// As [`acquire`](Self::acquire). For more permits than there will ever be it waits for ever, and
    /// with it all that come after.
    ///
    /// ```
    /// use greensync::Semaphore;
    ///
    /// static MEGABYTES: Semaphore = Semaphore::new(64);
    /// let _memory = MEGABYTES.acquire_many(48)?; // all at once, so that two requests cannot deadlock
    /// assert_eq!(MEGABYTES.available_permits(), 16);
    /// # Ok::<(), greensync::AcquireError>(())
    /// ```
    #[track_caller]
    pub fn acquire_many(&self, count: usize) -> Result<Permit<'_>, AcquireError> {
        self.take(count, None)?;
        Ok(Permit { semaphore: self, count })
    }

    /// As [`acquire`](Self::acquire), but waits for `timeout` at most; `None` if the time is over first.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    /// As [`acquire`](Self::acquire).
    ///
    /// # Blocking
    /// As [`acquire`](Self::acquire).
    ///
    /// ```
    /// use greensync::Semaphore;
    /// use std::time::Duration;
    ///
    /// let slots = Semaphore::new(1);
    /// let held = slots.acquire()?;
    /// assert!(slots.acquire_timeout(Duration::from_millis(1))?.is_none());
    /// drop(held);
    /// assert!(slots.acquire_timeout(Duration::from_millis(1))?.is_some());
    /// # Ok::<(), greensync::AcquireError>(())
    /// ```
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Option<Permit<'_>>, AcquireError> {
        let taken = self.take(1, time::after(timeout))?;
        Ok(taken.then(|| Permit { semaphore: self, count: 1 }))
    }

    /// As [`acquire`](Self::acquire), with a permit that shares the semaphore instead of borrowing it.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    /// As [`acquire`](Self::acquire).
    ///
    /// # Blocking
    /// As [`acquire`](Self::acquire).
    ///
    /// ```
    /// use greensync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let slots = Arc::new(Semaphore::new(1));
    /// let permit = slots.clone().acquire_owned()?; // it borrows nothing: give it to another thread
    /// let worker = std::thread::spawn(move || drop(permit));
    /// let _next = slots.acquire()?; // waits until the worker has dropped it
    /// # worker.join().expect("it does not panic");
    /// # Ok::<(), greensync::AcquireError>(())
    /// ```
    #[track_caller]
    pub fn acquire_owned(self: Arc<Self>) -> Result<OwnedPermit, AcquireError> {
        self.acquire_many_owned(1)
    }

    /// As [`acquire_owned`](Self::acquire_owned), for `count` permits at once.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    /// As [`acquire`](Self::acquire).
    ///
    /// # Blocking
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// ```
    /// use greensync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let slots = Arc::new(Semaphore::new(4));
    /// let permits = slots.clone().acquire_many_owned(3)?;
    /// assert_eq!((permits.count(), slots.available_permits()), (3, 1));
    /// # Ok::<(), greensync::AcquireError>(())
    /// ```
    #[track_caller]
    pub fn acquire_many_owned(self: Arc<Self>, count: usize) -> Result<OwnedPermit, AcquireError> {
        self.take(count, None)?;
        Ok(OwnedPermit { semaphore: self, count })
    }

    /// Takes one permit if one is there and no thread waits.
    ///
    /// # Errors
    /// [`TryAcquireError::NoPermits`] if none is there or others wait, [`TryAcquireError::Closed`] if the semaphore
    /// is closed.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    ///
    /// ```
    /// use greensync::{Semaphore, TryAcquireError};
    ///
    /// let slots = Semaphore::new(1);
    /// let _held = slots.try_acquire()?;
    /// assert_eq!(slots.try_acquire().err(), Some(TryAcquireError::NoPermits));
    /// # Ok::<(), greensync::TryAcquireError>(())
    /// ```
    pub fn try_acquire(&self) -> Result<Permit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// As [`try_acquire`](Self::try_acquire), for `count` permits at once.
    ///
    /// # Errors
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Blocking
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// ```
    /// use greensync::Semaphore;
    ///
    /// let slots = Semaphore::new(4);
    /// let _three = slots.try_acquire_many(3)?;
    /// assert!(slots.try_acquire_many(2).is_err()); // all or nothing
    /// assert!(slots.try_acquire_many(1).is_ok());
    /// # Ok::<(), greensync::TryAcquireError>(())
    /// ```
    pub fn try_acquire_many(&self, count: usize) -> Result<Permit<'_>, TryAcquireError> {
        begin_operation();
        self.monitor.enter(|inside| try_take(inside, count))?;
        Ok(Permit { semaphore: self, count })
    }

    /// As [`try_acquire`](Self::try_acquire), with a permit that shares the semaphore instead of borrowing it.
    ///
    /// # Errors
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Blocking
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// ```
    /// use greensync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let slots = Arc::new(Semaphore::new(1));
    /// let permit = slots.clone().try_acquire_owned()?;
    /// let worker = std::thread::spawn(move || permit.count());
    /// assert_eq!(worker.join().ok(), Some(1));
    /// # Ok::<(), greensync::TryAcquireError>(())
    /// ```
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedPermit, TryAcquireError> {
        begin_operation();
        self.monitor.enter(|inside| try_take(inside, 1))?;
        Ok(OwnedPermit { semaphore: self, count: 1 })
    }

    /// Adds `count` new permits. It may be called on a closed semaphore too, where no thread gets them.
    ///
    /// # Panics
    /// If there are then more permits than a `usize` can count.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::Semaphore;
    ///
    /// static READY: Semaphore = Semaphore::new(0);
    /// let waiter = std::thread::spawn(|| READY.acquire_many(2).map(|permits| permits.count()));
    /// READY.add_permits(2); // now it can go on
    /// assert_eq!(waiter.join().ok(), Some(Ok(2)));
    /// ```
    #[doc(alias = "release")]
    #[doc(alias = "post")]
    #[doc(alias = "up")]
    pub fn add_permits(&self, count: usize) {
        let fits = self.monitor.enter(|inside| {
            let Some(sum) = inside.state.permits.checked_add(count) else { return false };
            inside.state.permits = sum;
            grant(inside);
            true
        });
        assert!(fits, "more permits than can be counted");
    }

    /// How many permits no thread holds: a snapshot, which may be out of date when it returns.
    ///
    /// ```
    /// use greensync::Semaphore;
    ///
    /// let slots = Semaphore::new(3);
    /// let _held = slots.acquire_many(2)?;
    /// assert_eq!(slots.available_permits(), 1);
    /// # Ok::<(), greensync::AcquireError>(())
    /// ```
    pub fn available_permits(&self) -> usize {
        self.monitor.enter(|inside| inside.state.permits)
    }

    /// Ends the giving of permits. All threads that wait return [`AcquireError::Closed`], and so do all later calls.
    /// Permits that are held stay good.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::{AcquireError, Semaphore};
    ///
    /// static SLOTS: Semaphore = Semaphore::new(0);
    /// let waiter = std::thread::spawn(|| SLOTS.acquire().err());
    /// SLOTS.close();
    /// assert_eq!(waiter.join().ok(), Some(Some(AcquireError::Closed)));
    /// ```
    pub fn close(&self) {
        self.monitor.enter(|inside| {
            inside.state.closed = true;
            while let Some(request) = inside.take_first(QUEUE) {
                request.refused = true;
            }
        });
    }

    /// Whether the semaphore is [closed](Self::close).
    ///
    /// ```
    /// use greensync::Semaphore;
    ///
    /// let slots = Semaphore::new(1);
    /// assert!(!slots.is_closed());
    /// slots.close();
    /// assert!(slots.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.monitor.enter(|inside| inside.state.closed)
    }

    /// Takes `wanted` permits, by `deadline`; `false` if that passes first.
    #[track_caller]
    fn take(&self, wanted: usize, deadline: Option<Instant>) -> Result<bool, AcquireError> {
        begin_operation();
        let what = Waiting::on("semaphore").with_number(wanted as u64).at(Location::caller());
        let waited = self.monitor.wait_with(
            what,
            deadline,
            |inside| match try_take(inside, wanted) {
                Err(TryAcquireError::NoPermits) => {
                    Entry::Wait { list: QUEUE, message: Request { wanted, refused: false } }
                }
                taken => Entry::Done(taken),
            },
            || (),
            // It has left: there may be enough permits for the threads behind it.
            grant,
        );
        match waited {
            Waited::Done(Ok(())) | Waited::Woken(Request { refused: false, .. }) => Ok(true),
            Waited::Done(Err(_)) | Waited::Woken(_) => Err(AcquireError::Closed),
            Waited::TimedOut(_) => Ok(false),
            Waited::Interrupted(interrupted, _) => Err(AcquireError::Interrupted(interrupted)),
        }
    }
}

type InsideSemaphore<'a> = Inside<'a, State, Request, 1>;

fn try_take(inside: &mut InsideSemaphore<'_>, wanted: usize) -> Result<(), TryAcquireError> {
    if inside.state.closed {
        Err(TryAcquireError::Closed)
    } else if inside.state.permits < wanted || inside.is_anybody_in(QUEUE) {
        Err(TryAcquireError::NoPermits)
    } else {
        inside.state.permits -= wanted;
        Ok(())
    }
}

/// Gives permits to the threads that wait, in their order, until the first finds too few.
fn grant(inside: &mut InsideSemaphore<'_>) {
    while let Some(first) = inside.first(QUEUE) {
        let wanted = first.wanted;
        if inside.state.permits < wanted {
            break;
        }
        inside.state.permits -= wanted;
        inside.take_first(QUEUE);
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (permits, closed) =
            self.monitor.enter(|inside| (inside.state.permits, inside.state.closed));
        f.debug_struct("Semaphore").field("permits", &permits).field("closed", &closed).finish()
    }
}

/// Holds permits of a [`Semaphore`], and gives them back when it is dropped.
///
/// ```
/// use greensync::Semaphore;
///
/// let slots = Semaphore::new(1);
/// let permit = slots.acquire()?;
/// assert!(slots.try_acquire().is_err());
/// drop(permit);
/// assert!(slots.try_acquire().is_ok());
/// # Ok::<(), greensync::AcquireError>(())
/// ```
#[doc(alias = "SemaphorePermit")]
#[derive(Debug)]
#[must_use = "the permits are given back when it is dropped"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

/// Holds permits of a [`Semaphore`] that it shares, and gives them back when it is dropped.
///
/// It can go into a `spawn`, or into a struct without a lifetime, where a [`Permit`] cannot.
///
/// ```
/// use greensync::{OwnedPermit, Semaphore};
/// use std::sync::Arc;
///
/// struct Connection {
///     _slot: OwnedPermit,
/// }
///
/// let slots = Arc::new(Semaphore::new(1));
/// let connection = Connection { _slot: slots.clone().acquire_owned()? };
/// drop(connection);
/// assert_eq!(slots.available_permits(), 1);
/// # Ok::<(), greensync::AcquireError>(())
/// ```
#[doc(alias = "OwnedSemaphorePermit")]
#[derive(Debug)]
#[must_use = "the permits are given back when it is dropped"]
pub struct OwnedPermit {
    semaphore: Arc<Semaphore>,
    count: usize,
}

macro_rules! permit {
    ($($permit:ty),*) => {$(
        impl $permit {
            /// How many permits it holds.
            ///
            /// ```
            /// use greensync::Semaphore;
            ///
            /// let slots = Semaphore::new(5);
            /// assert_eq!(slots.acquire_many(3)?.count(), 3);
            /// # Ok::<(), greensync::AcquireError>(())
            /// ```
            pub fn count(&self) -> usize {
                self.count
            }

            /// Drops the permits without giving them back: the semaphore has so many fewer from now on.
            ///
            /// ```
            /// use greensync::Semaphore;
            ///
            /// let slots = Semaphore::new(3);
            /// slots.acquire()?.forget(); // two at a time from now on
            /// assert_eq!(slots.available_permits(), 2);
            /// # Ok::<(), greensync::AcquireError>(())
            /// ```
            pub fn forget(mut self) {
                self.count = 0;
            }
        }

        impl Drop for $permit {
            fn drop(&mut self) {
                if self.count > 0 {
                    self.semaphore.add_permits(self.count);
                }
            }
        }
    )*};
}
permit!(Permit<'_>, OwnedPermit);

impl OwnedPermit {
    /// The semaphore whose permits it holds.
    ///
    /// ```
    /// use greensync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let slots = Arc::new(Semaphore::new(3));
    /// let permit = slots.clone().acquire_owned()?;
    /// assert_eq!(permit.semaphore().available_permits(), 2);
    /// # Ok::<(), greensync::AcquireError>(())
    /// ```
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.semaphore
    }
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AcquireError::Closed => f.write_str("the semaphore is closed"),
            AcquireError::Interrupted(interrupted) => interrupted.fmt(f),
        }
    }
}

impl std::error::Error for AcquireError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            AcquireError::Closed => None,
            AcquireError::Interrupted(interrupted) => Some(interrupted),
        }
    }
}

impl From<Interrupted> for AcquireError {
    fn from(interrupted: Interrupted) -> Self {
        AcquireError::Interrupted(interrupted)
    }
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryAcquireError::Closed => "the semaphore is closed",
            TryAcquireError::NoPermits => "the semaphore has no permits left for the caller",
        })
    }
}

impl std::error::Error for TryAcquireError {}

impl From<AcquireError> for io::Error {
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Closed => io::Error::other(error),
            AcquireError::Interrupted(interrupted) => interrupted.into(),
        }
    }
}

/// Without enough permits, it [would block](io::ErrorKind::WouldBlock).
impl From<TryAcquireError> for io::Error {
    fn from(error: TryAcquireError) -> Self {
        let kind = match error {
            TryAcquireError::Closed => io::ErrorKind::Other,
            TryAcquireError::NoPermits => io::ErrorKind::WouldBlock,
        };
        io::Error::new(kind, error)
    }
}
