//! Sockets with the methods of [`std::net`] and [`std::os::unix::net`].
//!
//! Every wait ends by the time limit of the socket, by the deadline of a scope
//! ([`greenctx::deadline`]), when the green thread is cancelled, and when the socket is closed on another
//! thread. If what is waited for is there at that moment, the operation succeeds nevertheless.

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
