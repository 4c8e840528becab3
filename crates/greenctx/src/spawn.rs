//! Starting green threads and waiting for them.

use std::fmt;
use std::io;
use std::panic::Location;
use std::task::Waker;
use std::time::Duration;

use greenstd::panics::{self, Payload};
use greenstd::sync::{Arc, Mutex};
use greenstd::time;

use crate::carrier::Local;
use crate::context;
use crate::interrupt::Interrupted;
use crate::join_error::{JoinError, ThreadPanic};
use crate::local;
use crate::park::{Wake, park, park_deadline};
use crate::stack::{SizeClass, StackError};
use crate::thread::{self, Thread};
use crate::waiting::{Waiting, waiting};

/// Starts a green thread on the carrier of the calling thread. It first runs when the caller next parks,
/// yields or ends.
///
/// A plain OS thread has no carrier: there it starts an OS thread. So code that is written with this crate
/// runs anywhere. Take [`Builder`] for a name, for another stack size, or to get an error instead of a
/// panic.
///
/// ```
/// use greenctx::{Carrier, JoinError, spawn};
///
/// let product = Carrier::new()?.run(|| {
///     let (six, seven) = (spawn(|| 6), spawn(|| 7));
///     Ok::<_, JoinError>(six.join()? * seven.join()?)
/// })??;
/// assert_eq!(product, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// If there is no stack, or no OS thread, to be had; see [`Builder::spawn`].
///
/// # Blocking
/// Neither parks nor blocks.
#[doc(alias = "go")]
#[doc(alias = "coroutine")]
#[doc(alias = "fiber")]
pub fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    Builder::new().spawn(run).expect("a green thread could not be started")
}

/// As [`spawn`], for a closure or a result that is not `Send`. It never leaves this OS thread.
///
/// ```
/// use greenctx::{Carrier, JoinError, spawn_local};
/// use std::{cell::Cell, rc::Rc};
///
/// let total = Carrier::new()?.run(|| {
///     let total = Rc::new(Cell::new(0)); // an Rc, which spawn() would refuse
///     let adders: Vec<_> = (1..=3)
///         .map(|n| {
///             let total = total.clone();
///             spawn_local(move || total.set(total.get() + n))
///         })
///         .collect();
///     for adder in adders {
///         adder.join()?;
///     }
///     Ok::<_, JoinError>(total.get())
/// })??;
/// assert_eq!(total, 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// If there is no stack to be had, or the caller is on no carrier; see [`Builder::spawn_local`].
///
/// # Blocking
/// Neither parks nor blocks.
#[doc(alias = "LocalSet")]
pub fn spawn_local<T: 'static>(run: impl FnOnce() -> T + 'static) -> JoinHandle<T> {
    Builder::new().spawn_local(run).expect("a green thread could not be started")
}

/// Starts a green thread with a name or a stack size of its own.
///
/// ```
/// use greenctx::{Builder, Carrier};
///
/// let answer = Carrier::new()?.run(|| -> Result<u32, Box<dyn std::error::Error>> {
///     let parser = Builder::new().name("parser").stack_size(1 << 20).spawn(|| 6 * 7)?;
///     assert_eq!(parser.thread().name(), Some("parser"));
///     Ok(parser.join()?)
/// })??;
/// assert_eq!(answer, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until spawn() is called"]
pub struct Builder {
    name: Option<Arc<str>>,
    stack_bytes: Option<usize>,
}

/// Waits for a green thread to end, and takes its result. If it is dropped, the thread goes on unattended.
///
/// ```
/// use greenctx::{Carrier, JoinError, JoinHandle, spawn};
///
/// let lengths = Carrier::new()?.run(|| {
///     let words = ["one", "three"];
///     let handles: Vec<JoinHandle<usize>> = words.map(|word| spawn(move || word.len())).into();
///     handles.into_iter().map(JoinHandle::join).collect::<Result<Vec<_>, JoinError>>()
/// })??;
/// assert_eq!(lengths, [3, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "JoinSet")]
#[doc(alias = "Task")]
pub struct JoinHandle<T> {
    thread: Thread,
    packet: Arc<Packet<T>>,
}

/// Closures beyond this size are not moved about.
const LARGE: usize = 256;

/// Where the result waits until somebody joins. One lock guards it; the waker is called outside of that.
struct Packet<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    /// Boxed, so that it moves once from the call to here, and once more to the joiner: it may be nearly
    /// as large as the stack.
    result: Option<Result<Box<T>, Payload>>,
    finished: bool,
    joiner: Option<Waker>,
}

