//! A queue as a state machine.
//!
//! Each step is told the time. [`Book::settle`] does what has become due since the last step, so each step begins by it.
//!
//! A job is *live* from its acceptance to its end, and either waits or is leased. A live job has one [`Entry`], which
//! knows its alarms: one for the end of its delay or its lease, one for its expiry. What is merely remembered, ids and
//! results and dead letters, is looked through in passing: nobody needs to be woken for that.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::Moment;
use crate::engine::{
    Again, Answer, Cancelled, Counts, DeadLetter, Delivery, Envelope, JobId, Lease, LeaseState,
    Outcome, QueueOptions, Submitted, Tally,
};

/// Everything that a queue remembers.
pub(super) struct Book {
    options: QueueOptions,
    live: HashMap<JobId, Entry>,
    /// Those that may be delivered, by their order.
    ready: BTreeMap<u64, JobId>,
    /// What live jobs will be due for.
    alarms: BTreeMap<Key, (JobId, Alarm)>,
    /// What need not be remembered any longer, and from when on.
    fading: BinaryHeap<Reverse<(Moment, JobId)>>,
    /// Ids that were accepted, and until when they are remembered.
    accepted: HashMap<JobId, Moment>,
    results: HashMap<JobId, Kept>,
    dead: BTreeMap<u64, (DeadLetter, Moment)>,
    /// Numbers jobs, alarms and dead letters.
    numbers: u64,
    /// Results that nobody was told of yet.
    ended: Vec<(JobId, Outcome)>,
}

/// A job that has not ended.
struct Entry {
    envelope: Envelope,
    tally: Tally,
    /// Of the last delivery; 0 before the first.
    delivery: u64,
    stand: Stand,
    /// Its place among those that wait.
    order: u64,
    /// When it must have started.
    expires_at: Option<Moment>,
    /// Its alarms: for its stand, and for its expiry.
    alarms: [Option<Key>; 2],
    /// Whoever puts it back ends it instead.
    is_cancelled: bool,
    /// Of the delivery by which it was put back last.
    put_back: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Delayed { until: Moment },
    Ready,
    Leased { until: Moment },
}

/// A result.
struct Kept {
    outcome: Outcome,
    /// Of the last delivery.
    delivery: u64,
    /// Whether that delivery has ended the job.
    is_of_lease: bool,
    until: Moment,
}

/// What a live job is due for; the number is the place among its alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alarm {
    /// Its delay is over, or its lease.
    Stand = 0,
    /// It expires.
    Expiry = 1,
}

/// A moment, and a number for those that are due at once.
type Key = (Moment, u64);

impl Book {
    pub(super) fn new(options: QueueOptions) -> Self {
        Book {
            options,
            live: HashMap::new(),
            ready: BTreeMap::new(),
            alarms: BTreeMap::new(),
            fading: BinaryHeap::new(),
            accepted: HashMap::new(),
            results: HashMap::new(),
            dead: BTreeMap::new(),
            numbers: 0,
            ended: Vec::new(),
        }
    }

    pub(super) fn submit(&mut self, now: Moment, envelope: &Envelope) -> Submitted {
        self.settle(now);
        let id = &envelope.id;
        if self.live.contains_key(id) || self.accepted.contains_key(id) {
            return Submitted::Duplicate;
        }
        if self.options.max_jobs.is_some_and(|max| self.live.len() as u64 >= max) {
            return Submitted::Full;
        }
        let until = now.saturating_add(self.options.dedup);
        self.accepted.insert(id.clone(), until);
        self.fade(until, id.clone());
        self.enter(now, envelope.clone());
        Submitted::Accepted
    }

