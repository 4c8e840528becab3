//! UDP.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::net::socket::{common, timeouts};
use crate::net::{ToSocketAddrs, connect};
use crate::reactor::Direction;
use crate::resolve;
use crate::source::{Source, Timeout};

/// A UDP socket, as [`std::net::UdpSocket`], on which green threads wait without blocking their carrier.
/// Several threads may send and receive at once.
///
/// It has no `set_nonblocking`: the socket always is, and receiving waits nevertheless; the methods that begin
/// with `try_` do not.
///
/// ```
/// use greenio::net::UdpSocket;
/// use greenio::{Carrier, spawn};
///
/// Carrier::new()?.run(|| -> std::io::Result<()> {
///     let server = UdpSocket::bind("127.0.0.1:0")?;
///     let client = UdpSocket::bind("127.0.0.1:0")?;
///     client.connect(server.local_addr()?)?;
///     spawn(move || -> std::io::Result<usize> {
///         let mut bytes = [0; 512];
///         let (length, peer) = server.recv_from(&mut bytes)?; // parks until a datagram comes
///         server.send_to(&bytes[..length], peer)
///     });
///     client.send(b"ping")?;
///     let mut bytes = [0; 512];
///     let length = client.recv(&mut bytes)?;
///     assert_eq!(&bytes[..length], b"ping");
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct UdpSocket {
    source: Source<std::net::UdpSocket>,
    read_timeout: Timeout,
    write_timeout: Timeout,
}

common!(UdpSocket, std::net::UdpSocket);
timeouts!(UdpSocket);

impl UdpSocket {
    /// Binds to the first of the addresses that is free; port 0 stands for any.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?; // any port that is free
    /// assert_ne!(socket.local_addr()?.port(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// That of the last address.
    ///
    /// # Blocking
    /// Neither, if no name must be resolved.
    pub fn bind(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        connect::first_good(addresses, |address| {
            Self::from_std(std::net::UdpSocket::bind(address)?)
        })
    }

    fn from_nonblocking(socket: std::net::UdpSocket) -> Self {
        UdpSocket {
            source: Source::new(socket),
            read_timeout: Timeout::none(),
            write_timeout: Timeout::none(),
        }
    }

