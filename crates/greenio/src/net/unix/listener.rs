//! Where Unix connections arrive.

use std::io;
use std::iter::FusedIterator;
use std::os::fd::OwnedFd;
use std::os::unix::net::{self as std_net, SocketAddr};
use std::path::Path;

use rustix::net::{SocketFlags, accept_with};

use super::stream::UnixStream;
use crate::net::socket::common;
use crate::reactor::Direction;
use crate::source::Source;

/// A listening Unix socket, as [`std::os::unix::net::UnixListener`], on which green threads wait without
/// blocking their carrier. Several threads may accept at once.
///
/// It has no `set_nonblocking`: the socket always is, and accepting waits nevertheless.
pub struct UnixListener {
    source: Source<std_net::UnixListener>,
}

common!(UnixListener, std_net::UnixListener);

impl UnixListener {
    /// Listens at a path, where a socket is made. It stays there when the listener goes.
    ///
    /// # Errors
    /// `AddrInUse` if there is something at `path`; those of binding.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::from_std(std_net::UnixListener::bind(path)?)
    }

    /// Listens at an address, which may be an abstract name.
    ///
    /// # Errors
    /// Those of binding.
    pub fn bind_addr(address: &SocketAddr) -> io::Result<Self> {
        Self::from_std(std_net::UnixListener::bind_addr(address)?)
    }

    fn from_nonblocking(socket: std_net::UnixListener) -> Self {
        UnixListener { source: Source::new(socket) }
    }

    /// Another handle to the same socket. It is waited for, and [closed](Self::close), by itself.
    ///
    /// # Errors
    /// Those of duplicating a descriptor.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self::from_nonblocking(self.source.get().try_clone()?))
    }

    /// Waits for a connection and takes it.
    ///
    /// # Errors
    /// When there are no descriptors left: pause before you go on, as
    /// [`AcceptBackoff`](crate::net::AcceptBackoff) does. [`Closed`](crate::Closed); if the wait is
    /// interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        with_peer(self.accept_stream()?)
    }

    /// Takes a connection if one waits.
    ///
    /// # Errors
    /// `WouldBlock` if none waits; else as [`accept`](Self::accept).
    ///
    /// # Blocking
    /// Neither parks nor blocks, nor lets others run: it may be called under a lock of somebody else's.
    pub fn try_accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let socket = self.source.perform_at_once(Direction::Read, accept_from, |_| false)?;
        with_peer(UnixStream::from_nonblocking(socket.into()))
    }

    fn accept_stream(&self) -> io::Result<UnixStream> {
        let socket = self.source.perform(Direction::Read, None, accept_from, |_| false)?;
        Ok(UnixStream::from_nonblocking(socket.into()))
    }

    /// The connections, one after the other, without end: as [`accept`](Self::accept), without the address.
    pub fn incoming(&self) -> UnixIncoming<'_> {
        UnixIncoming { listener: self }
    }

    /// The address at which it listens.
    ///
    /// # Errors
    /// Those of asking.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }
}

fn accept_from(listener: &std_net::UnixListener) -> io::Result<OwnedFd> {
    Ok(accept_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?)
}

fn with_peer(stream: UnixStream) -> io::Result<(UnixStream, SocketAddr)> {
    // It may have gone again: then nobody can say who it was.
    let peer = stream.peer_addr().or_else(|_| SocketAddr::from_pathname(""))?;
    Ok((stream, peer))
}

/// The connections of a [`UnixListener`].
#[derive(Debug)]
#[must_use = "it accepts nothing until its items are taken"]
pub struct UnixIncoming<'a> {
    listener: &'a UnixListener,
}

impl Iterator for UnixIncoming<'_> {
    type Item = io::Result<UnixStream>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.listener.accept_stream())
    }
}

impl FusedIterator for UnixIncoming<'_> {}
