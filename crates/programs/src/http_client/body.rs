//! The rest of an answer, whichever way it says how long it is.

use std::io::{BufRead, Read};

use httparse::Status;

use super::error::ClientError;
use super::head::Head;

/// The longest line between two chunks: a number, and extensions that nobody uses.
const MAX_CHUNK_LINE_BYTES: u64 = 1024;

/// Reads up to `wanted_bytes` of the body, and says whether there is more.
pub(super) fn read(
    connection: &mut impl BufRead,
    head: &Head,
    wanted_bytes: u64,
) -> Result<(Vec<u8>, bool), ClientError> {
    let mut body = Vec::new();
    if wanted_bytes == 0 {
        return Ok((body, head.has_body()));
    }
    let coding = head.field("transfer-encoding").unwrap_or_default();
    if coding.to_ascii_lowercase().contains("chunked") {
        read_chunks(connection, wanted_bytes, &mut body)?;
    } else if let Some(length) = head.field("content-length") {
        let length: u64 =
            length.parse().map_err(|_| ClientError::Malformed("bad Content-Length"))?;
        read_exactly(connection, length.min(wanted_bytes + 1), &mut body)?;
    } else {
        let mut rest = connection.take(wanted_bytes + 1);
        rest.read_to_end(&mut body).map_err(ClientError::Broken)?;
    }
    let is_cut = body.len() as u64 > wanted_bytes;
    body.truncate(usize::try_from(wanted_bytes).unwrap_or(usize::MAX));
    Ok((body, is_cut))
}

/// Reads until more than `wanted_bytes` are there, or the last chunk.
fn read_chunks(
    connection: &mut impl BufRead,
    wanted_bytes: u64,
    body: &mut Vec<u8>,
) -> Result<(), ClientError> {
    while body.len() as u64 <= wanted_bytes {
        let line = read_line(connection)?;
        let Ok(Status::Complete((_, length))) = httparse::parse_chunk_size(&line) else {
            return Err(ClientError::Malformed("bad chunk"));
        };
        if length == 0 {
            return Ok(());
        }
        let room = wanted_bytes + 1 - body.len() as u64;
        read_exactly(connection, length.min(room), body)?;
        if length <= room && !matches!(&read_line(connection)?[..], b"\r\n" | b"\n") {
            return Err(ClientError::Malformed("bad end of a chunk"));
        }
    }
    Ok(())
}

fn read_line(connection: &mut impl BufRead) -> Result<Vec<u8>, ClientError> {
    let mut line = Vec::new();
    let mut limited = connection.take(MAX_CHUNK_LINE_BYTES);
    limited.read_until(b'\n', &mut line).map_err(ClientError::Broken)?;
    Ok(line)
}

fn read_exactly(
    connection: &mut impl BufRead,
    length: u64,
    body: &mut Vec<u8>,
) -> Result<(), ClientError> {
    let read = connection.take(length).read_to_end(body).map_err(ClientError::Broken)?;
    if read as u64 == length {
        return Ok(());
    }
    Err(ClientError::Malformed("cut off in the body"))
}