    /// Another handle to the same socket, with the same time limits. It is waited for, and
    /// [closed](Self::close), by itself.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// let second = socket.try_clone()?; // both receive from the same queue
    /// assert_eq!(second.local_addr()?, socket.local_addr()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of duplicating a descriptor.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(UdpSocket {
            source: Source::new(self.source.get().try_clone()?),
            read_timeout: self.read_timeout.clone(),
            write_timeout: self.write_timeout.clone(),
        })
    }

    /// Sends to and receives from the first of the addresses that can be used, from now on.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// one.connect(other.local_addr()?)?;
    /// one.send(b"no address needed")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// That of the last address.
    ///
    /// # Blocking
    /// Neither, if no name must be resolved.
    pub fn connect(&self, addresses: impl ToSocketAddrs) -> io::Result<()> {
        connect::first_good(addresses, |address| self.source.get().connect(address))
    }

    /// Sends a datagram to the first of the addresses.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// assert_eq!(one.send_to(b"hello", other.local_addr()?)?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` if there is no address; those of sending; `TimedOut`; [`Closed`](crate::Closed); if the
    /// wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn send_to(&self, bytes: &[u8], addresses: impl ToSocketAddrs) -> io::Result<usize> {
        let Some(&address) = resolve::addresses(addresses)?.first() else {
            return Err(connect::no_address());
        };
        self.send_by(|socket| socket.send_to(bytes, address))
    }

    /// Sends a datagram to the address that the socket is [connected](Self::connect) to.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// one.connect(other.local_addr()?)?;
    /// assert_eq!(one.send(b"hello")?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of sending; `TimedOut`; [`Closed`](crate::Closed); if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.send_by(|socket| socket.send(bytes))
    }

    /// Receives a datagram, of which what has no room is lost.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// one.send_to(b"hello", other.local_addr()?)?;
    /// let mut bytes = [0; 512];
    /// let (length, peer) = other.recv_from(&mut bytes)?;
    /// assert_eq!((&bytes[..length], peer), (&b"hello"[..], one.local_addr()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of receiving; `TimedOut`; [`Closed`](crate::Closed); if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn recv_from(&self, bytes: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.receive_by(|socket| socket.recv_from(bytes))
    }

    /// As [`recv_from`](Self::recv_from), from the address that the socket is [connected](Self::connect) to.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// other.connect(one.local_addr()?)?; // drops what anybody else sends
    /// one.send_to(b"hello", other.local_addr()?)?;
    /// let mut bytes = [0; 512];
    /// assert_eq!(other.recv(&mut bytes)?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Blocking
    /// As [`recv_from`](Self::recv_from).
    pub fn recv(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.receive_by(|socket| socket.recv(bytes))
    }

    /// As [`recv_from`](Self::recv_from), without taking the datagram out.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// one.send_to(b"hello", other.local_addr()?)?;
    /// let (_, peer) = other.peek_from(&mut [0; 8])?; // to see the sender first
    /// assert_eq!(other.recv_from(&mut [0; 8])?, (5, peer)); // the same datagram
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Blocking
    /// As [`recv_from`](Self::recv_from).
    pub fn peek_from(&self, bytes: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.receive_by(|socket| socket.peek_from(bytes))
    }

    /// As [`recv`](Self::recv), without taking the datagram out.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// other.connect(one.local_addr()?)?;
    /// one.send_to(b"hello", other.local_addr()?)?;
    /// assert_eq!(other.peek(&mut [0; 8])?, 5);
    /// assert_eq!(other.recv(&mut [0; 8])?, 5); // the same datagram
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Blocking
    /// As [`recv_from`](Self::recv_from).
    pub fn peek(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.receive_by(|socket| socket.peek(bytes))
    }

    /// As [`send_to`](Self::send_to), if there is room for it now. It takes an address: a name would have to be
    /// resolved.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// assert_eq!(one.try_send_to(b"hello", other.local_addr()?)?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; those of sending; [`Closed`](crate::Closed).
    ///
    /// # Blocking
    /// Neither parks nor blocks, nor lets others run: it may be called under a lock of somebody else's.
    pub fn try_send_to(&self, bytes: &[u8], address: SocketAddr) -> io::Result<usize> {
        self.source.perform_at_once(Direction::Write, |to| to.send_to(bytes, address), |_| false)
    }

    /// As [`send`](Self::send), if there is room for it now.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// one.connect(other.local_addr()?)?;
    /// assert_eq!(one.try_send(b"hello")?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`try_send_to`](Self::try_send_to).
    ///
    /// # Blocking
    /// As [`try_send_to`](Self::try_send_to).
    pub fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.source.perform_at_once(Direction::Write, |to| to.send(bytes), |_| false)
    }

    /// As [`recv_from`](Self::recv_from), if a datagram is there.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    /// use std::io::ErrorKind;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// let error = socket.try_recv_from(&mut [0; 8]).unwrap_err(); // nothing has come
    /// assert_eq!(error.kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `WouldBlock` if none is there; those of receiving; [`Closed`](crate::Closed).
    ///
    /// # Blocking
    /// As [`try_send_to`](Self::try_send_to).
    pub fn try_recv_from(&self, bytes: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.receive_at_once(|socket| socket.recv_from(bytes))
    }

    /// As [`recv`](Self::recv), if a datagram is there.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// other.connect(one.local_addr()?)?;
    /// assert!(other.try_recv(&mut [0; 8]).is_err()); // nothing has come
    /// one.send_to(b"hello", other.local_addr()?)?;
    /// assert_eq!(other.try_recv(&mut [0; 8])?, 5); // over loopback it is there at once
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`try_recv_from`](Self::try_recv_from).
    ///
    /// # Blocking
    /// As [`try_send_to`](Self::try_send_to).
    pub fn try_recv(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.receive_at_once(|socket| socket.recv(bytes))
    }

    /// As [`peek_from`](Self::peek_from), if a datagram is there.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// one.send_to(b"hello", other.local_addr()?)?;
    /// assert_eq!(other.try_peek_from(&mut [0; 8])?, (5, one.local_addr()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`try_recv_from`](Self::try_recv_from).
    ///
    /// # Blocking
    /// As [`try_send_to`](Self::try_send_to).
    pub fn try_peek_from(&self, bytes: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.receive_at_once(|socket| socket.peek_from(bytes))
    }

    /// As [`peek`](Self::peek), if a datagram is there.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// other.connect(one.local_addr()?)?;
    /// one.send_to(b"hello", other.local_addr()?)?;
    /// assert_eq!(other.try_peek(&mut [0; 8])?, 5);
    /// assert_eq!(other.try_recv(&mut [0; 8])?, 5); // it was left there
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`try_recv_from`](Self::try_recv_from).
    ///
    /// # Blocking
    /// As [`try_send_to`](Self::try_send_to).
    pub fn try_peek(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.receive_at_once(|socket| socket.peek(bytes))
    }

    fn receive_at_once<R>(
        &self,
        receive: impl FnOnce(&std::net::UdpSocket) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.perform_at_once(Direction::Read, receive, |_| false)
    }

    fn send_by(
        &self,
        send: impl FnMut(&std::net::UdpSocket) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.source.perform(Direction::Write, Some(&self.write_timeout), send, |_| false)
    }

    fn receive_by<R>(
        &self,
        receive: impl FnMut(&std::net::UdpSocket) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.perform(Direction::Read, Some(&self.read_timeout), receive, |_| false)
    }
}

