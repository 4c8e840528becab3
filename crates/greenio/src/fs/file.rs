//! Open files.

use std::fmt;
use std::fs::{FileTimes, Metadata, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::path::Path;

use greenstd::sync::Arc;

use super::OpenOptions;
use super::buffer::{Buffer, MAX_BYTES};
use crate::offload::{is_green, unblock};

/// An open file: [`std::fs::File`], with its methods and traits, [`FileExt`] (`read_at`, `write_at`) among
/// them.
///
/// On a green thread each operation runs on a thread of the [offload pool](crate::Offload::default_pool).
/// Such a trip takes some microseconds, so read and write much at a time, or through
/// [`BufReader`](std::io::BufReader) and [`BufWriter`](std::io::BufWriter).
///
/// The bytes travel in a buffer that belongs to the file. It is as large as the largest operation so far, and
/// 512 KiB at most: one operation moves no more than that. Nothing is read ahead, and nothing is held back:
/// when a write returns, the kernel has the bytes. Dropping a file closes it on the caller's OS thread.
///
/// ```
/// use greenio::Carrier;
/// use greenio::fs::File;
/// use std::io::{BufWriter, Read, Seek, Write};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("numbers");
/// Carrier::new()?.run(|| -> std::io::Result<()> {
///     let mut writer = BufWriter::new(File::create_new(path)?);
///     for number in 0..1000 {
///         write!(writer, "{number} ")?; // into the buffer: no trip to another thread
///     }
///     let mut file = writer.into_inner()?;
///     file.rewind()?;
///     let mut text = String::new();
///     file.read_to_string(&mut text)?; // one trip
///     assert_eq!(text.split_whitespace().count(), 1000);
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Interrupted operations
/// If the wait for a read or write is interrupted, by a cancellation or a [deadline](greenctx::with_timeout),
/// the operation itself goes on, if it has started. So the file's position may have moved, by a number of
/// bytes that nobody knows; seek to where you want to go on, or use `read_at`.
pub struct File {
    inner: Arc<std::fs::File>,
    buffer: Buffer,
}

impl File {
    /// Opens a file for reading.
    ///
    /// ```
    /// use greenio::fs::{self, File};
    /// use std::io::Read;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// fs::write(directory.join("greeting"), "hello")?;
    /// let mut text = String::new();
    /// File::open(directory.join("greeting"))?.read_to_string(&mut text)?;
    /// assert_eq!(text, "hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::File::open`] and of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
        OpenOptions::new().read(true).open(path)
    }

    /// Opens a file for writing, empty; makes it if there is none.
    ///
    /// ```
    /// use greenio::fs::{self, File};
    /// use std::io::Write;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// File::create(directory.join("greeting"))?.write_all(b"hello")?;
    /// assert_eq!(fs::read(directory.join("greeting"))?, b"hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::File::create`] and of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    pub fn create(path: impl AsRef<Path>) -> io::Result<File> {
        OpenOptions::new().write(true).create(true).truncate(true).open(path)
    }

    /// Makes a file and opens it for reading and writing.
    ///
    /// ```
    /// use greenio::fs::File;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// File::create_new(directory.join("lock"))?;
    /// assert!(File::create_new(directory.join("lock")).is_err()); // `create` would empty it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `AlreadyExists` if there is one; those of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    pub fn create_new(path: impl AsRef<Path>) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(path)
    }

    /// Options for opening a file.
    ///
    /// ```
    /// use greenio::fs::File;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let file = File::options().write(true).create_new(true).open(directory.join("log"))?;
    /// assert_eq!(file.metadata()?.len(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Waits until the kernel has written content and metadata to the medium.
    ///
    /// ```
    /// use greenio::fs::File;
    /// use std::io::Write;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let mut file = File::create(directory.join("ledger"))?;
    /// file.write_all(b"paid")?; // the kernel has it
    /// file.sync_all()?; // the medium has it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::File::sync_all`] and of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    #[doc(alias = "fsync")]
    pub fn sync_all(&self) -> io::Result<()> {
        self.perform(std::fs::File::sync_all)
    }

    /// As [`sync_all`](Self::sync_all), without the metadata that a reader does not need.
    ///
    /// ```
    /// use greenio::fs::File;
    /// use std::io::Write;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let mut file = File::create(directory.join("ledger"))?;
    /// file.write_all(b"paid")?;
    /// file.sync_data()?; // the content is safe, the time of the change perhaps not
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`sync_all`](Self::sync_all).
    ///
    /// # Blocking
    /// As [`sync_all`](Self::sync_all).
    #[doc(alias = "fdatasync")]
    pub fn sync_data(&self) -> io::Result<()> {
        self.perform(std::fs::File::sync_data)
    }

    /// Cuts the file to `size` bytes, or fills it up with zeros.
    ///
    /// ```
    /// use greenio::fs::File;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let file = File::create(directory.join("table"))?;
    /// file.set_len(4096)?;
    /// assert_eq!(file.metadata()?.len(), 4096);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::File::set_len`] and of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    #[doc(alias = "ftruncate")]
    pub fn set_len(&self, size: u64) -> io::Result<()> {
        self.perform(move |file| file.set_len(size))
    }

    /// What is known of the file.
    ///
    /// ```
    /// use greenio::fs::File;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let file = File::create(directory.join("greeting"))?;
    /// assert!(file.metadata()?.is_file());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::File::metadata`] and of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    #[doc(alias = "fstat")]
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.perform(std::fs::File::metadata)
    }

    /// Changes the file's permissions.
    ///
    /// ```
    /// use greenio::fs::File;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let file = File::create(directory.join("greeting"))?;
    /// let mut permissions = file.metadata()?.permissions();
    /// permissions.set_readonly(true);
    /// file.set_permissions(permissions)?;
    /// assert!(file.metadata()?.permissions().readonly());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::File::set_permissions`] and of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    pub fn set_permissions(&self, permissions: Permissions) -> io::Result<()> {
        self.perform(|file| file.set_permissions(permissions))
    }

    /// Changes when the file was read and written last.
    ///
    /// ```
    /// use greenio::fs::File;
    /// use std::fs::FileTimes;
    /// use std::time::SystemTime;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let file = File::create(directory.join("greeting"))?;
    /// file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH))?;
    /// assert_eq!(file.metadata()?.modified()?, SystemTime::UNIX_EPOCH);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::File::set_times`] and of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    pub fn set_times(&self, times: FileTimes) -> io::Result<()> {
        self.perform(move |file| file.set_times(times))
    }

    /// Another handle to the same open file: they share the position.
    ///
    /// ```
    /// use greenio::fs::File;
    /// use std::io::{Seek, Write};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let mut file = File::create(directory.join("log"))?;
    /// let mut second = file.try_clone()?;
    /// file.write_all(b"hello")?;
    /// assert_eq!(second.stream_position()?, 5); // they share it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::File::try_clone`].
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn try_clone(&self) -> io::Result<File> {
        self.inner.try_clone().map(File::from)
    }

    /// The file as `std` has it.
    ///
    /// If an interrupted operation is still under way, this is another handle to the same open file.
    ///
    /// ```
    /// use greenio::fs::File;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let file = File::create(directory.join("log"))?;
    /// let file: std::fs::File = file.into_std()?; // for a library that takes no other
    /// assert!(file.metadata()?.is_file());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::File::try_clone`], in that case.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn into_std(self) -> io::Result<std::fs::File> {
        Arc::try_unwrap(self.inner).or_else(|shared| shared.try_clone())
    }

    /// Runs `operation` where it may block.
    fn perform<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&std::fs::File) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        if !is_green() {
            return operation(&self.inner);
        }
        let file = self.inner.clone();
        unblock(move || operation(&file))?
    }

    /// Reads into `bytes` by `operation`, by way of the buffer.
    fn read_by(
        &self,
        bytes: &mut [u8],
        operation: impl Fn(&std::fs::File, &mut [u8]) -> io::Result<usize> + Send + 'static,
    ) -> io::Result<usize> {
        if !is_green() {
            return operation(&self.inner, bytes);
        }
        let wanted = bytes.len().min(MAX_BYTES);
        let (file, mut buffer) = (self.inner.clone(), self.buffer.take(wanted));
        let (result, buffer) = unblock(move || {
            let result = operation(&file, &mut buffer[..wanted]);
            // Before the caller can know: so that it is the only owner again.
            drop(file);
            (result, buffer)
        })?;
        if let Ok(length) = result {
            bytes[..length].copy_from_slice(&buffer[..length]);
        }
        self.buffer.give_back(buffer);
        result
    }

    /// Writes from `bytes` by `operation`, by way of the buffer.
    fn write_by(
        &self,
        bytes: &[u8],
        operation: impl Fn(&std::fs::File, &[u8]) -> io::Result<usize> + Send + 'static,
    ) -> io::Result<usize> {
        if !is_green() {
            return operation(&self.inner, bytes);
        }
        let length = bytes.len().min(MAX_BYTES);
        let (file, mut buffer) = (self.inner.clone(), self.buffer.take(length));
        buffer[..length].copy_from_slice(&bytes[..length]);
        let (result, buffer) = unblock(move || {
            let result = operation(&file, &buffer[..length]);
            drop(file);
            (result, buffer)
        })?;
        self.buffer.give_back(buffer);
        result
    }

    /// The rest of the file, in one trip; also what was read before an error.
    fn read_rest(&self) -> io::Result<(io::Result<usize>, Vec<u8>)> {
        let file = self.inner.clone();
        Ok(unblock(move || {
            let mut rest = Vec::new();
            let result = (&*file).read_to_end(&mut rest);
            drop(file);
            (result, rest)
        })?)
    }
}

