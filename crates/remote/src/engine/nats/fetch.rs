//! Taking jobs: one request for a batch, and what has to be settled before a job is given out.
//!
//! The server answers a request at once with what there is, or with the first job that comes in time, and then says that
//! it is done. So nothing arrives after the end of a fetch. Where the end has not come, because the fetch was broken off
//! or the connection lost, what arrives late is put back, and noted, so that it does not count as a death.

use std::pin::pin;
use std::time::Duration;

use async_nats::{Message, StatusCode, Subscriber};
use futures_util::StreamExt;
use futures_util::future::join_all;
use greenstd::sync::{Arc, Mutex};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::sleep;

use super::connection::lost;
use super::names::{CONSUMER, Of};
use super::settle::Arrived;
use super::store::Store;
use crate::engine::{Delivery, EngineError};

/// How much longer than the server a fetch waits for the end of its request.
const SLACK: Duration = Duration::from_secs(2);

/// Subscriptions of ended requests, to be used again.
#[derive(Debug, Default)]
pub(super) struct Pulls {
    idle: Mutex<Vec<(String, Subscriber)>>,
}

/// A request under way. Dropped before its end, it puts back what comes.
struct Pull<'a> {
    store: &'a Store,
    inbox: String,
    subscriber: Option<Subscriber>,
    keep: Duration,
}

/// Takes up to `max` jobs, and waits for the first one for at most `wait`.
pub(super) async fn fetch(
    store: &Store,
    pulls: &Arc<Pulls>,
    closed: &mut watch::Receiver<bool>,
    max: usize,
    wait: Duration,
    keep: Duration,
) -> Result<Vec<Delivery>, EngineError> {
    if *closed.borrow() {
        return Err(EngineError::Closed);
    }
    let mut links = store.connection.links();
    let mut pull = Pull::start(store, pulls, max, wait, keep).await?;
    let mut messages = Vec::new();
    let mut end = pin!(sleep(wait + SLACK));
    let done = loop {
        if messages.len() == max {
            break Ok(true);
        }
        let subscriber = pull.subscriber.as_mut().expect("it is under way");
        tokio::select! {
            biased;
            message = subscriber.next() => match message {
                Some(message) if is_end(&message) => break Ok(true),
                Some(message) => messages.push(message),
                None => break Err(EngineError::unreachable("the connection was closed")),
            },
            _ = closed.wait_for(|closed| *closed) => break Err(EngineError::Closed),
            () = lost(&mut links) => break Err(EngineError::unreachable("the connection was lost")),
            () = &mut end => break Ok(false),
        }
    };
    if matches!(done, Ok(true)) {
        pull.end(pulls);
    } else {
        drop(pull);
    }
    if let Err(error) = done
        && messages.is_empty()
    {
        return Err(error);
    }
    let (mut given, mut unsettled) = (Vec::with_capacity(messages.len()), Vec::new());
    for job in messages.into_iter().filter_map(Arrived::read) {
        if job.needs_no_look() {
            given.push(job.unseen());
        } else {
            unsettled.push(job.settle(store, keep));
        }
    }
    given.extend(join_all(unsettled).await.into_iter().flatten());
    Ok(given)
}

impl<'a> Pull<'a> {
    async fn start(
        store: &'a Store,
        pulls: &Pulls,
        max: usize,
        wait: Duration,
        keep: Duration,
    ) -> Result<Self, EngineError> {
        let client = store.connection.client();
        let idle = pulls.idle.lock().pop();
        let (inbox, subscriber) = match idle {
            Some(idle) => idle,
            None => {
                let inbox = client.new_inbox();
                let subscriber = client.subscribe(inbox.clone()).await;
                (inbox, subscriber.map_err(EngineError::unreachable)?)
            }
        };
        let pull = Pull { store, inbox, subscriber: Some(subscriber), keep };
        let mut request = json!({ "batch": max, "no_wait": true });
        if !wait.is_zero() {
            request["expires"] = json!(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX));
        }
        let jobs = store.names.stream(Of::Jobs);
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{jobs}.{CONSUMER}");
        let sent =
            client.publish_with_reply(subject, pull.inbox.clone(), request.to_string().into());
        sent.await.map_err(EngineError::unreachable)?;
        Ok(pull)
    }

    /// Nothing more will come.
    fn end(mut self, pulls: &Pulls) {
        if let Some(subscriber) = self.subscriber.take() {
            pulls.idle.lock().push((std::mem::take(&mut self.inbox), subscriber));
        }
    }
}

impl Drop for Pull<'_> {
    fn drop(&mut self) {
        let Some(mut subscriber) = self.subscriber.take() else { return };
        let (store, keep) = (self.store.clone(), self.keep);
        let connection = store.connection.clone();
        connection.spawn(async move {
            // The server knows of it before the last message, and the request is void then.
            let _ = subscriber.drain().await;
            while let Some(message) = subscriber.next().await {
                if let Some(job) = Arrived::read(message) {
                    let _ = job.put_back(&store, keep).await;
                }
            }
        });
    }
}

/// Whether the server says that the request is done: 404 or 408 for want of jobs, 409 for want of the consumer.
fn is_end(message: &Message) -> bool {
    message.status.is_some_and(|status| status != StatusCode::OK)
}
