//! The two directions of a stream as two values, for two threads.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};

use greenstd::sync::Arc;

/// The reading direction of a stream. The connection goes when both halves have gone.
///
/// ```
/// use greenio::net::UnixStream;
/// use std::io::{BufRead, BufReader, Write};
///
/// let (stream, peer) = UnixStream::pair()?;
/// let (reader, mut writer) = stream.split();
/// let (peer_reader, mut peer_writer) = peer.split();
/// writer.write_all(b"ping\n")?;
/// peer_writer.write_all(b"pong\n")?;
/// let mut line = String::new();
/// BufReader::new(reader).read_line(&mut line)?; // it owns its half
/// assert_eq!(line, "pong\n");
/// # drop(peer_reader);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "OwnedReadHalf")]
pub struct ReadHalf<S> {
    stream: Arc<S>,
}

/// The writing direction of a stream. The connection goes when both halves have gone: dropping this one does
/// not end its direction, `shutdown` of the [stream](Self::get_ref) does.
///
/// ```
/// use greenio::net::UnixStream;
/// use std::io::{Read, Write};
/// use std::net::Shutdown;
///
/// let (stream, mut peer) = UnixStream::pair()?;
/// let (_reader, mut writer) = stream.split();
/// writer.write_all(b"all of it")?;
/// writer.get_ref().shutdown(Shutdown::Write)?; // dropping the half would not do
/// let mut text = String::new();
/// peer.read_to_string(&mut text)?;
/// assert_eq!(text, "all of it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "OwnedWriteHalf")]
pub struct WriteHalf<S> {
    stream: Arc<S>,
}

pub(super) fn split<S>(stream: S) -> (ReadHalf<S>, WriteHalf<S>) {
    let stream = Arc::new(stream);
    (ReadHalf { stream: stream.clone() }, WriteHalf { stream })
}

impl<S> ReadHalf<S> {
    /// The stream itself.
    ///
    /// ```
    /// use greenio::net::UnixStream;
    /// use std::time::Duration;
    ///
    /// let (reader, _writer) = UnixStream::pair()?.0.split();
    /// reader.get_ref().set_read_timeout(Some(Duration::from_secs(5)))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Whether the other half is of the same stream.
    ///
    /// ```
    /// use greenio::net::UnixStream;
    ///
    /// let (one, other) = UnixStream::pair()?;
    /// let ((reader, writer), (_, other_writer)) = (one.split(), other.split());
    /// assert!(reader.is_pair_of(&writer));
    /// assert!(!reader.is_pair_of(&other_writer)); // it is of the peer's stream
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_pair_of(&self, other: &WriteHalf<S>) -> bool {
        Arc::ptr_eq(&self.stream, &other.stream)
    }

    /// The stream as it was before the split.
    ///
    /// ```
    /// use greenio::net::UnixStream;
    ///
    /// let (stream, _peer) = UnixStream::pair()?;
    /// let (reader, writer) = stream.split();
    /// match reader.unsplit(writer) {
    ///     Ok(stream) => drop(stream),
    ///     Err((_reader, _writer)) => panic!("they are halves of the same stream"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// With both halves back, if they are not of the same stream.
    #[doc(alias = "reunite")]
    pub fn unsplit(self, other: WriteHalf<S>) -> Result<S, (Self, WriteHalf<S>)> {
        if !self.is_pair_of(&other) {
            return Err((self, other));
        }
        drop(other);
        Arc::try_unwrap(self.stream).map_err(|stream| {
            let other = WriteHalf { stream: stream.clone() };
            (ReadHalf { stream }, other)
        })
    }
}

impl<S> WriteHalf<S> {
    /// The stream itself.
    ///
    /// ```
    /// use greenio::net::UnixStream;
    /// use std::net::Shutdown;
    ///
    /// let (stream, _peer) = UnixStream::pair()?;
    /// let (_reader, writer) = stream.split();
    /// writer.get_ref().shutdown(Shutdown::Write)?; // the peer reads the end
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_ref(&self) -> &S {
        &self.stream
    }
}

impl<S> Read for ReadHalf<S>
where
    for<'a> &'a S: Read,
{
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        (&*self.stream).read(bytes)
    }

    fn read_vectored(&mut self, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self.stream).read_vectored(slices)
    }
}

impl<S> Write for WriteHalf<S>
where
    for<'a> &'a S: Write,
{
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.stream).write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self.stream).write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.stream).flush()
    }
}

impl<S: fmt::Debug> fmt::Debug for ReadHalf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadHalf").field(&*self.stream).finish()
    }
}

impl<S: fmt::Debug> fmt::Debug for WriteHalf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriteHalf").field(&*self.stream).finish()
    }
}
