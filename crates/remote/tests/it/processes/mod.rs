//! Workers in processes of their own, on each server that can be had.

mod promises;
mod worker_process;

use remote::Remote;
use remote::engine::EngineError;

/// A server under test.
pub(crate) trait Server: Sized {
    /// Starts one; `None` where it is not installed.
    fn start() -> Option<Self>;

    /// What [`connect`](Self::connect) takes, in any process.
    fn address(&self) -> String;

    /// Ends it. What it has stored is kept.
    fn stop(&mut self);

    /// Starts it on the same address.
    fn start_again(&mut self);

    fn connect(address: &str) -> Result<Remote, EngineError>;
}

#[cfg(feature = "nats")]
mod nats {
    use testkit::NatsServer;

    use super::{EngineError, Remote, Server, promises};

    impl Server for NatsServer {
        fn start() -> Option<Self> {
            NatsServer::start()
        }

        fn address(&self) -> String {
            self.url()
        }

        fn stop(&mut self) {
            self.stop();
        }

        fn start_again(&mut self) {
            self.start_again();
        }

        fn connect(address: &str) -> Result<Remote, EngineError> {
            Remote::connect(address)
        }
    }

    promises::all!(NatsServer);
}

#[cfg(feature = "postgres")]
mod postgres {
    use remote::engine::PostgresEngine;
    use testkit::PostgresServer;

    use super::{EngineError, Remote, Server, promises};

    impl Server for PostgresServer {
        fn start() -> Option<Self> {
            PostgresServer::start()
        }

        fn address(&self) -> String {
            self.address().to_owned()
        }

        fn stop(&mut self) {
            self.kill();
        }

        fn start_again(&mut self) {
            self.start_again();
        }

        fn connect(address: &str) -> Result<Remote, EngineError> {
            PostgresEngine::connect(address).map(Remote::new)
        }
    }

    promises::all!(PostgresServer);
}
