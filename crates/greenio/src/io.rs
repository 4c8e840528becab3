//! Any descriptor that can be polled.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, OFlags, fcntl_getfl, fcntl_setfl, fstat};

use crate::reactor::Direction;
use crate::source::Source;

/// A descriptor that green threads wait for: a pipe, an eventfd, a timerfd, the standard streams of a child
/// process, a socket of a kind that [`net`](crate::net) does not know.
///
/// It reads and writes by `read` and `write`, whatever `T` does; [`with_read`](Self::with_read) and
/// [`with_write`](Self::with_write) wait for any other operation. All of it works through `&Io<T>` too, from
/// several threads at once.
///
/// ```
/// use greenio::{Carrier, Io, spawn};
/// use std::io::{Read, Write};
///
/// Carrier::new()?.run(|| -> std::io::Result<()> {
///     let (reader, writer) = std::io::pipe()?;
///     let (mut reader, mut writer) = (Io::new(reader)?, Io::new(writer)?);
///     spawn(move || writer.write_all(b"hello"));
///     let mut text = String::new();
///     reader.read_to_string(&mut text)?; // parks until the writer has gone
///     assert_eq!(text, "hello");
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Non-blocking mode
/// The descriptor is put into non-blocking mode, and back when the `Io` goes, or is taken apart. The mode
/// belongs to the *open file*, which duplicates of the descriptor share, in other processes too. While an
/// `Io` holds the terminal, whoever else reads it may be told *would block*.
#[doc(alias = "AsyncFd")]
pub struct Io<T: AsFd> {
    source: Source<T>,
    /// The flags to go back to.
    former: Option<OFlags>,
}

