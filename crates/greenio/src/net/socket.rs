//! What all sockets have in common.

/// Implements what does not differ: closing, conversions from and to the type of `std`, descriptor traits,
/// `Debug`. The type has a field `source: Source<$std>` and a function `from_nonblocking($std) -> Self`.
macro_rules! common {
    ($socket:ident, $std:path) => {
        impl $socket {
            /// Ends every wait on this socket, on whatever thread, and all later operations, with the error
            /// [`Closed`](crate::Closed). The descriptor itself goes with the socket: the peer sees nothing
            /// of this, unless the connection is shut down too. Clones by `try_clone` are not affected.
            ///
            /// ```
            /// use greenio::net::UdpSocket;
            /// use greenio::{Carrier, Closed, spawn, yield_now};
            /// use std::sync::Arc;
            ///
            /// Carrier::new()?.run(|| {
            ///     let socket = Arc::new(UdpSocket::bind("127.0.0.1:0")?);
            ///     let receiver = spawn({
            ///         let socket = socket.clone();
            ///         move || socket.recv(&mut [0; 8])
            ///     });
            ///     yield_now(); // now the receiver waits
            ///     socket.close();
            ///     let error = receiver.join()?.unwrap_err();
            ///     assert!(Closed::is_in(&error));
            ///     Ok::<(), Box<dyn std::error::Error>>(())
            /// })??;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Blocking
            /// Neither parks nor blocks.
            #[doc(alias = "shutdown")]
            pub fn close(&self) {
                self.source.close();
            }

            /// Takes a socket of `std`, and puts it into non-blocking mode: this mode is shared with the
            /// duplicates of its descriptor.
            ///
            /// ```
            /// use greenio::net::UdpSocket;
            ///
            /// // A socket that a library of `std` has made, or a service manager has handed over.
            /// let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
            /// let socket = UdpSocket::from_std(socket)?; // from now on green threads may wait for it
            /// assert_eq!(socket.read_timeout()?, None);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// Those of changing the mode.
            pub fn from_std(socket: $std) -> std::io::Result<Self> {
                socket.set_nonblocking(true)?;
                Ok(Self::from_nonblocking(socket))
            }

            /// Gives the socket back as one of `std`, in blocking mode.
            ///
            /// ```
            /// use greenio::net::UdpSocket;
            ///
            /// let socket = UdpSocket::bind("127.0.0.1:0")?;
            /// let address = socket.local_addr()?;
            /// let socket: std::net::UdpSocket = socket.into_std()?; // for a library that blocks
            /// assert_eq!(socket.local_addr()?, address);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// Those of changing the mode.
            pub fn into_std(mut self) -> std::io::Result<$std> {
                let socket = self.source.take_apart();
                socket.set_nonblocking(false)?;
                Ok(socket)
            }

            /// The error that is pending on the socket, if any, which is then cleared.
            ///
            /// ```
            /// use greenio::net::UdpSocket;
            ///
            /// let socket = UdpSocket::bind("127.0.0.1:0")?;
            /// assert!(socket.take_error()?.is_none()); // nothing has failed so far
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// Those of asking.
            pub fn take_error(&self) -> std::io::Result<Option<std::io::Error>> {
                self.source.get().take_error()
            }
        }

        impl TryFrom<$std> for $socket {
            type Error = std::io::Error;

            fn try_from(socket: $std) -> std::io::Result<Self> {
                Self::from_std(socket)
            }
        }

        impl TryFrom<std::os::fd::OwnedFd> for $socket {
            type Error = std::io::Error;

            fn try_from(descriptor: std::os::fd::OwnedFd) -> std::io::Result<Self> {
                Self::from_std(descriptor.into())
            }
        }

        impl TryFrom<$socket> for $std {
            type Error = std::io::Error;

            fn try_from(socket: $socket) -> std::io::Result<Self> {
                socket.into_std()
            }
        }

        /// The descriptor alone, which stays in non-blocking mode.
        impl From<$socket> for std::os::fd::OwnedFd {
            fn from(mut socket: $socket) -> Self {
                socket.source.take_apart().into()
            }
        }

        impl std::os::fd::AsFd for $socket {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                std::os::fd::AsFd::as_fd(&self.source)
            }
        }

        impl std::os::fd::AsRawFd for $socket {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                std::os::fd::AsRawFd::as_raw_fd(self.source.get())
            }
        }

        impl std::fmt::Debug for $socket {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.source, f)
            }
        }
    };
}

