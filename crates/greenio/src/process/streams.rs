//! The standard streams of a child, as this process holds them.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Stdio;

use crate::Io;

/// The pipe to a child's standard input. The child reads the end when it is dropped.
#[derive(Debug)]
pub struct ChildStdin {
    io: Io<std::process::ChildStdin>,
}

/// The pipe from a child's standard output.
#[derive(Debug)]
pub struct ChildStdout {
    io: Io<std::process::ChildStdout>,
}

/// The pipe from a child's standard error.
#[derive(Debug)]
pub struct ChildStderr {
    io: Io<std::process::ChildStderr>,
}

/// What all of them are.
macro_rules! stream {
    ($name:ident) => {
        impl $name {
            /// Takes a pipe of `std`.
            ///
            /// # Errors
            /// Those of [`Io::new`].
            ///
            /// # Blocking
            /// Neither parks nor blocks.
            pub fn from_std(inner: std::process::$name) -> io::Result<Self> {
                Ok($name { io: Io::new(inner)? })
            }

            /// The pipe as `std` has it, in blocking mode.
            ///
            /// # Blocking
            /// Neither parks nor blocks.
            pub fn into_std(self) -> std::process::$name {
                self.io.into_inner()
            }

            /// Ends all waits on it, on whatever thread, as [`Io::close`] does.
            ///
            /// # Blocking
            /// Neither parks nor blocks.
            pub fn close(&self) {
                self.io.close();
            }
        }

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.io.as_fd()
            }
        }

        /// For the stream of another child.
        impl From<$name> for Stdio {
            fn from(stream: $name) -> Self {
                stream.into_std().into()
            }
        }

        impl From<$name> for OwnedFd {
            fn from(stream: $name) -> Self {
                stream.into_std().into()
            }
        }
    };
}

/// Those that are read.
macro_rules! output {
    ($name:ident) => {
        stream!($name);

        impl $name {
            /// Reads what is there, without waiting for more: [`Io::try_read`].
            ///
            /// # Errors
            /// Those of [`Io::try_read`].
            ///
            /// # Blocking
            /// As [`Io::try_read`].
            pub fn try_read(&self, bytes: &mut [u8]) -> io::Result<usize> {
                self.io.try_read(bytes)
            }
        }

        impl Read for &$name {
            fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
                (&self.io).read(bytes)
            }

            fn read_vectored(&mut self, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                (&self.io).read_vectored(slices)
            }
        }

        impl Read for $name {
            fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
                (&*self).read(bytes)
            }

            fn read_vectored(&mut self, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                (&*self).read_vectored(slices)
            }
        }
    };
}

stream!(ChildStdin);

impl ChildStdin {
    /// Writes as much as there is room for, without waiting for more: [`Io::try_write`].
    ///
    /// # Errors
    /// Those of [`Io::try_write`].
    ///
    /// # Blocking
    /// As [`Io::try_write`].
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.io.try_write(bytes)
    }
}

output!(ChildStdout);
output!(ChildStderr);

impl Write for &ChildStdin {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&self.io).write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        (&self.io).write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for ChildStdin {
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
