//! The reader's end of a connection, as `tungstenite` wants one: to be read from and written to.
//!
//! Reading and writing one websocket at the same time is two threads' work, and `tungstenite` knows of
//! one. So the reader has the websocket, over this. It reads from the socket. What it writes is the
//! answer to the handshake, pongs and the reply to a close: these go into the outbox, as the messages of the
//! room do. The writer alone writes to the socket. As each write that gets here consists of whole
//! frames and is taken as a whole, frames never mix.

use std::io::{self, Read, Write};
use std::sync::Arc;

use executor::io::net::TcpStream;
use executor::sync::{SendError, Sender};
use tungstenite::Bytes;

/// Reads from the socket, writes to the outbox.
pub(crate) struct ReaderEnd {
    /// The connection.
    pub(crate) stream: Arc<TcpStream>,
    /// What the writer is to write.
    pub(crate) outbox: Sender<Bytes>,
}

impl Read for ReaderEnd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.stream).read(buffer)
    }
}

impl Write for ReaderEnd {
    /// Waits if the outbox is full: whoever asks for more pongs than it reads is read no further.
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self.outbox.send(Bytes::copy_from_slice(buffer)) {
            Ok(()) => Ok(buffer.len()),
            Err(SendError::Disconnected(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(SendError::Interrupted(interrupted, _)) => Err(interrupted.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