impl Read for &File {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.read_by(bytes, |mut file, bytes| file.read(bytes))
    }

    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        if !is_green() {
            return (&*self.inner).read_to_end(bytes);
        }
        let (result, rest) = self.read_rest()?;
        if bytes.is_empty() {
            *bytes = rest;
        } else {
            bytes.extend_from_slice(&rest);
        }
        result
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        if !is_green() {
            return (&*self.inner).read_to_string(text);
        }
        let (result, rest) = self.read_rest()?;
        match std::str::from_utf8(&rest) {
            Ok(rest) => text.push_str(rest),
            Err(_) if result.is_err() => {}
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
        result
    }
}

impl Write for &File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_by(bytes, |mut file, bytes| file.write(bytes))
    }

    /// Does nothing: nothing is held back.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for &File {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        match position {
            // Sets a number, and asks no medium.
            SeekFrom::Start(_) | SeekFrom::Current(_) => (&*self.inner).seek(position),
            SeekFrom::End(_) => self.perform(move |mut file| file.seek(position)),
        }
    }
}

impl Read for File {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        (&*self).read(bytes)
    }

    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        (&*self).read_to_end(bytes)
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        (&*self).read_to_string(text)
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for File {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        (&*self).seek(position)
    }
}

impl FileExt for File {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_by(bytes, move |file, bytes| file.read_at(bytes, offset))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.write_by(bytes, move |file, bytes| file.write_at(bytes, offset))
    }
}

impl From<std::fs::File> for File {
    fn from(inner: std::fs::File) -> Self {
        File { inner: Arc::new(inner), buffer: Buffer::default() }
    }
}

impl From<OwnedFd> for File {
    fn from(fd: OwnedFd) -> Self {
        std::fs::File::from(fd).into()
    }
}

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsRawFd for File {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