    /// Gives up to `max` jobs out.
    pub(super) fn fetch(&mut self, now: Moment, max: usize) -> Vec<Delivery> {
        self.settle(now);
        let until = now.saturating_add(self.options.lease);
        let mut deliveries = Vec::new();
        while deliveries.len() < max
            && let Some((_, id)) = self.ready.pop_first()
        {
            let Some(entry) = self.live.get_mut(&id) else { continue };
            entry.delivery += 1;
            entry.stand = Stand::Leased { until };
            deliveries.push(Delivery {
                envelope: entry.envelope.clone(),
                lease: Lease::new(id.clone(), entry.delivery, ""),
                tally: entry.tally,
            });
            self.set_alarm(until, &id, Alarm::Stand);
        }
        deliveries
    }

    pub(super) fn extend(&mut self, now: Moment, lease: &Lease) -> LeaseState {
        self.settle(now);
        let until = now.saturating_add(self.options.lease);
        let entry =
            self.live.get_mut(lease.id()).filter(|entry| entry.delivery == lease.delivery());
        let Some(entry) = entry.filter(|entry| matches!(entry.stand, Stand::Leased { .. })) else {
            return LeaseState::Lost;
        };
        entry.stand = Stand::Leased { until };
        let is_cancelled = entry.is_cancelled;
        self.set_alarm(until, lease.id(), Alarm::Stand);
        if is_cancelled { LeaseState::Cancelled } else { LeaseState::Extended }
    }

    /// Ends a job. Its lease may have run out, as long as there is no later delivery.
    pub(super) fn complete(&mut self, now: Moment, lease: &Lease, outcome: &Outcome) -> Answer {
        self.settle(now);
        self.end_leased(now, lease, outcome).map_or_else(|answer| answer, |_| Answer::Stored)
    }

    pub(super) fn bury(&mut self, now: Moment, lease: &Lease, outcome: &Outcome) -> Answer {
        self.settle(now);
        let entry = match self.end_leased(now, lease, outcome) {
            Ok(entry) => entry,
            Err(answer) => return answer,
        };
        let Entry { envelope, tally, .. } = entry;
        let id = envelope.id.clone();
        let until = now.saturating_add(self.options.keep_dead);
        let number = self.number();
        self.dead.insert(number, (DeadLetter { envelope, outcome: outcome.clone(), tally }, until));
        self.fade(until, id);
        Answer::Stored
    }

    pub(super) fn again(
        &mut self,
        now: Moment,
        lease: &Lease,
        after: Moment,
        why: &Again,
    ) -> Answer {
        self.settle(now);
        let id = lease.id();
        let Some(entry) = self.live.get_mut(id) else { return Answer::Fenced };
        if entry.put_back == lease.delivery() {
            return Answer::Stored;
        }
        let is_leased = matches!(entry.stand, Stand::Leased { .. });
        if entry.delivery != lease.delivery() || !is_leased {
            return Answer::Fenced;
        }
        entry.put_back = lease.delivery();
        match why {
            Again::Failed(_) => entry.tally.failures += 1,
            Again::Unknown => entry.tally.unknown += 1,
            Again::GivenBack => {}
        }
        self.put_back(now, id, now.saturating_add(after));
        Answer::Stored
    }

    pub(super) fn cancel(&mut self, now: Moment, id: &JobId) -> Cancelled {
        self.settle(now);
        let Some(entry) = self.live.get_mut(id) else { return Cancelled::TooLate };
        if matches!(entry.stand, Stand::Leased { .. }) {
            entry.is_cancelled = true;
            return Cancelled::Asked;
        }
        self.end(now, id, Outcome::Cancelled);
        Cancelled::BeforeStart
    }

    pub(super) fn result(&mut self, now: Moment, id: &JobId) -> Option<Outcome> {
        self.settle(now);
        self.results.get(id).map(|kept| kept.outcome.clone())
    }

    pub(super) fn dead(&mut self, now: Moment, max: usize) -> Vec<DeadLetter> {
        self.settle(now);
        self.dead.values().take(max).map(|(letter, _)| letter.clone()).collect()
    }

