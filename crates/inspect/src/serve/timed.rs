//! A socket that has to be done by some moment, however slowly its peer goes.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use greenstd::time::{self, Instant};

pub(super) struct Timed<'a> {
    stream: &'a TcpStream,
    deadline: Option<Instant>,
}

impl<'a> Timed<'a> {
    pub(super) fn new(stream: &'a TcpStream, limit: Duration) -> Self {
        Timed { stream, deadline: time::after(limit) }
    }

    /// Reads what still comes, up to about so many bytes.
    pub(super) fn discard(&mut self, bytes: usize) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let mut read = 0;
        while read < bytes {
            match self.read(&mut buffer)? {
                0 => break,
                more => read += more,
            }
        }
        Ok(())
    }

    /// The time that is left, as a socket wants to be told: it takes no time for no limit.
    fn left(&self) -> io::Result<Option<Duration>> {
        let Some(deadline) = self.deadline else { return Ok(None) };
        match time::until(deadline) {
            Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
            left => Ok(Some(left)),
        }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
