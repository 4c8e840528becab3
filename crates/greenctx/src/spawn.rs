//! Starting green threads and waiting for them.

use std::error::Error;
use std::fmt;
use std::io;
use std::task::Waker;
use std::time::Duration;

use greenstd::panics::{self, Payload};
use greenstd::sync::{Arc, Mutex};
use greenstd::time;

use crate::carrier::Local;
use crate::context;
use crate::interrupt::Interrupted;
use crate::local;
use crate::park::{Wake, park, park_until};
use crate::stack::{SizeClass, StackError};
use crate::thread::{self, Thread};

/// Starts a green thread on the carrier of the calling thread. It first runs when the caller next
/// parks, yields or ends.
///
/// On a plain OS thread, which has no carrier, it starts an OS thread: code written with this crate
/// runs anywhere.
///
/// # Panics
/// If there is no stack to be had, or no OS thread; see [`Builder::spawn`].
///
/// # Blocking
/// Neither parks nor blocks.
pub fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    Builder::new().spawn(run).expect("a green thread could not be started")
}

/// As [`spawn`], for what cannot be sent to another OS thread: it never will be.
///
/// # Panics
/// If there is no stack to be had, or the caller is on no carrier; see [`Builder::spawn_local`].
///
/// # Blocking
/// Neither parks nor blocks.
pub fn spawn_local<T: 'static>(run: impl FnOnce() -> T + 'static) -> JoinHandle<T> {
    Builder::new().spawn_local(run).expect("a green thread could not be started")
}

/// Starts a green thread with a name or a stack size of its own.
///
/// ```
/// use greenctx::{Builder, Carrier};
///
/// Carrier::new()?.run(|| {
///     let parser = Builder::new().name("parser").stack_size(1 << 20).spawn(|| 6 * 7).unwrap();
///     assert_eq!(parser.thread().name(), Some("parser"));
///     assert_eq!(parser.join().unwrap(), 42);
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until spawn() is called"]
pub struct Builder {
    name: Option<Arc<str>>,
    stack_bytes: Option<usize>,
}

/// Waits for a green thread to end, and takes its result. Dropping it lets the thread go on
/// unattended.
pub struct JoinHandle<T> {
    thread: Thread,
    packet: Arc<Packet<T>>,
}

/// Why [`JoinHandle::join`] has no result.
pub enum JoinError {
    /// The thread panicked, with this payload.
    Panicked(Payload),
    /// The waiting thread was cancelled; the other one goes on unattended.
    Interrupted(Interrupted),
}

/// Where a result waits for whoever joins.
struct Packet<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    result: Option<Result<T, Payload>>,
    finished: bool,
    joiner: Option<Waker>,
}

impl Builder {
    /// Starts with no name and the carrier's stack size.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread, for reports.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The size of the stack in bytes; rounded up to a power of two, and to a page. The guard comes on
    /// top of it. Without it, the carrier's.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_bytes = Some(bytes);
        self
    }

    /// Starts the thread on the caller's carrier, or an OS thread if there is none.
    ///
    /// # Errors
    /// If there is no stack (or no OS thread) to be had, or if the stack size is outside the
    /// permitted range; `run` is dropped then.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn spawn<T: Send + 'static>(
        self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        if Local::try_with(|_| ()).is_some() { self.spawn_local(run) } else { self.spawn_os(run) }
    }

    /// As [`spawn`](Self::spawn), for what cannot be sent to another OS thread.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn), and if the caller is on no carrier.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn spawn_local<T: 'static>(
        self,
        run: impl FnOnce() -> T + 'static,
    ) -> io::Result<JoinHandle<T>> {
        let packet = Packet::new();
        let theirs = packet.clone();
        let body = move |_: &Thread| -> Box<dyn FnOnce()> {
            Box::new(move || {
                let result = panics::contain(run);
                if let Some(control) = context::current() {
                    // Before the joiner hears of it, as with thread-locals.
                    control.role.drop_locals();
                }
                theirs.finish(result);
            })
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
            let result = panics::contain(run);
            // Before the joiner hears of it: the system drops thread-locals later.
            local::drop_os_locals();
            theirs.finish(result);
        })?;
        Ok(JoinHandle { thread, packet })
    }
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
    /// # Errors
    /// [`JoinError::Panicked`] with the payload if it panicked; [`JoinError::Interrupted`] if the
    /// caller was cancelled while it waited.
    ///
    /// # Panics
    /// Inside [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn join(self) -> Result<T, JoinError> {
        loop {
            if let Some(result) = self.packet.take_or_register() {
                return result.map_err(JoinError::Panicked);
            }
            if let Err(interrupted) = park() {
                return Err(JoinError::Interrupted(interrupted));
            }
        }
    }

    /// Waits for at most `timeout` until the thread has ended; whether it has.
    ///
    /// # Errors
    /// If the caller was cancelled while it waited.
    ///
    /// # Panics
    /// Inside [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, Interrupted> {
        let deadline = time::now().checked_add(timeout);
        while !self.packet.finished_or_register() {
            match deadline {
                Some(deadline) => {
                    if park_until(deadline)? == Wake::TimedOut {
                        return Ok(self.is_finished());
                    }
                }
                None => park()?,
            }
        }
        Ok(true)
    }

    /// Whether the thread has ended.
    pub fn is_finished(&self) -> bool {
        self.packet.state.lock().finished
    }

    /// A handle to the thread.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> Packet<T> {
    fn new() -> Arc<Self> {
        let state = State { result: None, finished: false, joiner: None };
        Arc::new(Packet { state: Mutex::new(state) })
    }

    fn finish(&self, result: Result<T, Payload>) {
        let joiner = {
            let mut state = self.state.lock();
            state.result = Some(result);
            state.finished = true;
            state.joiner.take()
        };
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    }

    fn take_or_register(&self) -> Option<Result<T, Payload>> {
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

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked(payload) => {
                f.debug_tuple("Panicked").field(&panics::message(&**payload)).finish()
            }
            JoinError::Interrupted(interrupted) => {
                f.debug_tuple("Interrupted").field(interrupted).finish()
            }
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked(payload) => match panics::message(&**payload) {
                Some(text) => write!(f, "the green thread panicked: {text}"),
                None => f.write_str("the green thread panicked"),
            },
            JoinError::Interrupted(interrupted) => interrupted.fmt(f),
        }
    }
}

impl Error for JoinError {}
