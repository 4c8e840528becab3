//! Where TCP connections arrive.

use std::io;
use std::iter::FusedIterator;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use rustix::net::{SocketAddrAny, SocketFlags, acceptfrom_with};

use super::stream::TcpStream;
use crate::net::socket::common;
use crate::net::{ToSocketAddrs, connect};
use crate::reactor::Direction;
use crate::source::Source;

/// Connections that wait to be accepted; the kernel has a limit of its own below that (`somaxconn`).
const BACKLOG: i32 = 4096;

/// A listening TCP socket, as [`std::net::TcpListener`], on which green threads wait without blocking their
/// carrier. Several threads may accept at once.
///
/// It has no `set_nonblocking`: the socket always is, and accepting waits nevertheless;
/// [`try_accept`](Self::try_accept) does not.
///
/// ```
/// use greenio::net::{TcpListener, TcpStream};
/// use greenio::{Carrier, spawn};
/// use std::io::{Read, Write};
///
/// Carrier::new()?.run(|| -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let address = listener.local_addr()?;
///     spawn(move || TcpStream::connect(address)?.write_all(b"hello"));
///     let (mut stream, _peer) = listener.accept()?; // parks until somebody connects
///     let mut text = String::new();
///     stream.read_to_string(&mut text)?;
///     assert_eq!(text, "hello");
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TcpListener {
    source: Source<std::net::TcpListener>,
}

common!(TcpListener, std::net::TcpListener);

impl TcpListener {
    /// Listens at the first of the addresses that is free; port 0 stands for any. As `std` does, it takes an
    /// address that old connections have left (`SO_REUSEADDR`). Up to 4,096 connections wait to be accepted,
    /// if the kernel allows (`net.core.somaxconn`).
    ///
    /// ```
    /// use greenio::net::TcpListener;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?; // any port that is free
    /// assert_ne!(listener.local_addr()?.port(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// That of the last address.
    ///
    /// # Blocking
    /// Neither, if no name must be resolved.
    #[doc(alias = "listen")]
    pub fn bind(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        connect::first_good(addresses, |address| {
            let socket = connect::tcp_socket(address)?;
            socket.set_reuse_address(true)?;
            socket.bind(&(*address).into())?;
            socket.listen(BACKLOG)?;
            Ok(Self::from_nonblocking(socket.into()))
        })
    }

    fn from_nonblocking(socket: std::net::TcpListener) -> Self {
        TcpListener { source: Source::new(socket) }
    }

    /// Another handle to the same socket. It is waited for, and [closed](Self::close), by itself.
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let second = listener.try_clone()?; // for another carrier, which accepts too
    /// let _client = TcpStream::connect(listener.local_addr()?)?;
    /// listener.close(); // ends the waits of this handle alone
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
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let client = TcpStream::connect(listener.local_addr()?)?;
    /// let (_stream, peer) = listener.accept()?;
    /// assert_eq!(peer, client.local_addr()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of the connection, which may have gone while it waited: go on with the next. Those of the
    /// process, when there are no descriptors left: the connection keeps waiting, so pause before you go on,
    /// as [`AcceptBackoff`](crate::net::AcceptBackoff) does. [`Closed`](crate::Closed); if the wait is
    /// interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        connection(self.source.perform(Direction::Read, None, accept_from, |_| false)?)
    }

    /// Takes a connection if one waits.
    ///
    /// ```
    /// use greenio::net::TcpListener;
    /// use std::io::ErrorKind;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
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
    pub fn try_accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        connection(self.source.perform_at_once(Direction::Read, accept_from, |_| false)?)
    }

    /// The connections, one after the other, without end: as [`accept`](Self::accept), without the address.
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let client = TcpStream::connect(listener.local_addr()?)?;
    /// for stream in listener.incoming().take(1) {
    ///     assert_eq!(stream?.peer_addr()?, client.local_addr()?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn incoming(&self) -> TcpIncoming<'_> {
        TcpIncoming { listener: self }
    }

    /// The address at which it listens.
    ///
    /// ```
    /// use greenio::net::TcpListener;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// println!("listening on {}", listener.local_addr()?); // with the port that was chosen
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of asking.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }

    /// How many hops a packet may take (`IP_TTL`).
    ///
    /// ```
    /// use greenio::net::TcpListener;
    ///
    /// assert!(TcpListener::bind("127.0.0.1:0")?.ttl()? > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of asking.
    pub fn ttl(&self) -> io::Result<u32> {
        self.source.get().ttl()
    }

    /// Limits the hops that a packet may take (`IP_TTL`).
    ///
    /// ```
    /// use greenio::net::TcpListener;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// listener.set_ttl(1)?; // for peers in the same network alone
    /// assert_eq!(listener.ttl()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of setting.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.source.get().set_ttl(ttl)
    }
}

type Accepted = (OwnedFd, Option<SocketAddrAny>);

fn accept_from(listener: &std::net::TcpListener) -> io::Result<Accepted> {
    Ok(acceptfrom_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?)
}

fn connection((socket, peer): Accepted) -> io::Result<(TcpStream, SocketAddr)> {
    let stream = TcpStream::from_nonblocking(socket.into());
    let peer = match peer.and_then(|peer| SocketAddr::try_from(peer).ok()) {
        Some(peer) => peer,
        None => stream.peer_addr()?,
    };
    Ok((stream, peer))
}

/// The connections of a [`TcpListener`]. Taking the next one waits as [`accept`](TcpListener::accept) does.
///
/// ```
/// use greenio::net::{TcpIncoming, TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let _client = TcpStream::connect(listener.local_addr()?)?;
/// let mut connections: TcpIncoming<'_> = listener.incoming();
/// assert!(matches!(connections.next(), Some(Ok(_)))); // it never says `None`
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "it accepts nothing until its items are taken"]
pub struct TcpIncoming<'a> {
    listener: &'a TcpListener,
}

impl Iterator for TcpIncoming<'_> {
    type Item = io::Result<TcpStream>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }
}

impl FusedIterator for TcpIncoming<'_> {}
