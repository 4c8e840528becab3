//! The same by `async-nats` alone, as its users would write it: with stored results, and without.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_nats::jetstream::{self, AckKind, Context, Message, consumer, stream};
use async_nats::{Client, HeaderMap};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::{Semaphore, oneshot};

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<u64>>>>;

/// How many jobs the worker takes, and runs, at once.
const BATCH: usize = 256;

/// The first result of each job is stored, before the submitter is told and the job acknowledged.
pub(crate) fn stored(url: &str, jobs: u64, outstanding: u64) -> Vec<Duration> {
    run(url, jobs, outstanding, true)
}

/// Results are only sent: one whose message is lost is gone, and two runs of a job may give two.
pub(crate) fn sent(url: &str, jobs: u64, outstanding: u64) -> Vec<Duration> {
    run(url, jobs, outstanding, false)
}

fn run(url: &str, jobs: u64, outstanding: u64, stores: bool) -> Vec<Duration> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("there are threads").block_on(exchange(url, jobs, outstanding, stores))
}

async fn exchange(url: &str, jobs: u64, outstanding: u64, stores: bool) -> Vec<Duration> {
    let (here, there) = (connect(url).await, connect(url).await);
    let name = format!("BARE_{}", here.new_inbox().replace('.', "_"));
    let subject = format!("{name}.square");
    let context = jetstream::new(here.clone());
    let config = stream::Config {
        name: name.clone(),
        subjects: vec![subject.clone()],
        retention: stream::RetentionPolicy::WorkQueue,
        duplicate_window: Duration::from_secs(600),
        ..stream::Config::default()
    };
    let stream = context.create_stream(config).await.expect("the stream is made");
    let config = consumer::pull::Config {
        durable_name: Some("workers".into()),
        max_ack_pending: -1,
        ..consumer::pull::Config::default()
    };
    stream.create_consumer(config).await.expect("the consumer is made");
    let results_of = stores.then(|| format!("{name}_RESULTS"));
    if let Some(results) = &results_of {
        let config = stream::Config {
            name: results.clone(),
            subjects: vec![format!("{results}.*")],
            max_messages_per_subject: 1,
            ..stream::Config::default()
        };
        context.create_stream(config).await.expect("the stream is made");
    }
    let worker = tokio::spawn(work(there, name.clone(), jobs, results_of.clone()));

    let waiting = Waiting::default();
    let inbox = here.new_inbox();
    let mut results = here.subscribe(inbox.clone()).await.expect("it is subscribed");
    let arriving = waiting.clone();
    let receiver = tokio::spawn(async move {
        while let Some(message) = results.next().await {
            let [id, square]: [u64; 2] = serde_json::from_slice(&message.payload).expect("two");
            let waits = arriving.lock().expect("no panic").remove(&id);
            let _ = waits.map(|waits| waits.send(square));
        }
    });
    let submitters: Vec<_> = (0..outstanding)
        .map(|first| {
            let (context, waiting) = (context.clone(), waiting.clone());
            let (subject, inbox) = (subject.clone(), inbox.clone());
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                for id in (first..jobs).step_by(outstanding as usize) {
                    let start = Instant::now();
                    let (send, square) = oneshot::channel();
                    waiting.lock().expect("no panic").insert(id, send);
                    let mut headers = HeaderMap::new();
                    headers.insert("Nats-Msg-Id", id.to_string());
                    headers.insert("Inbox", inbox.as_str());
                    let body = serde_json::to_vec(&(id,)).expect("it is a number");
                    let stored =
                        context.publish_with_headers(subject.clone(), headers, body.into());
                    stored.await.expect("it is sent").await.expect("it is stored");
                    assert_eq!(square.await, Ok(id * id));
                    latencies.push(start.elapsed());
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for submitter in submitters {
        latencies.extend(submitter.await.expect("it does not panic"));
    }
    worker.await.expect("it does not panic");
    receiver.abort();
    for name in [Some(name), results_of].into_iter().flatten() {
        context.delete_stream(&name).await.expect("the stream goes");
    }
    latencies
}

async fn connect(url: &str) -> Client {
    async_nats::connect(url).await.expect("the server answers")
}

async fn work(client: Client, name: String, jobs: u64, results: Option<String>) {
    let context = jetstream::new(client.clone());
    let consumer: consumer::PullConsumer =
        context.get_consumer_from_stream("workers", name).await.expect("it is there");
    let room = Arc::new(Semaphore::new(BATCH));
    let mut begun = 0;
    while begun < jobs {
        // As with us, nothing is taken that cannot start.
        let first = room.clone().acquire_owned().await.expect("it stays open");
        let free = room.available_permits();
        let more = room.clone().acquire_many_owned(free as u32).await.expect("it stays open");
        let mut permits = first;
        permits.merge(more);
        let mut batch = consumer
            .fetch()
            .max_messages(permits.num_permits())
            .expires(Duration::from_secs(1))
            .messages()
            .await
            .expect("it is asked for");
        while let Some(message) = batch.next().await {
            let permit = permits.split(1).expect("no more come than were asked for");
            let (client, context, results) = (client.clone(), context.clone(), results.clone());
            tokio::spawn(async move {
                run_one(&client, &context, results, message.expect("it has come")).await;
                drop(permit);
            });
            begun += 1;
        }
    }
    let _ = room.acquire_many(BATCH as u32).await.expect("it stays open");
    client.flush().await.expect("it is sent");
}

async fn run_one(client: &Client, context: &Context, results: Option<String>, message: Message) {
    let inbox = message.headers.as_ref().and_then(|headers| headers.get("Inbox"));
    let inbox = inbox.expect("it was sent").to_string();
    let (id,): (u64,) = serde_json::from_slice(&message.payload).expect("a number");
    let body = Bytes::from(serde_json::to_vec(&[id, id * id]).expect("they are numbers"));
    if let Some(results) = results {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Expected-Last-Subject-Sequence", "0");
        let subject = format!("{results}.{id}");
        let stored = context.publish_with_headers(subject, headers, body.clone());
        stored.await.expect("it is sent").await.expect("it is stored");
    }
    client.publish(inbox, body).await.expect("it is sent");
    message.ack_with(AckKind::Ack).await.expect("it is sent");
}
