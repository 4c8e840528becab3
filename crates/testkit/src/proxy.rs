//! A proxy on loopback, for faults of the network: delays, cuts, and connections on which nothing comes any more.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use greenstd::sync::{Arc, Mutex};
use greenstd::thread::{self, JoinHandle};

/// How soon a quiet connection sees that the network has changed.
const LOOK: Duration = Duration::from_millis(10);

/// What becomes of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// They pass, each piece so much later, in both directions.
    Delays(Duration),
    /// There is no way: connections are closed, and new ones end at once.
    Cut,
    /// Connections stay open and new ones are accepted, and all bytes are lost. After that, a connection that has
    /// lost some is closed.
    Swallows,
}

impl Network {
    /// A good one.
    pub const FINE: Network = Network::Delays(Duration::ZERO);
}

/// Stands between clients and one server. All connections end as it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    network: Mutex<Network>,
    has_ended: Mutex<bool>,
    server: SocketAddr,
}

impl Proxy {
    /// One before the server that listens there, or will.
    ///
    /// # Panics
    /// If there is no port to be had.
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(State {
            network: Mutex::new(Network::FINE),
            has_ended: Mutex::new(false),
            server,
        });
        let of_acceptor = state.clone();
        let acceptor = thread::spawn(move || of_acceptor.accept(&listener));
        Proxy { address, state, acceptor: Some(acceptor) }
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, the network is like this.
    pub fn set(&self, network: Network) {
        *self.state.network.lock() = network;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        *self.state.has_ended.lock() = true;
        // So that the acceptor looks.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl State {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        let mut pumps = Vec::new();
        for client in listener.incoming() {
            if *self.has_ended.lock() {
                break;
            }
            let Ok(client) = client else { continue };
            pumps.extend(self.connect(client));
        }
        pumps.into_iter().for_each(|pump: JoinHandle<()>| drop(pump.join()));
    }

    /// The two directions of a new connection; none if there is no way to the server.
    fn connect(self: &Arc<Self>, client: TcpStream) -> Vec<JoinHandle<()>> {
        if self.swallows() {
            return vec![self.pump(client, None)];
        }
        let is_cut = *self.network.lock() == Network::Cut;
        let Some(server) = (!is_cut).then(|| TcpStream::connect(self.server).ok()).flatten() else {
            return Vec::new();
        };
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        let (Ok(to_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else {
            return Vec::new();
        };
        vec![self.pump(client, Some(to_server)), self.pump(server, Some(to_client))]
    }

    fn pump(self: &Arc<Self>, from: TcpStream, to: Option<TcpStream>) -> JoinHandle<()> {
        let state = self.clone();
        thread::spawn(move || {
            state.copy(&from, to.as_ref());
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.map(|to| to.shutdown(Shutdown::Both));
        })
    }

    /// Until an end closes, or the network does.
    fn copy(&self, mut from: &TcpStream, to: Option<&TcpStream>) {
        let _ = from.set_read_timeout(Some(LOOK));
        let mut piece = vec![0; 64 * 1024];
        // A connection without a server has lost what came before the first byte.
        let mut has_lost = to.is_none();
        while !*self.has_ended.lock() {
            let length = match from.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => length,
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => 0,
                    _ => return,
                },
            };
            let network = *self.network.lock();
            match network {
                Network::Cut => return,
                Network::Swallows => has_lost |= length > 0,
                Network::Delays(_) if has_lost => return,
                Network::Delays(delay) => {
                    if length > 0 {
                        thread::sleep(delay);
                    }
                    if to.is_some_and(|mut to| to.write_all(&piece[..length]).is_err()) {
                        return;
                    }
                }
            }
        }
    }

    fn swallows(&self) -> bool {
        *self.network.lock() == Network::Swallows
    }
}
