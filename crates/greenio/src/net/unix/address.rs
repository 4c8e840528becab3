//! Addresses of Unix sockets, from `std`'s type to that of another crate.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr;
use std::path::Path;

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
