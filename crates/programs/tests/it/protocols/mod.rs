//! Crates for protocols that know nothing of green threads, over green sockets.
//!
//! No request is answered before all have been made: only if all connections are open at once, each
//! with two green threads that wait, does anybody get an answer.

mod over_tls;
mod websockets;

use std::net::SocketAddr;

use executor::GreenThreadPoolExecutor;
use executor::io::net::{TcpListener, TcpStream};
use executor::sync::Barrier;
use greenstd::sync::Arc;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many connections are open at once.
const CONNECTIONS: usize = 500;
const CARRIERS: usize = 2;
/// Cryptography without optimisation takes some room.
const STACK_BYTES: usize = 256 * 1024;

/// Has `serve` answer what `ask` asks, over [`CONNECTIONS`] connections at once. `serve` has to wait at
/// the barrier between the question and the answer.
#[track_caller]
fn exchange(
    serve: impl Fn(TcpStream, &Barrier) + Send + Sync + 'static,
    ask: impl Fn(SocketAddr, usize) + Send + Sync + 'static,
) {
    allow_many_connections();
    let builder = GreenThreadPoolExecutor::builder()
        .max_workers(2 * CONNECTIONS + 1) // both ends, and the job that accepts
        .carriers(CARRIERS)
        .stack_size(STACK_BYTES);
    let pool = builder.build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();

    let (handle, serve) = (pool.handle(), Arc::new(serve));
    let accepting = pool.submit(move || {
        let all_have_asked = Arc::new(Barrier::new(CONNECTIONS));
        let accept = |_| {
            let (stream, _) = listener.accept().unwrap();
            let (serve, all_have_asked) = (serve.clone(), all_have_asked.clone());
            handle.submit(move || serve(stream, &all_have_asked)).unwrap()
        };
        (0..CONNECTIONS).map(accept).collect::<Vec<_>>()
    });
    let ask = Arc::new(ask);
    let asking: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let ask = ask.clone();
            pool.submit(move || ask(address, number)).unwrap()
        })
        .collect();

    for asked in asking {
        asked.result().unwrap();
    }
    for served in accepting.unwrap().result().unwrap() {
        served.result().unwrap();
    }
    assert_eq!(pool.statistics().executed(), 2 * CONNECTIONS as u64 + 1);
}

/// Both ends are in this process, which may usually have 1024 files open.
fn allow_many_connections() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}
