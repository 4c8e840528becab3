//! Sockets with the methods of [`std::net`] and [`std::os::unix::net`].
//!
//! Four things end a wait early: the time limit of the socket, the deadline of a scope
//! ([`with_timeout`](crate::with_timeout)), a cancellation of the green thread, and `close` by another thread. After
//! the first three the operation is tried once more. If it can be done at that moment, it succeeds.

mod backoff;
mod connect;
mod duplex;
mod pauses;
mod socket;
mod split;
mod tcp;
mod udp;
mod unix;

pub use crate::resolve::{ToSocketAddrs, lookup_host};
pub use backoff::{AcceptBackoff, AcceptFailure};
pub use duplex::Duplex;
pub use split::{ReadHalf, WriteHalf};
pub use tcp::{TcpIncoming, TcpListener, TcpStream};
pub use udp::UdpSocket;
pub use unix::{UnixDatagram, UnixIncoming, UnixListener, UnixStream};
