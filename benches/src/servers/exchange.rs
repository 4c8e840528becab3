//! The HTTP of all our servers: requests in, answers out, no sockets.

use std::io;
use std::mem::MaybeUninit;

/// So many bytes of requests can be there at once, and so many of answers are written at once.
const BUFFER: usize = 4096;
/// A request with more headers is refused.
const HEADERS: usize = 16;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\nHello, World!";
const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

/// One side of a connection: what has come, and what is to go.
pub struct Exchange {
    input: Vec<u8>,
    filled: usize,
    output: Vec<u8>,
}

impl Exchange {
    pub fn new() -> Self {
        Exchange { input: vec![0; BUFFER], filled: 0, output: Vec::with_capacity(BUFFER) }
    }

    /// Where the next bytes of requests go; never empty.
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.input[self.filled..]
    }

    /// Takes `count` bytes that have come into the [`room`](Self::room), and gives the answers to all
    /// requests that are complete.
    pub fn answer(&mut self, count: usize) -> io::Result<&[u8]> {
        self.filled += count;
        self.output.clear();
        let mut done = 0;
        while let Some(length) = answer_one(&self.input[done..self.filled], &mut self.output)? {
            done += length;
        }
        self.input.copy_within(done..self.filled, 0);
        self.filled -= done;
        if self.filled == self.input.len() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a request is too long"));
        }
        Ok(&self.output)
    }
}

/// Answers the request that `input` begins with; its length, or nothing if it is not complete.
fn answer_one(input: &[u8], output: &mut Vec<u8>) -> io::Result<Option<usize>> {
    if input.is_empty() {
        return Ok(None);
    }
    let mut headers = [const { MaybeUninit::uninit() }; HEADERS];
    let mut request = httparse::Request::new(&mut []);
    let parsed = request
        .parse_with_uninit_headers(input, &mut headers)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let httparse::Status::Complete(length) = parsed else { return Ok(None) };
    let is_known = request.method == Some("GET") && request.path == Some("/plaintext");
    output.extend_from_slice(if is_known { ANSWER } else { NOT_FOUND });
    Ok(Some(length))
}
