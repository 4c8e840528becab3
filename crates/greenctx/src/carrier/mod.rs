//! One OS thread that carries many green threads.

mod handle;
mod idle_spin;
mod local;
mod report;
mod scheduler;
mod shared;
mod spawner;

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::panic;
use std::rc::Rc;

use greenstd::sync::Arc;

pub use handle::{AskedForThreads, CarrierHandle, Slot};
pub use report::ThreadReport;
pub use spawner::Spawner;

pub(crate) use local::Local;
pub(crate) use shared::{Message, Shared};

use crate::alternate_stack::AlternateStack;
use crate::hook::{Aside, ErasedHook, SwitchHook};
use crate::reactor::{Reactor, ThreadPark};
use crate::stack::{SizeClass, StackError, StackPool};
use crate::thread::ThreadId;
use crate::timer_slack::ExactTimers;
use crate::work::{NoWork, Work};
use crate::{fork, overflow};

/// The stack size of green threads that ask for no other, in bytes.
pub const DEFAULT_STACK_BYTES: usize = 128 * 1024;

/// A scheduler for green threads on the calling OS thread.
///
/// It is made on the thread that is to run it and stays there.
pub struct Carrier {
    local: Local,
    reactor: Box<dyn Reactor>,
    _not_send: PhantomData<*mut ()>,
}

/// Makes a [`Carrier`].
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
    /// # Errors
    /// None at present: the default settings are good everywhere.
    pub fn new() -> Result<Self, StackError> {
        Self::builder().build()
    }

    /// Starts with the default settings: stacks of 128 KiB from a pool of its own, no name.
    pub fn builder() -> CarrierBuilder {
        CarrierBuilder {
            name: None,
            stacks: None,
            stack_bytes: DEFAULT_STACK_BYTES,
            reactor: None,
            hook: None,
        }
    }

    /// A handle by which other threads reach the carrier.
    pub fn handle(&self) -> CarrierHandle {
        CarrierHandle::new(self.local.shared().clone())
    }

    /// Runs `main` as the first green thread, and returns its result once it and all green threads
    /// spawned on the carrier have ended.
    ///
    /// # Errors
    /// If there is no stack for `main`.
    ///
    /// # Panics
    /// With the panic of `main`, after the other green threads have ended. If called on a carrier.
    ///
    /// # Blocking
    /// Blocks the OS thread.
    pub fn run<T: 'static>(self, main: impl FnOnce() -> T + 'static) -> Result<T, StackError> {
        Local::assert_none();
        let outcome = Rc::new(RefCell::new(None));
        let slot = outcome.clone();
        let body = move || {
            *slot.borrow_mut() = Some(panic::catch_unwind(panic::AssertUnwindSafe(main)));
        };
        let name = Some(Arc::from("main"));
        self.local.spawn(self.local.default_class(), name, |_| Box::new(body))?;
        self.run_with(&mut NoWork);
        match outcome.take().expect("main has ended") {
            Ok(value) => Ok(value),
            Err(payload) => panic::resume_unwind(payload),
        }
    }

    /// Runs green threads for `work` until it is exhausted and no green thread is left.
    ///
    /// # Panics
    /// If called on a carrier.
    ///
    /// # Blocking
    /// Blocks the OS thread.
    pub fn run_with(self, work: &mut dyn Work) {
        overflow::install_handler();
        fork::watch();
        let _alternate_stack = AlternateStack::ensure();
        let _exact_timers = ExactTimers::ensure();
        let _aside = self.local.hook().map(Aside::take);
        let _entered = self.local.enter();
        scheduler::Scheduler::new(&self.local, self.reactor, work).run();
    }
}

impl CarrierBuilder {
    /// Names the carrier, for reports.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Takes the stacks from `pool`, which other carriers may use too.
    pub fn stacks(mut self, pool: StackPool) -> Self {
        self.stacks = Some(pool);
        self
    }

    /// The size of stacks, in bytes, for green threads that ask for no other; rounded up to a power of
    /// two, and to a page. The guard comes on top of it.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_bytes = bytes;
        self
    }

    /// Sleeps in `reactor` instead of parking the OS thread.
    pub fn reactor(mut self, reactor: Box<dyn Reactor>) -> Self {
        self.reactor = Some(reactor);
        self
    }

    /// Has `hook` keep apart what the green threads of this carrier set on its OS thread. What is set when
    /// the carrier starts is taken away until it has ended. One a carrier: a second replaces the first.
    pub fn switch_hook(mut self, hook: impl SwitchHook) -> Self {
        self.hook = Some(Rc::new(hook));
        self
    }

    /// Makes the carrier, for the calling OS thread.
    ///
    /// # Errors
    /// If the stack size is outside the permitted range.
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
