//! Queues on a real server of NATS. Where none is installed, these tests are skipped with a word.

mod cluster;
mod engine;
mod faults;
mod secure;

use std::time::Duration;

use greenstd::sync::Arc;
use remote::engine::{
    Delivery, Engine, EngineQueue, Envelope, JobId, NatsEngine, Outcome, QueueOptions, Submitted,
};
use testkit::NatsServer;

/// Far beyond what anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// A short lease, for tests in which one runs out.
const LEASE: Duration = Duration::from_secs(1);

/// Between two calls of one that is repeated.
const PAUSE: Duration = Duration::from_millis(10);

fn options() -> QueueOptions {
    QueueOptions { lease: LEASE, ..QueueOptions::default() }
}

fn connect(server: &NatsServer) -> NatsEngine {
    NatsEngine::connect(&server.url()).unwrap()
}

fn open(engine: &NatsEngine) -> Arc<dyn EngineQueue> {
    engine.open("q", &options()).unwrap()
}

fn job(id: &str) -> Envelope {
    Envelope::new(JobId::from(id), "f", b"[1]".to_vec())
}

fn submit(queue: &dyn EngineQueue, envelope: &Envelope) {
    assert_eq!(queue.submit(envelope).unwrap(), Submitted::Accepted);
}

/// The next job, however long it takes.
fn next(queue: &dyn EngineQueue) -> Delivery {
    for _ in 0..20 {
        if let Some(delivery) = queue.fetch(1, LONG / 20).unwrap().pop() {
            return delivery;
        }
    }
    panic!("no job comes");
}

fn value(text: &str) -> Outcome {
    Outcome::Succeeded(text.as_bytes().to_vec())
}
