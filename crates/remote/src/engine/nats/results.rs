//! The results that a handle waits for.
//!
//! A worker sends a result to the handle that has submitted the job, after it has stored it. That message may be lost,
//! with the worker or the connection. So the handle also looks for the records of the jobs that it watches: at once where
//! it has not submitted the job itself, after the connection has come back, and now and then.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use async_nats::Subscriber;
use futures_util::StreamExt;
use futures_util::future::join_all;
use greenstd::sync::{Arc, Mutex};
use greenstd::time;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::connection::lost;
use super::store::Store;
use super::wire;
use crate::engine::{EngineError, JobId, Outcome};

/// How often the jobs are looked through for those whose record is to be read.
const ROUND: Duration = Duration::from_millis(100);

/// How many records are read at once.
const BATCH: usize = 256;

/// When the record of a job is read that this handle has not submitted: first, and at most that often later.
const FIRST: Duration = Duration::from_millis(20);
const LATER: Duration = Duration::from_secs(5);

/// How often the record of a job is read whose worker will tell.
const RARELY: Duration = Duration::from_secs(30);

/// What a handle watches, and what it has got.
#[derive(Debug, Default)]
pub(super) struct Results {
    state: Mutex<State>,
    /// Somebody may go on: there is a result, or more than one.
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    watched: HashMap<JobId, Look>,
    arrived: VecDeque<(JobId, Outcome)>,
}

/// When the record of a job is read next.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: Instant,
    pause: Duration,
}

/// A submission under way. Unless it is accepted, its job may be that of another handle, or have ended already.
pub(super) struct Submission {
    results: Arc<Results>,
    id: JobId,
    is_accepted: bool,
}

impl Submission {
    /// The server has stored the job as this handle has sent it.
    pub(super) fn accepted(mut self) {
        self.is_accepted = true;
    }
}

impl Drop for Submission {
    fn drop(&mut self) {
        if !self.is_accepted {
            self.results.look_after(&self.id, FIRST);
        }
    }
}

impl Results {
    /// Waits for the result of a job from now on.
    pub(super) fn watch(&self, id: &JobId) {
        let look = Look { at: time::now() + FIRST, pause: FIRST };
        self.state.lock().watched.insert(id.clone(), look);
    }

    /// Takes that back.
    pub(super) fn unwatch(&self, id: &JobId) {
        self.state.lock().watched.remove(id);
    }

    /// Whether somebody waits for it.
    pub(super) fn is_watched(&self, id: &JobId) -> bool {
        self.state.lock().watched.contains_key(id)
    }

    /// The job is about to be submitted. Until the server has answered there is nothing to look for, and after it has
    /// accepted the job, the worker will tell this handle. If it is not accepted, the drop of the answer says so.
    pub(super) fn submission(self: &Arc<Self>, id: &JobId) -> Submission {
        self.look_after(id, RARELY);
        Submission { results: self.clone(), id: id.clone(), is_accepted: false }
    }

    fn look_after(&self, id: &JobId, pause: Duration) {
        if let Some(look) = self.state.lock().watched.get_mut(id) {
            *look = Look { at: time::now() + pause, pause };
        }
    }

    /// A result has come. It counts if it is the first, and somebody waits for it.
    pub(super) fn put(&self, id: &JobId, outcome: Outcome) {
        let mut state = self.state.lock();
        if state.watched.remove(id).is_some() {
            state.arrived.push_back((id.clone(), outcome));
            drop(state);
            self.arrived.notify_one();
        }
    }

    /// Takes up to `max` results, and waits for the first one for at most `wait`.
    pub(super) async fn take(
        &self,
        closed: &mut watch::Receiver<bool>,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<(JobId, Outcome)>, EngineError> {
        let end = time::now() + wait;
        loop {
            if *closed.borrow() {
                return Err(EngineError::Closed);
            }
            let arrived = self.take_now(max);
            let now = time::now();
            if !arrived.is_empty() || now >= end || max == 0 {
                return Ok(arrived);
            }
            tokio::select! {
                () = self.arrived.notified() => {}
                _ = closed.wait_for(|closed| *closed) => {}
                () = sleep(end - now) => {}
            }
        }
    }

    /// What has come already, up to that number.
    pub(super) fn take_now(&self, max: usize) -> Vec<(JobId, Outcome)> {
        let mut state = self.state.lock();
        let count = state.arrived.len().min(max);
        let arrived = state.arrived.drain(..count).collect();
        if !state.arrived.is_empty() {
            // For the next one that waits.
            self.arrived.notify_one();
        }
        arrived
    }

    /// What is to be looked for now, and again after a longer pause.
    fn due(&self) -> Vec<JobId> {
        let now = time::now();
        let mut state = self.state.lock();
        let due = state.watched.iter_mut().filter(|(_, look)| look.at <= now).take(BATCH);
        due.map(|(id, look)| {
            look.pause = (look.pause * 2).min(LATER.max(look.pause));
            look.at = now + look.pause;
            id.clone()
        })
        .collect()
    }

    /// All of it is to be looked for: some may have been missed.
    fn look_for_all(&self) {
        let now = time::now();
        self.state.lock().watched.values_mut().for_each(|look| look.at = now);
    }
}

/// Takes the results that workers send, until the handle has gone.
pub(super) async fn listen(results: Arc<Results>, mut subscriber: Subscriber) {
    while let Some(message) = subscriber.next().await {
        let Some(headers) = &message.headers else { continue };
        if let Some((id, outcome)) = wire::read_result(headers, &message.payload) {
            results.put(&id, outcome);
        }
    }
}

/// Looks for the records of watched jobs, until the handle has gone.
pub(super) async fn look(results: Arc<Results>, store: Store) {
    let mut links = store.connection.links();
    loop {
        tokio::select! {
            biased;
            () = lost(&mut links) => results.look_for_all(),
            () = sleep(ROUND) => {}
        }
        loop {
            let due = results.due();
            let count = due.len();
            let looks = join_all(due.iter().map(|id| look_for(id, &results, &store))).await;
            if count < BATCH || looks.into_iter().any(|look| look.is_err()) {
                break;
            }
        }
    }
}

async fn look_for(id: &JobId, results: &Results, store: &Store) -> Result<(), EngineError> {
    for durable in [false, true] {
        let noted = store.read(id, durable).await?;
        if let Some(outcome) = noted.and_then(|noted| noted.outcome) {
            results.put(id, outcome);
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Time passes until all that is not rare is due.
    fn due_soon(results: &Results) -> usize {
        let later = time::now() + LATER;
        results.state.lock().watched.values().filter(|look| look.at <= later).count()
    }

    #[test]
    fn records_are_not_read_while_a_submission_is_under_way_nor_after_it_is_accepted() {
        let (results, id) = (Arc::new(Results::default()), JobId::from("a"));
        results.watch(&id);
        assert_eq!(due_soon(&results), 1);
        let submission = results.submission(&id);
        assert_eq!(due_soon(&results), 0);
        submission.accepted();
        assert_eq!(due_soon(&results), 0);
    }

    #[test]
    fn records_are_read_soon_after_a_submission_that_was_not_accepted() {
        let (results, id) = (Arc::new(Results::default()), JobId::from("a"));
        results.watch(&id);
        drop(results.submission(&id));
        assert_eq!(due_soon(&results), 1);
    }
}
