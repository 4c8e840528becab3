//! One line of the output, in the format of `sha256sum`.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `HASH  PATH` and a newline.
///
/// The path goes out as the bytes that it is. Where it has a backslash, newline or carriage return,
/// which could be mistaken for more lines, these are escaped, and a backslash before the hash says so.
pub(crate) fn append(line: &mut Vec<u8>, sha256: &[u8; 32], path: &Path) {
    let path = path.as_os_str().as_bytes();
    let escaped = path.iter().any(|byte| escape(*byte).is_some());
    if escaped {
        line.push(b'\\');
    }
    for byte in sha256 {
        line.push(HEX[usize::from(byte >> 4)]);
        line.push(HEX[usize::from(byte & 15)]);
    }
    line.extend_from_slice(b"  ");
    for byte in path {
        match escape(*byte) {
            Some(letter) => line.extend_from_slice(&[b'\\', letter]),
            None => line.push(*byte),
        }
    }
    line.push(b'\n');
}

fn escape(byte: u8) -> Option<u8> {
    match byte {
        b'\\' => Some(b'\\'),
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        _ => None,
    }
}
