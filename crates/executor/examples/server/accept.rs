//! Accepting connections, and making each a job.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) use executor::io::net::{TcpListener, TcpStream};
use executor::{ExecutorHandle, is_cancelled, sleep};
use greenstd::sync::Arc;

use super::connections::Connections;
use super::converse::{Limits, converse};
use super::protocol::Service;
use super::refused::Refused;
use super::say;

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Accepts until its green thread is cancelled, and returns the connections that are open then.
pub(crate) struct Acceptor<S> {
    pub(crate) name: &'static str,
    pub(crate) listener: TcpListener,
    pub(crate) pool: ExecutorHandle,
    pub(crate) service: Arc<S>,
    pub(crate) limits: Limits,
}

impl<S: Service> Acceptor<S> {
    /// The loop.
    pub(crate) fn run(self) -> Connections {
        let mut connections = Connections::default();
        let mut refused = Refused::default();
        let mut pause = None;
        loop {
            match self.listener.accept() {
                Ok((stream, peer)) => {
                    self.report_recovery(pause.take());
                    self.admit(stream, peer, &mut connections, &mut refused);
                }
                Err(_) if is_cancelled() => return connections,
                // The peer had gone before its turn came.
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    refused.clear();
                    pause = Some(self.back_off(pause, &error));
                }
            }
        }
    }

    /// Makes a connection a job, or refuses it.
    fn admit(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        connections: &mut Connections,
        refused: &mut Refused,
    ) {
        let stream = Arc::new(stream);
        let (of_job, service, limits) = (stream.clone(), self.service.clone(), self.limits);
        let job = move || converse(&of_job, &mut service.begin(), &limits);
        match self.pool.try_submit_named(peer.to_string(), job) {
            Ok(future) => connections.add(future.handle()),
            Err(_) => refused.refuse(stream, self.service.refusal()),
        }
    }

    /// Waits, as nothing can be accepted at present: in most cases because no descriptor is free. The
    /// wait doubles from time to time, and is reported once.
    fn back_off(&self, pause: Option<Duration>, error: &io::Error) -> Duration {
        let pause = match pause {
            None => {
                say(format_args!("{}: cannot accept connections: {error}", self.name));
                FIRST_PAUSE
            }
            Some(pause) => LONGEST_PAUSE.min(2 * pause),
        };
        // If it is interrupted, so will the next accept be.
        let _ = sleep(pause);
        pause
    }

    fn report_recovery(&self, pause: Option<Duration>) {
        if pause.is_some() {
            say(format_args!("{}: accepting connections again", self.name));
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, TimedOut};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | TimedOut)
}
