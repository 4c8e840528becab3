//! What is in a directory.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::fs::{FileType, Metadata};
use std::io;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};

use greenstd::sync::Arc;

use super::on_path;
use crate::offload::{is_green, unblock};

/// Entries that are fetched at once: so many that the trip to another thread costs little for each.
const BATCH: usize = 256;

/// The entries of a directory, in whatever order the file system has them.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("one"), "")?;
/// fs::write(directory.join("two"), "")?;
/// let mut names = Vec::new();
/// for entry in fs::read_dir(directory)? {
///     names.push(entry?.file_name());
/// }
/// names.sort();
/// assert_eq!(names, ["one", "two"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::read_dir`] and of [the module](super).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "ls")]
pub fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    on_path(path, |path| {
        let mut source = std::fs::read_dir(path)?;
        // A small directory is read in one trip.
        let fetched = fetch(&mut source);
        let mut entries = ReadDir { source: None, fetched: VecDeque::new() };
        entries.refill(source, fetched);
        Ok(entries)
    })
}

/// An iterator over the entries of a directory, which fetches them in batches.
///
/// ```
/// use greenio::fs::{self, ReadDir};
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// /// How many bytes the files in a directory hold.
/// fn bytes(entries: ReadDir) -> std::io::Result<u64> {
///     entries.map(|entry| Ok(entry?.metadata()?.len())).sum()
/// }
///
/// fs::write(directory.join("one"), "hello")?;
/// fs::write(directory.join("two"), "world")?;
/// assert_eq!(bytes(fs::read_dir(directory)?)?, 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread, when the next batch is due.
#[must_use = "it reads nothing until its entries are taken"]
pub struct ReadDir {
    /// Where more come from; `None` at the end, and after an error.
    source: Option<std::fs::ReadDir>,
    fetched: VecDeque<io::Result<DirEntry>>,
}

/// An entry of a directory: [`std::fs::DirEntry`].
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("greeting"), "hello")?;
/// for entry in fs::read_dir(directory)? {
///     let entry = entry?;
///     assert!(entry.file_type()?.is_file());
///     assert_eq!(fs::read(entry.path())?, b"hello");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DirEntry {
    inner: Arc<std::fs::DirEntry>,
    file_type: io::Result<FileType>,
}

/// The next batch; fewer than a whole one are the last.
fn fetch(source: &mut std::fs::ReadDir) -> VecDeque<io::Result<DirEntry>> {
    source.by_ref().take(BATCH).map(|entry| entry.map(DirEntry::new)).collect()
}

impl ReadDir {
    /// Fetches the next batch, if there may be one.
    fn fetch_more(&mut self) -> io::Result<()> {
        let Some(mut source) = self.source.take() else { return Ok(()) };
        let (fetched, source) = if is_green() {
            unblock(move || (fetch(&mut source), source))?
        } else {
            (fetch(&mut source), source)
        };
        self.refill(source, fetched);
        Ok(())
    }

    fn refill(&mut self, source: std::fs::ReadDir, fetched: VecDeque<io::Result<DirEntry>>) {
        self.source = (fetched.len() == BATCH).then_some(source);
        self.fetched = fetched;
    }
}

impl Iterator for ReadDir {
    type Item = io::Result<DirEntry>;

    /// The next entry. An error of the wait, as [the module](super) tells, ends the iteration.
    fn next(&mut self) -> Option<Self::Item> {
        if self.fetched.is_empty()
            && let Err(error) = self.fetch_more()
        {
            return Some(Err(error));
        }
        self.fetched.pop_front()
    }
}

impl DirEntry {
    fn new(inner: std::fs::DirEntry) -> Self {
        // Mostly known from the directory itself; where it is not, asking for it blocks: so now.
        let file_type = inner.file_type();
        DirEntry { inner: Arc::new(inner), file_type }
    }

    /// The directory's path, with the entry's name.
    ///
    /// ```
    /// use greenio::fs;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// fs::write(directory.join("greeting"), "hello")?;
    /// for entry in fs::read_dir(directory)? {
    ///     assert_eq!(entry?.path(), directory.join("greeting"));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn path(&self) -> PathBuf {
        self.inner.path()
    }

    /// The entry's name alone.
    ///
    /// ```
    /// use greenio::fs;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// fs::write(directory.join("greeting"), "hello")?;
    /// for entry in fs::read_dir(directory)? {
    ///     assert_eq!(entry?.file_name(), "greeting");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn file_name(&self) -> OsString {
        self.inner.file_name()
    }

    /// Whether it is a file, a directory or something else. Links are not followed.
    ///
    /// ```
    /// use greenio::fs;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// fs::write(directory.join("greeting"), "hello")?;
    /// for entry in fs::read_dir(directory)? {
    ///     assert!(entry?.file_type()?.is_file()); // costs nothing; `metadata` does
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::DirEntry::file_type`].
    ///
    /// # Blocking
    /// Neither parks nor blocks: it was found out with the batch.
    pub fn file_type(&self) -> io::Result<FileType> {
        match &self.file_type {
            Ok(file_type) => Ok(*file_type),
            Err(error) => Err(again(error)),
        }
    }

    /// What is known of it. Links are not followed.
    ///
    /// ```
    /// use greenio::fs;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// fs::write(directory.join("greeting"), "hello")?;
    /// for entry in fs::read_dir(directory)? {
    ///     assert_eq!(entry?.metadata()?.len(), 5);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::fs::DirEntry::metadata`] and of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    pub fn metadata(&self) -> io::Result<Metadata> {
        if !is_green() {
            return self.inner.metadata();
        }
        let entry = self.inner.clone();
        unblock(move || entry.metadata())?
    }

    /// The number of its inode.
    ///
    /// ```
    /// use greenio::fs;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// fs::write(directory.join("greeting"), "hello")?;
    /// for entry in fs::read_dir(directory)? {
    ///     assert_ne!(entry?.ino(), 0);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ino(&self) -> u64 {
        self.inner.ino()
    }
}

/// The same error once more.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

impl fmt::Debug for ReadDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadDir")
            .field("source", &self.source)
            .field("fetched", &self.fetched.len())
            .finish()
    }
}

impl fmt::Debug for DirEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
