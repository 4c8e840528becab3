//! The standard streams of a child, as this process holds them.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Stdio;

use crate::Io;

/// The pipe to a child's standard input. The child reads the end when it is dropped.
///
/// ```
/// use greenio::process::{ChildStdin, Command, Stdio};
/// use std::io::Write;
///
/// let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
/// let mut stdin: ChildStdin = child.stdin.take().ok_or("it has a pipe")?;
/// stdin.write_all(b"hello")?;
/// drop(stdin); // the child reads the end
/// assert_eq!(child.wait_with_output()?.stdout, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChildStdin {
    io: Io<std::process::ChildStdin>,
}

/// The pipe from a child's standard output.
///
/// ```
/// use greenio::process::{ChildStdout, Command, Stdio};
/// use std::io::{BufRead, BufReader};
///
/// let mut child = Command::new("seq").arg("3").stdout(Stdio::piped()).spawn()?;
/// let stdout: ChildStdout = child.stdout.take().ok_or("it has a pipe")?;
/// let lines: Vec<_> = BufReader::new(stdout).lines().collect::<Result<_, _>>()?;
/// assert_eq!(lines, ["1", "2", "3"]);
/// child.wait()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChildStdout {
    io: Io<std::process::ChildStdout>,
}

/// The pipe from a child's standard error.
///
/// ```
/// use greenio::process::{ChildStderr, Command, Stdio};
/// use std::io::Read;
///
/// let mut child = Command::new("sh").args(["-c", "echo no >&2"]).stderr(Stdio::piped()).spawn()?;
/// let mut stderr: ChildStderr = child.stderr.take().ok_or("it has a pipe")?;
/// let mut text = String::new();
/// stderr.read_to_string(&mut text)?;
/// assert_eq!(text, "no\n");
/// child.wait()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
            /// ```
            /// use greenio::process::ChildStdout;
            /// use std::process::{Command, Stdio};
            ///
            /// let mut child = Command::new("true").stdout(Stdio::piped()).spawn()?; // by `std`
            /// let stdout = child.stdout.take().ok_or("it has a pipe")?;
            /// let stdout = ChildStdout::from_std(stdout)?; // green threads can wait for it
            /// child.wait()?;
            /// assert_eq!(stdout.try_read(&mut [0; 8])?, 0);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
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
            /// ```
            /// use greenio::process::{Command, Stdio};
            ///
            /// let mut child = Command::new("true").stdout(Stdio::piped()).spawn()?;
            /// let stdout = child.stdout.take().ok_or("it has a pipe")?;
            /// let stdout: std::process::ChildStdout = stdout.into_std(); // blocks when it is read
            /// child.wait()?;
            /// assert_eq!(std::io::read_to_string(stdout)?, "");
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Blocking
            /// Neither parks nor blocks.
            pub fn into_std(self) -> std::process::$name {
                self.io.into_inner()
            }

            /// Ends all waits on it, on whatever thread, as [`Io::close`] does.
            ///
            /// ```
            /// use greenio::Closed;
            /// use greenio::process::{Command, Stdio};
            /// use std::io::Read;
            ///
            /// let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
            /// let mut stdout = child.stdout.take().ok_or("it has a pipe")?;
            /// stdout.close(); // mostly by another thread, while this one reads
            /// assert!(Closed::is_in(&stdout.read(&mut [0; 8]).unwrap_err()));
            /// child.wait()?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
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
            /// ```
            /// use greenio::process::{Command, Stdio};
            /// use std::io::ErrorKind;
            ///
            /// let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
            /// let stdout = child.stdout.take().ok_or("it has a pipe")?;
            /// let error = stdout.try_read(&mut [0; 8]).unwrap_err(); // the child has written nothing
            /// assert_eq!(error.kind(), ErrorKind::WouldBlock);
            /// child.wait()?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
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
    /// ```
    /// use greenio::process::{Command, Stdio};
    ///
    /// let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    /// let stdin = child.stdin.take().ok_or("it has a pipe")?;
    /// assert_eq!(stdin.try_write(b"hello")?, 5);
    /// drop(stdin);
    /// child.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
