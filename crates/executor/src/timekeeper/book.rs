//! What waits, in the order of time, and what the timekeeper does about it.
//!
//! It is told the time, in nanoseconds. Its lock is held around each call.

use std::collections::BTreeMap;

use greenctx::Thread;
use greenstd::sync::Arc;

use crate::schedule::Running;
use crate::task::Job;

/// A time that does not come.
pub(super) const NEVER: u64 = u64::MAX;

/// The most that is taken out at once. It bounds how long the lock is held, and how long the first waits for the last.
const AT_ONCE: usize = if cfg!(green_shuttle) { 2 } else { 128 };

#[derive(Default)]
pub(super) struct Book {
    pub(super) stage: Stage,
    pub(super) delayed: BTreeMap<Key, Job>,
    /// When which schedule is to be looked at.
    pub(super) alarms: BTreeMap<Key, Arc<Running>>,
    /// Jobs in the backlog that are to start in time, by their last moment.
    pub(super) limited: BTreeMap<Key, Job>,
    /// All that have not ended.
    pub(super) schedules: BTreeMap<u64, Arc<Running>>,
    /// Jobs that were given a number and are not settled.
    pub(super) outstanding: usize,
    /// How many numbers were given.
    pub(super) numbers: u64,
    pub(super) keeper: Keeper,
    /// Until when the timekeeper rests, whatever becomes due.
    rests_until: u64,
}

/// Entries of one moment are in the order of their coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) at: u64,
    pub(super) number: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Stage {
    #[default]
    Open,
    Closing,
    /// No delayed job is left, and the queue is closed.
    Closed,
    /// The executor has ended.
    Ended,
}

/// The timekeeper's thread.
#[derive(Debug, Default)]
pub(super) enum Keeper {
    /// There is none.
    #[default]
    None,
    /// It will look at the book before it sleeps.
    Awake,
    /// It sleeps until then, or until it is woken.
    Asleep { thread: Thread, until: u64 },
}

/// What an entry asks for.
#[must_use = "it is made without the lock"]
pub(super) enum Call {
    Nothing,
    Wake(Thread),
}

/// What the timekeeper does next.
pub(super) enum Next {
    See(Found),
    Sleep { until: u64 },
    End,
}

/// What was taken out, as its time has come.
#[derive(Default)]
pub(super) struct Found {
    pub(super) due: Vec<Job>,
    pub(super) alarms: Vec<Arc<Running>>,
    pub(super) expired: Vec<Job>,
}

impl Book {
    /// By the timekeeper, at `now`. If it finds something, it rests after that until `rests_until`.
    ///
    /// At most `at_most` delayed jobs are taken out.
    pub(super) fn next(&mut self, now: u64, rests_until: u64, at_most: usize) -> Next {
        self.keeper = Keeper::Awake;
        if self.stage == Stage::Ended {
            return Next::End;
        }
        if now >= self.rests_until {
            let found = Found {
                due: take(&mut self.delayed, now, at_most.min(AT_ONCE)),
                alarms: take(&mut self.alarms, now, AT_ONCE),
                // expiry-due
                expired: take(&mut self.limited, now, AT_ONCE),
            };
            if !found.is_empty() {
                // There may be more: then it goes on.
                let is_all = self.first() > now;
                self.rests_until = if is_all { rests_until } else { 0 };
                return Next::See(found);
            }
        }
        let until = self.first().max(self.rests_until);
        self.keeper = Keeper::Asleep { thread: greenctx::current(), until };
        Next::Sleep { until }
    }

    pub(super) fn needs_keeper(&self) -> bool {
        matches!(self.keeper, Keeper::None) && self.stage != Stage::Ended
    }

    /// Sees to it that the timekeeper is up at `at`.
    pub(super) fn call_keeper(&mut self, at: u64) -> Call {
        match &self.keeper {
            Keeper::Asleep { until, .. } if *until > at.max(self.rests_until) => self.wake_keeper(),
            _ => Call::Nothing,
        }
    }

    fn wake_keeper(&mut self) -> Call {
        match std::mem::replace(&mut self.keeper, Keeper::Awake) {
            Keeper::Asleep { thread, .. } => Call::Wake(thread),
            other => {
                self.keeper = other;
                Call::Nothing
            }
        }
    }

    /// Whether this call has closed it.
    pub(super) fn close_if_settled(&mut self) -> bool {
        let closes = self.stage == Stage::Closing && self.outstanding == 0;
        if closes {
            self.stage = Stage::Closed;
        }
        closes
    }

    /// The executor has ended.
    pub(super) fn end(&mut self) -> Call {
        self.stage = Stage::Ended;
        self.wake_keeper()
    }

    /// When the first entry is due.
    fn first(&self) -> u64 {
        let firsts =
            [self.delayed.keys().next(), self.alarms.keys().next(), self.limited.keys().next()];
        firsts.into_iter().flatten().map(|key| key.at).min().unwrap_or(NEVER)
    }
}

/// Takes out the first entries whose time has come.
fn take<T>(entries: &mut BTreeMap<Key, T>, now: u64, at_most: usize) -> Vec<T> {
    let mut taken = Vec::new();
    while taken.len() < at_most
        && let Some(entry) = entries.first_entry()
        && entry.key().at <= now
    {
        taken.push(entry.remove());
    }
    taken
}

impl Found {
    fn is_empty(&self) -> bool {
        self.due.is_empty() && self.alarms.is_empty() && self.expired.is_empty()
    }
}

impl Call {
    pub(super) fn make(self) {
        if let Call::Wake(thread) = self {
            thread.unpark();
        }
    }
}
