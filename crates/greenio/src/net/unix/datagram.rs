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
///
/// ```
/// use greenio::net::UnixDatagram;
/// use greenio::{Carrier, spawn};
///
/// Carrier::new()?.run(|| -> std::io::Result<()> {
///     let (one, other) = UnixDatagram::pair()?;
///     spawn(move || one.send(b"hello"));
///     let mut bytes = [0; 512];
///     let length = other.recv(&mut bytes)?; // parks until a datagram comes
///     assert_eq!(&bytes[..length], b"hello");
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let socket = UnixDatagram::bind(directory.join("log"))?;
    /// UnixDatagram::unbound()?.send_to(b"hello", directory.join("log"))?;
    /// assert_eq!(socket.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `AddrInUse` if there is something at `path`; those of binding.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::from_std(std_net::UnixDatagram::bind(path)?)
    }

    /// Receives at an address, which may be an abstract name.
    ///
    /// ```
    /// use greenio::net::UnixDatagram;
    /// use std::os::linux::net::SocketAddrExt;
    /// use std::os::unix::net::SocketAddr;
    ///
    /// let name = SocketAddr::from_abstract_name(format!("greenio-bind-{}", std::process::id()))?;
    /// let socket = UnixDatagram::bind_addr(&name)?; // leaves no file behind
    /// assert!(socket.local_addr()?.as_abstract_name().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of binding.
    pub fn bind_addr(address: &SocketAddr) -> io::Result<Self> {
        Self::from_std(std_net::UnixDatagram::bind_addr(address)?)
    }

    /// A socket without an address, which can send.
    ///
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// let socket = UnixDatagram::unbound()?;
    /// assert!(socket.local_addr()?.is_unnamed()); // nobody can answer
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there are no descriptors left.
    pub fn unbound() -> io::Result<Self> {
        Self::from_std(std_net::UnixDatagram::unbound()?)
    }

    /// Two sockets that are connected to each other.
    ///
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// let (one, other) = UnixDatagram::pair()?;
    /// one.send(b"ping")?;
    /// assert_eq!(other.recv(&mut [0; 8])?, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there are no descriptors left.
    #[doc(alias = "socketpair")]
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// let (one, other) = UnixDatagram::pair()?;
    /// let second = one.try_clone()?;
    /// one.close(); // ends the waits of this handle alone
    /// second.send(b"ping")?;
    /// assert_eq!(other.recv(&mut [0; 8])?, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let receiver = UnixDatagram::bind(directory.join("log"))?;
    /// let socket = UnixDatagram::unbound()?;
    /// socket.connect(directory.join("log"))?;
    /// socket.send(b"hello")?; // needs no path
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If nobody receives there.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.source.get().connect(path)
    }

    /// As [`connect`](Self::connect), with an address, which may be an abstract name.
    ///
    /// ```
    /// use greenio::net::UnixDatagram;
    /// use std::os::linux::net::SocketAddrExt;
    /// use std::os::unix::net::SocketAddr;
    ///
    /// let name = SocketAddr::from_abstract_name(format!("greenio-connect-{}", std::process::id()))?;
    /// let receiver = UnixDatagram::bind_addr(&name)?;
    /// let socket = UnixDatagram::unbound()?;
    /// socket.connect_addr(&name)?;
    /// socket.send(b"hello")?;
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_addr(&self, address: &SocketAddr) -> io::Result<()> {
        self.source.get().connect_addr(address)
    }

    /// Sends a datagram to the socket that this one is [connected](Self::connect) to.
    ///
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// let (one, _other) = UnixDatagram::pair()?;
    /// assert_eq!(one.send(b"hello")?, 5); // parks only while the queue of `_other` is full
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let receiver = UnixDatagram::bind(directory.join("log"))?;
    /// let socket = UnixDatagram::unbound()?;
    /// assert_eq!(socket.send_to(b"hello", directory.join("log"))?, 5);
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    /// use std::os::linux::net::SocketAddrExt;
    /// use std::os::unix::net::SocketAddr;
    ///
    /// let name = SocketAddr::from_abstract_name(format!("greenio-send-{}", std::process::id()))?;
    /// let receiver = UnixDatagram::bind_addr(&name)?;
    /// UnixDatagram::unbound()?.send_to_addr(b"hello", &name)?;
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// let (one, other) = UnixDatagram::pair()?;
    /// one.send(b"hello")?;
    /// let mut bytes = [0; 3];
    /// assert_eq!(other.recv(&mut bytes)?, 3); // there was no room for the rest, which is lost
    /// assert_eq!(&bytes, b"hel");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let server = UnixDatagram::bind(directory.join("server"))?;
    /// let client = UnixDatagram::bind(directory.join("client"))?;
    /// client.send_to(b"ping", directory.join("server"))?;
    /// let (length, peer) = server.recv_from(&mut [0; 8])?;
    /// assert_eq!(length, 4);
    /// server.send_to_addr(b"pong", &peer)?;
    /// assert_eq!(client.recv(&mut [0; 8])?, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// let (one, other) = UnixDatagram::pair()?;
    /// one.send(b"hello")?;
    /// assert_eq!(other.peek(&mut [0; 8])?, 5);
    /// assert_eq!(other.recv(&mut [0; 8])?, 5); // the same datagram
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    /// use std::io::ErrorKind;
    ///
    /// let (one, _other) = UnixDatagram::pair()?;
    /// let full = loop {
    ///     // Nobody receives, so the queue is full at some time.
    ///     if let Err(error) = one.try_send(b"hello") {
    ///         break error;
    ///     }
    /// };
    /// assert_eq!(full.kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let receiver = UnixDatagram::bind(directory.join("log"))?;
    /// let socket = UnixDatagram::unbound()?;
    /// assert_eq!(socket.try_send_to(b"hello", directory.join("log"))?, 5);
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    /// use std::os::linux::net::SocketAddrExt;
    /// use std::os::unix::net::SocketAddr;
    ///
    /// let name = SocketAddr::from_abstract_name(format!("greenio-try-send-{}", std::process::id()))?;
    /// let receiver = UnixDatagram::bind_addr(&name)?;
    /// UnixDatagram::unbound()?.try_send_to_addr(b"hello", &name)?;
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// let (one, other) = UnixDatagram::pair()?;
    /// assert!(other.try_recv(&mut [0; 8]).is_err()); // nothing has come
    /// one.send(b"hello")?;
    /// assert_eq!(other.try_recv(&mut [0; 8])?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    /// use std::io::ErrorKind;
    ///
    /// let (_one, other) = UnixDatagram::pair()?;
    /// let error = other.try_recv_from(&mut [0; 8]).unwrap_err(); // nothing has come
    /// assert_eq!(error.kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// let (one, other) = UnixDatagram::pair()?;
    /// one.send(b"hello")?;
    /// assert_eq!(other.try_peek(&mut [0; 8])?, 5);
    /// assert_eq!(other.try_recv(&mut [0; 8])?, 5); // it was left there
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::net::UnixDatagram;
    /// use std::net::Shutdown;
    ///
    /// let (one, other) = UnixDatagram::pair()?;
    /// one.shutdown(Shutdown::Write)?;
    /// assert!(one.send(b"hello").is_err());
    /// other.send(b"the other direction goes on")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the socket is not connected.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.source.get().shutdown(how)
    }

    /// The address of this end.
    ///
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let socket = UnixDatagram::bind(directory.join("log"))?;
    /// assert_eq!(socket.local_addr()?.as_pathname(), Some(&*directory.join("log")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of asking.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }

    /// The address that the socket is connected to.
    ///
    /// ```
    /// use greenio::net::UnixDatagram;
    ///
    /// assert!(UnixDatagram::unbound()?.peer_addr().is_err());
    /// let (one, _other) = UnixDatagram::pair()?;
    /// assert!(one.peer_addr()?.is_unnamed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it is not connected.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().peer_addr()
    }
}
