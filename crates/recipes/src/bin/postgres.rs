//! A driver that blocks: the crate `postgres`, on a pool of OS threads.

use std::collections::HashSet;
use std::error::Error;
use std::sync::Arc;

use executor::GreenThreadPoolExecutor;
use executor::io::Offload;
use postgres::{Client, NoTls};
use recipes::pool::Pool;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CONNECTIONS: usize = 10;

fn main() -> Fallible<()> {
    let server = std::env::args().nth(1).ok_or("usage: postgres CONNECTION_STRING")?;
    let connect = |_| Client::connect(&server, NoTls);
    let clients = (0..CONNECTIONS).map(connect).collect::<Result<Vec<_>, _>>()?;
    let clients = Arc::new(Pool::of(clients));
    // A pool of its own, of as many threads: so a slow database does not take the threads that files need.
    let database = Offload::builder().name("database").threads(CONNECTIONS).build()?;

    let executor = GreenThreadPoolExecutor::builder().build()?;
    let answers = executor.map(0..500_i64, move |number| square(&clients, &database, number))?;
    let (mut sum, mut backends) = (0, HashSet::new());
    for answer in answers {
        let (square, backend) = answer??;
        sum += square;
        backends.insert(backend);
    }
    println!("500 answers through {} connections, sum {sum}", backends.len());
    Ok(())
}

/// Asks the database, and which of its processes has answered.
fn square(clients: &Pool<Client>, database: &Offload, number: i64) -> Fallible<(i64, i32)> {
    let mut client = clients.lease()?; // parks while all connections are in use
    let row = database.run(move || {
        // The lease ends with this closure, on its thread: also if nobody waits for it any more.
        client.query_one("select $1::bigint * $1, pg_backend_pid()", &[&number])
    });
    let row = row.map_err(|refused| refused.to_string())??; // parks until the answer is there
    Ok((row.try_get(0)?, row.try_get(1)?))
}
