//! One OS thread that carries many green threads.

mod awake;
mod handle;
mod idle_spin;
mod inbox;
mod local;
mod ready;
mod report;
mod scheduler;
mod shared;
mod spawner;
mod tracing;

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::panic;
use std::rc::Rc;

use greenstd::sync::Arc;

pub use handle::{AskedForThreads, CarrierHandle, Seat};
pub use report::ThreadReport;
pub use spawner::Spawner;

pub(crate) use inbox::Message;
pub(crate) use local::Local;
pub(crate) use shared::Shared;

use crate::alternate_stack::AlternateStack;
use crate::hook::{Aside, ErasedHook, SwitchHook};
use crate::reactor::{Reactor, ThreadPark};
use crate::stack::{SizeClass, StackError, StackPool};
use crate::thread::ThreadId;
use crate::timer_slack::ExactTimers;
use crate::work::{NoWork, Work};
use crate::{fork, overflow};

/// The stack size of green threads that ask for no other: 128 KiB.
pub const DEFAULT_STACK_BYTES: usize = 128 * 1024;

/// A scheduler for green threads on the calling OS thread.
///
/// It is made on the thread that is to run it, and stays there.
///
/// ```
/// use greenctx::{Carrier, current, spawn};
///
/// let carrier = Carrier::new()?;
/// let all_green = carrier.run(|| {
///     spawn(|| assert!(current().is_green())); // run() waits for it
///     current().is_green()
/// })?;
/// assert!(all_green);
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[doc(alias = "Runtime")]
#[doc(alias = "Scheduler")]
#[doc(alias = "LocalPool")]
pub struct Carrier {
    local: Local,
    reactor: Box<dyn Reactor>,
    _not_send: PhantomData<*mut ()>,
}

/// Makes a [`Carrier`].
///
/// ```
/// use greenctx::{Carrier, StackPool, stack_size};
///
/// let size = Carrier::builder()
///     .name("parser")
///     .stack_size(256 * 1024)
///     .stacks(StackPool::new())
///     .build()?
///     .run(stack_size)?;
/// assert_eq!(size, Some(256 * 1024));
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[must_use = "a builder does nothing until build() is called"]
pub struct CarrierBuilder {
    name: Option<Arc<str>>,
    stacks: Option<StackPool>,
    stack_bytes: usize,
    reactor: Option<Box<dyn Reactor>>,
    hook: Option<Rc<dyn ErasedHook>>,
}

impl Carrier {
    /// A carrier with the default settings.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// assert_eq!(Carrier::new()?.run(|| 6 * 7)?, 42);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Errors
    /// None at present: the default settings are good everywhere.
    pub fn new() -> Result<Self, StackError> {
        Self::builder().build()
    }

    /// A builder with the default settings: stacks of 128 KiB from a pool of its own, and a name with a number.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::builder().name("io").build()?;
    /// assert_eq!(carrier.handle().name(), "io");
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn builder() -> CarrierBuilder {
        CarrierBuilder {
            name: None,
            stacks: None,
            stack_bytes: DEFAULT_STACK_BYTES,
            reactor: None,
            hook: None,
        }
    }

    /// A handle by which other threads reach the carrier. Take it before the carrier runs.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(|| ())?;
    /// println!("{} slept {} times", handle.name(), handle.counters().sleeps());
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn handle(&self) -> CarrierHandle {
        CarrierHandle::new(self.local.shared().clone())
    }

