//! Addresses from names, without blocking the carrier.

use std::io;
use std::iter::Copied;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::{option, slice, vec};

use crate::unblock;

/// What stands for socket addresses: as [`std::net::ToSocketAddrs`], for the same types.
///
/// An address that is written out is parsed on the spot. A name is resolved by the system's resolver on a
/// thread of the [offload pool](crate::Offload::default_pool), which is told the name, and does not borrow it.
///
/// ```
/// use greenio::net::ToSocketAddrs;
///
/// let mut addresses = "127.0.0.1:80".to_socket_addrs()?; // parsed, and not resolved
/// assert_eq!(addresses.next(), Some(([127, 0, 0, 1], 80).into()));
/// assert!("no port".to_socket_addrs().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait ToSocketAddrs {
    /// The addresses, in the order in which they are to be tried.
    type Iter: Iterator<Item = SocketAddr>;

    /// The addresses that it stands for.
    ///
    /// # Errors
    /// `InvalidInput` for what is neither an address nor a name with a port; that of the resolver; those of
    /// [`unblock`].
    ///
    /// # Blocking
    /// Parks the green thread if there is a name to resolve. On a plain OS thread, blocks as `std` does.
    fn to_socket_addrs(&self) -> io::Result<Self::Iter>;
}

/// The addresses of a host, each with the port: what the system's resolver says, or the address itself if
/// `host` is one.
///
/// ```
/// let addresses = greenio::net::lookup_host("127.0.0.1", 80)?;
/// assert_eq!(addresses, ["127.0.0.1:80".parse().unwrap()]);
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
/// That of the resolver; those of [`unblock`].
///
/// # Blocking
/// Parks the green thread if there is a name to resolve. On a plain OS thread, blocks as `std` does.
#[doc(alias = "getaddrinfo")]
#[doc(alias = "resolve")]
#[doc(alias = "dns")]
pub fn lookup_host(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let host = host.to_owned();
    unblock(move || {
        let found = std::net::ToSocketAddrs::to_socket_addrs(&(host.as_str(), port));
        found.map(Iterator::collect)
    })?
}

/// The addresses that `name` stands for.
///
/// # Blocking
/// As [`ToSocketAddrs::to_socket_addrs`].
pub(crate) fn addresses(name: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    Ok(name.to_socket_addrs()?.collect())
}

impl ToSocketAddrs for SocketAddr {
    type Iter = option::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        Ok(Some(*self).into_iter())
    }
}

impl ToSocketAddrs for (&str, u16) {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        let (host, port) = *self;
        Ok(lookup_host(host, port)?.into_iter())
    }
}

impl ToSocketAddrs for (String, u16) {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        (&*self.0, self.1).to_socket_addrs()
    }
}

impl ToSocketAddrs for str {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        if let Ok(address) = self.parse() {
            return Ok(vec![address].into_iter());
        }
        let parts = self.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let Some((host, port)) = parts else {
            let text =
                format!("'{self}' is no address: it takes a host and a port, as in 'host:80'");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        };
        (host, port).to_socket_addrs()
    }
}

impl ToSocketAddrs for String {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        self.as_str().to_socket_addrs()
    }
}

impl<'a> ToSocketAddrs for &'a [SocketAddr] {
    type Iter = Copied<slice::Iter<'a, SocketAddr>>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        Ok(self.iter().copied())
    }
}

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {
    type Iter = T::Iter;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        (**self).to_socket_addrs()
    }
}

/// What becomes a [`SocketAddr`] without more ado.
macro_rules! addresses_by_into {
    ($($t:ty),*) => {$(
        impl ToSocketAddrs for $t {
            type Iter = option::IntoIter<SocketAddr>;

            fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
                SocketAddr::from(*self).to_socket_addrs()
            }
        }
    )*};
}

addresses_by_into!(SocketAddrV4, SocketAddrV6, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));
