//! An HTTP client that blocks: `ureq`, over green sockets instead of those of `std`.

use std::error::Error;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use executor::GreenThreadPoolExecutor;
use executor::io::net::{TcpStream, ToSocketAddrs};
use executor::sync::{Interrupted, Semaphore};
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CONNECTIONS: usize = 10;

fn main() -> Fallible<()> {
    let url = std::env::args().nth(1).ok_or("usage: ureq URL")?;
    let config = Agent::config_builder()
        .max_idle_connections(CONNECTIONS)
        .max_idle_connections_per_host(CONNECTIONS)
        .proxy(None)
        .build();
    let opened = Arc::new(AtomicUsize::new(0));
    let agent = Agent::with_parts(config, GreenConnector { opened: opened.clone() }, GreenResolver);
    // The agent keeps connections, but does not say how many there may be: this does.
    let connections = Semaphore::new(CONNECTIONS);

    let executor = GreenThreadPoolExecutor::builder().build()?;
    let answers = executor.map(0..500, move |_| fetch(&agent, &connections, &url))?;
    let mut bytes = 0;
    for answer in answers {
        bytes += answer??;
    }
    println!("500 answers through {} connections, {bytes} bytes", opened.load(Ordering::Relaxed));
    Ok(())
}

fn fetch(agent: &Agent, connections: &Semaphore, url: &str) -> Fallible<usize> {
    let _permit = connections.acquire()?; // parks while all connections are in use
    let mut answer = agent.get(url).call()?; // so do these two, in our sockets
    Ok(answer.body_mut().read_to_vec()?.len())
}

/// Opens green sockets for `ureq`.
#[derive(Debug)]
struct GreenConnector {
    opened: Arc<AtomicUsize>,
}

impl Connector for GreenConnector {
    type Out = GreenTransport;

    fn connect(
        &self,
        to: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in &to.addrs {
            let stream = match to.timeout.not_zero() {
                Some(limit) => TcpStream::connect_timeout(address, *limit),
                None => TcpStream::connect(*address),
            };
            match stream {
                Ok(stream) => {
                    stream.set_nodelay(to.config.no_delay())?;
                    self.opened.fetch_add(1, Ordering::Relaxed);
                    let (input, output) =
                        (to.config.input_buffer_size(), to.config.output_buffer_size());
                    let buffers = LazyBuffers::new(input, output);
                    return Ok(Some(GreenTransport { stream, buffers }));
                }
                Err(error) => last = error,
            }
        }
        Err(said_as_ureq_does(last, to.timeout))
    }
}

/// A green socket with the buffers of `ureq`.
#[derive(Debug)]
struct GreenTransport {
    stream: TcpStream,
    buffers: LazyBuffers,
}

impl Transport for GreenTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.set_write_timeout(timeout.not_zero().map(|limit| *limit))?;
        let written = self.stream.write_all(&self.buffers.output()[..amount]);
        written.map_err(|error| said_as_ureq_does(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.set_read_timeout(timeout.not_zero().map(|limit| *limit))?;
        let read = self.stream.read(self.buffers.input_append_buf());
        let amount = read.map_err(|error| said_as_ureq_does(error, timeout))?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// Asked under a lock of the agent's, so nothing here may wait.
    fn is_open(&mut self) -> bool {
        let silent = self.stream.try_peek(&mut [0]);
        silent.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Resolves names without blocking the carrier.
#[derive(Debug)]
struct GreenResolver;

impl Resolver for GreenResolver {
    fn resolve(
        &self,
        of: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let (scheme, authority) =
            of.scheme().zip(of.authority()).ok_or(ureq::Error::HostNotFound)?;
        let name = DefaultResolver::host_and_port(scheme, authority);
        let found = name.ok_or(ureq::Error::HostNotFound)?.to_socket_addrs()?;
        let mut addresses = self.empty();
        for address in found.take(16) {
            addresses.push(address);
        }
        Ok(addresses)
    }
}

fn said_as_ureq_does(error: io::Error, timeout: NextTimeout) -> ureq::Error {
    // A deadline of ours, or a cancellation, stays what it is.
    let is_interrupted = error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<Interrupted>);
    match error.kind() {
        io::ErrorKind::TimedOut if !is_interrupted => ureq::Error::Timeout(timeout.reason),
        _ => ureq::Error::Io(error),
    }
}
