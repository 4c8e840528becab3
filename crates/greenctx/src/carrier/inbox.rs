//! Where other threads leave messages for a carrier.
//!
//! Mostly there is one message at a time: a thread on another carrier has answered. It travels in a *word*, by one
//! read-modify-write on either side, without a lock. More of them, and those that do not fit into a word, wait in a
//! *list* behind a lock. The word says whether there is any, so it alone is asked.
//!
//! # Protocol: what the word says
//!
//! | word | meaning | left by |
//! | --- | --- | --- |
//! | `EMPTY` | there is no message | a sender, to a message or to `LISTED` |
//! | a message | this one, and none in the list | the carrier, to `EMPTY`; a sender, which adds `LISTED` |
//! | `LISTED`, alone or with a message | the list holds some; a message in the word is older than these | the carrier, to `EMPTY` |
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *inbox-put* | a sender | puts its message into an `EMPTY` word, by a compare-and-swap |
//! | *inbox-list* | a sender that found no `EMPTY` word, or has a long message | locks the list and appends; if it was the first in the list, it adds `LISTED` to the word; unlocks |
//! | *inbox-take* | the carrier, if the word is a message | takes it, by a compare-and-swap to `EMPTY` |
//! | *inbox-empty* | the carrier, if the word says `LISTED` | locks the list, swaps `EMPTY` into the word, takes all of the list, unlocks |
//! | *inbox-recheck* | the carrier that goes to sleep | writes `EMPTY` into an `EMPTY` word, by a compare-and-swap |
//!
//! *The list has messages exactly while the word says* `LISTED`, for a thread that holds the lock: both change
//! under it, in *inbox-list* and *inbox-empty*.
//!
//! *No message is lost or read twice.* The word changes by read-modify-writes alone, so these are totally ordered.
//! A message comes into the word where `EMPTY` was. It leaves the word by the carrier's step that has read it.
//! *inbox-take* fails if `LISTED` has been added meanwhile. (Named steps: `inbox-put-cas`, `inbox-take-cas`.)
//!
//! *Messages keep the order of their sending*, where one was sent before the other was begun. A message in the list
//! came while the word was not `EMPTY`, and the word stays so until *inbox-empty*. So no later message is put into
//! the word before the list has been taken, and what *inbox-empty* finds in the word is older than the list. It
//! swaps the word under the lock. Otherwise a later message could be put there, and one still later be listed and
//! read first. (Named step: `inbox-empty-locked`.)
//!
//! *What the sender wrote is seen.* *inbox-put* and the adding of `LISTED` are releases; *inbox-take* and
//! *inbox-empty* acquire. Senders in between continue the release sequence, since they are read-modify-writes. A
//! message that is not the first in the list comes by the lock. (Named steps: `inbox-send-release`,
//! `inbox-take-acquire`.)
//!
//! # Which sender must see to it that the carrier is awake
//!
//! A sender that has changed the word: [`Inbox::send`] says so. One that appended to a list with messages relies on
//! the sender of the first of these. That one changes the word before it unlocks, and wakes the carrier after that
//! if it sleeps. The carrier then takes the list whole, or has taken it.
//!
//! How a change of the word is ordered against the carrier's going to sleep: see `shared.rs`.

use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::step;
use greenstd::sync::{Arc, Mutex};

use super::report::{ReportRequest, Visit};
use crate::hold::Stirrer;
use crate::survey::SurveyRequest;
use crate::trace::TraceRequest;

/// What other threads ask of a carrier.
#[derive(Debug)]
pub(crate) enum Message {
    /// Look at the permit of the green thread in this seat: another OS thread has granted it.
    Look(u32),
    /// Grant a permit to whichever green thread is in this seat, if any.
    Nudge(u32),
    /// Describe your green threads.
    Report(Arc<ReportRequest>),
    /// Show the identities that your green threads have assumed.
    Visit(Visit),
    /// Trace, or tell what you have traced, or cease to.
    Trace(Box<TraceRequest>),
    /// Describe the next of your green threads, with their stacks.
    Survey(Arc<SurveyRequest>),
    /// From now on, stir this watcher when you wake up.
    Stir(Stirrer),
}

#[derive(Default)]
pub(super) struct Inbox {
    word: AtomicU64,
    list: Mutex<Vec<Message>>,
}

const EMPTY: u64 = 0;
const LOOK: u64 = 1 << 32;
const NUDGE: u64 = 2 << 32;
const KIND: u64 = 3 << 32;
const LISTED: u64 = 1 << 34;