impl Builder {
    /// A builder that sets no name, and takes the carrier's stack size.
    ///
    /// ```
    /// use greenctx::{Builder, spawn};
    ///
    /// // These two are the same, but that the builder returns an error where spawn() panics.
    /// Builder::new().spawn(|| ())?.join()?;
    /// spawn(|| ()).join()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread, for reports.
    ///
    /// ```
    /// use greenctx::Builder;
    ///
    /// let reader = Builder::new().name("reader").spawn(|| ())?;
    /// assert_eq!(reader.thread().name(), Some("reader"));
    /// reader.join()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The size of the stack in bytes, without its guard. It is rounded up to a power of two, and to a page.
    ///
    /// Unless it is set, the thread has the carrier's size. It must lie between
    /// [`MIN_STACK_BYTES`](crate::MIN_STACK_BYTES) and [`MAX_STACK_BYTES`](crate::MAX_STACK_BYTES).
    ///
    /// ```
    /// use greenctx::{Builder, Carrier, stack_size};
    ///
    /// Carrier::new()?.run(|| -> Result<(), Box<dyn std::error::Error>> {
    ///     let deep = Builder::new().stack_size(1_000_000).spawn(stack_size)?;
    ///     assert_eq!(deep.join()?, Some(1 << 20)); // rounded up
    ///     Ok(())
    /// })??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_bytes = Some(bytes);
        self
    }

    /// Starts the thread on the caller's carrier, or an OS thread if there is none.
    ///
    /// ```
    /// use greenctx::Builder;
    ///
    /// let size = Builder::new().stack_size(1).spawn(|| ());
    /// assert!(size.is_err()); // too small: an error, and no panic
    /// let answer = Builder::new().spawn(|| 42)?.join()?;
    /// assert_eq!(answer, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An error of kind [`InvalidInput`](io::ErrorKind::InvalidInput) if the stack size is outside of the
    /// permitted range. Another kind if there is no stack, or no OS thread, to be had. `run` is dropped then.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn spawn<T: Send + 'static>(
        self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        if Local::try_with(|_| ()).is_some() { self.spawn_local(run) } else { self.spawn_os(run) }
    }

    /// As [`spawn`](Self::spawn), for a closure or a result that is not `Send`.
    ///
    /// ```
    /// use greenctx::{Builder, Carrier};
    /// use std::{io::ErrorKind, rc::Rc};
    ///
    /// Carrier::new()?.run(|| -> Result<(), Box<dyn std::error::Error>> {
    ///     let name = Builder::new().name("local").spawn_local(|| Rc::new("a result"))?;
    ///     assert_eq!(*name.join()?, "a result");
    ///     Ok(())
    /// })??;
    /// // A plain OS thread has no carrier.
    /// let refused = Builder::new().spawn_local(|| ()).map_err(|error| error.kind());
    /// assert!(matches!(refused, Err(ErrorKind::Unsupported)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn); and one of kind [`Unsupported`](io::ErrorKind::Unsupported) if the caller is
    /// on no carrier.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn spawn_local<T: 'static>(
        self,
        run: impl FnOnce() -> T + 'static,
    ) -> io::Result<JoinHandle<T>> {
        // A large closure is moved once now, and once more when it is called.
        if size_of_val(&run) > LARGE {
            let run = Box::new(run);
            return self.start_local(run);
        }
        self.start_local(run)
    }

    fn start_local<T: 'static>(
        self,
        run: impl FnOnce() -> T + 'static,
    ) -> io::Result<JoinHandle<T>> {
        let packet = Packet::new();
        let theirs = packet.clone();
        let body = move || {
            let result = panics::contain(|| boxed(run));
            if let Some(control) = context::current() {
                // Before the joiner hears of it, as with thread-locals.
                control.role.drop_locals();
            }
            theirs.finish(result);
        };
        let started = Local::try_with(|local| {
            let class = match self.stack_bytes {
                Some(bytes) => SizeClass::for_bytes(bytes)?,
                None => local.default_class(),
            };
            local.spawn(class, self.name, body)
        });
        let thread = started.ok_or_else(no_carrier)?.map_err(io::Error::from)?;
        Ok(JoinHandle { thread, packet })
    }

    fn spawn_os<T: Send + 'static>(
        self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        let mut builder = greenstd::thread::Builder::new();
        if let Some(name) = &self.name {
            builder = builder.name(name.to_string());
        }
        if let Some(bytes) = self.stack_bytes {
            SizeClass::for_bytes(bytes).map_err(StackError::from)?;
            builder = builder.stack_size(bytes);
        }
        let thread = Thread::os(self.name);
        let packet = Packet::new();
        let (own, theirs) = (thread.clone(), packet.clone());
        builder.spawn(move || {
            own.blocker().bind();
            own.adopt();
            let result = panics::contain(|| boxed(run));
            // Before the joiner hears of it: the system drops thread-locals later.
            local::drop_os_locals();
            theirs.finish(result);
        })?;
        Ok(JoinHandle { thread, packet })
    }
}

/// The result of `run`, moved to the heap at once.
fn boxed<T>(run: impl FnOnce() -> T) -> Box<T> {
    Box::write(Box::new_uninit(), run())
}

