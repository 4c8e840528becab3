//! The connections, and the OS threads that wait for their answers.
//!
//! The driver blocks, and needs more stack than a green thread may have. So each call runs on a thread of the engine's own
//! pool, and its caller parks. There are as many connections as threads at most.
//!
//! A connection that has failed is thrown away. If it had lain idle, the call is made again by another one: the server may
//! have been restarted meanwhile. All calls may be repeated, so that does no harm.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use executor::io::{Offload, OffloadError};
use greenstd::sync::{Arc, Mutex};
use greenstd::{thread, time};
use postgres::types::ToSql;
use postgres::{Client, Error, Row, Statement};

use super::rows;
use crate::engine::EngineError;

/// How a connection is made.
pub(super) type Connect = dyn Fn() -> Result<Client, Error> + Send + Sync;

/// At most so many calls are under way; the others wait for them.
const CONNECTIONS: usize = 4;
const BACKLOG: usize = 100_000;

/// How long a call tries to get a connection.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);

/// The server ends a statement that takes longer, such as one that waits for somebody's lock.
const SETTINGS: &str = "set statement_timeout = '10s'";

/// What calls go through.
pub(super) struct Connections {
    threads: Offload,
    idle: Arc<Mutex<Vec<Connection>>>,
    connect: Arc<Connect>,
}

/// One connection, with the statements that the server knows already.
pub(super) struct Connection {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

impl Connections {
    /// Makes the first connection, to see whether that can be done.
    pub(super) fn open(connect: Arc<Connect>) -> Result<Self, EngineError> {
        let threads = Offload::builder().name("remote-postgres").threads(CONNECTIONS);
        let threads = threads.max_backlog(BACKLOG).build().map_err(EngineError::unreachable)?;
        let connections = Connections { threads, idle: Arc::default(), connect };
        connections.call(|connection| connection.query("select 1", &[]).map_err(rows::error))?;
        Ok(connections)
    }

    /// Calls on one of the threads, by one of the connections.
    pub(super) fn call<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Connection) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let (idle, connect) = (self.idle.clone(), self.connect.clone());
        let done = self.threads.run(move || attempt(&idle, &*connect, &mut work));
        done.map_err(|error| not_run(&error))?
    }

    /// How a connection is made.
    pub(super) fn connect(&self) -> &Arc<Connect> {
        &self.connect
    }
}

fn attempt<T>(
    idle: &Mutex<Vec<Connection>>,
    connect: &Connect,
    work: &mut impl FnMut(&mut Connection) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let give_up = time::after(PATIENCE);
    loop {
        let kept = idle.lock().pop();
        let was_idle = kept.is_some();
        let connection = match kept {
            Some(connection) => Ok(connection),
            None => Connection::open(connect).map_err(rows::error),
        };
        let mut connection = match connection {
            Ok(connection) => connection,
            Err(error) if error.may_be_repeated() && !time::has_passed(give_up) => {
                thread::sleep(PAUSE);
                continue;
            }
            Err(error) => return Err(error),
        };
        let done = work(&mut connection);
        let has_failed = matches!(&done, Err(error) if error.may_be_repeated());
        if !has_failed && !connection.client.is_closed() {
            idle.lock().push(connection);
        } else if has_failed && was_idle && !time::has_passed(give_up) {
            continue;
        }
        return done;
    }
}

/// Why a call was not made, or not waited for.
fn not_run<F>(error: &OffloadError<F>) -> EngineError {
    match error.interrupted() {
        Some(interrupted) => interrupted.into(),
        None => EngineError::unreachable(error.to_string()),
    }
}

impl Connection {
    fn open(connect: &Connect) -> Result<Self, Error> {
        let mut client = connect()?;
        client.batch_execute(SETTINGS)?;
        Ok(Connection { client, statements: HashMap::new() })
    }

    /// Runs a statement, which the server prepares once.
    pub(super) fn query(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = self.client.prepare(sql)?;
                self.statements.insert(sql, statement.clone());
                statement
            }
        };
        self.client.query(&statement, values)
    }

    /// The client, for transactions.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        // To close a connection takes a wait, and a deep stack.
        let idle = std::mem::take(&mut *self.idle.lock());
        let close = thread::Builder::new().name("remote-postgres".to_owned());
        // Without a thread, the closure is dropped here, and the connections with it.
        drop(close.spawn(move || drop(idle)));
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("threads", &self.threads.gauge()).finish()
    }
}