/// Implements the time limits of reads and writes. The type has fields `read_timeout` and `write_timeout`.
macro_rules! timeouts {
    ($socket:ident) => {
        impl $socket {
            /// Limits how long a read waits; `None` for no limit. When it is over, the read returns an
            /// error of the kind `TimedOut`. Belongs to this value, not to clones of it.
            ///
            /// ```
            /// use greenio::net::UdpSocket;
            /// use std::io::ErrorKind;
            /// use std::time::Duration;
            ///
            /// let socket = UdpSocket::bind("127.0.0.1:0")?;
            /// socket.set_read_timeout(Some(Duration::from_millis(2)))?;
            /// let error = socket.recv(&mut [0; 8]).unwrap_err(); // nobody sends
            /// assert_eq!(error.kind(), ErrorKind::TimedOut);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// `InvalidInput` for a limit of zero.
            #[doc(alias = "timeout")]
            pub fn set_read_timeout(
                &self,
                limit: Option<std::time::Duration>,
            ) -> std::io::Result<()> {
                self.read_timeout.set(limit)
            }

            /// Limits how long a write waits; `None` for no limit. When it is over, the write returns an
            /// error of the kind `TimedOut`. Belongs to this value, not to clones of it.
            ///
            /// ```
            /// use greenio::net::UnixStream;
            /// use std::io::{ErrorKind, Write};
            /// use std::time::Duration;
            ///
            /// let (mut stream, _peer) = UnixStream::pair()?;
            /// stream.set_write_timeout(Some(Duration::from_millis(2)))?;
            /// // The peer does not read: the buffers fill up, and then the write waits in vain.
            /// let error = stream.write_all(&vec![0; 4 << 20]).unwrap_err();
            /// assert_eq!(error.kind(), ErrorKind::TimedOut);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// `InvalidInput` for a limit of zero.
            #[doc(alias = "timeout")]
            pub fn set_write_timeout(
                &self,
                limit: Option<std::time::Duration>,
            ) -> std::io::Result<()> {
                self.write_timeout.set(limit)
            }

            /// How long a read waits at most.
            ///
            /// ```
            /// use greenio::net::UdpSocket;
            /// use std::time::Duration;
            ///
            /// let socket = UdpSocket::bind("127.0.0.1:0")?;
            /// assert_eq!(socket.read_timeout()?, None);
            /// socket.set_read_timeout(Some(Duration::from_secs(5)))?;
            /// assert_eq!(socket.read_timeout()?, Some(Duration::from_secs(5)));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// None; the shape is that of `std`.
            pub fn read_timeout(&self) -> std::io::Result<Option<std::time::Duration>> {
                Ok(self.read_timeout.get())
            }

            /// How long a write waits at most.
            ///
            /// ```
            /// use greenio::net::UdpSocket;
            /// use std::time::Duration;
            ///
            /// let socket = UdpSocket::bind("127.0.0.1:0")?;
            /// socket.set_write_timeout(Some(Duration::from_secs(5)))?;
            /// assert_eq!(socket.write_timeout()?, Some(Duration::from_secs(5)));
            /// assert_eq!(socket.read_timeout()?, None); // each direction has its own limit
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// None; the shape is that of `std`.
            pub fn write_timeout(&self) -> std::io::Result<Option<std::time::Duration>> {
                Ok(self.write_timeout.get())
            }
        }
    };
}