    /// Takes a dead letter out.
    pub(super) fn drop_dead(&mut self, now: Moment, id: &JobId) -> Option<DeadLetter> {
        self.settle(now);
        let letters = self.dead.iter();
        let number = letters.rev().find(|(_, (letter, _))| letter.envelope.id == *id)?.0;
        let number = *number;
        self.dead.remove(&number).map(|(letter, _)| letter)
    }

    pub(super) fn retry_dead(&mut self, now: Moment, id: &JobId) -> bool {
        let Some(letter) = self.drop_dead(now, id) else { return false };
        if self.live.contains_key(id) {
            return true;
        }
        let mut envelope = letter.envelope;
        let delay = std::mem::take(&mut envelope.delay);
        self.enter(now, envelope);
        if let Some(entry) = self.live.get_mut(id) {
            entry.envelope.delay = delay;
        }
        true
    }

    pub(super) fn counts(&mut self, now: Moment) -> Counts {
        self.settle(now);
        let is_leased = |entry: &&Entry| matches!(entry.stand, Stand::Leased { .. });
        let leased = self.live.values().filter(is_leased).count() as u64;
        let waiting = self.live.len() as u64 - leased;
        Counts { waiting, leased, dead: self.dead.len() as u64 }
    }

    /// How many jobs could be given out.
    pub(super) fn num_ready(&self) -> usize {
        self.ready.len()
    }

    /// When there is something to do next.
    pub(super) fn next_alarm(&self) -> Option<Moment> {
        self.alarms.first_key_value().map(|((moment, _), _)| *moment)
    }

    /// The results since the last call, for those that watch them.
    pub(super) fn take_ended(&mut self) -> Vec<(JobId, Outcome)> {
        std::mem::take(&mut self.ended)
    }

    /// Does what has become due.
    pub(super) fn settle(&mut self, now: Moment) {
        while let Some(first) = self.alarms.first_entry()
            && first.key().0 <= now
        {
            let (id, alarm) = first.remove();
            match alarm {
                Alarm::Stand => self.leave_stand(now, &id),
                Alarm::Expiry => self.expire(now, &id),
            }
        }
        while self.fading.peek().is_some_and(|Reverse((moment, _))| *moment <= now) {
            if let Some(Reverse((_, id))) = self.fading.pop() {
                self.forget(now, &id);
            }
        }
    }
}

/// The steps between the states.
impl Book {
    fn enter(&mut self, now: Moment, envelope: Envelope) {
        let id = envelope.id.clone();
        // There may have been a job with this id. A lease of that one must not fit.
        let delivery = self.results.remove(&id).map_or(0, |kept| kept.delivery + 1);
        let (until, expires) = (now.saturating_add(envelope.delay), envelope.expires);
        let expires_at = expires.map(|expires| now.saturating_add(expires));
        let entry = Entry {
            envelope,
            tally: Tally::default(),
            delivery,
            stand: Stand::Delayed { until },
            order: self.number(),
            expires_at,
            alarms: [None; 2],
            is_cancelled: false,
            put_back: delivery,
        };
        self.live.insert(id.clone(), entry);
        self.wait_until(now, &id, until);
        if let Some(expires_at) = expires_at {
            self.set_alarm(expires_at, &id, Alarm::Expiry);
        }
    }

    /// A delay is over, or a lease has run out.
    fn leave_stand(&mut self, now: Moment, id: &JobId) {
        let Some(entry) = self.live.get_mut(id) else { return };
        match entry.stand {
            Stand::Delayed { until } if until <= now => self.wait_until(now, id, until),
            Stand::Leased { until } if until <= now => {
                entry.tally.deaths += 1;
                self.put_back(now, id, now);
            }
            _ => {}
        }
    }

