//! The half of a carrier that other threads reach: its inbox, and how to wake it.
//!
//! # Protocol: remote wakes against going to sleep
//!
//! The carrier's own sleep is a park like any other: a [`Permit`] that the carrier owns, and the
//! reactor as the place where it sleeps.
//!
//! A sender: (S1) locks the inbox, pushes, unlocks; (S2) reads the permit, and if it says *parked*,
//! grants it; (S3) if that grant took the announcement, notifies the reactor.
//!
//! The carrier, with nothing to do: (C1) announces itself as parked; (C2) locks the inbox and looks
//! once more; (C3) if there is a message it takes the announcement back and goes on, else (C4) it
//! sleeps in the reactor; (C5) awake, it takes the permit and looks at the inbox.
//!
//! *No message is left to a sleeping carrier.* The lock orders S1 against C2. If S1 comes first, C2
//! sees the message. If C2 comes first, then C1 happens before S2 (it precedes C2's unlock, which
//! precedes S1's lock), so S2 reads *parked* or what came after it: another sender's grant, whose
//! notification ends this sleep and whose taking (C5) precedes another look; or the carrier's own
//! taking back, after which it looks again before the next sleep. (Named step: `inbox-recheck`, C2.)
//!
//! The read in S2 spares a busy carrier the write: its senders only read that line. Wakers that
//! push nothing ([`Shared::wake`]) grant unconditionally, and the permit remembers.
//!
//! *The notifier may be replaced* once, by the carrier itself, when it gets another reactor to sleep in. A
//! sender that still takes the old one has not seen the replacement, so its grant (S2) took an
//! announcement that the carrier made before it, and whose sleep has ended: the carrier was running.
//!
//! The flag `pending` is a hint, so that a busy carrier need not lock an empty inbox; C2 does not
//! trust it.

use std::fmt;

use crossbeam_utils::CachePadded;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::permit::{Begin, Permit};
use greenstd::sync::{Arc, Mutex, OnceLock};
use greenstd::weaken;

use super::report::ReportRequest;
use crate::counters::CarrierCounters;
use crate::reactor::Notify;

/// What others ask of a carrier.
#[derive(Debug)]
pub(crate) enum Message {
    /// Look at the permit of the green thread in this slot: somebody has granted it.
    Look(u32),
    /// Grant a permit to whichever green thread is in this slot, if any.
    Nudge(u32),
    /// Describe your green threads.
    Report(Arc<ReportRequest>),
}

pub(crate) struct Shared {
    name: Arc<str>,
    notifier: Arc<dyn Notify>,
    /// Of the reactor that the carrier got on the way.
    new_notifier: OnceLock<Arc<dyn Notify>>,
    inbox: CachePadded<Inbox>,
    sleep: CachePadded<Permit>,
    counters: CachePadded<CarrierCounters>,
}

#[derive(Default)]
struct Inbox {
    pending: AtomicBool,
    messages: Mutex<Vec<Message>>,
}

impl Shared {
    pub(crate) fn new(name: Arc<str>, notifier: Arc<dyn Notify>) -> Self {
        Shared {
            name,
            notifier,
            new_notifier: OnceLock::new(),
            inbox: CachePadded::default(),
            sleep: CachePadded::default(),
            counters: CachePadded::default(),
        }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn counters(&self) -> &CarrierCounters {
        &self.counters
    }

    /// Anybody: hands the carrier a message and sees to it that it is read (S1 to S3).
    pub(crate) fn send(&self, message: Message) {
        {
            let mut messages = self.inbox.messages.lock();
            messages.push(message);
            self.inbox.pending.store(true, Ordering::Relaxed);
        }
        if self.sleep.is_parked() {
            self.wake();
        }
    }

    /// Anybody: makes the carrier look around once more before it sleeps, or ends its sleep.
    pub(crate) fn wake(&self) {
        if self.sleep.grant() {
            self.new_notifier.get().unwrap_or(&self.notifier).notify();
        }
    }

    /// Carrier, awake: has its later sleeps ended by `notifier`. Once only.
    pub(crate) fn replace_notifier(&self, notifier: Arc<dyn Notify>) {
        let replaced = self.new_notifier.set(notifier);
        debug_assert!(replaced.is_ok(), "a carrier gets another reactor once");
    }

    /// Carrier: whether a look into the inbox is likely to pay.
    #[inline]
    pub(crate) fn may_have_mail(&self) -> bool {
        self.inbox.pending.load(Ordering::Relaxed)
    }

    /// Carrier: takes all messages, leaving `spare` (empty) in their place.
    pub(crate) fn take_mail(&self, spare: &mut Vec<Message>) {
        let mut messages = self.inbox.messages.lock();
        self.inbox.pending.store(false, Ordering::Relaxed);
        std::mem::swap(&mut *messages, spare);
    }

    /// Carrier: announces its sleep and looks once more (C1, C2); `false` if it must not sleep.
    /// After `true` the carrier may look elsewhere, then sleeps or not, and in either case calls
    /// [`end_sleep`](Self::end_sleep).
    pub(crate) fn begin_sleep(&self) -> bool {
        if self.sleep.begin_park() == Begin::Taken {
            return false;
        }
        if weaken::skip("inbox-recheck") || self.inbox.messages.lock().is_empty() {
            return true;
        }
        self.end_sleep();
        false
    }

    /// Carrier: takes the announcement back, and the permit if one came (C3, C5).
    pub(crate) fn end_sleep(&self) {
        self.sleep.end_park();
    }
}

impl std::task::Wake for Shared {
    fn wake(self: Arc<Self>) {
        Shared::wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        Shared::wake(self);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier").field("name", &self.name).finish_non_exhaustive()
    }
}
