//! The engine on a real server of PostgreSQL, by the server's clock.

use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::thread;
use remote::engine::{Engine, EngineQueue, PostgresEngine, QueueOptions};
use testkit::PostgresServer;

use super::conformance::{self, Subject};

struct Served {
    engine: PostgresEngine,
    /// Dropped after what is connected to it.
    _server: PostgresServer,
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
    let server = PostgresServer::start()?;
    Some(Served { engine: PostgresEngine::connect(server.address()).unwrap(), _server: server })
}

conformance::all!(super::subject());