    /// A job that was leased waits again, unless it was cancelled or has expired.
    fn put_back(&mut self, now: Moment, id: &JobId, until: Moment) {
        let Some(entry) = self.live.get_mut(id) else { return };
        if entry.is_cancelled {
            return self.end(now, id, Outcome::Cancelled);
        }
        if entry.expires_at.is_some_and(|expires_at| expires_at <= now) {
            return self.end(now, id, Outcome::Expired);
        }
        self.wait_until(now, id, until);
    }

    fn wait_until(&mut self, now: Moment, id: &JobId, until: Moment) {
        let Some(entry) = self.live.get_mut(id) else { return };
        if until <= now {
            entry.stand = Stand::Ready;
            self.ready.insert(entry.order, id.clone());
        } else {
            entry.stand = Stand::Delayed { until };
            self.set_alarm(until, id, Alarm::Stand);
        }
    }

    fn expire(&mut self, now: Moment, id: &JobId) {
        let Some(entry) = self.live.get(id) else { return };
        let has_expired = entry.expires_at.is_some_and(|expires_at| expires_at <= now);
        if has_expired && !matches!(entry.stand, Stand::Leased { .. }) {
            self.end(now, id, Outcome::Expired);
        }
    }

    fn forget(&mut self, now: Moment, id: &JobId) {
        if self.accepted.get(id).is_some_and(|until| *until <= now) {
            self.accepted.remove(id);
        }
        if self.results.get(id).is_some_and(|kept| kept.until <= now) {
            self.results.remove(id);
        }
        while self.dead.first_key_value().is_some_and(|(_, (_, until))| *until <= now) {
            self.dead.pop_first();
        }
    }

    /// Ends the job of a lease; or says why not.
    fn end_leased(
        &mut self,
        now: Moment,
        lease: &Lease,
        outcome: &Outcome,
    ) -> Result<Entry, Answer> {
        let id = lease.id();
        if let Some(kept) = self.results.get(id) {
            let is_repeated = kept.is_of_lease && kept.delivery == lease.delivery();
            return Err(if is_repeated { Answer::Stored } else { Answer::Fenced });
        }
        let entry = self.live.get(id).filter(|entry| entry.delivery == lease.delivery());
        // What was put back by this very lease is no longer its own.
        if entry.is_none_or(|entry| entry.put_back == lease.delivery()) {
            return Err(Answer::Fenced);
        }
        let entry = self.remove(now, id, outcome.clone()).ok_or(Answer::Fenced)?;
        if let Some(kept) = self.results.get_mut(id) {
            kept.is_of_lease = true;
        }
        Ok(entry)
    }

    fn end(&mut self, now: Moment, id: &JobId, outcome: Outcome) {
        drop(self.remove(now, id, outcome));
    }

    /// Takes a live job out, and keeps its result.
    fn remove(&mut self, now: Moment, id: &JobId, outcome: Outcome) -> Option<Entry> {
        let entry = self.live.remove(id)?;
        self.ready.remove(&entry.order);
        for alarm in entry.alarms.iter().flatten() {
            self.alarms.remove(alarm);
        }
        let options = &self.options;
        let keep = if entry.envelope.durable { options.keep_durable } else { options.keep_results };
        let until = now.saturating_add(keep);
        let delivery = entry.delivery;
        let kept = Kept { outcome: outcome.clone(), delivery, is_of_lease: false, until };
        self.results.insert(id.clone(), kept);
        self.fade(until, id.clone());
        self.ended.push((id.clone(), outcome));
        Some(entry)
    }

    /// Sets an alarm of a live job, in the place of the former one.
    fn set_alarm(&mut self, moment: Moment, id: &JobId, alarm: Alarm) {
        let key = (moment, self.number());
        let Some(entry) = self.live.get_mut(id) else { return };
        if let Some(former) = entry.alarms[alarm as usize].replace(key) {
            self.alarms.remove(&former);
        }
        self.alarms.insert(key, (id.clone(), alarm));
    }

    fn fade(&mut self, moment: Moment, id: JobId) {
        self.fading.push(Reverse((moment, id)));
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}
