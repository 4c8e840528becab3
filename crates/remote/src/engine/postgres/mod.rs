//! Queues in a database of PostgreSQL.
//!
//! # What lies where
//!
//! The schema `greenpool` has two tables, made at the first [`open`](Engine::open):
//!
//! | table | holds |
//! | --- | --- |
//! | `queues` | a row for each queue: how it is kept |
//! | `jobs` | a row for each job, from its acceptance until it is forgotten: job, lease, tally, result, dead letter |
//!
//! # The protocol
//!
//! The state of a job is its row. Each step is one statement (`sql.rs`), so it is done as a whole or not at all, and
//! two steps on one job come one after the other.
//!
//! | state | step | new state | if |
//! | --- | --- | --- | --- |
//! | none, or forgotten | *submit* | waits | |
//! | waits | *fetch* | leased, with the next number | its time has come |
//! | leased | *fetch* | leased, with the next number and one death more | its lease has run out |
//! | leased | *extend* | leased | the number is that of the lease, which has not run out |
//! | leased | *put back* | waits | likewise |
//! | leased | *end* | ended | the number is that of the lease |
//! | waits, leased | *cancel* | ended; or leased and marked | |
//! | ended | *sweep* | none | nothing is to be remembered any longer |
//!
//! What is marked or has expired ends at the next *fetch* or *put back*. The row notes by which delivery it was put back
//! and ended, so a repeated answer is known.
//!
//! *Why one lease at a time.* A fetch locks the rows that it takes, and skips those that somebody else has locked. After it
//! has a lock, the server looks again whether the row is still due.
//!
//! *Why no result comes twice.* *End* wants the state *leased* and the number of the last delivery. It leaves neither.
//!
//! All times go by the server's clock.
//!
//! # Notices
//!
//! A step that makes a job wait or end says so by `NOTIFY`, in the same transaction. A thread of the engine listens, and
//! wakes those who wait in this process: see `board.rs`.

mod board;
mod connections;
mod fetch;
mod listener;
mod queue;
mod rows;
mod schema;
mod sql;
mod submit;

use std::time::Duration;

use greenstd::sync::Arc;
use postgres::{Client, Config, Error, NoTls, Transaction};

use self::board::Board;
use self::connections::{Connect, Connections};
use self::queue::PostgresQueue;
use super::{Engine, EngineError, EngineQueue, Envelope, QueueOptions, Submitted};

/// After such a time without a sign of the server, a connection is lost.
const SILENCE: Duration = Duration::from_secs(10);

/// For how long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection to a database of PostgreSQL, version 12 or later.
///
/// A job can be submitted [within a transaction](Self::submit_in) of yours: it is there if that commits.
///
/// Four connections at most serve the calls, on OS threads of the engine's own. One more listens. Each is made anew when it
/// is lost. Clones share all of it.
///
/// ```no_run
/// use remote::engine::{Engine, PostgresEngine, QueueOptions};
///
/// let engine = PostgresEngine::connect("host=localhost user=shop dbname=shop")?;
/// let queue = engine.open("bills", &QueueOptions::default())?;
/// println!("{} jobs wait", queue.counts()?.waiting);
/// # Ok::<(), remote::engine::EngineError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PostgresEngine {
    shared: Arc<Shared>,
}

/// What the engine and its queues share.
struct Shared {
    connections: Connections,
    board: Arc<Board>,
}

impl PostgresEngine {
    /// Connects without TLS, by a URL or by keys and values, as the crate `postgres` reads them. A connection that is silent
    /// for ten seconds counts as lost, unless it says otherwise.
    ///
    /// ```
    /// use remote::engine::{EngineError, PostgresEngine};
    ///
    /// // Nobody listens there.
    /// let refused = PostgresEngine::connect("postgres://shop@127.0.0.1:1/shop");
    /// assert!(matches!(refused, Err(EngineError::Unreachable(_))));
    /// ```
    ///
    /// # Errors
    /// [`EngineError::Unreachable`] if there is no server, [`EngineError::Refused`] if it does not let us in or the text
    /// cannot be read.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, for 7 s at most.
    pub fn connect(server: &str) -> Result<Self, EngineError> {
        let parsed: Result<Config, Error> = server.parse();
        let mut config = parsed.map_err(|error| EngineError::Refused(error.to_string()))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
        }
        Self::connect_by(move || config.connect(NoTls))
    }

    /// Connects as `connect` does, now and whenever a connection is needed: with TLS, or with a password that changes. It
    /// is called on OS threads, and may block. Let it set a time limit.
    ///
    /// ```no_run
    /// use postgres::{Client, NoTls};
    /// use remote::engine::{Engine, PostgresEngine};
    ///
    /// let engine = PostgresEngine::connect_by(|| Client::connect("host=localhost user=shop", NoTls))?;
    /// let queue = engine.open("bills", &Default::default())?;
    /// println!("{} jobs wait", queue.counts()?.waiting);
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, for as long as `connect` takes, and 2 s more at most.
    pub fn connect_by(
        connect: impl Fn() -> Result<Client, Error> + Send + Sync + 'static,
    ) -> Result<Self, EngineError> {
        let connect: Arc<Connect> = Arc::new(connect);
        let connections = Connections::open(connect)?;
        let board = Arc::<Board>::default();
        listener::start(&board, connections.connect().clone())?;
        Ok(PostgresEngine { shared: Arc::new(Shared { connections, board }) })
    }

    /// Submits a job within a transaction of the same database. The job is there exactly if the transaction commits, and
    /// workers see it then. [`RemoteJob::write`](crate::RemoteJob::write) makes the envelope.
    ///
    /// The queue must have been opened before by somebody. Its delay and its expiry count from this call. If it has a
    /// limit, other submitters wait until the transaction ends: keep it short then. The user of the database needs
    /// the right to read and write the tables in the schema `greenpool`.
    ///
    /// ```no_run
    /// use postgres::{Client, NoTls};
    /// use remote::engine::{Envelope, JobId, PostgresEngine};
    ///
    /// let mut client = Client::connect("host=localhost user=shop dbname=shop", NoTls)?;
    /// let mut transaction = client.transaction()?;
    /// transaction.execute("insert into orders (number) values (17)", &[])?;
    /// let bill = Envelope::new(JobId::from("order-17"), "bill", b"[17]".to_vec());
    /// let _submitted = PostgresEngine::submit_in(&mut transaction, "bills", &bill)?;
    /// transaction.commit()?; // the order and its bill, or neither
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [the errors](super#errors) of all engines. A queue that nobody has opened is refused. After an error of the
    /// server the transaction can only be rolled back.
    ///
    /// # Blocking
    /// Blocks the OS thread, as all calls of the crate `postgres` do, and takes as much stack. On an executor, run the
    /// transaction by `executor::io::unblock` or on an `Offload`.
    pub fn submit_in(
        transaction: &mut Transaction<'_>,
        queue: &str,
        envelope: &Envelope,
    ) -> Result<Submitted, EngineError> {
        submit::submit_in(transaction, queue, &rows::Written::new(envelope)?)
    }
}

impl Engine for PostgresEngine {
    fn open(
        &self,
        queue: &str,
        options: &QueueOptions,
    ) -> Result<Arc<dyn EngineQueue>, EngineError> {
        Ok(Arc::new(PostgresQueue::open(self.shared.clone(), queue, options)?))
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.connections.fmt(f)
    }
}
