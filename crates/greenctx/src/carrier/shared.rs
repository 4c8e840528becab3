//! The half of a carrier that other threads reach: its inbox, and how to wake it.
//!
//! # Protocol: remote wakes against going to sleep
//!
//! The carrier's own sleep is a park like that of any OS thread. It has a [`Permit`] that the carrier owns,
//! and the reactor is the place where it sleeps.
//!
//! | step of a sender | what it does |
//! | --- | --- |
//! | *inbox-push* | locks the inbox, pushes the message, unlocks |
//! | *inbox-grant* | reads the permit, and if that says *parked*, grants it |
//! | *inbox-notify* | notifies the reactor, if its grant took the announcement |
//!
//! | step of the carrier, with nothing to do | what it does |
//! | --- | --- |
//! | *sleep-announce* | announces itself as parked |
//! | *inbox-recheck* | locks the inbox and looks once more |
//! | *sleep-wait* | sleeps in the reactor, if there was no message |
//! | *sleep-end* | takes the announcement back, and the permit if one came; then it looks at the inbox |
//!
//! *No message is left to a sleeping carrier.* The lock orders *inbox-push* against *inbox-recheck*.
//!
//! * If the push comes first, the recheck sees the message.
//! * If the recheck comes first, then *sleep-announce* happens before *inbox-grant*: it precedes the recheck's
//!   unlock, which precedes the push's lock. So the sender reads *parked*, or what came after it. That is
//!   either another sender's grant: its notification ends this sleep, and *sleep-end* precedes another look.
//!   Or it is the carrier's own *sleep-end*, after which it looks again before the next sleep. (Named step:
//!   `inbox-recheck`.)
//!
//! The read in *inbox-grant* spares a busy carrier the write: its senders only read that line. Wakers that
//! push nothing ([`Shared::wake`]) grant unconditionally, and the permit remembers.
//!
//! *The notifier may be replaced* once, by the carrier itself, when it gets another reactor to sleep in. A
//! sender that still takes the old one has not seen the replacement. So its grant took an announcement that
//! the carrier made before, and the sleep of that announcement has ended: the carrier was running.
//!
//! The flag `pending` is a hint, so that a busy carrier need not lock an empty inbox. *inbox-recheck* does
//! not trust it.

use std::fmt;

use crossbeam_utils::CachePadded;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::permit::{Begin, Permit};
use greenstd::sync::{Arc, Mutex, OnceLock};
use greenstd::weaken;

use super::report::ReportRequest;
use crate::counters::CarrierCounters;
use crate::reactor::Notify;

/// What other threads ask of a carrier.
#[derive(Debug)]
pub(crate) enum Message {
    /// Look at the permit of the green thread in this seat: another OS thread has granted it.
    Look(u32),
    /// Grant a permit to whichever green thread is in this seat, if any.
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

    /// Any thread: hands the carrier a message and sees to it that the carrier reads it.
    pub(crate) fn send(&self, message: Message) {
        {
            // inbox-push
            let mut messages = self.inbox.messages.lock();
            messages.push(message);
            self.inbox.pending.store(true, Ordering::Relaxed);
        }
        // inbox-grant, the read: a busy carrier is left alone.
        if self.sleep.is_parked() {
            self.wake();
        }
    }

    /// Any thread: makes the carrier look around once more before it sleeps, or ends its sleep.
    pub(crate) fn wake(&self) {
        // inbox-grant
        if self.sleep.grant() {
            // inbox-notify
            self.new_notifier.get().unwrap_or(&self.notifier).notify();
        }
    }

    /// Carrier, awake: its later sleeps are ended by `notifier`. Once only.
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

    /// Carrier: announces its sleep and looks once more. `false` if it must not sleep.
    ///
    /// After `true` the carrier may look elsewhere. Then it sleeps or not, and in either case calls
    /// [`end_sleep`](Self::end_sleep).
    pub(crate) fn begin_sleep(&self) -> bool {
        // sleep-announce
        if self.sleep.begin_park() == Begin::Taken {
            return false;
        }
        // inbox-recheck
        if weaken::skip("inbox-recheck") || self.inbox.messages.lock().is_empty() {
            return true;
        }
        self.end_sleep();
        false
    }

    /// Carrier: takes the announcement back, and the permit if one came.
    pub(crate) fn end_sleep(&self) {
        // sleep-end
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