fn no_carrier() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "a local green thread needs a carrier: call this inside Carrier::run, or in a job",
    )
}

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended, and takes its result.
    ///
    /// ```
    /// use greenctx::spawn;
    ///
    /// assert_eq!(spawn(|| "a result").join()?, "a result");
    /// # Ok::<(), greenctx::JoinError>(())
    /// ```
    ///
    /// # Errors
    /// [`JoinError::Panicked`] if the thread panicked. [`JoinError::Interrupted`] if the
    /// caller was cancelled while it waited, or a [deadline](crate::with_timeout) around the call has passed.
    ///
    /// # Panics
    /// Inside [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread, until the thread has ended.
    #[doc(alias = "await")]
    #[doc(alias = "wait")]
    #[track_caller]
    pub fn join(self) -> Result<T, JoinError> {
        let what = self.what(Location::caller());
        loop {
            if let Some(result) = self.packet.take_or_register() {
                return match result {
                    Ok(result) => Ok(*result),
                    Err(payload) => Err(JoinError::Panicked(ThreadPanic::new(payload))),
                };
            }
            if let Err(interrupted) = waiting(&what, park) {
                return Err(JoinError::Interrupted(interrupted));
            }
        }
    }

    /// Waits for at most `timeout` until the thread has ended. `true` if it has ended.
    ///
    /// Unlike [`join`](Self::join) it leaves the result where it is, so the handle can be used again.
    ///
    /// ```
    /// use greenctx::{Carrier, park, spawn};
    /// use std::time::Duration;
    ///
    /// Carrier::new()?.run(|| -> Result<(), Box<dyn std::error::Error>> {
    ///     let waiter = spawn(park);
    ///     assert!(!waiter.wait_timeout(Duration::from_millis(1))?); // it still waits
    ///     waiter.thread().unpark();
    ///     assert!(waiter.wait_timeout(Duration::from_secs(60))?);
    ///     waiter.join()??;
    ///     Ok(())
    /// })??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Interrupted`] if the caller was cancelled while it waited, or a [deadline](crate::with_timeout) around
    /// the call has passed.
    ///
    /// # Panics
    /// Inside [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread, until the thread has ended or the time is over.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, Interrupted> {
        let what = self.what(Location::caller());
        let deadline = time::after(timeout);
        while !self.packet.finished_or_register() {
            if waiting(&what, || park_deadline(deadline))? == Wake::TimedOut {
                return Ok(self.is_finished());
            }
        }
        Ok(true)
    }

    /// A wait for the thread, whose id is the number.
    fn what(&self, site: &'static Location<'static>) -> Waiting {
        Waiting::on("thread").with_number(self.thread.id().as_u64()).at(site)
    }

    /// Whether the thread has ended. [`join`](Self::join) then returns at once.
    ///
    /// ```
    /// use greenctx::{Carrier, spawn, yield_now};
    ///
    /// Carrier::new()?.run(|| {
    ///     let thread = spawn(|| ());
    ///     assert!(!thread.is_finished());
    ///     yield_now();
    ///     assert!(thread.is_finished());
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn is_finished(&self) -> bool {
        self.packet.state.lock().finished
    }

    /// A handle to the thread, by which it is unparked or cancelled.
    ///
    /// ```
    /// use greenctx::{Carrier, park, spawn};
    ///
    /// let ended = Carrier::new()?.run(|| {
    ///     let waiter = spawn(park);
    ///     waiter.thread().cancel();
    ///     waiter.join()
    /// })?;
    /// assert!(matches!(ended, Ok(Err(interrupted)) if interrupted.is_cancelled()));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[doc(alias = "abort_handle")]
    #[doc(alias = "abort")]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> Packet<T> {
    fn new() -> Arc<Self> {
        let state = State { result: None, finished: false, joiner: None };
        Arc::new(Packet { state: Mutex::new(state) })
    }

    fn finish(&self, result: Result<Box<T>, Payload>) {
        let joiner = {
            // One lock for result and joiner: a joiner finds the result, or has registered before.
            let mut state = self.state.lock();
            state.result = Some(result);
            state.finished = true;
            state.joiner.take()
        };
        // Outside of the lock, which the joiner takes next.
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    }

    fn take_or_register(&self) -> Option<Result<Box<T>, Payload>> {
        let mut state = self.state.lock();
        if state.result.is_none() {
            state.joiner = Some(thread::current().into());
        }
        state.result.take()
    }

    fn finished_or_register(&self) -> bool {
        let mut state = self.state.lock();
        if !state.finished {
            state.joiner = Some(thread::current().into());
        }
        state.finished
    }
}

impl<T> Drop for Packet<T> {
    fn drop(&mut self) {
        // Nobody joined: a panic in the drop of the result must not end a carrier.
        if let Some(result) = self.state.get_mut().result.take() {
            panics::dispose(result);
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("thread", &self.thread)
            .field("finished", &self.is_finished())
            .finish()
    }
}
