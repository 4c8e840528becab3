//! Sockets with the methods of [`std::net`] and [`std::os::unix::net`].

mod backoff;
mod connect;
mod socket;
mod tcp;

pub use backoff::{AcceptBackoff, AcceptFailure};
pub use tcp::{TcpIncoming, TcpListener, TcpStream};
