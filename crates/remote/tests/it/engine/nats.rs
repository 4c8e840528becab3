//! The engine on a real server of NATS, by the clock of the day.

use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::thread;
use remote::engine::{Engine, EngineQueue, NatsEngine, QueueOptions};
use testkit::NatsServer;

use super::conformance::{self, Subject};

struct Served {
    engine: NatsEngine,
    /// Dropped after what is connected to it.
    _server: NatsServer,
}

impl Subject for Served {
    fn open(&self, options: &QueueOptions) -> Arc<dyn EngineQueue> {
        self.engine.open("bills", options).unwrap()
    }

    fn pass(&self, time: Duration) {
        thread::sleep(time);
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(2)
    }
}

/// `None` where the server is not installed.
fn subject() -> Option<Served> {
    let server = NatsServer::start()?;
    Some(Served { engine: NatsEngine::connect(&server.url()).unwrap(), _server: server })
}

conformance::all!(super::subject());
