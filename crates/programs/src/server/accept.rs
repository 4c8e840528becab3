//! Accepting connections, and making each a job.

use std::mem;
use std::net::SocketAddr;

use executor::io::net::{AcceptBackoff, AcceptFailure, TcpListener, TcpStream};
use executor::{ExecutorHandle, is_cancelled};
use greenstd::sync::Arc;

use super::connections::Connections;
use super::converse::{Limits, converse};
use super::protocol::Service;
use super::refused::Refused;
use super::say;

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
        let mut backoff = AcceptBackoff::new();
        let mut is_exhausted = false;
        loop {
            let error = match self.listener.accept() {
                Ok((stream, peer)) => {
                    backoff.succeeded();
                    if mem::take(&mut is_exhausted) {
                        say(format_args!("{}: accepting connections again", self.name));
                    }
                    refused.let_go();
                    self.admit(stream, peer, &mut connections, &mut refused);
                    continue;
                }
                Err(error) => error,
            };
            if AcceptFailure::of(&error) == AcceptFailure::Exhausted {
                refused.clear();
                if !mem::replace(&mut is_exhausted, true) {
                    say(format_args!("{}: cannot accept connections: {error}", self.name));
                }
            }
            // Pauses, in most cases until a descriptor is free.
            if let Err(error) = backoff.failed(error) {
                if !is_cancelled() {
                    say(format_args!("{}: accepts no more connections: {error}", self.name));
                }
                return connections;
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
        match self.pool.job().name(peer.to_string()).fallible().submit(job) {
            Ok(future) => connections.add(future.handle()),
            Err(error) => {
                refused.refuse(stream, &self.service.refusal(error.retry_after()));
            }
        }
    }
}