/// Implements `Read` and `Write` for a stream and for references to it, and their kin that do not wait. `$counts_tell` says whether a short
/// count shows that the next operation would block. The calls by which nearly everything is read and written
/// do without the detour through libc.
macro_rules! byte_stream {
    ($socket:ident, $counts_tell:expr) => {
        impl $socket {
            /// Reads what is there, without waiting for more.
            ///
            /// ```
            /// use greenio::net::UnixStream;
            /// use std::io::{ErrorKind, Write};
            ///
            /// let (stream, mut peer) = UnixStream::pair()?;
            /// let mut bytes = [0; 8];
            /// assert_eq!(stream.try_read(&mut bytes).unwrap_err().kind(), ErrorKind::WouldBlock);
            /// peer.write_all(b"hello")?;
            /// assert_eq!(stream.try_read(&mut bytes)?, 5); // `read` would have waited above
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// `WouldBlock` if nothing is there, and the peer has not ended; those of reading;
            /// [`Closed`](crate::Closed).
            ///
            /// # Blocking
            /// Neither parks nor blocks, nor lets others run: it may be called under a lock of somebody else's.
            pub fn try_read(&self, bytes: &mut [u8]) -> std::io::Result<usize> {
                let room = bytes.len();
                self.source.perform_at_once(
                    Direction::Read,
                    |inner| Ok(rustix::net::recv(inner, bytes, RecvFlags::empty())?.0),
                    |&count| $counts_tell && count < room && count > 0,
                )
            }

            /// Writes as much as there is room for, without waiting for more.
            ///
            /// ```
            /// use greenio::net::UnixStream;
            /// use std::io::ErrorKind;
            ///
            /// let (stream, _peer) = UnixStream::pair()?;
            /// let full = loop {
            ///     // The peer does not read, so there is room no more at some time.
            ///     if let Err(error) = stream.try_write(&[0; 4096]) {
            ///         break error;
            ///     }
            /// };
            /// assert_eq!(full.kind(), ErrorKind::WouldBlock);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// `WouldBlock` if there is no room; those of writing; [`Closed`](crate::Closed).
            ///
            /// # Blocking
            /// As [`try_read`](Self::try_read).
            pub fn try_write(&self, bytes: &[u8]) -> std::io::Result<usize> {
                self.source.perform_at_once(
                    Direction::Write,
                    |inner| Ok(rustix::net::send(inner, bytes, SendFlags::NOSIGNAL)?),
                    |&count| $counts_tell && count < bytes.len(),
                )
            }

            /// Reads without taking the bytes out.
            ///
            /// ```
            /// use greenio::net::UnixStream;
            /// use std::io::{Read, Write};
            ///
            /// let (mut stream, mut peer) = UnixStream::pair()?;
            /// peer.write_all(b"GET /")?;
            /// let mut bytes = [0; 3];
            /// assert_eq!(stream.peek(&mut bytes)?, 3); // to decide which protocol it is
            /// assert_eq!(&bytes, b"GET");
            /// stream.read_exact(&mut bytes)?; // the same bytes once more
            /// assert_eq!(&bytes, b"GET");
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// As reading.
            ///
            /// # Blocking
            /// Parks the green thread, or blocks the OS thread.
            pub fn peek(&self, bytes: &mut [u8]) -> std::io::Result<usize> {
                self.source.perform(
                    Direction::Read,
                    Some(&self.read_timeout),
                    |inner| Ok(rustix::net::recv(inner, &mut *bytes, RecvFlags::PEEK)?.0),
                    |_| false,
                )
            }

            /// Reads what is there without taking it out, and without waiting for it. So one asks whether the peer
            /// has ended (0), is silent (`WouldBlock`), or has sent something: what pools of connections want to
            /// know.
            ///
            /// ```
            /// use greenio::net::UnixStream;
            /// use std::io::ErrorKind;
            ///
            /// let (stream, peer) = UnixStream::pair()?;
            /// // Whether a connection that was idle in a pool can be used again.
            /// let is_idle = || matches!(stream.try_peek(&mut [0]), Err(e) if e.kind() == ErrorKind::WouldBlock);
            /// assert!(is_idle());
            /// drop(peer);
            /// assert!(!is_idle()); // the peer has ended it
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// As [`try_read`](Self::try_read).
            ///
            /// # Blocking
            /// As [`try_read`](Self::try_read).
            pub fn try_peek(&self, bytes: &mut [u8]) -> std::io::Result<usize> {
                self.source.perform_at_once(
                    Direction::Read,
                    |inner| Ok(rustix::net::recv(inner, bytes, RecvFlags::PEEK)?.0),
                    |_| false,
                )
            }
        }

        impl std::io::Read for &$socket {
            #[inline]
            fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
                let room = bytes.len();
                self.source.perform(
                    Direction::Read,
                    Some(&self.read_timeout),
                    |inner| Ok(rustix::net::recv(inner, &mut *bytes, RecvFlags::empty())?.0),
                    |&count| $counts_tell && count < room && count > 0,
                )
            }

            fn read_vectored(
                &mut self,
                slices: &mut [std::io::IoSliceMut<'_>],
            ) -> std::io::Result<usize> {
                self.source.perform(
                    Direction::Read,
                    Some(&self.read_timeout),
                    |mut inner| std::io::Read::read_vectored(&mut inner, slices),
                    |_| false,
                )
            }
        }

        impl std::io::Write for &$socket {
            #[inline]
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.source.perform(
                    Direction::Write,
                    Some(&self.write_timeout),
                    |inner| Ok(rustix::net::send(inner, bytes, SendFlags::NOSIGNAL)?),
                    |&count| $counts_tell && count < bytes.len(),
                )
            }

            fn write_vectored(
                &mut self,
                slices: &[std::io::IoSlice<'_>],
            ) -> std::io::Result<usize> {
                self.source.perform(
                    Direction::Write,
                    Some(&self.write_timeout),
                    |mut inner| std::io::Write::write_vectored(&mut inner, slices),
                    |_| false,
                )
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }

        impl std::io::Read for $socket {
            #[inline]
            fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
                std::io::Read::read(&mut &*self, bytes)
            }

            fn read_vectored(
                &mut self,
                slices: &mut [std::io::IoSliceMut<'_>],
            ) -> std::io::Result<usize> {
                std::io::Read::read_vectored(&mut &*self, slices)
            }
        }

        impl std::io::Write for $socket {
            #[inline]
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                std::io::Write::write(&mut &*self, bytes)
            }

            fn write_vectored(
                &mut self,
                slices: &[std::io::IoSlice<'_>],
            ) -> std::io::Result<usize> {
                std::io::Write::write_vectored(&mut &*self, slices)
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
    };
}

pub(super) use {byte_stream, common, timeouts};
