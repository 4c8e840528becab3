//! A server's life, from its address to its statistics.

use std::mem;
use std::net::SocketAddr;

use executor::io::net::TcpListener;
use executor::{
    CheckAndReject, ExecutorHandle, ExecutorStatistics, GreenThreadPoolExecutor, Shutdown,
    reject_when_reached, reject_when_wait_exceeds,
};
use greenstd::sync::Arc;

use super::accept::Acceptor;
use super::converse::Limits;
use super::error::Error;
use super::options::Options;
use super::protocol::Service;
use super::stop::CtrlC;
use super::{open_files, say};
use crate::inspecting::Shown;

/// Requests are handled without recursion and without large buffers on the stack.
const STACK_BYTES: usize = 64 * 1024;

/// A server that listens and does not answer yet.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    listener: TcpListener,
    pool: GreenThreadPoolExecutor,
    options: Options,
    ctrl_c: CtrlC,
    /// Served until all has ended.
    _shown: Option<Shown>,
}

impl Server {
    /// How many jobs of the executor are no connections: the acceptor, and the one that tends the service.
    pub const OWN_JOBS: usize = 2;

    /// Listens on `address`.
    pub fn listen(
        name: &'static str,
        address: SocketAddr,
        options: &Options,
    ) -> Result<Self, Error> {
        open_files::raise_limit();
        let ctrl_c = CtrlC::catch().map_err(Error::Signal)?;
        let options = options.clone();
        let pool = build(name, &options)?;
        let listener = TcpListener::bind(address).map_err(|error| Error::Listen(address, error))?;
        let bound = listener.local_addr().map_err(|error| Error::Listen(address, error))?;
        say(format_args!("{name}: listening on {bound}"));
        let shown = options.inspecting.start(name, &pool.handle()).map_err(Error::Inspect)?;
        Ok(Server { name, listener, pool, options, ctrl_c, _shown: shown })
    }

    /// The executor that connections run on.
    pub fn pool(&self) -> ExecutorHandle {
        self.pool.handle()
    }

    /// Serves until ctrl-c, then lets what has begun end.
    pub fn run(self, service: impl Service) -> Result<ExecutorStatistics, Error> {
        let service = Arc::new(service);
        let tended = service.clone();
        let tending = self
            .pool
            .job()
            .name("tending")
            .submit(move || tended.tend())
            .map_err(|refused| Error::NoRoom(refused.reason()))?;
        let acceptor = Acceptor {
            name: self.name,
            listener: self.listener,
            pool: self.pool.handle(),
            service,
            limits: Limits::of(&self.options),
        };
        let acceptor = self
            .pool
            .job()
            .name("acceptor")
            .submit(move || acceptor.run())
            .map_err(|refused| Error::NoRoom(refused.reason()))?;
        self.ctrl_c.wait(self.name).map_err(Error::Signal)?;

        // Nothing new, then an end to what is idle, then time for the rest.
        acceptor.handle().cancel();
        let mut connections = acceptor.result().expect("the acceptor ends when it is cancelled");
        connections.stop();
        tending.cancel();
        let grace = self.options.grace;
        if self.pool.shutdown(Shutdown::wait().timeout(grace)).is_ok() {
            return Ok(self.pool.statistics());
        }
        // Its drop would wait for them.
        mem::forget(self.pool);
        Err(Error::Unfinished { grace, connections: connections.count() })
    }
}

fn build(name: &'static str, options: &Options) -> Result<GreenThreadPoolExecutor, Error> {
    let mut builder = GreenThreadPoolExecutor::builder()
        .name(name)
        .max_workers(options.max_connections.saturating_add(Server::OWN_JOBS))
        .stack_size(STACK_BYTES);
    builder = match (options.max_wait, options.max_waiting) {
        (None, waiting) => builder.check_and_reject(reject_when_reached(waiting.unwrap_or(0))),
        (Some(time), None) => builder.check_and_reject(reject_when_wait_exceeds(time)),
        (Some(time), Some(waiting)) => builder
            .check_and_reject(reject_when_wait_exceeds(time).and(reject_when_reached(waiting))),
    };
    if let Some(carriers) = options.carriers {
        builder = builder.carriers(carriers);
    }
    builder.build().map_err(Error::Build)
}
