//! Handles to threads, green or not.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::task::Waker;

use greenstd::atomic::unwatched::Counter;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::lasting::{Lasting, at_end};
use greenstd::sync::Arc;
use greenstd::thread::Blocker;

use crate::carrier::{Local, Message, Shared};
use crate::context;
use crate::permit::RemotePermit;
use crate::trace::What;

/// A handle to a thread: a green thread of any carrier, or a plain OS thread.
///
/// It is cheap to clone and may be used from any thread, mostly to [`unpark`](Self::unpark) the one that it
/// names. It converts into a [`Waker`] at no cost.
///
/// ```
/// use greenctx::{current, park};
/// use std::task::Waker;
///
/// let waker: Waker = current().into();
/// std::thread::spawn(move || waker.wake());
/// park()?; // until the other one wakes us
/// # Ok::<(), greenctx::Interrupted>(())
/// ```
#[doc(alias = "Waker")]
#[doc(alias = "AbortHandle")]
#[derive(Clone)]
pub struct Thread {
    inner: Arc<Inner>,
}

/// Tells a thread from every other thread of the process, green or not.
///
/// ```
/// use greenctx::{JoinError, current, spawn};
///
/// let theirs = spawn(|| current().id()).join()?;
/// assert_ne!(theirs, current().id());
/// # Ok::<(), JoinError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadId(u64);

/// A wake-up that is owed to a thread; see [`Thread::wakeup`].
///
/// It belongs to the OS thread on which it was made, and may be kept on a list there: a thread that has ended
/// by then is not woken, and nobody is woken in its place. For a thread of the same carrier it counts no
/// references, and needs no look at the thread's handle.
///
/// ```
/// use greenctx::{Carrier, JoinError, Wakeup, park, spawn, yield_now};
///
/// Carrier::new()?.run(|| {
///     let waiter = spawn(park);
///     yield_now(); // it parks
///     let wakeup: Wakeup = waiter.thread().wakeup();
///     wakeup.wake();
///     assert!(waiter.join()?.is_ok());
///     Ok::<_, JoinError>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the thread waits for it"]
pub struct Wakeup {
    target: Target,
    _not_send: PhantomData<*mut ()>,
}

/// The thread that a [`Wakeup`] is for.
#[derive(Debug)]
enum Target {
    /// A green thread of the carrier on this OS thread. Once it has ended, the id is nobody's.
    Sibling {
        seat: u32,
        id: ThreadId,
    },
    Other(Thread),
}

impl Wakeup {
    /// Grants the thread's permit, as [`Thread::unpark`] does.
    ///
    /// ```
    /// use greenctx::{current, park};
    ///
    /// current().wakeup().wake();
    /// park()?; // the permit is there: no wait
    /// # Ok::<(), greenctx::Interrupted>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[inline]
    pub fn wake(self) {
        match self.target {
            // Without a carrier, all its threads have ended.
            Target::Sibling { seat, id } => _ = Local::try_with(|local| local.unpark(seat, id)),
            Target::Other(thread) => thread.unpark(),
        }
    }

    /// Whether it is the wake-up of `thread`. So a thread that no longer waits finds its own on a list.
    ///
    /// ```
    /// use greenctx::{current, spawn};
    ///
    /// let other = spawn(|| ());
    /// let wakeup = current().wakeup();
    /// assert!(wakeup.is_for(&current()));
    /// assert!(!wakeup.is_for(other.thread()));
    /// other.join()?;
    /// # Ok::<(), greenctx::JoinError>(())
    /// ```
    #[inline]
    pub fn is_for(&self, thread: &Thread) -> bool {
        let id = match &self.target {
            Target::Sibling { id, .. } => *id,
            Target::Other(thread) => thread.id(),
        };
        id == thread.id()
    }
}

struct Inner {
    id: ThreadId,
    name: Option<Arc<str>>,
    cancelled: AtomicBool,
    parking: Parking,
}

enum Parking {
    Green { remote: RemotePermit, seat: u32, carrier: Arc<Shared> },
    Os(Blocker),
}

/// A handle to the calling thread, green or not.
///
/// ```
/// use greenctx::{Carrier, current};
///
/// assert!(!current().is_green());
/// let green = Carrier::new()?.run(current)?;
/// assert!(green.is_green());
/// green.unpark(); // it has ended: nothing happens
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub fn current() -> Thread {
    match context::current() {
        Some(control) => control.thread.clone(),
        None => os_thread(Thread::clone),
    }
}

/// Lends the handle of the calling thread, green or not. On a green thread it counts no reference, so it
/// is cheaper than [`current`]. `look` may park.
///
/// ```
/// use greenctx::with_current;
///
/// let id = with_current(|thread| thread.id());
/// assert_eq!(id, greenctx::current().id());
/// ```
#[inline]
pub fn with_current<R>(look: impl FnOnce(&Thread) -> R) -> R {
    let os_thread;
    let thread = match context::current() {
        Some(control) => &control.thread,
        None => {
            os_thread = current();
            &os_thread
        }
    };
    look(thread)
}

