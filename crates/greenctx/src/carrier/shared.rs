//! The half of a carrier that other threads reach: its inbox, and how to wake it.
//!
//! # Protocol: remote wakes against going to sleep
//!
//! The carrier's own sleep is a park like that of any OS thread. It has a [`Permit`] that the carrier owns,
//! and the reactor is the place where it sleeps. Its inbox has a word that is not empty while there is a message:
//! see `inbox.rs`, which has *inbox-put*, *inbox-list* and *inbox-recheck*, too.
//!
//! | step of a sender | what it does |
//! | --- | --- |
//! | *inbox-put*, *inbox-list* | change the inbox's word from empty to not empty |
//! | *inbox-grant* | reads the permit, and if that says *parked*, grants it |
//! | *inbox-notify* | notifies the reactor, if its grant took the announcement |
//!
//! | step of the carrier, with nothing to do | what it does |
//! | --- | --- |
//! | *sleep-announce* | announces itself as parked |
//! | *inbox-recheck* | writes to the inbox's word that it is empty; finds out if it is not |
//! | *sleep-wait* | sleeps in the reactor, if there was no message |
//! | *sleep-end* | takes the announcement back, and the permit if one came; then it looks at the inbox |
//!
//! *No message is left to a sleeping carrier.* The sender's change of the word and *inbox-recheck* are
//! read-modify-writes of one word, so one comes first.
//!
//! * If the change comes first, *inbox-recheck* fails, or the message has been taken before.
//! * If *inbox-recheck* comes first, it is a release, and the sender's change acquires it. (What is in between
//!   continues the release sequence.) So *sleep-announce* happens before *inbox-grant*, and the sender reads
//!   *parked*, or what came after it. That is either another sender's grant: its notification ends this sleep, and
//!   *sleep-end* precedes another look. Or it is the carrier's own *sleep-end*, after which it looks again before
//!   the next sleep.
//!
//! (Named steps: `inbox-recheck`, for all of it; `inbox-recheck-rmw`, a mere reading in its place;
//! `inbox-recheck-release` and `inbox-send-acquire`.)
//!
//! The read in *inbox-grant* spares a busy carrier the write: its senders only read that line. Wakers that
//! push nothing ([`Shared::wake`]) grant unconditionally, and the permit remembers.
//!
//! *The notifier may be replaced* once, by the carrier itself, when it gets another reactor to sleep in. A
//! sender that still takes the old one has not seen the replacement. So its grant took an announcement that
//! the carrier made before, and the sleep of that announcement has ended: the carrier was running.

use std::fmt;

use crossbeam_utils::CachePadded;
use greenstd::atomic::unwatched::Counter;
use greenstd::permit::{Begin, Permit};
use greenstd::sync::{Arc, OnceLock};

use super::inbox::{Inbox, Message};
use crate::counters::CarrierCounters;
use crate::cpu;
use crate::hold::Watched;
use crate::reactor::Notify;

pub(crate) struct Shared {
    name: Arc<str>,
    notifier: Arc<dyn Notify>,
    /// Of the reactor that the carrier got on the way.
    new_notifier: OnceLock<Arc<dyn Notify>>,
    inbox: CachePadded<Inbox>,
    sleep: CachePadded<Sleep>,
    counters: CachePadded<CarrierCounters>,
    watched: Watched,
}

#[derive(Default)]
struct Sleep {
    permit: Permit,
    /// The CPU of the thread that ended the last sleep: a hint, which takes part in no protocol.
    waker_cpu: Counter,
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
            watched: Watched::default(),
        }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn counters(&self) -> &CarrierCounters {
        &self.counters
    }

    pub(crate) fn watched(&self) -> &Watched {
        &self.watched
    }

    /// Any thread: whether the carrier is announced as asleep, and not woken yet.
    pub(crate) fn is_asleep(&self) -> bool {
        self.sleep.permit.is_parked()
    }

    /// Any thread: hands the carrier a message and sees to it that the carrier reads it.
    pub(crate) fn send(&self, message: Message) {
        // inbox-put or inbox-list; then inbox-grant, the read: a busy carrier is left alone.
        if self.inbox.send(message) && self.sleep.permit.is_parked() {
            self.wake();
        }
    }

    /// Any thread: makes the carrier look around once more before it sleeps, or ends its sleep.
    pub(crate) fn wake(&self) {
        // inbox-grant
        if self.sleep.permit.grant() {
            self.sleep.waker_cpu.set(cpu::current());
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
        self.inbox.may_have_mail()
    }

    /// Carrier: takes all messages into `mail`, which is empty.
    #[inline]
    pub(crate) fn take_mail(&self, mail: &mut Vec<Message>) {
        self.inbox.take(mail);
    }

    /// Carrier, awake: whether a wake has come meanwhile, as far as it can know without ordering.
    pub(crate) fn is_woken(&self) -> bool {
        self.sleep.permit.is_granted()
    }

    /// Carrier, after a sleep: whether the thread that ended it was on the CPU that the carrier runs on now.
    pub(crate) fn was_woken_from_here(&self) -> bool {
        self.sleep.waker_cpu.get() == cpu::current()
    }

    /// Carrier: announces its sleep and looks once more. `false` if it must not sleep.
    ///
    /// After `true` the carrier may look elsewhere. Then it sleeps or not, and in either case calls
    /// [`end_sleep`](Self::end_sleep).
    pub(crate) fn begin_sleep(&self) -> bool {
        // sleep-announce
        if self.sleep.permit.begin_park() == Begin::Taken {
            return false;
        }
        // inbox-recheck
        if self.inbox.is_still_empty() {
            return true;
        }
        self.end_sleep();
        false
    }

    /// Carrier: takes the announcement back, and the permit if one came.
    pub(crate) fn end_sleep(&self) {
        // sleep-end
        self.sleep.permit.end_park();
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