    /// Runs `main` as the first green thread. Returns its result once it and all green threads that were
    /// spawned on the carrier have ended.
    ///
    /// ```
    /// use greenctx::{Carrier, spawn, yield_now};
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// let ended = Arc::new(AtomicBool::new(false));
    /// let answer = Carrier::new()?.run({
    ///     let ended = ended.clone();
    ///     move || {
    ///         spawn(move || {
    ///             yield_now();
    ///             ended.store(true, Ordering::Release);
    ///         });
    ///         42 // main ends first
    ///     }
    /// })?;
    /// assert_eq!(answer, 42);
    /// assert!(ended.load(Ordering::Acquire));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Errors
    /// [`StackError`] if there is no stack for `main`.
    ///
    /// # Panics
    /// With the panic of `main`, after the other green threads have ended. If it is called on a carrier.
    ///
    /// # Blocking
    /// Blocks the OS thread until all green threads have ended.
    #[doc(alias = "block_on")]
    pub fn run<T: 'static>(self, main: impl FnOnce() -> T + 'static) -> Result<T, StackError> {
        Local::assert_none();
        let outcome = Rc::new(RefCell::new(None));
        let kept = outcome.clone();
        let body = move || {
            *kept.borrow_mut() = Some(panic::catch_unwind(panic::AssertUnwindSafe(main)));
        };
        let name = Some(Arc::from("main"));
        self.local.spawn(self.local.default_class(), name, body)?;
        self.run_with(&mut NoWork);
        match outcome.take().expect("main has ended") {
            Ok(value) => Ok(value),
            Err(payload) => panic::resume_unwind(payload),
        }
    }

    /// Runs green threads for `work` until that is exhausted and no green thread is left. For a carrier that
    /// gets its jobs from outside; see [`Work`].
    ///
    /// ```
    /// use greenctx::{Carrier, Found, Spawner, Work};
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// /// A green thread for each number.
    /// struct Numbers(std::ops::Range<u32>, Rc<Cell<u32>>);
    /// impl Work for Numbers {
    ///     fn find(&mut self, spawner: &Spawner<'_>) -> Found {
    ///         let Some(number) = self.0.next() else { return Found::Nothing };
    ///         let sum = self.1.clone();
    ///         // Without a stack for it, the number is lost: a real source would keep it.
    ///         let _ = spawner.spawn(None, move || sum.set(sum.get() + number));
    ///         Found::Something
    ///     }
    ///     fn recheck(&mut self) -> bool {
    ///         !self.is_exhausted()
    ///     }
    ///     fn is_exhausted(&self) -> bool {
    ///         self.0.is_empty()
    ///     }
    /// }
    ///
    /// let sum = Rc::new(Cell::new(0));
    /// Carrier::new()?.run_with(&mut Numbers(0..10, sum.clone()));
    /// assert_eq!(sum.get(), 45);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Panics
    /// If it is called on a carrier.
    ///
    /// # Blocking
    /// Blocks the OS thread until the work is exhausted and all green threads have ended.
    pub fn run_with(self, work: &mut dyn Work) {
        overflow::install_handler();
        fork::watch();
        let _alternate_stack = AlternateStack::ensure();
        let _exact_timers = ExactTimers::ensure();
        // Dropped in reverse: the carrier is left before what was set aside returns.
        let _aside = self.local.hook().map(Aside::take);
        let _entered = self.local.enter();
        let _on_thread = self.local.shared().watched().enter();
        scheduler::Scheduler::new(&self.local, self.reactor, work).run();
    }
}

impl CarrierBuilder {
    /// Names the carrier, for reports. Without it, the name is `carrier-` and a number.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::builder().name("left").build()?;
    /// assert_eq!(carrier.handle().name(), "left");
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Takes the stacks from `pool`, which other carriers may use too. Without it, the carrier has a pool of its
    /// own.
    ///
    /// ```
    /// use greenctx::{Carrier, StackPool};
    ///
    /// let pool = StackPool::new();
    /// for _ in 0..2 {
    ///     Carrier::builder().stacks(pool.clone()).build()?.run(|| ())?;
    /// }
    /// assert_eq!(pool.usage().stacks, 1); // the second carrier used the stack again
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn stacks(mut self, pool: StackPool) -> Self {
        self.stacks = Some(pool);
        self
    }

