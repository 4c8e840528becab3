//! The engines that need a server, by its clock.

use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::thread;
use remote::engine::{Engine, EngineQueue, QueueOptions};

use super::conformance::{self, Subject};

struct Served<E, S> {
    engine: E,
    /// Dropped after what is connected to it.
    _server: S,
}

impl<E: Engine, S> Subject for Served<E, S> {
    fn open(&self, options: &QueueOptions) -> Arc<dyn EngineQueue> {
        // On a busy machine, the first call may have no answer in time.
        loop {
            match self.engine.open("bills", options) {
                Err(error) if error.may_be_repeated() => {}
                opened => return opened.unwrap(),
            }
        }
    }

    fn pass(&self, time: Duration) {
        thread::sleep(time);
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(2)
    }
}

/// `None` in both where the server is not installed.
#[cfg(feature = "nats")]
mod nats {
    use remote::engine::NatsEngine;
    use testkit::NatsServer;

    use super::{Served, conformance};

    fn subject() -> Option<Served<NatsEngine, NatsServer>> {
        let server = NatsServer::start()?;
        Some(Served { engine: NatsEngine::connect(&server.url()).unwrap(), _server: server })
    }

    conformance::all!(super::subject());
}

#[cfg(feature = "postgres")]
mod postgres {
    use remote::engine::PostgresEngine;
    use testkit::PostgresServer;

    use super::{Served, conformance};

    fn subject() -> Option<Served<PostgresEngine, PostgresServer>> {
        let server = PostgresServer::start()?;
        Some(Served { engine: PostgresEngine::connect(server.address()).unwrap(), _server: server })
    }

    conformance::all!(super::subject());
}