impl Thread {
    /// Grants the thread's permit: ends its [`park`](crate::park), or lets its next one pass. Permits do not
    /// add up. Once the thread has ended, nothing happens.
    ///
    /// ```
    /// use greenctx::{Wake, current, park_timeout};
    /// use std::time::Duration;
    ///
    /// current().unpark();
    /// current().unpark(); // one permit, not two
    /// assert_eq!(park_timeout(Duration::from_millis(1))?, Wake::Unparked);
    /// assert_eq!(park_timeout(Duration::from_millis(1))?, Wake::TimedOut);
    /// # Ok::<(), greenctx::Interrupted>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[doc(alias = "wake")]
    #[doc(alias = "notify")]
    #[inline]
    pub fn unpark(&self) {
        self.inner.unpark();
    }

    /// Asks a green thread to stop: its present park point and all later ones return
    /// [`Interrupted`](crate::Interrupted).
    ///
    /// A plain OS thread is not affected. Nor is a green thread while it has [assumed](crate::assume) an
    /// identity: its park points then ask that identity.
    ///
    /// ```
    /// use greenctx::{Carrier, sleep, spawn};
    /// use std::time::Duration;
    ///
    /// let slept = Carrier::new()?.run(|| {
    ///     let sleeper = spawn(|| sleep(Duration::from_secs(3600)));
    ///     sleeper.thread().cancel();
    ///     sleeper.join()
    /// })??;
    /// assert!(slept.is_err_and(|interrupted| interrupted.is_cancelled()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks: the thread sees it when it next runs.
    #[doc(alias = "abort")]
    #[doc(alias = "kill")]
    #[doc(alias = "interrupt")]
    pub fn cancel(&self) {
        if self.is_green() {
            self.inner.cancelled.store(true, Ordering::Release);
            self.unpark();
        }
    }

    /// What it takes to wake the thread once.
    ///
    /// For code that keeps a list of waiters. It takes a thread off the list while that surely waits, and wakes
    /// it later, when the thread may have gone on or ended already. [`unpark`](Self::unpark) needs a handle that
    /// lives until then; this does not.
    ///
    /// ```
    /// use greenctx::{Carrier, JoinError, park, spawn, yield_now};
    ///
    /// Carrier::new()?.run(|| {
    ///     let waiters = [spawn(park), spawn(park)];
    ///     yield_now(); // both park
    ///     let wakeups: Vec<_> = waiters.iter().map(|waiter| waiter.thread().wakeup()).collect();
    ///     for wakeup in wakeups {
    ///         wakeup.wake();
    ///     }
    ///     for waiter in waiters {
    ///         assert!(waiter.join()?.is_ok());
    ///     }
    ///     Ok::<_, JoinError>(())
    /// })??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[inline]
    pub fn wakeup(&self) -> Wakeup {
        let target = match self.inner.parking {
            Parking::Green { seat, ref carrier, .. } if is_ours(carrier) => {
                Target::Sibling { seat, id: self.inner.id }
            }
            _ => Target::Other(self.clone()),
        };
        Wakeup { target, _not_send: PhantomData }
    }

    /// What tells the thread from all others.
    ///
    /// ```
    /// use greenctx::{current, spawn};
    ///
    /// let other = spawn(|| ());
    /// assert_ne!(other.thread().id(), current().id());
    /// other.join()?;
    /// # Ok::<(), greenctx::JoinError>(())
    /// ```
    pub fn id(&self) -> ThreadId {
        self.inner.id
    }

