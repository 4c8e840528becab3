//! A number of permits.

use std::fmt;
use std::io;
use std::time::Duration;

use greenctx::Interrupted;
use greenstd::sync::Arc;
use greenstd::time::Instant;

use crate::monitor::{Entry, Inside, Monitor, Waited, deadline_after};
use crate::share::take_part;

/// A number of permits, of which each holder has some; who finds too few left waits.
///
/// # Fairness
/// Permits go to those who wait in the order of their coming (FIFO), straight from who gives them back.
/// Nobody is overtaken: while somebody waits, also [`try_acquire`](Self::try_acquire) gets nothing, so a
/// large request is not starved by small ones behind it.
///
/// ```
/// use greenctx::{Carrier, Interrupted, sleep, spawn};
/// use greensync::Semaphore;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// Carrier::new()?.run(|| {
///     let connections = Arc::new(Semaphore::new(3));
///     let threads: Vec<_> = (0..10)
///         .map(|_| {
///             let connections = connections.clone();
///             spawn(move || {
///                 let _permit = connections.acquire()?;
///                 sleep(Duration::from_millis(1))?; // three at a time
///                 Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
///             })
///         })
///         .collect();
///     threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
///     assert_eq!(connections.available_permits(), 3);
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
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

/// Why a semaphore gave no permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquireError {
    /// It is [closed](Semaphore::close).
    Closed,
    /// The wait was interrupted.
    Interrupted(Interrupted),
}

/// Why a semaphore gave no permits at once.
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
        pub fn new(permits: usize) -> Self {
            Semaphore { monitor: Monitor::new(State { permits, closed: false }) }
        }
    }

    /// Takes one permit, waiting for it if need be. It is given back when the [`Permit`] is dropped.
    ///
    /// # Errors
    /// [`AcquireError::Closed`] if the semaphore is closed, before or meanwhile.
    /// [`AcquireError::Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [`deadline`](crate::deadline) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
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
    pub fn acquire_many(&self, count: usize) -> Result<Permit<'_>, AcquireError> {
        self.take(count, None)?;
        Ok(Permit { semaphore: self, count })
    }

    /// As [`acquire`](Self::acquire), for at most `timeout`: `None` if the time is over first.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    /// As [`acquire`](Self::acquire).
    ///
    /// # Blocking
    /// As [`acquire`](Self::acquire).
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Option<Permit<'_>>, AcquireError> {
        let taken = self.take(1, deadline_after(timeout))?;
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
    pub fn acquire_many_owned(self: Arc<Self>, count: usize) -> Result<OwnedPermit, AcquireError> {
        self.take(count, None)?;
        Ok(OwnedPermit { semaphore: self, count })
    }

    /// Takes one permit if there is one and nobody waits.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn try_acquire(&self) -> Result<Permit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// As [`try_acquire`](Self::try_acquire), for `count` permits at once.
    ///
    /// # Errors
    /// Says why there are not so many.
    pub fn try_acquire_many(&self, count: usize) -> Result<Permit<'_>, TryAcquireError> {
        take_part();
        self.monitor.enter(|inside| try_take(inside, count))?;
        Ok(Permit { semaphore: self, count })
    }

    /// As [`try_acquire`](Self::try_acquire), with a permit that shares the semaphore.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedPermit, TryAcquireError> {
        take_part();
        self.monitor.enter(|inside| try_take(inside, 1))?;
        Ok(OwnedPermit { semaphore: self, count: 1 })
    }

    /// Makes `count` more permits. Also on a closed semaphore, where nobody gets them.
    ///
    /// # Panics
    /// If that are more than a `usize` can count.
    pub fn add_permits(&self, count: usize) {
        let fits = self.monitor.enter(|inside| {
            let Some(sum) = inside.state.permits.checked_add(count) else { return false };
            inside.state.permits = sum;
            grant(inside);
            true
        });
        assert!(fits, "more permits than can be counted");
    }

    /// How many permits nobody holds: a snapshot.
    pub fn available_permits(&self) -> usize {
        self.monitor.enter(|inside| inside.state.permits)
    }

    /// Lets nobody have permits any more: all that wait return [`AcquireError::Closed`], and so do all
    /// later calls. Permits that are held stay good.
    pub fn close(&self) {
        self.monitor.enter(|inside| {
            inside.state.closed = true;
            while let Some(request) = inside.take_first(QUEUE) {
                request.refused = true;
            }
        });
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.monitor.enter(|inside| inside.state.closed)
    }

    /// Takes `wanted` permits, by `deadline`; `false` if that passes first.
    fn take(&self, wanted: usize, deadline: Option<Instant>) -> Result<bool, AcquireError> {
        take_part();
        let waited = self.monitor.wait_with(
            deadline,
            |inside| match try_take(inside, wanted) {
                Err(TryAcquireError::NoPermits) => {
                    Entry::Wait { list: QUEUE, message: Request { wanted, refused: false } }
                }
                taken => Entry::Done(taken),
            },
            || (),
            // There may be enough for those behind it.
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

/// Gives permits to those who wait, in their order, as far as they go.
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
#[derive(Debug)]
#[must_use = "the permits are given back when it is dropped"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

/// Holds permits of a [`Semaphore`] that it shares, and gives them back when it is dropped.
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
            pub fn count(&self) -> usize {
                self.count
            }

            /// Takes the permits out of the world: the semaphore has so many less from now on.
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
