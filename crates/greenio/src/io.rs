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
/// use greenio::Io;
/// use std::io::{Read, Write};
///
/// let (reader, writer) = std::io::pipe()?;
/// let (mut reader, mut writer) = (Io::new(reader)?, Io::new(writer)?);
/// greenctx::Carrier::new().unwrap().run(move || {
///     greenctx::spawn(move || writer.write_all(b"hello").unwrap());
///     let mut text = String::new();
///     reader.read_to_string(&mut text).unwrap(); // parks until the writer has gone
///     assert_eq!(text, "hello");
/// }).unwrap();
/// # std::io::Result::Ok(())
/// ```
///
/// # Non-blocking mode
/// The descriptor is put into non-blocking mode, and back when the `Io` goes, or is taken apart. The mode
/// belongs to the *open file*, which duplicates of the descriptor share, in other processes too: while an
/// `Io` holds the terminal, whoever else reads it may be told *would block*.
pub struct Io<T: AsFd> {
    source: Source<T>,
    /// The flags to go back to.
    former: Option<OFlags>,
}

impl<T: AsFd> Io<T> {
    /// Takes a descriptor that can be polled.
    ///
    /// # Errors
    /// `Unsupported` for regular files and directories, which are always *ready* and yet block: use
    /// [`fs`](crate) for them. Those of changing the mode.
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
    pub fn get_ref(&self) -> &T {
        self.source.get()
    }

    /// Gives the descriptor back, in the mode in which it came.
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
