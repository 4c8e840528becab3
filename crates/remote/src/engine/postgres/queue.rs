//! A queue, through one handle.

use std::fmt;
use std::time::Duration;

use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};

use super::Shared;
use super::board::{For, Inbox};
use super::connections::Connection;
use super::fetch::{self, Taken, number};
use super::rows::{self, Written};
use super::{schema, sql, submit};
use crate::engine::{
    Again, Answer, Cancelled, Counts, DeadLetter, Delivery, EngineError, EngineQueue, Envelope,
    JobId, Lease, LeaseState, Outcome, QueueOptions, Submitted,
};

/// How often a waiter looks though it has heard nothing.
const LOOK: Duration = Duration::from_secs(1);

/// A job that is due, and that somebody else is about to take, is looked for again after this.
const SHORTEST: Duration = Duration::from_millis(10);

/// How often what need not be remembered is removed.
const SWEEP: Duration = Duration::from_secs(10);

pub(super) struct PostgresQueue {
    shared: Arc<Shared>,
    name: String,
    options: QueueOptions,
    inbox: Arc<Inbox>,
    sweep_at: Mutex<Option<Instant>>,
}

impl PostgresQueue {
    pub(super) fn open(
        shared: Arc<Shared>,
        name: &str,
        options: &QueueOptions,
    ) -> Result<Self, EngineError> {
        crate::engine::check_name(name)?;
        let (queue, options) = (name.to_owned(), options.clone());
        let options = shared.connections.call(move |connection| {
            schema::open(connection.client(), &queue, &options).map_err(rows::error)
        })?;
        let inbox = shared.board.enter(name);
        let sweep_at = Mutex::new(Some(time::now()));
        Ok(PostgresQueue { shared, name: name.to_owned(), options, inbox, sweep_at })
    }

    /// Calls with the name of the queue.
    fn call<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Connection, &str) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let name = self.name.clone();
        self.shared.connections.call(move |connection| work(connection, &name))
    }

    fn take(&self, max: usize) -> Result<Taken, EngineError> {
        let sweeps = {
            let mut sweep_at = self.sweep_at.lock();
            let is_due = time::has_passed(*sweep_at);
            if is_due {
                *sweep_at = time::after(SWEEP);
            }
            is_due
        };
        let taken = fetch::take(&self.shared.connections, &self.name, max, sweeps)?;
        if taken.sweeps_again {
            *self.sweep_at.lock() = Some(time::now());
        }
        Ok(taken)
    }

    fn end(&self, lease: &Lease, outcome: &Outcome, dead: bool) -> Result<Answer, EngineError> {
        let (lease, (text, value)) = (lease.clone(), rows::write_outcome(outcome)?);
        self.call(move |connection, queue| {
            let (id, delivery) = (lease.id().as_str(), number(&lease));
            let ended = connection
                .query(sql::END, &[&queue, &id, &delivery, &text, &value, &dead])
                .map_err(rows::error)?;
            if !ended.is_empty() {
                return Ok(Answer::Stored);
            }
            let before = connection.query(sql::HAS_ENDED, &[&queue, &id, &delivery]);
            let is_repeated = !before.map_err(rows::error)?.is_empty();
            Ok(if is_repeated { Answer::Stored } else { Answer::Fenced })
        })
    }

    /// The results there are among some ids.
    fn look(&self, ids: &[JobId], max: usize) -> Result<Vec<(JobId, Outcome)>, EngineError> {
        let ids: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        self.call(move |connection, queue| {
            let found = connection.query(sql::RESULTS, &[&queue, &ids, &max]);
            let found = found.map_err(rows::error)?;
            let read = |row: &postgres::Row| {
                let (id, text) = (row.try_get::<_, &str>(0), row.try_get::<_, &str>(1));
                let value = row.try_get(2).map_err(rows::error)?;
                let outcome = rows::read_outcome(text.map_err(rows::error)?, value)?;
                Ok((JobId::from(id.map_err(rows::error)?), outcome))
            };
            found.iter().map(read).collect()
        })
    }

    /// The results there are among some ids that were taken to be asked for.
    fn deliver(&self, ids: Vec<JobId>, max: usize) -> Result<Vec<(JobId, Outcome)>, EngineError> {
        let found = match self.look(&ids, max) {
            Ok(found) => found,
            Err(error) => {
                self.inbox.take_back(ids);
                return Err(error);
            }
        };
        let was_cut = found.len() >= max;
        let results: Vec<_> = found.into_iter().filter(|(id, _)| self.inbox.deliver(id)).collect();
        if was_cut {
            // Those that were delivered are no longer watched, so they do not come back.
            self.inbox.take_back(ids);
        }
        Ok(results)
    }

    /// Changes the row of an id, and says whether there was one to be changed.
    fn change(&self, sql: &'static str, id: &JobId) -> Result<bool, EngineError> {
        let id = id.clone();
        self.call(move |connection, queue| {
            let changed = connection.query(sql, &[&queue, &id.as_str()]);
            Ok(!changed.map_err(rows::error)?.is_empty())
        })
    }
}

impl EngineQueue for PostgresQueue {
    fn name(&self) -> &str {
        &self.name
    }

    fn options(&self) -> &QueueOptions {
        &self.options
    }

    fn submit(&self, envelope: &Envelope) -> Result<Submitted, EngineError> {
        let (job, limit) = (Written::new(envelope)?, self.options.max_jobs);
        self.call(move |connection, queue| submit::submit(connection, queue, &job, limit))
    }

