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
    ($($(#[$attribute:meta])* $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
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
    local_addr() -> SocketAddr;
    /// The address that the socket is connected to.
    peer_addr() -> SocketAddr;
    /// Whether it may send to broadcast addresses (`SO_BROADCAST`).
    broadcast() -> bool;
    /// Allows sending to broadcast addresses (`SO_BROADCAST`).
    set_broadcast(allowed: bool) -> ();
    /// How many hops a datagram may take (`IP_TTL`).
    ttl() -> u32;
    /// Limits the hops that a datagram may take (`IP_TTL`).
    set_ttl(ttl: u32) -> ();
    /// Whether it receives what it sends to IPv4 groups itself (`IP_MULTICAST_LOOP`).
    multicast_loop_v4() -> bool;
    /// Receives what it sends to IPv4 groups itself, or not (`IP_MULTICAST_LOOP`).
    set_multicast_loop_v4(on: bool) -> ();
    /// How many hops a datagram to an IPv4 group may take (`IP_MULTICAST_TTL`).
    multicast_ttl_v4() -> u32;
    /// Limits the hops of datagrams to IPv4 groups (`IP_MULTICAST_TTL`).
    set_multicast_ttl_v4(ttl: u32) -> ();
    /// Whether it receives what it sends to IPv6 groups itself (`IPV6_MULTICAST_LOOP`).
    multicast_loop_v6() -> bool;
    /// Receives what it sends to IPv6 groups itself, or not (`IPV6_MULTICAST_LOOP`).
    set_multicast_loop_v6(on: bool) -> ();
    /// Joins the IPv4 group `group` on the interface with the address `interface`, or any.
    join_multicast_v4(group: &Ipv4Addr, interface: &Ipv4Addr) -> ();
    /// Joins the IPv6 group `group` on the interface of that number, or any for 0.
    join_multicast_v6(group: &Ipv6Addr, interface: u32) -> ();
    /// Leaves an IPv4 group.
    leave_multicast_v4(group: &Ipv4Addr, interface: &Ipv4Addr) -> ();
    /// Leaves an IPv6 group.
    leave_multicast_v6(group: &Ipv6Addr, interface: u32) -> ();
}
