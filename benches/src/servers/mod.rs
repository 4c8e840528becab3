//! The servers of the workload `http`, one a peer: the same work on the same bytes, each on its own
//! runtime.
//!
//! A server runs in a process of its own, so that its CPU time can be told from that of the load. It says
//! on its first line of output where it listens, and ends when its input does: whoever started it may
//! die without leaving it behind.

mod exchange;
mod green;
mod may;
mod threads;
mod tokio;

use std::io::{Read, Write};
use std::net::SocketAddr;

use crate::measure::{self, Params};
use crate::pin;

/// Listens on a free port of this machine, announces it, and serves for good.
type Server = fn(&Params) -> std::io::Result<()>;

const ALL: &[(&str, Server)] = &[
    ("green", green::serve),
    ("tokio", tokio::serve),
    ("may", may::serve),
    ("threads", threads::serve),
];

/// Where the servers listen: any free port, not to be reached from elsewhere.
const ANY_PORT: &str = "127.0.0.1:0";

/// Runs a server, until the input ends.
pub fn run(name: &str, params: &Params) -> Result<(), String> {
    let (_, serve) = ALL
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("there is no server '{name}'"))?;
    std::thread::spawn(|| {
        // Whether it ends or fails, nobody is there any more.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    pin::leave_running_threads_alone();
    measure::allow_many_files();
    serve(params).map_err(|error| format!("the server '{name}' fails: {error}"))
}

/// Says where the server listens.
fn announce(address: SocketAddr) -> std::io::Result<()> {
    pin::spread(0);
    let mut output = std::io::stdout().lock();
    writeln!(output, "{address}")?;
    output.flush()
}
