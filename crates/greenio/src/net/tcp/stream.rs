//! One end of a TCP connection.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags};

use crate::net::socket::{byte_stream, common, timeouts};
use crate::net::{ReadHalf, ToSocketAddrs, WriteHalf, connect, split};
use crate::reactor::Direction;
use crate::source::{Source, Timeout};

/// A TCP connection, as [`std::net::TcpStream`], on which green threads wait without blocking their carrier.
///
/// Reading and writing work through `&TcpStream` too: two threads, on whatever carriers, may read and write
/// at the same time. It has no `set_nonblocking`: the socket always is, and its reads wait nevertheless;
/// [`try_read`](Self::try_read), [`try_write`](Self::try_write) and [`try_peek`](Self::try_peek) do not.
///
/// A connection is watched by each carrier that has waited for it. One that was opened on a carrier and is
/// used on another from then on wakes the first in vain: connect where it is going to be used.
pub struct TcpStream {
    pub(super) source: Source<std::net::TcpStream>,
    read_timeout: Timeout,
    write_timeout: Timeout,
}

common!(TcpStream, std::net::TcpStream);
timeouts!(TcpStream);
byte_stream!(TcpStream, true);

impl TcpStream {
    /// Connects to the first of the addresses that answers.
    ///
    /// # Errors
    /// That of the last address; if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn connect(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        connect::first_good(addresses, |address| Self::connect_until(address, None))
    }

    /// Connects to `address`, or gives up after `limit`.
    ///
    /// # Errors
    /// `TimedOut` after `limit`; `InvalidInput` for a limit of zero; those of connecting; if the wait is
    /// interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn connect_timeout(address: &SocketAddr, limit: Duration) -> io::Result<Self> {
        Self::connect_until(address, Some(&Timeout::new(limit)?))
    }

    fn connect_until(address: &SocketAddr, limit: Option<&Timeout>) -> io::Result<Self> {
        let socket = connect::tcp_socket(address)?;
        let is_connected = connect::begin(&socket, &(*address).into())?;
        let stream = Self::from_nonblocking(socket.into());
        if !is_connected {
            let peer = |socket: &std::net::TcpStream| socket.peer_addr().map(drop);
            connect::finish(&stream.source, limit, std::net::TcpStream::take_error, peer)?;
        }
        Ok(stream)
    }

    pub(super) fn from_nonblocking(socket: std::net::TcpStream) -> Self {
        TcpStream {
            source: Source::new(socket),
            read_timeout: Timeout::none(),
            write_timeout: Timeout::none(),
        }
    }

    /// The two directions as two values, for two threads, on whatever carriers. It costs an allocation, and
    /// no descriptor: a stream that is borrowed, or in an `Arc`, can be read and written at once as well.
    pub fn split(self) -> (ReadHalf<Self>, WriteHalf<Self>) {
        split::split(self)
    }

    /// Another handle to the same connection, with the same time limits. It is waited for, and
    /// [closed](Self::close), by itself.
    ///
    /// # Errors
    /// Those of duplicating a descriptor.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(TcpStream {
            source: Source::new(self.source.get().try_clone()?),
            read_timeout: self.read_timeout.clone(),
            write_timeout: self.write_timeout.clone(),
        })
    }

    /// Ends one direction of the connection, or both: the peer then reads the end of the stream.
    ///
    /// # Errors
    /// If the connection is not there any more.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.source.get().shutdown(how)
    }

    /// The address of the peer.
    ///
    /// # Errors
    /// If the connection is not there any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().peer_addr()
    }

    /// The address of this end.
    ///
    /// # Errors
    /// Those of asking.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }

    /// Whether small segments are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    /// Those of asking.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.source.get().nodelay()
    }

    /// Sends small segments at once, or gathers them (`TCP_NODELAY`).
    ///
    /// # Errors
    /// Those of setting.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.source.get().set_nodelay(nodelay)
    }

    /// How many hops a packet may take (`IP_TTL`).
    ///
    /// # Errors
    /// Those of asking.
    pub fn ttl(&self) -> io::Result<u32> {
        self.source.get().ttl()
    }

    /// Limits the hops that a packet may take (`IP_TTL`).
    ///
    /// # Errors
    /// Those of setting.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.source.get().set_ttl(ttl)
    }
}
