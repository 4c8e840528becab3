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
///
/// ```
/// use greenio::net::{UnixListener, UnixStream};
/// use greenio::{Carrier, spawn};
/// use std::io::{Read, Write};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("socket");
/// Carrier::new()?.run(|| -> std::io::Result<()> {
///     let listener = UnixListener::bind(&path)?;
///     spawn(move || UnixStream::connect(path)?.write_all(b"hello"));
///     let (mut stream, _) = listener.accept()?; // parks until somebody connects
///     let mut text = String::new();
///     stream.read_to_string(&mut text)?;
///     assert_eq!(text, "hello");
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct UnixListener {
    source: Source<std_net::UnixListener>,
}

common!(UnixListener, std_net::UnixListener);

impl UnixListener {
    /// Listens at a path, where a socket is made. It stays there when the listener goes.
    ///
    /// ```
    /// use greenio::net::UnixListener;
    /// use std::io::ErrorKind;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let listener = UnixListener::bind(directory.join("socket"))?;
    /// drop(listener); // the file stays: remove it before the next start
    /// let error = UnixListener::bind(directory.join("socket")).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::AddrInUse);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `AddrInUse` if there is something at `path`; those of binding.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::from_std(std_net::UnixListener::bind(path)?)
    }

    /// Listens at an address, which may be an abstract name.
    ///
    /// ```
    /// use greenio::net::{UnixListener, UnixStream};
    /// use std::os::linux::net::SocketAddrExt;
    /// use std::os::unix::net::SocketAddr;
    ///
    /// let name = SocketAddr::from_abstract_name(format!("greenio-listen-{}", std::process::id()))?;
    /// let listener = UnixListener::bind_addr(&name)?; // leaves no file behind
    /// let _client = UnixStream::connect_addr(&name)?;
    /// listener.accept()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::{UnixListener, UnixStream};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let listener = UnixListener::bind(directory.join("socket"))?;
    /// let second = listener.try_clone()?; // for another carrier, which accepts too
    /// let _client = UnixStream::connect(directory.join("socket"))?;
    /// second.accept()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of duplicating a descriptor.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self::from_nonblocking(self.source.get().try_clone()?))
    }

    /// Waits for a connection and takes it.
    ///
    /// ```
    /// use greenio::net::{UnixListener, UnixStream};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let listener = UnixListener::bind(directory.join("socket"))?;
    /// let _client = UnixStream::connect(directory.join("socket"))?;
    /// let (_stream, peer) = listener.accept()?;
    /// assert!(peer.is_unnamed()); // clients seldom bind to a path
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixListener;
    /// use std::io::ErrorKind;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let listener = UnixListener::bind(directory.join("socket"))?;
    /// let error = listener.try_accept().unwrap_err(); // `accept` would wait
    /// assert_eq!(error.kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// use greenio::net::{UnixListener, UnixStream};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let listener = UnixListener::bind(directory.join("socket"))?;
    /// let _client = UnixStream::connect(directory.join("socket"))?;
    /// for stream in listener.incoming().take(1) {
    ///     assert!(stream.is_ok());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn incoming(&self) -> UnixIncoming<'_> {
        UnixIncoming { listener: self }
    }

    /// The address at which it listens.
    ///
    /// ```
    /// use greenio::net::UnixListener;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let listener = UnixListener::bind(directory.join("socket"))?;
    /// assert_eq!(listener.local_addr()?.as_pathname(), Some(&*directory.join("socket")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    // It may have gone again: then its address is not known any more.
    let peer = stream.peer_addr().or_else(|_| SocketAddr::from_pathname(""))?;
    Ok((stream, peer))
}

/// The connections of a [`UnixListener`]. Taking the next one waits as [`accept`](UnixListener::accept) does.
///
/// ```
/// use greenio::net::{UnixIncoming, UnixListener, UnixStream};
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// let listener = UnixListener::bind(directory.join("socket"))?;
/// let _client = UnixStream::connect(directory.join("socket"))?;
/// let mut connections: UnixIncoming<'_> = listener.incoming();
/// assert!(matches!(connections.next(), Some(Ok(_)))); // it never says `None`
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
