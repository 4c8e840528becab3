//! The streams of a queue: made where they are missing, and read for how the queue is kept.

use std::time::Duration;

use async_nats::jetstream::consumer::{self, AckPolicy, PullConsumer};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use async_nats::jetstream::{Context, context::CreateStreamErrorKind, context::GetStreamErrorKind};

use super::names::{CONSUMER, Names, Of};
use crate::engine::{EngineError, QueueOptions};

/// The server forgets records not sooner than that, for the sake of jobs that wait for another attempt.
const SHORTEST: Duration = Duration::from_secs(1);

/// Makes what is missing. It says how the queue is kept, which an earlier call may have decided.
pub(super) async fn open(
    jetstream: &Context,
    names: &Names,
    options: &QueueOptions,
    replicas: usize,
) -> Result<QueueOptions, EngineError> {
    let jobs = Config {
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        duplicate_window: options.dedup,
        max_messages: options.max_jobs.map_or(-1, |max| i64::try_from(max).unwrap_or(i64::MAX)),
        ..plain(names, Of::Jobs, replicas)
    };
    let jobs = stream(jetstream, jobs).await?;
    let keep_results = last_of_each(jetstream, names, Of::Records, options.keep_results, replicas);
    let keep_results = keep_results.await?.max_age;
    let keep_durable = last_of_each(jetstream, names, Of::Durable, options.keep_durable, replicas);
    let keep_durable = keep_durable.await?.max_age;
    let keep_dead = last_of_each(jetstream, names, Of::Dead, options.keep_dead, replicas);
    let keep_dead = keep_dead.await?.max_age;
    let lease = consumer(jetstream, names, options.lease).await?;
    let max_jobs = u64::try_from(jobs.max_messages).ok();
    Ok(QueueOptions {
        lease,
        dedup: jobs.duplicate_window,
        max_jobs,
        keep_results,
        keep_durable,
        keep_dead,
    })
}

fn plain(names: &Names, of: Of, replicas: usize) -> Config {
    Config {
        name: names.stream(of),
        subjects: vec![names.subjects(of)],
        storage: StorageType::File,
        num_replicas: replicas,
        max_messages: -1,
        max_bytes: -1,
        ..Config::default()
    }
}

/// A stream that keeps the last message of each job, for that long.
async fn last_of_each(
    jetstream: &Context,
    names: &Names,
    of: Of,
    keep: Duration,
    replicas: usize,
) -> Result<Config, EngineError> {
    let keep = keep.max(SHORTEST);
    let config = Config {
        max_age: keep,
        max_messages_per_subject: 1,
        // Nothing there has a name to be searched by. It must not exceed the age.
        duplicate_window: keep.min(Duration::from_secs(1)),
        ..plain(names, of, replicas)
    };
    stream(jetstream, config).await
}

async fn stream(jetstream: &Context, config: Config) -> Result<Config, EngineError> {
    let name = config.name.clone();
    match jetstream.get_stream(&name).await {
        Ok(stream) => return Ok(stream.cached_info().config.clone()),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(_) => {}
            _ => return Err(EngineError::unreachable(error)),
        },
    }
    match jetstream.create_stream(config).await {
        Ok(stream) => Ok(stream.cached_info().config.clone()),
        Err(error) => match error.kind() {
            // Somebody else may have made it in the meantime, in another way.
            CreateStreamErrorKind::JetStream(_) => match jetstream.get_stream(&name).await {
                Ok(stream) => Ok(stream.cached_info().config.clone()),
                Err(_) => Err(EngineError::Refused(error.to_string())),
            },
            _ => Err(EngineError::unreachable(error)),
        },
    }
}

/// Makes the consumer, and gives the lease that it has.
async fn consumer(
    jetstream: &Context,
    names: &Names,
    lease: Duration,
) -> Result<Duration, EngineError> {
    let jobs = jetstream.get_stream(names.stream(Of::Jobs)).await;
    let jobs = jobs.map_err(EngineError::unreachable)?;
    let config = consumer::pull::Config {
        durable_name: Some(CONSUMER.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: lease,
        // Who gives up is decided by the tally of a job.
        max_deliver: -1,
        max_ack_pending: -1,
        ..consumer::pull::Config::default()
    };
    let consumer: Result<PullConsumer, _> = jobs.get_or_create_consumer(CONSUMER, config).await;
    let consumer = consumer.map_err(EngineError::unreachable)?;
    Ok(consumer.cached_info().config.ack_wait)
}
