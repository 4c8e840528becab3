//! The things that nobody uses: those that came back last are behind, and go first.

use std::collections::VecDeque;

use greenstd::time::Instant;

use super::{PoolStatistics, Rules};

pub(super) struct Shelf<T> {
    things: VecDeque<Thing<T>>,
    is_closed: bool,
    made: u64,
    reused: u64,
    dropped: u64,
}

pub(super) struct Thing<T> {
    pub(super) value: T,
    made: Instant,
    /// When it came back.
    idle_since: Instant,
}

/// What is to be dropped without the lock.
pub(super) type Stale<T> = VecDeque<Thing<T>>;

impl<T> Thing<T> {
    pub(super) fn new(value: T, now: Instant) -> Self {
        Thing { value, made: now, idle_since: now }
    }

    fn is_stale(&self, rules: &Rules<T>, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.made);
        let idle = now.saturating_duration_since(self.idle_since);
        rules.max_age.is_some_and(|max| age >= max) || rules.max_idle.is_some_and(|max| idle >= max)
    }
}

impl<T> Shelf<T> {
    pub(super) fn new() -> Self {
        Shelf { things: VecDeque::new(), is_closed: false, made: 0, reused: 0, dropped: 0 }
    }

    /// The last one that came back, if it is not stale; and all that are.
    pub(super) fn take(&mut self, rules: &Rules<T>, now: Instant) -> (Option<Thing<T>>, Stale<T>) {
        let stale = self.take_stale(rules, now);
        (self.things.pop_back(), stale)
    }

    pub(super) fn take_stale(&mut self, rules: &Rules<T>, now: Instant) -> Stale<T> {
        if !self.things.iter().any(|thing| thing.is_stale(rules, now)) {
            return Stale::new();
        }
        let things = std::mem::take(&mut self.things);
        let (stale, good): (Stale<T>, _) =
            things.into_iter().partition(|thing| thing.is_stale(rules, now));
        self.things = good;
        self.dropped += stale.len() as u64;
        stale
    }

    /// Puts one back. It comes back to the caller, to be dropped, if the pool is closed.
    pub(super) fn put_back(&mut self, mut thing: Thing<T>, now: Instant) -> Option<Thing<T>> {
        if self.is_closed {
            self.dropped += 1;
            return Some(thing);
        }
        thing.idle_since = now;
        self.things.push_back(thing);
        None
    }

    /// Whether that is the first time, and what was there.
    pub(super) fn close(&mut self) -> (bool, VecDeque<Thing<T>>) {
        self.dropped += self.things.len() as u64;
        (!std::mem::replace(&mut self.is_closed, true), std::mem::take(&mut self.things))
    }

    pub(super) fn count_made(&mut self) {
        self.made += 1;
    }

    pub(super) fn count_reused(&mut self) {
        self.reused += 1;
    }

    pub(super) fn count_dropped(&mut self) {
        self.dropped += 1;
    }

    pub(super) fn statistics(&self) -> PoolStatistics {
        PoolStatistics {
            in_use: 0,
            idle: self.things.len(),
            made: self.made,
            reused: self.reused,
            dropped: self.dropped,
        }
    }
}
