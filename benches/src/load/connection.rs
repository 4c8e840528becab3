//! One connection of the load: sends requests, and checks the answers byte by byte.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// A server that takes longer to answer is broken.
const PATIENCE: Duration = Duration::from_secs(10);

const BODY: &[u8] = b"Hello, World!";

pub struct Connection {
    stream: TcpStream,
    /// What is sent at once, and how many requests it holds.
    requests: Vec<u8>,
    pipelined: usize,
    /// The answer to one request; all are the same.
    answer: Vec<u8>,
    /// So many bytes of answers have come since the requests were sent.
    received: usize,
    sent_at: Instant,
}

impl Connection {
    /// Connects, and sends a first request alone, to see that it is answered, and how.
    pub fn open(address: SocketAddr, pipelined: usize) -> io::Result<Connection> {
        let request = format!("GET /plaintext HTTP/1.1\r\nHost: {address}\r\n\r\n");
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let answer = first_answer(&mut stream)?;
        stream.set_nonblocking(true)?;
        let requests = request.repeat(pipelined).into_bytes();
        Ok(Connection { stream, requests, pipelined, answer, received: 0, sent_at: Instant::now() })
    }

    /// Sends the next requests; all before have been answered.
    pub fn ask(&mut self) -> io::Result<()> {
        self.sent_at = Instant::now();
        self.received = 0;
        let sent = self.stream.write(&self.requests)?;
        // The socket's buffer is empty, and larger than this.
        if sent < self.requests.len() {
            return Err(io::Error::other("the kernel took a part of the requests only"));
        }
        Ok(())
    }

    /// Takes what has come into `buffer`: how many answers that completes, and after how long a time.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<(usize, Duration)> {
        let count = match self.stream.read(buffer) {
            Ok(0) => return Err(io::Error::other("the server has closed a connection")),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        let before = self.received / self.answer.len();
        self.check(&buffer[..count])?;
        let answers = self.received / self.answer.len() - before;
        Ok((answers, self.sent_at.elapsed()))
    }

    /// Whether all requests have been answered.
    pub fn is_answered(&self) -> bool {
        self.received == self.pipelined * self.answer.len()
    }

    fn check(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let expected = &self.answer[self.received % self.answer.len()..];
            let length = expected.len().min(bytes.len());
            if bytes[..length] != expected[..length] {
                return Err(io::Error::other("an answer differs from the first one"));
            }
            self.received += length;
            bytes = &bytes[length..];
        }
        if self.received > self.pipelined * self.answer.len() {
            return Err(io::Error::other("more answers came than requests were sent"));
        }
        Ok(())
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Reads an answer, and looks whether it is the right one.
fn first_answer(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::Error::other("the server has closed a new connection"));
        }
        answer.extend_from_slice(&buffer[..count]);
        if is_complete(&answer)? {
            return Ok(answer);
        }
    }
}

fn is_complete(answer: &[u8]) -> io::Result<bool> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(answer).map_err(io::Error::other)?;
    let httparse::Status::Complete(head) = parsed else { return Ok(false) };
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok());
    if response.code != Some(200)
        || length != Some(BODY.len())
        || !BODY.starts_with(&answer[head..])
    {
        let shown = String::from_utf8_lossy(answer);
        return Err(io::Error::other(format!("the server answers '{shown}'")));
    }
    Ok(answer.len() == head + BODY.len())
}
