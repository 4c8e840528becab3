//! One queue on a server of NATS, through one handle.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use greenstd::sync::Arc;
use greenstd::time;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::answers::Answers;
use super::cancel::cancel;
use super::connection::{Connection, Served, Stored};
use super::fetch::{self, Pulls};
use super::leases::Leases;
use super::names::{CONSUMER, HEAD, MESSAGE_ID, Names, Of, message_id};
use super::results::{self, Results};
use super::store::Store;
use super::wire::{self, Head};
use super::{dead, streams};
use crate::engine::{
    Again, Answer, Cancelled, Counts, DeadLetter, Delivery, EngineError, EngineQueue, Envelope,
    JobId, Lease, LeaseState, Outcome, QueueOptions, Submitted,
};

/// See [`NatsEngine`](super::NatsEngine).
#[derive(Debug)]
pub(super) struct NatsQueue {
    store: Store,
    options: QueueOptions,
    pulls: Arc<Pulls>,
    leases: Leases,
    results: Arc<Results>,
    /// Where workers send results for this handle.
    inbox: String,
    closed: watch::Sender<bool>,
    /// What runs for this handle on the connection's thread.
    tasks: Vec<AbortHandle>,
    /// Dropped last, so that the tasks have ended before.
    _served: Arc<Served>,
}

impl NatsQueue {
    pub(super) fn open(
        served: Arc<Served>,
        queue: &str,
        options: &QueueOptions,
        replicas: usize,
    ) -> Result<Self, EngineError> {
        let names = Arc::new(Names::new(queue)?);
        let connection = served.connection().clone();
        let inbox = connection.client().new_inbox();
        let opening = {
            let (connection, names) = (connection.clone(), names.clone());
            let (options, inbox) = (options.clone(), inbox.clone());
            async move {
                let opened = streams::open(connection.jetstream(), &names, &options, replicas);
                let options = connection.answer(opened).await?;
                let replies = connection.client().subscribe(inbox).await;
                Ok((options, replies.map_err(EngineError::unreachable)?))
            }
        };
        let (options, replies) = connection.wait_elsewhere(opening)?;
        let store = Store { connection: connection.clone(), names };
        let results = Arc::new(Results::default());
        let listens = connection.spawn(results::listen(results.clone(), replies));
        let looks = connection.spawn(results::look(results.clone(), store.clone()));
        Ok(NatsQueue {
            store,
            options,
            pulls: Arc::default(),
            leases: Leases::default(),
            results,
            inbox,
            closed: watch::Sender::new(false),
            tasks: vec![listens, looks],
            _served: served,
        })
    }

    fn connection(&self) -> &Connection {
        &self.store.connection
    }

    fn answers<'a>(&'a self, lease: &'a Lease) -> Result<Answers<'a>, EngineError> {
        Answers::new(&self.store, &self.options, lease)
    }

    async fn submit_soon(&self, envelope: &Envelope) -> Result<Submitted, EngineError> {
        let is_watched = self.results.is_watched(&envelope.id);
        let reply = is_watched.then_some(self.inbox.as_str());
        let mut headers = wire::headers(HEAD, &Head::of(envelope, reply))?;
        headers.insert(MESSAGE_ID, message_id(&envelope.id));
        let body = Bytes::copy_from_slice(&envelope.payload);
        match self.store.put(Of::Jobs, &envelope.id, headers, body).await? {
            Stored::At(_) => {
                self.results.will_be_told(&envelope.id);
                Ok(Submitted::Accepted)
            }
            Stored::Duplicate => Ok(Submitted::Duplicate),
            Stored::Full => Ok(Submitted::Full),
            Stored::Conflict => Err(EngineError::Refused("the server expects another".to_owned())),
        }
    }

