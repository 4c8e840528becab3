//! How a file is opened.

use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{File, on_path};

/// How a [`File`] is opened: [`std::fs::OpenOptions`], whose documentation says what the options do.
///
/// [`OpenOptionsExt`], for `mode` and `custom_flags`, is there too.
///
/// ```
/// use greenio::fs::{self, OpenOptions};
/// use std::io::Write;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// let mut log = OpenOptions::new().create(true).append(true).open(directory.join("log"))?;
/// log.write_all(b"started\n")?;
/// assert_eq!(fs::read(directory.join("log"))?, b"started\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct OpenOptions {
    inner: std::fs::OpenOptions,
}

impl OpenOptions {
    /// Everything is off.
    ///
    /// ```
    /// use greenio::fs::OpenOptions;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// // With everything off, nothing can be opened.
    /// assert!(OpenOptions::new().open(directory).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::new_without_default, reason = "std has none either")]
    pub fn new() -> Self {
        OpenOptions { inner: std::fs::OpenOptions::new() }
    }

    /// For reading.
    ///
    /// ```
    /// use greenio::fs::OpenOptions;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let directory = OpenOptions::new().read(true).open(directory)?; // to `sync_all` it, say
    /// assert!(directory.metadata()?.is_dir());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(&mut self, read: bool) -> &mut Self {
        self.inner.read(read);
        self
    }

    /// For writing.
    ///
    /// ```
    /// use greenio::fs::{self, OpenOptions};
    /// use std::io::Write;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// fs::write(directory.join("greeting"), "hello")?;
    /// let mut file = OpenOptions::new().write(true).open(directory.join("greeting"))?;
    /// file.write_all(b"J")?; // over what is there
    /// assert_eq!(fs::read(directory.join("greeting"))?, b"Jello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&mut self, write: bool) -> &mut Self {
        self.inner.write(write);
        self
    }

    /// For writing at the end, wherever that is.
    ///
    /// ```
    /// use greenio::fs::{self, OpenOptions};
    /// use std::io::Write;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// fs::write(directory.join("log"), "one ")?;
    /// let mut log = OpenOptions::new().append(true).open(directory.join("log"))?;
    /// log.write_all(b"two")?;
    /// assert_eq!(fs::read(directory.join("log"))?, b"one two");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(&mut self, append: bool) -> &mut Self {
        self.inner.append(append);
        self
    }

    /// Empties the file.
    ///
    /// ```
    /// use greenio::fs::{self, OpenOptions};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// fs::write(directory.join("greeting"), "hello")?;
    /// OpenOptions::new().write(true).truncate(true).open(directory.join("greeting"))?;
    /// assert_eq!(fs::read(directory.join("greeting"))?, b"");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn truncate(&mut self, truncate: bool) -> &mut Self {
        self.inner.truncate(truncate);
        self
    }

    /// Makes the file if there is none.
    ///
    /// ```
    /// use greenio::fs::{self, OpenOptions};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// OpenOptions::new().write(true).create(true).truncate(false).open(directory.join("lock"))?;
    /// assert!(fs::exists(directory.join("lock"))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create(&mut self, create: bool) -> &mut Self {
        self.inner.create(create);
        self
    }

    /// Makes the file, and fails if there is one.
    ///
    /// ```
    /// use greenio::fs::OpenOptions;
    /// use std::io::ErrorKind;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let mut options = OpenOptions::new();
    /// options.write(true).create_new(true);
    /// options.open(directory.join("lock"))?;
    /// let error = options.open(directory.join("lock")).unwrap_err(); // somebody was faster
    /// assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create_new(&mut self, create_new: bool) -> &mut Self {
        self.inner.create_new(create_new);
        self
    }

    /// Opens the file.
    ///
    /// ```
    /// use greenio::fs::OpenOptions;
    /// use std::io::ErrorKind;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let error = OpenOptions::new().read(true).open(directory.join("none")).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::NotFound);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
