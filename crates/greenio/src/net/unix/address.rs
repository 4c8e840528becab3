//! Addresses of Unix sockets, from one crate's type to the other's.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr;
use std::path::Path;

use rustix::net::{SocketAddrAny, SocketAddrUnix};
use socket2::SockAddr;

pub(super) fn to_socket2(address: &SocketAddr) -> io::Result<SockAddr> {
    if let Some(path) = address.as_pathname() {
        return SockAddr::unix(path);
    }
    let Some(name) = address.as_abstract_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the address of a socket that has no name leads nowhere",
        ));
    };
    let name: Vec<u8> = std::iter::once(0).chain(name.iter().copied()).collect();
    SockAddr::unix(Path::new(OsStr::from_bytes(&name)))
}

/// What an accept has told of the peer: most have no name.
pub(super) fn from_rustix(address: Option<SocketAddrAny>) -> io::Result<SocketAddr> {
    let address = address.and_then(|address| SocketAddrUnix::try_from(address).ok());
    match &address {
        Some(address) if address.abstract_name().is_some() => {
            SocketAddr::from_abstract_name(address.abstract_name().unwrap_or_default())
        }
        Some(address) if !address.is_unnamed() => {
            SocketAddr::from_pathname(OsStr::from_bytes(address.path_bytes().unwrap_or_default()))
        }
        _ => SocketAddr::from_pathname(""),
    }
}
