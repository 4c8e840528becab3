//! One end of a Unix connection.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::{self as std_net, SocketAddr};
use std::path::Path;

use rustix::net::{RecvFlags, SendFlags};
use socket2::{Domain, SockAddr, Socket, Type};

use super::address;
use crate::net::socket::{byte_stream, common, timeouts};
use crate::net::{ReadHalf, WriteHalf, pauses, split};
use crate::reactor::Direction;
use crate::source::{Source, Timeout};

/// A Unix connection, as [`std::os::unix::net::UnixStream`], on which green threads wait without blocking
/// their carrier.
///
/// Reading and writing work through `&UnixStream` too: two threads, on whatever carriers, may read and write
/// at the same time. It has no `set_nonblocking`: the socket always is, and its reads wait nevertheless;
/// [`try_read`](Self::try_read), [`try_write`](Self::try_write) and [`try_peek`](Self::try_peek) do not.
///
/// ```
/// use greenio::net::UnixStream;
/// use greenio::{Carrier, spawn};
/// use std::io::{Read, Write};
///
/// Carrier::new()?.run(|| -> std::io::Result<()> {
///     let (mut one, mut other) = UnixStream::pair()?;
///     spawn(move || one.write_all(b"hello"));
///     let mut text = String::new();
///     other.read_to_string(&mut text)?; // parks; others run
///     assert_eq!(text, "hello");
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct UnixStream {
    source: Source<std_net::UnixStream>,
    read_timeout: Timeout,
    write_timeout: Timeout,
}

common!(UnixStream, std_net::UnixStream);
timeouts!(UnixStream);
// Reads stop early where descriptors or credentials came along.
byte_stream!(UnixStream, false);

impl UnixStream {
    /// Connects to the socket at a path.
    ///
    /// ```
    /// use greenio::net::{UnixListener, UnixStream};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let listener = UnixListener::bind(directory.join("socket"))?;
    /// let stream = UnixStream::connect(directory.join("socket"))?;
    /// assert!(stream.peer_addr()?.as_pathname().is_some());
    /// # drop(listener);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `NotFound` or `ConnectionRefused` if nobody listens there; if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while the listener's queue is full.
    pub fn connect(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::connect_to(&SockAddr::unix(path)?)
    }

    /// Connects to an address, which may be an abstract name.
    ///
    /// ```
    /// use greenio::net::{UnixListener, UnixStream};
    /// use std::os::linux::net::SocketAddrExt;
    /// use std::os::unix::net::SocketAddr;
    ///
    /// let name = SocketAddr::from_abstract_name(format!("greenio-connect-stream-{}", std::process::id()))?;
    /// let _listener = UnixListener::bind_addr(&name)?;
    /// let stream = UnixStream::connect_addr(&name)?;
    /// assert!(stream.peer_addr()?.as_abstract_name().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Blocking
    /// As [`connect`](Self::connect).
    pub fn connect_addr(address: &SocketAddr) -> io::Result<Self> {
        Self::connect_to(&address::to_socket2(address)?)
    }

    fn connect_to(address: &SockAddr) -> io::Result<Self> {
        let kind = Type::STREAM.nonblocking().cloexec();
        let socket = Socket::new_raw(Domain::UNIX, kind, None)?;
        pauses::perform(None, || socket.connect(address))?;
        Ok(Self::from_nonblocking(socket.into()))
    }

    /// Two sockets that are connected to each other.
    ///
    /// ```
    /// use greenio::net::UnixStream;
    /// use std::io::{Read, Write};
    ///
    /// let (mut one, mut other) = UnixStream::pair()?;
    /// one.write_all(b"ping")?;
    /// let mut bytes = [0; 4];
    /// other.read_exact(&mut bytes)?;
    /// assert_eq!(&bytes, b"ping");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there are no descriptors left.
    #[doc(alias = "socketpair")]
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = std_net::UnixStream::pair()?;
        Ok((Self::from_std(one)?, Self::from_std(other)?))
    }

    pub(super) fn from_nonblocking(socket: std_net::UnixStream) -> Self {
        UnixStream {
            source: Source::new(socket),
            read_timeout: Timeout::none(),
            write_timeout: Timeout::none(),
        }
    }

    /// The two directions as two values, for two threads, on whatever carriers. It costs an allocation, and
    /// no descriptor: a stream that is borrowed, or in an `Arc`, can be read and written at once as well.
    ///
    /// ```
    /// use greenio::net::UnixStream;
    /// use std::io::{Read, Write};
    ///
    /// let (stream, mut peer) = UnixStream::pair()?;
    /// let (mut reader, mut writer) = stream.split(); // for two threads
    /// writer.write_all(b"ping")?;
    /// peer.write_all(b"pong")?;
    /// let mut bytes = [0; 4];
    /// reader.read_exact(&mut bytes)?;
    /// assert_eq!(&bytes, b"pong");
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
    /// use greenio::net::UnixStream;
    /// use std::io::Write;
    ///
    /// let (stream, _peer) = UnixStream::pair()?;
    /// let mut second = stream.try_clone()?; // has a descriptor of its own; `split` needs none
    /// stream.close();
    /// second.write_all(b"goes on")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of duplicating a descriptor.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(UnixStream {
            source: Source::new(self.source.get().try_clone()?),
            read_timeout: self.read_timeout.clone(),
            write_timeout: self.write_timeout.clone(),
        })
    }

    /// Ends one direction of the connection, or both: the peer then reads the end of the stream.
    ///
    /// ```
    /// use greenio::net::UnixStream;
    /// use std::io::Read;
    /// use std::net::Shutdown;
    ///
    /// let (stream, mut peer) = UnixStream::pair()?;
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
    /// use greenio::net::UnixStream;
    ///
    /// let (stream, _peer) = UnixStream::pair()?;
    /// assert!(stream.peer_addr()?.is_unnamed());
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
    /// use greenio::net::UnixStream;
    ///
    /// let (stream, _peer) = UnixStream::pair()?;
    /// assert!(stream.local_addr()?.is_unnamed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of asking.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }
}
