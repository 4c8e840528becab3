//! Addresses from names.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// The addresses that `name` stands for.
///
/// # Blocking
/// Blocks the OS thread if a name must be resolved.
pub(crate) fn addresses(name: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    Ok(name.to_socket_addrs()?.collect())
}
