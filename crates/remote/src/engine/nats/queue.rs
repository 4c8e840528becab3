//! One queue on a server of NATS, through one handle.

use std::time::Duration;

use async_nats::HeaderMap;
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
use super::results::{self, Results, Submission};
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
    shared: Arc<Shared>,
    /// What runs for this handle on the connection's thread.
    tasks: Vec<AbortHandle>,
    /// Dropped last, so that the tasks have ended before.
    _served: Arc<Served>,
}

/// What calls need, which run on the connection's thread.
#[derive(Debug)]
struct Shared {
    store: Store,
    options: QueueOptions,
    pulls: Arc<Pulls>,
    leases: Leases,
    results: Arc<Results>,
    /// Where workers send results for this handle.
    inbox: String,
    closed: watch::Sender<bool>,
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
        let (options, replies) = connection.wait(opening)?;
        let store = Store { connection: connection.clone(), names };
        let results = Arc::new(Results::default());
        let listens = connection.spawn(results::listen(results.clone(), replies));
        let looks = connection.spawn(results::look(results.clone(), store.clone()));
        let shared = Arc::new(Shared {
            store,
            options,
            pulls: Arc::default(),
            leases: Leases::default(),
            results,
            inbox,
            closed: watch::Sender::new(false),
        });
        Ok(NatsQueue { shared, tasks: vec![listens, looks], _served: served })
    }

    /// Waits for a call.
    fn wait<T: Send + 'static, F>(
        &self,
        call: impl FnOnce(Arc<Shared>) -> F,
    ) -> Result<T, EngineError>
    where
        F: Future<Output = Result<T, EngineError>> + Send + 'static,
    {
        self.shared.connection().wait(call(self.shared.clone()))
    }
}

impl Shared {
    fn connection(&self) -> &Connection {
        &self.store.connection
    }

    fn answers<'a>(&'a self, lease: &'a Lease) -> Result<Answers<'a>, EngineError> {
        Answers::new(&self.store, &self.options, lease)
    }

    /// The message of a job.
    fn message(&self, envelope: &Envelope) -> Result<(HeaderMap, Bytes), EngineError> {
        let is_watched = self.results.is_watched(&envelope.id);
        let reply = is_watched.then_some(self.inbox.as_str());
        let mut headers = wire::headers(HEAD, &Head::of(envelope, reply))?;
        headers.insert(MESSAGE_ID, message_id(&envelope.id));
        Ok((headers, Bytes::copy_from_slice(&envelope.payload)))
    }

    async fn submit(
        &self,
        id: &JobId,
        submission: Submission,
        (headers, body): (HeaderMap, Bytes),
    ) -> Result<Submitted, EngineError> {
        match self.store.put(Of::Jobs, id, headers, body).await? {
            Stored::At(_) => {
                submission.accepted();
                Ok(Submitted::Accepted)
            }
            Stored::Duplicate => Ok(Submitted::Duplicate),
            Stored::Full => Ok(Submitted::Full),
            Stored::Conflict => Err(EngineError::Refused("the server expects another".to_owned())),
        }
    }

    async fn fetch(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, EngineError> {
        let mut closed = self.closed.subscribe();
        let keep = self.options.keep_results;
        let fetched = fetch::fetch(&self.store, &self.pulls, &mut closed, max, wait, keep).await?;
        for delivery in &fetched {
            // By the server, it began a little before.
            self.leases.begin(delivery.lease.delivery(), time::now(), self.options.lease);
        }
        Ok(fetched)
    }

    async fn extend(&self, lease: &Lease) -> Result<LeaseState, EngineError> {
        self.answers(lease)?.extend(&self.leases).await
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
        &self.shared.store.names.queue
    }

    fn options(&self) -> &QueueOptions {
        &self.shared.options
    }

    fn submit(&self, envelope: &Envelope) -> Result<Submitted, EngineError> {
        let message = self.shared.message(envelope)?;
        let id = envelope.id.clone();
        // From now on, however long the call waits for its turn.
        let submission = self.shared.results.submission(&id);
        self.wait(|queue| async move { queue.submit(&id, submission, message).await })
    }

    fn fetch(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, EngineError> {
        self.wait(|queue| async move { queue.fetch(max, wait).await })
    }

    fn extend(&self, leases: &[Lease]) -> Result<Vec<LeaseState>, EngineError> {
        let leases = leases.to_vec();
        self.wait(|queue| async move {
            let states = leases.iter().map(|lease| queue.extend(lease));
            join_all(states).await.into_iter().collect()
        })
    }

    fn complete(&self, lease: &Lease, outcome: &Outcome) -> Result<Answer, EngineError> {
        let (lease, outcome) = (lease.clone(), outcome.clone());
        self.wait(|queue| async move {
            let answer = queue.answers(&lease)?.complete(&outcome).await?;
            queue.leases.end(lease.delivery());
            Ok(answer)
        })
    }

    fn again(&self, lease: &Lease, after: Duration, why: &Again) -> Result<Answer, EngineError> {
        let (lease, why) = (lease.clone(), why.clone());
        self.wait(|queue| async move {
            let answer = queue.answers(&lease)?.again(after, &why).await?;
            queue.leases.end(lease.delivery());
            Ok(answer)
        })
    }

    fn bury(&self, delivery: &Delivery, outcome: &Outcome) -> Result<Answer, EngineError> {
        let (delivery, outcome) = (delivery.clone(), outcome.clone());
        self.wait(|queue| async move {
            let answer = queue.answers(&delivery.lease)?.bury(&delivery, &outcome).await?;
            queue.leases.end(delivery.lease.delivery());
            Ok(answer)
        })
    }

    fn watch(&self, id: &JobId) {
        self.shared.results.watch(id);
    }

    fn unwatch(&self, id: &JobId) {
        self.shared.results.unwatch(id);
    }

    fn results(&self, max: usize, wait: Duration) -> Result<Vec<(JobId, Outcome)>, EngineError> {
        let mut closed = self.shared.closed.subscribe();
        if !*closed.borrow() {
            // Under load there are always some, and the connection's thread need not be asked.
            let arrived = self.shared.results.take_now(max);
            if !arrived.is_empty() {
                return Ok(arrived);
            }
        }
        self.wait(|queue| async move { queue.results.take(&mut closed, max, wait).await })
    }

    fn result(&self, id: &JobId) -> Result<Option<Outcome>, EngineError> {
        let id = id.clone();
        self.wait(|queue| async move {
            for durable in [false, true] {
                if let Some(noted) = queue.store.read(&id, durable).await?
                    && noted.outcome.is_some()
                {
                    return Ok(noted.outcome);
                }
            }
            Ok(None)
        })
    }

    fn cancel(&self, id: &JobId) -> Result<Cancelled, EngineError> {
        let id = id.clone();
        self.wait(|queue| async move { cancel(&queue.store, &id).await })
    }

    fn dead(&self, max: usize) -> Result<Vec<DeadLetter>, EngineError> {
        self.wait(|queue| async move { dead::list(&queue.store, max).await })
    }

    fn retry_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        let id = id.clone();
        self.wait(|queue| async move { dead::retry(&queue.store, &id).await })
    }

    fn drop_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        let id = id.clone();
        self.wait(|queue| async move { dead::forget(&queue.store, &id).await })
    }

    fn counts(&self) -> Result<Counts, EngineError> {
        self.wait(|queue| async move { queue.count().await })
    }

    fn stop_waiting(&self) {
        self.shared.closed.send_replace(true);
    }
}

impl Drop for NatsQueue {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}
