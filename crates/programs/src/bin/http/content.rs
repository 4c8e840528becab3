//! What is found under a path.

use std::fs::File;
use std::io::{self, Read};

use executor::io::unblock;

use crate::status::Status;

/// As much of a file as is read at once.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;

/// An answer, but for what the connection adds.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) status: Status,
    pub(crate) content_type: &'static str,
    /// Where else to look.
    pub(crate) location: Option<String>,
    pub(crate) body: Body,
}

/// The bytes of an answer.
#[derive(Debug)]
pub(crate) enum Body {
    Static(&'static [u8]),
    Bytes(Vec<u8>),
    File(Source),
}

/// A file that goes out a piece at a time.
#[derive(Debug)]
pub(crate) struct Source {
    file: Option<File>,
    left: u64,
}

impl Content {
    /// A page that says no more than its status.
    pub(crate) fn status(status: Status) -> Self {
        Content {
            status,
            content_type: "text/plain",
            location: None,
            body: Body::Static(status.text().as_bytes()),
        }
    }

    /// What was looked for.
    pub(crate) fn found(content_type: &'static str, body: Body) -> Self {
        Content { status: Status::Ok, content_type, location: None, body }
    }
}

impl Body {
    /// How many bytes it has.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Body::Static(bytes) => bytes.len() as u64,
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::File(source) => source.left,
        }
    }
}

impl Source {
    /// The first `length` bytes of `file`.
    pub(crate) fn new(file: File, length: u64) -> Self {
        Source { file: Some(file), left: length }
    }

    /// Appends the next piece, and returns whether there is more.
    pub(crate) fn append_to(&mut self, output: &mut Vec<u8>) -> io::Result<bool> {
        let file = self.file.take().ok_or(io::ErrorKind::UnexpectedEof)?;
        let piece = self.left.min(CHUNK_BYTES as u64);
        let mut buffer = std::mem::take(output);
        let (file, buffer, count) = unblock(move || {
            let count = (&file).take(piece).read_to_end(&mut buffer);
            (file, buffer, count)
        })?;
        *output = buffer;
        if count? as u64 != piece {
            // It has become shorter, and the length is sent already.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.file = Some(file);
        self.left -= piece;
        Ok(self.left > 0)
    }
}
