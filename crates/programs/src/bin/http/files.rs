//! The files below a directory.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use executor::io::unblock;
use greenstd::sync::Arc;

use crate::content::{Body, CHUNK_BYTES, Content, Source};
use crate::path;
use crate::status::Status;

const INDEX: &str = "index.html";
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// A directory that is served.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    root: Arc<Path>,
}

/// Why a directory cannot be served.
#[derive(Debug)]
pub(crate) enum DirectoryError {
    Unreadable(PathBuf, io::Error),
    NotADirectory(PathBuf),
}

impl Files {
    /// Those below `directory`.
    pub(crate) fn below(directory: &Path) -> Result<Self, DirectoryError> {
        let unreadable = |error| DirectoryError::Unreadable(directory.to_owned(), error);
        let root = directory.canonicalize().map_err(unreadable)?;
        // That it can be read shows by reading it.
        match fs::read_dir(&root) {
            Ok(_) => Ok(Files { root: root.into() }),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                Err(DirectoryError::NotADirectory(directory.to_owned()))
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    /// The file of this path, which is still encoded.
    pub(crate) fn find(&self, path: &str) -> Content {
        let Some(below) = path::below_root(path) else {
            return Content::status(Status::NotFound);
        };
        let names_directory = path.ends_with('/');
        let root = self.root.clone();
        match unblock(move || open(&root, &below, names_directory)) {
            Ok(Ok(Found::File(content))) => content,
            Ok(Ok(Found::Directory)) => moved_to_directory(path),
            Ok(Err(error)) => Content::status(status_of(&error)),
            // Too many files are being looked for.
            Err(_) => Content::status(Status::ServiceUnavailable),
        }
    }
}

enum Found {
    File(Content),
    /// One with an index, which was named like a file. Its relative links would lead astray.
    Directory,
}

/// Looks in the file system.
fn open(root: &Path, below: &Path, names_directory: bool) -> io::Result<Found> {
    let mut path = inside(root, &root.join(below))?;
    let metadata = path.metadata()?;
    if metadata.is_dir() {
        path = inside(root, &path.join(INDEX))?;
        if !names_directory {
            return Ok(Found::Directory);
        }
    } else if names_directory {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    // A pipe or a device could be opened for ever.
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let file = File::open(&path)?;
    let length = file.metadata()?.len();
    Ok(Found::File(Content::found(content_type(&path), body(file, length)?)))
}

/// The path without any link in it, if it is below the root.
fn inside(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let path = path.canonicalize()?;
    if path.starts_with(root) { Ok(path) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// A short file is read while we are here.
fn body(mut file: File, length: u64) -> io::Result<Body> {
    if length > CHUNK_BYTES as u64 {
        return Ok(Body::File(Source::new(file, length)));
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(Body::Bytes(bytes))
}

fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    mime_guess::from_ext(extension).first_raw().unwrap_or(UNKNOWN_TYPE)
}

fn moved_to_directory(path: &str) -> Content {
    // With two slashes in front it would name another host.
    let location = format!("/{}/", path.trim_matches('/'));
    Content { location: Some(location), ..Content::status(Status::MovedPermanently) }
}

fn status_of(error: &io::Error) -> Status {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound, PermissionDenied};
    match error.kind() {
        NotFound | NotADirectory | PermissionDenied | InvalidFilename => Status::NotFound,
        _ if error.raw_os_error() == Some(libc::ELOOP) => Status::NotFound,
        _ => Status::InternalServerError,
    }
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DirectoryError::Unreadable(path, error) => write!(f, "{}: {error}", path.display()),
            DirectoryError::NotADirectory(path) => {
                write!(f, "{}: not a directory; give one that holds files", path.display())
            }
        }
    }
}

impl std::error::Error for DirectoryError {}
