//! Files and directories: the names and shapes of [`std::fs`].
//!
//! The kernel cannot be asked to tell when a file is ready; reading it blocks. So on a green thread each
//! of these runs on a thread of the [offload pool](crate::Offload::default_pool), and the green thread
//! waits for it while its siblings go on. On a plain OS thread they are those of `std`.
//!
//! ```
//! use greenio::fs;
//!
//! greenio::Carrier::new()?.run(|| {
//!     let directory = tempfile::tempdir()?;
//!     let path = directory.path().join("greeting");
//!     fs::write(&path, "hello")?;
//!     assert_eq!(fs::read_to_string(&path)?, "hello");
//!     Ok::<(), std::io::Error>(())
//! })??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Errors
//! Besides those of `std`, on a green thread: those of [`unblock`], as an
//! [`io::Error`]. If the wait is interrupted, by a cancellation or a
//! [deadline](greenctx::with_timeout), what has begun goes on unattended: a file may be written or renamed all
//! the same.
//!
//! # Blocking
//! All that touches the file system parks the green thread, or blocks the plain OS thread.

mod buffer;
mod directory;
mod file;
mod options;

use std::fs::{Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use crate::offload::{is_green, unblock};

pub use directory::{DirEntry, ReadDir, read_dir};
pub use file::File;
pub use options::OpenOptions;

/// Runs `operation` on paths of its own, where it may block.
fn on_path<T: Send + 'static>(
    path: impl AsRef<Path>,
    operation: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    if !is_green() {
        return operation(path.as_ref());
    }
    let path = path.as_ref().to_owned();
    unblock(move || operation(&path))?
}

fn on_paths<T: Send + 'static>(
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
    operation: impl FnOnce(&Path, &Path) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let to = to.as_ref().to_owned();
    on_path(from, move |from| operation(from, &to))
}

/// The whole content of a file.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("image"), [1, 2, 3])?;
/// assert_eq!(fs::read(directory.join("image"))?, [1, 2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::read`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    on_path(path, |path| std::fs::read(path))
}

/// The whole content of a file, as text.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("greeting"), "hello")?;
/// assert_eq!(fs::read_to_string(directory.join("greeting"))?, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::read_to_string`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    on_path(path, |path| std::fs::read_to_string(path))
}

/// Writes a file, in place of what it held. On a green thread, a copy of `contents` is handed over.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("greeting"), "hello")?;
/// fs::write(directory.join("greeting"), "bye")?; // in place of what was there
/// assert_eq!(fs::read(directory.join("greeting"))?, b"bye");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::write`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    if !is_green() {
        return std::fs::write(path, contents);
    }
    let contents = contents.as_ref().to_owned();
    on_path(path, move |path| std::fs::write(path, contents))
}

/// What is known of the file to which a path leads, through links.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("greeting"), "hello")?;
/// let metadata = fs::metadata(directory.join("greeting"))?;
/// assert!(metadata.is_file());
/// assert_eq!(metadata.len(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::metadata`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "stat")]
pub fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    on_path(path, |path| std::fs::metadata(path))
}

/// What is known of a file, or of the link itself if it is one.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::symlink("nowhere", directory.join("link"))?;
/// assert!(fs::symlink_metadata(directory.join("link"))?.is_symlink());
/// assert!(fs::metadata(directory.join("link")).is_err()); // it follows the link
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::symlink_metadata`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "lstat")]
pub fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    on_path(path, |path| std::fs::symlink_metadata(path))
}

/// Whether there is such a file; an error if that cannot be known.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// assert!(!fs::exists(directory.join("greeting"))?);
/// fs::write(directory.join("greeting"), "hello")?;
/// assert!(fs::exists(directory.join("greeting"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::exists`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn exists(path: impl AsRef<Path>) -> io::Result<bool> {
    on_path(path, |path| std::fs::exists(path))
}

/// Changes a file's permissions.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("greeting"), "hello")?;
/// let mut permissions = fs::metadata(directory.join("greeting"))?.permissions();
/// permissions.set_readonly(true);
/// fs::set_permissions(directory.join("greeting"), permissions)?;
/// assert!(fs::metadata(directory.join("greeting"))?.permissions().readonly());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::set_permissions`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "chmod")]
pub fn set_permissions(path: impl AsRef<Path>, permissions: Permissions) -> io::Result<()> {
    on_path(path, |path| std::fs::set_permissions(path, permissions))
}