    /// The size of stacks, in bytes, for green threads that ask for no other. It is rounded up to a power of
    /// two, and to a page. The guard comes on top of it.
    ///
    /// Without it, the size is [`DEFAULT_STACK_BYTES`]. One thread gets another size by
    /// [`Builder::stack_size`](crate::Builder::stack_size).
    ///
    /// ```
    /// use greenctx::{Carrier, stack_size};
    ///
    /// let small = Carrier::builder().stack_size(60 * 1024).build()?;
    /// assert_eq!(small.run(stack_size)?, Some(64 * 1024));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_bytes = bytes;
        self
    }

    /// Makes the carrier sleep in `reactor`, instead of parking its OS thread.
    ///
    /// For a reactor that is known before the carrier runs; later it is
    /// [`install_reactor`](crate::install_reactor).
    ///
    /// ```
    /// use greenctx::{Carrier, Notify, Reactor, sleep};
    /// use std::sync::Arc;
    /// use std::thread;
    /// use std::time::{Duration, Instant};
    ///
    /// struct Sleeper;
    /// struct WakeThread(thread::Thread);
    /// impl Notify for WakeThread {
    ///     fn notify(&self) {
    ///         self.0.unpark();
    ///     }
    /// }
    /// impl Reactor for Sleeper {
    ///     fn notifier(&self) -> Arc<dyn Notify> {
    ///         Arc::new(WakeThread(thread::current()))
    ///     }
    ///     fn wait(&mut self, deadline: Option<Instant>) {
    ///         match deadline {
    ///             Some(at) => thread::park_timeout(at.saturating_duration_since(Instant::now())),
    ///             None => thread::park(),
    ///         }
    ///     }
    /// }
    ///
    /// let carrier = Carrier::builder().reactor(Box::new(Sleeper)).build()?;
    /// carrier.run(|| sleep(Duration::from_millis(1)))??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reactor(mut self, reactor: Box<dyn Reactor>) -> Self {
        self.reactor = Some(reactor);
        self
    }

    /// Has `hook` keep apart what the green threads of this carrier set on its OS thread.
    ///
    /// What is set when the carrier starts is taken away until the carrier has ended. A carrier has one hook: a
    /// second one replaces the first.
    ///
    /// ```
    /// use greenctx::{Carrier, SwitchHook, spawn, yield_now};
    /// use std::cell::Cell;
    ///
    /// thread_local! {
    ///     static USER: Cell<Option<u32>> = const { Cell::new(None) };
    /// }
    /// struct KeepUser;
    /// impl SwitchHook for KeepUser {
    ///     type Kept = u32;
    ///     fn take(&self) -> Option<u32> {
    ///         USER.take()
    ///     }
    ///     fn put_back(&self, user: u32) {
    ///         USER.set(Some(user));
    ///     }
    /// }
    ///
    /// Carrier::builder().switch_hook(KeepUser).build()?.run(|| {
    ///     USER.set(Some(1));
    ///     spawn(|| assert_eq!(USER.get(), None)); // not the user of main
    ///     yield_now();
    ///     assert_eq!(USER.get(), Some(1));
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn switch_hook(mut self, hook: impl SwitchHook) -> Self {
        self.hook = Some(Rc::new(hook));
        self
    }

    /// Makes the carrier, for the calling OS thread.
    ///
    /// ```
    /// use greenctx::{Carrier, StackError};
    ///
    /// assert!(Carrier::builder().build().is_ok());
    /// let too_small = Carrier::builder().stack_size(1).build();
    /// assert!(matches!(too_small, Err(StackError::Size(_))));
    /// ```
    ///
    /// # Errors
    /// [`StackError::Size`] if the stack size is outside of the permitted range.
    pub fn build(self) -> Result<Carrier, StackError> {
        let class = SizeClass::for_bytes(self.stack_bytes)?;
        let has_own_reactor = self.reactor.is_some();
        let reactor = self.reactor.unwrap_or_else(|| Box::new(ThreadPark::new()));
        let name = self
            .name
            .unwrap_or_else(|| format!("carrier-{}", ThreadId::fresh_block(1).as_u64()).into());
        let shared = Arc::new(Shared::new(name, reactor.notifier()));
        let local = Local::new(shared, self.stacks.unwrap_or_default(), class, has_own_reactor);
        if let Some(hook) = self.hook {
            local.attention().set_hook(hook);
        }
        Ok(Carrier { local, reactor, _not_send: PhantomData })
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Carrier").field(self.local.shared()).finish()
    }
}

impl fmt::Debug for CarrierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarrierBuilder")
            .field("name", &self.name)
            .field("stack_bytes", &self.stack_bytes)
            .finish_non_exhaustive()
    }
}