    fn fetch(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, EngineError> {
        let until = time::after(wait);
        loop {
            // *enter*, *look*, *sleep*: see `board.rs`.
            let waiter = self.inbox.enter(For::Jobs)?;
            let Taken { deliveries, next, .. } = self.take(max)?;
            if !deliveries.is_empty() {
                return Ok(deliveries);
            }
            if next == Some(Duration::ZERO) {
                continue;
            }
            if time::has_passed(until) {
                return Ok(deliveries);
            }
            let pause = next.map_or(LOOK, |next| next.clamp(SHORTEST, LOOK));
            waiter.sleep(until.map_or(pause, |until| pause.min(time::until(until))))?;
        }
    }

    fn extend(&self, leases: &[Lease]) -> Result<Vec<LeaseState>, EngineError> {
        let leases = leases.to_vec();
        self.call(move |connection, queue| {
            let ids: Vec<&str> = leases.iter().map(|lease| lease.id().as_str()).collect();
            let numbers: Vec<i64> = leases.iter().map(number).collect();
            let extended = connection.query(sql::EXTEND, &[&queue, &ids, &numbers]);
            let mut states = std::collections::HashMap::new();
            for row in extended.map_err(rows::error)? {
                let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
                let (id, number, cancelled): (String, i64, bool) = read().map_err(rows::error)?;
                let state = if cancelled { LeaseState::Cancelled } else { LeaseState::Extended };
                states.insert((id, number), state);
            }
            let state = |lease: &Lease| {
                let key = (lease.id().to_string(), number(lease));
                states.get(&key).copied().unwrap_or(LeaseState::Lost)
            };
            Ok(leases.iter().map(state).collect())
        })
    }

    fn complete(&self, lease: &Lease, outcome: &Outcome) -> Result<Answer, EngineError> {
        self.end(lease, outcome, false)
    }

    fn again(&self, lease: &Lease, after: Duration, why: &Again) -> Result<Answer, EngineError> {
        let (lease, why) = (lease.clone(), why.clone());
        self.call(move |connection, queue| {
            let is_done = fetch::put_back(connection, queue, &lease, after, &why)?;
            Ok(if is_done { Answer::Stored } else { Answer::Fenced })
        })
    }

    fn bury(&self, delivery: &Delivery, outcome: &Outcome) -> Result<Answer, EngineError> {
        self.end(&delivery.lease, outcome, true)
    }

    fn watch(&self, id: &JobId) {
        self.inbox.watch(id);
    }

    fn unwatch(&self, id: &JobId) {
        self.inbox.unwatch(id);
    }

    fn results(&self, max: usize, wait: Duration) -> Result<Vec<(JobId, Outcome)>, EngineError> {
        let until = time::after(wait);
        loop {
            // *enter*, *look*, *sleep*: see `board.rs`.
            let waiter = self.inbox.enter(For::Results)?;
            let ids = self.inbox.take_unseen();
            if !ids.is_empty() {
                let results = self.deliver(ids, max)?;
                if !results.is_empty() {
                    return Ok(results);
                }
                continue;
            }
            if time::has_passed(until) {
                return Ok(Vec::new());
            }
            waiter.sleep(until.map_or(LOOK, |until| LOOK.min(time::until(until))))?;
        }
    }

    fn result(&self, id: &JobId) -> Result<Option<Outcome>, EngineError> {
        let found = self.look(std::slice::from_ref(id), 1)?;
        Ok(found.into_iter().next().map(|(_, outcome)| outcome))
    }

    fn cancel(&self, id: &JobId) -> Result<Cancelled, EngineError> {
        let id = id.clone();
        self.call(move |connection, queue| {
            let asked = connection.query(sql::CANCEL, &[&queue, &id.as_str()]);
            let asked = asked.map_err(rows::error)?;
            let Some(row) = asked.first() else { return Ok(Cancelled::TooLate) };
            let has_ended: bool = row.try_get(0).map_err(rows::error)?;
            Ok(if has_ended { Cancelled::BeforeStart } else { Cancelled::Asked })
        })
    }

    fn dead(&self, max: usize) -> Result<Vec<DeadLetter>, EngineError> {
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        self.call(move |connection, queue| {
            let found = connection.query(sql::DEAD, &[&queue, &max]).map_err(rows::error)?;
            let read = |row: &postgres::Row| {
                let columns = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
                let (text, payload, outcome): (&str, Vec<u8>, &str) =
                    columns().map_err(rows::error)?;
                let value = row.try_get(3).map_err(rows::error)?;
                Ok(DeadLetter {
                    envelope: rows::envelope(text, payload)?,
                    outcome: rows::read_outcome(outcome, value)?,
                    tally: rows::tally(row)?,
                })
            };
            found.iter().map(read).collect()
        })
    }

    fn retry_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        self.change(sql::RETRY_DEAD, id)
    }

    fn drop_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        self.change(sql::DROP_DEAD, id)
    }

    fn counts(&self) -> Result<Counts, EngineError> {
        self.call(|connection, queue| {
            let counted = connection.query(sql::COUNTS, &[&queue]).map_err(rows::error)?;
            let Some(row) = counted.first() else { return Ok(Counts::default()) };
            let count = |at| row.try_get::<_, i64>(at).map(i64::unsigned_abs).map_err(rows::error);
            Ok(Counts { waiting: count(0)?, leased: count(1)?, dead: count(2)? })
        })
    }

    fn stop_waiting(&self) {
        self.inbox.close();
    }
}

impl Drop for PostgresQueue {
    fn drop(&mut self) {
        self.shared.board.leave(&self.inbox);
    }
}

impl fmt::Debug for PostgresQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresQueue").field(&self.name).finish()
    }
}
