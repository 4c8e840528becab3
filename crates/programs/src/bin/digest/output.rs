//! Stdout, in pieces large enough to be cheap.

use std::io::{self, IsTerminal, Stdout, Write};
use std::path::Path;

use crate::error::Error;
use crate::hash::FileHash;
use crate::line;
use crate::progress::Progress;

const PIECE_BYTES: usize = 64 * 1024;

/// Where the hashes go.
pub(crate) struct Output {
    stdout: Stdout,
    is_terminal: bool,
    piece: Vec<u8>,
}

impl Output {
    /// Writes to stdout.
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        Output { stdout, is_terminal, piece: Vec::with_capacity(2 * PIECE_BYTES) }
    }

    /// Adds the line of one file.
    pub(crate) fn line(
        &mut self,
        hash: &FileHash,
        path: &Path,
        progress: &Progress,
    ) -> Result<(), Error> {
        line::append(&mut self.piece, &hash.sha256, path);
        if self.piece.len() < PIECE_BYTES { Ok(()) } else { self.flush(progress) }
    }

    /// Writes out what was added.
    pub(crate) fn flush(&mut self, progress: &Progress) -> Result<(), Error> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let written = if self.is_terminal {
            progress.aside(|| write(&mut self.stdout, &self.piece))
        } else {
            write(&mut self.stdout, &self.piece)
        };
        self.piece.clear();
        written.map_err(Error::Output)
    }
}

fn write(stdout: &mut Stdout, piece: &[u8]) -> io::Result<()> {
    stdout.write_all(piece)?;
    stdout.flush()
}
