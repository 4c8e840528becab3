//! Load for the HTTP servers, and what came of it: CPU time of the server, latencies, requests per second.
//!
//! The load is a closed loop: each connection sends a request, or several at once, waits for all answers,
//! and sends again. It is made with epoll on plain threads, by none of the runtimes that are measured, and
//! every answer is checked. The machine's processors are shared by load and server, so that the time of a
//! request depends on both; the server's CPU time for one is its own, and is the figure that counts.

mod connection;
mod generator;
mod process;
mod wrk;

use std::time::Duration;

use crate::measure::{self, Measured, Params};
use process::Server;

/// How a server is asked.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// So many connections are open all the time.
    pub connections: usize,
    /// So many requests are sent at once on each.
    pub pipelined: usize,
}

/// What a generator of load has seen.
#[derive(Debug)]
struct Seen {
    /// How long it was looked at.
    time: Duration,
    /// Requests answered in it.
    requests: u64,
    /// The CPU time that the server used in it.
    server_cpu: Duration,
    p50: Duration,
    p99: Duration,
}

/// Starts the server of a peer, asks it for `params.n` milliseconds after a while of warming up, and ends
/// it.
pub fn measure(peer: &str, plan: &Plan, params: &Params) -> Measured {
    measure::allow_many_files();
    let time = Duration::from_millis(params.n);
    let server = Server::start(peer, params).expect("the server starts");
    let seen = if params.wrk {
        wrk::run(&server, plan, time).expect("wrk finds nothing wrong")
    } else {
        generator::run(&server, plan, time, params.carriers).expect("the server answers well")
    };
    let requests = seen.requests as f64;
    let us = |duration: Duration| duration.as_nanos() as f64 / 1000.0;
    Measured::figures(vec![
        ("cpu_us_per_request", us(seen.server_cpu) / requests),
        ("p50_us", us(seen.p50)),
        ("p99_us", us(seen.p99)),
        ("requests_per_s", requests / seen.time.as_secs_f64()),
    ])
}

/// So long the server is asked before anything is counted.
fn warm_up(time: Duration) -> Duration {
    time / 4
}
