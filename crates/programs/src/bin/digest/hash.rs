//! The job: hashing one file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

const CHUNK_BYTES: usize = 64 * 1024;

/// What a file's content comes to.
pub(crate) struct FileHash {
    /// The SHA-256.
    pub(crate) sha256: [u8; 32],
    /// How many bytes were hashed.
    pub(crate) bytes: u64,
}

/// Hashes a file, a chunk at a time.
pub(crate) fn file(path: &Path) -> io::Result<FileHash> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut bytes = 0;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => {
                hasher.update(&chunk[..length]);
                bytes += length as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(FileHash { sha256: hasher.finalize().into(), bytes })
}
