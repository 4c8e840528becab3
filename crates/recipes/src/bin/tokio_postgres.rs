//! An `async` driver: `tokio-postgres`. A runtime of tokio drives its connections, on one thread beside the carriers.

use std::collections::HashSet;
use std::error::Error;

use executor::GreenThreadPoolExecutor;
use executor::io::block_on;
use tokio::runtime::{Builder, Handle};
use tokio_postgres::{Client, NoTls};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CONNECTIONS: usize = 10;

fn main() -> Fallible<()> {
    let server = std::env::args().nth(1).ok_or("usage: tokio_postgres CONNECTION_STRING")?;
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let connect = |_| connect(runtime.handle(), &server);
    let clients = (0..CONNECTIONS).map(connect).collect::<Fallible<Vec<_>>>()?;

    let executor = GreenThreadPoolExecutor::builder().build()?;
    let answers = executor.map(0..500_i64, move |number| {
        // A client may be used by several at once: it sends the questions one after the other.
        square(&clients[number as usize % CONNECTIONS], number)
    })?;
    let (mut sum, mut backends) = (0, HashSet::new());
    for answer in answers {
        let (square, backend) = answer??;
        sum += square;
        backends.insert(backend);
    }
    println!("500 answers through {} connections, sum {sum}", backends.len());
    Ok(())
}

/// Opening a socket needs the runtime. So the runtime does it in a task, and we wait for its end.
fn connect(runtime: &Handle, server: &str) -> Fallible<Client> {
    let server = server.to_owned();
    let connecting = runtime.spawn(async move { tokio_postgres::connect(&server, NoTls).await });
    let (client, connection) = block_on(connecting)???;
    // Moves the bytes until the client is dropped.
    runtime.spawn(connection);
    Ok(client)
}

/// Asking a client needs no runtime around it: a channel leads to the task that moves the bytes.
fn square(client: &Client, number: i64) -> Fallible<(i64, i32)> {
    let question = "select $1::bigint * $1, pg_backend_pid()";
    let row = block_on(client.query_one(question, &[&number]))??; // parks until the answer is there
    Ok((row.try_get(0)?, row.try_get(1)?))
}
