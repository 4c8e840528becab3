//! Requests to and fro over loopback: how long one takes, and what it costs the server.
//!
//! ```sh
//! cargo run --release -p greenio --example echo -- --connections 64 --requests 1000000
//! ```
//!
//! The server has a carrier of its own, the clients another one, or with `--plain` an OS thread each. Under
//! `strace -c -f` one sees what a request costs in system calls: one read and one write on either side, and
//! its share of the sleeps.
#![allow(clippy::disallowed_methods, reason = "an example uses what its readers have: std")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::Instant;

use greenctx::{Carrier, spawn};
use greenio::net::{TcpListener, TcpStream};

const REQUEST_BYTES: usize = 100;

struct Options {
    connections: usize,
    requests: usize,
    plain: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(options) = Options::read()? else {
        println!("echo [--connections N] [--requests N] [--plain]");
        return Ok(());
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let connections = options.connections;
    let server = thread::spawn(move || {
        let carrier = Carrier::new().expect("the default settings are good");
        let served = carrier.run(move || serve(&listener, connections));
        served.expect("there is a stack").map(|()| cpu_ns())
    });
    let started = Instant::now();
    let each = options.requests / connections;
    match options.plain {
        false => {
            let carrier = Carrier::new()?;
            carrier.run(move || {
                let clients: Vec<_> =
                    (0..connections).map(|_| spawn(move || ask(address, each))).collect();
                clients.into_iter().for_each(|client| client.join().expect("it does not panic"));
            })?;
        }
        true => {
            let clients: Vec<_> =
                (0..connections).map(|_| thread::spawn(move || ask(address, each))).collect();
            clients.into_iter().for_each(|client| client.join().expect("it does not panic"));
        }
    }
    let took = started.elapsed();
    let server_ns = server.join().expect("it does not panic")?;
    let requests = each * connections;
    println!(
        "{requests} requests over {connections} connections in {took:.2?}: {:.0} a second, {:.2} µs of \
         the server's CPU each",
        requests as f64 / took.as_secs_f64(),
        server_ns as f64 / 1000.0 / requests as f64
    );
    Ok(())
}

fn serve(listener: &TcpListener, connections: usize) -> std::io::Result<()> {
    let mut servers = Vec::new();
    for stream in listener.incoming().take(connections) {
        let mut stream = stream?;
        stream.set_nodelay(true)?;
        servers.push(spawn(move || {
            let mut bytes = [0; 4096];
            // Errors end the connection as its end does.
            while let Ok(count @ 1..) = stream.read(&mut bytes) {
                if stream.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
        }));
    }
    servers.into_iter().for_each(|server| server.join().expect("it does not panic"));
    Ok(())
}

fn ask(address: SocketAddr, requests: usize) {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_nodelay(true).expect("the socket is good");
    let mut bytes = [7; REQUEST_BYTES];
    for _ in 0..requests {
        stream.write_all(&bytes).expect("the server reads");
        stream.read_exact(&mut bytes).expect("the server answers");
    }
}

/// The CPU time of the calling OS thread so far, in nanoseconds.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
}

impl Options {
    fn read() -> Result<Option<Self>, Box<dyn Error>> {
        let mut options = Options { connections: 1, requests: 100_000, plain: false };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || -> Result<usize, Box<dyn Error>> {
                let text = arguments.next().ok_or(format!("{argument} needs a number"))?;
                Ok(text.parse::<usize>()?.max(1))
            };
            match argument.as_str() {
                "--connections" => options.connections = number()?,
                "--requests" => options.requests = number()?,
                "--plain" => options.plain = true,
                "--help" => return Ok(None),
                other => return Err(format!("unknown argument {other}; try --help").into()),
            }
        }
        Ok(Some(options))
    }
}