impl Inbox {
    /// Any thread: leaves a message. `true` if the caller must now see to it that the carrier is awake.
    #[inline]
    #[must_use]
    pub(super) fn send(&self, message: Message) -> bool {
        self.put(&message) || self.list(message)
    }

    /// *inbox-put*. `false` if the message is to be listed.
    #[inline]
    fn put(&self, message: &Message) -> bool {
        let Some(word) = message.as_word() else { return false };
        let (order, failure) = (send_ordering(), Ordering::Relaxed);
        step::INBOX_PUT_CAS.compare_exchange(&self.word, EMPTY, word, order, failure).is_ok()
    }

    /// *inbox-list*. `true` if the list was empty.
    #[cold]
    fn list(&self, message: Message) -> bool {
        let mut list = self.list.lock();
        list.push(message);
        let is_first = list.len() == 1;
        if is_first {
            self.word.fetch_or(LISTED, send_ordering());
        }
        is_first
    }

    /// Carrier: whether there is a message, as far as it can know without ordering.
    #[inline]
    pub(super) fn may_have_mail(&self) -> bool {
        self.word.load(Ordering::Relaxed) != EMPTY
    }

    /// Carrier: takes all messages, in the order of their sending. `mail` is empty.
    #[inline]
    pub(super) fn take(&self, mail: &mut Vec<Message>) {
        let word = self.word.load(Ordering::Relaxed);
        if word == EMPTY {
            return;
        }
        if word & LISTED == 0 && self.take_single(word) {
            mail.extend(Message::from_word(word));
        } else {
            self.empty(mail);
        }
    }

    /// *inbox-take*. `false` if a message has been listed meanwhile.
    #[inline]
    fn take_single(&self, word: u64) -> bool {
        let (order, failure) = (take_ordering(), Ordering::Relaxed);
        step::INBOX_TAKE_CAS.compare_exchange(&self.word, word, EMPTY, order, failure).is_ok()
    }

    /// *inbox-empty*
    #[cold]
    fn empty(&self, mail: &mut Vec<Message>) {
        // The lock first (`inbox-empty-locked`), or later messages might be read before earlier ones.
        let (mut list, word) =
            step::INBOX_EMPTY_LOCKED.in_order(|| self.list.lock(), || self.swap_empty());
        match Message::from_word(word) {
            Some(single) => {
                mail.push(single);
                mail.append(&mut list);
            }
            // Spares the copies.
            None => std::mem::swap(mail, &mut list),
        }
    }

    fn swap_empty(&self) -> u64 {
        self.word.swap(EMPTY, take_ordering())
    }

    /// Carrier, announced as asleep: whether there is still no message (*inbox-recheck*).
    #[inline]
    pub(super) fn is_still_empty(&self) -> bool {
        let (word, failure) = (&self.word, Ordering::Relaxed);
        let release = step::INBOX_RECHECK_RELEASE.ordering(Ordering::Release);
        let has_mail = step::INBOX_RECHECK.holds(|| {
            step::INBOX_RECHECK_RMW.compare_exchange(word, EMPTY, EMPTY, release, failure).is_err()
        });
        !has_mail
    }
}

/// A release for what the message is about, and an acquire for *inbox-recheck*.
#[inline(always)]
fn send_ordering() -> Ordering {
    step::acq_rel(step::INBOX_SEND_ACQUIRE, step::INBOX_SEND_RELEASE)
}

#[inline(always)]
fn take_ordering() -> Ordering {
    step::INBOX_TAKE_ACQUIRE.ordering(Ordering::Acquire)
}

impl Message {
    /// The message as a word, which is not `EMPTY`. `None` if it does not fit.
    #[inline]
    fn as_word(&self) -> Option<u64> {
        match *self {
            Message::Look(seat) => Some(LOOK | u64::from(seat)),
            Message::Nudge(seat) => Some(NUDGE | u64::from(seat)),
            Message::Report(_)
            | Message::Visit(_)
            | Message::Survey(_)
            | Message::Trace(_)
            | Message::Stir(_) => None,
        }
    }

    /// The message in a word, if there is one.
    #[inline]
    fn from_word(word: u64) -> Option<Self> {
        let seat = word as u32;
        match word & KIND {
            LOOK => Some(Message::Look(seat)),
            NUDGE => Some(Message::Nudge(seat)),
            _ => None,
        }
    }
}
