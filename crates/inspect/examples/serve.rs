//! A kitchen that is shown in a browser while it works.
//!
//! ```text
//! cargo run -p inspect --example serve -- --stay
//! ```
//!
//! Open the address that it prints. Without `--stay` it ends when all is cooked, and prints what the page has shown last.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use inspect::executor::sync::Semaphore;
use inspect::executor::{GreenThreadPoolExecutor, sleep};

const ORDERS: u64 = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let kitchen = GreenThreadPoolExecutor::builder().name("kitchen").max_workers(50).build()?;
    let server = inspect::serve("127.0.0.1:0", [kitchen.handle()])?;
    println!("see http://{}/", server.address());

    let stays = std::env::args().any(|argument| argument == "--stay");
    loop {
        cook(&kitchen)?;
        if !stays {
            break;
        }
    }
    let metrics = get(server.address(), "/metrics")?;
    let ended = metrics.lines().filter(|line| line.starts_with("greenpool_jobs_total"));
    println!("{}", ended.take(1).collect::<String>());
    Ok(())
}

/// Cooks all orders. Each needs one of ten stoves for a while.
fn cook(kitchen: &GreenThreadPoolExecutor) -> Result<(), Box<dyn Error>> {
    let stoves = Arc::new(Semaphore::new(10));
    let dish = |number: u64| {
        let stoves = stoves.clone();
        kitchen.job().name(format!("dish {number}")).fallible().submit(move || {
            let _stove = stoves.acquire()?;
            sleep(Duration::from_millis(2 + number % 9))?;
            Ok::<_, Box<dyn Error + Send + Sync>>(())
        })
    };
    for dish in (0..ORDERS).map(dish).collect::<Result<Vec<_>, _>>()? {
        dish.result()?;
    }
    Ok(())
}

/// What a monitoring system would do.
fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