    async fn count(&self) -> Result<Counts, EngineError> {
        let names = &self.store.names;
        let jobs = self.connection().stream(&names.stream(Of::Jobs)).await?;
        let letters = self.connection().stream(&names.stream(Of::Dead)).await?;
        let counted = async {
            let workers = jobs.consumer_info(CONSUMER).await.map_err(EngineError::unreachable)?;
            let jobs = jobs.get_info().await.map_err(EngineError::unreachable)?.state.messages;
            let dead = letters.get_info().await.map_err(EngineError::unreachable)?.state.messages;
            let leased = u64::try_from(workers.num_ack_pending).unwrap_or(u64::MAX).min(jobs);
            Ok(Counts { waiting: jobs - leased, leased, dead })
        };
        self.connection().answer(counted).await
    }
}

impl EngineQueue for NatsQueue {
    fn name(&self) -> &str {
        &self.store.names.queue
    }

    fn options(&self) -> &QueueOptions {
        &self.options
    }

    fn submit(&self, envelope: &Envelope) -> Result<Submitted, EngineError> {
        self.connection().wait(self.submit_soon(envelope))
    }

    fn fetch(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, EngineError> {
        let mut closed = self.closed.subscribe();
        let keep = self.options.keep_results;
        let start = time::now();
        let fetched = fetch::fetch(&self.store, &self.pulls, &mut closed, max, wait, keep);
        let fetched = self.connection().wait(fetched)?;
        for delivery in &fetched {
            // The lease began at the server: after the call, and before now.
            let begun = if wait.is_zero() { start } else { time::now() };
            self.leases.begin(delivery.lease.delivery(), begun, self.options.lease);
        }
        Ok(fetched)
    }

    fn extend(&self, leases: &[Lease]) -> Result<Vec<LeaseState>, EngineError> {
        let answers: Result<Vec<_>, _> = leases.iter().map(|lease| self.answers(lease)).collect();
        let answers = answers?;
        let all = join_all(answers.iter().map(|answer| answer.extend(&self.leases)));
        self.connection().wait(async { all.await.into_iter().collect() })
    }

    fn complete(&self, lease: &Lease, outcome: &Outcome) -> Result<Answer, EngineError> {
        let answer = self.connection().wait(self.answers(lease)?.complete(outcome))?;
        self.leases.end(lease.delivery());
        Ok(answer)
    }

    fn again(&self, lease: &Lease, after: Duration, why: &Again) -> Result<Answer, EngineError> {
        let answer = self.connection().wait(self.answers(lease)?.again(after, why))?;
        self.leases.end(lease.delivery());
        Ok(answer)
    }

    fn bury(&self, delivery: &Delivery, outcome: &Outcome) -> Result<Answer, EngineError> {
        let lease = &delivery.lease;
        let answer = self.connection().wait(self.answers(lease)?.bury(delivery, outcome))?;
        self.leases.end(lease.delivery());
        Ok(answer)
    }

    fn watch(&self, id: &JobId) {
        self.results.watch(id);
    }

    fn unwatch(&self, id: &JobId) {
        self.results.unwatch(id);
    }

    fn results(&self, max: usize, wait: Duration) -> Result<Vec<(JobId, Outcome)>, EngineError> {
        let mut closed = self.closed.subscribe();
        self.connection().wait(self.results.take(&mut closed, max, wait))
    }

    fn result(&self, id: &JobId) -> Result<Option<Outcome>, EngineError> {
        self.connection().wait(async {
            for durable in [false, true] {
                if let Some(noted) = self.store.read(id, durable).await?
                    && noted.outcome.is_some()
                {
                    return Ok(noted.outcome);
                }
            }
            Ok(None)
        })
    }

    fn cancel(&self, id: &JobId) -> Result<Cancelled, EngineError> {
        self.connection().wait(cancel(&self.store, id))
    }

    fn dead(&self, max: usize) -> Result<Vec<DeadLetter>, EngineError> {
        self.connection().wait(dead::list(&self.store, max))
    }

    fn retry_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        self.connection().wait(dead::retry(&self.store, id))
    }

    fn drop_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        self.connection().wait(dead::forget(&self.store, id))
    }

    fn counts(&self) -> Result<Counts, EngineError> {
        self.connection().wait(self.count())
    }

    fn stop_waiting(&self) {
        self.closed.send_replace(true);
    }
}

impl Drop for NatsQueue {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}
