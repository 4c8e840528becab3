//! The way to a server: TCP, with TLS inside for https.

use std::io::{self, Read, Write};
use std::sync::Arc;

use executor::io::net::TcpStream;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use url::{Host, Url};

use super::error::ClientError;

/// A connection to a server.
pub(super) enum Connection {
    /// As it is.
    Plain(TcpStream),
    /// Encrypted. `rustls` is as it comes: it reads from and writes to anything.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    /// Connects to the server that `url` names.
    pub(super) fn open(url: &Url, tls: &Arc<ClientConfig>) -> Result<Self, ClientError> {
        let port = url.port_or_known_default();
        let (Some(host), Some(port)) = (url.host(), port) else {
            return Err(ClientError::Scheme(url.scheme().to_owned()));
        };
        let connect = || {
            let stream = match host {
                Host::Domain(name) => TcpStream::connect((name, port)),
                Host::Ipv4(address) => TcpStream::connect((address, port)),
                Host::Ipv6(address) => TcpStream::connect((address, port)),
            };
            stream.map_err(ClientError::Unreachable)
        };
        match url.scheme() {
            "http" => connect().map(Connection::Plain),
            "https" => {
                let name = server_name(&host)?;
                let session = ClientConnection::new(tls.clone(), name).map_err(ClientError::Tls)?;
                Ok(Connection::Tls(Box::new(StreamOwned::new(session, connect()?))))
            }
            other => Err(ClientError::Scheme(other.to_owned())),
        }
    }
}

fn server_name(host: &Host<&str>) -> Result<ServerName<'static>, ClientError> {
    match host {
        Host::Domain(name) => {
            ServerName::try_from((*name).to_owned()).map_err(|_| ClientError::Name((*name).into()))
        }
        Host::Ipv4(address) => Ok(ServerName::IpAddress((*address).into())),
        Host::Ipv6(address) => Ok(ServerName::IpAddress((*address).into())),
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Connection::Plain(stream) => stream.read(buffer),
            Connection::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Connection::Plain(stream) => stream.write(buffer),
            Connection::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Connection::Plain(stream) => stream.flush(),
            Connection::Tls(stream) => stream.flush(),
        }
    }
}
