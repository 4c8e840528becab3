//! One end of a TCP connection.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags};

use crate::net::socket::{byte_stream, common, timeouts};
use crate::net::{ReadHalf, ToSocketAddrs, WriteHalf, connect, split};
use crate::reactor::Direction;
use crate::source::{Source, Timeout};

/// A TCP connection, as [`std::net::TcpStream`], on which green threads wait without blocking their carrier.
///
/// Reading and writing work through `&TcpStream` too: two threads, on whatever carriers, may read and write
/// at the same time. It has no `set_nonblocking`: the socket always is, and its reads wait nevertheless;
/// [`try_read`](Self::try_read), [`try_write`](Self::try_write) and [`try_peek`](Self::try_peek) do not.
///
/// A connection is watched by each carrier that has waited for it. One that was opened on a carrier and is
/// used on another from then on wakes the first in vain: connect where it is going to be used.
///
/// ```
/// use greenio::net::{TcpListener, TcpStream};
/// use greenio::{Carrier, spawn};
/// use std::io::{Read, Write};
/// use std::time::Duration;
///
/// Carrier::new()?.run(|| -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let mut stream = TcpStream::connect(listener.local_addr()?)?;
///     stream.set_read_timeout(Some(Duration::from_secs(5)))?;
///     spawn(move || -> std::io::Result<()> {
///         let (mut peer, _) = listener.accept()?;
///         let mut request = [0; 4];
///         peer.read_exact(&mut request)?;
///         peer.write_all(b"pong")
///     });
///     stream.write_all(b"ping")?;
///     let mut answer = String::new();
///     stream.read_to_string(&mut answer)?; // parks; others run
///     assert_eq!(answer, "pong");
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TcpStream {
    pub(super) source: Source<std::net::TcpStream>,
    read_timeout: Timeout,
    write_timeout: Timeout,
}

common!(TcpStream, std::net::TcpStream);
timeouts!(TcpStream);
byte_stream!(TcpStream, true);

impl TcpStream {
    /// Connects to the first of the addresses that answers.
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(("127.0.0.1", listener.local_addr()?.port()))?;
    /// assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// That of the last address; if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[doc(alias = "dial")]
    pub fn connect(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        connect::first_good(addresses, |address| Self::connect_until(address, None))
    }

    /// Connects to `address`, or gives up after `limit`.
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    /// use std::time::Duration;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// // It takes one address. To limit `connect` with a name as well, take `with_timeout`.
    /// let stream = TcpStream::connect_timeout(&listener.local_addr()?, Duration::from_secs(5))?;
    /// assert!(stream.peer_addr().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `TimedOut` after `limit`; `InvalidInput` for a limit of zero; those of connecting; if the wait is
    /// interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn connect_timeout(address: &SocketAddr, limit: Duration) -> io::Result<Self> {
        Self::connect_until(address, Some(&Timeout::new(limit)?))
    }

    fn connect_until(address: &SocketAddr, limit: Option<&Timeout>) -> io::Result<Self> {
        let socket = connect::tcp_socket(address)?;
        let is_connected = connect::begin(&socket, &(*address).into())?;
        let stream = Self::from_nonblocking(socket.into());
        if !is_connected {
            let peer = |socket: &std::net::TcpStream| socket.peer_addr().map(drop);
            connect::finish(&stream.source, limit, std::net::TcpStream::take_error, peer)?;
        }
        Ok(stream)
    }

    pub(super) fn from_nonblocking(socket: std::net::TcpStream) -> Self {
        TcpStream {
            source: Source::new(socket),
            read_timeout: Timeout::none(),
            write_timeout: Timeout::none(),
        }
    }

    /// The two directions as two values, for two threads, on whatever carriers. It costs an allocation, and
    /// no descriptor: a stream that is borrowed, or in an `Arc`, can be read and written at once as well.
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    /// use greenio::spawn;
    /// use std::io::{Read, Write};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let (mut reader, mut writer) = TcpStream::connect(listener.local_addr()?)?.split();
    /// let (mut peer, _) = listener.accept()?;
    /// let writing = spawn(move || writer.write_all(b"request"));
    /// peer.write_all(b"news")?; // needs no request
    /// let mut news = [0; 4];
    /// reader.read_exact(&mut news)?;
    /// assert_eq!(&news, b"news");
    /// writing.join()??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "into_split")]
    pub fn split(self) -> (ReadHalf<Self>, WriteHalf<Self>) {
        split::split(self)
    }

    /// Another handle to the same connection, with the same time limits. It is waited for, and
    /// [closed](Self::close), by itself.
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    /// use std::io::Write;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// let mut second = stream.try_clone()?; // has a descriptor of its own; `split` needs none
    /// stream.close();
    /// second.write_all(b"goes on")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of duplicating a descriptor.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(TcpStream {
            source: Source::new(self.source.get().try_clone()?),
            read_timeout: self.read_timeout.clone(),
            write_timeout: self.write_timeout.clone(),
        })
    }

    /// Ends one direction of the connection, or both: the peer then reads the end of the stream.
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    /// use std::io::Read;
    /// use std::net::Shutdown;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// let (mut peer, _) = listener.accept()?;
    /// stream.shutdown(Shutdown::Write)?; // `stream` can still read
    /// assert_eq!(peer.read(&mut [0; 8])?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the connection is not there any more.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.source.get().shutdown(how)
    }

    /// The address of the peer.
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the connection is not there any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().peer_addr()
    }

    /// The address of this end.
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert!(stream.local_addr()?.ip().is_loopback());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of asking.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }

    /// Whether small segments are sent at once (`TCP_NODELAY`).
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert!(!stream.nodelay()?); // the system gathers small segments by default
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of asking.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.source.get().nodelay()
    }

    /// Sends small segments at once, or gathers them (`TCP_NODELAY`).
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.set_nodelay(true)?; // for small requests that wait for an answer
    /// assert!(stream.nodelay()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of setting.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.source.get().set_nodelay(nodelay)
    }

    /// How many hops a packet may take (`IP_TTL`).
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// assert!(TcpStream::connect(listener.local_addr()?)?.ttl()? > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of asking.
    pub fn ttl(&self) -> io::Result<u32> {
        self.source.get().ttl()
    }

    /// Limits the hops that a packet may take (`IP_TTL`).
    ///
    /// ```
    /// use greenio::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.set_ttl(32)?;
    /// assert_eq!(stream.ttl()?, 32);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of setting.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.source.get().set_ttl(ttl)
    }
}
