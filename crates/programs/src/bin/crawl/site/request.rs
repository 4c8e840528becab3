//! Requests, as far as a server of files needs them.

use std::io::{self, BufRead, Read};

use percent_encoding::percent_decode_str;

const MAX_HEAD_BYTES: u64 = 16 * 1024;
const MAX_FIELDS: usize = 100;

/// What is asked for.
pub(super) struct Request {
    /// The path, decoded and without a query: it begins with a slash.
    pub(super) path: String,
    /// Whether the answer's head is enough.
    pub(super) is_head: bool,
}

/// Reads a request; `None` if it is none that can be answered.
pub(super) fn read(connection: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut lines = connection.take(MAX_HEAD_BYTES);
    let mut text = Vec::new();
    loop {
        let begin = text.len();
        lines.read_until(b'\n', &mut text)?;
        match &text[begin..] {
            b"\r\n" | b"\n" => return Ok(parse(&text)),
            line if line.ends_with(b"\n") => {}
            _ => return Ok(None),
        }
    }
}

fn parse(text: &[u8]) -> Option<Request> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    if !parsed.parse(text).ok()?.is_complete() {
        return None;
    }
    let is_head = match parsed.method? {
        "GET" => false,
        "HEAD" => true,
        _ => return None,
    };
    let path = parsed.path?.split(['?', '#']).next()?;
    let path = percent_decode_str(path).decode_utf8().ok()?.into_owned();
    path.starts_with('/').then_some(Request { path, is_head })
}