    /// The name that the thread was given by [`Builder::name`](crate::Builder::name). `None` if it was given
    /// none, also for an OS thread that `std` has named.
    ///
    /// ```
    /// use greenctx::{Carrier, current};
    ///
    /// let main = Carrier::new()?.run(current)?;
    /// assert_eq!(main.name(), Some("main"));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.inner.name.as_deref()
    }

    /// Whether it is a green thread.
    ///
    /// ```
    /// use greenctx::{Carrier, current};
    ///
    /// assert!(!current().is_green());
    /// assert!(Carrier::new()?.run(|| current().is_green())?);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn is_green(&self) -> bool {
        matches!(self.inner.parking, Parking::Green { .. })
    }

    pub(crate) fn green(name: Option<Arc<str>>, seat: u32, carrier: Arc<Shared>, id: u64) -> Self {
        let parking = Parking::Green { remote: RemotePermit::default(), seat, carrier };
        Self::from_parts(ThreadId(id), name, parking)
    }

    /// A handle for an OS thread that is to adopt it by [`adopt`](Self::adopt).
    pub(crate) fn os(name: Option<Arc<str>>) -> Self {
        Self::from_parts(ThreadId::fresh_block(1), name, Parking::Os(Blocker::unbound()))
    }

    fn from_parts(id: ThreadId, name: Option<Arc<str>>, parking: Parking) -> Self {
        Thread { inner: Arc::new(Inner { id, name, cancelled: AtomicBool::new(false), parking }) }
    }

    /// Makes this the handle of the calling OS thread.
    pub(crate) fn adopt(&self) {
        let former = OS_THREAD.with(|handle| handle.replace(Some(self.clone())));
        debug_assert!(former.is_none(), "an OS thread has one handle");
        OS_THREAD_END.arm();
    }

    #[inline]
    pub(crate) fn is_cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::Acquire)
    }

    /// Green threads: the half of the permit that other OS threads grant.
    #[inline]
    pub(crate) fn remote_permit(&self) -> &RemotePermit {
        match &self.inner.parking {
            Parking::Green { remote, .. } => remote,
            Parking::Os(_) => unreachable!("only green threads have a permit in two halves"),
        }
    }

    /// Green threads: the seat on their carrier.
    #[inline]
    pub(crate) fn seat(&self) -> u32 {
        match &self.inner.parking {
            Parking::Green { seat, .. } => *seat,
            Parking::Os(_) => unreachable!("only green threads have a seat"),
        }
    }

    /// OS threads: what they block on.
    pub(crate) fn blocker(&self) -> &Blocker {
        match &self.inner.parking {
            Parking::Os(blocker) => blocker,
            Parking::Green { .. } => unreachable!("only OS threads have a blocker"),
        }
    }
}

impl Inner {
    #[inline]
    fn unpark(&self) {
        match &self.parking {
            Parking::Os(blocker) => blocker.unpark(),
            Parking::Green { remote, seat, carrier } => {
                let granted = Local::try_with(|local| {
                    let same = Arc::ptr_eq(local.shared(), carrier);
                    if same {
                        local.unpark(*seat, self.id);
                    }
                    same
                });
                // Not on its carrier's OS thread: by the remote half.
                if granted != Some(true) && remote.grant() {
                    note_unpark(self.id);
                    // remote-send
                    carrier.send(Message::Look(*seat));
                }
            }
        }
    }
}

impl ThreadId {
    /// The number itself. It is never 0, and never used twice in a process.
    ///
    /// ```
    /// use greenctx::current;
    ///
    /// assert_ne!(current().id().as_u64(), 0);
    /// ```
    pub fn as_u64(self) -> u64 {
        self.0
    }

    /// Takes `count` consecutive ids for oneself and returns the first.
    pub(crate) fn fresh_block(count: u64) -> ThreadId {
        static NEXT: Counter = Counter::new(1);
        ThreadId(NEXT.add(count))
    }
}

/// Notes in the trace of the carrier here, if there is one, that a thread elsewhere is unparked.
fn note_unpark(id: ThreadId) {
    Local::try_with(|local| {
        if local.is_traced() {
            local.note(What::Unparks { thread: id.as_u64() });
        }
    });
}

/// Whether `carrier` is the one on the calling OS thread.
#[inline]
fn is_ours(carrier: &Arc<Shared>) -> bool {
    Local::try_with(|local| Arc::ptr_eq(local.shared(), carrier)) == Some(true)
}

greenstd::thread_local! {
    /// The handle of the OS thread. Waiting needs it, and one may wait up to the thread's last moment.
    static OS_THREAD: Lasting<RefCell<Option<Thread>>> =
        const { Lasting::new(RefCell::new(None)) };
}

at_end! {
    static OS_THREAD_END = drop_os_thread;
}

fn drop_os_thread() {
    // A checker's thread-locals are gone by then, with the thread's others.
    let handle = OS_THREAD.try_with(|handle| handle.take());
    drop(handle);
}

/// Lends the handle of the calling OS thread, whatever green thread it may be carrying. `lend` may block the
/// OS thread, and runs nothing of the user's.
pub(crate) fn os_thread<R>(lend: impl FnOnce(&Thread) -> R) -> R {
    OS_THREAD.with(|handle| {
        if handle.borrow().is_none() {
            handle.replace(Some(fresh_os_thread()));
            OS_THREAD_END.arm();
        }
        lend(handle.borrow().as_ref().expect("it has just been made, if it was not there"))
    })
}

fn fresh_os_thread() -> Thread {
    let thread = Thread::os(None);
    thread.blocker().bind();
    thread
}

impl std::task::Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}

impl From<Thread> for Waker {
    fn from(thread: Thread) -> Waker {
        thread.inner.into()
    }
}

impl PartialEq for Thread {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Thread {}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.inner.id.0)
            .field("name", &self.inner.name)
            .field("green", &self.is_green())
            .finish_non_exhaustive()
    }
}
