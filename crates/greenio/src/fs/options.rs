//! How a file is opened.

use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{File, on_path};

/// How a [`File`] is opened: [`std::fs::OpenOptions`], whose documentation says what the options do.
///
/// [`OpenOptionsExt`], for `mode` and `custom_flags`, is there too.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    inner: std::fs::OpenOptions,
}

impl OpenOptions {
    /// Everything is off.
    #[expect(clippy::new_without_default, reason = "std has none either")]
    pub fn new() -> Self {
        OpenOptions { inner: std::fs::OpenOptions::new() }
    }

    /// For reading.
    pub fn read(&mut self, read: bool) -> &mut Self {
        self.inner.read(read);
        self
    }

    /// For writing.
    pub fn write(&mut self, write: bool) -> &mut Self {
        self.inner.write(write);
        self
    }

    /// For writing at the end, wherever that is.
    pub fn append(&mut self, append: bool) -> &mut Self {
        self.inner.append(append);
        self
    }

    /// Empties the file.
    pub fn truncate(&mut self, truncate: bool) -> &mut Self {
        self.inner.truncate(truncate);
        self
    }

    /// Makes the file if there is none.
    pub fn create(&mut self, create: bool) -> &mut Self {
        self.inner.create(create);
        self
    }

    /// Makes the file, and fails if there is one.
    pub fn create_new(&mut self, create_new: bool) -> &mut Self {
        self.inner.create_new(create_new);
        self
    }

    /// Opens the file.
    ///
    /// # Errors
    /// Those of [`std::fs::OpenOptions::open`] and of [the module](super).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    pub fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        let options = self.inner.clone();
        on_path(path, move |path| options.open(path)).map(File::from)
    }
}

impl OpenOptionsExt for OpenOptions {
    fn mode(&mut self, mode: u32) -> &mut Self {
        self.inner.mode(mode);
        self
    }

    fn custom_flags(&mut self, flags: i32) -> &mut Self {
        self.inner.custom_flags(flags);
        self
    }
}

impl From<std::fs::OpenOptions> for OpenOptions {
    fn from(inner: std::fs::OpenOptions) -> Self {
        OpenOptions { inner }
    }
}
