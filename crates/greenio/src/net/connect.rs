//! Connecting without blocking the OS thread.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use rustix::io::Errno;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::net::ToSocketAddrs;
use crate::reactor::Direction;
use crate::resolve;
use crate::source::{Source, Timeout};

/// A TCP socket in non-blocking mode.
pub(super) fn tcp_socket(address: &SocketAddr) -> io::Result<Socket> {
    let kind = Type::STREAM.nonblocking().cloexec();
    Socket::new_raw(Domain::for_address(*address), kind, Some(Protocol::TCP))
}

/// Begins to connect `socket`; whether that is done already.
///
/// # Errors
/// If the connection is refused at once.
pub(super) fn begin(socket: &Socket, address: &SockAddr) -> io::Result<bool> {
    match socket.connect(address) {
        Ok(()) => Ok(true),
        // Interrupted, it goes on connecting as well.
        Err(error) => match Errno::from_io_error(&error) {
            Some(Errno::INPROGRESS | Errno::INTR) => Ok(false),
            _ => Err(error),
        },
    }
}

/// Waits until a connection that has begun is there, or has failed.
pub(super) fn finish<T: AsFd>(
    source: &Source<T>,
    timeout: Option<&Timeout>,
    take_error: impl Fn(&T) -> io::Result<Option<io::Error>>,
    peer: impl Fn(&T) -> io::Result<()>,
) -> io::Result<()> {
    let look = |socket: &T| match take_error(socket)? {
        Some(error) => Err(error),
        None => peer(socket).map_err(|error| match error.kind() {
            io::ErrorKind::NotConnected => io::ErrorKind::WouldBlock.into(),
            _ => error,
        }),
    };
    source.wait_and_perform(Direction::Write, timeout, look, |()| false)
}

/// Tries `each` of the addresses until one is good.
///
/// # Errors
/// That of the last one; `InvalidInput` if there is none.
pub(super) fn first_good<T>(
    addresses: impl ToSocketAddrs,
    mut each: impl FnMut(&SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut last = None;
    for address in resolve::addresses(addresses)? {
        match each(&address) {
            Ok(good) => return Ok(good),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(no_address))
}

pub(super) fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "the name stands for no address")
}
