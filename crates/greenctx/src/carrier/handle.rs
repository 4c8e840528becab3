//! What other threads may do with a carrier.

use std::fmt;
use std::task::Waker;

use greenstd::sync::Arc;
use greenstd::time::{self, Instant};

use super::report::{ReportRequest, ThreadReport};
use super::shared::{Message, Shared};
use crate::context;
use crate::counters::CarrierCounters;
use crate::park::{Wake, park_until};

/// A handle to a carrier, good from any thread. It does not keep the carrier running.
#[derive(Clone)]
pub struct CarrierHandle {
    shared: Arc<Shared>,
}

/// A question that a carrier was asked by [`CarrierHandle::ask_for_threads`].
#[derive(Debug)]
#[must_use = "the answer is to be waited for"]
pub struct AskedForThreads {
    request: Arc<ReportRequest>,
}

/// Where a green thread is: its carrier's slot number. Valid while that thread lives; later it may
/// name another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(u32);

impl CarrierHandle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        CarrierHandle { shared }
    }

    /// The carrier's name.
    pub fn name(&self) -> &str {
        self.shared.name()
    }

    /// What the carrier counts about itself.
    pub fn counters(&self) -> &CarrierCounters {
        self.shared.counters()
    }

    /// Makes the carrier look for work once more before it sleeps, or ends its sleep.
    pub fn wake(&self) {
        self.shared.wake();
    }

    /// A standard waker that does what [`wake`](Self::wake) does.
    pub fn waker(&self) -> Waker {
        self.shared.clone().into()
    }

    /// Grants a permit to whichever green thread is in `slot`: for those who know where something
    /// runs but hold no handle. A thread that was not meant sees a spurious wake-up.
    pub fn nudge(&self, slot: Slot) {
        self.shared.send(Message::Nudge(slot.0));
    }

    /// Asks the carrier for a description of its green threads; `None` if it does not come to answer
    /// before `deadline`, being busy with one of them.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread. Asked by a green thread of the carrier
    /// itself, it answers once that one has parked.
    pub fn threads(&self, deadline: Instant) -> Option<Vec<ThreadReport>> {
        self.ask_for_threads().wait(deadline)
    }

    /// As [`threads`](Self::threads), but the answer is waited for later: who asks several carriers
    /// first need not wait for one after the other.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn ask_for_threads(&self) -> AskedForThreads {
        let request = Arc::new(ReportRequest::new(crate::current()));
        self.shared.send(Message::Report(request.clone()));
        AskedForThreads { request }
    }
}

impl AskedForThreads {
    /// The answer; `None` if it does not come before `deadline`. To be called by the thread that has
    /// asked, which alone is woken for it.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait(&self, deadline: Instant) -> Option<Vec<ThreadReport>> {
        loop {
            if let Some(answer) = self.request.take() {
                return Some(answer);
            }
            let timed_out = crate::shield(|| park_until(deadline)) == Ok(Wake::TimedOut);
            if timed_out || time::now() >= deadline {
                return self.request.take();
            }
        }
    }
}

impl Slot {
    /// The slot of the current green thread; `None` on a plain OS thread.
    #[inline]
    pub fn current() -> Option<Slot> {
        context::current().map(|control| Slot(control.thread.slot()))
    }

    /// The number itself.
    #[inline]
    pub fn as_u32(self) -> u32 {
        self.0
    }

    /// The slot of that number.
    pub fn from_u32(number: u32) -> Self {
        Slot(number)
    }
}

impl fmt::Debug for CarrierHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CarrierHandle").field(&self.shared).finish()
    }
}
