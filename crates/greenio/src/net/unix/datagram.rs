//! Unix datagrams.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::{self as std_net, SocketAddr};
use std::path::Path;

use rustix::net::RecvFlags;

use crate::net::pauses;
use crate::net::socket::{common, timeouts};
use crate::reactor::Direction;
use crate::source::{Source, Timeout};

/// A Unix datagram socket, as [`std::os::unix::net::UnixDatagram`], on which green threads wait without
/// blocking their carrier. Several threads may send and receive at once.
///
/// It has no `set_nonblocking`: the socket always is, and receiving waits nevertheless; the methods that begin
/// with `try_` do not.
pub struct UnixDatagram {
    source: Source<std_net::UnixDatagram>,
    read_timeout: Timeout,
    write_timeout: Timeout,
}

common!(UnixDatagram, std_net::UnixDatagram);
timeouts!(UnixDatagram);

impl UnixDatagram {
    /// Receives at a path, where a socket is made. It stays there when this value goes.
    ///
    /// # Errors
    /// `AddrInUse` if there is something at `path`; those of binding.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::from_std(std_net::UnixDatagram::bind(path)?)
    }

    /// Receives at an address, which may be an abstract name.
    ///
    /// # Errors
    /// Those of binding.
    pub fn bind_addr(address: &SocketAddr) -> io::Result<Self> {
        Self::from_std(std_net::UnixDatagram::bind_addr(address)?)
    }

    /// A socket without an address, which can send.
    ///
    /// # Errors
    /// If there are no descriptors left.
    pub fn unbound() -> io::Result<Self> {
        Self::from_std(std_net::UnixDatagram::unbound()?)
    }

    /// Two sockets that are connected to each other.
    ///
    /// # Errors
    /// If there are no descriptors left.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = std_net::UnixDatagram::pair()?;
        Ok((Self::from_std(one)?, Self::from_std(other)?))
    }

    fn from_nonblocking(socket: std_net::UnixDatagram) -> Self {
        UnixDatagram {
            source: Source::new(socket),
            read_timeout: Timeout::none(),
            write_timeout: Timeout::none(),
        }
    }

    /// Another handle to the same socket, with the same time limits. It is waited for, and
    /// [closed](Self::close), by itself.
    ///
    /// # Errors
    /// Those of duplicating a descriptor.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(UnixDatagram {
            source: Source::new(self.source.get().try_clone()?),
            read_timeout: self.read_timeout.clone(),
            write_timeout: self.write_timeout.clone(),
        })
    }

    /// Sends to and receives from the socket at a path, from now on.
    ///
    /// # Errors
    /// If nobody receives there.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.source.get().connect(path)
    }

    /// As [`connect`](Self::connect), with an address, which may be an abstract name.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_addr(&self, address: &SocketAddr) -> io::Result<()> {
        self.source.get().connect_addr(address)
    }

    /// Sends a datagram to the socket that this one is [connected](Self::connect) to.
    ///
    /// # Errors
    /// Those of sending; `TimedOut`; [`Closed`](crate::Closed); if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while the receiver's queue is full.
    pub fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let send = |socket: &std_net::UnixDatagram| socket.send(bytes);
        self.source.perform(Direction::Write, Some(&self.write_timeout), send, |_| false)
    }

    /// Sends a datagram to the socket at a path.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Blocking
    /// As [`send`](Self::send).
    pub fn send_to(&self, bytes: &[u8], path: impl AsRef<Path>) -> io::Result<usize> {
        self.send_by_trying(|socket| socket.send_to(bytes, &path))
    }

    /// As [`send_to`](Self::send_to), with an address, which may be an abstract name.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Blocking
    /// As [`send`](Self::send).
    pub fn send_to_addr(&self, bytes: &[u8], address: &SocketAddr) -> io::Result<usize> {
        self.send_by_trying(|socket| socket.send_to_addr(bytes, address))
    }

    fn send_by_trying(
        &self,
        send: impl Fn(&std_net::UnixDatagram) -> io::Result<usize>,
    ) -> io::Result<usize> {
        pauses::perform(Some(&self.write_timeout), || {
            self.source.check_open()?;
            send(self.source.get())
        })
    }

    /// Receives a datagram, of which what has no room is lost.
    ///
    /// # Errors
    /// Those of receiving; `TimedOut`; [`Closed`](crate::Closed); if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn recv(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.receive_by(|socket| socket.recv(bytes))
    }

    /// As [`recv`](Self::recv), with the address of the sender.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Blocking
    /// As [`recv`](Self::recv).
    pub fn recv_from(&self, bytes: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.receive_by(|socket| socket.recv_from(bytes))
    }

    /// As [`recv`](Self::recv), without taking the datagram out.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Blocking
    /// As [`recv`](Self::recv).
    pub fn peek(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.receive_by(|socket| Ok(rustix::net::recv(socket, &mut *bytes, RecvFlags::PEEK)?.0))
    }

    /// As [`send`](Self::send), if the receiver has room for it now.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; those of sending; [`Closed`](crate::Closed).
    ///
    /// # Blocking
    /// Neither parks nor blocks, nor lets others run: it may be called under a lock of somebody else's.
    pub fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.source.perform_at_once(Direction::Write, |to| to.send(bytes), |_| false)
    }

    /// As [`send_to`](Self::send_to), if the receiver has room for it now.
    ///
    /// # Errors
    /// As [`try_send`](Self::try_send).
    ///
    /// # Blocking
    /// As [`try_send`](Self::try_send).
    pub fn try_send_to(&self, bytes: &[u8], path: impl AsRef<Path>) -> io::Result<usize> {
        self.source.perform_at_once(Direction::Write, |to| to.send_to(bytes, path), |_| false)
    }

    /// As [`send_to_addr`](Self::send_to_addr), if the receiver has room for it now.
    ///
    /// # Errors
    /// As [`try_send`](Self::try_send).
    ///
    /// # Blocking
    /// As [`try_send`](Self::try_send).
    pub fn try_send_to_addr(&self, bytes: &[u8], address: &SocketAddr) -> io::Result<usize> {
        self.source.perform_at_once(
            Direction::Write,
            |to| to.send_to_addr(bytes, address),
            |_| false,
        )
    }

    /// As [`recv`](Self::recv), if a datagram is there.
    ///
    /// # Errors
    /// `WouldBlock` if none is there; those of receiving; [`Closed`](crate::Closed).
    ///
    /// # Blocking
    /// As [`try_send`](Self::try_send).
    pub fn try_recv(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.receive_at_once(|socket| socket.recv(bytes))
    }

    /// As [`recv_from`](Self::recv_from), if a datagram is there.
    ///
    /// # Errors
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Blocking
    /// As [`try_send`](Self::try_send).
    pub fn try_recv_from(&self, bytes: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.receive_at_once(|socket| socket.recv_from(bytes))
    }

    /// As [`peek`](Self::peek), if a datagram is there.
    ///
    /// # Errors
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Blocking
    /// As [`try_send`](Self::try_send).
    pub fn try_peek(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.receive_at_once(|socket| Ok(rustix::net::recv(socket, bytes, RecvFlags::PEEK)?.0))
    }

    fn receive_at_once<R>(
        &self,
        receive: impl FnOnce(&std_net::UnixDatagram) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.perform_at_once(Direction::Read, receive, |_| false)
    }

    fn receive_by<R>(
        &self,
        receive: impl FnMut(&std_net::UnixDatagram) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.perform(Direction::Read, Some(&self.read_timeout), receive, |_| false)
    }

    /// Ends one direction, or both.
    ///
    /// # Errors
    /// If the socket is not connected.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.source.get().shutdown(how)
    }

    /// The address of this end.
    ///
    /// # Errors
    /// Those of asking.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }

    /// The address that the socket is connected to.
    ///
    /// # Errors
    /// If it is not connected.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().peer_addr()
    }
}