/// Makes a directory.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::create_dir(directory.join("images"))?;
/// assert!(fs::create_dir(directory.join("images")).is_err()); // it is there already
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::create_dir`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "mkdir")]
pub fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    on_path(path, |path| std::fs::create_dir(path))
}

/// Makes a directory, and those above it that are missing.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::create_dir_all(directory.join("images/2026/may"))?;
/// fs::create_dir_all(directory.join("images/2026/may"))?; // that it is there is no error
/// assert!(fs::metadata(directory.join("images/2026"))?.is_dir());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::create_dir_all`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    on_path(path, |path| std::fs::create_dir_all(path))
}

/// Removes a file.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("greeting"), "hello")?;
/// fs::remove_file(directory.join("greeting"))?;
/// assert!(!fs::exists(directory.join("greeting"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::remove_file`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "unlink")]
pub fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    on_path(path, |path| std::fs::remove_file(path))
}

/// Removes an empty directory.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::create_dir(directory.join("images"))?;
/// fs::remove_dir(directory.join("images"))?;
/// assert!(!fs::exists(directory.join("images"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::remove_dir`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "rmdir")]
pub fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    on_path(path, |path| std::fs::remove_dir(path))
}

/// Removes a directory with all that is in it. Links are removed, and not followed.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::create_dir_all(directory.join("images/2026"))?;
/// assert!(fs::remove_dir(directory.join("images")).is_err()); // it is not empty
/// fs::remove_dir_all(directory.join("images"))?;
/// assert!(!fs::exists(directory.join("images"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::remove_dir_all`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    on_path(path, |path| std::fs::remove_dir_all(path))
}

/// Gives a file another name, in place of what had that name.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// // Readers see the old content or the new one, and never a part of it.
/// fs::write(directory.join("settings.new"), "b = 2")?;
/// fs::rename(directory.join("settings.new"), directory.join("settings"))?;
/// assert_eq!(fs::read(directory.join("settings"))?, b"b = 2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::rename`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    on_paths(from, to, |from, to| std::fs::rename(from, to))
}

/// Copies a file's content and permissions, and returns the number of bytes.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("one"), "hello")?;
/// assert_eq!(fs::copy(directory.join("one"), directory.join("two"))?, 5);
/// assert_eq!(fs::read(directory.join("two"))?, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::copy`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    on_paths(from, to, |from, to| std::fs::copy(from, to))
}

/// Gives the file `original` a further name.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("one"), "hello")?;
/// fs::hard_link(directory.join("one"), directory.join("two"))?;
/// fs::remove_file(directory.join("one"))?;
/// assert_eq!(fs::read(directory.join("two"))?, b"hello"); // the file is still there
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::hard_link`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    on_paths(original, link, |original, link| std::fs::hard_link(original, link))
}

/// Makes a symbolic link: [`std::os::unix::fs::symlink`].
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::write(directory.join("one"), "hello")?;
/// fs::symlink("one", directory.join("two"))?; // seen from where the link is
/// assert_eq!(fs::read(directory.join("two"))?, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::os::unix::fs::symlink`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    on_paths(original, link, |original, link| std::os::unix::fs::symlink(original, link))
}

/// Where a symbolic link leads.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::symlink("nowhere", directory.join("link"))?;
/// assert_eq!(fs::read_link(directory.join("link"))?.to_str(), Some("nowhere"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::read_link`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
pub fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    on_path(path, |path| std::fs::read_link(path))
}

/// The path from the root, without links.
///
/// ```
/// use greenio::fs;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// fs::create_dir(directory.join("images"))?;
/// let long = directory.join("images/../images");
/// assert_eq!(fs::canonicalize(long)?, fs::canonicalize(directory.join("images"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`std::fs::canonicalize`] and of [this module](self).
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "realpath")]
pub fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    on_path(path, |path| std::fs::canonicalize(path))
}
