//! Threads of the operating system (or of the checker), and how to park one.

mod bed;

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::time::Duration;

#[cfg(green_loom)]
use loom::thread as imp;
#[cfg(green_shuttle)]
use shuttle::thread as imp;
#[cfg(not(any(green_loom, green_shuttle)))]
use std::thread as imp;

use crate::permit::{Begin, Permit};
use crate::sync::Arc;
use crate::time::{self, Instant};

use bed::Bed;

pub use imp::{JoinHandle, LocalKey};
pub use std::thread::{available_parallelism, panicking};

/// Starts an OS thread.
///
/// # Panics
/// If the operating system has none to give; [`Builder::spawn`] returns that as an error.
pub fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    imp::spawn(run)
}

/// Gives the rest of the time slice to another thread.
pub fn yield_now() {
    imp::yield_now();
}

/// Tells the processor that this is a loop that waits; in a model, lets the others run.
#[inline]
pub fn spin_loop() {
    #[cfg(not(any(green_loom, green_shuttle)))]
    std::hint::spin_loop();
    #[cfg(any(green_loom, green_shuttle))]
    yield_now();
}

/// Starts an OS thread with a name or a stack size of its own.
#[derive(Debug)]
#[must_use = "a builder does nothing until spawn() is called"]
pub struct Builder(imp::Builder);

impl Builder {
    /// Starts with the defaults of `std`.
    pub fn new() -> Self {
        Builder(imp::Builder::new())
    }

    /// Names the thread.
    pub fn name(self, name: String) -> Self {
        Builder(self.0.name(name))
    }

    /// The size of its stack in bytes.
    pub fn stack_size(self, bytes: usize) -> Self {
        Builder(self.0.stack_size(bytes))
    }

    /// Starts the thread.
    ///
    /// # Errors
    /// If the operating system has none to give.
    pub fn spawn<T: Send + 'static>(
        self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        self.0.spawn(run)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

/// Blocks the OS thread for at least `duration`; in a model the scripted clock jumps.
pub fn sleep(duration: Duration) {
    #[cfg(not(any(green_loom, green_shuttle)))]
    std::thread::sleep(duration);
    #[cfg(any(green_loom, green_shuttle))]
    {
        time::advance(duration);
        yield_now();
    }
}

/// Parks the OS thread that made it, until somebody grants its permit.
///
/// Unlike [`std::thread::park`], the permit is this parker's own: no other user of the thread can
/// take it away.
pub struct Parker {
    inner: Arc<Blocker>,
    // Parking is the maker's alone.
    _not_send: PhantomData<*mut ()>,
}

/// Wakes the owner of a [`Parker`], from any thread.
#[derive(Clone)]
pub struct Unparker {
    inner: Arc<Blocker>,
}

/// What a timed park ended by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// A permit came (or had come before) and is used up.
    Unparked,
    /// The time is over and no permit came.
    TimedOut,
}

impl Parker {
    /// A parker for the current thread, with no permit waiting.
    pub fn new() -> Self {
        Parker { inner: Arc::new(Blocker::current()), _not_send: PhantomData }
    }

    /// A handle by which others wake this thread.
    pub fn unparker(&self) -> Unparker {
        Unparker { inner: self.inner.clone() }
    }

    /// Waits for the permit and takes it. Blocks the OS thread.
    pub fn park(&self) {
        self.inner.park();
    }

    /// Waits for the permit for at most `timeout`. Blocks the OS thread.
    pub fn park_timeout(&self, timeout: Duration) -> Wake {
        self.inner.park_deadline(time::after(timeout))
    }
}

impl Default for Parker {
    fn default() -> Self {
        Self::new()
    }
}

impl Unparker {
    /// Grants the permit: ends the owner's park, or lets its next one pass.
    pub fn unpark(&self) {
        self.inner.unpark();
    }
}

impl std::task::Wake for Blocker {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}

impl Parker {
    /// A standard waker that grants this parker's permit.
    pub fn waker(&self) -> std::task::Waker {
        self.inner.clone().into()
    }
}

/// A permit and the OS thread that sleeps on it: the shareable half of a [`Parker`], for those who
/// keep the two apart.
///
/// It may be made before its owner is known: [`bind`](Self::bind) names the owner, who alone parks.
pub struct Blocker {
    permit: Permit,
    bed: Bed,
}

impl Blocker {
    /// A blocker whose owner is the current thread.
    pub fn current() -> Self {
        let blocker = Self::unbound();
        blocker.bind();
        blocker
    }

    /// A blocker whose owner is yet to come. It can be unparked already.
    pub fn unbound() -> Self {
        Blocker { permit: Permit::new(), bed: Bed::default() }
    }

    /// Makes the current thread the owner. Once only: later calls change nothing.
    pub fn bind(&self) {
        self.bed.bind();
    }

    /// Owner: waits for the permit. Blocks the OS thread.
    pub fn park(&self) {
        let _ = self.park_deadline(None);
    }

    /// Owner: waits for the permit until `deadline`, for ever if there is none. Blocks the OS
    /// thread.
    pub fn park_deadline(&self, deadline: Option<Instant>) -> Wake {
        if self.permit.begin_park() == Begin::Taken {
            return Wake::Unparked;
        }
        self.bed.sleep(deadline, || self.permit.is_granted());
        if self.permit.end_park() { Wake::Unparked } else { Wake::TimedOut }
    }

    /// Anybody: grants the permit.
    pub fn unpark(&self) {
        if self.permit.grant() {
            self.bed.wake();
        }
    }
}

impl fmt::Debug for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocker").field("permit", &self.permit).finish_non_exhaustive()
    }
}

impl fmt::Debug for Parker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Parker").field(&self.inner).finish()
    }
}

impl fmt::Debug for Unparker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unparker").field(&self.inner).finish()
    }
}
