//! Twelve clients share three connections, of which one breaks.
//!
//! `cargo run -p greensync --example connections`

#![allow(clippy::disallowed_types, reason = "an example uses what its readers have: std")]

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use greensync::{Carrier, GetError, Pool, sleep, spawn};

const AT_MOST: NonZeroUsize = NonZeroUsize::new(3).unwrap();

/// What would be a socket.
struct Connection {
    number: u32,
    is_broken: bool,
}

fn connect() -> Connection {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    println!("connection {number} is made");
    Connection { number, is_broken: false }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Carrier::new()?.run(|| {
        let pool = Pool::builder(AT_MOST)
            .max_idle(Duration::from_secs(60))
            .check(|connection: &mut Connection| !connection.is_broken)
            .build(|| Ok(connect()));
        let client = |client: u32| {
            let pool = pool.clone();
            spawn(move || -> Result<(), GetError> {
                let mut connection = pool.get_timeout(Duration::from_secs(10))?;
                sleep(Duration::from_millis(5)).map_err(GetError::Interrupted)?; // a query
                println!("client {client:>2} had connection {}", connection.number);
                connection.is_broken = client == 4; // the check finds it, and it is not used again
                Ok(())
            })
        };
        let clients: Vec<_> = (1..=12).map(client).collect();
        for client in clients {
            client.join()??;
        }
        let now = pool.statistics();
        println!("{} made, {} times used again, {} dropped", now.made, now.reused, now.dropped);
        Ok(())
    })?
}