impl<T: AsFd> Io<T> {
    /// Takes a descriptor that can be polled.
    ///
    /// ```
    /// use greenio::Io;
    /// use std::io::ErrorKind;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let (reader, _writer) = std::io::pipe()?;
    /// assert!(Io::new(reader).is_ok());
    /// let file = std::fs::File::create(directory.join("file"))?;
    /// assert_eq!(Io::new(file).unwrap_err().kind(), ErrorKind::Unsupported); // take `greenio::fs`
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` for regular files and directories, which are always *ready* and yet block: use
    /// [`fs`](crate::fs) for them. Those of changing the mode.
    pub fn new(inner: T) -> io::Result<Self> {
        let kind = FileType::from_raw_mode(fstat(&inner)?.st_mode);
        if matches!(kind, FileType::RegularFile | FileType::Directory | FileType::BlockDevice) {
            return Err(not_pollable());
        }
        let flags = fcntl_getfl(&inner)?;
        let former = if flags.contains(OFlags::NONBLOCK) {
            None
        } else {
            fcntl_setfl(&inner, flags | OFlags::NONBLOCK)?;
            Some(flags)
        };
        Ok(Io { source: Source::new(inner), former })
    }

    /// The value that owns the descriptor. Do not read or write through it: it would be told *would block*.
    ///
    /// ```
    /// use greenio::Io;
    /// use std::os::fd::AsFd;
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let reader = Io::new(reader)?;
    /// let copy = reader.get_ref().as_fd().try_clone_to_owned()?;
    /// # drop(copy);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_ref(&self) -> &T {
        self.source.get()
    }

    /// Gives the descriptor back, in the mode in which it came.
    ///
    /// ```
    /// use greenio::Io;
    /// use std::io::PipeReader;
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let reader: PipeReader = Io::new(reader)?.into_inner(); // it blocks again
    /// # drop(reader);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_inner(mut self) -> T {
        self.restore_mode();
        self.source.take_apart()
    }

    fn restore_mode(&mut self) {
        if let Some(former) = self.former.take() {
            // It was set a while ago, so it can be set back.
            let _ = fcntl_setfl(&self.source, former);
        }
    }

    /// Waits until a read would not block: there are bytes, or the end, or an error.
    ///
    /// ```
    /// use greenio::Io;
    /// use std::io::{self, Write};
    ///
    /// let (reader, mut writer) = io::pipe()?;
    /// let reader = Io::new(reader)?;
    /// writer.write_all(b"hello")?;
    /// reader.readable()?; // parks until there is something
    /// assert_eq!(reader.try_read(&mut [0; 8])?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Closed`](crate::Closed); if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn readable(&self) -> io::Result<()> {
        self.with_read(|inner| poll_once(inner, PollFlags::IN))
    }

    /// Waits until a write would not block.
    ///
    /// ```
    /// use greenio::Io;
    ///
    /// let (_reader, writer) = std::io::pipe()?;
    /// let writer = Io::new(writer)?;
    /// writer.writable()?; // parks until there is room
    /// assert_eq!(writer.try_write(b"hello")?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Closed`](crate::Closed); if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn writable(&self) -> io::Result<()> {
        self.with_write(|inner| poll_once(inner, PollFlags::OUT))
    }

    /// Performs `operation`, which reads in some way, again and again until it does not return the error
    /// `WouldBlock`, and waits in between.
    ///
    /// ```
    /// use greenio::Io;
    /// use std::os::unix::net::UnixDatagram;
    ///
    /// let (one, other) = UnixDatagram::pair()?;
    /// one.send(b"hello")?;
    /// let other = Io::new(other)?;
    /// // An operation that `Io` does not know: it is tried again when it would have blocked.
    /// assert_eq!(other.with_read(|socket| socket.recv(&mut [0; 8]))?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of `operation`; [`Closed`](crate::Closed); if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn with_read<R>(&self, operation: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        self.source.perform(Direction::Read, None, operation, |_| false)
    }

    /// As [`with_read`](Self::with_read), for an operation that writes in some way.
    ///
    /// ```
    /// use greenio::Io;
    /// use std::os::unix::net::UnixDatagram;
    ///
    /// let (one, other) = UnixDatagram::pair()?;
    /// let one = Io::new(one)?;
    /// assert_eq!(one.with_write(|socket| socket.send(b"hello"))?, 5);
    /// # drop(other);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`with_read`](Self::with_read).
    ///
    /// # Blocking
    /// As [`with_read`](Self::with_read).
    pub fn with_write<R>(&self, operation: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        self.source.perform(Direction::Write, None, operation, |_| false)
    }

    /// Reads what is there, without waiting for more.
    ///
    /// ```
    /// use greenio::Io;
    /// use std::io::ErrorKind;
    ///
    /// let (reader, _writer) = std::io::pipe()?;
    /// let reader = Io::new(reader)?;
    /// let error = reader.try_read(&mut [0; 8]).unwrap_err(); // `read` would wait
    /// assert_eq!(error.kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `WouldBlock` if nothing is there; those of reading; [`Closed`](crate::Closed).
    ///
    /// # Blocking
    /// Neither parks nor blocks, nor lets others run: it may be called under a lock of somebody else's.
    pub fn try_read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.try_with_read(|inner| Ok(rustix::io::read(inner, bytes)?))
    }

    /// Writes as much as there is room for, without waiting for more.
    ///
    /// ```
    /// use greenio::Io;
    ///
    /// let (_reader, writer) = std::io::pipe()?;
    /// assert_eq!(Io::new(writer)?.try_write(b"hello")?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; those of writing; [`Closed`](crate::Closed).
    ///
    /// # Blocking
    /// As [`try_read`](Self::try_read).
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.try_with_write(|inner| Ok(rustix::io::write(inner, bytes)?))
    }

    /// Performs `operation`, which reads in some way, once. As [`with_read`](Self::with_read), but it does not
    /// wait.
    ///
    /// ```
    /// use greenio::Io;
    /// use std::io::ErrorKind;
    /// use std::os::unix::net::UnixDatagram;
    ///
    /// let (one, _other) = UnixDatagram::pair()?;
    /// let one = Io::new(one)?;
    /// let error = one.try_with_read(|socket| socket.recv(&mut [0; 8])).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::WouldBlock); // nothing has come
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of `operation`; [`Closed`](crate::Closed).
    ///
    /// # Blocking
    /// As [`try_read`](Self::try_read), besides what `operation` does.
    pub fn try_with_read<R>(&self, operation: impl FnOnce(&T) -> io::Result<R>) -> io::Result<R> {
        self.source.perform_at_once(Direction::Read, operation, |_| false)
    }

    /// As [`try_with_read`](Self::try_with_read), for an operation that writes in some way.
    ///
    /// ```
    /// use greenio::Io;
    /// use std::os::unix::net::UnixDatagram;
    ///
    /// let (one, _other) = UnixDatagram::pair()?;
    /// assert_eq!(Io::new(one)?.try_with_write(|socket| socket.send(b"hello"))?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`try_with_read`](Self::try_with_read).
    ///
    /// # Blocking
    /// As [`try_with_read`](Self::try_with_read).
    pub fn try_with_write<R>(&self, operation: impl FnOnce(&T) -> io::Result<R>) -> io::Result<R> {
        self.source.perform_at_once(Direction::Write, operation, |_| false)
    }

    /// Ends every wait on this `Io`, on whatever thread, and all later operations, with the error
    /// [`Closed`](crate::Closed). The descriptor itself goes with the `Io`.
    ///
    /// ```
    /// use greenio::{Carrier, Closed, Io, spawn, yield_now};
    /// use std::sync::Arc;
    ///
    /// Carrier::new()?.run(|| -> Result<(), Box<dyn std::error::Error>> {
    ///     let (reader, _writer) = std::io::pipe()?;
    ///     let reader = Arc::new(Io::new(reader)?);
    ///     let waits = spawn({
    ///         let reader = reader.clone();
    ///         move || reader.readable()
    ///     });
    ///     yield_now(); // now it waits
    ///     reader.close();
    ///     assert!(Closed::is_in(&waits.join()?.unwrap_err()));
    ///     Ok(())
    /// })??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn close(&self) {
        self.source.close();
    }
}

impl<T: AsFd> Drop for Io<T> {
    fn drop(&mut self) {
        self.restore_mode();
    }
}

/// The error for what epoll does not take.
pub(crate) fn not_pollable() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "regular files cannot be waited for, they block instead: use greenio::fs for them",
    )
}

fn poll_once(fd: &impl AsFd, flags: PollFlags) -> io::Result<()> {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    match poll(&mut [PollFd::new(fd, flags)], Some(&now))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}

impl<T: AsFd> Read for &Io<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.with_read(|inner| Ok(rustix::io::read(inner, &mut *bytes)?))
    }

    fn read_vectored(&mut self, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.with_read(|inner| Ok(rustix::io::readv(inner, slices)?))
    }
}

impl<T: AsFd> Write for &Io<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with_write(|inner| Ok(rustix::io::write(inner, bytes)?))
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.with_write(|inner| Ok(rustix::io::writev(inner, slices)?))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<T: AsFd> Read for Io<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        (&*self).read(bytes)
    }

    fn read_vectored(&mut self, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self).read_vectored(slices)
    }
}

impl<T: AsFd> Write for Io<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<T: AsFd> AsFd for Io<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl<T: AsFd + fmt::Debug> fmt::Debug for Io<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Io").field(self.get_ref()).finish()
    }
}