/// Methods that only hand on to the socket of `std`.
macro_rules! options {
    ($($(#[$attribute:meta])* pub fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        impl UdpSocket {
            $(
                $(#[$attribute])*
                ///
                /// # Errors
                /// Those of the operating system.
                pub fn $name(&self, $($argument: $type),*) -> io::Result<$result> {
                    self.source.get().$name($($argument),*)
                }
            )*
        }
    };
}

options! {
    /// The address of this end.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// assert_ne!(UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn local_addr() -> SocketAddr;
    /// The address that the socket is connected to.
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// assert!(one.peer_addr().is_err()); // not connected
    /// one.connect(other.local_addr()?)?;
    /// assert_eq!(one.peer_addr()?, other.local_addr()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn peer_addr() -> SocketAddr;
    /// Whether it may send to broadcast addresses (`SO_BROADCAST`).
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// assert!(!UdpSocket::bind("127.0.0.1:0")?.broadcast()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn broadcast() -> bool;
    /// Allows sending to broadcast addresses (`SO_BROADCAST`).
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_broadcast(true)?;
    /// assert!(socket.broadcast()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_broadcast(allowed: bool) -> ();
    /// How many hops a datagram may take (`IP_TTL`).
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// assert!(UdpSocket::bind("127.0.0.1:0")?.ttl()? > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ttl() -> u32;
    /// Limits the hops that a datagram may take (`IP_TTL`).
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_ttl(4)?;
    /// assert_eq!(socket.ttl()?, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_ttl(ttl: u32) -> ();
    /// Whether it receives what it sends to IPv4 groups itself (`IP_MULTICAST_LOOP`).
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// assert!(UdpSocket::bind("127.0.0.1:0")?.multicast_loop_v4()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn multicast_loop_v4() -> bool;
    /// Receives what it sends to IPv4 groups itself, or not (`IP_MULTICAST_LOOP`).
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_multicast_loop_v4(false)?;
    /// assert!(!socket.multicast_loop_v4()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_multicast_loop_v4(on: bool) -> ();
    /// How many hops a datagram to an IPv4 group may take (`IP_MULTICAST_TTL`).
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// // Without more ado, datagrams to groups stay in the same network.
    /// assert_eq!(UdpSocket::bind("127.0.0.1:0")?.multicast_ttl_v4()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn multicast_ttl_v4() -> u32;
    /// Limits the hops of datagrams to IPv4 groups (`IP_MULTICAST_TTL`).
    ///
    /// ```
    /// use greenio::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_multicast_ttl_v4(2)?;
    /// assert_eq!(socket.multicast_ttl_v4()?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_multicast_ttl_v4(ttl: u32) -> ();
    /// Whether it receives what it sends to IPv6 groups itself (`IPV6_MULTICAST_LOOP`).
    ///
    /// ```no_run
    /// use greenio::net::UdpSocket;
    ///
    /// assert!(UdpSocket::bind("[::1]:0")?.multicast_loop_v6()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn multicast_loop_v6() -> bool;
    /// Receives what it sends to IPv6 groups itself, or not (`IPV6_MULTICAST_LOOP`).
    ///
    /// ```no_run
    /// use greenio::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("[::1]:0")?;
    /// socket.set_multicast_loop_v6(false)?;
    /// assert!(!socket.multicast_loop_v6()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_multicast_loop_v6(on: bool) -> ();
    /// Joins the IPv4 group `group` on the interface with the address `interface`, or any.
    ///
    /// ```no_run
    /// use greenio::net::UdpSocket;
    /// use std::net::Ipv4Addr;
    ///
    /// let socket = UdpSocket::bind("0.0.0.0:5353")?;
    /// socket.join_multicast_v4(&Ipv4Addr::new(224, 0, 0, 251), &Ipv4Addr::UNSPECIFIED)?;
    /// let (length, peer) = socket.recv_from(&mut [0; 1500])?;
    /// println!("{length} bytes from {peer}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn join_multicast_v4(group: &Ipv4Addr, interface: &Ipv4Addr) -> ();
    /// Joins the IPv6 group `group` on the interface of that number, or any for 0.
    ///
    /// ```no_run
    /// use greenio::net::UdpSocket;
    /// use std::net::Ipv6Addr;
    ///
    /// let socket = UdpSocket::bind("[::]:5353")?;
    /// socket.join_multicast_v6(&Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb), 0)?;
    /// let (length, peer) = socket.recv_from(&mut [0; 1500])?;
    /// println!("{length} bytes from {peer}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn join_multicast_v6(group: &Ipv6Addr, interface: u32) -> ();
    /// Leaves an IPv4 group.
    ///
    /// ```no_run
    /// use greenio::net::UdpSocket;
    /// use std::net::Ipv4Addr;
    ///
    /// let socket = UdpSocket::bind("0.0.0.0:5353")?;
    /// let group = Ipv4Addr::new(224, 0, 0, 251);
    /// socket.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?;
    /// socket.leave_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?; // with the interface of the join
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn leave_multicast_v4(group: &Ipv4Addr, interface: &Ipv4Addr) -> ();
    /// Leaves an IPv6 group.
    ///
    /// ```no_run
    /// use greenio::net::UdpSocket;
    /// use std::net::Ipv6Addr;
    ///
    /// let socket = UdpSocket::bind("[::]:5353")?;
    /// let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);
    /// socket.join_multicast_v6(&group, 0)?;
    /// socket.leave_multicast_v6(&group, 0)?; // with the interface of the join
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn leave_multicast_v6(group: &Ipv6Addr, interface: u32) -> ();
}
