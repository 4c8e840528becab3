//! A server in a process of its own.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::measure::{Params, cpu_time_of};

/// So long a server has to end when its input has.
const PATIENCE: Duration = Duration::from_secs(2);

/// A server that runs; it ends with the value.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts the server of a peer, and waits until it listens.
    pub fn start(peer: &str, params: &Params) -> io::Result<Server> {
        let this = std::env::current_exe()?;
        let program: PathBuf = params.server.clone().unwrap_or(this);
        let process = Command::new(program)
            .args(["serve", peer, "--carriers", &params.carriers.to_string()])
            // Only ours knows that.
            .args((params.pin && params.server.is_none()).then_some("--pin"))
            // It ends when this pipe does.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        // From here on an error ends the process too.
        let mut server = Server { process, address: SocketAddr::from(([0, 0, 0, 0], 0)) };
        let output = server.process.stdout.take().expect("it was asked for");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        server.address = line.trim().parse().map_err(|_| {
            io::Error::other(format!(
                "the server of {peer} does not say where it listens: '{line}'"
            ))
        })?;
        Ok(server)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The CPU time that it has used so far.
    pub fn cpu_time(&self) -> Duration {
        cpu_time_of(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let patience = Instant::now() + PATIENCE;
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Where it has ended, as it should have, these do nothing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
