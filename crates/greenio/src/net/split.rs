//! The two directions of a stream as two values, for two threads.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};

use greenstd::sync::Arc;

/// The reading direction of a stream. The connection goes when both halves have gone.
pub struct ReadHalf<S> {
    stream: Arc<S>,
}

/// The writing direction of a stream. The connection goes when both halves have gone: dropping this one does
/// not end its direction, `shutdown` of the [stream](Self::get_ref) does.
pub struct WriteHalf<S> {
    stream: Arc<S>,
}

pub(super) fn split<S>(stream: S) -> (ReadHalf<S>, WriteHalf<S>) {
    let stream = Arc::new(stream);
    (ReadHalf { stream: stream.clone() }, WriteHalf { stream })
}

impl<S> ReadHalf<S> {
    /// The stream itself.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Whether the other half is of the same stream.
    pub fn is_pair_of(&self, other: &WriteHalf<S>) -> bool {
        Arc::ptr_eq(&self.stream, &other.stream)
    }

    /// The stream as it was before the split.
    ///
    /// # Errors
    /// With both halves back, if they are not of the same stream.
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
